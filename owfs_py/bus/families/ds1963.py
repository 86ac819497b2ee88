"""The memories that count the writes to their pages: DS1963L (1A) and DS1963S (18).

Sources: data sheets DS1963L, DS1963S (memory maps). Nothing of the SHA functions is supported.
"""

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import STABLE, binary, memory, pages, unsigned

PAGE_SIZE = 32
PAGES = 16

COUNTED_MEMORY = (
    memory(PAGES * PAGE_SIZE),
    pages(PAGES, PAGE_SIZE),
    unsigned("pages/count", elements=PAGES),
)

PASSWORDS = (
    binary("password", 8, STABLE, "wo"),
    binary("pages/password", 8, STABLE, "wo"),
)

FAMILIES = (
    Family.make(0x18, "DS1963S", Feature.OVERDRIVE | Feature.RESUME, (*COUNTED_MEMORY, *PASSWORDS)),
    Family.make(0x1A, "DS1963L", Feature.OVERDRIVE, COUNTED_MEMORY),
)

"""The memory with two counters DS2423 (1D). Source: data sheet DS2423 (memory map)."""

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import HIDDEN, VOLATILE, memory, pages, unsigned

PAGE_SIZE = 32
PAGES = 16

PROPERTIES = (
    memory(PAGES * PAGE_SIZE),
    pages(PAGES, PAGE_SIZE),
    unsigned("pages/count", elements=PAGES),
    unsigned("counter", elements="AB"),
    unsigned("counters", elements="AB", visible=HIDDEN),
    unsigned("mincount", VOLATILE, "rw"),
)

FAMILIES = (Family.make(0x1D, "DS2423", Feature.OVERDRIVE, PROPERTIES),)

"""The memory with passwords DS1977 (37). Source: data sheet DS1977 (memory map)."""

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import STABLE, binary, memory, pages, unsigned, yesno

PAGE_SIZE = 64
PAGES = 511
PASSWORD_SIZE = 8

PROPERTIES = (
    memory(PAGES * PAGE_SIZE),
    pages(PAGES, PAGE_SIZE),
    unsigned("version", STABLE),
    # What the chip is to ask for from now on, and what we are to say when it asks.
    yesno("set_password/enabled", STABLE, "rw"),
    binary("set_password/read", PASSWORD_SIZE, STABLE, "wo"),
    binary("set_password/full", PASSWORD_SIZE, STABLE, "wo"),
    binary("use_password/read", PASSWORD_SIZE, STABLE, "wo"),
    binary("use_password/full", PASSWORD_SIZE, STABLE, "wo"),
)

FAMILIES = (Family.make(0x37, "DS1977", Feature.OVERDRIVE | Feature.RESUME, PROPERTIES),)

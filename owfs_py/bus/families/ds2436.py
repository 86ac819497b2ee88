"""The battery identification chip DS2436 (1B). Source: data sheet DS2436 (memory map)."""

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import (
    STABLE,
    UNCACHED,
    celsius,
    pages,
    real,
    unsigned,
    yesno,
)

PROPERTIES = (
    celsius("temperature"),
    real("volts"),
    pages(3, 32, STABLE),
    unsigned("counter/cycles", STABLE),
    yesno("counter/increment", UNCACHED, "wo"),
    yesno("counter/reset", UNCACHED, "wo"),
)

FAMILIES = (Family.make(0x1B, "DS2436", Feature.NOTHING, PROPERTIES),)

"""The EEPROM with two switches DS28E04 (1C). Source: data sheet DS28E04-100 (memory map)."""

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import (
    STABLE,
    VOLATILE,
    bits,
    memory,
    pages,
    unsigned,
    yesno,
)

PAGE_SIZE = 32
PAGES = 16
MEMORY_SIZE = 0x0226  # up to the control/status register, which is the last
CHANNELS = 2

PROPERTIES = (
    memory(MEMORY_SIZE),
    pages(PAGES, PAGE_SIZE),
    bits("PIO", CHANNELS, STABLE, "rw"),
    bits("sensed", CHANNELS),
    bits("latch", CHANNELS, VOLATILE, "rw"),
    yesno("power"),
    yesno("polarity"),
    yesno("por", VOLATILE, "rw"),
    unsigned("set_alarm", STABLE, "rw"),
)

FAMILIES = (
    Family.make(0x1C, "DS28E04", Feature.ALARM | Feature.OVERDRIVE | Feature.RESUME, PROPERTIES),
)

"""The memory with clock, interval timer and cycle counter DS2404, in a can DS1994 (04).

Source: data sheet DS2404 (memory map).
"""

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import (
    LINKED,
    SECOND,
    STABLE,
    date,
    memory,
    pages,
    unsigned,
    yesno,
)

PAGE_SIZE = 32
PAGES = 16

# The control register, bit 0 first.
CONTROL_BITS = (
    "readonly/clock", "readonly/interval", "readonly/cycle", "readonly/memory",
    "running", "auto", "start", "delay",
)  # fmt: skip

PROPERTIES = (
    memory(PAGES * PAGE_SIZE),
    pages(PAGES, PAGE_SIZE),
    unsigned("udate", SECOND, "rw"),
    date("date", LINKED, "rw"),
    unsigned("interval/udate", SECOND, "rw"),
    date("interval/date", LINKED, "rw"),
    unsigned("cycle", SECOND, "rw"),
    unsigned("trigger/udate", SECOND, "rw"),
    date("trigger/date", LINKED, "rw"),
    unsigned("trigger/interval_udate", SECOND, "rw"),
    date("trigger/interval_date", LINKED, "rw"),
    unsigned("trigger/cycle", SECOND, "rw"),
    unsigned("alarm"),
    unsigned("set_alarm", STABLE, "rw"),
    *(yesno(name, STABLE, "rw") for name in CONTROL_BITS),
)

FAMILIES = (Family.make(0x04, "DS2404", Feature.ALARM, PROPERTIES, also=("DS1994",)),)

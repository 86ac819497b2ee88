"""The four voltmeters DS2450 (20), and the CO2 sensor built around it.

Source: data sheet DS2450 (memory map). The kinds of CO2/Vdd and CO2/status are owserver's.
"""

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import (
    LINKED,
    STABLE,
    TOGETHER,
    VOLATILE,
    VOLTAGE,
    memory,
    pages,
    real,
    under,
    unsigned,
    yesno,
)

CHANNELS = "ABCD"
PAGES = 4
PAGE_SIZE = 8

# Names ending in 2 are in the range of 2.56 V, the others in that of 5.12 V.
VOLTS = (
    real("volt", VOLTAGE, elements=CHANNELS, fetch=TOGETHER),
    real("volt2", VOLTAGE, elements=CHANNELS, fetch=TOGETHER),
    real("latestvolt", elements=CHANNELS, fetch=TOGETHER),
    real("latestvolt2", elements=CHANNELS, fetch=TOGETHER),
)

ALARMS = (
    *(
        real(f"set_alarm/{limit}", STABLE, "rw", elements=CHANNELS)
        for limit in ("volthigh", "voltlow", "volt2high", "volt2low")
    ),
    yesno("set_alarm/high", STABLE, "rw", elements=CHANNELS),
    yesno("set_alarm/low", STABLE, "rw", elements=CHANNELS),
    yesno("set_alarm/unset", STABLE, "wo"),
    yesno("alarm/high", VOLATILE, "rw", elements=CHANNELS),
    yesno("alarm/low", VOLATILE, "rw", elements=CHANNELS),
)

PROPERTIES = (
    memory(PAGES * PAGE_SIZE),
    pages(PAGES, PAGE_SIZE),
    *VOLTS,
    *under("8bit", *VOLTS),
    *ALARMS,
    yesno("power", STABLE, "rw"),
    yesno("PIO", STABLE, "rw", elements=CHANNELS),
    unsigned("CO2/ppm", LINKED),
    yesno("CO2/Vdd", LINKED),
    real("CO2/status", LINKED),
)

FAMILIES = (
    Family.make(0x20, "DS2450", Feature.VOLTAGE | Feature.ALARM | Feature.OVERDRIVE, PROPERTIES),
)

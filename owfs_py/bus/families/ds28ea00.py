"""The thermometer with two switches and chain function DS28EA00 (42).

Source: data sheet DS28EA00 (scratchpad, PIO access commands).
"""

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import (
    HIDDEN,
    LINKED,
    STABLE,
    TEMPERATURE,
    bits,
    celsius,
    unsigned,
    yesno,
)

CHANNELS = "AB"

THERMOMETER = (
    celsius("temperature", LINKED),
    celsius("fasttemp", LINKED),
    *(celsius(f"temperature{n}", TEMPERATURE) for n in (9, 10, 11, 12)),
    celsius("latesttemp"),
    celsius("templow", STABLE, "rw"),
    celsius("temphigh", STABLE, "rw"),
    unsigned("tempres", STABLE, "rw"),
    yesno("power"),
)

SWITCHES = (
    bits("PIO", CHANNELS, LINKED, "rw"),
    bits("latch", CHANNELS, LINKED, "rw"),
    bits("sensed", CHANNELS, LINKED),
    unsigned("piostate", visible=HIDDEN),
)

FAMILIES = (
    Family.make(
        0x42,
        "DS28EA00",
        Feature.TEMPERATURE | Feature.ALARM | Feature.CHAIN,
        (*THERMOMETER, *SWITCHES),
    ),
)

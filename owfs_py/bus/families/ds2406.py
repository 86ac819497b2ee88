"""The switches DS2406 and DS2407 (12), and what others have built around them: the barometer
TAI8570 on a pair of them, the voltmeter T8A.

Sources: data sheets DS2406 (memory map, status), MS5534 (calibration words), TAI8570.
"""

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import (
    HIDDEN,
    LINKED,
    STABLE,
    STATIC,
    TOGETHER,
    VOLATILE,
    bits,
    branch,
    celsius,
    memory,
    on_model,
    pages,
    pressure,
    real,
    text,
    under,
    unsigned,
    yesno,
)

PAGE_SIZE = 32
PAGES = 4
CHANNELS = "AB"
T8A_CHANNELS = 8
CALIBRATION_WORDS = 6  # C1 ... C6 of the MS5534

_READINGS = (celsius("temperature", LINKED), pressure("pressure", LINKED))

TAI8570 = under(
    "TAI8570",
    text("sibling", 16, STABLE),
    *_READINGS,
    *under("DA5534", *_READINGS),
    *under("DA5540", *_READINGS),
    unsigned("C", STATIC, elements=CALIBRATION_WORDS, fetch=TOGETHER, visible=HIDDEN),
    unsigned("D1", visible=HIDDEN),
    unsigned("D2", visible=HIDDEN),
)

PROPERTIES = (
    bits("PIO", CHANNELS, STABLE, "rw"),
    bits("sensed", CHANNELS, LINKED),
    bits("flipflop", CHANNELS),
    bits("latch", CHANNELS, VOLATILE, "rw"),
    yesno("power"),
    unsigned("channels", STABLE),
    unsigned("set_alarm", STABLE, "rw"),
    unsigned("infobyte", visible=HIDDEN),
    memory(PAGES * PAGE_SIZE),
    pages(PAGES, PAGE_SIZE),
    *TAI8570,
    real("T8A/volt", elements=T8A_CHANNELS, visible=on_model("T8A")),
    branch("aux"),
)

FAMILIES = (Family.make(0x12, "DS2406", Feature.ALARM, PROPERTIES, also=("DS2407",)),)

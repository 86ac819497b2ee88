"""The loggers of temperature and humidity DS1922 and DS1923 (41).

Source: data sheet DS1923 (register map).
"""

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import (
    SECOND,
    STABLE,
    VOLATILE,
    celsius,
    date,
    pages,
    real,
    unsigned,
    yesno,
)

PAGES = 18
PAGE_SIZE = 32

PROPERTIES = (
    celsius("temperature"),
    real("humidity"),
    pages(PAGES, PAGE_SIZE),
    date("clock/date", SECOND, "rw"),
    unsigned("clock/udate", SECOND, "rw"),
    yesno("clock/running", STABLE, "rw"),
    yesno("mission/running", VOLATILE, "rw"),
    yesno("mission/rollover", STABLE, "rw"),
    unsigned("mission/delay", VOLATILE, "rw"),
    yesno("mission/samplingtemp"),
    yesno("mission/samplinghumidity"),
)

FAMILIES = (
    Family.make(
        0x41,
        "DS1923",
        Feature.TEMPERATURE | Feature.ALARM | Feature.OVERDRIVE | Feature.RESUME,
        PROPERTIES,
        also=("DS1922",),
    ),
)

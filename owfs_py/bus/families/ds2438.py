"""The battery monitors DS2438 (26, A6) and DS2437 (1E), and the sensors built around a DS2438.

Sources: data sheets DS2438, DS2437 (memory map); of the sensors HIH-3600, HIH-4000, HIH-5030,
HTM1735, and those of the boards B1-R1-A, S3-R1-A, MultiSensor and DATANAB.
"""

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import (
    LINKED,
    SECOND,
    STABLE,
    TEMPERATURE,
    celsius,
    date,
    on_model,
    pages,
    pressure,
    real,
    text,
    unsigned,
    yesno,
)

PAGES = 8
PAGE_SIZE = 8

DS2437 = (
    real("VDD"),
    real("VAD"),
    real("vis"),
    celsius("temperature", TEMPERATURE),
    celsius("latesttemp"),
    yesno("IAD", STABLE, "rw"),
    yesno("CA", STABLE, "rw"),
    yesno("EE", STABLE, "rw"),
    unsigned("udate", SECOND, "rw"),
    date("date", LINKED, "rw"),
    unsigned("disconnect/udate", access="rw"),
    date("disconnect/date", LINKED, "rw"),
    unsigned("endcharge/udate", access="rw"),
    date("endcharge/date", LINKED, "rw"),
    pages(PAGES, PAGE_SIZE, STABLE),
)

SENSORS = (
    real("humidity", LINKED),
    real("HIH3600/humidity"),
    real("HIH4000/humidity"),
    real("HIH5030/humidity"),
    real("HTM1735/humidity", LINKED),
    real("DATANAB/humidity", visible=on_model("DATANAB")),
    yesno("DATANAB/reset", STABLE, "wo", visible=on_model("DATANAB")),
    text("MultiSensor/type", 12, STABLE),
    pressure("B1-R1-A/pressure"),
    pressure("B1-R1-A/gain", STABLE, "rw"),
    pressure("B1-R1-A/offset", STABLE, "rw"),
    real("S3-R1-A/current"),
    real("S3-R1-A/gain", STABLE, "rw"),
    real("S3-R1-A/illuminance"),
)

DS2438 = (*DS2437, unsigned("offset", STABLE, "rw"), *SENSORS)

_FEATURES = Feature.TEMPERATURE | Feature.VOLTAGE

FAMILIES = (
    Family.make(0x1E, "DS2437", _FEATURES, DS2437),
    Family.make(0x26, "DS2438", _FEATURES, DS2438),
    Family.make(0xA6, "DS2438", _FEATURES, DS2438),
)

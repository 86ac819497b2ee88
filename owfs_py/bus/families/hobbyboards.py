"""The devices of Hobby Boards: UVI meter (EE); moisture meter, hub, barometer, hygrometer and
six thermometers (EF). A type number in the device says which one it is.

Source: the maker's lists of commands.
"""

from collections.abc import Iterable

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import (
    HIDDEN,
    LINKED,
    STABLE,
    TOGETHER,
    VOLATILE,
    bits,
    celsius,
    gap,
    integer,
    on_model,
    pressure,
    real,
    text,
    under,
    unsigned,
    yesno,
)
from owfs_py.bus.properties import Change, Property

SOIL_SENSORS = 4
HUB_BRANCHES = 4
THERMOMETERS = 6
LOCATION_SIZE = 21

_UVI = on_model("UVI")


def _identity(version: Change) -> tuple[Property, ...]:
    return (
        unsigned("type_number", STABLE),
        text("type", 32, LINKED),
        text("version", 7, version),
        unsigned("version_number", STABLE, visible=HIDDEN),
    )


def _device(name: str, *properties: Property) -> tuple[Property, ...]:
    return under(name, *properties, visible=on_model(name))


def _polled(config_access: str) -> Iterable[Property]:
    """What the later devices have in common."""
    yield unsigned("config", STABLE, config_access)
    yield unsigned("polling_frequency", STABLE, "rw")
    yield unsigned("polling_available", STABLE)
    yield text("location", LOCATION_SIZE, STABLE, "rw")
    yield yesno("reboot", STABLE, "wo")
    yield yesno("reset", STABLE, "wo")


UVI_METER = (
    celsius("temperature", visible=_UVI),
    gap("temperature_offset", STABLE, "rw", visible=_UVI),
    *_device(
        "UVI",
        real("UVI"),
        real("UVI_offset", STABLE, "rw"),
        yesno("in_case", STABLE, "rw"),
    ),
)

MOISTURE_METER = _device(
    "moisture",
    integer("sensor", elements=SOIL_SENSORS, fetch=TOGETHER),
    bits("is_moisture", SOIL_SENSORS, STABLE, "rw"),
    bits("is_leaf", SOIL_SENSORS, LINKED, "rw"),
    unsigned("calibrate/min", STABLE, "rw"),
    unsigned("calibrate/max", STABLE, "rw"),
    unsigned("calibrate/raw", elements=SOIL_SENSORS, fetch=TOGETHER),
)

HUB = _device(
    "hub",
    bits("branch", HUB_BRANCHES, STABLE, "rw"),
    bits("short", HUB_BRANCHES, STABLE),
    unsigned("config", VOLATILE, "rw", visible=HIDDEN),
)

BAROMETER = _device(
    "barometer",
    celsius("temperature"),
    pressure("pressure"),
    integer("pressure_altitude"),
    integer("altitude", VOLATILE, "rw"),
    *_polled("rw"),
)

HYGROMETER = _device(
    "humidity",
    celsius("temperature"),
    real("humidity_corrected"),
    real("humidity_raw"),
    real("humidity_offset", VOLATILE, "rw"),
    *_polled("rw"),
)

SIX_THERMOMETERS = _device(
    "multitemp",
    celsius("temperature", elements=THERMOMETERS, fetch=TOGETHER),
    *_polled("ro"),
)

FAMILIES = (
    Family.make(0xEE, "HobbyBoards_EE", Feature.NOTHING, (*_identity(STABLE), *UVI_METER)),
    Family.make(
        0xEF,
        "HobbyBoards_EF",
        Feature.NOTHING,
        (
            *_identity(LINKED),
            *MOISTURE_METER,
            *HUB,
            *BAROMETER,
            *HYGROMETER,
            *SIX_THERMOMETERS,
        ),
    ),
)

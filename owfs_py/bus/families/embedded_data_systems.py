"""The sensors EDS0064 ... EDS0090 of Embedded Data Systems (7E).

All have one family code; a device id in the memory says which model a device is.
Source: the register maps of the maker's manuals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import (
    HIDDEN,
    LINKED,
    SECOND,
    STABLE,
    VOLATILE,
    bits,
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
from owfs_py.bus.properties import Property

PAGE_SIZE = 32
PAGES = 3
PAGES_OF_MULTICHANNEL = 5

# What the alarms and thresholds are of, in the order of the bits of the alarm registers.
QUANTITIES: dict[str, Callable[..., Property]] = {
    "temp": celsius,
    "humidity": real,
    "dew_point": celsius,
    "humidex": real,
    "heat_index": celsius,
    "pressure": pressure,
    "inHg": real,
    "light": unsigned,
}
WHOLE_NAMES = {"temp": "temperature"}


def _both(quantity: str) -> tuple[str, str]:
    return f"{quantity}_hi", f"{quantity}_low"


# Every model has these; the registers behind them are hidden.
OUTPUTS = (
    unsigned("counter/seconds", SECOND),
    yesno("alarm/clear", STABLE, "wo"),
    yesno("relay/state", LINKED, "rw"),
    unsigned("relay/control", LINKED, "rw"),
    yesno("LED/state", LINKED, "rw"),
    unsigned("LED/control", LINKED, "rw"),
    unsigned("relay_state", VOLATILE, "rw", visible=HIDDEN),
    unsigned("relay_function", VOLATILE, "rw", visible=HIDDEN),
    unsigned("alarm/state", visible=HIDDEN),
    unsigned("set_alarm/alarm_function", VOLATILE, "rw", visible=HIDDEN),
)


def _model(model: str, *properties: Property) -> tuple[Property, ...]:
    return under(model, *OUTPUTS, *properties, visible=on_model(model))


def _flags(alarms: Iterable[str], switches: Iterable[str]) -> Iterable[Property]:
    """Alarms, and what switches them on."""
    yield from (yesno(f"alarm/{name}", LINKED) for name in alarms)
    yield from (yesno(f"set_alarm/{name}", LINKED, "rw") for name in switches)


def _sensors(*quantities: str) -> Iterable[Property]:
    """For each quantity its value, limits and alarms."""
    for quantity in quantities:
        kind = QUANTITIES[quantity]
        yield kind(WHOLE_NAMES.get(quantity, quantity))
        for limit in _both(quantity):
            yield kind(f"threshold/{limit}", STABLE, "rw")
            yield from _flags([limit], [limit])


EDS0067 = (
    *(prop for prop in _sensors("temp", "light") if prop.name != "threshold/light_hi"),
    # owserver has a blank at the end of this name; what clients rather write works, too.
    unsigned("threshold/light_hi ", STABLE, "rw"),
    unsigned("threshold/light_hi", STABLE, "rw", visible=HIDDEN),
)

EDS0070 = (
    *(unsigned(f"vib_{name}") for name in ("level", "peak", "max", "min")),
    *(celsius(f"threshold/{limit}", STABLE, "rw") for limit in _both("vib")),
    *_flags(_both("vib"), _both("vib")),
)

RTD = (
    celsius("temperature"),
    real("resistance"),
    unsigned("raw", visible=HIDDEN),
    unsigned("calibration/constant", STABLE),
    unsigned("calibration/key", STABLE, "rw"),
    unsigned("counter/samples", SECOND),
    unsigned("user_byte", VOLATILE, "rw"),
    unsigned("delay", VOLATILE, "rw"),
    *(celsius(f"threshold/{limit}", STABLE, "rw") for limit in _both("temp")),
    *(real(f"threshold/{limit}", STABLE, "rw") for limit in _both("resistance")),
    *_flags(_both("temp"), _both("temp")),
)
# owserver's name has two underscores.
EDS0071 = (*RTD, *_flags(_both("resistance"), ("resistance__hi", "resistance_low")))
EDS0072 = (*RTD, *_flags(_both("RTD"), _both("RTD")))


def _channels(quantity: str, count: int) -> Iterable[Property]:
    """Meters with several inputs, and a memory larger than that of the others."""
    yield memory(PAGES_OF_MULTICHANNEL * PAGE_SIZE)
    yield pages(PAGES_OF_MULTICHANNEL, PAGE_SIZE)
    for name in (quantity, f"min_{quantity}", f"max_{quantity}"):
        yield real(name, elements=count)
    for limit in _both(quantity):
        # Twice as many elements as there are limits, as owserver has it.
        yield real(f"threshold/{limit}", STABLE, "rw", elements=2 * count)
        yield bits(f"alarm/{limit}", count)
        yield bits(f"set_alarm/{limit}", count, VOLATILE, "rw")


DISCRETE_CHANNELS = 8
EDS0090 = (
    bits("input", DISCRETE_CHANNELS, STABLE),
    bits("latch/state", DISCRETE_CHANNELS),
    bits("latch/reset", DISCRETE_CHANNELS, VOLATILE, "rw"),
    bits("output/set", DISCRETE_CHANNELS, VOLATILE, "rw"),
    bits("output/off", DISCRETE_CHANNELS),
    bits("output/reset", DISCRETE_CHANNELS, VOLATILE, "rw"),
    unsigned("counter/pulses", elements=DISCRETE_CHANNELS),
    bits("counter/reset", DISCRETE_CHANNELS, VOLATILE, "rw"),
    bits("alarm/hi", DISCRETE_CHANNELS, LINKED),
    bits("alarm/low", DISCRETE_CHANNELS, LINKED),
    bits("set_alarm/hi", DISCRETE_CHANNELS, LINKED, "rw"),
    bits("set_alarm/low", DISCRETE_CHANNELS, LINKED, "rw"),
)

MODELS = (
    "EDS0064", "EDS0065", "EDS0066", "EDS0067", "EDS0068", "EDS0070", "EDS0071", "EDS0072",
    "EDS0080", "EDS0082", "EDS0083", "EDS0085", "EDS0090",
)  # fmt: skip

PROPERTIES = (
    text("tag", 30, STABLE),
    unsigned("device_id", STABLE),
    text("device_type", 7, LINKED),
    memory(PAGES * PAGE_SIZE),
    pages(PAGES, PAGE_SIZE),
    *_model("EDS0064", *_sensors("temp")),
    *_model("EDS0065", *_sensors("temp", "humidity", "dew_point", "humidex", "heat_index")),
    *_model("EDS0066", *_sensors("temp", "pressure", "inHg")),
    *_model("EDS0067", *EDS0067),
    *_model("EDS0068", *_sensors(*QUANTITIES)),
    *_model("EDS0070", *EDS0070),
    *_model("EDS0071", *EDS0071),
    *_model("EDS0072", *EDS0072),
    *_model("EDS0080", *_channels("current", 8)),
    *_model("EDS0082", *_channels("volts", 8)),
    *_model("EDS0083", *_channels("current", 4)),
    *_model("EDS0085", *_channels("volts", 4)),
    *_model("EDS0090", *EDS0090),
)

FAMILIES = (Family.make(0x7E, "EDS", Feature.TEMPERATURE | Feature.ALARM, PROPERTIES, also=MODELS),)

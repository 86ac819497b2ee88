"""The sensors EDS0064 ... EDS0090 of Embedded Data Systems (7E).

All have one family code; a device id in the memory says which model a device is. What all models
have is in eds_model.py, how registers are read and written in eds_registers.py. Source: the
register maps of the maker's manuals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from owfs_py.bus.cache import Life
from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.eds_model import (
    KindOf,
    Model,
    granted,
    limits_of,
    number,
    thresholds,
)
from owfs_py.bus.families.eds_registers import (
    READER,
    Register,
    amperes,
    byte,
    fine,
    long,
    memory_of,
    sixteenths,
    three_bytes,
    volts,
    whole,
    word,
)
from owfs_py.bus.families.notation import (
    HIDDEN,
    LINKED,
    SECOND,
    STABLE,
    VOLATILE,
    bits,
    celsius,
    pressure,
    real,
    text,
    unsigned,
)
from owfs_py.bus.properties import Change, Property

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

TAG_SIZE = 30
DEVICE_ID = word(0x1E)
"""In hex the number of the model."""

# EDS0064 to EDS0068: temperature, humidity, pressure, light


class Quantity(NamedTuple):
    """Something measured in a room."""

    kind: KindOf
    now: Register
    high: Register
    low: Register


# In the order of the bits of the alarm registers, two each.
QUANTITIES = {
    "temp": Quantity(celsius, sixteenths(0x22), whole(0x42), whole(0x43)),
    "humidity": Quantity(real, sixteenths(0x24), whole(0x44), whole(0x45)),
    "dew_point": Quantity(celsius, sixteenths(0x26), whole(0x46), whole(0x47)),
    "humidex": Quantity(real, sixteenths(0x28), whole(0x48), whole(0x49)),
    "heat_index": Quantity(celsius, sixteenths(0x2A), whole(0x4A), whole(0x4B)),
    "pressure": Quantity(pressure, fine(0x2C), fine(0x4C), fine(0x4F)),
    "inHg": Quantity(real, fine(0x2F), fine(0x52), fine(0x55)),
    "light": Quantity(unsigned, three_bytes(0x32), three_bytes(0x58), three_bytes(0x5B)),
}
WHOLE_NAMES = {"temp": "temperature"}
MISNAMED = {"EDS0067": "threshold/light_hi"}
"""owserver has a blank at the end of this name; what clients rather write works, too."""


def _room_sensor(name: str, *quantities: str) -> tuple[Property, ...]:
    model = Model(name, alarms=word(0x3A), searched=word(0x40))
    own: list[Property] = []
    for bit, (quantity, (kind, now, high, low)) in enumerate(QUANTITIES.items()):
        if quantity in quantities:
            own.append(number(kind, WHOLE_NAMES.get(quantity, quantity), now))
            own += thresholds(kind, quantity, high, low)
            own += model.both(quantity, 2 * bit)
    return model.table(*(each for prop in own for each in _as_listed(name, prop)))


def _as_listed(model: str, prop: Property) -> Iterable[Property]:
    if prop.name != MISNAMED.get(model):
        yield prop
        return
    listed = f"{prop.name} "
    yield replace(prop, name=listed, spoils=(f"{model}/{prop.name}",))
    yield replace(prop, visible=HIDDEN, spoils=(f"{model}/{listed}",))


# EDS0070: vibration, a number from 0 to 1023

_EDS0070 = Model("EDS0070", alarms=byte(0x36), searched=byte(0x40))
_VIBRATION_BIT = 2  # of the alarms
EDS0070 = _EDS0070.table(
    number(unsigned, "vib_level", word(0x24)),
    number(unsigned, "vib_peak", word(0x26)),
    number(unsigned, "vib_max", word(0x28)),
    number(unsigned, "vib_min", word(0x2A)),
    *_EDS0070.both("vib", _VIBRATION_BIT),
    *(
        replace(prop, declared=celsius(prop.name, STABLE, "rw"))  # owserver takes it for that
        for prop in thresholds(unsigned, "vib", word(0x44), word(0x46))
    ),
)

# EDS0071 and EDS0072: temperature by a resistor


def _thermometer(
    name: str, alarms: tuple[str, str], searches: tuple[str, str]
) -> tuple[Property, ...]:
    """The names are those of the alarms that are about the resistor."""
    model = Model(name, alarms=byte(0x36), searched=byte(0x40))
    resistance_bit = 2
    return model.table(
        number(celsius, "temperature", fine(0x22)),
        number(real, "resistance", fine(0x25)),
        number(unsigned, "raw", three_bytes(0x28), visible=HIDDEN),
        number(unsigned, "calibration/constant", long(0x30), STABLE),
        number(unsigned, "calibration/key", byte(0x5C), STABLE, "rw"),
        number(unsigned, "counter/samples", long(0x38), SECOND),
        number(unsigned, "user_byte", byte(0x41), VOLATILE, "rw"),
        number(unsigned, "delay", byte(0x5D), VOLATILE, "rw"),
        *thresholds(celsius, "temp", fine(0x42), fine(0x45)),
        *thresholds(real, "resistance", fine(0x48), fine(0x4B)),
        *model.both("temp", 0),
        *(model.alarm(each, resistance_bit + n) for n, each in enumerate(alarms)),
        *(model.search(each, resistance_bit + n) for n, each in enumerate(searches)),
    )


# owserver's name has two underscores.
EDS0071 = _thermometer("EDS0071", limits_of("resistance"), ("resistance__hi", "resistance_low"))
EDS0072 = _thermometer("EDS0072", limits_of("RTD"), limits_of("RTD"))

# EDS0080 to EDS0085: meters with several inputs, and a larger memory than the others have

VALUE_STRIDE, THRESHOLD_STRIDE = 2, 4
"""Bytes from one input to the next; upper and lower limits alternate."""
ALARMS_OF_CHANNEL = 2
"""Bits for each input in the registers of alarms: too high, too low."""


def _meter(
    name: str, quantity: str, count: int, register: Callable[..., Register]
) -> tuple[Property, ...]:
    model = Model(
        name, alarms=word(0x2A), searched=word(0x9A), control=byte(0x9E), state=byte(0x9F),
        seconds=long(0x2C),
    )  # fmt: skip
    own: list[Property] = []
    for prefix, address in (("", 0x30), ("min_", 0x40), ("max_", 0x50)):
        values = granted(register(address).elements(VALUE_STRIDE), "ro")
        own.append(real(f"{prefix}{quantity}", elements=count, **values))
    for bit, (limit, address) in enumerate(zip(limits_of(quantity), (0x70, 0x72), strict=True)):
        threshold, limits = f"threshold/{limit}", register(address).elements(THRESHOLD_STRIDE)
        alarms = granted(model.alarms.bits(bit, ALARMS_OF_CHANNEL, count), "ro")
        searched = model.searched.bits(bit, ALARMS_OF_CHANNEL, count)
        own += (
            real(
                threshold, STABLE, "rw", elements=count, **limits,
                # owserver goes on behind the last channel.
                declared=real(threshold, STABLE, "rw", elements=2 * count),
            ),
            bits(f"alarm/{limit}", count, **alarms),
            bits(
                f"set_alarm/{limit}", count, VOLATILE, "rw", **searched,
                spoils=(f"{name}/set_alarm/alarm_function",),
            ),
        )  # fmt: skip
    return model.table(*memory_of(5).properties(), *own)


# EDS0090: eight inputs and outputs

CHANNELS = 8
PULSES_STRIDE = 4
_RESETS = byte(0x55, acts=True)  # of latches and outputs
_EDS0090 = Model("EDS0090", alarms=word(0x2A), searched=word(0x50), seconds=long(0x2C))


def _channels(
    name: str,
    register: Register,
    change: Change = VOLATILE,
    access: str = "ro",
    *,
    first: int = 0,
    apart: int = 1,
    **more: Any,
) -> Property:
    """A bit for each channel."""
    accessors = granted(register.bits(first, apart, CHANNELS), access)
    return bits(name, CHANNELS, change, access, **accessors, **more)


def _channel_alarms(limit: str, first: int) -> Iterable[Property]:
    """Two bits for each channel, as in the meters: nothing is published about it."""
    apart = ALARMS_OF_CHANNEL
    yield _channels(f"alarm/{limit}", _EDS0090.alarms, LINKED, first=first, apart=apart)
    yield _channels(
        f"set_alarm/{limit}", _EDS0090.searched, LINKED, "rw", first=first, apart=apart,
        spoils=("EDS0090/set_alarm/alarm_function",),
    )  # fmt: skip


EDS0090 = _EDS0090.table(
    _channels("input", byte(0x22), STABLE),
    _channels("latch/state", byte(0x23)),
    _channels("latch/reset", _RESETS, VOLATILE, "rw"),
    _channels("output/set", byte(0x5C), VOLATILE, "rw"),
    _channels("output/off", byte(0x5C)),
    _channels("output/reset", _RESETS, VOLATILE, "rw"),
    unsigned(
        "counter/pulses", elements=CHANNELS, **granted(long(0x30).elements(PULSES_STRIDE), "ro")
    ),
    _channels(
        "counter/reset", byte(0x54, acts=True), VOLATILE, "rw", spoils=("EDS0090/counter/pulses",)
    ),
    *_channel_alarms("hi", 0),
    *_channel_alarms("low", 1),
)

# All of them

MODELS = (
    "EDS0064", "EDS0065", "EDS0066", "EDS0067", "EDS0068", "EDS0070", "EDS0071", "EDS0072",
    "EDS0080", "EDS0082", "EDS0083", "EDS0085", "EDS0090",
)  # fmt: skip


async def model_of(chip: Chip) -> str:
    """Its name, which may be one that nobody knows."""
    return str(await chip.value("device_type"))


async def _read_tag(chip: Chip) -> bytes:
    return await READER.read(chip, 0, TAG_SIZE)


async def _read_type(chip: Chip) -> str:
    return f"EDS{await chip.value('device_id'):04X}"


REGISTERS = (
    text("tag", TAG_SIZE, STABLE, read=_read_tag),
    number(unsigned, "device_id", DEVICE_ID, STABLE),
    text("device_type", 7, LINKED, read=_read_type),
    *_room_sensor("EDS0064", "temp"),
    *_room_sensor("EDS0065", "temp", "humidity", "dew_point", "humidex", "heat_index"),
    *_room_sensor("EDS0066", "temp", "pressure", "inHg"),
    *_room_sensor("EDS0067", "temp", "light"),
    *_room_sensor("EDS0068", *QUANTITIES),
    *EDS0070,
    *EDS0071,
    *EDS0072,
    *_meter("EDS0080", "current", 8, amperes),
    *_meter("EDS0082", "volts", 8, volts),
    *_meter("EDS0083", "current", 4, amperes),
    *_meter("EDS0085", "volts", 4, volts),
    *EDS0090,
    *memory_of(3).properties(),
)
_CACHED = tuple(prop.name for prop in REGISTERS if prop.life is not Life.NEVER)

PROPERTIES = tuple(
    # Writing the memory as such may change anything.
    replace(prop, spoils=_CACHED) if prop.name.endswith(("memory", "pages/page")) else prop
    for prop in REGISTERS
)

FAMILIES = (
    Family.make(
        0x7E, "EDS", Feature.TEMPERATURE | Feature.ALARM, PROPERTIES, also=MODELS, model=model_of
    ),
)

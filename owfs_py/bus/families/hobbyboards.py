"""The devices of Hobby Boards: UVI meter (EE); moisture meter, hub, barometer, hygrometer and
six thermometers (EF). A type number in the device says which one it is.

How one talks to them is in hobbyboards_registers.py. Source: the maker's lists of commands.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

from owfs_py.bus.errors import InvalidValueError
from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.hobbyboards_registers import (
    NOT_READY,
    READ_TYPE,
    READ_VERSION,
    Block,
    Number,
    ask,
    byte,
    prove,
    word,
)
from owfs_py.bus.families.memories import must_be_there
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
from owfs_py.bus.properties import Change, Property, bits_to_number, number_to_bits

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

SOIL_SENSORS = 4
HUB_BRANCHES = 4
THERMOMETERS = 6
LOCATION_SIZE = 21  # with a zero at its end

TYPES = {
    1: "HB_UVI_METER",
    2: "HB_MOISTURE_METER",
    3: "HB_MOISTURE_METER_DATALOGGER",
    4: "HB_SNIFFER",
    5: "HB_HUB",
    9: "HB_MULTITEMP",
}
"""By type number; the others are called like their family."""
DIRECTORIES = {1: "UVI", 2: "moisture", 5: "hub", 6: "barometer", 7: "humidity", 9: "multitemp"}
"""The properties that a device has beside the common ones, by type number."""

# Who it is

FIRMWARE = "firmware"
"""The fact under which the firmware's version is remembered."""


async def model_of(chip: Chip) -> str:
    """The name of its directory; empty if it has none."""
    return DIRECTORIES.get(await chip.value("type_number"), "")


async def _read_type(chip: Chip) -> str:
    return TYPES.get(await chip.value("type_number"), f"HobbyBoards_{chip.family.name}")


async def _read_version_number(chip: Chip) -> int:
    version = int(await word(READ_VERSION).read(chip))
    chip.remember(FIRMWARE, version)
    return version


async def _read_version(chip: Chip) -> str:
    major, minor = divmod(await chip.value("version_number"), 0x100)
    return f"{major}.{minor}"


def _identity(version: Change) -> tuple[Property, ...]:
    return (
        unsigned("type_number", STABLE, read=byte(READ_TYPE).read),
        text("type", 32, LINKED, read=_read_type),
        text("version", 7, version, read=_read_version),
        unsigned("version_number", STABLE, visible=HIDDEN, read=_read_version_number),
    )


def _device(name: str, *properties: Property) -> tuple[Property, ...]:
    return under(name, *properties, visible=on_model(name))


# UVI meter

_UVI = on_model("UVI")
IN_CASE = Block(b"\x28", 1, b"\x27")
YES, NO = b"\xff", b"\x00"


async def _read_uvi(chip: Chip) -> float:
    data = await ask(chip, b"\x24", 1)
    if data == NOT_READY:
        raise InvalidValueError(f"{chip.rom}: has measured nothing yet")
    return data[0] / 10


async def _read_in_case(chip: Chip) -> bool:
    return await IN_CASE.read(chip) != NO


async def _write_in_case(chip: Chip, wanted: bool) -> None:
    await IN_CASE.write(chip, YES if wanted else NO)


UVI_METER = (
    celsius("temperature", visible=_UVI, read=word(b"\x21", steps=2, signed=True).read),
    gap(
        "temperature_offset", STABLE, "rw", visible=_UVI,
        **word(b"\x23", steps=2, signed=True, writing=b"\x22").accessors(),
    ),
    *_device(
        "UVI",
        real("UVI", read=_read_uvi),
        real(
            "UVI_offset", STABLE, "rw",
            **byte(b"\x26", steps=10, signed=True, writing=b"\x25").accessors(),
        ),
        yesno("in_case", STABLE, "rw", read=_read_in_case, write=_write_in_case),
    ),
)  # fmt: skip

# Moisture meter

NEW_COMMANDS = 1 << 8 | 80
"""The firmware, 1.80, from which on what is set has other commands."""


def _by_firmware(new: Number, old: Number) -> dict[str, Any]:
    """For a property that newer firmware has behind other commands."""

    async def chosen(chip: Chip) -> Number:
        version = chip.recall(FIRMWARE)
        if version is None:
            version = await chip.value("version_number")
        return new if version >= NEW_COMMANDS else old

    async def read(chip: Chip) -> Any:
        return await (await chosen(chip)).read(chip)

    async def write(chip: Chip, value: int) -> None:
        await (await chosen(chip)).write(chip, value)

    return {"read": read, "write": write}


LEAVES = _by_firmware(byte(b"\x22", writing=b"\xa2"), byte(b"\x23", writing=b"\x22"))
"""A bit for each sensor: 1 on a leaf, 0 in soil."""


def _sensors(*, leaf: bool) -> dict[str, Any]:
    """For the bits of those on a leaf, or of the others."""

    async def read(chip: Chip) -> list[bool]:
        leaves = await LEAVES["read"](chip)
        return [bit == leaf for bit in number_to_bits(leaves, SOIL_SENSORS)]

    async def write(chip: Chip, wanted: list[bool]) -> None:
        await LEAVES["write"](chip, bits_to_number(bit == leaf for bit in wanted))

    return {"read": read, "write": write}


MOISTURE_METER = _device(
    "moisture",
    integer(
        "sensor", elements=SOIL_SENSORS, fetch=TOGETHER, **byte(b"\x21").together(SOIL_SENSORS)
    ),
    bits("is_moisture", SOIL_SENSORS, STABLE, "rw", **_sensors(leaf=False)),
    bits("is_leaf", SOIL_SENSORS, LINKED, "rw", **_sensors(leaf=True)),
    unsigned(
        "calibrate/min", STABLE, "rw",
        **_by_firmware(word(b"\x24", writing=b"\xa4"), word(b"\x27", writing=b"\x26")),
    ),
    unsigned(
        "calibrate/max", STABLE, "rw",
        **_by_firmware(word(b"\x23", writing=b"\xa3"), word(b"\x25", writing=b"\x24")),
    ),
    unsigned(
        "calibrate/raw", elements=SOIL_SENSORS, fetch=TOGETHER,
        **word(b"\x31").together(SOIL_SENSORS),
    ),
)  # fmt: skip

# Hub

SWITCH_BRANCHES = b"\x21"
"""A byte follows: which branches, and whether they are to be switched on."""
SWITCH_ON = 0x10
BRANCHES, SHORTS = byte(b"\x22"), byte(b"\x23")
HUB_CONFIG = byte(b"\x61", writing=b"\x60")
ONE_AT_A_TIME = 0x02
"""The bit of the configuration with which only one branch is on."""


def _branches(register: Number) -> Callable[[Chip], Coroutine[Any, Any, list[bool]]]:
    async def read(chip: Chip) -> list[bool]:
        return number_to_bits(await register.read(chip), HUB_BRANCHES)

    return read


async def _write_branches(chip: Chip, wanted: list[bool]) -> None:
    """Switch on those that are wanted, then switch off the others."""
    if sum(wanted) > 1:
        config = await HUB_CONFIG.read(chip)
        if config & ONE_AT_A_TIME:
            # Whether that works is seen by the branches.
            await chip.exchange(HUB_CONFIG.writing + bytes([config & ~ONE_AT_A_TIME]))
    on = bits_to_number(wanted) | SWITCH_ON
    for order in (on, on ^ 0xFF):
        await chip.exchange(SWITCH_BRANCHES + bytes([order]))
    chip.bus.forget_listing()
    await prove(chip, _branches(BRANCHES), wanted)


HUB = _device(
    "hub",
    bits(
        "branch", HUB_BRANCHES, STABLE, "rw",
        read=_branches(BRANCHES), write=_write_branches, spoils=("hub/config",),
    ),
    bits("short", HUB_BRANCHES, STABLE, read=_branches(SHORTS)),
    unsigned("config", VOLATILE, "rw", visible=HIDDEN, **HUB_CONFIG.accessors()),
)  # fmt: skip

# Barometer, hygrometer, six thermometers

LOCATION = Block(b"\x16", LOCATION_SIZE, b"\x96")
REBOOT, RESET = b"\xf1", b"\xf7"

tenths = partial(word, steps=10, signed=True)
hundredths = partial(word, steps=100, signed=True)
metres = partial(word, signed=True)


async def _read_location(chip: Chip) -> bytes:
    return (await LOCATION.read(chip)).partition(b"\0")[0]


async def _write_location(chip: Chip, location: bytes) -> None:
    if len(location) >= LOCATION_SIZE:
        raise InvalidValueError(f"{chip.rom}: a location has at most {LOCATION_SIZE - 1} bytes")
    await LOCATION.write(chip, location.ljust(LOCATION_SIZE, b"\0"))


def _command(name: str, command: bytes, **more: Any) -> Property:
    async def write(chip: Chip, wanted: bool) -> None:
        if wanted:
            await must_be_there(chip)  # it will not answer for a moment
            await chip.exchange(command)

    return yesno(name, STABLE, "wo", write=write, **more)


def _later_device(name: str, *properties: Property, config: Number) -> tuple[Property, ...]:
    """A device of a newer kind: what these have in common, and its own properties."""
    frequency = byte(b"\x14", writing=b"\x94").accessors()
    set_by_user = (
        unsigned("config", STABLE, "rw" if config.writing else "ro", **config.accessors()),
        unsigned("polling_frequency", STABLE, "rw", **frequency),
        text("location", LOCATION_SIZE, STABLE, "rw", read=_read_location, write=_write_location),
        *properties,
    )
    spoiled = tuple(f"{name}/{prop.name}" for prop in set_by_user)
    return _device(
        name,
        *set_by_user,
        unsigned("polling_available", STABLE, read=byte(b"\x15").read),
        _command("reboot", REBOOT),
        _command("reset", RESET, spoils=spoiled),
    )


BAROMETER = _later_device(
    "barometer",
    celsius("temperature", read=tenths(b"\x40").read),
    pressure("pressure", read=word(b"\x22", steps=0.1, signed=True).read),  # kilopascals
    integer("pressure_altitude", read=metres(b"\x24").read),
    integer("altitude", VOLATILE, "rw", **metres(b"\x26", writing=b"\xa6").accessors()),
    config=byte(b"\x61", writing=b"\xe1"),
)

HYGROMETER = _later_device(
    "humidity",
    celsius("temperature", read=tenths(b"\x40").read),
    real("humidity_corrected", read=hundredths(b"\x21").read),
    real("humidity_raw", read=hundredths(b"\x22").read),
    real("humidity_offset", VOLATILE, "rw", **hundredths(b"\x24", writing=b"\xa4").accessors()),
    config=byte(b"\x61", writing=b"\xe1"),
)

SIX_THERMOMETERS = _later_device(
    "multitemp",
    celsius(
        "temperature", elements=THERMOMETERS, fetch=TOGETHER,
        **tenths(b"\x21").together(THERMOMETERS),
    ),
    config=byte(b"\x61"),
)  # fmt: skip

FAMILIES = (
    Family.make(
        0xEE, "HobbyBoards_EE", Feature.NOTHING, (*_identity(STABLE), *UVI_METER), model=model_of
    ),
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
        model=model_of,
    ),
)

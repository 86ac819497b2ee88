"""The thermometers DS1825 and MAX31826 and the thermocouple chips MAX31850, MAX31851 (3B).

A chip tells by its scratchpad which of them it is. Sources: data sheets DS1825, MAX31826,
MAX31850/MAX31851 (scratchpads, function commands, conversion times).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from owfs_py.bus.errors import CommunicationError, InvalidValueError, NotSupportedError, VerifyError
from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.memories import Memory, PlainReader
from owfs_py.bus.families.notation import (
    HIDDEN,
    LINKED,
    STABLE,
    TEMPERATURE,
    celsius,
    on_model,
    unsigned,
    yesno,
)
from owfs_py.bus.families.thermometers import (
    CONFIG,
    MEASURED,
    PROGRAMMABLE,
    Read,
    Scratchpad,
    Sensor,
    latest,
    measured,
    read_power,
    read_resolution,
    read_scratchpad,
    same_as,
    scratchpad,
    write_resolution,
)
from owfs_py.bus.transaction import Exchange, Power, Select

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip
    from owfs_py.bus.properties import Property

DS1825, MAX31826, MAX31850 = "DS1825", "MAX31826", "MAX31850"  # the last one also MAX31851
MODEL = "model"
"""The fact under which it is remembered."""

FIXED_RESOLUTION = 0x80
"""Bit of the configuration that is 1 in those whose resolution cannot be set."""
UNUSED_LIMITS = b"\xff\xff"
"""What a MAX31826 has where others have alarm limits or the temperature of the cold junction."""
LOCATION_BITS = 0x0F
"""Bits of the configuration that tell how the address pins are wired."""

WRITE_SCRATCHPAD_2, READ_SCRATCHPAD_2, COPY_SCRATCHPAD_2 = b"\x0f", b"\xaa", b"\x55"
READ_MEMORY = b"\xf0"
COPY_TOKEN = 0xA5
EEPROM_WRITE_TIME = 0.025
"""Seconds."""
MEMORY_SIZE, PAGE_SIZE = 128, 8

# Of a MAX31850: bits of byte 0 and of byte 2.
FAULT_AT, FAULT = 0, 0x01
CAUSES_AT = 2
OPEN_CIRCUIT, GROUND_SHORT, VDD_SHORT = 0x01, 0x02, 0x04
THERMOCOUPLE_MASK = ~0x03  # 14 bits, in sixteenths
COLD_JUNCTION_MASK = ~0x0F  # 12 bits, in 256ths


async def model_of(chip: Chip) -> str:
    """Which of the chips it is."""
    known = chip.recall(MODEL)
    if known is None:
        known = model_by(await read_scratchpad(chip))
        chip.remember(MODEL, known)
    return str(known)


def model_by(scratchpad: bytes) -> str:
    if not scratchpad[CONFIG] & FIXED_RESOLUTION:
        return DS1825
    return MAX31826 if scratchpad[2:4] == UNUSED_LIMITS else MAX31850


# Temperatures


def _cold_junction(data: bytes) -> float:
    return (int.from_bytes(data[2:4], "little", signed=True) & COLD_JUNCTION_MASK) / 256


def _thermocouple(data: bytes) -> float:
    """°C at the far end, which the chip has compensated and linearized already."""
    if data[FAULT_AT] & FAULT or data[CAUSES_AT] & (OPEN_CIRCUIT | GROUND_SHORT | VDD_SHORT):
        raise CommunicationError(f"the thermocouple is open or shorted: {data.hex(' ')}")
    return (int.from_bytes(data[:2], "little", signed=True) & THERMOCOUPLE_MASK) / 16


SENSORS = {
    DS1825: PROGRAMMABLE,
    MAX31826: Sensor(has_mark=False, seconds=0.150),
    MAX31850: Sensor(_cold_junction, power_on=None, seconds=0.100),
}
THERMOCOUPLE = replace(SENSORS[MAX31850], degrees=_thermocouple)


def _temperature(resolution: int) -> Read:
    async def read(chip: Chip) -> float:
        model = await model_of(chip)
        return await measured(chip, SENSORS[model], resolution if model == DS1825 else None)

    return read


async def _latest(chip: Chip) -> float:
    return float(await latest(SENSORS[await model_of(chip)])(chip))


async def _read_resolution(chip: Chip) -> int:
    if await model_of(chip) == DS1825:
        return await read_resolution(chip)
    return Scratchpad.of(await chip.value("scratchpad")).resolution


async def _write_resolution(chip: Chip, value: int) -> None:
    if await model_of(chip) == DS1825:
        await write_resolution(chip, value)
    elif value != await _read_resolution(chip):
        raise InvalidValueError(f"{chip.rom}: the resolution of this chip is fixed")


async def _read_location(chip: Chip) -> int:
    return int((await chip.value("scratchpad"))[CONFIG]) & LOCATION_BITS


# What only some of them have


async def _must_be(chip: Chip, model: str) -> None:
    if (found := await model_of(chip)) != model:
        raise NotSupportedError(f"{chip.rom} is a {found}, and no {model}")


def _only(model: str, *properties: Property) -> tuple[Property, ...]:
    """Properties that are listed, and can be used, with this model alone."""

    def guarded(function: Callable[..., Any] | None) -> Callable[..., Any] | None:
        if function is None:
            return None

        async def call(chip: Chip, *arguments: Any) -> Any:
            await _must_be(chip, model)
            return await function(chip, *arguments)

        return call

    return tuple(
        replace(
            prop, read=guarded(prop.read), write=guarded(prop.write), visible=on_model(model)
        )
        for prop in properties
    )  # fmt: skip


async def _read_thermocouple(chip: Chip) -> float:
    return await measured(chip, THERMOCOUPLE)


def _flag(name: str, at: int, mask: int) -> Property:
    async def read(chip: Chip) -> bool:
        return bool((await chip.value("scratchpad"))[at] & mask)

    return yesno(name, LINKED, read=read)


async def _flagfield(chip: Chip) -> int:
    return int.from_bytes((await chip.value("scratchpad"))[:4], "little")


# The memory of a MAX31826


class _MemoryWriter:
    """A page at a time by way of scratchpad 2, read back before it is copied, and afterwards."""

    row = PAGE_SIZE

    async def write(self, chip: Chip, address: int, data: bytes, memory: Memory) -> None:
        page = address - address % PAGE_SIZE
        if len(data) < PAGE_SIZE:
            row = bytearray(await memory.read_surely(chip, page, PAGE_SIZE))
            row[address - page : address - page + len(data)] = data
            data = bytes(row)
        await chip.settle()
        at = bytes([page])
        await chip.run(
            Exchange(WRITE_SCRATCHPAD_2 + at + data),
            Select(),
            Exchange(READ_SCRATCHPAD_2 + at, PAGE_SIZE, expect=data),
            Select(),
            Exchange(COPY_SCRATCHPAD_2),
            Power(COPY_TOKEN, EEPROM_WRITE_TIME),
        )
        # A memory that is locked takes nothing and says nothing.
        if await memory.read(chip, page, PAGE_SIZE) != data:
            raise VerifyError(f"{chip.rom}: {data.hex(' ')} did not get to address {page:02X}")


MEMORY = Memory(MEMORY_SIZE, PAGE_SIZE, PlainReader(READ_MEMORY, address_size=1), _MemoryWriter())

PROPERTIES = (
    celsius("temperature", LINKED, read=same_as("temperature12")),
    celsius("latesttemp", read=_latest),
    unsigned("tempres", STABLE, "rw", read=_read_resolution, write=_write_resolution,
             spoils=("scratchpad",)),
    yesno("power", read=read_power),
    unsigned("prog_addr", STABLE, read=_read_location),
    scratchpad(),
    celsius("temperature12", TEMPERATURE, read=_temperature(12)),
    *(celsius(f"temperature{bits}", TEMPERATURE, read=_temperature(bits), visible=on_model(DS1825))
      for bits in (9, 10, 11)),
    celsius("fasttemp", LINKED, read=same_as("temperature9"), visible=on_model(DS1825)),
    *_only(DS1825, *(prop for prop in MEASURED if prop.name in ("temphigh", "templow"))),
    *_only(MAX31826, *MEMORY.properties()),
    *_only(
        MAX31850,
        celsius("thermocouple", LINKED, read=_read_thermocouple),
        _flag("fault", FAULT_AT, FAULT),
        _flag("open_circuit", CAUSES_AT, OPEN_CIRCUIT),
        _flag("ground_short", CAUSES_AT, GROUND_SHORT),
        _flag("vdd_short", CAUSES_AT, VDD_SHORT),
    ),
    unsigned("flagfield", LINKED, read=_flagfield, visible=HIDDEN),
)  # fmt: skip

FAMILIES = (
    Family.make(
        0x3B,
        "DS1825",
        Feature.TEMPERATURE | Feature.ALARM,
        PROPERTIES,
        also=("MAX31826", "MAX31850", "MAX31851"),
        model=model_of,
    ),
)

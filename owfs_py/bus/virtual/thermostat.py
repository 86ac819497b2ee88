"""/bus.N/thermostat: the DS1821, a chip without ROM id that must be alone on its line.

Its commands follow the reset at once, and nothing that it sends has a CRC. Without a bus in the
path it is looked for on the first one. Source: data sheet DS1821 (status/configuration register,
command set, high-resolution readings).
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from owfs_py.bus.chip import Chip
from owfs_py.bus.errors import CommunicationError, InvalidValueError, NotSupportedError, VerifyError
from owfs_py.bus.families.catalog import Family
from owfs_py.bus.families.notation import STABLE, STATIC, celsius, text, unsigned, yesno
from owfs_py.bus.line import Line
from owfs_py.bus.properties import Property, Table
from owfs_py.bus.rom import RomId
from owfs_py.bus.transaction import Exchange, Select, Step, Transaction, Wait

if TYPE_CHECKING:
    from owfs_py.bus.virtual import Place

START_CONVERT, STOP_CONVERT = b"\xee", b"\x22"
READ_TEMPERATURE, READ_COUNTER, LOAD_COUNTER = b"\xaa", b"\xa0", b"\x41"
WRITE_HIGH, WRITE_LOW, READ_HIGH, READ_LOW = b"\x01", b"\x02", b"\xa1", b"\xa2"
WRITE_STATUS, READ_STATUS = b"\x0c", b"\xac"

ONE_SHOT, POLARITY, THERMOSTAT_MODE, LOW_FLAG, HIGH_FLAG = 0x01, 0x02, 0x04, 0x08, 0x10
WRITABLE = 0x1F
DONE = 0x80
"""No conversion is under way: in a chip that converts all the time it has not begun to."""
NOBODY = b"\xff"
"""What is read when nobody answers; not all bits of the status can be ones."""

CONVERSION_TIME, EEPROM_WRITE_TIME = 1.0, 0.010
"""Seconds."""
COUNTER_SIZE, COUNTER_MASK = 2, 0x1FF  # nine bits
LOWEST_LIMIT, HIGHEST_LIMIT = -128, 127
"""Whole degrees that a register, one signed byte, can hold."""

NO_FAMILY = 0x00
"""A family code that no chip has."""


async def _ask(chip: Chip, *steps: Step, attempts: int = 3) -> list[bytes]:
    """As Chip.run, without selecting anybody."""
    transaction = Transaction(None, steps, attempts, chip.writing, head=b"")
    results, began, _ = await chip.bus.run(transaction)
    chip.since = min(chip.since, began)
    chip.talked = True
    return results


def _answers(data: bytes) -> bool:
    return data != NOBODY


async def _read_status(chip: Chip) -> int:
    (status,) = await _ask(chip, Exchange(READ_STATUS, 1, plausible=_answers))
    return status[0]


async def _status_to_change(chip: Chip) -> int:
    """The bits that can be written, read twice: no wrong one must get into the EEPROM."""
    reading = Exchange(READ_STATUS, 1, plausible=_answers)
    first, second = await _ask(chip, reading, Select(), reading)
    if first != second:
        raise CommunicationError("the status of the thermostat reads otherwise each time")
    return first[0] & WRITABLE


# Temperature


async def _read_temperature(chip: Chip) -> float:
    async with chip.bus.access.lock(chip.rom):
        status = await _read_status(chip)
        if status & ONE_SHOT:
            return await _measure_once(chip)
        if status & DONE:
            await _start(chip)
        (degrees,) = await _ask(chip, Exchange(READ_TEMPERATURE, 1))
        return _signed(degrees)


async def _start(chip: Chip) -> None:
    await _ask(chip, Exchange(START_CONVERT))
    await asyncio.sleep(CONVERSION_TIME)


async def _measure_once(chip: Chip) -> float:
    """A conversion, with what is left in the counter to tell the fractions of a degree."""
    await _start(chip)
    results = await _ask(
        chip,
        Exchange(READ_TEMPERATURE, 1),
        Select(),
        Exchange(READ_COUNTER, COUNTER_SIZE),
        Select(),
        Exchange(LOAD_COUNTER),
        Select(),
        Exchange(READ_COUNTER, COUNTER_SIZE),
        # The counter does not come back.
        attempts=1,
    )
    if not b"".join(results).strip(NOBODY):
        raise CommunicationError("the thermostat does not answer")
    remain, per_degree = (int.from_bytes(data, "little") & COUNTER_MASK for data in results[1:])
    degrees = _signed(results[0])
    if not per_degree:
        return degrees
    return degrees + 0.5 - remain / per_degree


def _signed(data: bytes) -> int:
    return int.from_bytes(data, "little", signed=True)


# Registers


def _limit(name: str, read_command: bytes, write_command: bytes) -> Property:
    async def read(chip: Chip) -> float:
        (degrees,) = await _ask(chip, Exchange(read_command, 1))
        if degrees == NOBODY:
            await _read_status(chip)  # so that -1 degree is one
        return _signed(degrees)

    async def write(chip: Chip, degrees: float) -> None:
        # Written so that a NaN is refused, too.
        if not LOWEST_LIMIT - 0.5 <= degrees < HIGHEST_LIMIT + 0.5:
            raise InvalidValueError(
                f"a limit is {LOWEST_LIMIT} to {HIGHEST_LIMIT} degrees, not {degrees}"
            )
        data = round(degrees).to_bytes(1, "little", signed=True)
        await _ask(
            chip,
            Exchange(write_command + data),
            Wait(EEPROM_WRITE_TIME),
            Select(),
            Exchange(READ_STATUS, 1, plausible=_answers),
            Select(),
            Exchange(read_command, 1, expect=data),
        )

    return celsius(name, STABLE, "rw", read=read, write=write)


def _flag(name: str, mask: int) -> Property:
    async def read(chip: Chip) -> bool:
        return bool(await chip.value("status") & mask)

    async def write(chip: Chip, value: bool) -> None:
        status = await _status_to_change(chip)
        wanted = status | mask if value else status & ~mask
        (found,) = await _ask(
            chip,
            Exchange(WRITE_STATUS + bytes([wanted])),
            Wait(EEPROM_WRITE_TIME),
            Select(),
            Exchange(READ_STATUS, 1, plausible=_answers),
        )
        if found[0] & WRITABLE != wanted:
            raise VerifyError(f"the status of the thermostat is {found.hex()} after writing")
        if mask == ONE_SHOT and wanted != status:
            await (_ask(chip, Exchange(STOP_CONVERT)) if value else _start(chip))

    return yesno(name, STABLE, "rw", read=read, write=write, spoils=("status",))


CHIP = Family(
    "thermostat",
    (
        celsius("temperature", read=_read_temperature),
        _limit("temphigh", READ_HIGH, WRITE_HIGH),
        _limit("templow", READ_LOW, WRITE_LOW),
        _flag("1shot", ONE_SHOT),
        _flag("polarity", POLARITY),
        _flag("thermostatmode", THERMOSTAT_MODE),
        _flag("templowflag", LOW_FLAG),
        _flag("temphighflag", HIGH_FLAG),
        unsigned("status", read=_read_status),
    ),
    NO_FAMILY,
    "DS1821",
)
"""The chip as its line sees it."""


def _line(place: Place) -> Line:
    """The line that is meant. NotSupportedError where there is no wire."""
    bus = place.bus or next(iter(place.onewire.buses.values()), None)
    if not isinstance(bus, Line):
        raise NotSupportedError("there is no wire for a thermostat")
    return bus


def _rom_on(line: Line) -> RomId:
    """Stands in the cache for the ROM id that the chip does not have."""
    return RomId.make(NO_FAMILY, line.number.to_bytes(6, "little"))


def _shown(prop: Property) -> Property:
    """The same property, asked about a place."""

    async def read(place: Place) -> Any:
        line = _line(place)
        rom = _rom_on(line)
        return (await line.access.sample(rom, CHIP, prop, None, fresh=place.fresh)).value

    async def write(place: Place, value: Any) -> None:
        line = _line(place)
        await line.access.write(_rom_on(line), CHIP, prop, None, value)

    return replace(prop, read=read, write=write if prop.write is not None else None, spoils=())


THERMOSTAT = Table(
    "thermostat",
    (
        *(_shown(prop) for prop in CHIP.properties if prop.name != "status"),
        text("type", 32, STATIC, read=lambda place: CHIP.type),
    ),
)

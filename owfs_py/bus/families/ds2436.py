"""The battery identification chip DS2436 (1B).

Nothing that it sends has a CRC. Source: data sheet DS2436 (memory map, command set and its notes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from owfs_py.bus.errors import InvalidValueError, VerifyError
from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.memories import must_be_there
from owfs_py.bus.families.notation import (
    STABLE,
    UNCACHED,
    celsius,
    pages,
    real,
    unsigned,
    yesno,
)
from owfs_py.bus.transaction import Exchange, Select, Step, Wait

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

READ_SCRATCHPAD, WRITE_SCRATCHPAD = b"\x11", b"\x17"
COPY, RECALL = (b"\x22", b"\x25", b"\x28"), (b"\x71", b"\x77", b"\x7a")
"""By page."""
LOCK, UNLOCK = b"\x43", b"\x44"
READ_REGISTERS = b"\xb2"
CONVERT_T, CONVERT_V = b"\xd2", b"\xb4"
INCREMENT, RESET_COUNTER = b"\xb5", b"\xb8"
CONVERSION_TIME = 0.010
"""Seconds of the longest conversion, of temperature or voltage."""
EEPROM_TIME = 0.010
"""Seconds left to the EEPROM; the data sheet has 2 to 5 ms, typically."""

PAGE_SIZE = 32
PAGE_SIZES = (24, 8, 8)
"""Bytes of each page that the chip has; behind them it sends nothing that means anything."""
LOCKED_PAGE = 0

TEMPERATURE, VOLTAGE, COUNTER = b"\x60", b"\x77", b"\x82"
DEGREE, VOLT = 1 / 256, 0.01
"""What one bit stands for."""
NOBODY = b"\xff\xff"
"""What is read when nobody answers."""
HIGHEST_COUNT = 0xFFFF


def _is_measured(data: bytes) -> bool:
    return data != NOBODY  # neither register has so many bits


async def _converted(chip: Chip, command: bytes, register: bytes) -> bytes:
    (data,) = await chip.run(
        Exchange(command),
        Wait(CONVERSION_TIME),
        Select(),
        Exchange(READ_REGISTERS + register, 2, plausible=_is_measured),
    )
    return data


async def _read_temperature(chip: Chip) -> float:
    raw = await _converted(chip, CONVERT_T, TEMPERATURE)
    return int.from_bytes(raw, "little", signed=True) * DEGREE


async def _read_volts(chip: Chip) -> float:
    return int.from_bytes(await _converted(chip, CONVERT_V, VOLTAGE), "little") * VOLT


# The counter


async def _read_cycles(chip: Chip) -> int:
    count = await chip.exchange(READ_REGISTERS + COUNTER, 2)
    if count == NOBODY:
        await must_be_there(chip)
    return int.from_bytes(count, "little")


async def _count(chip: Chip, command: bytes, expected: int) -> None:
    """Change the counter, once."""
    await chip.run(Exchange(command), Wait(EEPROM_TIME), attempts=1)
    found = await _read_cycles(chip)
    if found != expected:
        raise VerifyError(f"{chip.rom}: the counter is at {found}, and not at {expected}")


async def _increment(chip: Chip, wanted: bool) -> None:
    if wanted:
        await _count(chip, INCREMENT, min(await _read_cycles(chip) + 1, HIGHEST_COUNT))


async def _reset_counter(chip: Chip, wanted: bool) -> None:
    if wanted:
        await _count(chip, RESET_COUNTER, 0)


# Pages


def _recalled(page: int, offset: int, size: int) -> tuple[Step, ...]:
    """The steps that read a part of a page as the memory has it."""
    address = bytes([page * PAGE_SIZE + offset])
    return (
        Exchange(RECALL[page]),
        Wait(EEPROM_TIME),
        Select(),
        Exchange(READ_SCRATCHPAD + address, size),
    )


async def _read_page(chip: Chip, page: int, offset: int, size: int) -> bytes:
    async with chip.bus.access.lock(chip.rom):
        (data,) = await chip.run(*_recalled(page, offset, size))
    if data == b"\xff" * len(data):
        await must_be_there(chip)
    return data


async def _write_page(chip: Chip, page: int, offset: int, data: bytes) -> None:
    """Change some bytes: the scratchpad is read back before it is copied, and recalled then."""
    if offset + len(data) > PAGE_SIZES[page]:
        raise InvalidValueError(f"{chip.rom}: page {page} has {PAGE_SIZES[page]} bytes")
    address = bytes([page * PAGE_SIZE + offset])
    # What somebody left in the scratchpad must not be copied with it.
    await chip.run(Exchange(RECALL[page]), Wait(EEPROM_TIME))
    await chip.run(
        Exchange(WRITE_SCRATCHPAD + address + data),
        Select(),
        Exchange(READ_SCRATCHPAD + address, len(data), expect=data),
    )
    if page == LOCKED_PAGE:
        try:
            await chip.run(Exchange(UNLOCK), Wait(EEPROM_TIME))
            await chip.run(Exchange(COPY[page]), Wait(EEPROM_TIME))
        finally:
            await chip.run(Exchange(LOCK), Wait(EEPROM_TIME))
    else:
        await chip.run(Exchange(COPY[page]), Wait(EEPROM_TIME))
    (found,) = await chip.run(*_recalled(page, offset, len(data)))
    if found != data:
        raise VerifyError(f"{chip.rom}: {data.hex(' ')} did not get into page {page}")


PROPERTIES = (
    celsius("temperature", read=_read_temperature),
    real("volts", read=_read_volts),
    pages(len(PAGE_SIZES), PAGE_SIZE, STABLE, read=_read_page, write=_write_page),
    unsigned("counter/cycles", STABLE, read=_read_cycles),
    yesno("counter/increment", UNCACHED, "wo", write=_increment, spoils=("counter/cycles",)),
    yesno("counter/reset", UNCACHED, "wo", write=_reset_counter, spoils=("counter/cycles",)),
)

FAMILIES = (Family.make(0x1B, "DS2436", Feature.NOTHING, PROPERTIES),)

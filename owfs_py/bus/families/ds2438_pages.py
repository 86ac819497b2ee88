"""What one says to a DS2438: its pages, its settings. No properties here.

Source: data sheet DS2438 (memory map, function commands).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from owfs_py.bus.errors import InvalidValueError, VerifyError
from owfs_py.bus.transaction import Check, Exchange, Select, Step, Wait

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

READ_SCRATCHPAD, WRITE_SCRATCHPAD = b"\xbe", b"\x4e"
COPY_SCRATCHPAD, RECALL_MEMORY = b"\x48", b"\xb8"
EEPROM_WRITE_TIME = 0.010
"""Seconds."""

PAGES, PAGE_SIZE, CRC_SIZE = 8, 8, 1

STATUS, THRESHOLD = 0, 7  # bytes of page 0 that can be written
CURRENT_ON, ACCUMULATOR_ON, SHADOW_ON, MEASURE_VDD = 0x01, 0x02, 0x04, 0x08
WRITABLE_STATUS = 0x0F
OFFSET_PAGE, OFFSET_AT, OFFSET_SHIFT = 1, 5, 3
OFFSETS = range(-256, 256)


def reading(page: int) -> Exchange:
    """The step that reads a page of the scratchpad, with its CRC."""
    return Exchange(READ_SCRATCHPAD + bytes([page]), PAGE_SIZE + CRC_SIZE, Check.CRC8)


def recalled(page: int) -> tuple[Step, ...]:
    """The steps that read a page as the memory has it."""
    return Exchange(RECALL_MEMORY + bytes([page])), Select(), reading(page)


async def read_page(chip: Chip, page: int, offset: int = 0, size: int = PAGE_SIZE) -> bytes:
    """Some bytes of a page as the memory has it, with a good CRC."""
    results = await chip.run(*recalled(page))
    return results[-1][offset : min(offset + size, PAGE_SIZE)]


async def write_page(chip: Chip, page: int, offset: int, data: bytes) -> None:
    """Change some bytes of a page: the scratchpad is read back before it is copied."""
    if len(data) < PAGE_SIZE:
        known = await read_page(chip, page)
        data = known[:offset] + data + known[offset + len(data) :]
    results = await chip.run(
        Exchange(WRITE_SCRATCHPAD + bytes([page]) + data), Select(), reading(page)
    )
    if _written(page, results[0]) != _written(page, data):
        raise VerifyError(
            f"{chip.rom}: wrote {data.hex(' ')} to page {page}, read {results[0].hex(' ')}"
        )
    await chip.run(Exchange(COPY_SCRATCHPAD + bytes([page])), Wait(EEPROM_WRITE_TIME))


def _written(page: int, data: bytes) -> bytes:
    """The bits that one can write; the rest of page 0 is flags and measured values."""
    if page:
        return data[:PAGE_SIZE]
    return bytes((data[STATUS] & WRITABLE_STATUS, data[THRESHOLD]))


async def set_flag(chip: Chip, mask: int, on: bool) -> bool:
    """Set or clear a bit of the status, in the EEPROM, too; what it was before."""
    page = await read_page(chip, 0)
    status = page[STATUS] & WRITABLE_STATUS & ~mask | (mask if on else 0)
    await write_page(chip, 0, 0, bytes([status]) + page[1:])
    return bool(page[STATUS] & mask)


async def write_offset(chip: Chip, value: int) -> None:
    """Calibrate the measurement of the current, which must rest meanwhile."""
    if value not in OFFSETS:
        raise InvalidValueError(f"an offset is {OFFSETS[0]} to {OFFSETS[-1]}, not {value}")
    was_on = await set_flag(chip, CURRENT_ON, False)
    data = (value << OFFSET_SHIFT).to_bytes(2, "little", signed=True)
    await write_page(chip, OFFSET_PAGE, OFFSET_AT, data)
    if was_on:
        await set_flag(chip, CURRENT_ON, True)

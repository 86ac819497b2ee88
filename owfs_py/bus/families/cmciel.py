"""The sensors of CMCIEL: mRS001 (A0), mCM001 (A2), mDI001 (A5), mAM001 (B2).

All measure one number of 16 bits, the hidden `reading`; the rest is made from it.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import HIDDEN, LINKED, bits, real, unsigned
from owfs_py.bus.properties import Property, number_to_bits
from owfs_py.bus.transaction import Check

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

READ = b"\xbe"
READING_SIZE, CRC_SIZE = 2, 1

FULL_SCALE = 10_000
"""The reading of a mAM001 at the end of its range."""
FULL_CURRENT, FULL_VOLTAGE = 0.02, 10.0
"""Ampere and volts there; a switch on the case says which of the two it measures."""
AMPERE = 100
"""The reading of a mCM001 for one ampere."""

LOOPS = 4
ALL_LOOPS = (1 << LOOPS) - 1
CLOSED, SHORTED, OPEN = 0, LOOPS, 2 * LOOPS
"""Where the reading of a mDI001 has the bits of its loops."""

Reader = Callable[["Chip"], Coroutine[Any, Any, Any]]


async def _read(chip: Chip) -> int:
    data = await chip.exchange(READ, READING_SIZE + CRC_SIZE, Check.CRC8)
    return int.from_bytes(data[:READING_SIZE], "little")


async def _rpm(chip: Chip) -> int:
    """Revolutions per minute; negative ones turn the other way."""
    reading: int = await chip.value("reading")
    return reading - (1 << 16) if reading >> 15 else reading


def _share(of: float) -> Reader:
    async def read(chip: Chip) -> float:
        return float(await chip.value("reading") * of)

    return read


def _loops(name: str, hidden: str, shift: int) -> tuple[Property, Property]:
    """Four bits of the reading, as such and as a number."""

    async def read_number(chip: Chip) -> int:
        return await _read(chip) >> shift & ALL_LOOPS

    async def read_bits(chip: Chip) -> list[bool]:
        return number_to_bits(await read_number(chip), LOOPS)

    return bits(name, LOOPS, read=read_bits), unsigned(hidden, read=read_number, visible=HIDDEN)


READING = unsigned("reading", read=_read, visible=HIDDEN)

MDI001 = (
    *_loops("switch_closed", "switch", CLOSED),
    *_loops("loop_shorted", "shorted", SHORTED),
    *_loops("loop_open", "open", OPEN),
)


def _family(code: int, type: str, *properties: Property) -> Family:
    return Family.make(code, type, Feature.NOTHING, (READING, *properties))


FAMILIES = (
    _family(0xA0, "mRS001", unsigned("RPM", LINKED, read=_rpm)),
    _family(0xA2, "mCM001", real("current", LINKED, read=_share(1 / AMPERE))),
    _family(0xA5, "mDI001", *MDI001),
    _family(
        0xB2,
        "mAM001",
        real("current", LINKED, read=_share(FULL_CURRENT / FULL_SCALE)),
        real("volts", LINKED, read=_share(FULL_VOLTAGE / FULL_SCALE)),
    ),
)

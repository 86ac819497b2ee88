"""The two switches DS2413 (3A). Source: data sheet DS2413 (PIO access commands)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from owfs_py.bus.errors import VerifyError
from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import HIDDEN, LINKED, VOLATILE, bits, unsigned
from owfs_py.bus.properties import bits_to_number
from owfs_py.bus.transaction import Check, Exchange

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

PIO_ACCESS_READ = b"\xf5"
PIO_ACCESS_WRITE = b"\x5a"
CONFIRMATION = b"\xaa"

CHANNELS = "AB"
LEVELS, LATCHES = (0, 2), (1, 3)
"""The bits of the status byte for A and B."""
UNUSED = 0xFC
"""The bits of an output byte that are no channels are written as ones."""


def _pick(state: int, positions: Sequence[int]) -> int:
    return bits_to_number(state >> position for position in positions)


async def read_state(chip: Chip) -> int:
    """Levels and latches: the lower half of the status byte, which the upper one proves."""
    status = await chip.exchange(PIO_ACCESS_READ, 1, Check.COMPLEMENT)
    return status[0] & 0xF


async def write_latches(chip: Chip, latches: int, access: bytes = PIO_ACCESS_WRITE) -> None:
    """Set both; VerifyError if what the chip answers shows others."""
    wanted = latches & ~UNUSED
    output = wanted | UNUSED
    command = access + bytes((output, output ^ 0xFF))
    results = await chip.run(
        Exchange(command, 1, expect=CONFIRMATION), Exchange(b"", 1, Check.COMPLEMENT)
    )
    if _pick(results[1][0], LATCHES) != wanted:
        raise VerifyError(f"{chip.rom}: the latches are not {wanted:02b} after writing")


async def _read_pio(chip: Chip) -> list[bool]:
    state = await chip.value("piostate")
    return [not state >> position & 1 for position in LATCHES]


async def _write_pio(chip: Chip, conducting: list[bool]) -> None:
    await write_latches(chip, bits_to_number(not on for on in conducting))


async def _read_sensed(chip: Chip) -> list[bool]:
    state = await chip.value("piostate")
    return [bool(state >> position & 1) for position in LEVELS]


PROPERTIES = (
    bits("PIO", CHANNELS, LINKED, "rw", read=_read_pio, write=_write_pio, spoils=("piostate",)),
    bits("sensed", CHANNELS, LINKED, read=_read_sensed),
    unsigned("piostate", VOLATILE, "rw", read=read_state, write=write_latches, visible=HIDDEN),
)

FAMILIES = (Family.make(0x3A, "DS2413", Feature.OVERDRIVE | Feature.RESUME, PROPERTIES),)

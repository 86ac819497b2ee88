"""The voltmeter T8A, which speaks as a DS2406. The barometer TAI8570 is in tai8570.py.

Source: what owserver 3.2p4 says to it; there is no public description.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from owfs_py.bus.families.ds2406_channels import CHANNEL_ACCESS
from owfs_py.bus.families.notation import on_model, real
from owfs_py.bus.transaction import Check, Exchange

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

T8A_MODEL = "T8A"
T8A_MARK, T8A_MARK_AT = b"A189", 1
"""What is in the memory of a T8A, and where."""

T8A_CHANNELS = 8
CONVERT = CHANNEL_ACCESS + b"\xa6\xff"
"""Channel control: write and read channel A in turn; a CRC after eight bytes."""
ANSWER_SIZE = 9
UPPER, LOWER = 4, 6
"""Bytes of the answer that have the upper eight bits and, in a half, the lower four."""
VOLTS_PER_STEP = 5 / 4096


async def model_of(chip: Chip) -> str:
    """T8A if the chip says so, else nothing."""
    known = chip.recall(T8A_MODEL)
    if known is None:
        page = bytes(await chip.value("pages/page", 0))
        known = page[T8A_MARK_AT : T8A_MARK_AT + len(T8A_MARK)] == T8A_MARK
        chip.remember(T8A_MODEL, known)
    return T8A_MODEL if known else ""


def _mirrored(value: int, bits: int) -> int:
    """The bits, complemented, in reverse order."""
    return sum((~value >> n & 1) << (bits - 1 - n) for n in range(bits))


async def _read_volts(chip: Chip, channel: int) -> float:
    # The CRC covers the number of the channel and what follows, not the command.
    [answer] = await chip.run(
        Exchange(CONVERT), Exchange(bytes([4 * channel + 2]), ANSWER_SIZE, Check.CRC16)
    )
    chip.bus.access.spoil(chip.rom, chip.family, "infobyte")
    return (_mirrored(answer[UPPER], 8) << 4 | _mirrored(answer[LOWER], 4)) * VOLTS_PER_STEP


T8A = (real("T8A/volt", elements=T8A_CHANNELS, read=_read_volts, visible=on_model(T8A_MODEL)),)

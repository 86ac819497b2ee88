"""What one says to the channels of a DS2406. No properties here.

Source: data sheet DS2406 (channel access, channel control bytes, channel info byte).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from owfs_py.bus.families.memories import CRC16_SIZE
from owfs_py.bus.transaction import Check

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

CHANNEL_ACCESS = b"\xf5"

# Channel control: which channels, in turn if both, and what to do there.
SAMPLE = b"\x4d\xff"
"""Read both channels; a CRC after every byte."""
SAMPLE_SIZE = 2 + CRC16_SIZE  # channel info byte, levels
DRIVE = b"\x0c\xff"
"""Write both channels, no CRC."""
READ_AND_DRIVE = b"\x6f\xff"
"""Read both channels for a byte, write them for a byte, and so on; a CRC after 32 bytes."""

# Bits of the channel info byte; those of channels stand for A and B.
FLIPFLOPS, LEVELS, LATCHES, TWO_CHANNELS, POWERED = (0, 1), (2, 3), (4, 5), 0x40, 0x80


async def read_info(chip: Chip) -> int:
    """The channel info byte, with a good CRC."""
    answer = await chip.exchange(CHANNEL_ACCESS + SAMPLE, SAMPLE_SIZE, Check.CRC16)
    return answer[0]

"""Is this very device there? The search of Maxim application note 187 with all bits forced.

One block of 25 bytes: the search command, then for each bit of the ROM id two read slots and
the bit as direction, so that only the wanted device still answers at the end.
"""

from __future__ import annotations

from owfs_py.bus.errors import CommunicationError
from owfs_py.bus.rom import RomId


def verify_block(rom: RomId, command: int) -> bytes:
    """What to send after a reset."""
    bits = int.from_bytes(rom, "little")
    slots = 0
    for n in range(64):
        slots |= (0b011 | (bits >> n & 1) << 2) << (3 * n)
    return bytes([command]) + slots.to_bytes(24, "little")


def answers(rom: RomId, command: int, back: bytes) -> bool:
    """Whether what came back shows `rom` answering at every one of its 64 bits.

    Raises CommunicationError if the echo of the command is wrong.
    """
    if back[0] != command:
        raise CommunicationError(f"{rom}: echo of search command {command:02X} is {back[0]:02X}")
    bits = int.from_bytes(rom, "little")
    slots = int.from_bytes(back[1:], "little")
    for n in range(64):
        bit, complement = slots >> (3 * n) & 1, slots >> (3 * n + 1) & 1
        # A device with a 0 here pulls the first slot low, one with a 1 the second.
        if (complement if bits >> n & 1 else bit) != 0:
            return False
    return True


def is_garbled(rom: RomId, back: bytes) -> bool:
    """Whether what came back for `verify_block` cannot be: noise hid the device, or made it up.

    That is so if a direction does not read as it was sent, or if somebody goes on to answer after
    a bit at which nobody can have agreed with `rom`.
    """
    bits = int.from_bytes(rom, "little")
    slots = int.from_bytes(back[1:], "little")
    alone = False
    for n in range(64):
        bit, complement, direction = (slots >> (3 * n + slot) & 1 for slot in range(3))
        if direction != bits >> n & 1 or (alone and not (bit and complement)):
            return True
        alone |= bool(complement if bits >> n & 1 else bit)
    return False

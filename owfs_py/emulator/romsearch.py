"""RomSearch: the search that adapters do by themselves, bit by bit on the emulated wire.

Source: Maxim application note 187. Adapters that leave the way to the host (DS2480B) need it not.
"""

from __future__ import annotations

from owfs_py.bus.rom import RomId
from owfs_py.emulator.wire import Wire

READ_SLOT = 1
NOBODY = (1, 1)
CONFLICT = (0, 0)


class RomSearch:
    """First and next device of one search command (0xF0 or 0xEC)."""

    def __init__(self, wire: Wire, command: int) -> None:
        self._wire = wire
        self._command = command
        self._rom = 0
        self._last_zero = -1
        self.done = False
        """Whether the device found last is the last one."""

    def next(self) -> RomId | None:
        """Reset, and the next device; None if nobody takes part or somebody fell silent."""
        wire = self._wire
        if self.done or not wire.reset():
            return None
        wire.byte(self._command)
        rom = 0
        last_zero = -1
        for position in range(64):
            slots = (wire.slot(READ_SLOT), wire.slot(READ_SLOT))
            if slots == NOBODY:
                return None
            bit = self._direction(position) if slots == CONFLICT else slots[0]
            if slots == CONFLICT and not bit:
                last_zero = position
            wire.slot(bit)
            rom |= bit << position
        self._rom, self._last_zero, self.done = rom, last_zero, last_zero < 0
        try:
            return RomId(rom.to_bytes(8, "little"))
        except ValueError:  # noise
            return None

    def _direction(self, position: int) -> int:
        if position < self._last_zero:
            return self._rom >> position & 1
        return int(position == self._last_zero)


def find_all(wire: Wire, command: int) -> list[RomId]:
    """All devices, as an adapter lists them that tells everything at once."""
    search = RomSearch(wire, command)
    found = []
    while (rom := search.next()) is not None:
        found.append(rom)
    return found


def rom_text(rom: RomId) -> str:
    """16 hex digits as these adapters print them: CRC first, family code last."""
    return rom[::-1].hex().upper()


def rom_bytes(text: str) -> bytes:
    """The eight bytes of such a text. Raises ValueError."""
    data = bytes.fromhex(text)[::-1]
    if len(data) != 8:
        raise ValueError(f"a ROM id has 16 digits: {text!r}")
    return data

"""The passive DS9097 adapter: a UART whose own output, wired to the 1-Wire line, comes back.

No chip is in it; the shape of a character on the line is the reset or the time slot. Source:
Maxim application note 214, "Using a UART to implement a 1-Wire bus master".
"""

from __future__ import annotations

from owfs_py.emulator.wire import Wire

RESET_CHARACTER = 0xF0
RESET_BAUD = 9600
SLOT_BAUD = 115200
_SHORTED = 0x00
_PRESENCE = 0xE0  # the presence pulse covers a bit more than the reset
_WRITTEN_0 = 0x00
_READ_0 = 0xF8  # a slave holds the line for about 30 µs, three bits at 115200 baud


class DS9097:
    """The adapter between a UART and `wire`.

    `lenient`: what a character means is told by its value alone, as far as possible: for ports
    on which the baud rate cannot be trusted.
    """

    def __init__(self, wire: Wire, *, lenient: bool = False) -> None:
        self.wire = wire
        self.lenient = lenient

    def power_up(self) -> None:
        """There is nothing in it that has a state."""

    def send_break(self) -> None:
        """A break is one long low: a reset pulse."""
        self.wire.reset()

    def receive(self, data: bytes, baud: int, bytesize: int = 8) -> bytes:
        """Take characters sent at `baud`; what comes back, one for one."""
        mask = (1 << bytesize) - 1
        return bytes(self._character(character & mask, baud, mask) for character in data)

    def _character(self, character: int, baud: int, mask: int) -> int:
        if character == RESET_CHARACTER if self.lenient else baud <= RESET_BAUD:
            return self._reset(character)
        if baud != SLOT_BAUD and not self.lenient:
            return character
        # The start bit is the master's pull of a few µs; a first data bit of 0 makes it long.
        sent = character & 1
        if self.wire.slot(sent):
            return character
        return character & _READ_0 if sent else _WRITTEN_0

    def _reset(self, character: int) -> int:
        present = self.wire.reset()
        if self.wire.faults.short:
            return _SHORTED
        return character & _PRESENCE if present else character

"""EtherWeather: a 1-Wire adapter on a TCP port. Packets in and out; no socket.

A packet is the number of bytes that follow, a command letter and data; what answers it is as long.
There is no public description; these are the packets that owserver 3.2p4 sends and understands.
"""

from __future__ import annotations

from collections.abc import Callable

from owfs_py.emulator.wire import Wire

SEARCH_ROM, ALARM_SEARCH = 0xF0, 0xEC
READ_SLOT = 1
NOBODY = (1, 1)
CONFLICT = (0, 0)

PULLUP_UNIT = 0.5
"""Seconds."""
ROM_SIZE = 8
FIRST = 0x40
"""As the position of the discrepancy where a search begins."""
ALARM = 0x80
"""Added to a position in an alarm search."""
LAST, NONE = 0xFE, 0xFF
"""In place of a position: no more devices, and no device at all."""


class EtherWeather:
    """The adapter between a TCP connection and `wire`. It tells no presence.

    It does not answer a packet that makes no sense.
    """

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self._commands: dict[int, Callable[[bytes], bytes]] = {
            ord("R"): self._reset,
            ord("B"): lambda data: bytes(map(self.wire.byte, data)),
            ord("b"): lambda data: bytes(self.wire.slot(int(bool(bit))) for bit in data),
            ord("P"): self._power,
            ord("A"): self._search,
        }
        self.power_up()

    def power_up(self) -> None:
        """Somebody connects."""
        self._unread = b""

    def send_break(self) -> None:
        """There is no such thing on a network."""

    def receive(self, data: bytes, baud: int = 0) -> bytes:
        """Take bytes; the packets that answer those that are complete."""
        self._unread += data
        answers = b""
        while self._unread and len(self._unread) > (size := self._unread[0]):
            packet, self._unread = self._unread[1 : 1 + size], self._unread[1 + size :]
            answers += self._answer(packet)
        return answers

    def _answer(self, packet: bytes) -> bytes:
        command = self._commands.get(packet[0]) if packet else None
        if command is None:
            return b""
        answer = command(packet[1:])
        return bytes([1 + len(answer), packet[0]]) + answer

    def _reset(self, data: bytes) -> bytes:
        self.wire.reset()
        return data

    def _power(self, data: bytes) -> bytes:
        units, byte = data
        back = self.wire.byte(byte)
        self.wire.strong_pullup(True)
        self.wire.clock.wait(units * PULLUP_UNIT)
        self.wire.strong_pullup(False)
        return bytes([units, back])

    def _search(self, data: bytes) -> bytes:
        """One pass, without a reset: below the position as the ROM id, there a 1, beyond it 0."""
        known, position = int.from_bytes(data[:ROM_SIZE], "little"), data[ROM_SIZE] & ~ALARM
        nobody = bytes(ROM_SIZE) + bytes([NONE])
        self.wire.byte(ALARM_SEARCH if data[ROM_SIZE] & ALARM else SEARCH_ROM)
        rom, last_zero = 0, LAST
        for n in range(8 * ROM_SIZE):
            slots = (self.wire.slot(READ_SLOT), self.wire.slot(READ_SLOT))
            if slots == NOBODY:
                return nobody
            bit = slots[0]
            if slots == CONFLICT:
                bit = known >> n & 1 if n < position else int(n == position)
                last_zero = last_zero if bit else n
            self.wire.slot(bit)
            rom |= bit << n
        return rom.to_bytes(ROM_SIZE, "little") + bytes([last_zero])

"""What the switch chips have in common: open drain pins, how they are read and written.

No chip by itself.
"""

from __future__ import annotations

from collections.abc import Callable

from owfs_py.emulator.slave import Behaviour, inverted_crc16, receive_byte, send_bytes, send_forever
from owfs_py.emulator.wire import LISTEN

CONFIRMATION = 0xAA
"""What DS2408 and DS2413 answer to a byte and its complement (their data sheets)."""

SAMPLES = 32
"""Before each CRC, when DS2408 and DS28E04 are read again and again (their data sheets)."""


class Pins:
    """Open drain pins, one bit each. `latches`: 1 lets the pin go, 0 pulls it low.

    `pulled_up` are the pins that something outside keeps high unless the chip pulls them low.
    `activity` remembers every change of a level until it is reset.
    """

    def __init__(self, count: int) -> None:
        self.mask = (1 << count) - 1
        self.latches = self.mask
        self.activity = 0
        self._pulled_up = self.mask

    @property
    def levels(self) -> int:
        return self.latches & self._pulled_up

    @property
    def pulled_up(self) -> int:
        return self._pulled_up

    @pulled_up.setter
    def pulled_up(self, value: int) -> None:
        before = self.levels
        self._pulled_up = value & self.mask
        self.activity |= before ^ self.levels

    def drive(self, latches: int) -> None:
        """Set the output latches."""
        before = self.levels
        self.latches = latches & self.mask
        self.activity |= before ^ self.levels

    def power_on(self) -> None:
        self.latches = self.mask
        self.activity = 0


def repeated_samples(command: int, levels: Callable[[], int]) -> Behaviour:
    """The levels again and again, behind every 32 a CRC-16; the first also covers the command."""
    seen = bytearray((command,))
    while True:
        for _ in range(SAMPLES):
            seen.append(levels())
            yield from send_bytes(seen[-1:])
        yield from send_bytes(inverted_crc16(seen))
        seen.clear()


def confirmed_writes(store: Callable[[int], None], status: Callable[[], int]) -> Behaviour:
    """Bytes each followed by its complement, confirmed by AA and a status byte, until a reset.

    A byte with a wrong complement ends it: ones from then on.
    """
    while True:
        value = yield from receive_byte()
        if (yield from receive_byte()) != value ^ 0xFF:
            break
        store(value)
        yield from send_bytes(bytes((CONFIRMATION, status())))
    yield from send_forever(LISTEN)

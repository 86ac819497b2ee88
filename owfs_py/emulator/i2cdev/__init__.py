"""An emulated I2C bus in this process, and the surface of smbus2.SMBus on it.

Transfers take time, as they do on a real bus; chips (ds2482.py) see it pass. Programs that open
/dev/i2c-N come in by server.py.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import Protocol

from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.emulator.ds2482 import NackError

FAST_MODE = 400_000
"""Bits a second, the most that the DS2482 bears."""
BITS_PER_BYTE = 9  # with the acknowledgement
START_AND_STOP = 2


class I2cChip(Protocol):
    """What can be on the bus; the bus gives it its time."""

    now: Callable[[], float]

    def write(self, data: bytes) -> None: ...
    def read(self, count: int) -> bytes: ...


class I2cBus:
    """The wires SDA and SCL with the chips on them, by I2C address.

    `now` is `clock` and, on top, the time that transfers at `bit_rate` bits a second took.
    """

    def __init__(self, clock: Clock = REAL_CLOCK, *, bit_rate: int = FAST_MODE) -> None:
        self.clock = clock
        self.bit_rate = bit_rate
        self.chips: dict[int, I2cChip] = {}
        self.transfers = 0
        self._transferring = 0.0

    def attach(self, address: int, chip: I2cChip) -> None:
        """Put a chip on the bus."""
        chip.now = self.now
        self.chips[address] = chip

    def now(self) -> float:
        """Seconds."""
        return self.clock.now() + self._transferring

    def write(self, address: int, data: bytes) -> None:
        """One write transfer. OSError if nobody is there, or a byte is refused."""
        try:
            self._chip(address, len(data)).write(data)
        except NackError as error:
            raise _remote_io_error() from error

    def read(self, address: int, count: int) -> bytes:
        """One read transfer. OSError if nobody is there."""
        return self._chip(address, count).read(count)

    def _chip(self, address: int, count: int) -> I2cChip:
        self.transfers += 1
        bits = START_AND_STOP + (1 + count) * BITS_PER_BYTE
        self._transferring += bits / self.bit_rate
        if address not in self.chips:
            raise _remote_io_error()
        return self.chips[address]


def _remote_io_error() -> OSError:
    """What most I2C adapters make of a missing acknowledgement."""
    return OSError(errno.EREMOTEIO, os.strerror(errno.EREMOTEIO))


class EmulatedSmbus:
    """The part of smbus2.SMBus that one-byte registers need, on an emulated bus."""

    def __init__(self, bus: I2cBus) -> None:
        self._bus = bus

    def read_byte(self, i2c_addr: int) -> int:
        """One byte from the chip."""
        return self._bus.read(i2c_addr, 1)[0]

    def write_byte(self, i2c_addr: int, value: int) -> None:
        """One byte to the chip."""
        self._bus.write(i2c_addr, bytes([value]))

    def write_byte_data(self, i2c_addr: int, register: int, value: int) -> None:
        """Two bytes to the chip."""
        self._bus.write(i2c_addr, bytes([register, value]))

    def close(self) -> None:
        """There is nothing to give back."""

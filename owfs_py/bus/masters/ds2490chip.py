"""The chip DS2490 over USB: its codes, one command at a time, and how each one ended.

Codes are from the DS2490 data sheet. What a bus master makes of them is in ds2490.py, which chip
of those on USB is the right one in ds2490choice.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from owfs_py.bus.clock import Clock
from owfs_py.bus.errors import BusError, BusShortError, BusTimeoutError
from owfs_py.bus.masters.usbline import UsbLine

if TYPE_CHECKING:
    import usb.core

STATUS_IN, DATA_OUT, DATA_IN = 0x81, 0x02, 0x83
ALTERNATE_SETTING = 3  # packets of 64 bytes, status every millisecond
MAX_BLOCK = 64

# bRequest, and the wValue that goes with each (appendices 1 to 3).
CONTROL, COMMUNICATION, MODE = range(3)
RESET_DEVICE, RESUME, HALT_WHEN_IDLE = 0x0000, 0x0002, 0x0003
SET_PULLUP_DURATION, SET_PROGRAM_PULSE_DURATION = 0x0013, 0x001B
BIT_IO, BIT_IO_ONE = 0x0021, 0x0008
PROGRAM_PULSE = 0x0039
ONE_WIRE_RESET = 0x084B  # changes to the speed given
BLOCK_IO = 0x0875
BYTE_IO_AND_PULLUP = 0x1053
SEARCH_ACCESS = 0x48FD  # tells the discrepancies
ONE_DEVICE = 1 << 8
ENABLE_PULSES, ENABLE_SPEED_CHANGE, SPEED, SLEW_RATE, WRITE_1_LOW, SAMPLE_OFFSET = 0, 1, 2, 4, 6, 7
BOTH_PULSES = 0x3
INFINITE = 0
PROGRAM_PULSE_480_US = 60  # units of 8 µs
REGULAR, FLEXIBLE, OVERDRIVE = range(3)

# Status: 16 state registers, then the results of commands.
REGISTERS, STATUS_BUFFER = 16, 32
FLAGS, BYTES_IN = 8, 13
PULLUP_ACTIVE, HAS_12V, IDLE = 0x01, 0x04, 0x20
DEVICE_DETECTED, NO_PRESENCE, SHORT, NO_12V = 0xA5, 0x01, 0x02, 0x08
REPEATED = 6
"""Registers that agree if one transfer brought the status twice."""

# Seconds
POLL = 100e-6  # between looks at the status
PULLUP_END_TIME = 0.3

ROM_SIZE = 8


class Chip(UsbLine):
    """A DS2490 that was taken. BusError and BusTimeoutError if it does not do what it should."""

    def __init__(self, device: usb.core.Device, timeout: float, clock: Clock) -> None:
        super().__init__(device, ALTERNATE_SETTING, (DATA_IN, DATA_OUT, STATUS_IN), timeout)
        self._clock = clock

    def set_up(self) -> None:
        """Forget what was before; pulses are allowed, a strong pull-up without an end."""
        self.command(CONTROL, RESET_DEVICE)
        self.command(COMMUNICATION, SET_PULLUP_DURATION, INFINITE)
        self.command(COMMUNICATION, SET_PROGRAM_PULSE_DURATION, PROGRAM_PULSE_480_US)
        self.command(MODE, ENABLE_PULSES, BOTH_PULSES)
        self.command(MODE, ENABLE_SPEED_CHANGE, True)

    def set_mode(self, mode: int, code: int) -> None:
        """Change the speed or another of the modes that time slots have."""
        self.command(MODE, mode, code)

    def has_12v(self) -> bool:
        """Whether there is a supply for program pulses."""
        return bool(self._status()[FLAGS] & HAS_12V)

    # What happens on the line

    def wire_reset(self, speed: int, pause: float = 0) -> bool:
        """A reset, and its result after a pause; True if a presence pulse followed."""
        self.command(COMMUNICATION, ONE_WIRE_RESET, speed)
        if pause:
            self._clock.wait(pause)
        _, result = self._finish()
        if result & SHORT:
            raise BusShortError(f"{self}: the 1-Wire line is shorted")
        return not result & NO_PRESENCE

    def bit(self, bit: int) -> int:
        """One slot; the level sampled."""
        self.command(COMMUNICATION, BIT_IO | (BIT_IO_ONE if bit else 0))
        return self._answer(1)[0] & 1

    def block(self, data: bytes) -> bytes:
        """Eight slots for each of up to MAX_BLOCK bytes; what the line was."""
        self.write(DATA_OUT, data)
        self.command(COMMUNICATION, BLOCK_IO, len(data))
        return self._answer(len(data))

    def search(self, command: int, path: bytes) -> bytes:
        """Nothing, or an id; and then, unless it is the last one, where devices differed."""
        self.write(DATA_OUT, path)
        self.command(COMMUNICATION, SEARCH_ACCESS, ONE_DEVICE | command)
        size, _ = self._finish()
        if size not in (0, ROM_SIZE, 2 * ROM_SIZE):
            raise BusError(f"{self}: a search cannot find {size} bytes")
        return self.read_exactly(DATA_IN, size)

    def byte_and_pullup(self, byte: int) -> int:
        """Eight slots and a strong pull-up, which lasts until `end_pullup`; what the line was."""
        self.command(COMMUNICATION, BYTE_IO_AND_PULLUP, byte)
        return self.read_exactly(DATA_IN, 1)[0]

    def end_pullup(self) -> None:
        """Return when the line is not fed any more."""
        self.command(CONTROL, HALT_WHEN_IDLE)
        self.command(CONTROL, RESUME)
        deadline = self._clock.now() + PULLUP_END_TIME
        while self._status()[FLAGS] & PULLUP_ACTIVE:
            if self._clock.now() > deadline:
                raise BusError(f"{self}: the strong pull-up does not end")
            self._clock.wait(POLL)

    def program_pulse(self) -> None:
        """A pulse of 12 V for 480 µs."""
        self.command(COMMUNICATION, PROGRAM_PULSE)
        _, result = self._finish()
        if result & NO_12V:
            raise BusError(f"{self}: the 12 V supply failed")

    # How a command ended

    def _answer(self, size: int) -> bytes:
        self._finish(size)
        return self.read_exactly(DATA_IN, size)

    def _finish(self, size: int = 0) -> tuple[int, int]:
        """Wait until a command has ended and `size` bytes came; how many did, and its result."""
        deadline = self._clock.now() + self.timeout
        result = 0
        while True:
            status = self._status()
            for each in status[REGISTERS:]:
                result |= 0 if each == DEVICE_DETECTED else each
            if status[FLAGS] & IDLE and status[BYTES_IN] >= size:
                return status[BYTES_IN], result
            if self._clock.now() > deadline:
                raise BusTimeoutError(
                    f"{self}: no end of a command within {self.timeout:g} s; "
                    f"{status[BYTES_IN]} of {size} bytes came (status {status.hex(' ')})"
                )
            self._clock.wait(POLL)

    def _status(self) -> bytes:
        """The state registers and the results of what was done since they were read last."""
        status = self.read(STATUS_IN, STATUS_BUFFER)
        if len(status) < REGISTERS:
            raise BusError(f"{self}: a status of {len(status)} bytes ({status.hex(' ')})")
        if len(status) == STATUS_BUFFER and status[REGISTERS:].startswith(status[:REPEATED]):
            return status[:REGISTERS]
        return status

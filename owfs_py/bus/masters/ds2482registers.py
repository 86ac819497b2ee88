"""A DS2482 or DS2483 by its commands and registers, over smbus2: what to write, and what must be
read then. Who may use it when, and what happens if it fails, is in ds2482chip.py.

Codes are from the data sheets of the DS2482 and the DS2483.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from owfs_py.bus.errors import BusError, BusTimeoutError
from owfs_py.bus.masters.base import READ_BYTE

# Commands (DS2482 data sheet, "Function commands"); all but the resets have one parameter.
DEVICE_RESET = 0xF0
SET_READ_POINTER = 0xE1
WRITE_CONFIGURATION = 0xD2
CHANNEL_SELECT = 0xC3
WIRE_RESET = 0xB4
SINGLE_BIT = 0x87
WRITE_BYTE = 0xA5
READ_BYTE_COMMAND = 0x96
TRIPLET = 0x78

BIT_ONE = 0x80
"""Parameter of a single bit or triplet: a 1."""

# Read pointer codes.
STATUS = 0xF0
READ_DATA = 0xE1
PORT_CONFIGURATION = 0xB4  # DS2483 only; others do not acknowledge it

# Status register.
BUSY = 0x01
PRESENCE = 0x02
SHORT = 0x04
LINE_LEVEL = 0x08
WAS_RESET = 0x10
BIT_RESULT = 0x20
TRIPLET_SECOND_BIT = 0x40
DIRECTION_TAKEN = 0x80

# Configuration register; it is written with the complement in the upper half.
ACTIVE_PULLUP = 0x01
PRESENCE_PULSE_MASKING = 0x02  # a DS2483 would power down
STRONG_PULLUP = 0x04
OVERDRIVE = 0x08
LOW_HALF = 0x0F

# Parameter of CHANNEL_SELECT for each channel, and what the channel register then reads.
CHANNEL_CODES = (0xF0, 0xE1, 0xD2, 0xC3, 0xB4, 0xA5, 0x96, 0x87)
CHANNEL_ANSWERS = (0xB8, 0xB1, 0xAA, 0xA3, 0x9C, 0x95, 0x8E, 0x87)

MAX_POLLS = 200
"""Looks at the status before a chip that stays busy is given up. Even at the 400 kbit/s that it
bears at most each takes 45 µs, so these are 9 ms; the longest operation, a reset, takes 1.2 ms."""


class Smbus(Protocol):
    """The part of smbus2.SMBus that is used here; the emulated I2C bus has it, too."""

    def read_byte(self, i2c_addr: int, /) -> int: ...
    def write_byte(self, i2c_addr: int, value: int, /) -> None: ...
    def write_byte_data(self, i2c_addr: int, register: int, value: int, /) -> None: ...
    def close(self) -> None: ...


class Model(NamedTuple):
    """What differs between the chips."""

    name: str
    version: int
    channels: int
    masks_presence: bool


DS2482_100 = Model("DS2482-100", 20, 1, True)
DS2483 = Model("DS2482-100", 20, 1, False)  # owserver makes no difference in the name
DS2482_800 = Model("DS2482-800", 21, 8, False)


class Registers:
    """The registers of the chip at an I2C address, to be used after `reset_device`.

    Everything raises OSError if an I2C transfer fails, BusError if the chip answers as it must not.
    `name` is for messages.
    """

    def __init__(self, smbus: Smbus, address: int, name: str) -> None:
        self.name = name
        self.model = DS2482_100
        self._smbus = smbus
        self._address = address
        self._configuration = 0
        self._channel = 0

    def reset_device(self) -> None:
        """Reset the chip and find out which one it is. BusError if it is none."""
        # To most other chips this single byte is the number of a register, which does no harm.
        self._smbus.write_byte(self._address, DEVICE_RESET)
        status = self._read()
        if status | LINE_LEVEL != WAS_RESET | LINE_LEVEL:
            raise BusError(
                f"{self.name}: status {status:02x} at I2C address {self._address:02x} after a reset"
            )
        if self._answer(CHANNEL_SELECT, CHANNEL_CODES[0]) == CHANNEL_ANSWERS[0]:
            self.model = DS2482_800
        elif self._answer(SET_READ_POINTER, PORT_CONFIGURATION) is not None:
            self.model = DS2483

    def _answer(self, command: int, parameter: int) -> int | None:
        """What can be read after a command; None if the chip does not know it."""
        try:
            self._write(command, parameter)
            return self._read()
        except OSError:
            return None

    def prepare(self, channel: int, configuration: int) -> None:
        """Select a channel and write the configuration, unless that is so already."""
        if configuration != self._configuration:
            self.configure(configuration)
            # That has cleared the flag which tells of resets; one just before chose channel 0.
            self._select(channel)
        elif channel != self._channel:
            self._select(channel)

    def configure(self, value: int) -> None:
        """Write the configuration, even if it is so already."""
        self._set(WRITE_CONFIGURATION, value | (~value & LOW_HALF) << 4, value)
        self._configuration = value

    def arm_strong_pullup(self) -> None:
        """The next byte ends with a strong pull-up, until the chip is configured again."""
        self.prepare(self._channel, self._configuration | STRONG_PULLUP)

    def run(self, command: int, parameter: int | None = None) -> int:
        """Carry out a 1-Wire command; the status after it."""
        if parameter is None:
            self._smbus.write_byte(self._address, command)
        else:
            self._write(command, parameter)
        return self.wait_until_idle()

    def exchange(self, data: bytes) -> bytes:
        """Eight slots a byte; what the line was."""
        back = bytes(map(self._byte, data))
        # If the chip has reset itself the last of them was none.
        self._write(SET_READ_POINTER, STATUS)
        self.wait_until_idle()
        return back

    def _byte(self, value: int) -> int:
        if value == READ_BYTE[0]:
            self.run(READ_BYTE_COMMAND)
        else:
            self.run(WRITE_BYTE, value)
        self._write(SET_READ_POINTER, READ_DATA)
        return self._read()

    def wait_until_idle(self) -> int:
        """The status as soon as no 1-Wire command is under way. BusError if it reset itself."""
        for _ in range(MAX_POLLS):
            # The read pointer rests at the status register whenever nothing else is being read.
            # Between looks there is nothing to wait for: each takes the I2C bus as long as one or
            # more time slots, and the kernel lets others run meanwhile.
            status = self._read()
            if status & WAS_RESET:
                raise BusError(f"{self.name}: has reset itself and lost its configuration")
            if not status & BUSY:
                return status
        raise BusTimeoutError(f"{self.name}: stays busy, status {status:02x}")

    def _select(self, channel: int) -> None:
        if self.model.channels > 1:
            self._set(CHANNEL_SELECT, CHANNEL_CODES[channel], CHANNEL_ANSWERS[channel])
        self._channel = channel

    def _set(self, command: int, parameter: int, expected: int) -> None:
        """Write a register, check what it reads then, and look at the status again."""
        self._write(command, parameter)
        answer = self._read()
        if answer != expected:
            raise BusError(
                f"{self.name}: wrote {command:02x} {parameter:02x}, expected to read"
                f" {expected:02x}, got {answer:02x}"
            )
        self._write(SET_READ_POINTER, STATUS)

    def _write(self, command: int, parameter: int) -> None:
        self._smbus.write_byte_data(self._address, command, parameter)

    def _read(self) -> int:
        return self._smbus.read_byte(self._address)

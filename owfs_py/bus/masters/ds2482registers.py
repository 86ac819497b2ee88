"""A DS2482 or DS2483 by its commands and registers: what to write, and what must be read then. How
that is transferred is in ds2482transfers.py; who may use it when, and what happens if it fails, in
ds2482chip.py.

Codes are from the data sheets of the DS2482 and the DS2483.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from typing import NamedTuple

from owfs_py.bus.errors import BusError, BusTimeoutError
from owfs_py.bus.masters.base import READ_BYTE
from owfs_py.bus.masters.ds2482transfers import Smbus, Step, Transfers, best_transfers

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

LOOK_AT_STATUS = bytes([SET_READ_POINTER, STATUS])
LOOK_AT_DATA = bytes([SET_READ_POINTER, READ_DATA])

MAX_LOOKS = 400
"""Looks at the status before a chip that stays busy is given up. Even at the 400 kbit/s that it
bears at most each takes 22 µs, so these are 9 ms; the longest operation, a reset, takes 1.3 ms."""
REMEMBERED = 8
"""So many times the number of looks that a command took is kept, and the most of them foreseen: a
look too many takes the bus for a byte, one that is missing for a whole transfer."""


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
        self._transfers = Transfers(smbus, address)
        self._configuration = 0
        self._channel = 0
        self._looks: defaultdict[tuple[int, int], deque[int]] = defaultdict(
            lambda: deque([1], REMEMBERED)
        )
        """How many looks at the status commands took lately with a configuration."""

    def reset_device(self) -> None:
        """Reset the chip and find out which one it is. BusError if it is none."""
        # To most other chips this single byte is the number of a register, which does no harm. It
        # must be an SMBus transfer: for those alone the kernel minds that a driver has the chip.
        self._smbus.write_byte(self._address, DEVICE_RESET)
        status = self._smbus.read_byte(self._address)
        if not _is_after_reset(status):
            raise BusError(
                f"{self.name}: status {status:02x} at I2C address {self._address:02x} after a reset"
            )
        self._transfers = best_transfers(
            self._smbus, self._address, LOOK_AT_STATUS, _is_after_reset
        )
        if self._answer(CHANNEL_SELECT, CHANNEL_CODES[0]) == CHANNEL_ANSWERS[0]:
            self.model = DS2482_800
        elif self._answer(SET_READ_POINTER, PORT_CONFIGURATION) is not None:
            self.model = DS2483

    def _answer(self, command: int, parameter: int) -> int | None:
        """What can be read after a command; None if the chip does not know it."""
        try:
            (answer,) = self._transfers.do(Step(bytes([command, parameter])))
        except OSError:
            return None
        return answer[0]

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

    def run(self, *command: int) -> int:
        """Carry out a 1-Wire command; the status after it."""
        status, _ = self._run(bytes(command))
        return status

    def exchange(self, data: bytes) -> bytes:
        """Eight slots a byte; what the line was."""
        return bytes(self._byte(value, place == len(data)) for place, value in enumerate(data, 1))

    def _byte(self, value: int, is_last: bool) -> int:
        # A byte has a transfer of its own: while the chip is busy it refuses the command of the
        # next one, and one that has reset itself would put what follows on the wrong channel.
        command = [READ_BYTE_COMMAND] if value == READ_BYTE[0] else [WRITE_BYTE, value]
        check = [Step(LOOK_AT_STATUS)] if is_last else []
        _, answers = self._run(bytes(command), Step(LOOK_AT_DATA), *check)
        ((back,), *statuses) = answers
        # If the chip has reset itself this byte was none.
        for status in statuses:
            self._until_idle(status)
        return back

    def _run(self, command: bytes, *behind: Step) -> tuple[int, Iterator[bytes]]:
        """Carry out a 1-Wire command: the status after it, and what can be read behind that."""
        looks = self._looks[command[0], self._configuration]
        foreseen = min(max(looks), self._transfers.most)
        answers = self._transfers.do(Step(command, foreseen), *behind)
        statuses, again = next(answers), b""
        if statuses[-1] & BUSY and behind and self._transfers.runs_ahead:
            # What was read behind it does not count.
            answers, again = self._transfers.do(*behind), LOOK_AT_STATUS
        statuses = self._until_idle(statuses, again)
        looks.append(1 + sum(status & BUSY for status in statuses))
        return statuses[-1], answers

    def wait_until_idle(self) -> int:
        """The status as soon as no 1-Wire command is under way. BusError if it reset itself."""
        # The read pointer rests at the status register whenever nothing else is being read.
        (statuses,) = self._transfers.do(Step(b""))
        return self._until_idle(statuses)[-1]

    def _until_idle(self, statuses: bytes, again: bytes = b"") -> bytes:
        """What the status was and becomes, up to where no 1-Wire command is under way."""
        looks = 1
        while True:
            if any(status & WAS_RESET for status in statuses):
                raise BusError(f"{self.name}: has reset itself and lost its configuration")
            if not statuses[-1] & BUSY:
                return statuses
            if len(statuses) >= MAX_LOOKS:
                raise BusTimeoutError(f"{self.name}: stays busy, status {statuses[-1]:02x}")
            # Between looks there is nothing to wait for: each takes the I2C bus as long as one or
            # more time slots, and the kernel lets others run meanwhile.
            (more,) = self._transfers.do(Step(again, looks))
            # One address went by before, or two and what was written: as many looks missed, which
            # count for what was seen behind them.
            missed = 2 + len(again) if again else 1
            statuses += more[:1] * missed + more
            again = b""
            looks = min(2 * looks, self._transfers.most)

    def _select(self, channel: int) -> None:
        if self.model.channels > 1:
            self._set(CHANNEL_SELECT, CHANNEL_CODES[channel], CHANNEL_ANSWERS[channel])
        self._channel = channel

    def _set(self, command: int, parameter: int, expected: int) -> None:
        """Write a register, check what it reads then, and look at the status again."""
        (answer,), _ = self._transfers.do(
            Step(bytes([command, parameter])), Step(LOOK_AT_STATUS, length=0)
        )
        if answer != expected:
            raise BusError(
                f"{self.name}: wrote {command:02x} {parameter:02x}, expected to read"
                f" {expected:02x}, got {answer:02x}"
            )


def _is_after_reset(status: int) -> bool:
    return status | LINE_LEVEL == WAS_RESET | LINE_LEVEL

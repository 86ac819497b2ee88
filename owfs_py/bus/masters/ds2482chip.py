"""The chip DS2482 or DS2483 by its registers: set up, shared by its channels, watched for resets.

Codes are from the data sheets of the DS2482 and the DS2483. The bus masters made of it, and how
chips are found, are in ds2482.py.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple, Protocol

from owfs_py.bus.clock import Clock
from owfs_py.bus.errors import (
    BusError,
    BusNotRespondingError,
    BusShortError,
    BusTimeoutError,
)
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


Connect = Callable[[str], Smbus]
"""Opens an I2C adapter by path; OSError if it cannot."""


class Model(NamedTuple):
    """What differs between the chips."""

    name: str
    version: int
    channels: int
    masks_presence: bool


DS2482_100 = Model("DS2482-100", 20, 1, True)
DS2483 = Model("DS2482-100", 20, 1, False)  # owserver makes no difference in the name
DS2482_800 = Model("DS2482-800", 21, 8, False)


class Chip:
    """One chip at the first of `addresses` where there is one; what all its channels share.

    Thread-safe: the channels' threads come and go between operations, which does no harm, since a
    channel that is not selected just idles. A chip that fails or resets itself (a -800 does so on
    glitches of its supply) is set up anew by whoever opens it next. Whatever other channels had
    under way is then lost, which `generation` lets them see.
    """

    def __init__(
        self, adapter: str, addresses: Sequence[int], clock: Clock, connect: Connect
    ) -> None:
        self.adapter = adapter
        self.name = adapter if len(addresses) > 1 else f"{adapter}:{addresses[0]:02X}"
        """As messages and owserver name it: the adapter and the I2C address."""
        self.model = DS2482_100
        self.active_pullup = True
        self.presence_pulse_masking = False
        self.generation = 0
        """How often it was set up."""
        self._addresses = addresses
        self._address = addresses[0]
        self._clock = clock
        self._connect = connect
        self._smbus: Smbus | None = None
        self._lock = threading.Lock()
        self._users: set[int] = set()
        self._healthy = False
        self._configuration = 0
        self._channel = 0
        self._fed_until = 0.0

    # Opening

    def open(self, channel: int) -> int:
        """Make the chip ready for a channel; the generation of that. BusNotRespondingError."""
        with self._lock:
            if not self._healthy:
                self._set_up()
            if channel >= self.model.channels:
                raise BusNotRespondingError(
                    f"{self.name}: no channel {channel}, it is a {self.model.name}"
                )
            self._users.add(channel)
            return self.generation

    def close(self, channel: int) -> None:
        """A channel is not needed any more; the last one gives the I2C adapter back."""
        with self._lock:
            self._users.discard(channel)
            if not self._users:
                self._disconnect()

    def _set_up(self) -> None:
        self._disconnect()
        try:
            self._smbus = self._connect(self.adapter)
        except OSError as error:
            raise BusNotRespondingError(f"{self.name}: cannot be opened: {error}") from error
        reason: Exception | None = None
        for address in self._addresses:
            self._address = address
            try:
                self._reset_device()
            except (OSError, BusError) as error:
                # One that is there and is odd tells more than an address where nobody is.
                reason = error if reason is None or isinstance(error, BusError) else reason
            else:
                self.generation += 1
                self._healthy = True
                return
        self._disconnect()
        text = str(reason).removeprefix(f"{self.name}: ")
        raise BusNotRespondingError(f"{self.name}: no DS2482: {text}") from reason

    def _disconnect(self) -> None:
        smbus, self._smbus = self._smbus, None
        self._healthy = False
        if smbus is not None:
            with suppress(OSError):
                smbus.close()

    def _reset_device(self) -> None:
        # To most other chips this single byte is the number of a register, which does no harm.
        self._bus.write_byte(self._address, DEVICE_RESET)
        status = self._bus.read_byte(self._address)
        if status | LINE_LEVEL != WAS_RESET | LINE_LEVEL:
            raise BusError(
                f"{self.name}: status {status:02x} at I2C address {self._address:02x} after a reset"
            )
        self.model = self._find_model()
        self._channel = 0
        self._configure(self._features())

    def _find_model(self) -> Model:
        if self._answer(CHANNEL_SELECT, CHANNEL_CODES[0]) == CHANNEL_ANSWERS[0]:
            return DS2482_800
        if self._answer(SET_READ_POINTER, PORT_CONFIGURATION) is not None:
            return DS2483
        return DS2482_100

    def _answer(self, command: int, parameter: int) -> int | None:
        """What can be read after a command; None if the chip does not know it."""
        try:
            self._command(command, parameter)
            return self._bus.read_byte(self._address)
        except OSError:
            return None

    # Using

    @contextmanager
    def in_use(self, channel: int, generation: int, *, overdrive: bool = False) -> Iterator[None]:
        """Nobody else uses the chip inside, and this channel is selected; BusError if it fails."""
        self._acquire()
        try:
            if generation != self.generation or not self._healthy:
                raise BusError(f"{self.name}: was set up anew meanwhile")
            with self._faults():
                self.wait_until_idle()
                self._prepare(channel, self._features() | (OVERDRIVE if overdrive else 0))
                yield
        finally:
            self._lock.release()

    def _acquire(self) -> None:
        """Take the lock once no strong pull-up lasts any more.

        It is never held while anybody waits on the clock.
        """
        self._lock.acquire()
        while (rest := self._fed_until - self._clock.now()) > 0:
            self._lock.release()
            self._clock.wait(rest)
            self._lock.acquire()

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except BusShortError:  # the chip did its work
            raise
        except BusError:
            self._healthy = False
            raise
        except OSError as error:
            self._healthy = False
            raise BusError(f"{self.name}: I2C transfer failed: {error}") from error

    # All below: only inside `in_use`. OSError if the I2C transfer fails.

    def feed(self, seconds: float) -> None:
        """The strong pull-up, which the byte just sent began, lasts so long from now."""
        self._fed_until = self._clock.now() + seconds

    def arm_strong_pullup(self) -> None:
        """The next byte ends with a strong pull-up, until the chip is configured again."""
        self._prepare(self._channel, self._configuration | STRONG_PULLUP)

    def run(self, command: int, parameter: int | None = None) -> int:
        """Carry out a 1-Wire command; the status after it."""
        if parameter is None:
            self._bus.write_byte(self._address, command)
        else:
            self._command(command, parameter)
        return self.wait_until_idle()

    def byte(self, value: int) -> int:
        """Eight slots; what the line was. Not to be trusted before `confirm`."""
        if value == READ_BYTE[0]:
            self.run(READ_BYTE_COMMAND)
        else:
            self.run(WRITE_BYTE, value)
        self._command(SET_READ_POINTER, READ_DATA)
        return self._bus.read_byte(self._address)

    def confirm(self) -> None:
        """BusError if the chip has reset itself, so that bytes read were none."""
        self._command(SET_READ_POINTER, STATUS)
        self.wait_until_idle()

    def wait_until_idle(self) -> int:
        """The status as soon as no 1-Wire command is under way. BusError if it reset itself."""
        for _ in range(MAX_POLLS):
            # The read pointer rests at the status register whenever nothing else is being read.
            # Between looks there is nothing to wait for: each takes the I2C bus as long as one or
            # more time slots, and the kernel lets others run meanwhile.
            status = self._bus.read_byte(self._address)
            if status & WAS_RESET:
                raise BusError(f"{self.name}: has reset itself and lost its configuration")
            if not status & BUSY:
                return status
        raise BusTimeoutError(f"{self.name}: stays busy, status {status:02x}")

    def _features(self) -> int:
        masked = self.presence_pulse_masking and self.model.masks_presence
        return (ACTIVE_PULLUP if self.active_pullup else 0) | (
            PRESENCE_PULSE_MASKING if masked else 0
        )

    def _prepare(self, channel: int, configuration: int) -> None:
        if configuration != self._configuration:
            self._configure(configuration)
            # That has cleared the flag which tells of resets; one just before chose channel 0.
            self._select(channel)
        elif channel != self._channel:
            self._select(channel)

    def _configure(self, value: int) -> None:
        self._set(WRITE_CONFIGURATION, value | (~value & LOW_HALF) << 4, value)
        self._configuration = value

    def _select(self, channel: int) -> None:
        if self.model.channels > 1:
            self._set(CHANNEL_SELECT, CHANNEL_CODES[channel], CHANNEL_ANSWERS[channel])
        self._channel = channel

    def _set(self, command: int, parameter: int, expected: int) -> None:
        """Write a register, check what it reads then, and look at the status again."""
        self._command(command, parameter)
        answer = self._bus.read_byte(self._address)
        if answer != expected:
            raise BusError(
                f"{self.name}: wrote {command:02x} {parameter:02x}, expected to read"
                f" {expected:02x}, got {answer:02x}"
            )
        self._command(SET_READ_POINTER, STATUS)

    def _command(self, command: int, parameter: int) -> None:
        self._bus.write_byte_data(self._address, command, parameter)

    @property
    def _bus(self) -> Smbus:
        assert self._smbus is not None
        return self._smbus

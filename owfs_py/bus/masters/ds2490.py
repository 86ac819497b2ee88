"""DS2490: the USB 1-Wire adapters DS9490R and DS9490B, PuceBaboon and others with this chip.

Codes are from the DS2490 data sheet. Not used are the chip's macros that know memories and
couplers; the core does that for all adapters alike.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from owfs_py._search import RomSearch
from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.errors import (
    BusError,
    BusNotRespondingError,
    BusShortError,
    BusTimeoutError,
    NotSupportedError,
)
from owfs_py.bus.masters.base import SEARCH_ROM, BusMaster, Can
from owfs_py.bus.masters.usbline import DEFAULT_TIMEOUT, UsbLine, find, place_of
from owfs_py.bus.rom import RomId

if TYPE_CHECKING:
    import usb.core

log = logging.getLogger(__name__)

VENDOR, PRODUCT = 0x04FA, 0x2490
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
PROBE_TIMEOUT = 1.0  # an adapter that is there answers its first commands at once
LONG_RESET_TIME = 0.005  # the alarming presence pulse of a DS2404

ROM_SIZE = 8
ADAPTER_FAMILIES = (0x81, 0x01)
"""The DS1420 or DS2401 inside an adapter, which tells it from others."""
CLOSED = "-1:-1"

# What the settings may be; the least of each has code 0.
_SLEW_RATE = "usb/pulldownslewrate"
_WRITE_1_LOW = "usb/writeonelowtime"
_SAMPLE_OFFSET = "usb/datasampleoffset"
RANGES = {_SLEW_RATE: range(8), _WRITE_1_LOW: range(8, 16), _SAMPLE_OFFSET: range(3, 11)}
NORMAL_TIMING = (4, 12, 7)
ALTERNATE_TIMING = (3, 10, 8)


def adapters() -> list[str]:
    """The places `B:D` of all adapters, whoever uses them. Raises BusNotRespondingError."""
    return [place_of(device) for device in find(VENDOR, PRODUCT)]


class DS2490(BusMaster):
    """A DS2490 on USB.

    The address says which one: empty, the first that can be had; N, the Nth, from 1 on; B:D, the
    one at this bus and device number. One that was pulled out is known again by the DS1420 or
    DS2401 in it, or else by the first device on its line; B:D stays with its place.

    `flextime` chooses flexible over regular speed, `alternate_timing` other defaults of what
    follows. The attributes slew_rate (0-7 for 15, 2.2, 1.65, 1.37, 1.1, 0.83, 0.7, 0.55 V/µs),
    write_1_low (8-15 µs) and sample_offset (3-10 µs) may be changed and hold from `open` on.
    """

    name, version = "DS9490", 8
    can = Can.STRONG_PULLUP | Can.PROGRAM_PULSE | Can.OVERDRIVE | Can.BRANCHES
    settings = {  # noqa: RUF012  nobody changes it
        "usb/flexible_timing": "flextime",
        _SLEW_RATE: "slew_rate",
        _WRITE_1_LOW: "write_1_low",
        _SAMPLE_OFFSET: "sample_offset",
    }

    def __init__(
        self,
        address: str = "",
        clock: Clock = REAL_CLOCK,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        flextime: bool = True,
        alternate_timing: bool = False,
    ) -> None:
        super().__init__(address, clock)
        self.timeout = timeout
        self.flextime = flextime
        timing = ALTERNATE_TIMING if alternate_timing else NORMAL_TIMING
        self.slew_rate, self.write_1_low, self.sample_offset = timing
        self.tag: RomId | None = None
        """The device that tells this adapter from others, known once it was open."""
        self._wanted = address
        self._fixed = re.fullmatch(r"\d+:\d+", address) is not None
        if address and not self._fixed and not address.isdecimal():
            log.warning("%r is no USB adapter; the first one is taken", address)
        self._last_place = ""
        self._usb: UsbLine | None = None
        self._speed = REGULAR

    def set_timeout(self, kind: str, seconds: float) -> None:
        if kind == "usb":
            self.timeout = seconds
            if self._usb is not None:
                self._usb.timeout = seconds

    def change_setting(self, name: str, value: Any) -> None:
        allowed = RANGES.get(name, (False, True))
        if value not in allowed:
            raise NotSupportedError(f"{name} is {allowed[0]} to {allowed[-1]}, not {value}")
        super().change_setting(name, value)

    @property
    def _whose(self) -> str:
        return f"USB {self._wanted}".rstrip()

    # Finding the adapter

    def may_be(self, found: DS2490) -> bool:
        """Whether the adapter that `found` has open can be this one, which is missing."""
        if self._fixed:
            return self._wanted == found.address
        return self.tag in (None, found.tag)

    def open(self) -> None:
        """Take the first adapter that is the right one and works."""
        self.close()
        complaints = []
        for device in self._candidates():
            try:
                self._take(device)
            except BusError as error:
                complaints.append(str(error))
                self.close()
            else:
                self._last_place = self.address
                return
        raise BusNotRespondingError("; ".join([f"{self._whose}: no DS9490 to be had", *complaints]))

    def _candidates(self) -> list[usb.core.Device]:
        found = find(VENDOR, PRODUCT)
        if self._fixed:
            return [device for device in found if place_of(device) == self._wanted]
        if self._wanted.isdecimal() and not self._last_place:
            number = max(int(self._wanted), 1)
            return found[number - 1 : number]
        return found

    def _take(self, device: usb.core.Device) -> None:
        endpoints = (DATA_IN, DATA_OUT, STATUS_IN)
        self._usb = UsbLine(device, ALTERNATE_SETTING, endpoints, min(self.timeout, PROBE_TIMEOUT))
        self.address = self._usb.place
        self._set_up()
        self._usb.timeout = self.timeout
        if not self._fixed:
            self._recognise()

    def _set_up(self) -> None:
        self._command(CONTROL, RESET_DEVICE)
        self._command(COMMUNICATION, SET_PULLUP_DURATION, INFINITE)
        self._command(COMMUNICATION, SET_PROGRAM_PULSE_DURATION, PROGRAM_PULSE_480_US)
        self._command(MODE, ENABLE_PULSES, BOTH_PULSES)
        self._command(MODE, ENABLE_SPEED_CHANGE, True)
        self.set_overdrive(False)
        self._command(MODE, SLEW_RATE, RANGES[_SLEW_RATE].index(self.slew_rate))
        self._command(MODE, WRITE_1_LOW, RANGES[_WRITE_1_LOW].index(self.write_1_low))
        self._command(MODE, SAMPLE_OFFSET, RANGES[_SAMPLE_OFFSET].index(self.sample_offset))
        self.can = Can.STRONG_PULLUP | Can.OVERDRIVE | Can.BRANCHES
        if self._status()[FLAGS] & HAS_12V:
            self.can |= Can.PROGRAM_PULSE

    def _recognise(self) -> None:
        """Note the tag of this adapter. BusNotRespondingError if it is not the one we had."""
        never_unplugged = self.address == self._last_place
        try:
            if self.tag is None:
                self.tag = self._find_tag()
            elif not never_unplugged and self._end_of(self.tag) != self.tag:
                raise BusNotRespondingError(f"{self._usb}: {self.tag} is not there")
        except BusShortError:
            if self.tag is not None and not never_unplugged:
                raise

    def _find_tag(self) -> RomId | None:
        for family in ADAPTER_FAMILIES:
            rom = self._end_of(bytes([family]).ljust(ROM_SIZE, b"\0"))
            if rom is not None and rom.family == family:
                return rom
        return self._end_of(bytes(ROM_SIZE))

    def _end_of(self, path: bytes) -> RomId | None:
        """The device that a search finds which goes this way wherever it can."""
        found = self._search(SEARCH_ROM, path) if self.reset() else b""
        with suppress(ValueError):  # nobody, or noise
            return RomId(found[:ROM_SIZE])
        return None

    def close(self) -> None:
        if self._usb is not None:
            self._usb.close()
            self._usb = None
            self.address = CLOSED

    # Operations

    def reset(self) -> bool:
        self._command(COMMUNICATION, ONE_WIRE_RESET, self._speed)
        if self.long_resets and self._speed != OVERDRIVE:
            self.clock.wait(LONG_RESET_TIME)
        _, result = self._finish()
        if result & SHORT:
            raise BusShortError(f"{self._usb}: the 1-Wire line is shorted")
        return not result & NO_PRESENCE

    def exchange(self, data: bytes) -> bytes:
        blocks = (data[at : at + MAX_BLOCK] for at in range(0, len(data), MAX_BLOCK))
        return b"".join(map(self._exchange_block, blocks))

    def _exchange_block(self, block: bytes) -> bytes:
        self._line.write(DATA_OUT, block)
        self._command(COMMUNICATION, BLOCK_IO, len(block))
        return self._answer(len(block))

    def touch_bits(self, bits: Sequence[int]) -> list[int]:
        return [self._touch_bit(bit) for bit in bits]

    def _touch_bit(self, bit: int) -> int:
        self._command(COMMUNICATION, BIT_IO | (BIT_IO_ONE if bit else 0))
        return self._answer(1)[0] & 1

    def search_pass(self, command: int, search: RomSearch) -> tuple[bytes, int] | None:
        found = self._search(command, search.path)
        if not found:
            return None
        return found[:ROM_SIZE], int.from_bytes(found[ROM_SIZE:], "little")

    def _search(self, command: int, path: bytes) -> bytes:
        """Nothing, or an id; and then, unless it is the last one, where devices differed."""
        self._line.write(DATA_OUT, path)
        self._command(COMMUNICATION, SEARCH_ACCESS, ONE_DEVICE | command)
        size, _ = self._finish()
        if size not in (0, ROM_SIZE, 2 * ROM_SIZE):
            raise BusError(f"{self._usb}: a search cannot find {size} bytes")
        return self._line.read_exactly(DATA_IN, size)

    def power_byte(self, byte: int, seconds: float) -> int:
        self._command(COMMUNICATION, BYTE_IO_AND_PULLUP, byte)
        back = self._line.read_exactly(DATA_IN, 1)[0]
        self.clock.wait(seconds)
        self._command(CONTROL, HALT_WHEN_IDLE)
        self._command(CONTROL, RESUME)
        deadline = self.clock.now() + PULLUP_END_TIME
        while self._status()[FLAGS] & PULLUP_ACTIVE:
            if self.clock.now() > deadline:
                raise BusError(f"{self._usb}: the strong pull-up does not end")
            self.clock.wait(POLL)
        return back

    def program_pulse(self) -> None:
        if Can.PROGRAM_PULSE not in self.can:
            raise NotSupportedError(f"{self.name} at {self.address} has no 12 V supply")
        self._command(COMMUNICATION, PROGRAM_PULSE)
        _, result = self._finish()
        if result & NO_12V:
            raise BusError(f"{self._usb}: the 12 V supply failed")

    def set_overdrive(self, on: bool) -> None:
        self._speed = OVERDRIVE if on else FLEXIBLE if self.flextime else REGULAR
        self._command(MODE, SPEED, self._speed)

    # Commands and their ends

    @property
    def _line(self) -> UsbLine:
        if self._usb is None:
            raise BusError(f"{self._whose}: not open")
        return self._usb

    def _command(self, kind: int, value: int, index: int = 0) -> None:
        self._line.command(kind, value, index)

    def _answer(self, size: int) -> bytes:
        self._finish(size)
        return self._line.read_exactly(DATA_IN, size)

    def _finish(self, size: int = 0) -> tuple[int, int]:
        """Wait until a command has ended and `size` bytes came; how many did, and its result."""
        deadline = self.clock.now() + self.timeout
        result = 0
        while True:
            status = self._status()
            for each in status[REGISTERS:]:
                result |= 0 if each == DEVICE_DETECTED else each
            if status[FLAGS] & IDLE and status[BYTES_IN] >= size:
                return status[BYTES_IN], result
            if self.clock.now() > deadline:
                raise BusTimeoutError(
                    f"{self._usb}: no end of a command within {self.timeout:g} s; "
                    f"{status[BYTES_IN]} of {size} bytes came (status {status.hex(' ')})"
                )
            self.clock.wait(POLL)

    def _status(self) -> bytes:
        """The state registers and the results of what was done since they were read last."""
        status = self._line.read(STATUS_IN, STATUS_BUFFER)
        if len(status) < REGISTERS:
            raise BusError(f"{self._usb}: a status of {len(status)} bytes ({status.hex(' ')})")
        if len(status) == STATUS_BUFFER and status[REGISTERS:].startswith(status[:REPEATED]):
            return status[:REGISTERS]
        return status

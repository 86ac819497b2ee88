"""DS2490: the USB 1-Wire adapters DS9490R and DS9490B, PuceBaboon and others with this chip.

Commands and status of the chip are in ds2490chip.py, the choice among several in ds2490choice.py.
Not used are the chip's macros that know memories and couplers; the core does that for all adapters
alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from owfs_py._search import RomSearch
from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.errors import BusError, BusNotRespondingError, NotSupportedError
from owfs_py.bus.masters.base import SEARCH_ROM, BusMaster, Can
from owfs_py.bus.masters.ds2490chip import (
    FLEXIBLE,
    MAX_BLOCK,
    OVERDRIVE,
    REGULAR,
    ROM_SIZE,
    SAMPLE_OFFSET,
    SLEW_RATE,
    SPEED,
    WRITE_1_LOW,
    Chip,
)
from owfs_py.bus.masters.ds2490choice import Choice
from owfs_py.bus.masters.usbline import DEFAULT_TIMEOUT
from owfs_py.bus.rom import RomId

CLOSED = "-1:-1"

# Seconds
PROBE_TIMEOUT = 1.0  # an adapter that is there answers its first commands at once
LONG_RESET_TIME = 0.005  # the alarming presence pulse of a DS2404


class Timing(NamedTuple):
    """A setting of the time slots."""

    attribute: str
    mode: int
    allowed: range
    """The least of them has code 0."""


TIMINGS = {
    "usb/pulldownslewrate": Timing("slew_rate", SLEW_RATE, range(8)),
    "usb/writeonelowtime": Timing("write_1_low", WRITE_1_LOW, range(8, 16)),
    "usb/datasampleoffset": Timing("sample_offset", SAMPLE_OFFSET, range(3, 11)),
}
NORMAL_TIMING = (4, 12, 7)
ALTERNATE_TIMING = (3, 10, 8)


class DS2490(BusMaster):
    """A DS2490 on USB.

    The address says which one: empty, the first that can be had; N, the Nth, from 1 on; B:D, the
    one at this bus and device number. One that was pulled out is known again, wherever it is
    plugged in, by the DS1420 or DS2401 in it, or else by the first device on its line. One with no
    device at all is not: then any that can be had is taken, but for B:D only one at that place.
    ValueError for an address that cannot be.

    `flextime` chooses flexible over regular speed, `alternate_timing` other defaults of what
    follows. The attributes slew_rate (0-7 for 15, 2.2, 1.65, 1.37, 1.1, 0.83, 0.7, 0.55 V/µs),
    write_1_low (8-15 µs) and sample_offset (3-10 µs) may be changed and hold from `open` on.
    """

    name, version = "DS9490", 8
    can = Can.STRONG_PULLUP | Can.PROGRAM_PULSE | Can.OVERDRIVE | Can.BRANCHES
    settings = {name: timing.attribute for name, timing in TIMINGS.items()} | {
        "usb/flexible_timing": "flextime"
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
        self._choice = Choice(address)
        super().__init__(self._choice.wanted, clock)
        self.timeout = timeout
        self.flextime = flextime
        timing = ALTERNATE_TIMING if alternate_timing else NORMAL_TIMING
        self.slew_rate, self.write_1_low, self.sample_offset = timing
        self._open_chip: Chip | None = None
        self._speed = REGULAR

    def set_timeout(self, kind: str, seconds: float) -> None:
        if kind == "usb":
            self.timeout = seconds
            chip = self._open_chip  # which another thread may close
            if chip is not None:
                chip.timeout = seconds

    def change_setting(self, name: str, value: Any) -> None:
        allowed = TIMINGS[name].allowed if name in TIMINGS else (False, True)
        if value not in allowed:
            raise NotSupportedError(f"{name} is {allowed[0]} to {allowed[-1]}, not {value}")
        super().change_setting(name, value)

    @property
    def place(self) -> str:
        chip = self._open_chip  # which another thread may close
        return str(self._choice if chip is None else chip)

    @property
    def tag(self) -> RomId | None:
        """The device that tells this adapter from others, known once it was open."""
        return self._choice.tag

    def may_be(self, found: DS2490) -> bool:
        """Whether the adapter that `found` has open can be this one, which is missing."""
        return self._choice.may_be(found.address, found.tag)

    def open(self) -> None:
        """Take the first adapter that is the right one and works."""
        self.close()
        complaints = []
        for device in self._choice.candidates():
            try:
                self._open_chip = Chip(device, min(self.timeout, PROBE_TIMEOUT), self.clock)
                self.address = self._open_chip.place
                self._set_up(self._open_chip)
                self._choice.accept(self.address, self._end_of)
            except BusError as error:
                complaints.append(str(error))
                self.close()
            else:
                return
        reasons = "; ".join([f"{self._choice}: no DS9490 to be had", *complaints])
        raise BusNotRespondingError(reasons)

    def _set_up(self, chip: Chip) -> None:
        chip.set_up()
        self.set_overdrive(False)
        for attribute, mode, allowed in TIMINGS.values():
            chip.set_mode(mode, allowed.index(getattr(self, attribute)))
        self.can = type(self).can
        if not chip.has_12v():
            self.can &= ~Can.PROGRAM_PULSE
        chip.timeout = self.timeout

    def _end_of(self, path: bytes) -> RomId | None:
        """The device that a search finds which goes this way wherever it can."""
        path = path.ljust(ROM_SIZE, b"\0")
        found = self._chip.search(SEARCH_ROM, path) if self.reset() else b""
        with suppress(ValueError):  # nobody, or noise
            return RomId(found[:ROM_SIZE])
        return None

    def close(self) -> None:
        if self._open_chip is not None:
            self._open_chip.close()
            self._open_chip = None
            self.address = CLOSED

    @property
    def _chip(self) -> Chip:
        if self._open_chip is None:
            raise BusError(f"{self._choice}: not open")
        return self._open_chip

    # Operations

    def reset(self) -> bool:
        long = self.long_resets and self._speed != OVERDRIVE
        return self._chip.wire_reset(self._speed, LONG_RESET_TIME if long else 0)

    def touch_bits(self, bits: Sequence[int]) -> list[int]:
        return [self._chip.bit(bit) for bit in bits]

    def exchange(self, data: bytes) -> bytes:
        blocks = (data[at : at + MAX_BLOCK] for at in range(0, len(data), MAX_BLOCK))
        return b"".join(map(self._chip.block, blocks))

    def search_pass(self, command: int, search: RomSearch) -> tuple[bytes, int] | None:
        found = self._chip.search(command, search.path)
        if not found:
            return None
        return found[:ROM_SIZE], int.from_bytes(found[ROM_SIZE:], "little")

    def power_byte(self, byte: int, seconds: float) -> int:
        back = self._chip.byte_and_pullup(byte)
        self.clock.wait(seconds)
        self._chip.end_pullup()
        return back

    def program_pulse(self) -> None:
        if not self._chip.has_12v():
            raise NotSupportedError(f"{self.name} at {self.address} has no 12 V supply")
        self._chip.program_pulse()

    def set_overdrive(self, on: bool) -> None:
        self._speed = OVERDRIVE if on else FLEXIBLE if self.flextime else REGULAR
        self._chip.set_mode(SPEED, self._speed)

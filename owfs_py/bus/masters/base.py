"""What every bus master (adapter) offers to the core: the contract, and the slow way to keep it.

A driver implements the largest operations that its hardware does well; the rest is made here
from smaller ones, down to single time slots. Drivers block: each bus has a thread of its own.
"""

from __future__ import annotations

import abc
import enum
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from owfs_py._search import RomSearch
from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.errors import (
    NotSupportedError,
    SearchError,
)

READ_SLOT = 1
READ_BYTE = b"\xff"

MASTER_SEARCHES = (SEARCH_ROM, ALARM_SEARCH) = (0xF0, 0xEC)


class Can(enum.Flag):
    """What a bus master's hardware can do beyond resets and time slots."""

    NOTHING = 0
    STRONG_PULLUP = enum.auto()
    PROGRAM_PULSE = enum.auto()
    OVERDRIVE = enum.auto()
    BRANCHES = enum.auto()  # paths through a DS2409


class BusMaster(abc.ABC):
    """One 1-Wire bus behind an adapter.

    Every method but `close` raises BusError (or one of its kinds) when the adapter fails, and
    BusShortError when the line is short-circuited. After a BusError the caller closes the driver
    and opens it again; nothing else may be assumed about its state. No method is thread-safe.
    """

    name: str
    """The name under /bus.N/interface/settings/name."""

    version: int
    """owserver's number for this kind of adapter (interface/settings/version)."""

    can: Can = Can.BRANCHES
    """What the adapter offers; holds from `open` on."""

    settings: Mapping[str, str] = {}
    """What users may look at and change under interface/settings: names there, such as
    `serial/baudrate`, and the attribute that each stands for. A change holds from `open` on."""

    long_resets: bool = False
    """A DS2404 may be there, whose alarm prolongs resets to milliseconds."""

    def __init__(self, address: str, clock: Clock = REAL_CLOCK) -> None:
        self.address = address
        """The port or address as the user gave it."""
        self.clock = clock

    @property
    def place(self) -> str:
        """Where the adapter is, as errors about it begin."""
        return self.address

    @abc.abstractmethod
    def open(self) -> None:
        """Find the adapter and make it ready. May be called again after `close`."""

    @abc.abstractmethod
    def close(self) -> None:
        """Give the adapter back. Never raises; harmless when not open."""

    @abc.abstractmethod
    def reset(self) -> bool:
        """Reset pulse; True if a presence pulse followed."""

    @abc.abstractmethod
    def touch_bits(self, bits: Sequence[int]) -> list[int]:
        """One time slot for each bit (0 writes 0; 1 writes 1 or reads); the levels sampled."""

    def exchange(self, data: bytes) -> bytes:
        """Eight slots a byte, LSB first; 0xFF reads. Returns as many bytes as it sent."""
        bits = [byte >> n & 1 for byte in data for n in range(8)]
        back = self.touch_bits(bits)
        return bytes(sum(back[i + n] << n for n in range(8)) for i in range(0, len(back), 8))

    def reset_exchange(self, data: bytes) -> bytes | None:
        """Reset and exchange in one go; None if no presence pulse followed the reset.

        A driver may clock `data` out all the same when nobody is present.
        """
        return self.exchange(data) if self.reset() else None

    def transact(self, data: bytes) -> bytes | None:
        """As `reset_exchange`, if nothing builds on it: the next operation begins with a reset.

        An adapter that other programs use as well may do it without being taken for it.
        """
        return self.reset_exchange(data)

    def search_pass(self, command: int, search: RomSearch) -> tuple[bytes, int] | None:
        """Walk one pass of `search` after sending `command` (0xF0 or 0xEC), without a reset.

        Returns the id found and the mask of conflicts for `search.advance`, or None when no
        slave takes part. If slaves fall silent on the way it raises BusError, or answers an id that
        `search.advance` refuses.
        """
        self.exchange(bytes([command]))
        rom = conflicts = 0
        for position in range(64):
            slots = self.touch_bits([READ_SLOT, READ_SLOT])
            if slots == [1, 1]:
                if position == 0:
                    return None
                raise SearchError(
                    f"{self.address}: slaves fell silent at bit {position} of a search"
                )
            if slots == [0, 0]:
                conflicts |= 1 << position
                bit = search.direction(position)
            else:
                bit = slots[0]
            self.touch_bits([bit])
            rom |= bit << position
        return rom.to_bytes(8, "little"), conflicts

    def reset_search_pass(self, command: int, search: RomSearch) -> tuple[bytes, int] | None:
        """Reset and walk one pass of a search in one go; None also if there was no presence pulse.

        Adapters that search by themselves need not put each pass on the wire.
        """
        return self.search_pass(command, search) if self.reset() else None

    def power_byte(self, byte: int, seconds: float) -> int:
        """Write `byte`, feed the line strongly for `seconds` from its last slot on.

        Returns the byte read back. An adapter without strong pull-up just waits.
        """
        back = self.exchange(bytes([byte]))[0]
        self.clock.wait(seconds)
        return back

    def program_pulse(self) -> None:
        """Give the 12 V pulse of 480 µs that EPROMs need."""
        raise NotSupportedError(f"{self.name} at {self.address} has no program pulse")

    def turn(self) -> AbstractContextManager[None]:
        """Held around each job, in which nobody else may come between one call and the next.

        An adapter that several buses or programs share is taken and given back by it.
        """
        return nullcontext()

    def setting(self, name: str) -> Any:
        """The value of one of `settings`."""
        return getattr(self, self.settings[name])

    def change_setting(self, name: str, value: Any) -> None:
        """Change one of `settings`."""
        setattr(self, self.settings[name], value)

    def set_timeout(self, kind: str, seconds: float) -> None:  # noqa: B027  most have none
        """Wait so long for answers from now on, if `kind` (serial, usb, network ...) is ours.

        May be called while another method runs.
        """

    def set_overdrive(self, on: bool) -> None:
        """Slots and resets at overdrive speed from now on (the slaves must have been told).

        `open` begins at regular speed.
        """
        if on:
            raise NotSupportedError(f"{self.name} at {self.address} has no overdrive")

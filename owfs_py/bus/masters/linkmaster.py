"""LinkMaster: resets, bytes, bits, searches in the ASCII language that a LINK began and others
took up. Commands and answers are in linkcodes.py; which adapter it is, is its driver's matter.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import ClassVar, TypeVar

from owfs_py.bus.errors import BusError, BusShortError, SearchError
from owfs_py.bus.masters import linkcodes as codes
from owfs_py.bus.masters.base import ALARM_SEARCH
from owfs_py.bus.masters.listing import MAX_LISTED, ListingMaster
from owfs_py.bus.masters.serialmaster import SerialMaster
from owfs_py.bus.masters.serialport import START_RATE
from owfs_py.bus.rom import RomId

# Seconds: so long after the last character nothing more comes, unless over a network.
QUIET = 0.02
REMOTE_QUIET = 0.1

T = TypeVar("T")


class LinkMaster(ListingMaster, SerialMaster):
    """The bus behind an adapter that speaks this language."""

    rates: ClassVar[Mapping[int, bytes]]
    """What brings the adapter to each rate; it starts with START_RATE, and a break does that."""

    @abc.abstractmethod
    def _identify(self) -> None:
        """Ask who is there. Raises BusError if it is not what this driver is for."""

    # Is it there, and how fast can we talk?

    def _meet(self, wanted: int) -> None:
        """Find the adapter; talk at the highest rate up to `wanted` that it and the line bear."""
        try:
            self._meet_at(START_RATE)
        except BusError:
            if self.line.fixed_rate:
                raise
            # It may talk at another rate, or do something else altogether; a break ends both.
            self._start_afresh()
        rate = max((rate for rate in self.rates if rate <= wanted), default=START_RATE)
        if rate == START_RATE or self.line.fixed_rate:
            return
        self.line.write(self.rates[rate])
        self.clock.wait(self._quiet)  # until it is out; a bridge may change its rate at once
        try:
            self._meet_at(rate)
        except BusError:
            self._start_afresh()

    def _meet_at(self, rate: int) -> None:
        self.line.set_rate(rate)
        self._interrupt()
        self._identify()

    def _start_afresh(self) -> None:
        self.line.send_break()
        self._meet_at(START_RATE)

    def _part(self) -> None:
        """Leave the adapter at the rate that others expect it to have."""
        if self.line.is_open and self.line.rate != START_RATE:
            with suppress(BusError):
                self.line.send_break()

    # The bus

    def reset(self) -> bool:
        presence = self._ask(codes.RESET, codes.presence)
        if presence is None:
            raise BusShortError(f"{self.address}: the 1-Wire line is shorted")
        return presence

    def exchange(self, data: bytes) -> bytes:
        back = b""
        for start in range(0, len(data), codes.MAX_BLOCK):
            block = data[start : start + codes.MAX_BLOCK]
            command = codes.BYTES + block.hex().upper().encode() + codes.END
            back += self._ask(command, partial(codes.data, count=len(block)))
        return back

    def touch_bits(self, bits: Sequence[int]) -> list[int]:
        back: list[int] = []
        for start in range(0, len(bits), codes.MAX_BLOCK):
            block = bits[start : start + codes.MAX_BLOCK]
            command = codes.BITS + bytes(b"01"[bit] for bit in block) + codes.END
            back += self._ask(command, partial(codes.levels, count=len(block)))
        return back

    def list_roms(self, command: int) -> list[RomId]:
        self._ask(codes.CHOOSE_SEARCH[command], partial(codes.confirm_search, command=command))
        roms: list[RomId] = []
        while len(roms) < MAX_LISTED:
            found = self._ask(codes.NEXT if roms else codes.FIRST, self._found)
            if found is None:
                # Nobody, if a reset does not show that somebody should have answered.
                if roms or (command != ALARM_SEARCH and self.reset()):
                    raise SearchError(f"{self.address}: slaves fell silent during a search")
                return []
            rom, more = found
            roms.append(rom)
            if not more:
                return roms
        raise SearchError(f"{self.address}: the search does not end")

    def _found(self, answer: str) -> tuple[RomId, bool] | None:
        """The id that answers a step of a search, and whether more follow; None if nobody is."""
        return codes.found(answer)

    # Lines of text to and from the adapter

    @property
    def _quiet(self) -> float:
        return REMOTE_QUIET if self.line.remote else QUIET

    def _interrupt(self) -> None:
        """Whoever had it before may have left in the middle of a command."""
        self.line.write(codes.END)
        self.line.drain(self._quiet)

    def _send(self, command: bytes) -> None:
        self.line.discard()  # of what a hub adds to answers
        self.line.write(command)

    def _ask(self, command: bytes, meaning: Callable[[str], T]) -> T:
        self._send(command)
        return self._meaning(codes.line_of(self.line.read_until(b"\n")), meaning)

    def _meaning(self, answer: str, meaning: Callable[[str], T]) -> T:
        try:
            return meaning(answer)
        except ValueError as error:
            raise BusError(f"{self.address}: {error}") from error

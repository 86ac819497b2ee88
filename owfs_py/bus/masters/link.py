"""LINK: the ASCII bus masters of iButtonLink, LINK and LinkUSB on a serial line, LINK-HUB-E on TCP.

Commands and answers are in linkcodes.py. A LINK in DS2480B emulation is ds2480b.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar, Unpack

from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.errors import BusError, BusShortError, SearchError
from owfs_py.bus.masters import linkcodes as codes
from owfs_py.bus.masters.base import ALARM_SEARCH, Can
from owfs_py.bus.masters.discovery import tcp_url
from owfs_py.bus.masters.listing import ListingMaster
from owfs_py.bus.masters.serialmaster import PortOptions, SerialMaster
from owfs_py.bus.masters.serialport import START_RATE
from owfs_py.bus.rom import RomId

DEFAULT_PORT = 10001
"""TCP port of a LINK-HUB-E, and of the usual bridges to serial lines."""

# Seconds.
QUIET = 0.02  # so long after the last character nothing more comes, unless over a network
REMOTE_QUIET = 0.1
BYTE_TIME = 8 * 70e-6

MAX_LISTED = 1000
BAUDRATE_SETTING = "serial/baudrate"

T = TypeVar("T")


def link_url(address: str) -> str:
    """What to open for an address as users give it: a path, a URL, or HOST[:PORT] for plain TCP."""
    return address if "/" in address else tcp_url(address, DEFAULT_PORT)


class Link(SerialMaster, ListingMaster):
    """A LINK in ASCII mode.

    `address` is a serial port, a URL of pyserial, or HOST[:PORT] of a LINK-HUB-E or a bridge. An
    auxiliary line that was set stays so over `open`.
    """

    can = Can.STRONG_PULLUP
    settings = {  # noqa: RUF012  nobody changes it
        BAUDRATE_SETTING: "wanted_baudrate",
        "link/auxctrl": "aux_driven",
        "link/auxsense": "aux_level",
    }

    def __init__(
        self,
        address: str,
        clock: Clock = REAL_CLOCK,
        *,
        baudrate: int = START_RATE,
        **port_options: Unpack[PortOptions],
    ) -> None:
        url = address if port_options.get("port") else link_url(address)
        super().__init__(url, clock, **port_options)
        self.address = self.line.address = address
        self.name, self.version = codes.OTHER
        self.wanted_baudrate = baudrate
        """The next lower one possible is used, from the next `open` on."""
        self.baudrate = START_RATE
        """The rate in use."""
        self.aux_driven: bool | None = None

    def setting(self, name: str) -> Any:
        # The rate wanted may have proved to be too high.
        return self.baudrate if name == BAUDRATE_SETTING else super().setting(name)

    # Opening: is a LINK there, and how fast can we talk?

    def open(self) -> None:
        """Find the LINK or give up, within about a second."""
        with self._finding("LINK"):
            try:
                self._identify(START_RATE)
            except BusError:
                if self.line.fixed_rate:
                    raise
                # It may talk at another rate, or emulate a DS2480B; a break ends both.
                self._start_afresh()
            self._choose_rate()
            if self.aux_driven is not None:
                self.line.write(codes.AUX_COMMANDS[self.aux_driven])

    def close(self) -> None:
        self._listed = None
        if self.line.is_open and self.baudrate != START_RATE:
            with suppress(BusError):
                self.line.send_break()  # others expect it at the rate it starts with
        super().close()

    def _identify(self, rate: int) -> None:
        self.line.set_rate(rate)
        self.baudrate = rate
        # Whoever had it before may have left in the middle of a command.
        self.line.write(codes.END)
        self.line.drain(self._quiet)
        identity = partial(codes.identity, hub=self.line.remote)
        self.name, self.version = self._ask(codes.IDENTIFY, identity)

    def _start_afresh(self) -> None:
        self.line.send_break()
        self._identify(START_RATE)

    def _choose_rate(self) -> None:
        rates = [rate for rate in codes.RATE_COMMANDS if rate <= self.wanted_baudrate]
        rate = max(rates, default=START_RATE)
        if rate == START_RATE or self.line.fixed_rate:
            return
        self.line.write(codes.RATE_COMMANDS[rate])
        self.clock.wait(self._quiet)  # until it is out; a bridge may change its rate at once
        try:
            self._identify(rate)
        except BusError:
            self._start_afresh()

    @property
    def _quiet(self) -> float:
        return REMOTE_QUIET if self.line.remote else QUIET

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

    def power_byte(self, byte: int, seconds: float) -> int:
        command = codes.POWER_BYTE + f"{byte:02X}".encode()
        self._send(command)
        # The characters and the slots have their time; then the line is fed until END.
        characters = len(command) * codes.BITS_PER_CHARACTER / START_RATE
        self.clock.wait(characters + BYTE_TIME + seconds)
        return self._ask(codes.END, partial(codes.data, count=1))[0]

    def list_roms(self, command: int) -> list[RomId]:
        self._ask(codes.CHOOSE_SEARCH[command], partial(codes.confirm_search, command=command))
        roms: list[RomId] = []
        while len(roms) < MAX_LISTED:
            found = self._ask(codes.NEXT if roms else codes.FIRST, codes.found)
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

    @property
    def aux_level(self) -> bool:
        """The level of the auxiliary line, which is let go for that."""
        return self._ask(codes.SENSE_AUX, codes.aux_level)

    # Lines of text to and from the LINK

    def _send(self, command: bytes) -> None:
        self.line.discard()  # of what a hub adds to answers
        self.line.write(command)

    def _ask(self, command: bytes, meaning: Callable[[str], T]) -> T:
        self._send(command)
        answer = codes.line_of(self.line.read_until(b"\n"))
        try:
            return meaning(answer)
        except ValueError as error:
            raise BusError(f"{self.address}: {error}") from error

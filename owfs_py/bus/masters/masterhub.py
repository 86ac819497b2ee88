"""MasterHub of Hobby Boards: several buses behind one USB serial port, or on TCP. Lines of text.

It feeds no parasitic devices.
"""

from __future__ import annotations

from functools import partial
from typing import Unpack

from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.errors import BusError, BusShortError, CommunicationError
from owfs_py.bus.masters.base import ALARM_SEARCH, READ_BYTE
from owfs_py.bus.masters.discovery import BRIDGE_PORT
from owfs_py.bus.masters.listing import (
    AddressingMaster,
    exchange_digits,
    listed,
    rom_digits,
)
from owfs_py.bus.masters.serialmaster import PortOptions
from owfs_py.bus.masters.sharedline import SharingMaster
from owfs_py.bus.rom import RomId

# Commands to the hub, and those that a channel and arguments follow; then END.
SYNC = "s"
LIST_CHANNELS = "a"
NEXT = "N"
RESET = "r"
FIRST = {False: "F", True: "C"}  # alarm search
ADDRESS = "A"
BYTES = "W"
END = "\r"
# Answers: done or refused, then a text, then PROMPT.
DONE, REFUSED = "+", "!"
PROMPT = b"\r\n?"
CHANNELS = "A"  # and a character for each
PRESENCE = {"Presence": True, "No Presence": False}
NOBODY = ("No more devices", "No devices found")

MAX_BLOCK = 60
"""Bytes that one command takes."""
QUIET = 0.05
"""Seconds: so long after the last character nothing more comes."""


class MasterHub(AddressingMaster, SharingMaster):
    """One channel of a MasterHub, by default the first, at a serial port, a URL of pyserial or
    HOST[:PORT]. `channels` tells which it has, once it is open.
    """

    name, version = "MasterHub", 19
    adapter = "MasterHub"
    tcp_port = BRIDGE_PORT

    def __init__(
        self,
        address: str,
        clock: Clock = REAL_CLOCK,
        *,
        channel: str = "",
        beside: MasterHub | None = None,
        **port_options: Unpack[PortOptions],
    ) -> None:
        super().__init__(address, clock, beside=beside, **port_options)
        self.channel = channel
        self.channels = channel

    def _begin(self) -> None:
        # Whoever had the line before may have left in the middle of a command.
        self.line.write(END.encode())
        self.line.drain(QUIET)

    def _find(self) -> None:
        self._ask(SYNC)
        answer = self._ask(LIST_CHANNELS)
        channels = answer.removeprefix(CHANNELS)
        if not answer.startswith(CHANNELS) or not channels.isalnum():
            raise BusError(f"{self.address}: {answer!r} is no list of channels")
        channel = self.channel or channels[0]
        if channel not in channels:
            raise BusError(f"{self.address}: channel {channel!r} is not among {channels!r}")
        self.channel, self.channels = channel, channels
        self.name = f"{MasterHub.name}({channel})"

    # The bus

    def reset(self) -> bool:
        answer = self._command(RESET)
        if answer not in PRESENCE:
            raise BusError(f"{self.address}: {answer!r} is no answer to a reset")
        # It does not tell of a short circuit; but that reads as 0, and an empty line as 1.
        if not PRESENCE[answer] and self.exchange(READ_BYTE) == bytes(1):
            raise BusShortError(f"{self.address}: the 1-Wire line is shorted")
        return PRESENCE[answer]

    def address_device(self, rom: bytes) -> bool:
        if not self.reset():
            return False
        answer = self._talk(f"{ADDRESS}{self.channel}{rom_digits(rom)}")
        if not answer.startswith(DONE):
            raise CommunicationError(f"{self.address}: {answer!r} answers to an address")
        return True

    def exchange(self, data: bytes) -> bytes:
        return exchange_digits(data, MAX_BLOCK, partial(self._command, BYTES), self.address)

    def list_roms(self, command: int) -> list[RomId]:
        first = FIRST[command == ALARM_SEARCH]
        return listed(partial(self._command, first), partial(self._ask, NEXT), NOBODY, self.address)

    # Lines of text

    def _command(self, letter: str, argument: str = "") -> str:
        return self._ask(letter + self.channel + argument)

    def _ask(self, text: str) -> str:
        """The text that answers a command, which must have been done."""
        answer = self._talk(text)
        if not answer.startswith(DONE):
            raise BusError(f"{self.address}: {answer!r} answers to {text!r}")
        return answer.removeprefix(DONE).strip()

    def _talk(self, text: str) -> str:
        self.line.discard()
        self.line.write((text + END).encode())
        return self.line.read_until(PROMPT).removesuffix(PROMPT).decode("latin-1")

"""HA7E and HA7S of Embedded Data Systems: bus masters in ASCII at 9600 bits a second.

Source: HA7E User Manual. They tell neither whether anybody is present nor of a short circuit, and
feed parasitic devices without being told.
"""

from __future__ import annotations

from contextlib import suppress
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
from owfs_py.bus.masters.serialmaster import PortOptions, SerialMaster
from owfs_py.bus.rom import RomId

# Commands that are complete by themselves, and those that END completes. END ends each answer.
RESET = "R"
SEARCHES = {False: ("S", "s"), True: ("C", "c")}  # first and next; alarm search
ADDRESS_AGAIN = "M"
POWER_DOWN = "P"
ADDRESS = "A"
BYTES = "W"
END = "\r"
NO_MORE = ""  # the answer to a search that has come to its end

MAX_BLOCK = 32
"""Bytes that one command takes."""
QUIET = 0.05
"""Seconds: so long after the last character nothing more comes."""


class HA7E(AddressingMaster, SerialMaster):
    """An HA7E or HA7S at a serial port, a URL of pyserial, or HOST[:PORT] of a bridge to one."""

    name, version = "HA7E/S", 24
    tcp_port = BRIDGE_PORT

    def __init__(
        self, address: str, clock: Clock = REAL_CLOCK, **port_options: Unpack[PortOptions]
    ) -> None:
        super().__init__(address, clock, **port_options)
        self._is_found = False
        self._addressed = b""
        """Whom it can address again without being told the id; empty if that is not certain."""

    def open(self) -> None:
        """Find the adapter or give up, within half a second."""
        self._addressed = b""
        with self._finding("HA7E or HA7S"):
            # Whoever had it before may have left in the middle of a command, and it may be asleep.
            self._send(END)
            self.line.drain(QUIET)
            # Many things answer a letter with an empty line, but not slots with digits.
            self.reset()
            self.exchange(READ_BYTE)
            self._is_found = True

    def close(self) -> None:
        """Also tells the adapter that it may save power."""
        if self._is_found:
            with suppress(BusError):
                self._send(POWER_DOWN)
        self._is_found = False
        super().close()

    # The bus

    def reset(self) -> bool:
        """Always True: it tells no more than that it did so."""
        answer = self._ask(RESET)
        if answer:
            raise BusError(f"{self.address}: {answer!r} is no answer to a reset")
        return True

    def address_device(self, rom: bytes) -> bool:
        digits, again = rom_digits(rom), rom == self._addressed
        self._addressed = b""
        answer = self._ask(ADDRESS_AGAIN if again else f"{ADDRESS}{digits}{END}")
        if answer.upper() != digits:
            raise CommunicationError(f"{self.address}: {answer!r} answers to address {digits}")
        self._addressed = rom
        return True

    def exchange(self, data: bytes) -> bytes:
        return exchange_digits(data, MAX_BLOCK, self._write_block, self.address)

    def _write_block(self, digits: str) -> str:
        return self._ask(f"{BYTES}{len(digits) // 2:02X}{digits}{END}")

    def list_roms(self, command: int) -> list[RomId]:
        self._addressed = b""  # now it is who is found
        first, following = SEARCHES[command == ALARM_SEARCH]
        found = listed(
            partial(self._ask, first), partial(self._ask, following), (NO_MORE,), self.address
        )
        # A short circuit looks like an empty line, but reads as 0.
        if not found and self.reset() and self.exchange(READ_BYTE) == bytes(1):
            raise BusShortError(f"{self.address}: the 1-Wire line is shorted")
        return found

    # Characters

    def _ask(self, command: str) -> str:
        self._send(command)
        return self.line.read_until(END.encode()).decode("latin-1").removesuffix(END)

    def _send(self, command: str) -> None:
        self.line.discard()
        self.line.write(command.encode())

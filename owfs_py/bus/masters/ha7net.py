"""HA7Net: the Ethernet bus master of Embedded Data Systems, asked through its web pages.

Source: HA7Net User's Manual and Programmer's Guide. Its pages for single kinds of devices are not
used. It does not tell whether anybody is present, and feeds no parasitic devices. What a page looks
like is in ha7pages.py, how one is found in ha7netfind.py.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.errors import BusError, BusNotRespondingError, BusTimeoutError
from owfs_py.bus.masters.base import ALARM_SEARCH
from owfs_py.bus.masters.discovery import endpoint
from owfs_py.bus.masters.ha7netfind import find
from owfs_py.bus.masters.ha7pages import Dial, LockedError, NoSuchPageError, Pages
from owfs_py.bus.masters.listing import (
    MATCH_ROM,
    MATCH_ROM_SIZE,
    AddressingMaster,
    exchange_digits,
    rom_digits,
    rom_from_digits,
)
from owfs_py.bus.rom import RomId

DEFAULT_PORT = 80
DEFAULT_TIMEOUT = 2.0
"""Seconds without a further byte of an answer."""
MAX_BLOCK = 32
"""Bytes that one WriteBlock takes."""
MAX_SELECTING_BLOCK = MATCH_ROM_SIZE + MAX_BLOCK
"""Bytes with Match ROM and an id at their head, which it takes as Address."""
LOCK_POLL = 0.05
"""Seconds between attempts to get the lock from somebody else."""

Get = Callable[..., dict[str, str]]
"""Gives a command with its parameters; the fields of the page that answers it."""


class HA7Net(AddressingMaster):
    """An HA7Net at HOST[:PORT], or the first that answers a multicast if there is no address.

    A job takes the HA7Net's lock and gives it back, so that other programs can use it in between.
    What is a single command needs no lock, as nobody can come in between.
    """

    name, version = "HA7Net", 22

    def __init__(
        self,
        address: str,
        clock: Clock = REAL_CLOCK,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        dial: Dial = socket.create_connection,
    ) -> None:
        super().__init__(address, clock)
        self._given = endpoint(address, DEFAULT_PORT) if address else None
        self._pages = Pages(address, clock, timeout, dial)
        self._lock = ""
        self._has_locks = True
        self._in_turn = False

    def open(self) -> None:
        """Find it, and try whether it gives its lock."""
        self._pages.endpoint = self._given or find()
        if self._given is None:
            self.address = self._pages.address = "{}:{}".format(*self._pages.endpoint)
        self._has_locks = True
        try:
            self._give_back()  # what a failure has left
            self._take_lock()
            self._give_back()
        except BusError as error:
            self.close()
            reason = str(error).removeprefix(f"{self.address}: ")
            raise BusNotRespondingError(f"{self.address}: no HA7Net: {reason}") from error

    def close(self) -> None:
        self._pages.endpoint = None
        self._listed = None

    def set_timeout(self, kind: str, seconds: float) -> None:
        if kind == "network":
            self._pages.timeout = seconds + 1  # as owserver does over networks

    # The lock, which is taken by the first command of a job: many need none

    @contextmanager
    def turn(self) -> Iterator[None]:
        self._in_turn = answers = True
        try:
            yield
        except BusTimeoutError:
            answers = False
            raise
        finally:
            self._in_turn = False
            if answers:
                # What cannot be given back is for `open`, or the next job; some time it ends.
                with suppress(BusError):
                    self._give_back()

    def _take_lock(self) -> None:
        give_up = self.clock.now() + self._pages.timeout
        while True:
            try:
                self._lock = self._pages.ask("GetLock", {}).get("LockID_0", "")
            except NoSuchPageError:
                self._lock = ""
            except LockedError:
                if self.clock.now() >= give_up:
                    raise
                self.clock.wait(LOCK_POLL)
                continue
            self._has_locks = bool(self._lock)
            return

    def _give_back(self) -> None:
        if self._lock:
            with suppress(LockedError):  # it ended by itself, and somebody else has one
                self._pages.ask("ReleaseLock", {"LockID": self._lock})
            self._lock = ""

    # The bus

    def reset(self) -> bool:
        """Always True: it tells no more than that it did so."""
        self._get("Reset")
        return True

    def address_device(self, rom: bytes) -> bool:
        self._get("AddressDevice", Address=rom_digits(rom))
        return True

    def exchange(self, data: bytes) -> bytes:
        return self._write(self._get, data)

    def reset_exchange(self, data: bytes) -> bytes | None:
        if not _selects(data):
            return super().reset_exchange(data)
        first, rest = data[:MAX_SELECTING_BLOCK], data[MAX_SELECTING_BLOCK:]
        return self._select_and_write(self._get, first) + self.exchange(rest)

    def transact(self, data: bytes) -> bytes | None:
        if _selects(data) and len(data) <= MAX_SELECTING_BLOCK:
            return self._select_and_write(self._get_single, data)
        return self.reset_exchange(data)

    def _select_and_write(self, get: Get, data: bytes) -> bytes:
        """Select a device by Match ROM and exchange the rest, in one command of the HA7Net's."""
        head, block = data[:MATCH_ROM_SIZE], data[MATCH_ROM_SIZE:]
        return head + self._write(get, block, Address=rom_digits(head[1:]))

    def _write(self, get: Get, data: bytes, **address: str) -> bytes:
        def write_block(digits: str) -> str:
            fields = get("WriteBlock", **address, Data=digits)
            return fields.get("ResultData_0", "")[: len(digits)]

        return exchange_digits(data, MAX_BLOCK, write_block, self.address)

    def list_roms(self, command: int) -> list[RomId]:
        wanted = {"Conditional": "1"} if command == ALARM_SEARCH else {}
        fields = self._get_single("Search", **wanted)
        return [rom_from_digits(fields[name]) for name in fields if name.startswith("Address_")]

    def _get(self, command: str, **parameters: str) -> dict[str, str]:
        """Give a command on the 1-Wire bus; the fields of the page that answers it."""
        if self._in_turn and self._has_locks and not self._lock:
            self._take_lock()
        if self._lock:
            parameters["LockID"] = self._lock
        return self._pages.ask(command, parameters)

    def _get_single(self, command: str, **parameters: str) -> dict[str, str]:
        """The same for a command that needs no others with it: the lock is taken only if it is
        someone else's now."""
        if not self._lock:
            with suppress(LockedError):
                return self._pages.ask(command, parameters)
        return self._get(command, **parameters)


def _selects(data: bytes) -> bool:
    """Whether a device is selected by Match ROM, and something follows."""
    return len(data) > MATCH_ROM_SIZE and data[0] == MATCH_ROM

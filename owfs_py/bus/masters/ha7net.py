"""HA7Net: the Ethernet bus master of Embedded Data Systems, asked through its web pages.

Source: HA7Net User's Manual and Programmer's Guide. Its pages for single kinds of devices are not
used. It does not tell whether anybody is present, and feeds no parasitic devices.
"""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import NOT_FOUND, OK, HTTPConnection, HTTPException
from urllib.parse import urlencode

from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.errors import (
    BusError,
    BusNotRespondingError,
    BusShortError,
    BusTimeoutError,
)
from owfs_py.bus.masters.base import ALARM_SEARCH
from owfs_py.bus.masters.discovery import Endpoint, ask, endpoint
from owfs_py.bus.masters.listing import AddressingMaster, rom_digits, rom_from_digits
from owfs_py.bus.rom import RomId

log = logging.getLogger(__name__)

Dial = Callable[[Endpoint, float], socket.socket]
"""Connects to an endpoint within so many seconds."""

DEFAULT_PORT = 80
DEFAULT_TIMEOUT = 2.0
"""Seconds without a further byte of an answer."""
MAX_BLOCK = 32
"""Bytes that one WriteBlock takes."""
MAX_PAGE = 1_000_000
PAGE_SECONDS = 10.0
CHUNK = 65536
LOCK_POLL = 0.05
"""Seconds between attempts to get the lock from somebody else."""

# Discovery: "HA" and a command; so is the answer.
MULTICAST: Endpoint = ("224.1.2.3", 4567)
QUESTION = b"HA\x00\x01"
ANSWER = b"HA\x80\x01"
ANSWER_SIZE = 84
ANSWER_PORT = slice(4, 6)
DISCOVERY_SECONDS = 3.0

_INPUT = re.compile(r"<input\b[^>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r'(\w+)\s*=\s*"([^"]*)"')
_END_OF_PAGE = "</html>"


class _LockedError(BusError):
    """Another program has the lock."""


class _NoSuchPageError(BusError):
    """The firmware does not know this command."""


class HA7Net(AddressingMaster):
    """An HA7Net at HOST[:PORT], or the first that answers a multicast if there is no address.

    A job takes the HA7Net's lock and gives it back, so that other programs can use it in between.
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
        self.timeout = timeout
        self._given = endpoint(address, DEFAULT_PORT) if address else None
        self._dial = dial
        self._endpoint: Endpoint | None = None
        self._lock = ""
        self._has_locks = True
        self._in_turn = False

    def open(self) -> None:
        """Find it, and try whether it gives its lock."""
        self._endpoint = self._given or find()
        if self._given is None:
            self.address = "{}:{}".format(*self._endpoint)
        self._has_locks = True
        try:
            self._take_lock()
            self._give_back()
        except BusError as error:
            self.close()
            reason = str(error).removeprefix(f"{self.address}: ")
            raise BusNotRespondingError(f"{self.address}: no HA7Net: {reason}") from error

    def close(self) -> None:
        self._endpoint = None
        self._listed = None

    def set_timeout(self, kind: str, seconds: float) -> None:
        if kind == "network":
            self.timeout = seconds + 1  # as owserver does over networks

    # The lock, which is taken by the first command of a job: many need none

    @contextmanager
    def turn(self) -> Iterator[None]:
        self._in_turn = True
        try:
            yield
        finally:
            self._in_turn = False
            self._give_back()

    def _take_lock(self) -> None:
        give_up = self.clock.now() + self.timeout
        while True:
            try:
                self._lock = self._fields("GetLock", {}).get("LockID_0", "")
            except _NoSuchPageError:
                self._lock = ""
            except _LockedError:
                if self.clock.now() >= give_up:
                    raise
                self.clock.wait(LOCK_POLL)
                continue
            self._has_locks = bool(self._lock)
            return

    def _give_back(self) -> None:
        lock, self._lock = self._lock, ""
        if lock:
            # It ends by itself some time after it was last used.
            with suppress(BusError):
                self._fields("ReleaseLock", {"LockID": lock})

    # The bus

    def reset(self) -> bool:
        """Always True: it tells no more than that it did so."""
        self._get("Reset")
        return True

    def address_device(self, rom: bytes) -> bool:
        self._get("AddressDevice", Address=rom_digits(rom))
        return True

    def exchange(self, data: bytes) -> bytes:
        back = b""
        for start in range(0, len(data), MAX_BLOCK):
            block = data[start : start + MAX_BLOCK]
            result = self._get("WriteBlock", Data=block.hex().upper()).get("ResultData_0", "")
            try:
                answer = bytes.fromhex(result)[: len(block)]
            except ValueError:
                answer = b""
            if len(answer) != len(block):
                raise BusError(f"{self.address}: {result!r} is no answer to {len(block)} bytes")
            back += answer
        return back

    def list_roms(self, command: int) -> list[RomId]:
        wanted = {"Conditional": "1"} if command == ALARM_SEARCH else {}
        fields = self._get("Search", **wanted)
        return [rom_from_digits(fields[name]) for name in fields if name.startswith("Address_")]

    # Pages

    def _get(self, command: str, **parameters: str) -> dict[str, str]:
        """Give a command on the 1-Wire bus; the fields of the page that answers it."""
        if self._in_turn and self._has_locks and not self._lock:
            self._take_lock()
        if self._lock:
            parameters["LockID"] = self._lock
        return self._fields(command, parameters)

    def _fields(self, command: str, parameters: dict[str, str]) -> dict[str, str]:
        """The fields of a page, by their names; BusError if it tells of an exception."""
        query = f"?{urlencode(parameters)}" if parameters else ""
        page = self._page(f"/1Wire/{command}.html{query}")
        fields = {}
        for tag in _INPUT.findall(page):
            attributes = {name.lower(): value for name, value in _ATTRIBUTE.findall(tag)}
            if "name" in attributes:
                fields[attributes["name"]] = attributes.get("value", "")
        self._raise_exception(command, fields)
        return fields

    def _raise_exception(self, command: str, fields: dict[str, str]) -> None:
        if fields.get("Exception_Code_0", "0") in ("", "0"):
            return
        text = fields.get("Exception_String_0", "")
        message = f"{self.address}: {command}: {text or 'exception'}"
        if "short" in text.lower():
            raise BusShortError(message)
        raise (_LockedError if "lock" in text.lower() else BusError)(message)

    def _page(self, path: str) -> str:
        """A page as text. Its connection is its own: the HA7Net closes it after the answer."""
        if self._endpoint is None:
            raise BusError(f"{self.address}: not open")
        connection = HTTPConnection(*self._endpoint)
        try:
            connection.sock = self._dial(self._endpoint, self.timeout)
            connection.request("GET", path, headers={"Connection": "close"})
            return self._read(connection, path)
        except TimeoutError as error:
            raise BusTimeoutError(
                f"{self.address}: no answer to {path} within {self.timeout:g} s"
            ) from error
        except (OSError, HTTPException) as error:
            raise BusError(f"{self.address}: {path}: {error or type(error).__name__}") from error
        finally:
            connection.close()

    def _read(self, connection: HTTPConnection, path: str) -> str:
        give_up = self.clock.now() + PAGE_SECONDS
        response = connection.getresponse()
        if response.status == NOT_FOUND:
            raise _NoSuchPageError(f"{self.address}: no page {path}")
        if response.status != OK:
            raise HTTPException(f"status {response.status} {response.reason}")
        body = b""
        while chunk := response.read1(CHUNK):
            body += chunk
            if len(body) > MAX_PAGE or self.clock.now() > give_up:
                raise HTTPException("the page does not end")
        page = body.decode("latin-1")
        if response.length or _END_OF_PAGE not in page.lower():
            raise HTTPException("the end of the page is missing")
        return page


def find() -> Endpoint:
    """The first HA7Net that answers a multicast. Raises BusNotRespondingError."""
    found = next(units(), None)
    if found is None:
        raise BusNotRespondingError("no HA7Net answers on this network")
    log.info("HA7Net found at %s:%d", *found)
    return found


def units() -> Iterator[Endpoint]:
    """Every HA7Net that answers a multicast, as they do. Raises BusNotRespondingError."""
    try:
        for answer, host in ask(QUESTION, MULTICAST, DISCOVERY_SECONDS):
            port = int.from_bytes(answer[ANSWER_PORT], "big")
            if len(answer) == ANSWER_SIZE and answer.startswith(ANSWER) and port:
                yield host, port
    except OSError as error:
        raise BusNotRespondingError(f"cannot look for an HA7Net: {error}") from error

"""The web pages of an HA7Net: fetched, and taken apart into the fields of their forms.

Which commands there are and what they do to a 1-Wire bus is in ha7net.py.
"""

from __future__ import annotations

import io
import re
import socket
from collections.abc import Callable, Mapping
from http.client import NOT_FOUND, OK, HTTPConnection, HTTPException
from typing import cast
from urllib.parse import urlencode

from owfs_py.bus.clock import Clock
from owfs_py.bus.errors import BusError, BusShortError, BusTimeoutError
from owfs_py.bus.masters.discovery import Endpoint
from owfs_py.bus.masters.opening import why_not

Dial = Callable[[Endpoint, float], socket.socket]
"""Connects to an endpoint within so many seconds."""

MAX_PAGE = 1_000_000
PAGE_SECONDS = 5.0
"""A page is given up so long after the time-out for its first byte, however it trickles in."""
CHUNK = 65536

_INPUT = re.compile(r"<input\b[^>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r'(\w+)\s*=\s*"([^"]*)"')
_END_OF_PAGE = "</html>"


class LockedError(BusError):
    """Another program has the lock."""


class NoSuchPageError(BusError):
    """The firmware does not know this command."""


class _Connection:
    """What http.client uses of a socket, all of it together within some time.

    `connected` alone would allow that time for each byte anew. `timeout` is in seconds, for one
    that does not come at all.
    """

    def __init__(
        self, address: str, connected: socket.socket, clock: Clock, timeout: float
    ) -> None:
        self._address = address
        self._socket = connected
        self._clock = clock
        self._timeout = timeout
        self._give_up = clock.now() + timeout + PAGE_SECONDS

    def sendall(self, data: bytes) -> None:
        self._socket.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Incoming(self))

    def recv_into(self, buffer: memoryview) -> int:
        left = self._give_up - self._clock.now()
        if left > 0:
            self._socket.settimeout(min(left, self._timeout))
            try:
                return self._socket.recv_into(buffer)
            except TimeoutError:
                if left > self._timeout:
                    raise
        raise BusTimeoutError(f"{self._address}: the page does not end")

    def close(self) -> None:
        self._socket.close()


class _Incoming(io.RawIOBase):
    """What comes on a connection, to be buffered."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # that is what it is
        return self._connection.recv_into(buffer)


class Pages:
    """The pages of the HA7Net at `endpoint`, which errors call by its `address`.

    `timeout` is in seconds, without a further byte of a page.
    """

    def __init__(self, address: str, clock: Clock, timeout: float, dial: Dial) -> None:
        self.address = address
        self.timeout = timeout
        self.dial = dial
        self.endpoint: Endpoint | None = None
        """None while it is not open."""
        self._clock = clock

    def ask(self, command: str, parameters: Mapping[str, str]) -> dict[str, str]:
        """Give a command; the fields of the page that answers it, by their names.

        Raises BusError: of this module if it may not be given, BusShortError, BusTimeoutError.
        """
        query = f"?{urlencode(parameters)}" if parameters else ""
        fields = fields_of(self._page(f"/1Wire/{command}.html{query}"))
        error = exception_in(fields, f"{self.address}: {command}")
        if error is not None:
            raise error
        return fields

    def _page(self, path: str) -> str:
        """A page as text. Its connection is its own: the HA7Net closes it after the answer."""
        if self.endpoint is None:
            raise BusError(f"{self.address}: not open")
        connection = HTTPConnection(*self.endpoint)
        try:
            connection.sock = cast(socket.socket, self._dial(self.endpoint))
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

    def _dial(self, endpoint: Endpoint) -> _Connection:
        try:
            connected = self.dial(endpoint, self.timeout)
            return _Connection(self.address, connected, self._clock, self.timeout)
        except TimeoutError:
            raise
        except OSError as error:
            raise BusError(f"{self.address}: cannot be reached: {why_not(error)}") from error

    def _read(self, connection: HTTPConnection, path: str) -> str:
        response = connection.getresponse()
        if response.status == NOT_FOUND:
            raise NoSuchPageError(f"{self.address}: no page {path}")
        if response.status != OK:
            raise HTTPException(f"status {response.status} {response.reason}")
        body = b""
        while chunk := response.read1(CHUNK):
            body += chunk
            if len(body) > MAX_PAGE:
                raise HTTPException("the page does not end")
        page = body.decode("latin-1")
        if response.length or _END_OF_PAGE not in page.lower():
            raise HTTPException("the end of the page is missing")
        return page


def fields_of(page: str) -> dict[str, str]:
    """The values of the form's fields in a page, by their names."""
    fields = {}
    for tag in _INPUT.findall(page):
        attributes = {name.lower(): value for name, value in _ATTRIBUTE.findall(tag)}
        if "name" in attributes:
            fields[attributes["name"]] = attributes.get("value", "")
    return fields


def exception_in(fields: Mapping[str, str], what: str) -> BusError | None:
    """The error that a page tells of, if it does, with `what` was tried in its text."""
    if fields.get("Exception_Code_0", "0") in ("", "0"):
        return None
    text = fields.get("Exception_String_0", "")
    if "short" in text.lower():
        kind: type[BusError] = BusShortError
    else:
        kind = LockedError if "lock" in text.lower() else BusError
    return kind(f"{what}: {text or 'exception'}")

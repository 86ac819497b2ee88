"""A blocking client for any owserver, for programs without an event loop; needs no asyncio.

with ownet.connect("localhost:4304") as ow:
    print(ow.read("/28.000028D70000/temperature"))
"""

from __future__ import annotations

import socket
import threading
from typing import Final, Self, TypeVar

from owfs_py.bus.answers import Listing
from owfs_py.bus.errors import (
    BusError,
    BusNotRespondingError,
    BusTimeoutError,
    OneWireError,
)
from owfs_py.bus.view import DEFAULT_VIEW, View
from owfs_py.ownet import calls
from owfs_py.ownet.address import server_address
from owfs_py.ownet.calls import DEFAULT_TIMEOUT, Call, Exchange
from owfs_py.ownet.messages import DEFAULT_PORT, DEFAULT_SIZE
from owfs_py.ownet.returncodes import UNKNOWN_MESSAGE

T = TypeVar("T")

_CHUNK: Final = 65536


class SyncClient:
    """Talks to one owserver over one connection, kept and renewed as needed.

    Methods, results and errors are those of OwnetClient. Threads may share a client; they take
    turns.
    """

    def __init__(
        self,
        host: str = "localhost",
        port: int = DEFAULT_PORT,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        persistent: bool = True,
    ) -> None:
        self.host = host
        self.port = port
        self.timeout = timeout
        self._persistent = persistent
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self._knows_dirall = True

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    def nop(self) -> None:
        """Ask whether the server is there."""
        self.call(calls.nop())

    def read(
        self, path: str, *, size: int = DEFAULT_SIZE, offset: int = 0, view: View = DEFAULT_VIEW
    ) -> bytes:
        """The value of a property, at most `size` bytes of it from `offset` on."""
        return self.call(calls.read(path, size, offset), view)

    def write(self, path: str, data: bytes, *, offset: int = 0, view: View = DEFAULT_VIEW) -> int:
        """Write a property; returns how many bytes it took. Never sent twice."""
        return self.call(calls.write(path, data, offset), view)

    def dir(self, path: str = "/", *, view: View = DEFAULT_VIEW, slash: bool = False) -> list[str]:
        """The entries of a directory as full paths; `slash` marks those that are directories."""
        return self.listing(path, view=view, slash=slash).entries

    def listing(
        self, path: str = "/", *, view: View = DEFAULT_VIEW, slash: bool = False
    ) -> Listing:
        """A directory with its flags. A server that knows no DIRALL is asked by DIR."""
        if self._knows_dirall or slash:
            try:
                return self.call(calls.dirall(path, slash), view)
            except OneWireError as error:
                if error.code != UNKNOWN_MESSAGE:
                    raise
                self._knows_dirall = False
        return self.call(calls.dir_frames(path), view)

    def present(self, path: str, *, view: View = DEFAULT_VIEW) -> bytes:
        """The ROM id of the path's device, zeros if it has none; PathError if no such path."""
        return self.call(calls.present(path), view)

    def get(
        self,
        path: str,
        *,
        size: int = DEFAULT_SIZE,
        offset: int = 0,
        slash: bool = False,
        view: View = DEFAULT_VIEW,
    ) -> bytes | Listing:
        """The value of a property or the listing of a directory, whichever the path names."""
        return self.call(calls.get(path, size, offset, slash), view)

    def call(self, call: Call[T], view: View = DEFAULT_VIEW) -> T:
        """Make any call of owfs_py.ownet.calls."""
        frame = call.frame(view, persistent=self._persistent)
        with self._lock:
            exchange = self._exchange_again(call, frame) or self._exchange_anew(call, frame)
        return call.finish(exchange, self.address)

    def _exchange_again(self, call: Call[T], frame: bytes) -> Exchange | None:
        """Over the connection that is there; None if it proves to be dead and a new one may try."""
        if self._socket is None:
            return None
        if self._is_stale(self._socket):
            self._drop()
            return None
        exchange = Exchange(call.kind)
        try:
            self._exchange(self._socket, frame, exchange)
        except OSError as error:
            if exchange.started or not call.repeatable:
                raise BusError(f"{self.address} gave no answer: {error}") from error
            return None
        return exchange

    def _exchange_anew(self, call: Call[T], frame: bytes) -> Exchange:
        exchange = Exchange(call.kind)
        try:
            self._exchange(self.open(), frame, exchange)
        except OSError as error:
            raise BusError(f"{self.address} gave no answer: {error}") from error
        return exchange

    def open(self) -> socket.socket:
        """Connect now. Raises BusNotRespondingError; requests do it by themselves."""
        try:
            self._socket = socket.create_connection((self.host, self.port), self.timeout)
        except OSError as error:
            raise BusNotRespondingError(f"{self.address} cannot be reached: {error}") from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._socket

    def _exchange(self, connection: socket.socket, frame: bytes, exchange: Exchange) -> None:
        try:
            connection.sendall(frame)
            while not exchange.done:
                data = connection.recv(_CHUNK)
                if not data:
                    raise ConnectionResetError("closed by the server")
                exchange.feed(data)
        except TimeoutError:
            raise BusTimeoutError(f"{self.address} was silent for {self.timeout:g} s") from None
        finally:
            if not exchange.keeps_connection:
                self._drop()

    def _is_stale(self, connection: socket.socket) -> bool:
        """An idle connection has nothing to say: if it has, it was closed or is out of step."""
        connection.setblocking(False)
        try:
            connection.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True
        finally:
            connection.settimeout(self.timeout)
        return True

    def _drop(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def close(self) -> None:
        """Close the connection. The client may be used again."""
        with self._lock:
            self._drop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def connect(
    address: str = "localhost", *, timeout: float = DEFAULT_TIMEOUT, persistent: bool = True
) -> SyncClient:
    """A client connected to `address`: HOST:PORT, HOST (port 4304) or PORT (on localhost).

    Raises BusNotRespondingError if nobody is there, ValueError if the address makes no sense.
    """
    host, port = server_address(address)
    client = SyncClient(host, port, timeout=timeout, persistent=persistent)
    client.open()
    return client

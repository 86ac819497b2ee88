"""OwnetClient: an asyncio client for any owserver, this one's or 3.2p4.

For programs without an event loop there is sync.py with the same methods.
"""

from __future__ import annotations

import asyncio
from typing import Final, Self, TypeVar, cast

from owfs_py.bus.answers import Listing
from owfs_py.bus.errors import (
    BusError,
    BusNotRespondingError,
    BusTimeoutError,
    ConnectionClosedError,
    OneWireError,
)
from owfs_py.bus.view import DEFAULT_VIEW, View
from owfs_py.ownet import calls
from owfs_py.ownet.calls import DEFAULT_TIMEOUT, Call, Exchange
from owfs_py.ownet.messages import CLIENT_FLAGS, DEFAULT_PORT, DEFAULT_SIZE
from owfs_py.ownet.returncodes import UNKNOWN_MESSAGE

T = TypeVar("T")

MAX_CONNECTING: Final = 16
"""Connections that are being made at the same time; the queue of a server for them is short."""
MAX_IDLE: Final = 4
"""Connections that are kept for later; a server grants 20 to all of its clients together."""


class UnreachableError(BusNotRespondingError):
    """No connection to the server can be made."""


class _Link(asyncio.Protocol):
    """One connection; carries one exchange at a time."""

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._exchange: Exchange | None = None
        self._answered: asyncio.Future[None] | None = None
        self._deadline: asyncio.Timeout | None = None
        self._patience = DEFAULT_TIMEOUT
        self.open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are of no common class
        self.open = True

    def data_received(self, data: bytes) -> None:
        if self._exchange is None or self._answered is None or self._answered.done():
            self.close()  # nothing was asked: whatever this is, it is not to be trusted
            return
        if self._deadline is not None:
            self._deadline.reschedule(asyncio.get_running_loop().time() + self._patience)
        try:
            if self._exchange.feed(data):
                self._answered.set_result(None)
        except BusError as error:
            self._answered.set_exception(error)

    def connection_lost(self, exc: Exception | None) -> None:
        self.open = False
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(ConnectionClosedError(f"closed by the server ({exc})"))

    async def exchange(self, frame: bytes, exchange: Exchange, patience: float) -> None:
        """Send a request and wait for its answer; TimeoutError after `patience` of silence."""
        self._patience = patience
        self._exchange = exchange
        self._answered = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(patience) as self._deadline:
                self._transport.write(frame)
                await self._answered
        finally:
            self._exchange = self._answered = self._deadline = None

    def close(self) -> None:
        self.open = False
        self._transport.abort()


class OwnetClient:
    """Talks to one owserver. Connections are opened when needed, kept, and reused.

    Any number of coroutines may use a client at the same time; each request has a connection of
    its own while it lasts. Errors are those of owfs_py.bus.errors: what the server answered, or
    UnreachableError if it cannot be reached, BusTimeoutError if it is silent for `timeout`
    seconds (keep-alive frames count as life), BusError if it closes without an answer.
    """

    def __init__(
        self,
        host: str = "localhost",
        port: int = DEFAULT_PORT,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        persistent: bool = True,
        max_idle: int = MAX_IDLE,
        base_flags: int = CLIENT_FLAGS,
    ) -> None:
        self.host = host
        self.port = port
        self.timeout = timeout
        self._persistent = persistent
        self._max_idle = max_idle
        self._base_flags = base_flags
        self._idle: list[_Link] = []
        self._knows_dirall = True
        self._connecting = asyncio.Semaphore(MAX_CONNECTING)
        self._failures = 0

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    async def nop(self) -> None:
        """Ask whether the server is there."""
        await self.call(calls.nop())

    async def read(
        self, path: str, *, size: int = DEFAULT_SIZE, offset: int = 0, view: View = DEFAULT_VIEW
    ) -> bytes:
        """The value of a property, at most `size` bytes of it from `offset` on."""
        return await self.call(calls.read(path, size, offset), view)

    async def write(
        self, path: str, data: bytes, *, offset: int = 0, view: View = DEFAULT_VIEW
    ) -> int:
        """Write a property; returns how many bytes it took. Never sent twice."""
        return await self.call(calls.write(path, data, offset), view)

    async def dir(
        self, path: str = "/", *, view: View = DEFAULT_VIEW, slash: bool = False
    ) -> list[str]:
        """The entries of a directory as full paths; `slash` marks those that are directories."""
        return (await self.listing(path, view=view, slash=slash)).entries

    async def listing(
        self, path: str = "/", *, view: View = DEFAULT_VIEW, slash: bool = False
    ) -> Listing:
        """A directory with its flags. A server that knows no DIRALL is asked by DIR."""
        if self._knows_dirall or slash:
            try:
                return await self.call(calls.dirall(path, slash), view)
            except OneWireError as error:
                if error.code != UNKNOWN_MESSAGE:
                    raise
                self._knows_dirall = False
        return await self.call(calls.dir_frames(path), view)

    async def present(self, path: str, *, view: View = DEFAULT_VIEW) -> bytes:
        """The ROM id of the path's device, zeros if it has none; PathError if no such path."""
        return await self.call(calls.present(path), view)

    async def get(
        self,
        path: str,
        *,
        size: int = DEFAULT_SIZE,
        offset: int = 0,
        slash: bool = False,
        view: View = DEFAULT_VIEW,
    ) -> bytes | Listing:
        """The value of a property or the listing of a directory, whichever the path names."""
        return await self.call(calls.get(path, size, offset, slash), view)

    async def call(self, call: Call[T], view: View = DEFAULT_VIEW) -> T:
        """Make any call of owfs_py.ownet.calls."""
        frame = call.frame(view, persistent=self._persistent, base=self._base_flags)
        kept = self._take_idle()
        if kept is not None:
            exchange = Exchange(call.kind)
            try:
                await self._exchange(kept, frame, exchange)
                return call.finish(exchange, self.address)
            except ConnectionClosedError:
                # The server had closed the idle connection and we did not know yet.
                if exchange.started or not call.repeatable:
                    raise
        exchange = Exchange(call.kind)
        await self._exchange(await self._connect(), frame, exchange)
        return call.finish(exchange, self.address)

    def _take_idle(self) -> _Link | None:
        while self._idle:
            link = self._idle.pop()
            if link.open:
                return link
        return None

    async def _connect(self) -> _Link:
        failures = self._failures
        async with self._connecting:
            if failures != self._failures:
                raise UnreachableError(f"{self.address} could not be reached a moment ago")
            try:
                return await self._connect_now()
            except UnreachableError:
                self._failures += 1
                raise

    async def _connect_now(self) -> _Link:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self.timeout):
                _, link = await loop.create_connection(_Link, self.host, self.port)
        except TimeoutError:
            raise UnreachableError(
                f"{self.address} did not accept a connection in {self.timeout:g} s"
            ) from None
        except OSError as error:
            raise UnreachableError(f"{self.address} cannot be reached: {error}") from error
        return link

    async def _exchange(self, link: _Link, frame: bytes, exchange: Exchange) -> None:
        try:
            await link.exchange(frame, exchange, self.timeout)
        except TimeoutError:
            raise BusTimeoutError(f"{self.address} was silent for {self.timeout:g} s") from None
        except ConnectionClosedError as error:
            raise ConnectionClosedError(f"{self.address} gave no answer: {error}") from None
        finally:
            if exchange.keeps_connection and link.open and len(self._idle) < self._max_idle:
                self._idle.append(link)
            else:
                link.close()

    def close(self) -> None:
        """Close the idle connections. The client may be used again."""
        for link in self._idle:
            link.close()
        self._idle.clear()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.close()

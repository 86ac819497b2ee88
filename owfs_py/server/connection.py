"""One client's connection: order, persistence, time-outs, keep-alive frames, back-pressure.

Bytes become requests in owfs_py._wire and requests become answers in answers.py; here is only
when. Every time comes from the event loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final, cast

from owfs_py._wire import FAULT, LAST, MORE, REQUEST, WAITING, AnswerCache, FrameSplitter, Request
from owfs_py.ownet.messages import KEEP_ALIVE
from owfs_py.server.answers import Answerer, Served
from owfs_py.server.settings import ServerSettings

log = logging.getLogger(__name__)

KEEP_ALIVE_INTERVAL: Final = 1.0
"""Seconds between keep-alive frames, and before the first one."""

IDLE_LOOK: Final = 1.0
"""Seconds between looks at an idle connection, at least."""

PIPELINE_LIMIT: Final = 256 * 1024
"""Bytes of requests kept for a busy connection; more than any one request has."""


class Clients:
    """What all connections of a server share, and the count of the persistent ones."""

    def __init__(self, onewire: Served, settings: ServerSettings) -> None:
        self.onewire = onewire
        self.settings = settings
        self.cache: AnswerCache | None = None
        if settings.answer_cache_bytes > 0 and not settings.pingcrazy:
            self.cache = AnswerCache(settings.answer_cache_bytes)
        self.answerer = Answerer(onewire, settings, self.cache)
        self.open: set[Connection] = set()
        self.persistent = 0
        self.stopping = False
        self._was_too_many = False
        self._all_gone = asyncio.Event()
        self._all_gone.set()

    def connection(self) -> Connection:
        """The protocol of a new connection."""
        return Connection(self)

    def add(self, connection: Connection) -> None:
        self.open.add(connection)
        self._all_gone.clear()

    def remove(self, connection: Connection) -> None:
        self.open.discard(connection)
        if not self.open:
            self._all_gone.set()

    def too_many(self) -> bool:
        """Whether more are open than may be; the log is told once, until half of them are gone."""
        limit = self.settings.max_connections
        excess = 0 < limit < len(self.open)
        if excess and not self._was_too_many:
            log.warning("more than %d connections; refused (more files may help: ulimit -n)", limit)
        self._was_too_many = excess or (self._was_too_many and len(self.open) > limit // 2)
        return excess

    def take_persistence(self) -> bool:
        """Grant a persistent connection if there may be one more."""
        settings = self.settings
        if not settings.persistence or self.persistent >= settings.clients_persistent_high:
            return False
        self.persistent += 1
        return True

    async def close(self, grace: float) -> None:
        """Close idle connections now, and those at work after their answer or `grace` seconds."""
        self.stopping = True
        for connection in list(self.open):
            connection.finish()
        try:
            async with asyncio.timeout(grace):
                await self._all_gone.wait()
        except TimeoutError:
            for connection in list(self.open):
                connection.abort()
            await self._all_gone.wait()


class Connection(asyncio.Protocol):
    """Serves one client. States: idle, at work on one request, or closing.

    A client that does not read its answers gets no further ones worked out: what it has sent
    meanwhile is kept up to PIPELINE_LIMIT, then the socket is not read any more.
    """

    __slots__ = (
        "_clients",
        "_closing",
        "_eof",
        "_frames",
        "_keep_alive_timer",
        "_loop",
        "_reading",
        "_since",
        "_timer",
        "_timer_at",
        "_transport",
        "_within_frame",
        "_work",
        "_writable",
    )

    _transport: asyncio.Transport

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._loop = asyncio.get_running_loop()
        self._frames = FrameSplitter(clients.settings.token, clients.cache)
        self._work: asyncio.Task[None] | None = None
        self._keep_alive_timer: asyncio.TimerHandle | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._since = 0.0  # when the present wait for the client began
        self._within_frame = False
        self._reading = True
        self._writable = True
        self._eof = False
        self._closing = False

    # What the transport tells. (It has set TCP_NODELAY: asyncio and uvloop always do.)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are of no common class
        self._clients.add(self)
        allow = self._clients.settings.allow
        if (
            self._clients.stopping
            or self._clients.too_many()
            or (allow and not is_allowed(transport.get_extra_info("peername"), allow))
        ):
            self.abort()
            return
        self._wait_from(self._loop.time())

    def connection_lost(self, exc: Exception | None) -> None:
        self._closing = True
        if self._work is not None:
            self._work.cancel()
        for timer in (self._timer, self._keep_alive_timer):
            if timer is not None:
                timer.cancel()
        self._release_persistence()
        self._clients.remove(self)

    def data_received(self, data: bytes) -> None:
        if self._work is not None or not self._writable or self._closing:
            self._keep(data)
            return
        frames = self._frames
        now = self._loop.time()
        ready = frames.feed(data, now, self._clients.onewire.epoch)
        if ready and frames.status == WAITING and not frames.pending:
            # The usual case, kept short: all that came is answered and the client stays. The
            # timer that runs is early enough (_set_timer) and will look at the time anew.
            self._transport.write(ready)
            self._since = now
            self._within_frame = False
        else:
            self._advance(ready, now)

    def eof_received(self) -> bool:
        # A client may shut its sending side down after its last request; it still gets its
        # answers. One that is gone altogether shows when something is written to it.
        self._eof = True
        return not self._closing and (self._work is not None or not self._writable)

    def pause_writing(self) -> None:
        self._writable = False

    def resume_writing(self) -> None:
        self._writable = True
        if self._work is None and not self._closing:
            self._walk(self._loop.time())

    # What the server asks.

    def finish(self) -> None:
        """Close now if idle, else behind the answer that is being worked out."""
        if self._work is None:
            self._close()

    def abort(self) -> None:
        """Close without another word."""
        self._closing = True
        self._transport.abort()

    # Requests and their answers.

    def _keep(self, data: bytes) -> None:
        """Take what cannot be looked at yet."""
        if self._closing:
            return
        self._frames.push(data)
        if self._frames.pending > PIPELINE_LIMIT:
            self._reading = False
            self._transport.pause_reading()

    def _walk(self, now: float) -> None:
        self._advance(self._frames.walk(now, self._clients.onewire.epoch), now)
        if not self._reading and self._frames.pending <= PIPELINE_LIMIT and not self._closing:
            self._reading = True
            self._transport.resume_reading()

    def _advance(self, ready: bytes, now: float) -> None:
        """Send the answers that a walk found, and see why it ended."""
        frames = self._frames
        if ready:
            self._transport.write(ready)
        while frames.status == MORE and self._writable:
            self._transport.write(frames.walk(now, self._clients.onewire.epoch))
        if frames.status == REQUEST:
            assert frames.request is not None
            self._begin(frames.request, now)
        elif frames.status == MORE:
            self._wait_from(now)  # goes on when the client has read some
        elif frames.status in (LAST, FAULT) or self._eof:
            self._close()
        else:
            within_frame = frames.pending > 0
            # A frame that trickles in has to be complete in time from its first byte on.
            if ready or not (within_frame and self._within_frame):
                self._within_frame = within_frame
                self._wait_from(now)

    def _begin(self, request: Request, now: float) -> None:
        self._within_frame = False
        granted = self._grant(request)
        self._work = self._loop.create_task(self._answer(request, granted))
        self._keep_alive_timer = self._loop.call_at(now + KEEP_ALIVE_INTERVAL, self._keep_alive)

    async def _answer(self, request: Request, granted: bool) -> None:
        try:
            answer = await self._clients.answerer.answer(request, granted)
        finally:
            self._work = None
            if self._keep_alive_timer is not None:
                self._keep_alive_timer.cancel()
                self._keep_alive_timer = None
        if self._closing:
            return
        self._transport.write(answer)
        if not granted or self._clients.stopping:
            self._close()
        elif self._writable:
            now = self._loop.time()
            self._since = now
            self._walk(now)
        else:
            self._wait_from(self._loop.time())

    def _keep_alive(self) -> None:
        if self._writable:
            self._transport.write(KEEP_ALIVE)
        self._keep_alive_timer = self._loop.call_later(KEEP_ALIVE_INTERVAL, self._keep_alive)

    # Persistence and the end.

    def _grant(self, request: Request) -> bool:
        """Decide on persistence; without it this request is the last one."""
        if not request.persistence:
            self._release_persistence()
            return False
        if not self._frames.persistent:
            self._frames.persistent = self._clients.take_persistence()
        return self._frames.persistent

    def _release_persistence(self) -> None:
        if self._frames.persistent:
            self._frames.persistent = False
            self._clients.persistent -= 1

    def _close(self) -> None:
        """Send what is written and close; a client that does not take it is cut off in time."""
        self._closing = True
        self._release_persistence()
        self._transport.close()
        self._wait_from(self._loop.time())

    # Waiting for the client: one timer, moved only when it is due or would be too late.

    def _wait_from(self, now: float) -> None:
        self._since = now
        due = now + self._patience()
        if self._timer is None:
            self._set_timer(due, now)
        elif due < self._timer_at:
            self._timer.cancel()
            self._set_timer(due, now)

    def _set_timer(self, due: float, now: float) -> None:
        # Never later than an idle connection may first have to be closed: so a request needs no
        # new timer, and connections that were few when they fell idle may be too many by then.
        look = max(self._clients.settings.timeout_persistent_low, IDLE_LOOK)
        self._timer_at = min(due, now + look)
        self._timer = self._loop.call_at(self._timer_at, self._due)

    def _due(self) -> None:
        self._timer = None
        if self._work is not None:
            return  # the answer will start a new wait
        due = self._since + self._patience()
        now = self._loop.time()
        if now < due:
            self._set_timer(due, now)
        elif self._closing or not self._writable:
            self.abort()
        else:
            self._close()

    def _patience(self) -> float:
        """For how many seconds the client may keep us waiting as things are."""
        settings = self._clients.settings
        if self._closing or not self._frames.persistent:
            return settings.timeout_server
        if not self._writable:
            return settings.timeout_persistent_low
        if self._frames.pending:
            return settings.timeout_server
        if self._clients.persistent < settings.clients_persistent_low:
            return max(settings.timeout_persistent_low, settings.timeout_persistent_high)
        return settings.timeout_persistent_low


def is_allowed(peer: object, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    """Whether a socket's peer name is in one of the networks; a local socket always is."""
    if not isinstance(peer, tuple):
        return True
    address = ip_address(peer[0].partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in networks)

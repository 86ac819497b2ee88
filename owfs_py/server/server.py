"""Server: a OneWire served to the network, from start to stop.

Options, signals and the life of a daemon are elsewhere.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import Final, Self

from owfs_py.ownet.address import NetAddress
from owfs_py.server.answers import Served
from owfs_py.server.connection import Clients
from owfs_py.server.listener import open_sockets
from owfs_py.server.settings import ServerSettings

log = logging.getLogger(__name__)

STOP_GRACE: Final = 0.5
"""Seconds that requests in work are given to end when the server stops."""


class Server:
    """Serves `onewire` on the sockets that the settings name; usable as a context manager."""

    def __init__(self, onewire: Served, settings: ServerSettings | None = None) -> None:
        self.settings = settings if settings is not None else ServerSettings()
        self.clients = Clients(onewire, self.settings)
        self._listeners: list[asyncio.Server] = []

    async def start(self) -> None:
        """Listen. OSError if no socket can be opened, ValueError for a senseless address."""
        loop = asyncio.get_running_loop()
        for listener in await open_sockets(self.settings):
            server = await loop.create_server(
                self.clients.connection, sock=listener, backlog=socket.SOMAXCONN
            )
            self._listeners.append(server)
        where = (str(NetAddress(host, port)) for host, port in self.addresses)
        log.info("listening on %s", ", ".join(where))

    @property
    def socket_count(self) -> int:
        """How many sockets listen, of any kind."""
        return sum(len(server.sockets) for server in self._listeners)

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Host and port of every listening internet socket."""
        names = [s.getsockname() for server in self._listeners for s in server.sockets]
        return [(name[0], name[1]) for name in names if isinstance(name, tuple)]

    @property
    def port(self) -> int:
        """The port of the first one."""
        return self.addresses[0][1]

    async def stop(self) -> None:
        """Listen no more, close idle connections at once and the others within STOP_GRACE."""
        for server in self._listeners:
            server.close()
        self._listeners.clear()
        await self.clients.close(STOP_GRACE)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()

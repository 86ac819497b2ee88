"""RemoteBus: a bus that is another owserver, reached over the network (chaining).

Requests go up as they came, with this server's token; which of them is for upstream.py of the
library to decide. Here are only the way there and what happens when it is blocked.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from owfs_py.bus.aliases import Aliases
from owfs_py.bus.answers import Listing, Reading
from owfs_py.bus.cache import Cache
from owfs_py.bus.errors import (
    BusError,
    BusNotRespondingError,
    BusTimeoutError,
    OneWireError,
)
from owfs_py.bus.relay import Relay
from owfs_py.bus.view import DEFAULT_VIEW, View
from owfs_py.ownet import calls
from owfs_py.ownet.address import server_address
from owfs_py.ownet.client import OwnetClient, UnreachableError
from owfs_py.ownet.messages import Flag, new_token

log = logging.getLogger(__name__)

DEFAULT_NETWORK_TIMEOUT: Final = 1.0
KEEP_ALIVE_INTERVAL: Final = 1.0
"""Seconds between the signs of life of a server at work; so much longer it may be silent."""
RETRY: Final = 0.5
"""Seconds between attempts to reach a lost server."""


class RemoteBus(Relay):
    """One owserver behind this one. `address` is HOST:PORT, HOST: or PORT.

    `token` are the 16 bytes by which this server knows a message that comes back to it: they go
    with every message, behind those that it came with. `timeout` is --timeout_network in seconds.
    `safe_mode` sets a bit in the flags of every message that asks for reading only.
    Errors are what the other server answered, or BusNotRespondingError (at once while it is
    known to be missing), BusTimeoutError, BusError if it closes the connection without an answer,
    as it does in a loop. Raises ValueError for an address that makes no sense.
    """

    kind = "tcp"
    version = 9

    def __init__(
        self,
        number: int,
        address: str,
        cache: Cache,
        aliases: Aliases,
        *,
        token: bytes | None = None,
        timeout: float = DEFAULT_NETWORK_TIMEOUT,
        persistent: bool = True,
        safe_mode: bool = False,
    ) -> None:
        super().__init__(number, address, cache, aliases)
        self._token = new_token() if token is None else token
        host, port = server_address(address)
        self._client = OwnetClient(
            host,
            port,
            timeout=timeout + KEEP_ALIVE_INTERVAL,
            persistent=persistent,
            base_flags=int(Flag.OWNET | (Flag.SAFE_MODE if safe_mode else 0)),
        )
        self._trouble: OneWireError | None = None
        self._looking: asyncio.Task[None] | None = None

    # Life and death of the other server

    async def start(self) -> None:
        if await self._look():
            log.info("%s: found", self.name)
        else:
            self.counts.open_errors += 1
            self._look_again()

    async def stop(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
        self._client.close()

    async def reopen(self) -> None:
        self.counts.reconnects += 1
        self._client.close()
        if self._looking is None and not await self._look():
            self._look_again()

    @property
    def is_lost(self) -> bool:
        return self._trouble is not None

    @property
    def is_doubted(self) -> bool:
        return self._looking is not None

    def set_timeout(self, kind: str, seconds: int) -> None:
        if kind == "network":
            self._client.timeout = seconds + KEEP_ALIVE_INTERVAL

    async def _look(self) -> bool:
        """Whether the server is there; from now on nobody else has to find out."""
        try:
            await self._client.call(calls.nop(), self._signed(DEFAULT_VIEW))
        except BusError as error:
            self._lost(error)
            return False
        except OneWireError as error:
            log.debug("%s: %s", self.name, error)  # it does not know this message, but it is there
        if self._trouble is not None:
            self.counts.reconnects += 1
            log.warning("%s: is back", self.name)
        self._trouble = None
        return True

    def _lost(self, error: BusError) -> None:
        if self._trouble is None:
            log.error("%s: %s; looking for it again until it is back", self.name, self.told(error))
        self._trouble = error

    def _look_again(self) -> None:
        if self._looking is None:
            self._looking = asyncio.ensure_future(self._keep_looking())

    async def _keep_looking(self) -> None:
        self._client.close()
        while not await self._look():
            self.counts.reconnect_errors += 1
            await asyncio.sleep(RETRY)
        self._looking = None

    @contextmanager
    def _noticing(self) -> Iterator[None]:
        """Around each request: none while the server is missing, and notice when it is."""
        if self._trouble is not None:
            raise BusNotRespondingError(f"{self.name}: {self._trouble}")
        try:
            yield
        except UnreachableError as error:
            self.counts.network_connection_errors += 1
            self._lost(error)
            self._look_again()
            raise
        except BusTimeoutError:
            # Perhaps only this request is beyond it: ask before anybody else is refused.
            self.counts.timeouts += 1
            self.counts.network_read_errors += 1
            self._look_again()
            raise

    # Requests

    def _signed(self, view: View, bus_list: bool = False) -> View:
        return replace(view, bus_list=bus_list, tokens=(*view.tokens, self._token))

    async def forward_read(self, path: str, size: int, offset: int, view: View) -> Reading:
        with self._noticing():
            view = self._signed(view)
            return Reading(await self._client.read(path, size=size, offset=offset, view=view), 0.0)

    async def forward_write(self, path: str, data: bytes, offset: int, view: View) -> int:
        with self._noticing():
            return await self._client.write(path, data, offset=offset, view=self._signed(view))

    async def forward_dir(self, path: str, view: View, slash: bool) -> Listing:
        with self._noticing():
            view = self._signed(view, view.bus_list)
            return await self._client.listing(path, view=view, slash=slash)

    async def forward_present(self, path: str, view: View) -> bytes:
        with self._noticing():
            return await self._client.present(path, view=self._signed(view))

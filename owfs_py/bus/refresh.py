"""Renewing what clients keep asking for, before its time is over: one sweep at a time a server.

A value that was not asked for since it was last renewed is let go, so that nobody is troubled
for nothing more than once. How values are kept and asked for is in buffer.py.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from owfs_py.bus.errors import BusError, OneWireError
from owfs_py.bus.view import View

if TYPE_CHECKING:
    from owfs_py.bus.buffer import Buffer

log = logging.getLogger(__name__)

TICK: Final = 1.0
"""Seconds between looks at what is due."""
LEAD: Final = 1 / 3
"""The part of a lifetime before its end in which a value is renewed."""
WIDTH: Final = 4
"""Requests of a sweep that are under way at the same time."""
MAX_WATCHED: Final = 1024
"""Values behind one server that are renewed; of more than that only the first."""


@dataclass(slots=True)
class _Watched:
    path: str
    view: View
    until: float
    is_temperature: bool
    is_asked: bool = False
    """Since it was last renewed."""
    is_renewed: bool = False
    """And nobody has asked for it since."""


class Refresher:
    """The sweeps of one buffer."""

    def __init__(self, buffer: Buffer) -> None:
        self._buffer = buffer
        self._watched: dict[Hashable, _Watched] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; in the running loop."""
        self._task = asyncio.ensure_future(self._keep_sweeping())
        self._task.add_done_callback(self._ended)

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        fault = None if task.cancelled() else task.exception()
        if fault is not None:
            log.error("%s: nothing is renewed any more", self._buffer.name, exc_info=fault)

    def __len__(self) -> int:
        return len(self._watched)

    def asked(self, key: Hashable) -> None:
        """A client asked for the value under `key` and got what was kept."""
        watched = self._watched.get(key)
        if watched is None:
            return
        watched.is_asked = True
        if watched.is_renewed:
            watched.is_renewed = False
            self._buffer.buffered.renewed_asked += 1

    def kept(
        self, key: Hashable, path: str, view: View, until: float, *, is_temperature: bool
    ) -> None:
        """A value is kept under `key` until then."""
        watched = self._watched.get(key)
        if watched is not None:
            watched.until = until
        elif len(self._watched) < MAX_WATCHED:
            view = replace(view, tokens=(), uncached=False)
            self._watched[key] = _Watched(path, view, until, is_temperature)

    async def _keep_sweeping(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            if not self._buffer.is_lost:
                with suppress(BusError):  # it is lost now, or will be looked for soon
                    await self.sweep()

    async def sweep(self) -> None:
        """Renew what is due. Raises BusError if the other server does not answer."""
        now = self._buffer.cache.clock.now()
        lead = LEAD * self._buffer.cache.timeouts.volatile
        for key in [k for k, w in self._watched.items() if w.until <= now and not w.is_asked]:
            del self._watched[key]
        asked = {key: w for key, w in self._watched.items() if w.is_asked}
        if not any(w.until - lead <= now for w in asked.values()):
            return
        # Those that would be due soon go with them, so that one conversion does for all.
        due = {key: w for key, w in asked.items() if w.until - 2 * lead <= now}
        if any(w.is_temperature for w in due.values()):
            try:
                await self._buffer.command_for_renewal()
            except BusError:
                raise
            except OneWireError as error:
                log.debug("%s: %s", self._buffer.name, error)  # it lets nobody write
        todo = list(due.items())
        workers = [self._renew_each(todo) for _ in range(WIDTH)]
        for failure in await asyncio.gather(*workers, return_exceptions=True):
            if failure is not None:
                raise failure

    async def _renew_each(self, todo: list[tuple[Hashable, _Watched]]) -> None:
        while todo:
            key, watched = todo.pop()
            watched.is_asked = False
            try:
                key_now = await self._buffer.renew(watched.path, watched.view)
            except BusError:
                raise
            except OneWireError:
                self._watched.pop(key, None)  # whoever asks for it will be told
                continue
            if key_now != key:
                self._watched.pop(key, None)  # written meanwhile: another value now
                continue
            watched.is_renewed = True
            self._buffer.buffered.renewed += 1

"""Sought: has the number of a bus whose adapter is yet to be found on the network.

When it is found a bus with its driver takes that number, and this one is forgotten.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from owfs_py.bus.errors import BusError, BusNotRespondingError
from owfs_py.bus.face import Sample
from owfs_py.bus.masters.base import BusMaster
from owfs_py.bus.monitor import Monitor
from owfs_py.bus.properties import Part
from owfs_py.bus.rom import RomId
from owfs_py.bus.tree import Node
from owfs_py.bus.view import DEFAULT_VIEW, View
from owfs_py.bus.wired import RECONNECT_FIRST, RECONNECT_LONGEST

if TYPE_CHECKING:
    from owfs_py.bus.onewire import OneWire

Look = Callable[[], Awaitable[Sequence[BusMaster]]]
"""The drivers of what is found, at least one. Raises BusError if there is nothing."""

PATIENCE = 0.5
"""Seconds that starting takes at most; an adapter that is there mostly answers in less."""


class Sought(Monitor):
    """Looks for an adapter until it is there, and until then is a bus that is lost.

    The first driver that `look` gives gets this number, further ones the next that are free.
    `kind` is the adapter that is looked for, `address` where, as the user gave it.
    """

    def __init__(
        self, onewire: OneWire, look: Look, kind: type[BusMaster], address: str = ""
    ) -> None:
        super().__init__(onewire)
        self._look = look
        self.kind, self.version, self.address = kind.name, kind.version, address

    @property
    def is_lost(self) -> bool:
        return True

    async def start(self) -> None:
        """Returns when it is found, or soon."""
        watching = self._onewire.background.run(self._watch())
        await asyncio.wait({watching}, timeout=PATIENCE)

    async def _watch(self) -> None:
        pause = RECONNECT_FIRST
        while True:
            try:
                with self._guard:
                    found = await self._look()
                break
            except BusError as error:
                self._failed(error)
            await asyncio.sleep(pause)
            pause = min(pause * 2, RECONNECT_LONGEST)
        await self._add(found, self.number)

    def _missing(self) -> BusNotRespondingError:
        return BusNotRespondingError(f"{self.name}: {self.kind} is being looked for")

    async def search(self, *, alarm: bool = False) -> list[RomId]:
        raise self._missing()

    async def has(self, rom: RomId, view: View = DEFAULT_VIEW) -> bool:
        raise self._missing()

    async def sample(self, node: Node, fresh: bool, part: Part | None = None) -> Sample:
        raise self._missing()

    async def store(self, node: Node, value: Any, offset: int = 0) -> None:
        raise self._missing()

"""Monitor: a bus without devices, whose matter it is to add other buses and to take them away.

How it learns which there are is each kind's own.
"""

from __future__ import annotations

import abc
import asyncio
import logging
from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from owfs_py.bus.conversions import Convert
from owfs_py.bus.errors import DeviceGoneError
from owfs_py.bus.face import LocalBus, Sample
from owfs_py.bus.guard import Guard
from owfs_py.bus.masters.base import BusMaster
from owfs_py.bus.properties import Part, Property
from owfs_py.bus.rom import RomId
from owfs_py.bus.tree import Node
from owfs_py.bus.view import DEFAULT_VIEW, View

if TYPE_CHECKING:
    from owfs_py.bus.onewire import OneWire

log = logging.getLogger(__name__)


class Monitor(LocalBus):
    """Takes the next number of `onewire`, lists nothing, and watches from start to stop."""

    def __init__(self, onewire: OneWire) -> None:
        super().__init__(onewire.next_number(), onewire.cache, onewire.changed)
        self._onewire = onewire
        self._trouble = ""
        self._guard = Guard(lambda: self.name)

    @abc.abstractmethod
    async def _watch(self) -> None:
        """Look for buses, until cancelled if need be."""

    async def _add(self, drivers: Sequence[BusMaster], *numbers: int) -> None:
        """Make a bus of each, all of them at once; the first ones take over these numbers."""
        numbered = zip_longest(drivers, numbers)
        buses = [self._onewire.add_master(driver, number) for driver, number in numbered]
        for bus in buses:
            log.info("%s: %s is new", self.name, bus.name)
        await asyncio.gather(*(bus.start() for bus in buses))

    def _failed(self, error: Exception) -> None:
        """Tell why looking failed, aloud only when it did not fail before with the same words."""
        level = logging.DEBUG if str(error) == self._trouble else logging.WARNING
        self._trouble = str(error)
        log.log(level, "%s: %s", self.name, self.told(error))

    async def start(self) -> None:
        self._onewire.background.run(self._watch())

    async def stop(self) -> None:
        """Nothing to do: what runs in the background was stopped before."""

    async def reopen(self) -> None:
        pass

    async def search(self, *, alarm: bool = False) -> list[RomId]:
        return []

    async def has(self, rom: RomId, view: View = DEFAULT_VIEW) -> bool:
        return False

    async def sample(self, node: Node, fresh: bool, part: Part | None = None) -> Sample:
        raise DeviceGoneError(f"{node.rom} is not on {self.name}")

    async def store(self, node: Node, value: Any, offset: int = 0) -> None:
        raise DeviceGoneError(f"{node.rom} is not on {self.name}")

    async def is_visible(self, prop: Property, rom: RomId) -> bool:
        return False

    async def convert_everybody(self, convert: Convert, view: View = DEFAULT_VIEW) -> None:
        pass

    def is_converting(self, lifetime: float) -> bool:
        return False

"""Monitor: a bus without devices, whose matter it is to add other buses and to take them away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from owfs_py.bus.conversions import Convert
from owfs_py.bus.errors import DeviceGoneError
from owfs_py.bus.face import LocalBus, Sample
from owfs_py.bus.properties import Part, Property
from owfs_py.bus.rom import RomId
from owfs_py.bus.tree import Node
from owfs_py.bus.view import DEFAULT_VIEW, View

if TYPE_CHECKING:
    from owfs_py.bus.onewire import OneWire


class Monitor(LocalBus):
    """Takes the next number of `onewire`, lists nothing, and starts and stops looking."""

    def __init__(self, onewire: OneWire) -> None:
        super().__init__(onewire.next_number(), onewire.cache, onewire.changed)
        self._onewire = onewire

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

"""Where devices are: on which bus, as the cache knows it or as all buses are asked at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Iterable, Mapping

from owfs_py.bus.branches import TRUNK, Branch
from owfs_py.bus.cache import Cache, Life
from owfs_py.bus.errors import (
    BusError,
    CommunicationError,
    DeviceGoneError,
    OneWireError,
    PathError,
)
from owfs_py.bus.face import Bus, location_key
from owfs_py.bus.flights import first_answer
from owfs_py.bus.relay import Relay
from owfs_py.bus.rom import RomId
from owfs_py.bus.tree import Node
from owfs_py.bus.view import DEFAULT_VIEW, View


class Locations:
    """The places of the devices of one OneWire. Of views only the tokens matter here."""

    def __init__(
        self, buses: Mapping[int, Bus], cache: Cache, on_change: Callable[[], None]
    ) -> None:
        self._buses = buses
        self._cache = cache
        self._changed = on_change
        self._seeking: set[asyncio.Task[None]] = set()

    async def place(self, node: Node, view: View) -> tuple[Bus | None, float]:
        """The bus that a node belongs to, and until when that holds.

        Raises PathError if the device is on no bus. A path that names its bus is believed.
        """
        if node.sensor:
            return self._home_of(node.sensor), float("inf")
        if node.bus is not None:
            return self._buses[node.bus].behind(node.branch), float("inf")
        if node.rom is not None:
            return await self.locate(node.rom, node.branch, view)
        if node.branch:
            return await self._locate_branch(node.branch, view)
        return None, float("inf")

    def _home_of(self, sensor: str) -> Bus:
        """The bus of a device that has a name instead of a ROM id: it is there without looking."""
        return next(bus for bus in self._buses.values() if sensor in bus.named)

    async def _locate_branch(self, branch: Branch, view: View) -> tuple[Bus, float]:
        """What lies behind the last of these couplers, each of which must be in its place."""
        bus, until = await self.locate(branch[-1].rom, branch[:-1], view)
        return bus.behind(branch), until

    async def locate(
        self, rom: RomId, branch: Branch = TRUNK, view: View = DEFAULT_VIEW
    ) -> tuple[Bus, float]:
        """The bus that a device is on, and until when that is taken for granted.

        With `branch` it is looked for there and nowhere else.
        """
        key = location_key(rom, branch)
        entry = self._cache.get(key)
        if entry is not None and entry.value in self._buses:
            home = self._buses[entry.value]
            if home.is_lost and not branch:
                self._seek(rom, home, view)
            return home.behind(branch), self._cache.until(entry)
        lines: Iterable[Bus] = self._buses.values()
        if branch:
            line, until = await self._locate_branch(branch, view)
            if isinstance(line, Relay):
                return line, until  # who has the coupler knows what is behind it
            lines = [line]
        bus = await self._find(rom, lines, view) or self._lost_home(key)
        if bus is None:
            raise PathError(f"{rom} is on no bus")
        return bus, self._cache.put(key, bus.number, Life.PRESENCE)

    async def _find(self, rom: RomId, buses: Iterable[Bus], view: View) -> Bus | None:
        """The first of `buses` on which `rom` answers now; all are asked at the same time."""

        async def ask(bus: Bus) -> Bus | None:
            return bus if await bus.has(rom, view) else None

        return await first_answer(map(ask, buses))

    def _lost_home(self, key: Hashable) -> Bus | None:
        """Where a device was that is nowhere now, if nobody can ask there."""
        entry = self._cache.last(key)
        bus = None if entry is None else self._buses.get(entry.value)
        return bus if bus is not None and bus.is_lost else None

    def _seek(self, rom: RomId, home: Bus, view: View) -> None:
        """Find out whether a device has moved away from a lost bus; nobody waits for that."""
        key = ("location", rom, "sought")
        if self._cache.get(key) is None:
            self._cache.put(key, True, Life.SECOND)
            task = asyncio.ensure_future(self._seek_elsewhere(rom, home, view))
            self._seeking.add(task)
            task.add_done_callback(self._seeking.discard)

    async def _seek_elsewhere(self, rom: RomId, home: Bus, view: View) -> None:
        found = await self._find(
            rom, [bus for bus in self._buses.values() if bus is not home], view
        )
        if found is not None:
            self._cache.put(location_key(rom), found.number, Life.PRESENCE)
            self._changed()

    async def moved_to(self, node: Node, bus: Bus, view: View, error: OneWireError) -> Bus:
        """The other bus that a device which does not answer has moved to.

        Raises `error` again if the device is there all the same (or its path names the bus),
        DeviceGoneError if it is nowhere.
        """
        rom = node.rom
        assert rom is not None
        if node.bus is not None:
            raise _as_communication_error(error)
        if await bus.has(rom, view):
            raise error
        self._cache.drop(location_key(rom, node.branch))
        self._changed()
        others = [] if node.branch else [one for one in self._buses.values() if one is not bus]
        found = await self._find(rom, others, view)
        if found is None:
            raise DeviceGoneError(f"{rom} was on {bus.name} and does not answer") from error
        self._cache.put(location_key(rom), found.number, Life.PRESENCE)
        return found


def _as_communication_error(error: OneWireError) -> OneWireError:
    # With the bus in the path nobody has asked whether the device exists at all.
    return CommunicationError(str(error)) if isinstance(error, BusError) else error

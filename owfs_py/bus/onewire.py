"""OneWire: buses, cache and aliases behind owserver's paths: read, write, dir, present.

This is the surface for asyncio programs and for the daemon; sync.py has its twin for the others.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from types import TracebackType
from typing import Any, Self, TypeVar

from owfs_py.bus.aliases import Aliases
from owfs_py.bus.answers import Listing, Located, Reading
from owfs_py.bus.branches import TRUNK, Branch
from owfs_py.bus.cache import Cache, Life, Timeouts
from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.directory import Directories
from owfs_py.bus.errors import (
    BusError,
    CommunicationError,
    DeviceGoneError,
    IsDirectoryError,
    NoPresenceError,
    NotSupportedError,
    OneWireError,
    PathError,
    PowerOnValueError,
    ReadOnlyError,
)
from owfs_py.bus.face import Bus, location_key
from owfs_py.bus.families import find_table
from owfs_py.bus.families.catalog import Family
from owfs_py.bus.flights import heard
from owfs_py.bus.host import Host
from owfs_py.bus.masters import open_master
from owfs_py.bus.masters.base import BusMaster
from owfs_py.bus.properties import Property
from owfs_py.bus.rom import RomId
from owfs_py.bus.statistics import Statistics
from owfs_py.bus.text import cut, split_written
from owfs_py.bus.tree import Names, Node, Scope, parse
from owfs_py.bus.view import DEFAULT_VIEW, View
from owfs_py.bus.virtual import Place, virtual_tables
from owfs_py.bus.wired import WiredBus

T = TypeVar("T")
log = logging.getLogger(__name__)

NO_ROM = bytes(8)
MAX_NODES = 4096
"""Parsed paths that are kept; beyond that all are forgotten, which costs only time."""
FULL_SIZE = 65536
"""More than any property has."""


class OneWire:
    """Some 1-Wire buses and everything on them, by path.

    Use it as an asynchronous context manager, or call `start` and `stop`. All methods belong to
    the event loop that it was started in. Errors are the kinds of owfs_py.bus.errors.
    """

    def __init__(
        self,
        *masters: str | BusMaster,
        clock: Clock = REAL_CLOCK,
        timeouts: Timeouts | None = None,
        cache_bytes: int = 0,
        read_only: bool = False,
        uncached: bool = False,
        unaliased: bool = False,
        sharing: bool = True,
        one_device: bool = False,
    ) -> None:
        self.clock = clock
        self.cache = Cache(timeouts, clock, cache_bytes)
        self.aliases = Aliases()
        self.buses: dict[int, Bus] = {}
        self.read_only = read_only
        self.uncached = uncached
        self.unaliased = unaliased
        self.sharing = sharing
        """Whether one conversion may serve all sensors of a bus."""
        self.one_device = one_device
        """Each wired bus has a single device, addressed by Skip ROM, whatever name a path gives."""
        self.view = DEFAULT_VIEW
        """How whoever does not say it otherwise sees values."""
        self.host = Host()
        self.statistics = Statistics(clock.now())
        self.epoch = 0
        """Changes whenever an answer given before may no longer hold."""
        self.directories = Directories(self)
        self._virtual = virtual_tables()
        self._names = Names(
            has_bus=self.buses.__contains__,
            alias=self.aliases.resolve,
            virtual=self._virtual,
            structure=self._structure_table,
        )
        self._nodes: dict[str, Node] = {}
        for master in masters:
            self.add_master(master)

    def add_master(self, master: str | BusMaster) -> WiredBus:
        """Put a bus behind this object, by driver or by URL or path of its bus master.

        Buses are numbered from 0 in the order in which they are added.
        """
        driver = open_master(master, clock=self.clock) if isinstance(master, str) else master
        bus = WiredBus(
            self.next_number(),
            driver,
            self.cache,
            self.aliases,
            self.changed,
            sharing=self.sharing,
            one_device=self.one_device,
        )
        self.add_bus(bus)
        return bus

    def next_number(self) -> int:
        """The number that the next bus must have."""
        return max(self.buses, default=-1) + 1

    def add_bus(self, bus: Bus) -> None:
        """Put any kind of bus behind this object; it has the number of `next_number`."""
        self.buses[bus.number] = bus
        self.changed()

    async def remove_bus(self, number: int) -> None:
        """Take a bus away and stop it; whoever asks it at the moment gets an error."""
        bus = self.buses.pop(number)
        self.cache.clear()
        self.changed()
        await bus.stop()

    async def start(self) -> None:
        """Open all bus masters; those that are missing are waited for in the background."""
        await asyncio.gather(*(bus.start() for bus in self.buses.values()))

    async def stop(self) -> None:
        """Give all bus masters back; whatever runs on a bus comes to its end first."""
        await asyncio.gather(*(bus.stop() for bus in self.buses.values()))

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    def changed(self) -> None:
        """Something was changed: answers given before, and parsed paths, may no longer hold."""
        self.epoch += 1
        self._nodes.clear()

    # The surface

    async def read(
        self, path: str, *, size: int = FULL_SIZE, offset: int = 0, view: View | None = None
    ) -> Reading:
        """The text of a property, from `offset` on, at most `size` bytes of it.

        Raises IsDirectoryError for a directory, PathError for a path that leads nowhere.
        """
        view = view or self.view
        with self.statistics.reading:
            node = self._parse(path)
            place = await self._place(node, view)
            counts = self.statistics.read
            counts.tries += 1
            if node.prop is None:
                raise IsDirectoryError(f"{node.path or '/'} is a directory")
            counts.calls += 1
            reading = await self._read(node, node.prop, place, size, offset, view)
            counts.success += 1
            counts.bytes += len(reading.data)
            return reading

    async def read_value(self, path: str) -> Any:
        """The value of a property as a Python object: °C, mbar, whole numbers, bool, text, bytes,
        seconds since 1970; a list for `.ALL`."""
        node = self._parse(path)
        if node.prop is None:
            raise IsDirectoryError(f"{path} is a directory")
        if node.scope is Scope.STRUCTURE:
            return node.prop.structure_row(node.index)
        bus, _ = await self._place(node, self.view)
        fresh = self._is_fresh(node, self.view)
        if node.rom is None:
            return await self._read_virtual(node.prop, node, Place(self, bus, self.view, fresh))
        return await self._try_buses(node, bus, lambda bus: bus.read_value(node, fresh))

    async def write(
        self, path: str, data: bytes, *, offset: int = 0, view: View | None = None
    ) -> int:
        """Write the text of a property; the number of bytes taken.

        What was written to a chip has been read back or is reported as failed.
        """
        view = view or self.view
        with self.statistics.writing:
            node = self._parse(path)
            bus, _ = await self._place(node, view)
            if self.read_only:
                raise ReadOnlyError("this server is read-only")
            if node.prop is None:
                raise IsDirectoryError(f"{path} is a directory")
            counts = self.statistics.write
            counts.calls += 1
            _, taken = split_written(node.prop, node.index, data, offset, view)
            if node.scope is Scope.STRUCTURE or "w" not in node.prop.access:
                if bus is not None and node.rom is not None:
                    await bus.write_refused(node, data, offset, view)
                raise NotSupportedError(f"{path} cannot be written")
            # A client that goes away must not leave half a write behind.
            writing = asyncio.ensure_future(self._write(node, bus, data, offset, view))
            writing.add_done_callback(heard)
            await asyncio.shield(writing)
            counts.success += 1
            counts.bytes += taken
            return taken

    async def dir(self, path: str, *, view: View | None = None, slash: bool = False) -> Listing:
        """The entries of a directory as full paths; with `slash`, directories end in one."""
        view = view or self.view
        with self.statistics.listing:
            node = self._parse(path)
            bus, until = await self._place(node, view)
            return await self.directories.listing(node, bus, until, view, slash)

    async def get(
        self,
        path: str,
        *,
        size: int = FULL_SIZE,
        offset: int = 0,
        slash: bool = False,
        view: View | None = None,
    ) -> Reading | Listing:
        """The listing of a directory, the text of a property."""
        if self._is_directory(path):
            return await self.dir(path, slash=slash, view=view)
        return await self.read(path, size=size, offset=offset, view=view)

    def _is_directory(self, path: str) -> bool:
        try:
            return self._parse(path).is_directory
        except PathError:
            return False  # reading it will say so

    async def present(self, path: str, *, view: View | None = None) -> Located:
        """The device that a good path belongs to. Raises PathError if it leads nowhere."""
        with self.statistics.locating:
            node = self._parse(path)
            _, until = await self._place(node, view or self.view)
            coupler = node.branch[-1].rom if node.branch else None
            return Located(node.rom or coupler or NO_ROM, until)

    # From path to bus

    def _parse(self, path: str) -> Node:
        node = self._nodes.get(path)
        if node is None:
            node = parse(path, self._names)
            if len(self._nodes) >= MAX_NODES:
                self._nodes.clear()
            self._nodes[path] = node
        return node

    def _structure_table(self, word: str) -> Family | Any:
        return self._virtual[word] if word in ("simultaneous", "thermostat") else find_table(word)

    async def _place(self, node: Node, view: View) -> tuple[Bus | None, float]:
        """The bus that a node belongs to, and until when that holds.

        Raises PathError if the device is on no bus. A path that names its bus is believed.
        """
        if node.bus is not None:
            return self.buses[node.bus].behind(node.branch), float("inf")
        if node.rom is not None:
            return await self.locate(node.rom, node.branch)
        if node.branch:
            return await self._locate_branch(node.branch)
        return None, float("inf")

    async def _locate_branch(self, branch: Branch) -> tuple[Bus, float]:
        """What lies behind the last of these couplers, each of which must be in its place."""
        bus, until = await self.locate(branch[-1].rom, branch[:-1])
        return bus.behind(branch), until

    async def locate(self, rom: RomId, branch: Branch = TRUNK) -> tuple[Bus, float]:
        """The bus that a device is on, and until when that is taken for granted.

        With `branch` it is looked for there and nowhere else.
        """
        key = location_key(rom, branch)
        entry = self.cache.get(key)
        if entry is not None and entry.value in self.buses:
            return self.buses[entry.value].behind(branch), self.cache.until(entry)
        lines = [(await self._locate_branch(branch))[0]] if branch else self.buses.values()
        bus = await self._find(rom, lines)
        if bus is None:
            raise PathError(f"{rom} is on no bus")
        return bus, self.cache.put(key, bus.number, Life.PRESENCE)

    async def _find(self, rom: RomId, buses: Iterable[Bus]) -> Bus | None:
        """The first of `buses` on which `rom` answers now; all are asked at the same time."""
        asked = list(buses)
        answers = await asyncio.gather(*(bus.has(rom) for bus in asked), return_exceptions=True)
        for bus, answer in zip(asked, answers, strict=True):
            if answer is True:
                return bus
            if isinstance(answer, BaseException) and not isinstance(answer, OneWireError):
                raise answer
        return None

    # Reading and writing

    async def _read(
        self,
        node: Node,
        prop: Property,
        place: tuple[Bus | None, float],
        size: int,
        offset: int,
        view: View,
    ) -> Reading:
        if node.scope is Scope.STRUCTURE:
            row = prop.structure_row(node.index).encode()
            return Reading(row[offset : offset + size] if offset >= 0 else b"", float("inf"))
        if "r" not in prop.access:
            raise NotSupportedError(f"{node.path} cannot be read")
        bus, placed_until = place
        fresh = self._is_fresh(node, view)
        if node.rom is None:
            value = await self._read_virtual(prop, node, Place(self, bus, view, fresh))
            text = prop.format(value, node.index, view)
            return Reading(cut(prop, node.index, text, size, offset), 0.0)
        reading = await self._try_buses(
            node, bus, lambda bus: bus.read(node, size, offset, view, fresh)
        )
        return reading._replace(valid_until=min(reading.valid_until, placed_until))

    async def _try_buses(
        self, node: Node, bus: Bus | None, work: Callable[[Bus], Awaitable[T]]
    ) -> T:
        """Do `work` on the device's bus, or on the one that it has moved to."""
        assert bus is not None
        try:
            return await work(bus)
        except PowerOnValueError:
            raise  # it does answer
        except (CommunicationError, NoPresenceError) as error:
            return await work(await self._search_lost(node, bus, error))

    def _is_fresh(self, node: Node, view: View) -> bool:
        return node.uncached or node.alarm or view.uncached or self.uncached

    async def _read_virtual(self, prop: Property, node: Node, place: Place) -> Any:
        if prop.read is None:
            raise NotSupportedError(f"{node.path} cannot be read")
        separate = prop.array is not None
        value = prop.read(place, node.index) if separate else prop.read(place)
        return await value if asyncio.iscoroutine(value) else value

    async def _search_lost(self, node: Node, bus: Bus, error: OneWireError) -> Bus:
        """The other bus that a device which does not answer has moved to.

        Raises `error` again if the device is there all the same (or its path names the bus),
        DeviceGoneError if it is nowhere.
        """
        rom = node.rom
        assert rom is not None
        if node.bus is not None:
            raise _as_communication_error(error)
        if await bus.has(rom):
            raise error
        self.cache.drop(location_key(rom, node.branch))
        self.changed()
        others = [] if node.branch else [one for one in self.buses.values() if one is not bus]
        found = await self._find(rom, others)
        if found is None:
            raise DeviceGoneError(f"{rom} was on {bus.name} and does not answer") from error
        self.cache.put(location_key(rom), found.number, Life.PRESENCE)
        return found

    async def _write(
        self, node: Node, bus: Bus | None, data: bytes, offset: int, view: View
    ) -> None:
        prop = node.prop
        assert prop is not None
        try:
            if node.rom is None:
                value, _ = split_written(prop, node.index, data, offset, view)
                await self._write_virtual(prop, node, Place(self, bus, view), value)
            else:
                await self._try_buses(node, bus, lambda bus: bus.write(node, data, offset, view))
        finally:
            self.changed()

    async def _write_virtual(self, prop: Property, node: Node, place: Place, value: Any) -> None:
        if prop.write is None:
            raise NotSupportedError(f"{node.path} cannot be written")
        done = prop.write(place, value)
        if asyncio.iscoroutine(done):
            await done


def _as_communication_error(error: OneWireError) -> OneWireError:
    # With the bus in the path nobody has asked whether the device exists at all.
    return CommunicationError(str(error)) if isinstance(error, BusError) else error

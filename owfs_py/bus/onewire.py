"""OneWire: buses, cache and aliases behind owserver's paths: read, write, dir, present.

This is the surface for asyncio programs and for the daemon; sync.py has its twin for the others.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, Self, TypeVar

from owfs_py.bus.aliases import Aliases
from owfs_py.bus.answers import Listing, Located, Reading
from owfs_py.bus.background import Background
from owfs_py.bus.cache import Cache, Timeouts
from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.directory import Directories
from owfs_py.bus.errors import (
    CommunicationError,
    DeviceGoneError,
    IsDirectoryError,
    NoPresenceError,
    NotDirectoryError,
    NotSupportedError,
    PathError,
    PowerOnValueError,
    ReadOnlyError,
)
from owfs_py.bus.face import Bus
from owfs_py.bus.flights import heard
from owfs_py.bus.host import Host
from owfs_py.bus.locations import Locations
from owfs_py.bus.masters import open_master
from owfs_py.bus.masters.base import BusMaster
from owfs_py.bus.paths import Paths
from owfs_py.bus.properties import Property
from owfs_py.bus.relay import Relay, relay_of
from owfs_py.bus.statistics import Statistics
from owfs_py.bus.text import cut, split_written
from owfs_py.bus.tree import Node, Scope
from owfs_py.bus.upstream import Upstreams
from owfs_py.bus.view import DEFAULT_VIEW, View
from owfs_py.bus.virtual import Place, read_virtual, write_virtual
from owfs_py.bus.wired import WiredBus

T = TypeVar("T")
log = logging.getLogger(__name__)

NO_ROM = bytes(8)
_NOT_THERE = (PathError, DeviceGoneError)
"""What another owserver says of a device that it does not have any more."""
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
        self.paths = Paths(self)
        self.upstreams = Upstreams(self, self.paths.names)
        self.locations = Locations(self.buses, self.cache, self.changed)
        self.background = Background()
        """What looks for buses while the others are used."""
        for master in masters:
            self.add_master(master)

    def add_master(self, master: str | BusMaster, number: int | None = None) -> WiredBus:
        """Put a bus behind this object, by driver or by URL or path of its bus master.

        Buses are numbered from 0 in the order in which they are added; with `number` it takes the
        place of the bus that had that number.
        """
        driver = open_master(master, clock=self.clock) if isinstance(master, str) else master
        bus = WiredBus(
            self.next_number() if number is None else number,
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
        """Put any kind of bus behind this object, mostly with the number of `next_number`."""
        self.buses[bus.number] = bus
        self.changed()

    async def remove_bus(self, number: int) -> None:
        """Take a bus away and stop it; whoever asks it at the moment gets an error."""
        bus = self.buses.pop(number)
        self.cache.clear()
        self.changed()
        await bus.stop()

    async def start(self, patience: float | None = None) -> None:
        """Open all bus masters; those that are missing are waited for in the background.

        After `patience` seconds so are those that take longer. Without it they may take the time
        that they need.
        """
        starting = [self.background.run(bus.start()) for bus in self.buses.values()]
        if starting:
            await asyncio.wait(starting, timeout=patience)

    async def stop(self) -> None:
        """Give all bus masters back; whatever runs on a bus comes to its end first."""
        await self.background.stop()
        await asyncio.gather(*(bus.stop() for bus in self.buses.values()))

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()

    def changed(self) -> None:
        """Something was changed: answers given before, and parsed paths, may no longer hold."""
        self.epoch += 1
        self.paths.forget()

    # The surface

    async def read(
        self, path: str, *, size: int = FULL_SIZE, offset: int = 0, view: View | None = None
    ) -> Reading:
        """The text of a property, from `offset` on, at most `size` bytes of it.

        Raises IsDirectoryError for a directory, PathError for a path that leads nowhere.
        """
        view = view or self.view
        with self.statistics.reading:
            node = await self.paths.node(path, view)
            place = await self.locations.place(node, view)
            counts = self.statistics.read
            counts.tries += 1
            relay = _forwarded(node, place[0])
            if relay is not None:
                reading = await relay.forward_read(node.upstream, size, offset, view)
                reading = reading._replace(valid_until=min(reading.valid_until, place[1]))
            elif node.prop is None:
                raise IsDirectoryError(f"{node.path or '/'} is a directory")
            else:
                counts.calls += 1
                reading = await self._read(node, node.prop, place, size, offset, view)
            counts.success += 1
            counts.bytes += len(reading.data)
            return reading

    async def read_value(self, path: str) -> Any:
        """The value of a property as a Python object: °C, mbar, whole numbers, bool, text, bytes,
        seconds since 1970; a list for `.ALL`."""
        node = await self.paths.node(path, self.view)
        bus, _ = await self.locations.place(node, self.view)
        relay = _forwarded(node, bus)
        if relay is not None:
            return await self.upstreams.value(node, relay)
        if node.prop is None:
            raise IsDirectoryError(f"{path} is a directory")
        if node.scope is Scope.STRUCTURE:
            return node.prop.structure_row(node.index)
        fresh = self._is_fresh(node, self.view)
        if not node.is_of_device:
            return await read_virtual(node, Place(self, bus, self.view, fresh))
        return await self._try_buses(node, bus, self.view, lambda bus: bus.read_value(node, fresh))

    async def write(
        self, path: str, data: bytes, *, offset: int = 0, view: View | None = None
    ) -> int:
        """Write the text of a property; the number of bytes taken.

        What was written to a chip has been read back or is reported as failed.
        """
        view = view or self.view
        with self.statistics.writing:
            node = await self.paths.node(path, view)
            bus, _ = await self.locations.place(node, view)
            if self.read_only:
                raise ReadOnlyError("this server is read-only")
            relay = _forwarded(node, bus)
            if relay is not None:
                return await _to_its_end(relay.forward_write(node.upstream, data, offset, view))
            if node.prop is None:
                raise IsDirectoryError(f"{path} is a directory")
            counts = self.statistics.write
            counts.calls += 1
            _, taken = split_written(node.prop, node.index, data, offset, view)
            if node.scope is Scope.STRUCTURE or "w" not in node.prop.access:
                if bus is not None and node.rom is not None:
                    await bus.write_refused(node, data, offset, view)
                raise NotSupportedError(f"{path} cannot be written")
            await _to_its_end(self._write(node, bus, data, offset, view))
            counts.success += 1
            counts.bytes += taken
            return taken

    async def dir(self, path: str, *, view: View | None = None, slash: bool = False) -> Listing:
        """The entries of a directory as full paths; with `slash`, directories end in one."""
        view = view or self.view
        with self.statistics.listing:
            node = await self.paths.node(path, view)
            bus, until = await self.locations.place(node, view)
            relay = relay_of(node, bus)
            if relay is not None and node.prop is None:
                listing = await self.upstreams.dir(node, relay, view, slash)
                return listing._replace(valid_until=min(listing.valid_until, until))
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
        if await self._may_be_directory(path, view or self.view):
            with suppress(NotDirectoryError):
                return await self.dir(path, slash=slash, view=view)
        return await self.read(path, size=size, offset=offset, view=view)

    async def _may_be_directory(self, path: str, view: View) -> bool:
        try:
            return (await self.paths.node(path, view)).is_directory
        except PathError:
            return False  # reading it will say so

    async def present(self, path: str, *, view: View | None = None) -> Located:
        """The device that a good path belongs to. Raises PathError if it leads nowhere."""
        with self.statistics.locating:
            view = view or self.view
            node = await self.paths.node(path, view)
            bus, until = await self.locations.place(node, view)
            if node.scope is Scope.REMOTE and isinstance(bus, Relay):
                return Located(await bus.forward_present(node.upstream, view), 0.0)
            coupler = node.branch[-1].rom if node.branch else None
            return Located(node.rom or coupler or NO_ROM, until)

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
        if not node.is_of_device:
            value = await read_virtual(node, Place(self, bus, view, fresh))
            text = prop.format(value, node.index, view)
            return Reading(cut(prop, node.index, text, size, offset), 0.0)
        reading = await self._try_buses(
            node, bus, view, lambda bus: bus.read(node, size, offset, view, fresh)
        )
        return reading._replace(valid_until=min(reading.valid_until, placed_until))

    async def _try_buses(
        self, node: Node, bus: Bus | None, view: View, work: Callable[[Bus], Awaitable[T]]
    ) -> T:
        """Do `work` on the device's bus, or on the one that it has moved to."""
        assert bus is not None
        try:
            return await work(bus)
        except PowerOnValueError:
            raise  # it does answer
        except (CommunicationError, NoPresenceError, *_NOT_THERE) as error:
            if node.sensor:
                raise  # it is nowhere else
            return await work(await self.locations.moved_to(node, bus, view, error))

    def _is_fresh(self, node: Node, view: View) -> bool:
        return node.uncached or node.alarm or view.uncached or self.uncached

    async def _write(
        self, node: Node, bus: Bus | None, data: bytes, offset: int, view: View
    ) -> None:
        prop = node.prop
        assert prop is not None
        try:
            if not node.is_of_device:
                value, _ = split_written(prop, node.index, data, offset, view)
                await write_virtual(node, Place(self, bus, view), value)
            else:
                await self._try_buses(
                    node, bus, view, lambda bus: bus.write(node, data, offset, view)
                )
        finally:
            self.changed()


def _forwarded(node: Node, bus: Bus | None) -> Relay | None:
    """The other owserver that gets a request for a value as it is.

    What is a device's property here as well is not: it has a text to check, and may have moved.
    """
    is_property_here = node.rom is not None and node.prop is not None
    return None if is_property_here else relay_of(node, bus)


async def _to_its_end(writing: Coroutine[Any, Any, T]) -> T:
    """A client that goes away must not leave half a write behind."""
    task = asyncio.ensure_future(writing)
    task.add_done_callback(heard)
    return await asyncio.shield(task)

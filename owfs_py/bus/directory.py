"""Listings: what lies in a directory, from the cache or the bus, as owserver prints it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from owfs_py.bus.answers import Listing
from owfs_py.bus.errors import NotDirectoryError, OneWireError
from owfs_py.bus.face import Bus, Devices
from owfs_py.bus.families import family_names
from owfs_py.bus.families.catalog import Feature
from owfs_py.bus.properties import Property, Visible
from owfs_py.bus.rom import RomId
from owfs_py.bus.tree import Node, Scope
from owfs_py.bus.values import Kind
from owfs_py.bus.view import View

if TYPE_CHECKING:
    from owfs_py.bus.onewire import OneWire

FOREVER = float("inf")
STRUCTURE_ALSO = ("simultaneous", "thermostat")
"""What /structure lists beside the families."""


class Directories:
    """The listings of one OneWire."""

    def __init__(self, onewire: OneWire) -> None:
        self._onewire = onewire

    async def listing(
        self, node: Node, bus: Bus | None, until: float, view: View, slash: bool
    ) -> Listing:
        """The entries of a node. Raises NotDirectoryError for a property."""
        if not node.is_directory:
            raise NotDirectoryError(f"{node.path} is a property")
        if node.scope is Scope.ROOT:
            return await self._root(node, bus, view, slash)
        if node.scope is Scope.ALARM:
            found = await self._devices(node, bus, view, alarm=True, fresh=True)
            return Listing(self._named(node, found.names, view, slash), 0, 0.0)
        if node.scope is Scope.STRUCTURE and node.table is None:
            names = self._structure()
            return Listing([f"{node.path}/{name}{'/' * slash}" for name in names], 0, FOREVER)
        entries = await self._table(node, bus, slash)
        if node.scope is Scope.TABLE:
            self._onewire.statistics.directory.device_calls += 1
            self._onewire.statistics.directory.device_entries += len(entries)
        return Listing(entries, 0, until)

    def _structure(self) -> list[str]:
        """The words of all tables in their order."""
        others = {name for bus in self._onewire.buses.values() for name in bus.families}
        reachable = {name for name in others if "/" not in name}
        return sorted({*family_names(), *STRUCTURE_ALSO, *reachable})

    # Directories of devices

    async def _root(self, node: Node, bus: Bus | None, view: View, slash: bool) -> Listing:
        uncached = node.uncached or view.uncached or self._onewire.uncached
        fresh = uncached or node.bus is not None
        names, features, until = await self._devices(node, bus, view, alarm=False, fresh=fresh)
        entries = self._named(node, names, view, slash)
        end = "/" if slash else ""
        if node.branch:
            if view.bus_list or node.bus is not None:
                entries += self._converting(node, features, end)
        elif node.bus is not None:
            entries.insert(0, f"{node.path}/interface{end}")
            entries += self._converting(node, features, end)
        elif view.bus_list:
            entries += [f"{node.path}/bus.{n}{end}" for n in sorted(self._onewire.buses)[::-1]]
            words = ["settings", "system", "statistics", "structure"]
            if not uncached:
                words.insert(0, "uncached")
            entries += [f"{node.path}/{word}{end}" for word in words]
            entries += self._converting(node, features, end)
        return Listing(entries, int(features), until)

    def _converting(self, node: Node, features: Feature, end: str) -> list[str]:
        entries = []
        if features & (Feature.TEMPERATURE | Feature.VOLTAGE):
            entries.append(f"{node.path}/simultaneous{end}")
        if features & Feature.ALARM:
            entries.append(f"{node.path}/alarm{end}")
        return entries

    def _named(
        self, node: Node, names: Sequence[RomId | str], view: View, slash: bool
    ) -> list[str]:
        plain = node.unaliased or self._onewire.unaliased
        name_of = self._onewire.aliases.name_of
        end = "/" if slash else ""

        def shown(name: RomId | str) -> str:
            if isinstance(name, str):
                return name
            return (not plain and name_of(name)) or name.text(view.rom_format)

        return [f"{node.path}/{shown(name)}{end}" for name in names]

    async def _devices(
        self, node: Node, bus: Bus | None, view: View, *, alarm: bool, fresh: bool
    ) -> Devices:
        """The devices of all buses, or of the one the path names or leads into.

        Buses that fail are left out as long as one answers; if none does, its error is raised.
        """
        if node.unaliased or self._onewire.unaliased:
            view = replace(view, unaliased=True)
        wanted = list(self._onewire.buses.values()) if bus is None else [bus]
        results = await asyncio.gather(
            *(bus.devices(view, alarm=alarm, fresh=fresh) for bus in wanted),
            return_exceptions=True,
        )
        names: list[RomId | str] = []
        features = Feature.NOTHING
        until = FOREVER
        failures: list[OneWireError] = []
        counts = self._onewire.statistics.directory
        for result in results:
            if isinstance(result, OneWireError):
                failures.append(result)
                until = 0.0
            elif isinstance(result, BaseException):
                raise result
            else:
                counts.bus_calls += 1
                counts.bus_entries += len(result.names)
                names += result.names
                features |= result.features
                until = min(until, result.until)
        if failures and len(failures) == len(wanted):
            raise failures[-1]
        return Devices(names, features, until)

    # Directories of tables

    async def _table(self, node: Node, bus: Bus | None, slash: bool) -> list[str]:
        assert node.table is not None
        structure = node.scope is Scope.STRUCTURE
        parent = self._aliased(node)
        entries = []
        for name, prop in node.table.entries(node.directory):
            if prop is None:
                if structure or await self._is_listed(name, node, bus):
                    entries.append(f"{parent}/{name}{'/' * slash}")
            elif prop.kind is Kind.DIRECTORY:
                entries.append(f"{parent}/{name}{'/' * slash}")
            elif structure or await self._is_visible(prop, node, bus):
                if prop.count is not None and node.rom is not None and bus is not None:
                    prop = await bus.as_in_chip(prop, node.rom)
                extensions = prop.extensions()
                if structure and prop.array is not None:
                    # The aggregates and the first element stand for all.
                    extensions = [e for e in extensions if e in (".BYTE", ".ALL")] + [
                        e for e in extensions if e not in (".BYTE", ".ALL")
                    ][:1]
                entries += [f"{parent}/{name}{extension}" for extension in extensions]
        return entries

    def _aliased(self, node: Node) -> str:
        """The path with the device's alias in place of its address."""
        if node.rom is None or node.unaliased or self._onewire.unaliased:
            return node.path
        alias = self._onewire.aliases.name_of(node.rom)
        if not alias:
            return node.path
        words = node.path.split("/")
        words[1 + node.rom_at] = alias
        return "/".join(words)

    async def _is_listed(self, name: str, node: Node, bus: Bus | None) -> bool:
        """Whether a subdirectory is listed: if anything in it is, with few exceptions."""
        assert node.table is not None
        directory = f"{node.directory}/{name}" if node.directory else name
        if directory in node.table.always_listed:
            return True
        below = node.table.below(directory)
        if any(prop.visible is Visible.ALWAYS for prop in below):
            return True
        # What depends on the chip's model mostly does so together: ask once.
        for prop in {prop.visible: prop for prop in below}.values():
            if await self._is_visible(prop, node, bus):
                return True
        return False

    async def _is_visible(self, prop: Property, node: Node, bus: Bus | None) -> bool:
        if isinstance(prop.visible, Visible):
            return prop.visible is Visible.ALWAYS
        if node.rom is None or bus is None:
            return bool(prop.visible(bus))
        return await bus.is_visible(prop, node.rom)

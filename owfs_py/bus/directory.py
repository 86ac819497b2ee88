"""Listings: what lies in a directory, from the cache or the bus, as owserver prints it."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING

from owfs_py.bus.answers import Listing
from owfs_py.bus.cache import Life
from owfs_py.bus.chip import Chip
from owfs_py.bus.errors import NotDirectoryError, OneWireError
from owfs_py.bus.families import family_of, tables
from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.properties import Property, Visible
from owfs_py.bus.rom import RomId
from owfs_py.bus.tree import Node, Scope
from owfs_py.bus.view import View

if TYPE_CHECKING:
    from owfs_py.bus.onewire import OneWire
    from owfs_py.bus.wired import WiredBus

FOREVER = float("inf")
STRUCTURE_ALSO = ("simultaneous", "thermostat")
"""What /structure lists after the families."""


class Directories:
    """The listings of one OneWire."""

    def __init__(self, onewire: OneWire) -> None:
        self._onewire = onewire

    async def listing(
        self, node: Node, bus: WiredBus | None, until: float, view: View, slash: bool
    ) -> Listing:
        """The entries of a node. Raises NotDirectoryError for a property."""
        if not node.is_directory:
            raise NotDirectoryError(f"{node.path} is a property")
        if node.scope is Scope.ROOT:
            return await self._root(node, view, slash)
        if node.scope is Scope.ALARM:
            roms, _ = await self._devices(node, alarm=True, fresh=True)
            return Listing(self._named(node, roms, view, slash), 0, 0.0)
        if node.scope is Scope.STRUCTURE and node.table is None:
            names = [table.name for table in tables()] + list(STRUCTURE_ALSO)
            return Listing([f"{node.path}/{name}{'/' * slash}" for name in names], 0, FOREVER)
        entries = await self._table(node, bus, slash)
        return Listing(entries, 0, until)

    # Directories of devices

    async def _root(self, node: Node, view: View, slash: bool) -> Listing:
        uncached = node.uncached or view.uncached or self._onewire.uncached
        roms, until = await self._devices(node, alarm=False, fresh=uncached or node.bus is not None)
        features = Feature.NOTHING
        for rom in roms:
            features |= family_of(rom).features
        entries = self._named(node, roms, view, slash)
        end = "/" if slash else ""
        if node.bus is not None:
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

    def _named(self, node: Node, roms: list[RomId], view: View, slash: bool) -> list[str]:
        plain = node.unaliased or self._onewire.unaliased
        name_of = self._onewire.aliases.name_of
        end = "/" if slash else ""
        return [
            f"{node.path}/{(not plain and name_of(rom)) or rom.text(view.rom_format)}{end}"
            for rom in roms
        ]

    async def _devices(self, node: Node, *, alarm: bool, fresh: bool) -> tuple[list[RomId], float]:
        """The devices of all buses, or of the one the path names, and until when that holds.

        Buses that fail are left out as long as one answers; if none does, its error is raised.
        """
        buses = self._onewire.buses
        wanted = list(buses.values()) if node.bus is None else [buses[node.bus]]
        results = await asyncio.gather(
            *(self._on_bus(bus, alarm, fresh) for bus in wanted), return_exceptions=True
        )
        roms: list[RomId] = []
        until = FOREVER
        failures: list[OneWireError] = []
        for result in results:
            if isinstance(result, OneWireError):
                failures.append(result)
                until = 0.0
            elif isinstance(result, BaseException):
                raise result
            else:
                roms += result[0]
                until = min(until, result[1])
        if failures and len(failures) == len(wanted):
            raise failures[-1]
        return roms, until

    async def _on_bus(self, bus: WiredBus, alarm: bool, fresh: bool) -> tuple[list[RomId], float]:
        if alarm:
            return await bus.search(alarm=True), 0.0
        cache = self._onewire.cache
        key = ("directory", bus.number)
        entry = cache.get(key)
        if entry is not None and not fresh:
            return entry.value, cache.until(entry)
        roms = await bus.search()
        if entry is None or entry.value != roms:
            self._onewire.changed()
        for rom in roms:
            cache.put(("location", rom), bus.number, Life.PRESENCE)
        if not roms:
            # Whoever plugs in the first device wants to see it at once.
            cache.drop(key)
            return roms, 0.0
        until = cache.put(key, roms, Life.DIRECTORY)
        return roms, 0.0 if fresh else until

    # Directories of tables

    async def _table(self, node: Node, bus: WiredBus | None, slash: bool) -> list[str]:
        assert node.table is not None
        structure = node.scope is Scope.STRUCTURE
        chip = None
        if node.rom is not None and isinstance(node.table, Family) and bus is not None:
            chip = Chip(bus, node.rom, node.table, fresh=False)
        parent = self._aliased(node)
        entries = []
        for name, prop in node.table.entries(node.directory):
            if prop is None:
                entries.append(f"{parent}/{name}{'/' * slash}")
            elif structure or await self._is_visible(prop, chip):
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

    async def _is_visible(self, prop: Property, chip: Chip | None) -> bool:
        if isinstance(prop.visible, Visible):
            return prop.visible is Visible.ALWAYS
        shown = prop.visible(chip)
        return bool(await shown if inspect.isawaitable(shown) else shown)

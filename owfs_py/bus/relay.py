"""A relay: a bus that is another owserver, and so understands paths and texts itself.

How it is reached is for those who implement the four requests; which paths are its own, and how
its entries are shown here, is in upstream.py. Values are not kept here: every read goes up.
"""

from __future__ import annotations

import abc
from contextlib import suppress
from dataclasses import replace
from typing import Any

from owfs_py.bus.aliases import Aliases
from owfs_py.bus.answers import Listing, Reading
from owfs_py.bus.cache import Cache, Life
from owfs_py.bus.conversions import Convert
from owfs_py.bus.errors import PathError
from owfs_py.bus.face import Bus, Devices, device_of, location_key
from owfs_py.bus.families.catalog import Feature
from owfs_py.bus.properties import ALL, Index, Property, Visible
from owfs_py.bus.rom import RomId
from owfs_py.bus.statistics import BusCounts
from owfs_py.bus.text import cut, split_written
from owfs_py.bus.tree import Node, Scope
from owfs_py.bus.values import Kind
from owfs_py.bus.view import DEFAULT_VIEW, View

WHOLE = 65536
"""Bytes; more than any property has."""
FEATURES = 0xFFFF
"""The bits of directory flags that mean something."""


class Relay(Bus):
    """What is behind another owserver: its devices, and everything else below /bus.N."""

    def __init__(self, number: int, address: str, cache: Cache, aliases: Aliases) -> None:
        self.number = number
        self.address = address
        self.cache = cache
        self.aliases = aliases
        self.counts = BusCounts()
        self._converting_since = float("-inf")

    # What the other owserver is asked, by paths of its own

    @abc.abstractmethod
    async def forward_read(self, path: str, size: int, offset: int, view: View) -> bytes:
        """The text of a property there."""

    @abc.abstractmethod
    async def forward_write(self, path: str, data: bytes, offset: int, view: View) -> int:
        """Write a property there; the number of bytes taken."""

    @abc.abstractmethod
    async def forward_dir(self, path: str, view: View, slash: bool) -> Listing:
        """A directory there."""

    @abc.abstractmethod
    async def forward_present(self, path: str, view: View) -> bytes:
        """The ROM id of the device that a path there belongs to; eight zeros if to none."""

    # The face of all buses

    async def devices(self, view: View, *, alarm: bool, fresh: bool) -> Devices:
        path = "/alarm" if alarm else "/"
        if view.unaliased:
            path = "/unaliased" + path
        view = replace(view, bus_list=False, uncached=view.uncached or fresh)
        listing = await self.forward_dir(path, view, False)
        names: list[RomId | str] = []
        for entry in listing.entries:
            word = entry.rpartition("/")[2]
            try:
                rom = RomId.parse(word)
            except ValueError:
                names.append(word)
            else:
                names.append(rom)
                self.note(rom)
        return Devices(names, Feature(listing.flags & FEATURES), 0.0)

    def note(self, rom: RomId) -> None:
        """Remember that a device is here, unless it is on a bus with a lower number, too."""
        key = location_key(rom)
        known = self.cache.get(key)
        if known is None or known.value >= self.number:
            self.cache.put(key, self.number, Life.PRESENCE)

    async def has(self, rom: RomId, view: View = DEFAULT_VIEW) -> bool:
        with suppress(PathError):
            return await self.forward_present(f"/{rom}", view) == rom
        return False

    async def read(self, node: Node, size: int, offset: int, view: View, fresh: bool) -> Reading:
        rom, _, prop = device_of(node)
        alias = self.aliases.name_of(rom) if prop.kind is Kind.ALIAS else ""
        if alias:
            text = prop.format(alias, node.index, view)
            return Reading(cut(prop, node.index, text, size, offset), 0.0)
        if fresh and not view.uncached:
            view = replace(view, uncached=True)
        # The one place through which values pass that could be kept.
        return Reading(await self.forward_read(node.upstream, size, offset, view), 0.0)

    async def read_value(self, node: Node, fresh: bool) -> Any:
        assert node.prop is not None
        text = (await self.read(node, WHOLE, 0, DEFAULT_VIEW, fresh)).data
        return value_of(node.prop, node.index, text)

    async def write(self, node: Node, data: bytes, offset: int, view: View) -> None:
        rom, _, prop = device_of(node)
        if prop.kind is Kind.ALIAS:
            value, _ = split_written(prop, node.index, data, offset, view)
            self.aliases.assign(rom, value)
        else:
            await self.forward_write(node.upstream, data, offset, view)

    async def write_refused(self, node: Node, data: bytes, offset: int, view: View) -> None:
        # It may have another reason, or know better.
        await self.forward_write(node.upstream, data, offset, view)

    async def is_visible(self, prop: Property, rom: RomId) -> bool:
        # Which of its properties a device has is known where it is; that one lists them.
        return prop.visible is not Visible.HIDDEN

    async def convert_everybody(self, convert: Convert, view: View = DEFAULT_VIEW) -> None:
        await self.command_everybody("temperature", view)
        self._converting_since = self.cache.clock.now()

    def is_converting(self, lifetime: float) -> bool:
        return self.cache.clock.now() < self._converting_since + lifetime

    async def command_everybody(self, name: str, view: View) -> None:
        """Have a command of /simultaneous done there."""
        await self.forward_write(f"/simultaneous/{name}", b"1", 0, view)


def relay_of(node: Node, bus: Bus | None) -> Relay | None:
    """The other owserver that a node is part of, if it is: not of its /bus.N/interface."""
    if not isinstance(bus, Relay):
        return None
    is_there = node.scope is Scope.REMOTE or node.rom is not None or bool(node.branch)
    return bus if is_there else None


def value_of(prop: Property, index: Index | None, text: bytes) -> Any:
    """The Python object that another owserver's text (in the default view) stands for."""
    value = prop.parse(text, index, DEFAULT_VIEW)
    if prop.kind not in (Kind.TEXT, Kind.ALIAS):
        return value
    if index == ALL:
        return [part.decode("utf-8", "surrogateescape") for part in value]
    return value.decode("utf-8", "surrogateescape")

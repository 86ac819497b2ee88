"""A relay: a bus that is another owserver, and so understands paths and texts itself.

How it is reached is for those who implement the four requests; which paths are its own, and how
its entries are shown here, is in upstream.py. Values are not kept here but, if anywhere, in
buffer.py.
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
    async def forward_read(self, path: str, size: int, offset: int, view: View) -> Reading:
        """The text of a property there, as it was asked for."""

    @abc.abstractmethod
    async def forward_write(self, path: str, data: bytes, offset: int, view: View) -> int:
        """Write a property there; the number of bytes taken."""

    @abc.abstractmethod
    async def forward_dir(self, path: str, view: View, slash: bool) -> Listing:
        """A directory there."""

    @abc.abstractmethod
    async def forward_present(self, path: str, view: View) -> bytes:
        """The ROM id of the device that a path there belongs to; eight zeros if to none."""

    @property
    def is_doubted(self) -> bool:
        """Whether somebody got no answer there and it is being asked for a sign of life."""
        return False

    # The face of all buses

    async def devices(self, view: View, *, alarm: bool, fresh: bool) -> Devices:
        path = "/alarm" if alarm else "/"
        if view.unaliased:
            path = "/unaliased" + path
        view = replace(view, bus_list=False, uncached=view.uncached or fresh)
        listing = await self._list(path, view)
        features = Feature(listing.flags & FEATURES)
        return Devices(_names_in(listing), features, listing.valid_until)

    async def _list(self, path: str, view: View) -> Listing:
        """A directory of devices; those in it are known to be here now."""
        listing = await self.forward_dir(path, view, False)
        self.note_all(listing)
        return listing

    def note_all(self, listing: Listing) -> None:
        """Remember that the devices in a listing that was just made are here."""
        for name in _names_in(listing):
            if isinstance(name, RomId):
                self.note(name)

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
        return await self.forward_read(node.upstream, size, offset, view)

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


def _names_in(listing: Listing) -> list[RomId | str]:
    """The devices in a listing; a text where the other owserver gave an alias."""
    names: list[RomId | str] = []
    for entry in listing.entries:
        word = entry.rpartition("/")[2]
        try:
            names.append(RomId.parse(word))
        except ValueError:
            names.append(word)
    return names


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

"""The one face of all buses: wired, remote and simulated ones answer the same few questions.

OneWire and the listings ask nothing else, so that they need not know which kind they have.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from owfs_py.bus.answers import Reading
from owfs_py.bus.branches import TRUNK, Branch
from owfs_py.bus.cache import Cache, Life
from owfs_py.bus.clock import Clock
from owfs_py.bus.conversions import Convert
from owfs_py.bus.errors import NotSupportedError
from owfs_py.bus.families import Family, family_of
from owfs_py.bus.families.catalog import Feature
from owfs_py.bus.properties import Part, Property, Table
from owfs_py.bus.rom import RomId
from owfs_py.bus.statistics import ATTEMPTS, BusCounts
from owfs_py.bus.text import cut, part_of, split_written
from owfs_py.bus.tree import Node
from owfs_py.bus.view import DEFAULT_VIEW, View

SEARCH_ATTEMPTS = ATTEMPTS
LONG_ALARMS = (0x04, 0x84)
"""Families of the DS2404, whose alarm prolongs resets."""


class Sample(NamedTuple):
    """A property's value, when it was true, and until when the cache would serve it."""

    value: Any
    since: float
    until: float


class Devices(NamedTuple):
    """What is on a bus."""

    names: Sequence[RomId | str]
    """In the order of the bus; a text where another owserver gave an alias."""
    features: Feature
    until: float
    """Until when the list holds; 0.0 if it may not be kept."""


class Bus(abc.ABC):
    """One bus. All methods belong to the event loop's thread."""

    number: int
    address: str
    """As the user gave it (interface/settings/address)."""
    kind: str
    """interface/settings/name."""
    version: int
    """interface/settings/version."""
    counts: BusCounts

    @property
    def name(self) -> str:
        """For messages: which bus, and what is behind it."""
        return f"bus.{self.number} ({self.place})" if self.place else f"bus.{self.number}"

    @property
    def place(self) -> str:
        """Where that is, as errors about it begin."""
        return self.address

    def told(self, error: Exception) -> str:
        """An error, for behind `name`: without the place if it begins with that."""
        return str(error).removeprefix(f"{self.place}: ")

    @abc.abstractmethod
    async def start(self) -> None:
        """Make the bus ready; one that is missing is waited for in the background."""

    @abc.abstractmethod
    async def stop(self) -> None:
        """Let what runs come to its end and give everything back."""

    @abc.abstractmethod
    async def reopen(self) -> None:
        """Begin anew with whatever is behind this bus, as after a fault."""

    def behind(self, branch: Branch) -> Bus:
        """The part of this bus that a path through couplers leads to."""
        return self

    @property
    def is_lost(self) -> bool:
        """Whether what is behind this bus is missing and being looked for."""
        return False

    @property
    def named(self) -> Mapping[str, Table]:
        """The devices that have a name instead of a ROM id, and the table of each."""
        return {}

    @property
    def families(self) -> Mapping[str, Table]:
        """Tables that /structure shows beside those of the catalog, by name."""
        return {}

    long_resets = False
    """Whether a DS2404 may be there, whose alarm prolongs resets; may be set."""

    def look_for_long_resets(self, roms: Iterable[RomId]) -> None:
        """Let resets be long from now on if there is a chip that wants it among these."""
        if any(rom.family in LONG_ALARMS for rom in roms):
            self.long_resets = True

    @property
    def overdrive(self) -> bool:
        """Whether devices that can do so talk at overdrive speed; may be set.

        NotSupportedError where the bus cannot do that.
        """
        return False

    @overdrive.setter
    def overdrive(self, wanted: bool) -> None:
        if wanted:
            raise NotSupportedError(f"{self.name} is served at regular speed only")

    # What only some kinds of bus have under interface/settings, by the names there.

    @property
    def settings(self) -> Collection[str]:
        """The names of the settings that this bus has."""
        return ()

    async def setting(self, name: str) -> Any:
        """The value of a setting. NotSupportedError if there is none of this name."""
        raise NotSupportedError(f"{self.name} has no {name}")

    async def change_setting(self, name: str, value: Any) -> None:
        """Change a setting, which holds at once. NotSupportedError if that is not possible."""
        raise NotSupportedError(f"{self.name} has no {name}")

    def set_timeout(self, kind: str, seconds: int) -> None:  # noqa: B027  most need not know
        """/settings/timeout/`kind` was changed, one that is not the cache's."""

    @abc.abstractmethod
    async def devices(self, view: View, *, alarm: bool, fresh: bool) -> Devices:
        """All devices, or those in alarm. `fresh`: ask the bus whatever the cache has."""

    @abc.abstractmethod
    async def has(self, rom: RomId, view: View = DEFAULT_VIEW) -> bool:
        """Whether this very device answers now. Of `view` only the tokens matter."""

    @abc.abstractmethod
    async def read(self, node: Node, size: int, offset: int, view: View, fresh: bool) -> Reading:
        """The text of a device's property."""

    @abc.abstractmethod
    async def read_value(self, node: Node, fresh: bool) -> Any:
        """A device's property as a Python object."""

    @abc.abstractmethod
    async def write(self, node: Node, data: bytes, offset: int, view: View) -> None:
        """Write the text of a device's property, which is known to parse."""

    async def write_refused(  # noqa: B027  most need not know
        self, node: Node, data: bytes, offset: int, view: View
    ) -> None:
        """Somebody was told that a property cannot be written, though the text parses."""

    @abc.abstractmethod
    async def is_visible(self, prop: Property, rom: RomId) -> bool:
        """Whether the variant of this device has a property that not all of its family have."""

    async def as_in_chip(self, prop: Property, rom: RomId) -> Property:
        """The property with as many elements as this device has of it."""
        return prop

    @abc.abstractmethod
    async def convert_everybody(self, convert: Convert, view: View = DEFAULT_VIEW) -> None:
        """Begin a conversion of all devices at once. Of `view` only the tokens matter."""

    @abc.abstractmethod
    def is_converting(self, lifetime: float) -> bool:
        """Whether that was asked for in the last `lifetime` seconds."""


class LocalBus(Bus):
    """A bus whose devices are described by the catalog here: values are typed objects.

    What is left to the kind of bus is to find devices and to read and write single values.
    """

    branch: Branch = TRUNK
    """Where on the bus the devices are that this object knows."""
    keeps_listing = True
    """Whether the list of devices is worth keeping in the cache."""

    def __init__(self, number: int, cache: Cache, on_change: Callable[[], None]) -> None:
        self.number = number
        self.cache = cache
        self.counts = BusCounts()
        self._on_change = on_change

    @property
    def clock(self) -> Clock:
        return self.cache.clock

    def value_changed(self) -> None:
        """A value was asked for anew and is not what others were told to hold for a while."""
        self._on_change()

    def identity(self, rom: RomId) -> Hashable:
        """The key in the cache of a device: the same chip elsewhere is not the same thing."""
        return rom

    @property
    def _listing_key(self) -> Hashable:
        return "directory", self.number, self.branch

    def forget_listing(self) -> None:
        """Others may be here now: look for everybody anew when the next one asks."""
        self.cache.drop(self._listing_key)

    @abc.abstractmethod
    async def search(self, *, alarm: bool = False) -> list[RomId]:
        """Ask the bus for all devices, or those in alarm."""

    @abc.abstractmethod
    async def sample(self, node: Node, fresh: bool, part: Part | None = None) -> Sample:
        """The value of a property: a list for ALL, a number for BYTE.

        With `part`, of a property that can be read in parts, those bytes only.
        """

    @abc.abstractmethod
    async def store(self, node: Node, value: Any, offset: int = 0) -> None:
        """Write a value of the property's kind; `offset` is where its bytes begin."""

    async def devices(self, view: View, *, alarm: bool, fresh: bool) -> Devices:
        if alarm:
            return Devices(await self.search(alarm=True), Feature.NOTHING, 0.0)
        key = self._listing_key
        entry = self.cache.get(key)
        if entry is not None and not fresh:
            return Devices(entry.value, features_of(entry.value), self.cache.until(entry))
        roms = await self.search()
        if entry is None or entry.value != roms:
            self._on_change()
        for rom in roms:
            self.cache.put(location_key(rom, self.branch), self.number, Life.PRESENCE)
        until = 0.0
        if roms and self.keeps_listing:
            until = self.cache.put(key, roms, Life.DIRECTORY)
        else:
            # Whoever plugs in the first device wants to see it at once.
            self.cache.drop(key)
        return Devices(roms, features_of(roms), 0.0 if fresh else until)

    async def read(self, node: Node, size: int, offset: int, view: View, fresh: bool) -> Reading:
        prop = node.prop
        assert prop is not None
        if offset < 0 or offset >= prop.full_size(node.index):
            return Reading(b"", 0.0)  # whatever the value is
        part = part_of(prop, node.index, size, offset)
        if part is not None and not part.size:
            return Reading(b"", 0.0)
        sample = await self.sample(node, fresh, part)
        text = prop.format(sample.value, node.index, view)
        if part is None:
            text = cut(prop, node.index, text, size, offset)
        return Reading(text, 0.0 if fresh else sample.until)

    async def read_value(self, node: Node, fresh: bool) -> Any:
        return (await self.sample(node, fresh)).value

    async def write(self, node: Node, data: bytes, offset: int, view: View) -> None:
        assert node.prop is not None
        value, _ = split_written(node.prop, node.index, data, offset, view)
        await self.store(node, value, max(offset, 0))


def device_of(node: Node) -> tuple[RomId, Family, Property]:
    """The parts of a node that leads to a device's property."""
    if node.rom is None or node.prop is None or not isinstance(node.table, Family):
        raise NotSupportedError(f"{node.path} is no property of a device")
    return node.rom, node.table, node.prop


def features_of(roms: Sequence[RomId]) -> Feature:
    """What some device of the list can do."""
    features = Feature.NOTHING
    for rom in roms:
        features |= family_of(rom).features
    return features


def location_key(rom: RomId, branch: Branch = TRUNK) -> tuple[Hashable, ...]:
    """The key in the cache of the bus that a device is on, at this place."""
    return ("location", rom, branch) if branch else ("location", rom)

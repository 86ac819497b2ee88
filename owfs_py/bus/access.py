"""Reading and writing the properties of chips: the generic part, done once for all families.

What comes from the cache and what from the chip, how arrays are put together, who shares a
reading, what a write makes stale. It knows no family, no text form and no path.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import weakref
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from owfs_py.bus.cache import Life
from owfs_py.bus.chip import Chip
from owfs_py.bus.errors import InvalidValueError, NotSupportedError, PathError
from owfs_py.bus.face import Sample, location_key
from owfs_py.bus.flights import Flights
from owfs_py.bus.properties import (
    ALL,
    BYTE,
    Fetch,
    Index,
    Part,
    Property,
    bits_to_number,
    number_to_bits,
)
from owfs_py.bus.rom import RomId

if TYPE_CHECKING:
    from owfs_py.bus.families import Family
    from owfs_py.bus.line import Line

log = logging.getLogger(__name__)


def value_key(who: Hashable, name: str, index: Index | None) -> tuple[Hashable, str, Index | None]:
    """The key of a property's value in the cache; `who` is the bus's identity of the device."""
    return who, name, index


class Wanted(NamedTuple):
    """One value as it is asked of a chip."""

    who: Hashable
    rom: RomId
    family: Family
    prop: Property
    element: Index | None
    part: Part | None

    @property
    def key(self) -> tuple[Hashable, str, Index | None]:
        return value_key(self.who, self.prop.name, self.element)

    def __str__(self) -> str:
        return f"{self.prop.name} of family {self.family.name}"


async def assembled(
    prop: Property, index: Index | None, one: Callable[[Index | None], Awaitable[Sample]]
) -> Sample:
    """A property's value (a list for ALL, a number for BYTE) out of those that `one` can get.

    `one` is asked for a scalar, for single elements, and for ALL of an array that does not come
    element by element.
    """
    array = prop.array
    if array is None or array.fetch is Fetch.SPARSE:
        return await one(index)
    if array.fetch in (Fetch.SEPARATE, Fetch.MIXED) and index not in (ALL, BYTE):
        return await one(index)
    if array.fetch is Fetch.SEPARATE:
        samples = [await one(n) for n in range(array.elements)]
        values = [sample.value for sample in samples]
        since = min(sample.since for sample in samples)
        whole = Sample(values, since, min(sample.until for sample in samples))
    else:
        whole = await one(ALL)
    if index == ALL:
        return whole
    if index == BYTE:
        return whole._replace(value=bits_to_number(whole.value))
    return whole._replace(value=whole.value[index])


class Access:
    """The properties of the devices on one wired bus."""

    def __init__(self, bus: Line) -> None:
        self._bus = bus
        self._flights = Flights()
        self._locks: weakref.WeakValueDictionary[RomId, asyncio.Lock] = (
            weakref.WeakValueDictionary()
        )
        self._written: dict[RomId, float] = {}

    def lock(self, rom: RomId) -> asyncio.Lock:
        """Held while a device is written, or brought into a state for one reading."""
        return self._locks.setdefault(rom, asyncio.Lock())

    async def fetch(self, chip: Chip, prop: Property, index: Index | None) -> Any:
        """Another property's value for a reader; what it depends on is noted in `chip`."""
        sample = await self.sample(chip.rom, chip.family, prop, index, fresh=chip.fresh)
        chip.since = min(chip.since, sample.since)
        chip.until = min(chip.until, sample.until)
        return sample.value

    async def sample(
        self,
        rom: RomId,
        family: Family,
        prop: Property,
        index: Index | None,
        *,
        fresh: bool,
        part: Part | None = None,
    ) -> Sample:
        """A property's value from the cache or the chip: a list for ALL, a number for BYTE.

        With `part`, those bytes of it; they are not kept, but taken from the whole if that is.
        """

        def one(index: Index | None) -> Awaitable[Sample]:
            who = self._bus.identity(rom)
            return self._one(Wanted(who, rom, family, prop, index, part), fresh)

        if prop.count is not None:
            prop = await self.as_in_chip(rom, family, prop, index)
        return await assembled(prop, index, one)

    async def as_in_chip(
        self, rom: RomId, family: Family, prop: Property, index: Index | None
    ) -> Property:
        """The property with as many elements as this chip has. PathError if it lacks `index`."""
        if prop.count is None or prop.array is None:
            return prop
        count = await prop.count(Chip(self._bus, rom, family, fresh=False))
        if isinstance(index, int) and index >= count:
            raise PathError(f"{rom} has no {prop.name}.{index}")
        return replace(prop, array=replace(prop.array, elements=count))

    async def _one(self, wanted: Wanted, fresh: bool) -> Sample:
        prop = wanted.prop
        if prop.read is None:
            log.info("%s: no reader for %s", self._bus.name, wanted)
            raise NotSupportedError(f"{wanted} cannot be read")
        asked = self._bus.clock.now()
        if not fresh:
            kept = self._kept(wanted)
            if kept is not None:
                return kept
        while True:
            sample = await self._flights.join(
                (*wanted.key, wanted.part, fresh), lambda: self._read(wanted, fresh)
            )
            # Joining somebody whose measurement had begun before this request is not fresh.
            if not fresh or sample.since >= asked:
                return sample

    def _kept(self, wanted: Wanted) -> Sample | None:
        entry = self._bus.cache.get(wanted.key, self._bus.stale_before(wanted.prop.change))
        if entry is None:
            return None
        value = entry.value
        if wanted.part is not None:
            value = value[wanted.part.offset : sum(wanted.part)]
        return Sample(value, entry.since, self._bus.cache.until(entry))

    async def _read(self, wanted: Wanted, fresh: bool) -> Sample:
        _, rom, family, prop, index, part = wanted
        assert prop.read is not None
        chip = Chip(self._bus, rom, family, fresh=fresh)
        arguments: list[Any] = [] if prop.array is None or index == ALL else [index]
        if prop.partial:
            arguments += part or (0, prop.element_size)
        value = prop.read(chip, *arguments)
        if not inspect.isawaitable(value):
            return Sample(value, self._bus.clock.now(), float("inf"))
        value = await value
        if chip.proven:
            # Nobody needs to look for it as long as it is read now and then.
            key = location_key(rom, self._bus.branch)
            self._bus.cache.put(key, self._bus.number, Life.PRESENCE)
        since = min(chip.since, self._bus.clock.now())
        if prop.life is Life.NEVER:
            # Made of what is cached it holds as long as that; what the bus said is for now only.
            return Sample(value, since, 0.0 if chip.talked else chip.until)
        if part is not None or since < self._written.get(rom, float("-inf")):
            # A part, or somebody wrote meanwhile: right for who asked, but not to be kept.
            return Sample(value, since, 0.0)
        if fresh and self._bus.cache.would_change(wanted.key, value):
            self._bus.value_changed()
        until = self._bus.cache.put(wanted.key, value, prop.life, since)
        return Sample(value, since, min(chip.until, until))

    async def write(
        self,
        rom: RomId,
        family: Family,
        prop: Property,
        index: Index | None,
        value: Any,
        offset: int = 0,
    ) -> None:
        """Write a parsed value (a list for ALL, a number for BYTE); it is verified or it raises."""
        if prop.write is None:
            raise NotSupportedError(f"{prop.name} of family {family.name} cannot be written")
        async with self.lock(rom):
            chip = Chip(self._bus, rom, family, fresh=True, writing=True)
            self._bus.counts.writes += 1
            here = await self.as_in_chip(rom, family, prop, index)
            try:
                for arguments in await self._pieces(chip, here, index, value, offset):
                    done = prop.write(chip, *arguments)
                    if inspect.isawaitable(done):
                        await done
            finally:
                self._spoil(rom, family, prop)

    async def _pieces(
        self, chip: Chip, prop: Property, index: Index | None, value: Any, offset: int
    ) -> list[tuple[Any, ...]]:
        """The arguments of each call of the writer that this write takes."""
        array = prop.array
        if array is None:
            return [(offset, value)] if prop.partial else [(value,)]
        if index == BYTE:
            value, index = number_to_bits(value, array.elements), ALL
        if array.fetch is not Fetch.TOGETHER:
            elements = list(enumerate(value)) if index == ALL else [(index, value)]
            if index == ALL and len(elements) != array.elements:
                raise InvalidValueError(f"{prop.name} has {array.elements} elements")
            return [(n, offset, item) if prop.partial else (n, item) for n, item in elements]
        if index != ALL:
            whole = list(await chip.value(prop.others or prop.name, ALL))
            whole[cast(int, index)] = value
            value = whole
        return [(value,)]

    def _spoil(self, rom: RomId, family: Family, prop: Property) -> None:
        self._written[rom] = self._bus.clock.now()
        self.spoil(rom, family, prop.name, *prop.spoils)

    def spoil(self, rom: RomId, family: Family, *names: str) -> None:
        """These properties of a device are not what they were known to be."""
        who = self._bus.identity(rom)
        for name in names:
            spoiled = family.get(name)
            array = None if spoiled is None else spoiled.array
            for index in (None, ALL, *range(array.elements if array else 0)):
                self._bus.cache.drop(value_key(who, name, index))

"""Reading and writing the properties of chips: the generic part, done once for all families.

What comes from the cache and what from the chip, how arrays are put together, who shares a
reading, what a write makes stale. It knows no family, no text form and no path.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import weakref
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, cast

from owfs_py.bus.chip import Chip
from owfs_py.bus.errors import NotSupportedError
from owfs_py.bus.face import Sample
from owfs_py.bus.flights import Flights
from owfs_py.bus.properties import (
    ALL,
    BYTE,
    Change,
    Fetch,
    Index,
    Property,
    bits_to_number,
    number_to_bits,
)
from owfs_py.bus.rom import RomId

if TYPE_CHECKING:
    from owfs_py.bus.families import Family
    from owfs_py.bus.wired import WiredBus

log = logging.getLogger(__name__)


def value_key(rom: RomId, name: str, index: Index | None) -> tuple[RomId, str, Index | None]:
    """The key of a property's value in the cache."""
    return rom, name, index


class Access:
    """The properties of the devices on one wired bus."""

    def __init__(self, bus: WiredBus) -> None:
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
        self, rom: RomId, family: Family, prop: Property, index: Index | None, *, fresh: bool
    ) -> Sample:
        """A property's value from the cache or the chip: a list for ALL, a number for BYTE."""

        def one(index: Index | None) -> Awaitable[Sample]:
            return self._one(rom, family, prop, index, fresh)

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

    async def _one(
        self, rom: RomId, family: Family, prop: Property, index: Index | None, fresh: bool
    ) -> Sample:
        if prop.read is None:
            log.info("%s: family %s has no reader for %s", self._bus.name, family.name, prop.name)
            raise NotSupportedError(f"{prop.name} of family {family.name} cannot be read")
        asked = self._bus.clock.now()
        key = value_key(rom, prop.name, index)
        if not fresh:
            mark = self._bus.conversions.explicit_mark
            entry = self._bus.cache.get(
                key, mark if prop.change is Change.TEMPERATURE else float("-inf")
            )
            if entry is not None:
                return Sample(entry.value, entry.since, self._bus.cache.until(entry))
        while True:
            sample = await self._flights.join(
                (*key, fresh), lambda: self._read(rom, family, prop, index, fresh)
            )
            # Joining somebody whose measurement had begun before this request is not fresh.
            if not fresh or sample.since >= asked:
                return sample

    async def _read(
        self, rom: RomId, family: Family, prop: Property, index: Index | None, fresh: bool
    ) -> Sample:
        assert prop.read is not None
        chip = Chip(self._bus, rom, family, fresh=fresh)
        separate = prop.array is not None and index != ALL
        value = prop.read(chip, index) if separate else prop.read(chip)
        if not inspect.isawaitable(value):
            return Sample(value, self._bus.clock.now(), float("inf"))
        value = await value
        since = min(chip.since, self._bus.clock.now())
        if prop.change is Change.LINKED:
            return Sample(value, since, chip.until)
        if since < self._written.get(rom, float("-inf")):
            # Somebody wrote meanwhile: right for who asked, but not to be kept.
            return Sample(value, since, 0.0)
        key = value_key(rom, prop.name, index)
        return Sample(
            value, since, min(chip.until, self._bus.cache.put(key, value, prop.change.life, since))
        )

    async def write(
        self, rom: RomId, family: Family, prop: Property, index: Index | None, value: Any
    ) -> None:
        """Write a parsed value (a list for ALL, a number for BYTE); it is verified or it raises."""
        if prop.write is None:
            raise NotSupportedError(f"{prop.name} of family {family.name} cannot be written")
        async with self.lock(rom):
            chip = Chip(self._bus, rom, family, fresh=True)
            try:
                for arguments in await self._pieces(chip, prop, index, value):
                    done = prop.write(chip, *arguments)
                    if inspect.isawaitable(done):
                        await done
            finally:
                self._spoil(rom, prop)

    async def _pieces(
        self, chip: Chip, prop: Property, index: Index | None, value: Any
    ) -> list[tuple[Any, ...]]:
        """The arguments of each call of the writer that this write takes."""
        array = prop.array
        if array is None:
            return [(value,)]
        if index == BYTE:
            value, index = number_to_bits(value, array.elements), ALL
        if array.fetch is not Fetch.TOGETHER:
            return list(enumerate(value)) if index == ALL else [(index, value)]
        if index != ALL:
            whole = list(await self.fetch(chip, prop, ALL))
            whole[cast(int, index)] = value
            value = whole
        return [(value,)]

    def _spoil(self, rom: RomId, prop: Property) -> None:
        self._written[rom] = self._bus.clock.now()
        for name in (prop.name, *prop.spoils):
            self._bus.cache.drop(value_key(rom, name, None))
            for index in (ALL, *range(prop.array.elements if prop.array else 0)):
                self._bus.cache.drop(value_key(rom, name, index))

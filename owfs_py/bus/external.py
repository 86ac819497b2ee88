"""External sensors: devices that exist as shell commands only, and the bus that holds them.

Nothing here runs a process; scripts.py does. How sensors are declared in configuration files is
in owfs_py.server.sensorlines.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple, cast

from owfs_py.bus.access import assembled, value_key
from owfs_py.bus.cache import Cache, Life
from owfs_py.bus.conversions import Convert
from owfs_py.bus.errors import (
    CommunicationError,
    InvalidValueError,
    NotSupportedError,
    OneWireError,
    ScriptError,
)
from owfs_py.bus.face import Devices, LocalBus, Sample
from owfs_py.bus.families.catalog import Feature
from owfs_py.bus.flights import Flights
from owfs_py.bus.properties import ALL, Fetch, Index, Part, Property, Table, Visible
from owfs_py.bus.rom import RomId
from owfs_py.bus.scripts import Finished, Scripts
from owfs_py.bus.sensors import TYPE, Scripted, Sensor, Sensors
from owfs_py.bus.tree import Node
from owfs_py.bus.values import BYTES, Kind, format_value
from owfs_py.bus.view import DEFAULT_VIEW, View

log = logging.getLogger(__name__)

VERSION = 37
"""owserver's number of this kind of bus."""
SIGNIFICANT_DIGITS = 12
"""Of a number that a command is given."""


class _Wanted(NamedTuple):
    """One value as a command is asked for it."""

    sensor: Sensor
    prop: Scripted
    element: Index | None
    part: Part | None = None

    @property
    def key(self) -> tuple[Any, ...]:
        return value_key((TYPE, self.sensor.name), self.prop.name, self.element)

    @property
    def what(self) -> tuple[str, str]:
        return self.sensor.name, self.prop.name

    def words(self, mode: str, size: int, offset: int) -> list[str]:
        """What follows the command."""
        extension = 0 if self.element is None else self.element
        numbers = str(size), str(offset)
        return [*self.what, str(extension), mode, *numbers, self.sensor.data, self.prop.data]

    def __str__(self) -> str:
        return "/".join(self.what)


class ExternalBus(LocalBus):
    """The bus of the external sensors. `scripts` runs their commands."""

    address = "external"
    kind = "External"
    version = VERSION

    def __init__(
        self,
        number: int,
        cache: Cache,
        sensors: Sensors,
        on_change: Callable[[], None] = lambda: None,
        *,
        scripts: Scripts | None = None,
    ) -> None:
        super().__init__(number, cache, on_change)
        self._scripts = scripts or Scripts()
        self._sensors = {sensor.name: sensor for sensor in sensors.all()}
        self._tables = {name: sensor.table for name, sensor in self._sensors.items()}
        self._families = sensors.families()
        self._flights = Flights()
        self._locks: defaultdict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._writes: Counter[tuple[str, str]] = Counter()
        self._failing: set[tuple[str, str, str]] = set()

    async def start(self) -> None:
        self._scripts.start()

    async def stop(self) -> None:
        await self._scripts.stop()

    async def reopen(self) -> None:
        """There is no fault to get over."""

    # Who is there

    @property
    def named(self) -> Mapping[str, Table]:
        return self._tables

    @property
    def families(self) -> Mapping[str, Table]:
        return self._families

    async def search(self, *, alarm: bool = False) -> list[RomId]:
        return []  # they have no ROM ids

    async def devices(self, view: View, *, alarm: bool, fresh: bool) -> Devices:
        if alarm:
            return Devices([], Feature.NOTHING, 0.0)
        return Devices(list(self._sensors), Feature.NOTHING, 0.0 if fresh else float("inf"))

    async def has(self, rom: RomId, view: View = DEFAULT_VIEW) -> bool:
        return False

    async def is_visible(self, prop: Property, rom: RomId) -> bool:
        return prop.visible is Visible.ALWAYS

    async def convert_everybody(self, convert: Convert, view: View = DEFAULT_VIEW) -> None:
        """Nobody is there who could."""

    def is_converting(self, lifetime: float) -> bool:
        return False

    # Reading

    async def sample(self, node: Node, fresh: bool, part: Part | None = None) -> Sample:
        sensor, prop = self._sensors[node.sensor], node.prop
        if not isinstance(prop, Scripted):
            assert prop is not None
            assert prop.read is not None
            return Sample(prop.read(), self.clock.now(), float("inf"))

        async def one(element: Index | None) -> Sample:
            return await self._one(_Wanted(sensor, prop, element, part), fresh)

        return await assembled(prop, node.index, one)

    async def _one(self, wanted: _Wanted, fresh: bool) -> Sample:
        asked = self.clock.now()
        kept = None if fresh else self._kept(wanted)
        if kept is not None:
            return kept
        # Nobody joins a reading that began before this request, if it must be fresh, or before
        # the last write.
        key = (*wanted.key, wanted.part, fresh, self._writes[wanted.what])
        while True:
            sample = await self._flights.join(key, lambda: self._read(wanted))
            if not fresh or sample.since >= asked:
                return sample

    def _kept(self, wanted: _Wanted) -> Sample | None:
        entry = self.cache.get(wanted.key)
        if entry is None:
            return None
        value, part = entry.value, wanted.part
        if part is not None:
            value = value[part.offset : sum(part)]
        return Sample(value, entry.since, self.cache.until(entry))

    async def _read(self, wanted: _Wanted) -> Sample:
        began, writes = self.clock.now(), self._writes[wanted.what]
        value = await self._asked(wanted)
        life = wanted.prop.life
        if life is Life.NEVER or wanted.part is not None or writes != self._writes[wanted.what]:
            return Sample(value, began, 0.0)
        known = self.cache.last(wanted.key)
        until = self.cache.put(wanted.key, value, life, began)
        if known is not None and known.value != value:
            self._on_change()  # who asks past the cache renews what the others are told
        return Sample(value, began, until)

    async def _asked(self, wanted: _Wanted) -> Any:
        """The value that a command tells; what is wrong with it goes to the log."""
        prop = wanted.prop
        if not prop.read_command:
            raise NotSupportedError(f"{wanted} cannot be read")
        offset, size = wanted.part or (0, prop.full_size(wanted.element))
        try:
            words = wanted.words("read", size, offset)
            value = _value(wanted, await self._scripts.run(prop.read_command, words), size)
        except OneWireError as error:
            raise self._failed("read", wanted, error) from error
        self._failing.discard(("read", *wanted.what))
        return value

    # Writing

    async def store(self, node: Node, value: Any, offset: int = 0) -> None:
        prop = node.prop
        if not isinstance(prop, Scripted) or not prop.write_command:
            raise NotSupportedError(f"{node.path} cannot be written")
        wanted = _Wanted(self._sensors[node.sensor], prop, node.index)
        self.counts.writes += 1
        async with self._locks[wanted.what]:
            try:
                for piece, item in await self._pieces(wanted, value):
                    await self._tell(piece, item, offset)
            finally:
                self._spoil(wanted)

    async def _pieces(self, wanted: _Wanted, value: Any) -> Iterable[tuple[_Wanted, Any]]:
        """What to write, call by call."""
        array = wanted.prop.array
        fetch = Fetch.SPARSE if array is None else array.fetch
        if fetch is Fetch.SEPARATE and wanted.element == ALL:
            return [(wanted._replace(element=n), item) for n, item in enumerate(value)]
        if fetch is Fetch.TOGETHER and wanted.element != ALL:
            together = wanted._replace(element=ALL)
            whole = list((await self._one(together, fresh=True)).value)
            whole[cast(int, wanted.element)] = value
            return [(together, whole)]
        return [(wanted, value)]

    async def _tell(self, wanted: _Wanted, value: Any, offset: int) -> None:
        prop = wanted.prop
        text = _text(wanted, value)
        words = wanted.words("write", len(text), offset if prop.partial else 0)
        try:
            finished = await self._scripts.run(prop.write_command, words, text)
            if finished.status:
                raise ScriptError(str(finished))
        except OneWireError as error:
            raise self._failed("write", wanted, error) from error
        self._failing.discard(("write", *wanted.what))

    def _spoil(self, wanted: _Wanted) -> None:
        self._writes[wanted.what] += 1
        array = wanted.prop.array
        for index in (None, ALL, *range(array.elements if array else 0)):
            self.cache.drop(wanted._replace(element=index).key)

    def _failed(self, mode: str, wanted: _Wanted, error: OneWireError) -> OneWireError:
        """An error of the same kind that says where; the log has the first of many in a row."""
        told = type(error)(f"cannot {mode} {wanted}: {error}")
        known = (mode, *wanted.what) in self._failing
        self._failing.add((mode, *wanted.what))
        log.log(logging.INFO if known else logging.WARNING, "%s", told)
        return told


def _value(wanted: _Wanted, finished: Finished, size: int) -> Any:
    """The value in what a command wrote, of which `size` bytes are of use.

    Raises ScriptError if it failed, CommunicationError if this is no value. As in owserver the
    exit status of a command that wrote something does not matter.
    """
    prop, output = wanted.prop, finished.output
    if finished.status and not output:
        raise ScriptError(str(finished))
    text = output[:size].ljust(size, b"\x00") if prop.kind in BYTES else output.lstrip()
    try:
        if prop.kind is Kind.DATE and any(map(_means_now, text.split(b","))):
            raise InvalidValueError("no date")
        return prop.parse(text, wanted.element, DEFAULT_VIEW)
    except OneWireError as error:
        raise CommunicationError(f"its command wrote {output[:40]!r}: {error}") from error


def _means_now(date: bytes) -> bool:
    """Whether somebody who writes this date means the present time; who reads it means nothing."""
    return len(date.strip()) < 2


def _text(wanted: _Wanted, value: Any) -> bytes:
    """The standard input of a command that gets a value."""
    kind = wanted.prop.kind
    if wanted.element != ALL:
        return _element_text(kind, value)
    joint = b"" if kind is Kind.BINARY else b","
    return joint.join(_element_text(kind, item) for item in value)


def _element_text(kind: Kind, value: Any) -> bytes:
    if isinstance(value, float):
        return f"{value:.{SIGNIFICANT_DIGITS}G}".encode()
    text = format_value(kind, value, replace(DEFAULT_VIEW, trim=True))
    # Those of an array that come from another command are padded.
    return text.rstrip(b"\0") if kind is Kind.TEXT else text

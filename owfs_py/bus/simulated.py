"""Simulated buses: devices that exist as a list of ROM ids only, with invented values.

There is no wire here, nor chips that work; those are in owfs_py.emulator. In three styles, which
are owserver's options of the same names: fake, tester and mock.
"""

from __future__ import annotations

import enum
import inspect
import logging
import re
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from owfs_py.bus.aliases import Aliases
from owfs_py.bus.cache import Cache
from owfs_py.bus.chip import Chip
from owfs_py.bus.conversions import Convert
from owfs_py.bus.errors import CommunicationError, InvalidValueError, OneWireError
from owfs_py.bus.face import Devices, LocalBus, Sample, device_of, features_of
from owfs_py.bus.families import Family, find_family
from owfs_py.bus.invention import Computed, Random, Range, Source, parse_device
from owfs_py.bus.properties import ALL, Change, Fetch, Index, Part, Property, Visible
from owfs_py.bus.rom import RomId
from owfs_py.bus.text import split_written
from owfs_py.bus.transaction import Step
from owfs_py.bus.tree import Node
from owfs_py.bus.values import Kind
from owfs_py.bus.view import DEFAULT_VIEW, View

if TYPE_CHECKING:
    from owfs_py.bus.wired import WiredBus

log = logging.getLogger(__name__)


class Style(enum.Enum):
    """Where values come from."""

    FAKE = "fake", "Simulated-Random", 27
    """At random; what is written has no effect."""
    TESTER = "tester", "Simulated-Computed", 28
    """From the ROM id: always the same for a device; what is written has no effect."""
    MOCK = "mock", "Simulated-Mock", 29
    """At random until the property is written, then what was written."""

    def __init__(self, word: str, kind: str, version: int) -> None:
        self.word = word
        self.kind = kind
        self.version = version


def _model(rom: RomId) -> str:
    """What a device is where models share a family code, or nothing: what owserver makes of it.

    A tester's memory is full of ROM ids: one stands where a chip of family 3B has its scratchpad.
    """
    match rom.family:
        case 0x3B if not rom[4] & 0x80:  # configuration register
            return "DS1825"
        case 0x3B:
            return "MAX31826" if rom[2:4] == b"\xff\xff" else "MAX31850"
        case 0xFC:
            return "generic"
        case _:
            return ""


@cache
def _family_here(code: int) -> Family:
    """The family as devices on a simulated bus have it, whose memory nobody can read."""

    async def model(chip: Chip) -> str:
        return _model(chip.rom)

    return replace(find_family(code), model=model)


class SimulatedChip(Chip):
    """A device for readers of what never changes: its ROM id is there, its memory is not."""

    bus: Any

    def __init__(self, bus: SimulatedBus, rom: RomId) -> None:
        super().__init__(cast("WiredBus", bus), rom, _family_here(rom.family), fresh=False)

    async def run(self, *steps: Step, attempts: int = 3) -> list[bytes]:
        raise CommunicationError(f"{self.bus.name}: {self.rom} is simulated and has no memory")

    async def value(self, name: str, index: Index | None = None) -> Any:
        raise CommunicationError(f"{self.bus.name}: {self.rom} is simulated and has no {name}")


class SimulatedBus(LocalBus):
    """A bus of invented devices.

    `devices` is a list as owserver takes it: names of chips, family codes, or family codes and
    bytes of an address, separated by commas or blanks. What is none of these is reported to the
    log and left out. `unit` numbers the buses of a style; on a tester it is part of the addresses.
    """

    def __init__(
        self,
        number: int,
        cache: Cache,
        aliases: Aliases,
        on_change: Callable[[], None] = lambda: None,
        *,
        style: Style,
        devices: str,
        unit: int = 0,
        temperatures: Range | None = None,
    ) -> None:
        super().__init__(number, cache, on_change)
        self.address = f"{style.word}.{unit}"
        self.kind = style.kind
        self.version = style.version
        self.aliases = aliases
        self._range = temperatures or Range()
        self._source = self._make_source(style, unit)
        self._keeps = style is Style.MOCK
        self._written: dict[tuple[RomId, str, Index | None], Any] = {}
        self._roms = self._parse(devices)
        self._there = frozenset(self._roms)

    def _make_source(self, style: Style, unit: int) -> Source:
        if style is Style.TESTER:
            return Computed(unit)
        source = Random(self.address)
        source.range = self._range
        return source

    def _parse(self, devices: str) -> list[RomId]:
        roms: list[RomId] = []
        items = re.split("[, ]", devices) if devices else []
        for position, item in enumerate(items, start=1):
            rom = parse_device(item, lambda code: self._source.serial(code, len(roms)))
            if rom is not None:
                roms.append(rom)
            else:
                log.warning("%s: device %d <%s> not recognized, ignored", self.name, position, item)
        return roms

    async def start(self) -> None:
        """There is nothing to open."""

    async def stop(self) -> None:
        """There is nothing to give back."""

    async def reopen(self) -> None:
        """There is no fault to get over."""

    # Who is there

    async def search(self, *, alarm: bool = False) -> list[RomId]:
        self.look_for_long_resets(self._roms)
        return [] if alarm else list(self._roms)

    async def devices(self, view: View, *, alarm: bool, fresh: bool) -> Devices:
        roms = await self.search(alarm=alarm)
        return Devices(roms, features_of(roms), 0.0 if fresh else float("inf"))

    async def has(self, rom: RomId, view: View = DEFAULT_VIEW) -> bool:
        return rom in self._there

    # Settings

    @property
    def settings(self) -> Collection[str]:
        return ("simulated/templow", "simulated/temphigh")

    async def setting(self, name: str) -> Any:
        if name not in self.settings:
            return await super().setting(name)
        return self._range.low if name == "simulated/templow" else self._range.high

    async def change_setting(self, name: str, value: Any) -> None:
        if name not in self.settings:
            await super().change_setting(name, value)
        which = "low" if name == "simulated/templow" else "high"
        self._range = self._range._replace(**{which: value})
        if isinstance(self._source, Random):
            self._source.range = self._range

    # Values

    async def sample(self, node: Node, fresh: bool, part: Part | None = None) -> Sample:
        rom, _, prop = device_of(node)
        value, until = await self._value(rom, prop, node.index)
        if part is not None:
            value = _bytes(value)[part.offset : sum(part)]
        return Sample(value, self.clock.now(), until)

    async def _value(self, rom: RomId, prop: Property, index: Index | None) -> tuple[Any, float]:
        """A value and until when it stays."""
        if _is_of_rom(prop):
            return await self._of_rom(rom, prop, index), float("inf")
        key = (rom, prop.name, index)
        if key in self._written:
            return self._written[key], 0.0
        if index == ALL and prop.array is not None:
            values = [self._source.element(rom, prop, n) for n in range(prop.array.elements)]
            return values, self._source.until
        return self._source.element(rom, prop, index), self._source.until

    async def _of_rom(self, rom: RomId, prop: Property, index: Index | None) -> Any:
        if prop.read is None:
            raise CommunicationError(f"{self.name}: {rom} is simulated and has no {prop.name}")
        array = prop.array
        if array is not None and array.fetch is Fetch.TOGETHER and isinstance(index, int):
            whole = await _awaited(prop.read(SimulatedChip(self, rom)))
            return whole if index == ALL else whole[index]
        if array is not None and array.fetch is Fetch.SEPARATE and index == ALL:
            return [await self._of_rom(rom, prop, n) for n in range(array.elements)]
        arguments = [] if index in (None, ALL) else [index]
        return await _awaited(prop.read(SimulatedChip(self, rom), *arguments))

    async def store(self, node: Node, value: Any, offset: int = 0) -> None:
        rom, _, prop = device_of(node)
        if prop.array is not None and node.index == ALL and len(value) != prop.array.elements:
            raise InvalidValueError(f"{prop.name} has {prop.array.elements} elements here")
        if prop.kind is Kind.ALIAS:
            assert prop.write is not None
            prop.write(SimulatedChip(self, rom), value)
        elif self._keeps and not _is_of_rom(prop):
            key = (rom, prop.name, node.index)
            if offset and prop.kind in (Kind.TEXT, Kind.BINARY):
                value = _spliced(_bytes(self._written.get(key, b"")), value, offset)
            self._written[key] = value

    async def write_refused(self, node: Node, data: bytes, offset: int, view: View) -> None:
        # So a mock's user can have it measure something.
        assert node.prop is not None
        value, _ = split_written(node.prop, node.index, data, offset, view)
        await self.store(node, value, max(offset, 0))

    async def is_visible(self, prop: Property, rom: RomId) -> bool:
        if isinstance(prop.visible, Visible):
            return prop.visible is Visible.ALWAYS
        try:
            return bool(await _awaited(prop.visible(SimulatedChip(self, rom))))
        except OneWireError:
            return False

    async def convert_everybody(self, convert: Convert, view: View = DEFAULT_VIEW) -> None:
        """Nobody is there who could."""

    def is_converting(self, lifetime: float) -> bool:
        return False


def _is_of_rom(prop: Property) -> bool:
    """Whether the true value is known here: it depends on nothing but the ROM id."""
    return prop.change is Change.STATIC or prop.name == "present"


async def _awaited(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")


def _spliced(old: bytes, new: bytes, offset: int) -> bytes:
    return old[:offset].ljust(offset, b"\0") + new + old[offset + len(new) :]

"""Path text to node: the grammar of owserver's paths, and where the virtual directories hang.

Parsing asks no bus: whether a device is there is for OneWire to find out.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from owfs_py.bus.errors import PathError
from owfs_py.bus.families import family_of
from owfs_py.bus.properties import Index, Property, Table
from owfs_py.bus.rom import RomId

MAX_PATH = 4096
"""Characters of the longest path that owserver takes."""

PREFIXES = ("uncached", "unaliased", "text", "json")
"""Words that may stand almost anywhere, in any number; `text` and `json` change nothing."""
ROOT_TABLES = ("settings", "system", "statistics")
BUS_TABLES = ("interface",)
REAL_TABLES = ("simultaneous", "thermostat")


class Scope(enum.Enum):
    """What kind of place a path leads to."""

    ROOT = enum.auto()  # /, /bus.N
    ALARM = enum.auto()
    STRUCTURE = enum.auto()  # /structure and everything below
    TABLE = enum.auto()  # a device or a virtual directory, and everything below


@dataclass(frozen=True, slots=True)
class Node:
    """Where a path leads."""

    path: str
    """As it was asked for, without a slash at the end; entries of a listing begin with it."""
    scope: Scope = Scope.ROOT
    bus: int | None = None
    """The number in /bus.N, if the path has one."""
    uncached: bool = False
    unaliased: bool = False
    alarm: bool = False
    """The path leads through /alarm: nothing is taken from the cache or put there."""
    rom: RomId | None = None
    rom_at: int = 0
    """Which word of the path names the device."""
    table: Table | None = None
    """The device's family or the virtual directory."""
    directory: str = ""
    """The subdirectory of the table."""
    prop: Property | None = None
    index: Index | None = None

    @property
    def is_directory(self) -> bool:
        return self.prop is None


@dataclass(frozen=True, slots=True)
class Names:
    """What the grammar must be told: the words that are not the same in every installation."""

    has_bus: Callable[[int], bool]
    alias: Callable[[str], RomId | None]
    virtual: Mapping[str, Table]
    """settings, system, statistics, simultaneous, thermostat and interface."""
    structure: Callable[[str], Table | None]
    """The table under a word in /structure."""


class _State(enum.Enum):
    START = enum.auto()
    REAL = enum.auto()  # below /alarm
    VIRTUAL = enum.auto()  # below a virtual directory
    STRUCTURE = enum.auto()


def parse(path: str, names: Names) -> Node:
    """The node that `path` leads to. Raises PathError."""
    return _Parser(path, names).parse()


class _Parser:
    def __init__(self, path: str, names: Names) -> None:
        self._path = path
        self._names = names
        self._node = Node("")
        self._state = _State.START

    def _fail(self, reason: str) -> PathError:
        return PathError(f"{self._path!r}: {reason}")

    def parse(self) -> Node:
        if len(self._path) > MAX_PATH:
            raise PathError(f"a path of {len(self._path)} characters")
        body = self._path.removeprefix("/")
        slash_at_end = body.endswith("/")
        segments = body.removesuffix("/").split("/") if body else []
        if any(not segment for segment in segments):
            raise self._fail("an empty word")
        for position, segment in enumerate(segments):
            had_device = self._node.rom is not None
            self._take(segment)
            if self._node.rom is not None and not had_device:
                self._node = replace(self._node, rom_at=position)
        if slash_at_end and not self._node.is_directory:
            raise self._fail("a slash after a property")
        shown = "/" + "/".join(segments) if segments else ""
        return replace(self._node, path=shown)

    def _take(self, segment: str) -> None:
        if not self._node.is_directory:
            raise self._fail(f"{segment!r} after a property")
        if self._node.rom is not None or self._node.directory:
            self._take_from_table(segment)
        elif segment.lower() in PREFIXES:
            self._take_prefix(segment.lower())
        elif self._state is _State.VIRTUAL:
            self._take_from_table(segment)
        elif self._state is _State.STRUCTURE:
            self._take_structure(segment)
        else:
            self._take_word(segment)

    def _take_prefix(self, word: str) -> None:
        if word == "uncached":
            self._node = replace(self._node, uncached=True)
        elif word == "unaliased":
            self._node = replace(self._node, unaliased=True)

    def _take_word(self, segment: str) -> None:
        word = segment.lower()
        at_start = self._state is _State.START
        on_bus = self._node.bus is not None
        if at_start and word == "alarm":
            self._state = _State.REAL
            self._node = replace(self._node, scope=Scope.ALARM, alarm=True)
        elif at_start and word.startswith("bus."):
            self._take_bus(word[4:])
        elif at_start and word == "structure" and not on_bus:
            self._state = _State.STRUCTURE
            self._node = replace(self._node, scope=Scope.STRUCTURE)
        elif (at_start and word in (BUS_TABLES if on_bus else ROOT_TABLES)) or word in REAL_TABLES:
            self._state = _State.VIRTUAL
            self._node = replace(self._node, scope=Scope.TABLE, table=self._names.virtual[word])
        else:
            self._take_device(segment)

    def _take_bus(self, digits: str) -> None:
        if not (digits.isascii() and digits.isdigit()) or self._node.bus is not None:
            raise self._fail("no such bus")
        number = int(digits)
        if not self._names.has_bus(number):
            raise self._fail(f"there is no bus.{number}")
        self._node = replace(self._node, bus=number)

    def _take_device(self, segment: str) -> None:
        try:
            rom: RomId | None = RomId.parse(segment)
        except ValueError as error:
            rom = self._names.alias(segment)
            if rom is None:
                raise self._fail(f"no device or word of this name ({error})") from error
        assert rom is not None
        self._node = replace(self._node, scope=Scope.TABLE, rom=rom, table=family_of(rom))

    def _take_structure(self, segment: str) -> None:
        if self._node.table is not None:
            self._take_from_table(segment)
            return
        table = self._names.structure(segment)
        if table is None:
            raise self._fail(f"no family {segment!r}")
        self._node = replace(self._node, table=table)

    def _take_from_table(self, segment: str) -> None:
        table = self._node.table
        assert table is not None
        prefix = f"{self._node.directory}/" if self._node.directory else ""
        if prefix + segment in table.directories:
            self._node = replace(self._node, directory=prefix + segment)
            return
        prop = table.get(prefix + segment.partition(".")[0])
        if prop is None:
            raise self._fail(f"{table.name} has no property {prefix + segment!r}")
        try:
            index = prop.parse_extension(segment)
        except ValueError as error:
            raise self._fail(f"{segment!r}: {error}") from error
        self._node = replace(self._node, prop=prop, index=index)

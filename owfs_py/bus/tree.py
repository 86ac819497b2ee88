"""Path text to node: the grammar of owserver's paths, and where the virtual directories hang.

Parsing asks no bus: whether a device is there is for OneWire to find out.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from owfs_py.bus.branches import SIDES, TRUNK, Branch, Coupler
from owfs_py.bus.errors import PathError
from owfs_py.bus.families import family_of
from owfs_py.bus.properties import Index, Property, Table
from owfs_py.bus.rom import RomFormat, RomId
from owfs_py.bus.values import Kind

MAX_PATH = 4096
"""Characters of the longest path that owserver takes."""

PREFIXES = ("uncached", "unaliased", "text", "json")
"""Words that may stand almost anywhere, in any number; `text` and `json` change nothing."""
ROOT_TABLES = ("settings", "system", "statistics")
BUS_TABLES = ("interface",)
REAL_TABLES = ("simultaneous", "thermostat")


class Scope(enum.Enum):
    """What kind of place a path leads to."""

    ROOT = enum.auto()  # /, /bus.N, a branch behind a coupler
    ALARM = enum.auto()
    STRUCTURE = enum.auto()  # /structure and everything below
    TABLE = enum.auto()  # a device or a virtual directory, and everything below
    REMOTE = enum.auto()  # whatever another owserver takes it for


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
    branch: Branch = TRUNK
    """The couplers that the path leads through."""
    rom: RomId | None = None
    rom_at: int = 0
    """Which word of the path names the device."""
    sensor: str = ""
    """The name of the device, if it has one instead of a ROM id."""
    table: Table | None = None
    """The device's family or the virtual directory."""
    directory: str = ""
    """The subdirectory of the table."""
    prop: Property | None = None
    index: Index | None = None
    upstream: str = ""
    """The path for another owserver: without the bus, and with addresses for aliases."""
    bus_at: int | None = None
    """Which word of the path names the bus, if it does."""

    @property
    def is_directory(self) -> bool:
        """Whether it is no property; of a REMOTE node only the other owserver knows that."""
        return self.prop is None

    @property
    def is_of_device(self) -> bool:
        """Whether it is a device, or something of one."""
        return self.rom is not None or bool(self.sensor)


NOWHERE = Node("")
"""Where a path begins."""


class UnknownWordError(PathError):
    """A word of a path that means nothing here, but may to another owserver."""

    def __init__(self, reason: str, node: Node, word: str) -> None:
        super().__init__(reason)
        self.node = node
        """Where the path leads up to that word: to a device, or to where one may stand."""
        self.word = word


@dataclass(frozen=True, slots=True)
class Names:
    """What the grammar must be told: the words that are not the same in every installation."""

    has_bus: Callable[[int], bool]
    alias: Callable[[str], RomId | None]
    virtual: Mapping[str, Table]
    """settings, system, statistics, simultaneous, thermostat and interface."""
    structure: Callable[[str], Table | None]
    """The table under a word in /structure."""
    is_relay: Callable[[int], bool] = lambda number: False
    """Whether a bus is another owserver, which understands paths itself."""
    named: Callable[[str], Table | None] = lambda name: None
    """The table of the device that has this name instead of a ROM id."""


class _State(enum.Enum):
    START = enum.auto()
    REAL = enum.auto()  # below /alarm
    BRANCH = enum.auto()  # below a branch
    VIRTUAL = enum.auto()  # below a virtual directory
    LIKE_DEVICE = enum.auto()  # below /simultaneous or /thermostat
    STRUCTURE = enum.auto()
    RELAY = enum.auto()  # below another owserver, as far as its words can be ours
    REMOTE = enum.auto()  # behind the first word there that is not


def parse(path: str, names: Names) -> Node:
    """The node that `path` leads to. Raises PathError."""
    return _Parser(path, names).parse()


def parse_remote(path: str, names: Names, bus: int) -> Node:
    """The node of a `path` that does not name the bus but is another owserver's altogether."""
    return _Parser(path, names, Node("", Scope.REMOTE, bus), _State.REMOTE).parse()


class _Parser:
    def __init__(
        self, path: str, names: Names, start: Node = NOWHERE, state: _State = _State.START
    ) -> None:
        self._path = path
        self._names = names
        self._node = start
        self._state = state
        self._sent = ""  # what another owserver is sent instead of the present word
        self._upstream: list[str] = []

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
            before = self._node
            self._take(segment)
            if self._node.rom is not None and before.rom is None:
                self._node = replace(self._node, rom_at=position)
            if self._node.bus is not None and before.bus is None:
                self._node = replace(self._node, bus_at=position)
            else:
                self._upstream.append(self._sent or segment)
            self._sent = ""
        if slash_at_end and not self._node.is_directory:
            raise self._fail("a slash after a property")
        shown = "/" + "/".join(segments) if segments else ""
        upstream = "/" + "/".join(self._upstream)
        if slash_at_end and self._upstream:
            upstream += "/"  # which only a directory may have
        return replace(self._node, path=shown, upstream=upstream)

    def _take(self, segment: str) -> None:
        if self._state is _State.REMOTE:
            self._take_remote(segment)
            return
        if not self._node.is_directory:
            raise self._fail(f"{segment!r} after a property")
        like_device = self._node.is_of_device or self._state is _State.LIKE_DEVICE
        if like_device or self._node.directory or self._is_property(segment):
            self._take_from_table(segment)
        elif segment.lower() in PREFIXES:
            self._take_prefix(segment.lower())
        elif self._state is _State.VIRTUAL:
            self._take_from_table(segment)
        elif self._state is _State.STRUCTURE:
            self._take_structure(segment)
        elif self._state is _State.RELAY and segment.lower() not in BUS_TABLES:
            self._state = _State.REMOTE
            self._take_remote(segment)
        else:
            self._take_word(segment)

    def _is_property(self, segment: str) -> bool:
        """Whether there is a property of this name here, be it a word elsewhere."""
        table = self._node.table
        return table is not None and table.get(segment.partition(".")[0]) is not None

    def _take_remote(self, segment: str) -> None:
        if segment.lower() in PREFIXES:
            self._take_prefix(segment.lower())
            return
        last = self._upstream[-1].lower() if self._upstream else ""
        if not last or last in (*PREFIXES, *SIDES, "alarm") or last.startswith("bus."):
            self._take_alias(segment)

    def _take_alias(self, segment: str) -> RomId | None:
        rom = self._names.alias(segment)
        if rom is not None:
            self._sent = rom.text(RomFormat.FI)
        return rom

    def _take_prefix(self, word: str) -> None:
        if word == "uncached":
            self._node = replace(self._node, uncached=True)
        elif word == "unaliased":
            self._node = replace(self._node, unaliased=True)

    def _take_word(self, segment: str) -> None:
        word = segment.lower()
        at_start = self._state in (_State.START, _State.RELAY)
        on_bus = self._node.bus is not None
        if word == "alarm" and self._state in (_State.START, _State.BRANCH):
            self._state = _State.REAL
            self._node = replace(self._node, scope=Scope.ALARM, alarm=True)
        elif at_start and word.startswith("bus."):
            self._take_bus(word[4:])
        elif at_start and word == "structure" and not on_bus:
            self._state = _State.STRUCTURE
            self._node = replace(self._node, scope=Scope.STRUCTURE)
        elif at_start and word in (BUS_TABLES if on_bus else ROOT_TABLES):
            self._enter(word, _State.VIRTUAL)
        elif word in REAL_TABLES:
            self._enter(word, _State.LIKE_DEVICE)
        else:
            self._take_device(segment)

    def _enter(self, word: str, state: _State) -> None:
        self._state = state
        self._node = replace(self._node, scope=Scope.TABLE, table=self._names.virtual[word])

    def _take_bus(self, digits: str) -> None:
        if not (digits.isascii() and digits.isdigit()) or self._node.bus is not None:
            raise self._fail("no such bus")
        number = int(digits)
        if not self._names.has_bus(number):
            raise self._fail(f"there is no bus.{number}")
        self._node = replace(self._node, bus=number)
        if self._names.is_relay(number):
            self._node = replace(self._node, scope=Scope.REMOTE)
            self._state = _State.RELAY

    def _take_device(self, segment: str) -> None:
        try:
            rom: RomId | None = RomId.parse(segment)
        except ValueError as error:
            table = self._names.named(segment)
            if table is not None:
                self._node = replace(self._node, scope=Scope.TABLE, sensor=segment, table=table)
                return
            rom = self._take_alias(segment)
            if rom is None:
                reason = f"{self._path!r}: no device or word of this name ({error})"
                raise UnknownWordError(reason, self._node, segment) from error
        assert rom is not None
        self._node = replace(self._node, scope=Scope.TABLE, rom=rom, table=family_of(rom))

    def _enter_branch(self, rom: RomId, segment: str) -> None:
        if segment not in SIDES:
            raise self._fail(f"no branch {segment!r}")
        branch = (*self._node.branch, Coupler(rom, SIDES[segment]))
        self._state = _State.BRANCH
        self._node = replace(
            self._node, scope=Scope.ROOT, branch=branch, rom=None, table=None, directory=""
        )

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
            reason = f"{self._path!r}: {table.name} has no property {prefix + segment!r}"
            raise UnknownWordError(reason, self._node, segment)
        if prop.kind is Kind.DIRECTORY and self._node.rom is not None:
            self._enter_branch(self._node.rom, segment)
            return
        try:
            index = prop.parse_extension(segment)
        except ValueError as error:
            raise self._fail(f"{segment!r}: {error}") from error
        self._node = replace(self._node, prop=prop, index=index)

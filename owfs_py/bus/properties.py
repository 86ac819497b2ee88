"""How a property is described: kind, size, access, change class, array shape, reader and writer.

A table of these is all that the rest needs to list, type, format, cache and write a property;
only readers and writers know a chip. The text forms of single values are in values.py.
"""

from __future__ import annotations

import enum
import string
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from owfs_py.bus.cache import Life
from owfs_py.bus.errors import InvalidValueError, OutOfRangeError
from owfs_py.bus.values import BYTES, FIXED_SIZES, NUMBER_WIDTH, Kind, format_value, parse_value
from owfs_py.bus.view import View

ALL = -1
"""The index of `.ALL`."""
BYTE = -2
"""The index of `.BYTE`: all elements of a bit field as one number, element 0 in bit 0."""

Index = int | str
"""Element number, ALL or BYTE; the text of a sparse array's index."""


class Change(enum.Enum):
    """How a value changes: the letter shown in /structure, and how long the cache keeps it."""

    STATIC = enum.auto(), "f", Life.NEVER
    STABLE = enum.auto(), "s", Life.STABLE
    READ_STABLE = enum.auto(), "v", Life.STABLE
    VOLATILE = enum.auto(), "v", Life.VOLATILE
    TEMPERATURE = enum.auto(), "v", Life.VOLATILE  # stale once /simultaneous/temperature is written
    VOLTAGE = enum.auto(), "v", Life.VOLATILE  # stale once /simultaneous/voltage is written
    SECOND = enum.auto(), "t", Life.SECOND
    UNCACHED = enum.auto(), "v", Life.NEVER
    LINKED = enum.auto(), "v", Life.NEVER  # made from another property, which is cached
    PAGE = enum.auto(), "v", Life.NEVER
    STATISTIC = enum.auto(), "v", Life.NEVER
    LOCATOR = enum.auto(), "f", Life.DIRECTORY

    def __init__(self, _: object, letter: str, life: Life) -> None:
        self.letter = letter
        self.life = life


class Fetch(enum.Enum):
    """How the elements of an array come from the chip."""

    SEPARATE = enum.auto()  # one by one
    TOGETHER = enum.auto()  # always all at once
    MIXED = enum.auto()  # one alone, or all at once
    SPARSE = enum.auto()  # any index, never listed, never cached


@dataclass(frozen=True, slots=True)
class Array:
    """The shape of an array property."""

    elements: int
    """Number of elements; 0 for a sparse array indexed by number, -1 by text."""
    fetch: Fetch = Fetch.SEPARATE
    lettered: bool = False
    """Elements are A, B, C ... instead of 0, 1, 2 ..."""
    bits: bool = False
    """A bit field: also readable as one number, `.BYTE`."""


class Part(NamedTuple):
    """Some bytes of a text or binary element."""

    offset: int
    size: int


class Visible(enum.Enum):
    """Whether a property is listed. A predicate instead decides by the chip's variant."""

    ALWAYS = enum.auto()
    HIDDEN = enum.auto()  # neither in directories nor in /structure; the path works


@dataclass(frozen=True, slots=True)
class Property:
    """One line of a table.

    `read` and `write` are coroutine functions (plain ones where no bus is needed). Both get the
    chip first (for virtual tables: what the table is about). Then follow
    - the index, for an array whose elements are fetched separately;
    - for reading, if `partial`, offset and size of the bytes wanted;
    - for writing, if `partial`, the offset; and the value: a list of all elements for an array
      that is fetched together.
    A property with access but neither function is known but has no transactions yet.
    """

    name: str
    kind: Kind
    change: Change
    access: str = "ro"
    """ro, wo, rw, or oo for neither."""
    size: int = 0
    """Bytes of a text or binary element; other kinds have a fixed size."""
    array: Array | None = None
    read: Callable[..., Any] | None = None
    write: Callable[..., Any] | None = None
    partial: bool = False
    """A text or binary of which the chip can be asked for, and given, a part."""
    takes: int = 0
    """Bytes of a text or binary element that are written, where `size` declares another number."""
    visible: Visible | Callable[..., Any] = Visible.ALWAYS
    spoils: tuple[str, ...] = ()
    """Other properties whose cached values a write makes wrong."""
    others: str = ""
    """The bit field that tells what all the other elements were set to when one of this one is
    written, if this one itself tells something else."""
    count: Callable[..., Any] | None = None
    """Tells how many of its elements a chip has, if not every model has all of them."""
    declared: Property | None = None
    """What /structure tells in place of this, where owserver has another kind or shape than the
    chip."""

    @property
    def life(self) -> Life:
        """How long the cache keeps a value.

        A bit field never, since people watch switches; nor what has any index, since no write
        would know what to drop.
        """
        array = self.array
        unkept = array is not None and (array.bits or array.fetch is Fetch.SPARSE)
        return Life.NEVER if unkept else self.change.life

    @property
    def element_size(self) -> int:
        """Bytes of one element as text."""
        return self.size or FIXED_SIZES[self.kind]

    @property
    def written_size(self) -> int:
        """Bytes of one element as they are written."""
        return self.takes or self.element_size

    def full_size(self, index: Index | None) -> int:
        """Bytes of the whole value as owserver declares it."""
        if self.array is None or index is None or isinstance(index, str) or index >= 0:
            return self.element_size
        if index == BYTE:
            return NUMBER_WIDTH
        if self.kind is Kind.BINARY:
            return self.array.elements * self.size
        return self.array.elements * (self.element_size + 1) - 1

    def extensions(self) -> list[str]:
        """The endings under which the elements are listed; [""] for a scalar."""
        if self.array is None:
            return [""]
        if self.array.fetch is Fetch.SPARSE:
            return [".xxx" if self.array.elements < 0 else ".000"]
        names: list[str] = [".BYTE"] if self.array.bits else []
        names.append(".ALL")
        return names + [f".{self._element_name(n)}" for n in range(self.array.elements)]

    def _element_name(self, index: int) -> str:
        assert self.array is not None
        return string.ascii_uppercase[index] if self.array.lettered else str(index)

    def parse_extension(self, segment: str) -> Index | None:
        """The index meant by the last segment of a path, which begins with this name.

        None for a scalar. Raises ValueError if the segment does not fit the shape.
        """
        if self.array is None:
            if "." in segment:
                raise ValueError("not an array")
            return None
        head, dot, ending = segment.rpartition(".")
        if not dot or not head:
            raise ValueError("an array needs an index")
        if self.array.fetch is Fetch.SPARSE and self.array.elements < 0:
            return segment.partition(".")[2]
        match ending.upper():
            case "ALL" if self.array.fetch is not Fetch.SPARSE:
                return ALL
            case "BYTE" if self.array.bits:
                return BYTE
        return self._parse_index(ending)

    def _parse_index(self, ending: str) -> int:
        assert self.array is not None
        if self.array.lettered:
            index = string.ascii_uppercase.find(ending.upper()) if len(ending) == 1 else -1
        else:
            index = int(ending) if ending.isascii() and ending.isdigit() else -1
        sparse = self.array.fetch is Fetch.SPARSE
        if index < 0 or (index >= self.array.elements and not sparse):
            raise ValueError("no such element")
        return index

    def structure_row(self, index: Index | None) -> str:
        """What /structure answers for this property and index."""
        if self.declared is not None:
            return self.declared.structure_row(index)
        elements = 1 if self.array is None else self.array.elements
        number = index if isinstance(index, int) else 0
        shown = f"{number:06d}" if number >= 0 else f"-{-number:06d}"
        count = f"{elements:06d}" if elements >= 0 else f"-{-elements:06d}"
        size = self.full_size(index)
        return f"{self.kind.value},{shown},{count},{self.access},{size:06d},{self.change.letter},"

    def format(self, value: Any, index: Index | None, view: View) -> bytes:
        """The text of `value` (a list for ALL, a number for BYTE)."""
        if index == BYTE:
            return format_value(Kind.UNSIGNED, value, view)
        if index == ALL:
            joint = b"" if self.kind is Kind.BINARY else b","
            return joint.join(format_value(self.kind, item, view) for item in value)
        return format_value(self.kind, value, view)

    def parse(self, data: bytes, index: Index | None, view: View) -> Any:
        """The value in what a client wrote: one element, a list for ALL, a number for BYTE.

        Raises InvalidValueError, OutOfRangeError or EmptyValueError.
        """
        if index == BYTE:
            return parse_value(Kind.UNSIGNED, data, view)
        if index != ALL:
            return parse_value(self.kind, data, view)
        assert self.array is not None
        count = self.array.elements
        if self.kind is Kind.BINARY:
            size = self.written_size
            if len(data) != count * size and (self.count is None or len(data) % size):
                raise InvalidValueError(f"{self.name}: {count * size} bytes are wanted")
            return [data[i : i + size] for i in range(0, len(data), size)]
        parts = data.split(b",", count - 1)
        if len(parts) < count and (self.count is None or not data):
            raise InvalidValueError(f"{self.name}: {count} values are wanted, got {len(parts)}")
        if self.kind in BYTES:
            return [part[: self.size] for part in parts]
        try:
            return [parse_value(self.kind, part, view) for part in parts]
        except OutOfRangeError as error:
            raise InvalidValueError(str(error)) from error


def bits_to_number(bits: Iterable[Any]) -> int:
    """`.BYTE` of the elements of a bit field."""
    return sum((int(bit) & 1) << n for n, bit in enumerate(bits))


def number_to_bits(number: int, count: int) -> list[bool]:
    """The elements of a bit field from its `.BYTE`."""
    return [bool(number >> n & 1) for n in range(count)]


@dataclass(frozen=True)
class Table:
    """Properties under one roof: a device family, or a virtual directory such as /settings.

    Names may contain `/`: those are subdirectories.
    """

    name: str
    """The word in /structure: family code in two hex digits, or the directory's name."""
    properties: Sequence[Property]
    always_listed: frozenset[str] = field(default=frozenset(), kw_only=True)
    """Subdirectories that are listed even where nothing in them is."""
    _by_name: dict[str, Property] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ordered = sorted(self.properties, key=lambda item: item.name.encode())
        object.__setattr__(self, "properties", tuple(ordered))
        object.__setattr__(self, "_by_name", {item.name: item for item in ordered})

    def get(self, name: str) -> Property | None:
        """The property of exactly this name (without extension)."""
        return self._by_name.get(name)

    @cached_property
    def directories(self) -> frozenset[str]:
        """All subdirectories, as paths without slashes at the ends."""
        found: set[str] = set()
        for item in self.properties:
            parts = item.name.split("/")[:-1]
            found.update("/".join(parts[:n]) for n in range(1, len(parts) + 1))
        return frozenset(found)

    def below(self, directory: str) -> list[Property]:
        """All properties in `directory` and in the subdirectories of it."""
        prefix = f"{directory}/"
        return [item for item in self.properties if item.name.startswith(prefix)]

    def entries(self, directory: str = "") -> list[tuple[str, Property | None]]:
        """What lies directly in `directory`, in owserver's order; None marks a subdirectory."""
        prefix = f"{directory}/" if directory else ""
        found: dict[str, Property | None] = {}
        for item in self.properties:
            if item.visible is Visible.HIDDEN or not item.name.startswith(prefix):
                continue
            rest = item.name[len(prefix) :]
            if "/" in rest:
                found.setdefault(rest.partition("/")[0], None)
            else:
                found[rest] = item
        return list(found.items())

"""Parts of values: what size and offset of a request do to the text of a property."""

from __future__ import annotations

from typing import Any

from owfs_py.bus.errors import InvalidValueError, MessageSizeError
from owfs_py.bus.properties import ALL, Index, Part, Property
from owfs_py.bus.values import BYTES, DATE_WIDTH, Kind
from owfs_py.bus.view import View


def cut(prop: Property, index: Index | None, text: bytes, size: int, offset: int) -> bytes:
    """At most `size` bytes of `text` from `offset` on, by owserver's rules for the kind.

    Nothing is left from a negative offset on. Raises MessageSizeError where a part would be
    taken for another value: less than a whole date, less than the whole of an array.
    """
    if offset < 0 or offset >= prop.full_size(index):
        return b""
    if index == ALL and size < len(text) - offset:
        raise MessageSizeError(f"{prop.name}.ALL has {len(text)} bytes, {size} are asked for")
    if prop.kind is Kind.YESNO and prop.array is None and offset:
        return b""
    if prop.kind is Kind.DATE and index != ALL and (offset or size < DATE_WIDTH):
        raise MessageSizeError(f"{prop.name} is a date of {DATE_WIDTH} characters")
    return text[offset : offset + size]


def part_of(prop: Property, index: Index | None, size: int, offset: int) -> Part | None:
    """What a request wants of a property that is read in parts; None if it is not, or wants all."""
    if not prop.partial or index == ALL:
        return None
    whole = prop.element_size
    if offset == 0 and size >= whole:
        return None
    return Part(offset, max(0, min(size, whole - offset)) if offset >= 0 else 0)


def split_written(
    prop: Property, index: Index | None, data: bytes, offset: int, view: View
) -> tuple[Any, int]:
    """The value in what was written, and how many bytes of it are taken.

    Raises InvalidValueError and its like.
    """
    if index == ALL and offset:
        raise InvalidValueError(f"{prop.name}.ALL is written from its beginning")
    if prop.kind in BYTES and index != ALL:
        # Only these know offsets; a number is the same wherever it is said to begin.
        data = data[: max(0, prop.written_size - offset)] if offset >= 0 else b""
    return prop.parse(data, index, view), len(data)

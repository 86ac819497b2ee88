"""Lines of configuration files that declare external sensors: `sensor:`, `script:`, `property:`.

The grammar is owserver's own: fields between commas, and codes for kind, array and persistence.
What becomes of them is in owfs_py.bus.sensors.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from owfs_py.bus.errors import InvalidValueError
from owfs_py.bus.properties import Array, Change, Fetch
from owfs_py.bus.sensors import Scripted, Sensors
from owfs_py.bus.values import BYTES, Kind

MAX_LENGTH = 65536
"""Bytes of the longest text or binary: more than clients ask for in one go."""
MAX_ELEMENTS = 65536

_PREFIX = re.compile(r"[ \t!-]*(?P<word>[^ \t=:#\r]*)[ \t]*:")
_OUTER = " \t\r\n"
_QUOTES = "'\""

_KINDS = {kind.value: kind for kind in Kind if kind not in (Kind.ALIAS, Kind.DIRECTORY)}
_CHANGES = {
    "f": Change.STATIC,
    "s": Change.STABLE,
    "v": Change.VOLATILE,
    "t": Change.SECOND,
    "u": Change.UNCACHED,
}
# As C reads a number: decimal, hexadecimal, octal; what follows it does not count.
_LENGTH = re.compile(r"[ \t]*(?:0[xX](?P<hex>[0-9a-fA-F]+)|(?P<octal>0[0-7]*)|(?P<plain>\d+))")
_ARRAY = re.compile(r"(?P<together>\+?)(?:(?P<count>\d+)|(?P<letter>[A-Za-z]))")
_SPARSE_BY_NUMBER = "-1"


class Declaration(NamedTuple):
    """A line, not looked at further."""

    word: str
    """sensor, script or property."""
    text: str
    """What follows the colon."""


def find(line: str) -> Declaration | None:
    """What a line declares; None if it is none of these lines.

    The word must only be contained in a prefix, in any case; the first such prefix counts, and
    which program the line is for does not matter.
    """
    at = 0
    while (prefix := _PREFIX.match(line, at)) is not None:
        at = prefix.end()
        for word in _DECLARE:
            if word in prefix["word"].lower():
                return Declaration(word, line[at:])
    return None


def declare(found: Declaration, sensors: Sensors) -> bool:
    """Put what a line says into `sensors`; False if it says nothing, for want of a name.

    Raises InvalidValueError with what is wrong.
    """
    return _DECLARE[found.word](split(found.text), sensors)


def split(text: str) -> list[str]:
    """The fields of a line.

    Quotes protect commas, a backslash makes the next character an ordinary one. Blanks around a
    field and one pair of quotes around all of it do not belong to it.
    """
    fields, field, quote = [], "", ""
    characters = iter(text.partition("\0")[0])
    for character in characters:
        if character == "\\":
            field += next(characters, "")
        elif character == "," and not quote:
            fields.append(field)
            field = ""
        else:
            if character in _QUOTES and quote in ("", character):
                quote = "" if quote else character
            field += character
    return [_bare(field) for field in (*fields, field)]


def _bare(field: str) -> str:
    field = field.strip(_OUTER)
    quoted = len(field) > 1 and field[0] in _QUOTES and field[-1] == field[0]
    return field[1:-1] if quoted else field


def _declare_sensor(fields: list[str], sensors: Sensors) -> bool:
    name, family, _, data = _padded(fields, 4)
    if not name or not family:
        return False
    sensors.add_sensor(name, family, data)
    return True


def _declare_property(fields: list[str], sensors: Sensors) -> bool:
    name, family, kind, array, persistence, read, write, data = _padded(fields, 8)
    if not name or not family:
        return False
    try:
        kind_found, size = parse_kind(kind)
        prop = Scripted.make(
            name,
            kind_found,
            _parse_persistence(persistence),
            size=size,
            array=parse_array(array),
            read_command=read,
            write_command=write,
            data=data,
        )
    except InvalidValueError as error:
        raise InvalidValueError(f"property {name} of family {family}: {error}") from error
    sensors.add_property(family, prop)
    return True


def _padded(fields: list[str], count: int) -> list[str]:
    return (fields + [""] * count)[:count]


def parse_kind(code: str) -> tuple[Kind, int]:
    """Kind and size in bytes (0 where the kind has one of its own) of `t`, `a40` and the like."""
    kind = _KINDS.get(code[:1])
    if kind is None:
        raise InvalidValueError(f"unknown type {code!r}")
    size = 1
    if code[1:]:
        found = _LENGTH.match(code, 1)
        if found is None:
            raise InvalidValueError(f"unknown length of type {code!r}")
        size = _number(found)
        if not 1 <= size <= MAX_LENGTH:
            raise InvalidValueError(f"the length of type {code!r} is not from 1 to {MAX_LENGTH}")
    return kind, size if kind in BYTES else 0


def _number(found: re.Match[str]) -> int:
    for name, base in (("hex", 16), ("octal", 8)):
        if found[name]:
            return int(found[name], base)
    return int(found["plain"])


def parse_array(code: str) -> Array | None:
    """The shape of `3`, `+3`, `C`, `+C`, `-1`, `-` and the like; None for a scalar."""
    if not code:
        return None
    if code.startswith("-"):
        return Array(0 if code == _SPARSE_BY_NUMBER else -1, Fetch.SPARSE)
    found = _ARRAY.match(code)
    if found is None:
        raise InvalidValueError(f"unknown array type {code!r}")
    fetch = Fetch.TOGETHER if found["together"] else Fetch.SEPARATE
    if found["letter"]:
        return Array(1 + ord(found["letter"].upper()) - ord("A"), fetch, lettered=True)
    count = int(found["count"])
    if count > MAX_ELEMENTS or (found["together"] and not count):
        raise InvalidValueError(f"an array has from 1 to {MAX_ELEMENTS} elements, not {count}")
    return Array(count, fetch) if count > 1 else None


def _parse_persistence(code: str) -> Change:
    change = _CHANGES.get(code[:1])
    if change is None:
        raise InvalidValueError(f"unknown persistence {code!r}")
    return change


# In the order in which they are looked for.
_DECLARE: dict[str, Callable[[list[str], Sensors], bool]] = {
    "sensor": _declare_sensor,
    "script": _declare_property,
    "property": _declare_property,
}

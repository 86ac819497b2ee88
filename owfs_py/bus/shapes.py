"""What a buffer must know of a property: how long its value holds, and how long its text can be.

From our own catalog, or, of families and properties that only the other server knows, from its
/structure. Nothing here reads a value.
"""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

from owfs_py.bus.cache import Life
from owfs_py.bus.errors import BusError, OneWireError
from owfs_py.bus.families import find_table
from owfs_py.bus.flights import Flights
from owfs_py.bus.properties import Change, Fetch, Property
from owfs_py.bus.relay import WHOLE, Relay
from owfs_py.bus.values import NUMBERS, Kind
from owfs_py.bus.view import View


class Shape(NamedTuple):
    """The part of a description that matters to a buffer."""

    life: Life
    size: int
    """Bytes of the longest text; somebody who asks for so many gets all of it."""
    is_temperature: bool = False
    """Measured anew when all are told to convert."""


UNKNOWN: Final = Shape(Life.NEVER, WHOLE)
"""Of what nobody can tell anything about nothing is kept."""

# The letters of a change class in /structure.
_LIVES = {"f": Life.STABLE, "s": Life.STABLE, "v": Life.VOLATILE, "t": Life.SECOND}
_AGGREGATES = ("ALL", "BYTE")


def shape_of(prop: Property, extension: str) -> Shape:
    """The shape of a property of ours. Raises ValueError if it has no such element."""
    segment = prop.name + (f".{extension}" if extension else "")
    told = prop.declared or prop  # what owserver takes it for, which may be larger
    size = told.full_size(told.parse_extension(segment))
    life = prop.life
    if prop.change is Change.STATIC:
        life = Life.STABLE  # it costs nothing where the device is, but does from here
    elif prop.change is Change.LINKED and prop.kind in NUMBERS:
        life = Life.VOLATILE  # what it is made of is kept there for no longer, or may be
    if prop.kind is Kind.ALIAS or (prop.array is not None and prop.array.fetch is Fetch.SPARSE):
        life = Life.NEVER
    return Shape(life, size, _is_measured(prop.kind, life))


def _is_measured(kind: Kind, life: Life) -> bool:
    return kind is Kind.TEMPERATURE and life is Life.VOLATILE


def shape_of_row(row: bytes) -> Shape:
    """The shape that a line of /structure describes; UNKNOWN if it makes no sense.

    The class `v` has values that a server keeps and others that it does not, among them switches,
    memory and clocks: of it only numbers are kept. Bit fields are switches, whatever their class.
    """
    fields = row.decode("ascii", "replace").split(",")
    try:
        kind, elements, size = Kind(fields[0]), int(fields[2]), int(fields[4])
        life = _LIVES[fields[5]]
    except (ValueError, KeyError, IndexError):
        return UNKNOWN
    is_bit_field = kind is Kind.YESNO and elements > 1
    may_be_watched = life is Life.VOLATILE and kind not in NUMBERS
    if elements < 1 or kind is Kind.ALIAS or is_bit_field or may_be_watched:
        return UNKNOWN
    return Shape(life, size, _is_measured(kind, life))


@cache
def known_shape(code: int, name: str, extension: str) -> Shape | None:
    """The shape by our own catalog; None if it does not have this family or property."""
    family = find_table(f"{code:02X}")
    prop = None if family is None else family.get(name)
    if prop is None:
        return None
    try:
        return shape_of(prop, extension)
    except ValueError:
        return UNKNOWN


class Shapes:
    """Shapes of the properties behind one relay, which is asked about those unknown here."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._flights = Flights()

    async def of(self, code: int, name: str, view: View) -> Shape:
        """The shape of a property (with subdirectory and index) of family `code`."""
        head, slash, tail = name.rpartition("/")
        stem, _, extension = tail.partition(".")
        known = known_shape(code, head + slash + stem, extension)
        if known is not None:
            return known
        # All elements are alike, but the aggregates are not like them.
        ending = extension.upper() if extension.upper() in _AGGREGATES else bool(extension)
        key = ("shape", self._relay.number, code, head + slash + stem, ending)
        entry = self._relay.cache.get(key)
        if entry is not None:
            shape: Shape = entry.value
            return shape
        path = f"/structure/{code:02X}/{name}"
        return await self._flights.join((key, view.tokens), lambda: self._ask(key, path, view))

    async def _ask(self, key: tuple[object, ...], path: str, view: View) -> Shape:
        try:
            shape = shape_of_row((await self._relay.forward_read(path, WHOLE, 0, view)).data)
        except BusError:
            return UNKNOWN  # for this time
        except OneWireError:
            shape = UNKNOWN
        self._relay.cache.put(key, shape, Life.STABLE)
        return shape

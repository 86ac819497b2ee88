"""External sensors as they are declared: which there are, and the properties of their families.

How that is written in configuration files is in owfs_py.server.sensorlines; what answers for them
is the bus in external.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, Self

from owfs_py.bus.aliases import check_alias
from owfs_py.bus.errors import InvalidValueError
from owfs_py.bus.properties import Array, Change, Fetch, Property, Table
from owfs_py.bus.values import BYTES, Kind

TYPE = "external"
"""What the property `type` of every sensor says."""


@dataclass(frozen=True, slots=True)
class Scripted(Property):
    """A property that commands read and write; empty where there is none for it.

    A command gets the words NAME PROPERTY EXTENSION read|write SIZE OFFSET, then the data of the
    sensor and those of the property. EXTENSION is the index of an element, 0 for a scalar, -1 for
    all elements at once. Temperatures are in °C and pressures in mbar, both ways.
    """

    read_command: str = ""
    write_command: str = ""
    data: str = ""

    @classmethod
    def make(
        cls,
        name: str,
        kind: Kind,
        change: Change,
        *,
        size: int = 0,
        array: Array | None = None,
        read_command: str = "",
        write_command: str = "",
        data: str = "",
    ) -> Self:
        """A property of a sensor; `size` is the length of a text or binary in bytes."""
        access = ("r" if read_command else "") + ("w" if write_command else "")
        together = array is not None and array.fetch is Fetch.TOGETHER
        return cls(
            name,
            kind,
            change,
            {"": "oo", "r": "ro", "w": "wo"}.get(access, access),
            size,
            array,
            partial=kind in BYTES and not together,
            read_command=read_command,
            write_command=write_command,
            data=data,
        )


class Sensor(NamedTuple):
    """One external sensor."""

    name: str
    """Its name in paths."""
    table: Table
    """Its family."""
    data: str
    """What its commands are told beside what is asked of them."""


@dataclass(slots=True)
class Sensors:
    """Which sensors there are, and the properties of their families. What comes first counts."""

    _sensors: dict[str, tuple[str, str]] = field(default_factory=dict, init=False)
    """Family and data by name."""
    _families: dict[str, dict[str, Property]] = field(default_factory=dict, init=False)

    def add_sensor(self, name: str, family: str, data: str = "") -> None:
        """There is a sensor. Raises InvalidValueError for a name that no path could reach."""
        if not name:
            raise InvalidValueError("a sensor needs a name")
        try:
            check_alias(name)
        except InvalidValueError as error:
            told = f"{name!r} cannot be the name of a sensor: paths give it another meaning"
            raise InvalidValueError(told) from error
        self._sensors.setdefault(name, (family, data))
        properties = self._families.setdefault(family, {})
        for word, value in (("family", family), ("type", TYPE)):
            properties.setdefault(word, _constant(word, value))

    def add_property(self, family: str, prop: Scripted) -> None:
        """All sensors of a family have a property. InvalidValueError if no path could reach it."""
        segments = prop.name.split("/")
        if not all(segments) or "." in segments[-1]:
            raise InvalidValueError(f"{prop.name!r} cannot be the name of a property")
        properties = self._families.setdefault(family, {})
        for other in properties:
            if other.startswith(f"{prop.name}/") or prop.name.startswith(f"{other}/"):
                raise InvalidValueError(f"{prop.name!r} and {other!r}: one is in the other")
        properties.setdefault(prop.name, prop)

    def families(self) -> dict[str, Table]:
        """The tables by the names of the families."""
        return {name: Table(name, tuple(found.values())) for name, found in self._families.items()}

    def all(self) -> list[Sensor]:
        """The sensors in the order of their names' bytes."""
        tables = self.families()
        return [
            Sensor(name, tables[family], data)
            for name, (family, data) in sorted(self._sensors.items(), key=_by_bytes)
        ]


def _by_bytes(item: tuple[str, object]) -> bytes:
    return item[0].encode("utf-8", "surrogateescape")


def _constant(name: str, value: str) -> Property:
    size = len(value.encode("utf-8", "surrogateescape"))
    return Property(name, Kind.TEXT, Change.STATIC, size=size, read=lambda: value)

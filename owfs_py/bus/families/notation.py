"""The notation of the tables: short words for the commonest kinds and shapes of properties.

It says nothing that Property and Array cannot say; whatever else Property takes is passed on.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from owfs_py.bus.properties import Array, Change, Fetch, Property, Visible
from owfs_py.bus.values import Kind

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

STATIC = Change.STATIC
STABLE = Change.STABLE
READ_STABLE = Change.READ_STABLE
VOLATILE = Change.VOLATILE
TEMPERATURE = Change.TEMPERATURE
VOLTAGE = Change.VOLTAGE
SECOND = Change.SECOND
UNCACHED = Change.UNCACHED
LINKED = Change.LINKED
PAGE = Change.PAGE

TOGETHER = Fetch.TOGETHER
MIXED = Fetch.MIXED
HIDDEN = Visible.HIDDEN

BY_NUMBER = Array(0, Fetch.SPARSE)
"""The shape of a property that has any number for an index."""
BY_TEXT = Array(-1, Fetch.SPARSE)
"""The shape of a property that has any text for an index."""

Elements = int | str
"""How many elements an array has, or the letters of its elements: 8, "AB"."""


def _array(elements: Elements, fetch: Fetch, bits: bool = False) -> Array:
    if isinstance(elements, str):
        return Array(len(elements), fetch, lettered=True, bits=bits)
    return Array(elements, fetch, bits=bits)


def described(
    kind: Kind,
    name: str,
    change: Change = VOLATILE,
    access: str = "ro",
    *,
    elements: Elements | None = None,
    fetch: Fetch = Fetch.SEPARATE,
    **more: Any,
) -> Property:
    """A property of this kind, an array if it has `elements`."""
    if elements is not None:
        more["array"] = _array(elements, fetch)
    return Property(name, kind, change, access, **more)


integer = partial(described, Kind.INTEGER)
unsigned = partial(described, Kind.UNSIGNED)
real = partial(described, Kind.FLOAT)
yesno = partial(described, Kind.YESNO)
date = partial(described, Kind.DATE)
celsius = partial(described, Kind.TEMPERATURE)
gap = partial(described, Kind.GAP)
pressure = partial(described, Kind.PRESSURE)


def bits(
    name: str, elements: Elements, change: Change = VOLATILE, access: str = "ro", **more: Any
) -> Property:
    """A bit field, which comes from the chip whole and is also one number, `.BYTE`."""
    array = _array(elements, Fetch.TOGETHER, bits=True)
    return Property(name, Kind.YESNO, change, access, array=array, **more)


def text(
    name: str, size: int, change: Change = VOLATILE, access: str = "ro", **more: Any
) -> Property:
    """A text of at most `size` bytes."""
    return described(Kind.TEXT, name, change, access, size=size, **more)


def binary(
    name: str, size: int, change: Change = VOLATILE, access: str = "ro", **more: Any
) -> Property:
    """`size` bytes as they are."""
    return described(Kind.BINARY, name, change, access, size=size, **more)


def memory(size: int, **more: Any) -> Property:
    """The whole memory of a chip, `size` bytes; never cached, read and written in any part."""
    return binary("memory", size, LINKED, "rw", partial=True, **more)


def pages(count: int, size: int, change: Change = PAGE, **more: Any) -> Property:
    """The same memory in `count` pages of `size` bytes."""
    return binary("pages/page", size, change, "rw", elements=count, partial=True, **more)


def branch(name: str) -> Property:
    """A directory of devices behind a chip: one line of a coupler."""
    return Property(name, Kind.DIRECTORY, VOLATILE, "oo")


def under(directory: str, *properties: Property, **more: Any) -> tuple[Property, ...]:
    """The same properties in a subdirectory; `visible` does not uncover what is hidden."""
    hidden = more | {"visible": HIDDEN}
    return tuple(
        replace(
            prop, name=f"{directory}/{prop.name}", **(hidden if prop.visible is HIDDEN else more)
        )
        for prop in properties
    )


@cache
def on_model(*models: str) -> Callable[[Chip], Awaitable[bool]]:
    """For `visible`: listed if the chip is one of these models of its family.

    The family's `model` says which one it is. As long as a family has none, what only some
    models have is not listed; the paths are good all the same.
    """

    async def is_shown(chip: Chip) -> bool:
        model_of = chip.family.model
        return model_of is not None and await model_of(chip) in models

    return is_shown

"""Short words for the lines of the virtual tables; they say nothing that Property cannot say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from owfs_py.bus.properties import ALL, Array, Change, Index, Property
from owfs_py.bus.values import Kind

if TYPE_CHECKING:
    from owfs_py.bus.virtual import Place

UNSIGNED_MASK = 0xFFFFFFFF
"""Counters go round where owserver's do, at 32 bits; clients may keep them in as many."""


def counter(name: str, count: Callable[[Place], int]) -> Property:
    """A number that only ever grows, or a level."""
    return Property(
        name,
        Kind.UNSIGNED,
        Change.STATISTIC,
        read=lambda place: count(place) & UNSIGNED_MASK,
    )


def array(
    name: str,
    kind: Kind,
    elements: int,
    element: Callable[[Place, int], Any],
    size: int = 0,
) -> Property:
    """An array whose elements cost nothing."""

    def read(place: Place, index: Index) -> Any:
        assert isinstance(index, int)
        if index == ALL:
            return [element(place, n) for n in range(elements)]
        return element(place, index)

    return Property(name, kind, Change.STATISTIC, size=size, array=Array(elements), read=read)


def counters(
    directory: str, names: Iterable[str], counts: Callable[[Place], Any]
) -> list[Property]:
    """A counter for each of `names`, which are attributes of what `counts` gives."""

    def shown(name: str) -> Property:
        return counter(f"{directory}/{name}", lambda place: getattr(counts(place), name))

    return [shown(name) for name in names]

"""The virtual directories: tables of properties that belong to no device.

Their readers and writers get a Place (what the path named) where those of a family get a chip.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple

from owfs_py.bus.errors import NotSupportedError
from owfs_py.bus.properties import Table
from owfs_py.bus.view import View

if TYPE_CHECKING:
    from owfs_py.bus.face import Bus
    from owfs_py.bus.onewire import OneWire
    from owfs_py.bus.tree import Node


class Place(NamedTuple):
    """What a virtual property is asked about."""

    onewire: OneWire
    bus: Bus | None
    """The bus that the path named."""
    view: View
    fresh: bool = False
    """Nothing from the cache."""


def virtual_tables() -> dict[str, Table]:
    """All virtual directories by the word that leads to them."""
    from owfs_py.bus.virtual import (
        interface,
        settings,
        simultaneous,
        statistics,
        system,
        thermostat,
    )

    return {
        "interface": interface.TABLE,
        "settings": settings.TABLE,
        "simultaneous": simultaneous.SIMULTANEOUS,
        "statistics": statistics.TABLE,
        "system": system.TABLE,
        "thermostat": thermostat.THERMOSTAT,
    }


async def read_virtual(node: Node, place: Place) -> Any:
    """The value of the property that a node is. NotSupportedError if it cannot be read."""
    prop = node.prop
    if prop is None or prop.read is None:
        raise NotSupportedError(f"{node.path} cannot be read")
    value = prop.read(place) if prop.array is None else prop.read(place, node.index)
    return await value if asyncio.iscoroutine(value) else value


async def write_virtual(node: Node, place: Place, value: Any) -> None:
    """Set the property that a node is. NotSupportedError if it cannot be written."""
    prop = node.prop
    if prop is None or prop.write is None:
        raise NotSupportedError(f"{node.path} cannot be written")
    done = prop.write(place, value)
    if asyncio.iscoroutine(done):
        await done

"""The virtual directories: tables of properties that belong to no device.

Their readers and writers get a Place (what the path named) where those of a family get a chip.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from owfs_py.bus.properties import Table
from owfs_py.bus.view import View

if TYPE_CHECKING:
    from owfs_py.bus.face import Bus
    from owfs_py.bus.onewire import OneWire


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

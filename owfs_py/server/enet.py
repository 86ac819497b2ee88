"""What option --enet asks for: one unit, all that are on the network, or all that ever will be.

None needs to be there yet. An option has one bus number in its turn; further buses of what it finds
are numbered behind all options, as owserver does.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from owfs_py.bus.enetscan import DEFAULT_INTERVAL, EnetScan, new_units
from owfs_py.bus.errors import BusNotRespondingError
from owfs_py.bus.masters.discovery import endpoint
from owfs_py.bus.masters.enet import DEFAULT_PORT, Enet
from owfs_py.bus.masters.enetfind import Unit, drivers, unit_at
from owfs_py.bus.masters.traffic import trace
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.sought import Sought
from owfs_py.server.options import BusRequest, Options
from owfs_py.server.scaninterval import scan_interval

log = logging.getLogger(__name__)

ALL = ("", "all", "*")


def add_enet_buses(request: BusRequest, options: Options, onewire: OneWire) -> None:
    """Add the bus that was asked for. ValueError for what cannot be."""
    _Enets(options, onewire).add(request)


class _Enets:
    """Makes the buses and drivers of units as options want them."""

    def __init__(self, options: Options, onewire: OneWire) -> None:
        self._timeout = options.network_timeout
        self._traffic = options.traffic
        self._onewire = onewire

    def add(self, request: BusRequest) -> None:
        """Add the bus that was asked for. ValueError for what cannot be."""
        onewire, address = self._onewire, request.value
        interval = scan_interval(address, DEFAULT_INTERVAL)
        if interval and any(isinstance(bus, EnetScan) for bus in onewire.buses.values()):
            log.warning("%s: OW-SERVER-ENET are scanned for already", request.source)
        elif interval:
            onewire.add_bus(EnetScan(onewire, self._drivers, interval))
        elif address.lower() in ALL:
            onewire.add_bus(Sought(onewire, self._look_everywhere, Enet, address))
        elif "/" in address:
            onewire.add_master(self._traced(Enet(address, onewire.clock, timeout=self._timeout)))
        else:
            endpoint(address, DEFAULT_PORT)  # is checked
            onewire.add_bus(Sought(onewire, lambda: self._look_at(address), Enet, address))

    async def _look_everywhere(self) -> Sequence[Enet]:
        found = await new_units(self._onewire)
        if not found:
            raise BusNotRespondingError("no OW-SERVER-ENET answers on this network")
        return [driver for unit in found for driver in self._drivers(unit)]

    async def _look_at(self, address: str) -> Sequence[Enet]:
        clock = self._onewire.clock
        unit = await asyncio.to_thread(unit_at, address, clock, timeout=self._timeout)
        return self._drivers(unit)

    def _drivers(self, unit: Unit) -> Sequence[Enet]:
        return [
            self._traced(driver)
            for driver in drivers(unit, self._onewire.clock, timeout=self._timeout)
        ]

    def _traced(self, driver: Enet) -> Enet:
        if self._traffic:
            trace(driver)
        return driver

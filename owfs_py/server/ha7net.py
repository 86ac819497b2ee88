"""What option --ha7net asks for: the unit at an address, or the first on the network that answers,
which need not be there yet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from owfs_py.bus.masters.ha7net import HA7Net
from owfs_py.bus.masters.traffic import trace
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.sought import Sought
from owfs_py.server.options import BusRequest, Options


def add_ha7net_bus(request: BusRequest, options: Options, onewire: OneWire) -> None:
    """Add the bus that was asked for. ValueError for an address that cannot be."""
    driver = HA7Net(request.value, onewire.clock, timeout=options.network_timeout)
    if options.traffic:
        trace(driver)

    async def look() -> Sequence[HA7Net]:
        await asyncio.to_thread(driver.open)
        driver.close()
        return [driver]

    if request.value:
        onewire.add_master(driver)
    else:
        onewire.add_bus(Sought(onewire, look, HA7Net))

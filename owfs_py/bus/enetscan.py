"""EnetScan: a bus without devices that makes a bus of each OW-SERVER-ENET, or each channel of an
ENET-2, that comes to the network. One that goes away keeps its bus, which looks for it itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from owfs_py.bus.errors import BusError
from owfs_py.bus.masters.enet import Enet
from owfs_py.bus.masters.enetfind import Unit, units
from owfs_py.bus.monitor import Monitor

if TYPE_CHECKING:
    from owfs_py.bus.onewire import OneWire

DEFAULT_INTERVAL = 60.0
"""Seconds; owserver's."""
HEAD_START = 0.5
"""Seconds at first for those buses that look for a unit of their own."""


async def new_units(onewire: OneWire) -> list[Unit]:
    """Those on the network that are no bus of `onewire`; takes seconds.

    Raises BusNotRespondingError if the network cannot be asked.
    """
    found = await asyncio.to_thread(units, _addresses(onewire))
    taken = _addresses(onewire)  # of what was added meanwhile
    return [unit for unit in found if unit.address not in taken]


def _addresses(onewire: OneWire) -> list[str]:
    return [bus.address for bus in onewire.buses.values() if bus.kind == Enet.name]


class EnetScan(Monitor):
    """Looks for units soon and then every `interval` seconds.

    `make` gives the drivers of a unit, one for each bus.
    """

    address = "ENET bus monitor"
    kind = "ENET scan"
    version = 35

    def __init__(
        self,
        onewire: OneWire,
        make: Callable[[Unit], Sequence[Enet]],
        interval: float = DEFAULT_INTERVAL,
    ) -> None:
        super().__init__(onewire)
        self._make = make
        self.interval = interval

    async def _watch(self) -> None:
        await asyncio.sleep(HEAD_START)
        while True:
            try:
                with self._guard:
                    found = await new_units(self._onewire)
                    await self._add([driver for unit in found for driver in self._make(unit)])
            except BusError as error:
                self._failed(error)
            await asyncio.sleep(self.interval)

"""UsbScan: a bus without devices that makes a bus of each DS2490 that is plugged in later.

Adapters that a bus had before are left to that bus, which looks for them itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from owfs_py.bus.errors import BusError
from owfs_py.bus.monitor import Monitor
from owfs_py.bus.wired import WiredBus

if TYPE_CHECKING:
    from owfs_py.bus.masters.ds2490 import DS2490
    from owfs_py.bus.onewire import OneWire

log = logging.getLogger(__name__)

DEFAULT_INTERVAL = 10.0
"""Seconds; owserver's."""


class UsbScan(Monitor):
    """Looks every `interval` seconds for adapters, the first time after that time.

    `make` gives a driver that takes the first adapter to be had.
    """

    address = "USB bus monitor"
    kind = "USB scan"
    version = 34

    def __init__(
        self, onewire: OneWire, make: Callable[[], DS2490], interval: float = DEFAULT_INTERVAL
    ) -> None:
        super().__init__(onewire)
        self._make = make
        self.interval = interval

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self.interval)
            while (driver := await asyncio.to_thread(self._find_one)) is not None:
                if self._is_missed(driver):
                    await asyncio.to_thread(driver.close)
                    break
                await self._add([driver])

    def _find_one(self) -> DS2490 | None:
        """An adapter that nobody has, open."""
        driver = self._make()
        try:
            with self._guard:
                driver.open()
        except BusError as error:
            log.debug("%s: %s", self.name, error)
            return None
        return driver

    def _is_missed(self, found: DS2490) -> bool:
        return any(
            isinstance(bus, WiredBus)
            and bus.is_lost
            and isinstance(bus.master, type(found))
            and bus.master.may_be(found)
            for bus in self._onewire.buses.values()
        )

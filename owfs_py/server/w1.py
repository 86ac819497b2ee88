"""What option --w1 asks for: every 1-Wire bus that the Linux kernel has or will have."""

from __future__ import annotations

import logging

from owfs_py.bus.masters.traffic import trace
from owfs_py.bus.masters.w1netlink import W1Netlink
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.w1scan import W1Scan
from owfs_py.server.options import BusRequest, Options

log = logging.getLogger(__name__)


def add_w1_buses(request: BusRequest, options: Options, onewire: OneWire) -> None:
    """Add the bus that adds the others as they come."""
    if any(isinstance(bus, W1Scan) for bus in onewire.buses.values()):
        log.warning("%s: the kernel's buses are there already", request.source)
        return

    def driver(number: int) -> W1Netlink:
        master = W1Netlink(str(number), timeout=options.w1_timeout)
        if options.traffic:
            trace(master)
        return master

    onewire.add_bus(W1Scan(onewire, driver))

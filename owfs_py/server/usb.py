"""What option -u asks for: one adapter, all that are there, or all that ever will be."""

from __future__ import annotations

import logging
from itertools import count
from typing import TYPE_CHECKING

from owfs_py.bus.errors import BusNotRespondingError
from owfs_py.bus.masters.traffic import trace
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.usbscan import DEFAULT_INTERVAL, UsbScan
from owfs_py.bus.wired import WiredBus
from owfs_py.server.lifecycle import StartError
from owfs_py.server.options import BusRequest, Options

if TYPE_CHECKING:
    from owfs_py.bus.masters.ds2490 import DS2490

log = logging.getLogger(__name__)

ALL = ("all", "*")
SCAN = "scan"


def add_usb_buses(request: BusRequest, options: Options, onewire: OneWire) -> None:
    """Add the bus or buses to `onewire`. StartError if USB cannot be used here."""
    if request.value.partition(":")[0] == SCAN:
        _add_scan(request, options, onewire)
    elif request.value in ALL:
        for number in range(1, max(_count(request), 1) + 1):
            onewire.add_master(_driver(request, options, str(number)))
    else:
        address = request.value or _next_number(onewire)
        onewire.add_master(_driver(request, options, address))


def _add_scan(request: BusRequest, options: Options, onewire: OneWire) -> None:
    if any(isinstance(bus, UsbScan) for bus in onewire.buses.values()):
        log.warning("%s: USB is scanned already", request.source)
        return
    _driver(request, options)  # if that is impossible, better now than later
    seconds = request.value.partition(":")[2]
    interval = float(seconds) if seconds.isdecimal() and int(seconds) else DEFAULT_INTERVAL
    onewire.add_bus(UsbScan(onewire, lambda: _driver(request, options), interval))


def _driver(request: BusRequest, options: Options, address: str = "") -> DS2490:
    try:
        from owfs_py.bus.masters.ds2490 import DS2490
    except ImportError as error:
        raise StartError(f"{request.source}: {error}") from error
    driver = DS2490(
        address,
        timeout=options.timeout_usb,
        flextime=options.usb_flextime,
        alternate_timing=options.alt_usb,
    )
    if options.traffic:
        trace(driver)
    return driver


def _next_number(onewire: OneWire) -> str:
    """For -u without a value: the first adapter that no -u before asks for.

    Buses are opened all at the same time, so that "the first that is free" would not do.
    """
    from owfs_py.bus.masters.ds2490 import DS2490, adapters

    masters = (bus.master for bus in onewire.buses.values() if isinstance(bus, WiredBus))
    before = [master.address for master in masters if isinstance(master, DS2490)]
    if not before:
        return ""
    places = adapters()
    taken = {places.index(wanted) + 1 for wanted in before if wanted in places}
    taken |= {int(wanted or 1) for wanted in before if wanted.isdecimal() or not wanted}
    return next(str(number) for number in count(1) if number not in taken)


def _count(request: BusRequest) -> int:
    """How many adapters there are now."""
    try:
        from owfs_py.bus.masters.ds2490 import adapters

        return len(adapters())
    except ImportError as error:
        raise StartError(f"{request.source}: {error}") from error
    except BusNotRespondingError as error:
        log.warning("%s: %s", request.source, error)
        return 0

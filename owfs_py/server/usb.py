"""What option -u asks for: one adapter, all that are there, or all that ever will be.

Imported when it is asked for: it needs PyUSB.
"""

from __future__ import annotations

import logging
from itertools import count

from owfs_py.bus.errors import BusNotRespondingError
from owfs_py.bus.masters.ds2490 import DS2490
from owfs_py.bus.masters.ds2490choice import adapters
from owfs_py.bus.masters.traffic import trace
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.usbscan import DEFAULT_INTERVAL, UsbScan
from owfs_py.bus.wired import WiredBus
from owfs_py.server.options import BusRequest, Options
from owfs_py.server.scaninterval import scan_interval

log = logging.getLogger(__name__)

ALL = ("all", "*")


def add_usb_buses(request: BusRequest, options: Options, onewire: OneWire) -> None:
    """Add the bus or buses that were asked for. ValueError for what cannot be."""
    interval = scan_interval(request.value, DEFAULT_INTERVAL)
    if interval:
        _add_scan(request, options, onewire, interval)
    elif request.value.lower() in ALL:
        # None now may be one later.
        for number in range(1, max(len(_places(request)), 1) + 1):
            onewire.add_master(_driver(options, str(number)))
    else:
        address = request.value or _next_number(request, onewire)
        onewire.add_master(_driver(options, address))


def _add_scan(request: BusRequest, options: Options, onewire: OneWire, interval: float) -> None:
    if any(isinstance(bus, UsbScan) for bus in onewire.buses.values()):
        log.warning("%s: USB is scanned already", request.source)
        return
    onewire.add_bus(UsbScan(onewire, lambda: _driver(options, ""), interval))


def _driver(options: Options, address: str) -> DS2490:
    driver = DS2490(
        address,
        timeout=options.usb_timeout,
        flextime=options.usb_flextime,
        alternate_timing=options.alt_usb,
    )
    if options.traffic:
        trace(driver)
    return driver


def _next_number(request: BusRequest, onewire: OneWire) -> str:
    """For -u without a value: the first adapter that no -u before asks for.

    Buses are opened all at the same time, so that "the first that is free" would not do.
    """
    masters = (bus.master for bus in onewire.buses.values() if isinstance(bus, WiredBus))
    before = [master.address for master in masters if isinstance(master, DS2490)]
    if not before:
        return ""
    places = _places(request)
    taken = {places.index(wanted) + 1 for wanted in before if wanted in places}
    taken |= {int(wanted or 1) for wanted in before if wanted.isdecimal() or not wanted}
    return next(str(number) for number in count(1) if number not in taken)


def _places(request: BusRequest) -> list[str]:
    """The adapters that are there now."""
    try:
        return adapters()
    except BusNotRespondingError as error:
        log.warning("%s: %s", request.source, error)
        return []

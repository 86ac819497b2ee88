"""What options --pbm and --k1wm ask for: adapters that are known to have several channels.

An option has one bus number in its turn, for the first channel; the others are numbered behind all
options, as owserver does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from owfs_py.bus.masters import k1wm, pbmcodes
from owfs_py.bus.masters.base import BusMaster
from owfs_py.bus.masters.k1wm import K1WM
from owfs_py.bus.masters.pbm import Pbm
from owfs_py.bus.masters.serialmaster import PortOptions
from owfs_py.bus.masters.traffic import trace
from owfs_py.bus.onewire import OneWire
from owfs_py.server.options import BusRequest, Options


def add_pbm_buses(
    request: BusRequest, options: Options, onewire: OneWire, **port_options: Unpack[PortOptions]
) -> Sequence[BusMaster]:
    """Add the bus of the first channel, or of that which was named; the drivers of the others.

    ValueError for an address that cannot be.
    """
    first = Pbm(request.value, onewire.clock, **port_options)
    is_named = request.value != first.address
    place = first.address.removesuffix(":")  # HOST: is HOST
    others = [
        Pbm(f"{place}:{channel}", onewire.clock, beside=first, **port_options)
        for channel in (() if is_named else pbmcodes.CHANNELS[1:])
    ]
    return _added(first, others, options, onewire)


def add_k1wm_buses(request: BusRequest, options: Options, onewire: OneWire) -> Sequence[BusMaster]:
    """Add the bus of the first channel; the drivers of the others that were asked for.

    ValueError for an address that cannot be.
    """
    address, count = k1wm.address_and_channels(request.value)
    first = K1WM(address, onewire.clock)
    others = [
        K1WM(address, onewire.clock, channel=channel, beside=first) for channel in range(1, count)
    ]
    return _added(first, others, options, onewire)


def _added(
    first: BusMaster, others: Sequence[BusMaster], options: Options, onewire: OneWire
) -> Sequence[BusMaster]:
    if options.traffic:
        for master in (first, *others):
            trace(master)
    onewire.add_master(first)
    return others

"""What options --HA5 and --masterhub ask for: several buses behind one port, which may be missing.

An option has one bus number in its turn; further buses are numbered behind all options, as
owserver does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar, Unpack

from owfs_py.bus.channels import add_channels
from owfs_py.bus.masters import ha5codes
from owfs_py.bus.masters.base import BusMaster
from owfs_py.bus.masters.ha5 import HA5
from owfs_py.bus.masters.masterhub import MasterHub
from owfs_py.bus.masters.serialmaster import PortOptions
from owfs_py.bus.masters.serialport import START_RATE
from owfs_py.bus.masters.traffic import trace
from owfs_py.bus.onewire import OneWire
from owfs_py.server.options import BusRequest, Options

M = TypeVar("M", bound=BusMaster)


def add_ha5_buses(
    request: BusRequest, options: Options, onewire: OneWire, **port_options: Unpack[PortOptions]
) -> Sequence[BusMaster]:
    """Add the bus of the first unit; the drivers of the other letters that were named.

    Without letters there is one unit, whichever answers; with `all` those that answer are added
    when they have. ValueError for an address that cannot be.
    """
    place, letters = ha5codes.split_address(request.value)
    # owserver cannot tell its usual speed from that which an option asks for.
    rate = ha5codes.START_RATE if options.baud == START_RATE else options.baud

    def unit(letter: str, beside: HA5 | None = None) -> HA5:
        address = f"{place}:{letter}" if letter else place
        master = HA5(address, onewire.clock, beside=beside, baudrate=rate, **port_options)
        return _traced(master, options)

    first = unit("all" if letters == ha5codes.LETTERS else letters[:1])
    if letters != ha5codes.LETTERS:
        onewire.add_master(first)
        return [unit(letter, first) for letter in letters[1:]]
    add_channels(
        onewire,
        lambda: max(len(first.channels), 1),
        lambda number: unit(first.channels[number], first) if number else first,
    )
    return ()


def add_masterhub_buses(
    request: BusRequest, options: Options, onewire: OneWire, **port_options: Unpack[PortOptions]
) -> None:
    """Add a bus for each channel, of which only one is sure until the MasterHub tells.

    ValueError for an address that cannot be.
    """
    first = MasterHub(request.value, onewire.clock, **port_options)

    def channel(number: int) -> MasterHub:
        if not number:
            return _traced(first, options)
        letter = first.channels[number]
        other = MasterHub(
            request.value, onewire.clock, channel=letter, beside=first, **port_options
        )
        return _traced(other, options)

    add_channels(onewire, lambda: max(len(first.channels), 1), channel)


def _traced(master: M, options: Options) -> M:
    if options.traffic:
        trace(master)
    return master

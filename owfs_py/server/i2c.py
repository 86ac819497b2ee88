"""What option --i2c asks for: the channels of one DS2482 or of several, there or still missing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from functools import partial

from owfs_py.bus.channels import add_channels
from owfs_py.bus.errors import BusNotRespondingError
from owfs_py.bus.masters.ds2482 import DS2482
from owfs_py.bus.masters.ds2482chip import Chip
from owfs_py.bus.masters.ds2482find import find_chips
from owfs_py.bus.masters.traffic import trace
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.sought import Sought
from owfs_py.bus.wired import WiredBus
from owfs_py.server.options import BusRequest, Options

log = logging.getLogger(__name__)


def add_i2c_buses(request: BusRequest, options: Options, onewire: OneWire) -> None:
    """Add a bus for each channel of each chip that was asked for, but for those that have one.

    Where no adapter is named and no chip found, a bus in their place looks for them. Raises
    ValueError for what cannot be, ImportError if smbus2 is missing.
    """

    async def look() -> Sequence[DS2482]:
        found = await asyncio.to_thread(find_chips, request.value, onewire.clock)
        free = [chip for chip in found if chip.user is None]
        if not free:
            raise BusNotRespondingError("no DS2482 found but those that have a bus")
        return [
            _driver(chip, channel, options, onewire)
            for chip in free
            for channel in range(chip.model.channels)
        ]

    try:
        chips = find_chips(request.value, onewire.clock)
    except BusNotRespondingError:
        onewire.add_bus(Sought(onewire, look, DS2482, request.value))
        return
    for chip in chips:
        if any(chip.slots == other.slots for other in _chips(onewire)):
            log.warning("%s: %s has a bus already", request.source, chip.name)
        else:
            make = partial(_driver, chip, options=options, onewire=onewire)
            add_channels(onewire, partial(_channels, chip), make)


def _driver(chip: Chip, channel: int, options: Options, onewire: OneWire) -> DS2482:
    chip.active_pullup = options.active_pullup
    chip.presence_pulse_masking = options.presence_pulse_masking
    master = DS2482(chip.name, onewire.clock, chip=chip, channel=channel)
    if options.traffic:
        trace(master)
    return master


def _channels(chip: Chip) -> int:
    return chip.model.channels  # as far as it is known by now


def _chips(onewire: OneWire) -> Iterator[Chip]:
    """Those that have buses."""
    for bus in onewire.buses.values():
        if isinstance(bus, WiredBus) and isinstance(bus.master, DS2482):
            yield bus.master.chip

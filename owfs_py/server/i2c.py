"""What option --i2c asks for: the channels of one DS2482 or of several, there or still missing."""

from __future__ import annotations

from owfs_py.bus.channels import add_channels
from owfs_py.bus.masters.ds2482 import DS2482
from owfs_py.bus.masters.ds2482chip import Chip
from owfs_py.bus.masters.ds2482find import find_chips
from owfs_py.bus.masters.traffic import trace
from owfs_py.bus.onewire import OneWire
from owfs_py.server.lifecycle import StartError
from owfs_py.server.options import BusRequest, Options


def add_i2c_buses(request: BusRequest, options: Options, onewire: OneWire) -> None:
    """Add a bus for each channel of each chip that was asked for. StartError if there is none."""
    try:
        chips = find_chips(request.value, onewire.clock)
    except ValueError as error:
        raise StartError(f"{request.source}: {error}") from error
    for chip in chips:
        _add_buses(chip, options, onewire)


def _add_buses(chip: Chip, options: Options, onewire: OneWire) -> None:
    chip.active_pullup = options.active_pullup
    chip.presence_pulse_masking = options.presence_pulse_masking

    def driver(channel: int) -> DS2482:
        master = DS2482(chip.name, onewire.clock, chip=chip, channel=channel)
        if options.traffic:
            trace(master)
        return master

    add_channels(onewire, lambda: chip.model.channels, driver)

"""An adapter with several channels: a bus each, also if it is plugged in later and tells only then
how many it has. What drives a channel is the matter of whoever asks for it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from owfs_py.bus.masters.base import BusMaster

if TYPE_CHECKING:
    from owfs_py.bus.onewire import OneWire
    from owfs_py.bus.wired import WiredBus

log = logging.getLogger(__name__)


def add_channels(
    onewire: OneWire, count: Callable[[], int], make: Callable[[int], BusMaster]
) -> None:
    """Make a bus of each channel of an adapter, from 0 on.

    `count` says how many it is known to have, which is asked again whenever one of the buses found
    its bus master; at least one, for which an adapter that is not there is looked for. `make` gives
    the driver of a channel.
    """
    buses: list[WiredBus] = []

    def add() -> list[WiredBus]:
        new = [onewire.add_master(make(channel)) for channel in range(len(buses), count())]
        for bus in new:
            bus.on_found = add_and_start
        buses.extend(new)
        return new

    async def add_and_start() -> None:
        for bus in add():
            log.info("%s: %s is new", bus.name, bus.kind)
            await bus.start()

    add()

"""A bench for adapters on the network, which begin afresh with each connection."""

from __future__ import annotations

from owfs_py.emulator.port import EmulatedPort
from tests.bus.masters.bench import Bench


class ConnectedBench(Bench):
    """Opening its port is connecting."""

    def open_port(self) -> EmulatedPort:
        port = super().open_port()
        self.adapter.power_up()
        return port

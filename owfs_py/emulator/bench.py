"""Emulation: a whole bench in one call, wire, slaves and adapter, from a list like "28,28,10"."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Literal, Self

from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.emulator.ds2480b import DS2480B
from owfs_py.emulator.ds9097 import DS9097
from owfs_py.emulator.port import EmulatedPort, SerialAdapter
from owfs_py.emulator.pty import PtyAdapter
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.slave import Slave
from owfs_py.emulator.thermometers import Thermometer
from owfs_py.emulator.wire import Wire

AdapterName = Literal["DS2480B", "DS9097"]


def wandering_temperature(seed: int) -> Callable[[float], float]:
    """A room's temperature in degrees Celsius by the clock's time: a few degrees up and down."""
    random = Random(seed)
    mean = random.uniform(15, 25)
    day_phase, draught_phase = random.uniform(0, math.tau), random.uniform(0, math.tau)

    def temperature(now: float) -> float:
        day = 3 * math.sin(now / 86400 * math.tau + day_phase)
        draught = 0.4 * math.sin(now / 97 * math.tau + draught_phase)
        return mean + day + draught

    return temperature


@dataclass
class Emulation:
    """An emulated wire with its slaves and one adapter on it."""

    wire: Wire
    slaves: list[Slave]
    adapter: SerialAdapter

    @classmethod
    def from_list(
        cls,
        specs: str | Iterable[str],
        *,
        clock: Clock = REAL_CLOCK,
        adapter: AdapterName = "DS2480B",
        parasitic: bool = False,
        pace: bool = False,
        bus: int = 0,
    ) -> Self:
        """Slaves from names and family codes (see make_slave), at commas; thermometers wander.

        Raises ValueError for a chip that there is none of.
        """
        wire = Wire(clock, pace=pace)
        if isinstance(specs, str):
            specs = (spec for spec in specs.replace(",", " ").split())
        slaves = [make_slave(spec, bus=bus, index=index) for index, spec in enumerate(specs)]
        for seed, slave in enumerate(slaves):
            if isinstance(slave, Thermometer):
                slave.parasitic = parasitic
                slave.temperature = wandering_temperature(seed)
            wire.attach(slave)
        return cls(wire, slaves, DS2480B(wire) if adapter == "DS2480B" else DS9097(wire))

    def port(self, *, timeout: float | None = None) -> EmulatedPort:
        """The adapter as a serial port in this process."""
        return EmulatedPort(self.adapter, timeout=timeout)

    def pty(self) -> PtyAdapter:
        """The adapter on a pseudo-terminal, for other programs; a context manager."""
        if isinstance(self.adapter, DS9097):
            self.adapter.lenient = True
        return PtyAdapter(self.adapter)

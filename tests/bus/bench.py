"""A bench for tests of the engine: emulated buses with drivers on one virtual clock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from owfs_py.bus.masters.ds2480b import DS2480B
from owfs_py.bus.onewire import OneWire
from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.port import EmulatedPort
from owfs_py.emulator.thermometers import Thermometer
from owfs_py.emulator.virtualtime import VirtualClock, run

T = TypeVar("T")


class Bench:
    """Emulated wires, one a list of chips, behind one OneWire; `run` lets time pass virtually."""

    def __init__(self, *specs: str, parasitic: bool = False, pace: bool = False, **options: Any):
        self.clock = VirtualClock()
        self.emulations = [
            Emulation.from_list(spec, clock=self.clock, parasitic=parasitic, pace=pace, bus=number)
            for number, spec in enumerate(specs)
        ]
        self.ports: list[EmulatedPort] = [emulation.port() for emulation in self.emulations]
        self.masters = [
            DS2480B(f"emulated {number}", self.clock, port=port.opened, timeout=1.0)
            for number, port in enumerate(self.ports)
        ]
        self.onewire = OneWire(*self.masters, clock=self.clock, **options)

    @property
    def wire(self) -> Any:
        return self.emulations[0].wire

    @property
    def slaves(self) -> list[Any]:
        return list(self.emulations[0].slaves)

    @property
    def thermometers(self) -> list[Thermometer]:
        return [slave for slave in self.slaves if isinstance(slave, Thermometer)]

    def run(self, test: Callable[[OneWire], Awaitable[T]]) -> T:
        """Start the buses, do `test`, stop them; all on the virtual clock."""

        async def main() -> T:
            async with self.onewire:
                return await test(self.onewire)

        return run(main(), self.clock)


async def degrees(onewire: OneWire, path: str) -> float:
    """The number that a path reads as."""
    return float((await onewire.read(path)).data)

"""A bench for external sensors: two of them, on virtual time, and commands that run nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from owfs_py.bus.errors import OneWireError
from owfs_py.bus.external import ExternalBus
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.properties import Change
from owfs_py.bus.scripts import Finished, Scripts
from owfs_py.bus.sensors import Scripted, Sensors
from owfs_py.bus.simulated import SimulatedBus, Style
from owfs_py.bus.values import Kind
from owfs_py.emulator.virtualtime import VirtualClock, run

T = TypeVar("T")


class Call(NamedTuple):
    """How a command was called."""

    command: str
    arguments: list[str]
    written: bytes


class Commands(Scripts):
    """Runs nothing: answers at once, or after `delay` seconds, what it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.output = b""
        self.status = 0
        self.delay = 0.0
        self.error: OneWireError | None = None
        self.calls: list[Call] = []
        self.stopped = False

    async def run(self, command: str, arguments: Sequence[str], written: bytes = b"") -> Finished:
        self.calls.append(Call(command, list(arguments), written))
        answer = self.output
        await asyncio.sleep(self.delay)
        if self.error is not None:
            raise self.error
        return Finished(answer, self.status, "complaint" if self.status else "")

    async def stop(self) -> None:
        self.stopped = True

    @property
    def words(self) -> list[str]:
        """What the last command was told before the data."""
        return self.calls[-1].arguments[:6]


class Bench:
    """A OneWire with two sensors, `one` and `two`, and a simulated chip."""

    def __init__(self, clock: VirtualClock, *properties: Scripted) -> None:
        sensors = Sensors()
        sensors.add_sensor("one", "things", "data of one")
        sensors.add_sensor("two", "things")
        for prop in properties:
            sensors.add_property("things", prop)
        self.clock = clock
        self.commands = Commands()
        self.onewire = OneWire(clock=clock)
        add, cache = self.onewire.add_bus, self.onewire.cache
        add(ExternalBus(0, cache, sensors, self.onewire.changed, scripts=self.commands))
        add(SimulatedBus(1, cache, self.onewire.aliases, style=Style.TESTER, devices="28"))

    async def read(self, path: str, **more: Any) -> bytes:
        return (await self.onewire.read(path, **more)).data

    async def write(self, path: str, data: bytes, **more: Any) -> Call:
        """Write, and say how a command was called for it."""
        await self.onewire.write(path, data, **more)
        return self.commands.calls[-1]

    async def says(self, output: bytes, path: str = "/one/p", **more: Any) -> bytes:
        """What is read when a command writes `output`."""
        self.commands.output = output
        return await self.read(path, **more)


def prop(kind: Kind, change: Change = Change.UNCACHED, name: str = "p", **more: Any) -> Scripted:
    commands = {"read_command": "get", "write_command": "set", "data": "data of p"}
    return Scripted.make(name, kind, change, **commands | more)


def on(test: Callable[[Bench], Awaitable[T]], *properties: Scripted) -> T:
    """Do `test` on virtual time."""
    clock = VirtualClock()

    async def main() -> T:
        bench = Bench(clock, *properties)
        async with bench.onewire:
            return await test(bench)

    return run(main(), clock)

"""The same emulated bus under either program: owserver 3.2p4 in real time, this library in process
on virtual time. What is asked of them is in buscosts.py, by way of which adapters in adapters.py.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from benchmarks.adapters import Adapter
from owfs_py.bus.cache import Timeouts
from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.errors import OneWireError
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.rom import RomId
from owfs_py.emulator import virtualtime
from owfs_py.emulator.thermometers import DS18B20
from owfs_py.emulator.wire import Counts
from owfs_py.ownet.client import OwnetClient
from tests.interop.realserver import RealOwserver

T = TypeVar("T")

VOLATILE: Final = 3
"""Seconds that a value stays cached: short, since one of the programs needs real time."""

POLLING_SLOTS: Final = 8
"""A chip is asked whether it still converts by reading a byte."""

POLL: Final = 0.05
"""Seconds between looks at a program that is starting."""


class Program(Protocol):
    """What a benchmark asks of either program; paths and texts as on the network."""

    async def read(self, path: str) -> str:
        """A value without its padding."""

    async def write(self, path: str, value: str) -> None: ...

    async def dir(self, path: str) -> list[str]: ...

    async def present(self, path: str) -> bytes:
        """The ROM id; PathError for a device that is not there."""


class Sensor(DS18B20):
    """A DS18B20 that counts how often a master asks whether it is still busy."""

    def __init__(self, rom: RomId, *, parasitic: bool = False) -> None:
        super().__init__(rom, parasitic=parasitic)
        self.times_asked = 0

    def busy(self) -> bool:
        self.times_asked += 1
        return super().busy()


class Bus:
    """A wire with sensors behind an adapter; all time passes on `clock`."""

    def __init__(
        self, adapter: Adapter, clock: Clock, sensors: int, parasitic: bool = False
    ) -> None:
        self.attached = adapter.attach(clock)
        self.sensors = [
            Sensor(RomId.make(0x28, bytes((0, 0, 0x28, 0xD7, n, 0))), parasitic=parasitic)
            for n in range(sensors)
        ]
        for n, sensor in enumerate(self.sensors):
            sensor.sixteenths = 320 + n
            self.attached.wire.attach(sensor)

    def now(self) -> float:
        """Seconds."""
        return self.attached.now()

    @property
    def counts(self) -> Counts:
        """What happened so far, the slots with which chips were polled among it."""
        return self.attached.wire.counts.snapshot()

    @property
    def crossed(self) -> int:
        """What crossed between host and adapter so far, in the adapter's unit."""
        return self.attached.crossed()

    @property
    def polling_slots(self) -> int:
        """Slots in which a master asked whether a conversion was over, until it was."""
        asked = sum(sensor.times_asked for sensor in self.sensors)
        return -(-asked // POLLING_SLOTS) * POLLING_SLOTS


@dataclass
class _OursOnBus:
    onewire: OneWire

    async def read(self, path: str) -> str:
        return (await self.onewire.read(path)).data.decode().strip()

    async def write(self, path: str, value: str) -> None:
        await self.onewire.write(path, value.encode())

    async def dir(self, path: str) -> list[str]:
        return (await self.onewire.dir(path)).entries

    async def present(self, path: str) -> bytes:
        return (await self.onewire.present(path)).rom


@dataclass
class _ReferenceOnBus:
    client: OwnetClient

    async def read(self, path: str) -> str:
        return (await self.client.read(path)).decode().strip()

    async def write(self, path: str, value: str) -> None:
        await self.client.write(path, value.encode())

    async def dir(self, path: str) -> list[str]:
        return await self.client.dir(path)

    async def present(self, path: str) -> bytes:
        return await self.client.present(path)


Work = Callable[[Program, Bus], Coroutine[Any, Any, T]]


def with_ours(work: Work[T], adapter: Adapter, sensors: int, parasitic: bool = False) -> T:
    """Do `work` with this library on a new bus, on virtual time."""
    clock = virtualtime.VirtualClock()
    bus = Bus(adapter, clock, sensors, parasitic)

    async def main() -> T:
        with bus.attached.for_ours() as driver:
            timeouts = Timeouts(volatile=VOLATILE)
            async with OneWire(driver, clock=clock, timeouts=timeouts) as onewire:
                return await work(_OursOnBus(onewire), bus)

    return virtualtime.run(main(), clock)


def with_reference(work: Work[T], adapter: Adapter, sensors: int, parasitic: bool = False) -> T:
    """Do `work` with owserver 3.2p4 on a new bus, in real time."""
    bus = Bus(adapter, REAL_CLOCK, sensors, parasitic)

    async def main(port: int, number: int) -> T:
        async with OwnetClient("127.0.0.1", port, persistent=False, timeout=120) as client:
            program = _ReferenceOnBus(client)
            await _ready(program, number)
            return await work(program, bus)

    with (
        bus.attached.for_reference() as (options, environment, number),
        RealOwserver([*options, f"--timeout_volatile={VOLATILE}"], environment) as server,
    ):
        return asyncio.run(main(server.port, number))


async def _ready(program: Program, bus: int) -> None:
    """With some adapters owserver 3.2p4 listens before it has its buses."""
    while True:
        with contextlib.suppress(OneWireError):
            await program.read(f"/bus.{bus}/interface/settings/name")
            return
        await asyncio.sleep(POLL)

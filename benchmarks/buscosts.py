"""What is asked of a bus, step by step, and what each step cost. The same for either program."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.buses import VOLATILE, Bus, Program
from owfs_py.bus.errors import PathError
from owfs_py.emulator.thermometers import DS18B20

CONVERSION: Final = 1.0
"""Seconds after which a conversion is over."""

QUIET: Final = 0.05
"""Seconds until all has crossed that was sent: the last of it often needs no answer."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one step: counts from the wire, and how long whoever asked had to wait."""

    resets: int
    slots: int
    """Without those that only ask whether a conversion is over."""
    polling_slots: int
    conversions: int
    seconds: float
    crossed: int
    """What crossed between host and adapter, in the adapter's unit."""


Costs = dict[str, Cost]


class Meter:
    """Takes the costs of steps, one after another."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.costs: Costs = {}

    async def step(self, name: str, work: Awaitable[object]) -> None:
        bus = self._bus
        await asyncio.sleep(QUIET)
        counts, polled, crossed, began = bus.counts, bus.polling_slots, bus.crossed, bus.now()
        await work
        seconds = bus.now() - began
        await asyncio.sleep(QUIET)
        cost, polling = bus.counts - counts, bus.polling_slots - polled
        self.costs[name] = Cost(
            cost.resets,
            cost.slots - polling,
            polling,
            cost.conversions,
            seconds,
            bus.crossed - crossed,
        )


class Questions:
    """What is asked about the sensors of a bus; every answer is checked."""

    def __init__(self, program: Program, bus: Bus) -> None:
        self._program = program
        self.paths = [f"/{sensor.rom}" for sensor in bus.sensors]
        self._values = {path: f"{20 + n / 16:.6G}" for n, path in enumerate(self.paths)}

    async def listing(self, path: str) -> None:
        entries = await self._program.dir(path)
        assert {p for p in self.paths if path.rstrip("/") + p in entries} == set(self.paths)

    async def alarms(self, alarming: Iterable[DS18B20]) -> None:
        entries = await self._program.dir("/alarm")
        assert sorted(entries) == sorted(f"/alarm/{sensor.rom}" for sensor in alarming)

    async def temperature(self, path: str, prefix: str = "") -> None:
        assert await self._program.read(f"{prefix}{path}/temperature") == self._values[path]

    async def absent(self, path: str) -> None:
        with contextlib.suppress(PathError):
            raise AssertionError(await self._program.present(path))

    async def sweep(self, prefix: str = "") -> None:
        """All temperatures, one after the other."""
        for path in self.paths:
            await self.temperature(path, prefix)

    async def crowd(self, prefix: str) -> None:
        """All temperatures at once."""
        await asyncio.gather(*(self.temperature(path, prefix) for path in self.paths))


async def twenty_sensors(program: Program, bus: Bus) -> Costs:
    """Listing, locating, and reading twenty externally powered DS18B20."""
    meter, ask = Meter(bus), Questions(program, bus)
    first = ask.paths[0]
    await meter.step("directory of 20, first", ask.listing("/"))
    await meter.step("directory of 20, cached", ask.listing("/"))
    await meter.step("directory of 20, uncached", ask.listing("/uncached"))
    await meter.step("presence of a device listed before", program.present(first))
    await meter.step("presence of an unknown device", ask.absent("/28.AAAAAAAAAAAA"))
    await meter.step("temperature, first", ask.temperature(first))
    await meter.step("temperature, cached", ask.temperature(first))
    await meter.step("temperature, uncached", ask.temperature(first, "/uncached"))
    await meter.step("9 bits after 12, uncached", program.read(f"/uncached{first}/temperature9"))
    await asyncio.sleep(CONVERSION)  # the others still convert with 12 bits
    await meter.step("12 bits after 9, uncached", program.read(f"/uncached{first}/temperature12"))
    await asyncio.sleep(CONVERSION)  # a chip that converts, on anybody's behalf, is not written
    await meter.step("`latesttemp`, uncached", program.read(f"/uncached{first}/latesttemp"))
    await meter.step("`power`, uncached", program.read(f"/uncached{first}/power"))
    await meter.step("`temphigh`, read", program.read(f"{first}/temphigh"))
    await meter.step("`temphigh`, write", program.write(f"{first}/temphigh", "44"))
    await asyncio.sleep(VOLATILE + 1)
    await meter.step("20 temperatures in turn, first", ask.sweep())
    await asyncio.sleep(VOLATILE + 1)
    await meter.step("20 temperatures in turn, cache expired", ask.sweep())
    await meter.step("20 temperatures in turn, uncached", ask.sweep("/uncached"))
    await meter.step("20 temperatures at once, uncached", ask.crowd("/uncached"))
    return meter.costs


async def convert_all(program: Program) -> None:
    """Let all sensors measure what they are now exposed to."""
    await program.write("/simultaneous/temperature", "1")
    await asyncio.sleep(CONVERSION)


async def five_sensors_in_alarm(program: Program, bus: Bus) -> Costs:
    """The alarm directory of five DS18B20 of which none, one, and all are too hot."""
    meter, ask = Meter(bus), Questions(program, bus)
    for sensor in bus.sensors:
        sensor.set_limits(-10, 40)

    await program.dir("/")
    for name, hot in (
        ("none of 5", 0),
        ("none of 5, again", 0),
        ("1 of 5", 1),
        ("all of 5", len(bus.sensors)),
    ):
        for sensor in bus.sensors[:hot]:
            sensor.temperature = 50.0
        await convert_all(program)
        await meter.step(f"alarm directory, {name}", ask.alarms(bus.sensors[:hot]))
    return meter.costs


async def by_way_of_an_adapter(program: Program, bus: Bus) -> Costs:
    """What is asked with every adapter of twenty DS18B20, their limits and power known."""
    meter, ask = Meter(bus), Questions(program, bus)
    for sensor in bus.sensors:
        sensor.set_limits(-10, 40)
    first = ask.paths[0]
    await meter.step("directory, first", ask.listing("/"))
    await meter.step("directory, uncached", ask.listing("/uncached"))
    await ask.sweep()
    await meter.step("temperature, uncached", ask.temperature(first, "/uncached"))
    await meter.step("`latesttemp`, uncached", program.read(f"/uncached{first}/latesttemp"))
    await asyncio.sleep(VOLATILE + 1)
    await meter.step("20 temperatures in turn, cache expired", ask.sweep())
    await meter.step("20 temperatures at once, uncached", ask.crowd("/uncached"))
    bus.sensors[0].temperature = 50.0
    await program.read(f"/uncached{first}/temperature")  # owserver cannot convert all by an HA5
    await meter.step("alarm directory, 1 of 20", ask.alarms(bus.sensors[:1]))
    return meter.costs


async def a_parasitic_sensor(program: Program, bus: Bus) -> Costs:
    """A DS18B20 without a supply pin of its own."""
    meter = Meter(bus)
    path = f"/uncached/{bus.sensors[0].rom}/temperature"

    async def temperature() -> None:
        assert await program.read(path) == "20"

    await program.dir("/")
    await meter.step("parasitic: temperature, uncached, first", temperature())
    await meter.step("parasitic: temperature, uncached, later", temperature())
    return meter.costs


@dataclass(frozen=True)
class Scenario:
    """Steps on a bus of their own."""

    work: Callable[[Program, Bus], Coroutine[Any, Any, Costs]]
    sensors: int
    parasitic: bool = False


SCENARIOS: Final[Iterable[Scenario]] = (
    Scenario(twenty_sensors, 20),
    Scenario(five_sensors_in_alarm, 5),
    Scenario(a_parasitic_sensor, 1, parasitic=True),
)

"""What is asked of a bus, step by step, and what each step cost. The same for either program."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.buses import VOLATILE, Bus, Program
from owfs_py.bus.errors import PathError

CONVERSION: Final = 1.0
"""Seconds after which a conversion is over."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one step: counts from the wire, and how long whoever asked had to wait."""

    resets: int
    slots: int
    """Without those that only ask whether a conversion is over."""
    polling_slots: int
    conversions: int
    seconds: float


Costs = dict[str, Cost]


class Meter:
    """Takes the costs of steps, one after another."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.costs: Costs = {}

    async def step(self, name: str, work: Awaitable[object]) -> None:
        loop = asyncio.get_running_loop()
        counts, polled, began = self._bus.counts, self._bus.polling_slots, loop.time()
        await work
        seconds = loop.time() - began
        cost, polling = self._bus.counts - counts, self._bus.polling_slots - polled
        self.costs[name] = Cost(
            cost.resets, cost.slots - polling, polling, cost.conversions, seconds
        )


async def twenty_sensors(program: Program, bus: Bus) -> Costs:
    """Listing, locating, and reading twenty externally powered DS18B20."""
    meter = Meter(bus)
    paths = [f"/{sensor.rom}" for sensor in bus.sensors]
    first = paths[0]
    values = {path: f"{20 + n / 16:.6G}" for n, path in enumerate(paths)}

    async def listing(path: str) -> None:
        entries = await program.dir(path)
        assert {p for p in values if path.rstrip("/") + p in entries} == set(values)

    async def temperature(path: str, prefix: str = "") -> None:
        assert await program.read(f"{prefix}{path}/temperature") == values[path]

    async def absent(path: str) -> None:
        with contextlib.suppress(PathError):
            raise AssertionError(await program.present(path))

    async def sweep(prefix: str = "") -> None:
        for path in paths:
            await temperature(path, prefix)

    async def crowd(prefix: str) -> None:
        await asyncio.gather(*(temperature(path, prefix) for path in paths))

    await meter.step("directory of 20, first", listing("/"))
    await meter.step("directory of 20, cached", listing("/"))
    await meter.step("directory of 20, uncached", listing("/uncached"))
    await meter.step("presence of a device listed before", program.present(first))
    await meter.step("presence of an unknown device", absent("/28.AAAAAAAAAAAA"))
    await meter.step("temperature, first", temperature(first))
    await meter.step("temperature, cached", temperature(first))
    await meter.step("temperature, uncached", temperature(first, "/uncached"))
    await meter.step("9 bits after 12, uncached", program.read(f"/uncached{first}/temperature9"))
    await asyncio.sleep(CONVERSION)  # the others still convert with 12 bits
    await meter.step("12 bits after 9, uncached", program.read(f"/uncached{first}/temperature12"))
    await asyncio.sleep(CONVERSION)  # a chip that converts, on anybody's behalf, is not written
    await meter.step("`latesttemp`, uncached", program.read(f"/uncached{first}/latesttemp"))
    await meter.step("`power`, uncached", program.read(f"/uncached{first}/power"))
    await meter.step("`temphigh`, read", program.read(f"{first}/temphigh"))
    await meter.step("`temphigh`, write", program.write(f"{first}/temphigh", "44"))
    await asyncio.sleep(VOLATILE + 1)
    await meter.step("20 temperatures in turn, first", sweep())
    await asyncio.sleep(VOLATILE + 1)
    await meter.step("20 temperatures in turn, cache expired", sweep())
    await meter.step("20 temperatures in turn, uncached", sweep("/uncached"))
    await meter.step("20 temperatures at once, uncached", crowd("/uncached"))
    return meter.costs


async def five_sensors_in_alarm(program: Program, bus: Bus) -> Costs:
    """The alarm directory of five DS18B20 of which none, one, and all are too hot."""
    meter = Meter(bus)
    for sensor in bus.sensors:
        sensor.set_limits(-10, 40)

    async def listing(hot: int) -> None:
        entries = await program.dir("/alarm")
        assert sorted(entries) == sorted(f"/alarm/{sensor.rom}" for sensor in bus.sensors[:hot])

    await program.dir("/")
    for name, hot in (("none", 0), ("1", 1), ("all", len(bus.sensors))):
        for sensor in bus.sensors[:hot]:
            sensor.temperature = 50.0
        await program.write("/simultaneous/temperature", "1")
        await asyncio.sleep(CONVERSION)
        await meter.step(f"alarm directory, {name} of 5", listing(hot))
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

"""The meter of the bus-cost benchmarks: each step is charged what it causes, and nothing else."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Any

import pytest

from benchmarks.adapters import Adapter, Attached
from benchmarks.buscosts import Cost, Costs, Meter
from benchmarks.buses import Bus
from owfs_py.bus.clock import Clock
from owfs_py.emulator import virtualtime
from owfs_py.emulator.wire import Wire

SKIP_ROM, CONVERT, READ = 0xCC, 0x44, 0xFF


def unused() -> Any:
    raise AssertionError("nobody drives this adapter")


def by_hand(clock: Clock) -> Attached:
    """An adapter whose wire the test works on by itself, and which tells how often it is asked."""
    asked = count()
    return Attached(Wire(clock), lambda: next(asked), unused, unused, clock.now)


@pytest.fixture
def clock() -> virtualtime.VirtualClock:
    return virtualtime.VirtualClock()


@pytest.fixture
def bus(clock: virtualtime.VirtualClock) -> Bus:
    return Bus(Adapter("by hand", "questions", 1, by_hand), clock, sensors=2)


def test_a_step_is_charged_what_it_causes(clock: virtualtime.VirtualClock, bus: Bus) -> None:
    wire = bus.attached.wire

    def command(*data: int) -> None:
        wire.reset()
        for byte in data:
            wire.byte(byte)

    async def convert_and_ask_twice() -> None:
        command(SKIP_ROM, CONVERT, READ, READ)
        await asyncio.sleep(1.0)
        # As a program does that has its answer already.
        asyncio.get_running_loop().call_later(0.01, command, SKIP_ROM)

    async def main() -> Costs:
        meter = Meter(bus)
        command(SKIP_ROM)
        await meter.step("step", convert_and_ask_twice())
        command(SKIP_ROM)
        return meter.costs

    assert virtualtime.run(main(), clock)["step"] == Cost(
        resets=2, slots=24, polling_slots=16, conversions=2, seconds=1.0, crossed=1
    )

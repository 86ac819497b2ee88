"""A bus master that is missing, vanishes, is silent, is short-circuited, and comes back."""

from __future__ import annotations

import asyncio

import pytest

from owfs_py.bus.errors import BusNotRespondingError, BusShortError, OneWireError, SearchError
from owfs_py.bus.onewire import OneWire
from owfs_py.emulator.registry import make_slave
from tests.bus.bench import Bench, degrees


def test_a_missing_adapter_is_served_as_soon_as_it_is_there() -> None:
    bench = Bench("28")
    bench.ports[0].unplug()

    async def test(ow: OneWire) -> None:
        with pytest.raises(BusNotRespondingError):
            await ow.dir("/")
        await asyncio.sleep(30)
        with pytest.raises(BusNotRespondingError):
            await ow.dir("/bus.0")
        bench.ports[0].plug()
        await asyncio.sleep(6)
        assert len((await ow.dir("/")).entries) == 1

    bench.run(test)


def test_requests_fail_at_once_while_the_adapter_is_away() -> None:
    bench = Bench("28")

    async def test(ow: OneWire) -> None:
        device = (await ow.dir("/")).entries[0]
        bench.ports[0].unplug()
        with pytest.raises(OneWireError):
            await ow.read(f"/uncached{device}/temperature")
        began = ow.clock.now()
        for _ in range(10):
            with pytest.raises(BusNotRespondingError):
                await ow.read(f"/uncached{device}/temperature")
        assert ow.clock.now() == began
        bench.ports[0].plug()
        await asyncio.sleep(6)
        assert await degrees(ow, f"/uncached{device}/temperature")

    bench.run(test)


def test_a_reconnection_in_between_is_not_even_noticed() -> None:
    bench = Bench("28,28")

    async def test(ow: OneWire) -> None:
        devices = (await ow.dir("/")).entries
        bench.ports[0].unplug()
        bench.ports[0].plug()
        assert await degrees(ow, f"/uncached{devices[0]}/temperature")

    bench.run(test)


def test_other_buses_go_on() -> None:
    bench = Bench("28", "28")

    async def test(ow: OneWire) -> None:
        assert len((await ow.dir("/")).entries) == 2
        bench.ports[0].unplug()
        entries = (await ow.dir("/uncached")).entries
        assert len(entries) == 1
        assert await degrees(ow, f"{entries[0]}/temperature")

    bench.run(test)


def test_a_short_circuit_is_an_error_and_passes() -> None:
    bench = Bench("28")

    async def test(ow: OneWire) -> None:
        device = (await ow.dir("/")).entries[0]
        bench.wire.faults.short = True
        with pytest.raises(BusShortError):
            await ow.read(f"/uncached{device}/temperature")
        with pytest.raises(BusShortError):
            await ow.dir("/uncached")
        bench.wire.faults.short = False
        assert await degrees(ow, f"/uncached{device}/temperature")
        assert len((await ow.dir("/uncached")).entries) == 1

    bench.run(test)


def test_an_empty_bus_is_an_empty_directory_and_not_kept() -> None:
    bench = Bench("28")
    sensor = bench.slaves[0]
    bench.wire.detach(sensor)

    async def test(ow: OneWire) -> None:
        assert (await ow.dir("/")).entries == []
        bench.wire.attach(sensor)
        assert len((await ow.dir("/")).entries) == 1

    bench.run(test)


def test_a_search_with_noise_finds_everybody_or_fails() -> None:
    bench = Bench(",".join(["28"] * 12))

    async def test(ow: OneWire) -> None:
        everybody = set((await ow.dir("/")).entries)
        assert len(everybody) == 12
        failures = 0
        for seed in range(60):
            bench.wire.faults.random.seed(seed)
            bench.wire.faults.bit_error_rate = 0.001
            try:
                found = (await ow.dir("/bus.0")).entries
            except SearchError:
                failures += 1
            else:
                assert everybody <= {entry.removeprefix("/bus.0") for entry in found}
        assert failures < 60

    bench.run(test)


def test_a_device_that_noise_hides_once_is_not_taken_for_gone() -> None:
    bench = Bench("28,28")

    async def test(ow: OneWire) -> None:
        device = (await ow.dir("/")).entries[0]
        for slot in range(200):
            bench.wire.faults.noisy_slots = {bench.wire.counts.slots + slot}
            assert (await ow.read(f"/uncached{device}/present")).data == b"1"

    bench.run(test)


def test_alarms_that_noise_hides_once_are_not_taken_for_over() -> None:
    bench = Bench("28,28,28")
    for sensor in bench.thermometers:
        sensor.set_limits(0, 10)
        sensor.temperature = 20.0

    async def test(ow: OneWire) -> None:
        alarming = {f"/{sensor.rom}" for sensor in bench.thermometers[:2]}
        bench.thermometers[2].temperature = 5.0
        await ow.write("/simultaneous/temperature", b"1")
        await asyncio.sleep(1)
        for slot in range(400):
            # The first of all may miss somebody.
            bench.wire.faults.noisy_slots = {bench.wire.counts.slots + slot} if slot else set()
            found = (await ow.dir("/alarm")).entries
            assert {entry.removeprefix("/alarm") for entry in found} == alarming
        for sensor in bench.thermometers:
            sensor.temperature = 5.0
        await ow.write("/simultaneous/temperature", b"1")
        await asyncio.sleep(1)
        assert (await ow.dir("/alarm")).entries == []

    bench.run(test)


def test_a_device_that_leaves_during_a_search_does_not_hide_the_others() -> None:
    bench = Bench(",".join(["28"] * 8), pace=True)

    async def test(ow: OneWire) -> None:
        listing = asyncio.ensure_future(ow.dir("/"))
        await asyncio.sleep(0.03)
        bench.wire.detach(bench.slaves[7])
        assert len((await listing).entries) >= 7

    bench.run(test)


def test_a_device_that_comes_is_found_by_name_before_any_listing() -> None:
    bench = Bench("28", "28")

    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        late = make_slave("01", bus=5)
        bench.emulations[1].wire.attach(late)
        assert (await ow.present(f"/{late.rom}")).rom == late.rom
        assert (await ow.read(f"/{late.rom}/type")).data == b"DS2401"

    bench.run(test)


def test_stopping_waits_for_no_conversion() -> None:
    bench = Bench("28")

    async def test(ow: OneWire) -> asyncio.Task[object]:
        device = (await ow.dir("/")).entries[0]
        task = asyncio.ensure_future(ow.read(f"{device}/temperature"))
        await asyncio.sleep(0.1)
        return task

    async def main() -> float:
        async with bench.onewire as ow:
            task = await test(ow)
            began = ow.clock.now()
        took = bench.clock.now() - began
        task.cancel()
        return took

    from owfs_py.emulator.virtualtime import run

    assert run(main(), bench.clock) < 0.1

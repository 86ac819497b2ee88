"""Sharing conversions: what it costs, who waits for whom, and that no value is ever too old."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from owfs_py.bus.errors import OneWireError
from owfs_py.bus.onewire import OneWire
from owfs_py.emulator.thermometers import Thermometer
from tests.bus.bench import Bench, degrees

SLOTS_OF_A_READING = 152
"""Select (72), command (8), nine bytes (72)."""
RESET_TIME = 960e-6
SLOT_TIME = 70e-6


def thermometers(number: int) -> str:
    return ",".join(["28"] * number)


@pytest.mark.parametrize("number", [20, 100])
def test_concurrent_uncached_reads_cost_one_conversion(number: int) -> None:
    bench = Bench(thermometers(number), pace=True)

    async def test(ow: OneWire) -> None:
        devices = (await ow.dir("/")).entries
        before, began = bench.wire.counts.snapshot(), ow.clock.now()
        await asyncio.gather(*(ow.read(f"/uncached{d}/temperature") for d in devices))
        cost, took = bench.wire.counts - before, ow.clock.now() - began
        assert cost.resets <= number + 3
        assert cost.slots <= number * SLOTS_OF_A_READING + 64
        assert cost.conversions == number  # each sensor once
        floor = 0.75 + number * (RESET_TIME + SLOTS_OF_A_READING * SLOT_TIME)
        assert took <= 1.15 * floor

    bench.run(test)


@pytest.mark.parametrize("number", [20, 100])
def test_one_client_reading_one_after_another_costs_the_same(number: int) -> None:
    bench = Bench(thermometers(number), pace=True)

    async def test(ow: OneWire) -> None:
        devices = (await ow.dir("/")).entries
        for device in devices:
            await ow.read(f"{device}/temperature")
        await asyncio.sleep(16)  # everything expires
        before, began = bench.wire.counts.snapshot(), ow.clock.now()
        for device in devices:
            await ow.read(f"{device}/temperature")
        cost, took = bench.wire.counts - before, ow.clock.now() - began
        assert cost.resets <= number + 3
        assert cost.slots <= number * SLOTS_OF_A_READING + 64
        floor = 0.75 + number * (RESET_TIME + SLOTS_OF_A_READING * SLOT_TIME)
        assert took <= 1.15 * floor

    bench.run(test)


def test_several_buses_convert_in_the_time_of_one() -> None:
    bench = Bench(*[thermometers(20)] * 8, pace=True)

    async def test(ow: OneWire) -> None:
        devices = (await ow.dir("/")).entries
        assert len(devices) == 160
        began = ow.clock.now()
        await asyncio.gather(*(ow.read(f"/uncached{d}/temperature") for d in devices))
        floor = 0.75 + 20 * (RESET_TIME + SLOTS_OF_A_READING * SLOT_TIME)
        assert ow.clock.now() - began <= 1.15 * floor

    bench.run(test)


def test_the_bus_serves_others_while_sensors_convert() -> None:
    bench = Bench("28,28", pace=True)

    async def test(ow: OneWire) -> None:
        first, second = (await ow.dir("/")).entries
        conversion = asyncio.ensure_future(ow.read(f"/uncached{first}/temperature"))
        await asyncio.sleep(0.2)
        began = ow.clock.now()
        assert (await ow.read(f"/uncached{second}/present")).data == b"1"
        assert await degrees(ow, f"/uncached{second}/temphigh") == 75
        assert ow.clock.now() - began < 0.05
        assert not conversion.done()
        await conversion

    bench.run(test)


def test_with_parasitic_power_nobody_talks_meanwhile() -> None:
    bench = Bench("28,28", parasitic=True, pace=True)

    async def test(ow: OneWire) -> None:
        first, second = (await ow.dir("/")).entries
        conversion = asyncio.ensure_future(ow.read(f"/uncached{first}/temperature"))
        await asyncio.sleep(0.2)
        assert (await ow.read(f"/uncached{second}/present")).data == b"1"
        assert ow.clock.now() > 1000 + 0.75
        await conversion

    bench.run(test)
    assert [sensor.brown_outs for sensor in bench.thermometers] == [0, 0]


def test_sharing_can_be_switched_off() -> None:
    bench = Bench("28,28,28", sharing=False)

    async def test(ow: OneWire) -> None:
        devices = (await ow.dir("/")).entries
        await ow.read(f"{devices[0]}/temperature")
        assert bench.wire.counts.conversions == 1

    bench.run(test)


def test_everybody_gone_means_no_conversion() -> None:
    bench = Bench(thermometers(3))

    async def test(ow: OneWire) -> None:
        devices = (await ow.dir("/")).entries
        await ow.read(f"{devices[0]}/temperature")
        before = bench.wire.counts.snapshot()
        reads = [asyncio.ensure_future(ow.read(f"/uncached{d}/temperature")) for d in devices]
        await asyncio.sleep(0.001)
        for read in reads:
            read.cancel()
        await asyncio.sleep(2)
        assert (bench.wire.counts - before).conversions == 0

    bench.run(test)


def test_one_client_leaving_does_not_disturb_the_others() -> None:
    bench = Bench("28,28")

    async def test(ow: OneWire) -> None:
        device = (await ow.dir("/")).entries[0]
        path = f"/uncached{device}/temperature"
        leaving, staying = (asyncio.ensure_future(ow.read(path)) for _ in range(2))
        await asyncio.sleep(0.1)
        leaving.cancel()
        assert (await staying).data.strip()
        assert bench.wire.counts.conversions == 1

    bench.run(test)


def test_a_lone_fresh_reading_does_not_warm_the_others() -> None:
    bench = Bench(thermometers(5))

    async def test(ow: OneWire) -> None:
        devices = (await ow.dir("/")).entries
        for device in devices:
            await ow.read(f"/uncached{device}/temperature")

    bench.run(test)
    assert [len(sensor.history) for sensor in bench.thermometers] == [1] * 5


def test_another_resolution_does_not_wait_for_the_others() -> None:
    bench = Bench(thermometers(5))

    async def test(ow: OneWire) -> None:
        device = (await ow.dir("/")).entries[0]
        for name, longest in (("fasttemp", 0.1), ("temperature", 0.77), ("fasttemp", 0.1)):
            began = ow.clock.now()
            await ow.read(f"/uncached{device}/{name}")
            assert ow.clock.now() - began < longest

    bench.run(test)


def test_identical_plain_requests_share_one_reading() -> None:
    bench = Bench("28,28")

    async def test(ow: OneWire) -> None:
        device = (await ow.dir("/")).entries[0]
        await ow.read(f"{device}/temperature")
        await asyncio.sleep(20)
        before = bench.wire.counts.snapshot()
        await asyncio.gather(*(ow.read(f"{device}/temperature") for _ in range(50)))
        cost = bench.wire.counts - before
        assert (cost.resets, cost.slots) == (2, 16 + SLOTS_OF_A_READING)

    bench.run(test)


def test_a_conversion_asked_for_through_simultaneous_serves_all_readings_after_it() -> None:
    bench = Bench(thermometers(5), pace=True)

    async def test(ow: OneWire) -> None:
        devices = (await ow.dir("/")).entries
        for device in devices:
            await ow.read(f"{device}/temperature")
        for sensor in bench.thermometers:
            sensor.temperature = 50.0
        before = bench.wire.counts.snapshot()
        await ow.write("/simultaneous/temperature", b"1")
        assert (await ow.read("/simultaneous/temperature")).data == b"1"
        for device in devices:
            assert await degrees(ow, f"{device}/temperature") == 50.0
        assert (bench.wire.counts - before).conversions == 5

    bench.run(test)


def test_simultaneous_feeds_parasitic_sensors() -> None:
    bench = Bench(thermometers(3), parasitic=True)

    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        await ow.write("/bus.0/simultaneous/temperature", b"1")

    bench.run(test)
    assert [len(sensor.history) for sensor in bench.thermometers] == [1, 1, 1]
    assert [sensor.brown_outs for sensor in bench.thermometers] == [0, 0, 0]


def _truth(sensor: Thermometer, asked: float, answered: float, value: float, step: int) -> bool:
    """Whether a conversion wholly between question and answer held this value."""
    return any(
        asked <= past.start and past.end <= answered + 1e-6
        and float(f"{past.sixteenths // step * step / 16:G}") == value
        for past in sensor.history
    )  # fmt: skip


STEPS = {"temperature9": 8, "temperature10": 4, "temperature11": 2, "temperature12": 1}
REQUESTS = st.lists(
    st.tuples(
        st.floats(0, 3).map(lambda t: round(t, 3)),  # seconds after which it comes
        st.integers(0, 4),  # of which sensor
        st.sampled_from(sorted(STEPS)),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=150, deadline=None)
@given(
    requests=REQUESTS,
    parasitic=st.lists(st.booleans(), min_size=5, max_size=5),
    brown_outs=st.lists(st.tuples(st.floats(0, 3), st.integers(0, 4)), max_size=3),
    noise=st.sets(st.integers(1000, 9000), max_size=3),
)
def test_an_uncached_reading_is_never_older_than_its_request(
    requests: list[tuple[float, int, str]],
    parasitic: list[bool],
    brown_outs: list[tuple[float, int]],
    noise: set[int],
) -> None:
    bench = Bench(thermometers(5), pace=True)
    sensors = bench.thermometers
    for number, sensor in enumerate(sensors):
        sensor.parasitic = parasitic[number]
        # Each moment has a temperature of its own.
        sensor.temperature = lambda now, number=number: (now - 1000) * 8 + number

    async def test(ow: OneWire) -> list[Any]:
        await ow.dir("/")
        bench.wire.faults.noisy_slots = noise

        async def request(delay: float, number: int, name: str) -> tuple[Any, ...]:
            await asyncio.sleep(delay)
            asked = ow.clock.now()
            try:
                value = await degrees(ow, f"/uncached/{sensors[number].rom}/{name}")
            except OneWireError as error:
                return asked, ow.clock.now(), number, name, error
            return asked, ow.clock.now(), number, name, value

        async def brown_out(delay: float, number: int) -> None:
            await asyncio.sleep(delay)
            sensors[number].brown_out()

        faults = [asyncio.ensure_future(brown_out(*each)) for each in brown_outs]
        answers = await asyncio.gather(*(request(*each) for each in requests))
        await asyncio.gather(*faults)
        return answers

    for asked, answered, number, name, value in bench.run(test):
        if isinstance(value, OneWireError):
            assert brown_outs or noise, value
        else:
            assert _truth(sensors[number], asked, answered, value, STEPS[name]), (name, value)


@settings(max_examples=100, deadline=None)
@given(requests=REQUESTS)
def test_a_plain_reading_is_never_older_than_the_volatile_lifetime(
    requests: list[tuple[float, int, str]],
) -> None:
    bench = Bench(thermometers(5), pace=True)
    sensors = bench.thermometers
    for number, sensor in enumerate(sensors):
        sensor.temperature = lambda now, number=number: (now - 1000) * 2 + number

    async def test(ow: OneWire) -> None:
        await ow.dir("/")

        async def request(delay: float, number: int, name: str) -> None:
            await asyncio.sleep(delay * 20)
            asked = ow.clock.now()
            value = await degrees(ow, f"/{sensors[number].rom}/{name}")
            oldest = asked - ow.cache.timeouts.volatile
            assert _truth(sensors[number], oldest, ow.clock.now(), value, STEPS[name])

        await asyncio.gather(*(request(*each) for each in requests))

    bench.run(test)

"""A buffer in front of servers that die, come back, or are slow; and --stale."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from owfs_py.bus.errors import BusNotRespondingError
from owfs_py.bus.view import View
from owfs_py.ownet.messages import KEEP_ALIVE
from tests.ownet.bufferbench import READ, TEMPERATURE, Upstream, add_buffer, before, outcome
from tests.ownet.chainbench import SENSOR, Place, on_virtual_time

OTHER = "/10.000010EF0100"
DEAD = BusNotRespondingError.code
STALE = "/bus.0/interface/statistics/buffer/stale"


async def _timed(asking):
    loop = asyncio.get_running_loop()
    began = loop.time()
    got = await outcome(asking)
    return got, round(loop.time() - began, 1)


def with_a_death(test, *, stale=0, others=()):
    """Run `test(below, port)` when an upstream answered two values and died."""

    async def main(clock):
        below = Place(clock)
        below.onewire.cache.timeouts.stale = stale
        async with AsyncExitStack() as stack:
            above = await stack.enter_async_context(Place(clock))
            above.add_chips("28")
            add_buffer(below, above.port)
            for other in others:
                await stack.enter_async_context(other)
                add_buffer(below, other.port)
            await stack.enter_async_context(below)
            await below.client.read(TEMPERATURE)
            await below.client.dir("/")
            await above.__aexit__()
            return await test(below, above.port)

    return on_virtual_time(main)


def test_a_dead_upstream_is_an_error_at_once_when_its_values_are_over():
    async def test(below, port):
        kept = await _timed(below.client.read(TEMPERATURE))
        await asyncio.sleep(16)
        return kept, await _timed(below.client.read(TEMPERATURE))

    kept, over = with_a_death(test)
    assert (float(kept[0]), kept[1]) == (pytest.approx(20, abs=100), 0)
    assert over == (DEAD, 0)


def test_the_last_good_value_is_served_for_the_time_of_stale_and_counted():
    async def test(below, port):
        first = await below.client.read(TEMPERATURE)
        await asyncio.sleep(16)
        got = [await _timed(below.client.read(TEMPERATURE)) for _ in range(3)]
        count = await below.client.read(STALE, view=View(trim=True))
        await asyncio.sleep(600 - 10)
        got.append(await _timed(below.client.read(TEMPERATURE)))
        await asyncio.sleep(20)
        return [(first, 0)] * 4 == got, count, await _timed(below.client.read(TEMPERATURE))

    assert with_a_death(test, stale=600) == (True, b"3", (DEAD, 0))


def test_stale_devices_are_still_listed_and_located():
    async def test(below, port):
        await asyncio.sleep(200)
        listed = await below.client.dir("/")
        return listed, [await outcome(below.client.present(SENSOR)), type(
            await outcome(below.client.read(TEMPERATURE))
        )]  # fmt: skip

    listed, (rom, kind) = with_a_death(test, stale=600, others=[Upstream([OTHER])])
    assert sorted(listed) == [OTHER, SENSOR]
    assert len(rom) == 8
    assert kind is bytes


def test_what_must_be_fresh_is_never_stale():
    async def test(below, port):
        return (
            await _timed(below.client.read(f"/uncached{TEMPERATURE}")),
            await _timed(below.client.read(f"{SENSOR}/temphigh")),
            await _timed(below.client.write(f"{SENSOR}/temphigh", b"1")),
            await _timed(below.client.read(TEMPERATURE)),
        )

    assert with_a_death(test, stale=600) == ((DEAD, 0),) * 4  # after a write nobody knows


def test_an_upstream_is_in_service_within_two_seconds_of_its_return():
    async def test(below, port):
        await asyncio.sleep(60)
        stale = await below.client.read(TEMPERATURE)
        again = Place(below.onewire.clock, port)
        again.add_chips("28")
        async with again:
            await asyncio.sleep(2)
            below.onewire.buses[0].buffered.stale = 0
            got = await outcome(below.client.read(TEMPERATURE))
            return stale, type(got), below.onewire.buses[0].buffered.stale

    stale, kind, count = with_a_death(test, stale=600)
    assert stale
    assert (kind, count) == (bytes, 0)


def test_a_device_of_a_dead_upstream_that_turns_up_elsewhere_is_served_from_there():
    other = Upstream([OTHER])

    async def test(below, port):
        await asyncio.sleep(16)
        before_move = await outcome(below.client.read(TEMPERATURE))
        other.devices.append(SENSOR)
        await asyncio.sleep(2)
        await outcome(below.client.read(TEMPERATURE))
        await asyncio.sleep(0.1)
        return before_move, await outcome(below.client.read(TEMPERATURE))

    before_move, moved = with_a_death(test, stale=600, others=[other])
    assert before_move not in (b"1", DEAD)
    assert moved == b"1"


def test_nobody_else_waits_for_a_slow_upstream():
    slow, quick = Upstream(), Upstream([OTHER])

    async def test(below, *_):
        await below.client.dir("/")
        slow.delay = [1.0, KEEP_ALIVE] * 30
        waiting = asyncio.ensure_future(_timed(below.client.read(TEMPERATURE)))
        await asyncio.sleep(5)
        meanwhile = [
            await _timed(below.client.read(f"{OTHER}/temperature")),
            await _timed(below.client.read(f"{OTHER}/temphigh")),
            await _timed(below.client.present(OTHER)),
        ]
        return await waiting, [seconds for _, seconds in meanwhile], slow.times(READ, TEMPERATURE)

    assert before([slow, quick], test) == ((b"1", 30.0), [0, 0, 0], 1)


def test_requests_in_flight_when_the_upstream_dies_get_the_stale_value():
    async def test(clock):
        below = Place(clock)
        below.onewire.cache.timeouts.stale = 60
        async with Upstream() as upstream:
            add_buffer(below, upstream.port)
            async with below:
                first = await below.client.read(TEMPERATURE)
                await asyncio.sleep(20)
                upstream.delay = [0.5, KEEP_ALIVE, asyncio.IncompleteReadError(b"", 1)]
                return first, await outcome(below.client.read(TEMPERATURE))

    assert on_virtual_time(test) == (b"1", b"1")


def test_only_the_first_waits_for_a_frozen_upstream_if_there_is_a_stale_value():
    async def test(below, upstream):
        first = [await below.client.read(f"{SENSOR}/temperature{n}") for n in (9, 10)]
        await asyncio.sleep(16)
        upstream.delay = [3600]
        got = [await _timed(below.client.read(f"{SENSOR}/temperature{n}")) for n in (9, 10, 9)]
        return first, got

    first, got = before([Upstream()], test, stale=60)
    assert first == [b"1", b"2"]
    assert got == [(b"1", 2.0), (b"2", 0), (b"1", 0)]

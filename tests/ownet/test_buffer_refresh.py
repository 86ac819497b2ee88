"""--refresh: what clients keep asking for is renewed before its time is over."""

import asyncio

import pytest

from owfs_py.bus.refresh import MAX_WATCHED
from owfs_py.ownet.messages import MessageType
from tests.ownet.bufferbench import READ, STRANGER, TEMPERATURE, Upstream, before
from tests.ownet.chainbench import SENSOR

COMMAND = (MessageType.WRITE, "/simultaneous/temperature")
SENSORS = [f"/28.{serial:012X}" for serial in range(20)]


async def _polled(below, paths, every, seconds):
    """How many of the polls of all `paths` had to wait for the upstream."""
    waited = 0
    loop = asyncio.get_running_loop()
    for _ in range(int(seconds / every)):
        for path in paths:
            began = loop.time()
            await below.client.read(path)
            waited += loop.time() > began
        await asyncio.sleep(every)
    return waited


@pytest.mark.parametrize("every", [5, 10])
def test_who_keeps_asking_never_waits(every):
    async def test(below, upstream):
        upstream.delay = [0.2]
        paths = [f"{sensor}/temperature" for sensor in SENSORS]
        await _polled(below, paths, every, every)
        return await _polled(below, paths, every, 300), below.onewire.buses[0].buffered

    waited, counts = before([Upstream(SENSORS)], test, refresh=True)
    assert waited == 0
    assert counts.renewed_asked > 0.9 * counts.renewed > 0


def test_without_it_they_wait_each_time_a_value_is_over():
    async def test(below, upstream):
        upstream.delay = [0.2]
        return await _polled(below, [TEMPERATURE], 5, 300), upstream.asked.count(COMMAND)

    waited, commands = before([Upstream()], test)
    assert waited > 10
    assert commands == 0


def test_a_sweep_is_one_conversion_and_a_read_for_each_that_is_asked_for():
    async def test(below, upstream):
        paths = [f"{sensor}/temperature" for sensor in SENSORS]
        await _polled(below, paths, 4, 8)
        upstream.requests.clear()
        await asyncio.sleep(4)
        return upstream.asked

    asked = before([Upstream(SENSORS)], test, refresh=True)
    assert asked[0] == COMMAND
    assert sorted(asked[1:]) == [(READ, f"{sensor}/temperature") for sensor in SENSORS]


def test_what_is_not_asked_for_again_is_renewed_once_at_most():
    async def test(below, upstream):
        await below.client.read(f"{SENSOR}/temperature9")
        for _ in range(3):
            await below.client.read(TEMPERATURE)
            await asyncio.sleep(2)
        await asyncio.sleep(300)
        counts = below.onewire.buses[0].buffered
        return upstream.reads, counts.renewed, counts.renewed_asked

    reads, renewed, asked = before([Upstream()], test, refresh=True)
    assert reads == [f"{SENSOR}/temperature9", TEMPERATURE, TEMPERATURE]
    assert (renewed, asked) == (1, 0)


def test_without_a_thermometer_nobody_is_told_to_convert():
    rows = {"/structure/77/level": b"u,000000,000001,ro,000012,v,"}

    async def test(below, upstream):
        await _polled(below, [f"{STRANGER}/level"], 4, 60)
        return upstream.asked.count(COMMAND), below.onewire.buses[0].buffered.renewed

    commands, renewed = before([Upstream([STRANGER], **rows)], test, refresh=True)
    assert commands == 0
    assert renewed >= 3


def test_a_written_value_is_not_renewed_as_what_it_was():
    async def test(below, upstream):
        await _polled(below, [TEMPERATURE], 4, 8)
        await below.client.write(f"{SENSOR}/temphigh", b"3")
        upstream.requests.clear()
        await asyncio.sleep(60)
        return upstream.reads, len(below.onewire.buses[0]._refresher)

    reads, watched = before([Upstream()], test, refresh=True)
    assert len(reads) <= 1
    assert watched == 0


def test_what_is_renewed_is_bounded():
    many = [f"/28.{serial:012X}" for serial in range(MAX_WATCHED + 50)]

    async def test(below, upstream):
        await asyncio.gather(*(below.client.read(f"{one}/temperature") for one in many))
        return len(below.onewire.buses[0]._refresher)

    assert before([Upstream(many)], test, refresh=True) == MAX_WATCHED


def test_a_dead_upstream_is_left_alone_and_renewed_when_it_is_back():
    async def test(below, upstream):
        await _polled(below, [TEMPERATURE], 4, 12)
        bus = below.onewire.buses[0]
        upstream.delay = [3600]
        await asyncio.sleep(60)
        dead = bus.buffered.renewed
        upstream.delay = []
        await _polled(below, [TEMPERATURE], 4, 40)
        return dead, bus.buffered.renewed

    dead, alive = before([Upstream()], test, refresh=True)
    assert alive > dead

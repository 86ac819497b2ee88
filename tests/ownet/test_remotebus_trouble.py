"""A server on top of others: loops, and upstreams that are slow, silent, dead, or back again."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from owfs_py.bus import errors
from owfs_py.ownet.client import OwnetClient
from owfs_py.ownet.messages import KEEP_ALIVE, MessageType
from tests.ownet.chainbench import (
    SENSOR,
    Place,
    Recorder,
    on_virtual_time,
    over,
    sensible,
)

LOOPED = [
    lambda c: c.read("/28.FFFFFFFFFFFF/temperature"),
    lambda c: c.read("/nobody/temperature"),
    lambda c: c.write("/28.FFFFFFFFFFFF/temphigh", b"1"),
    lambda c: c.dir("/28.FFFFFFFFFFFF"),
    lambda c: c.listing("/28.FFFFFFFFFFFF", slash=True),
    lambda c: c.present("/28.FFFFFFFFFFFF"),
    lambda c: c.present("/nobody"),
    lambda c: c.get("/28.FFFFFFFFFFFF/temperature"),
    lambda c: c.get("/nobody", slash=True),
    *(
        lambda c, ask=ask: ask(c, "/bus.1" * 9)
        for ask in (
            lambda c, bus: c.read(f"{bus}{SENSOR}/type"),
            lambda c, bus: c.write(f"{bus}{SENSOR}/temphigh", b"1"),
            lambda c, bus: c.dir(bus),
            lambda c, bus: c.listing(bus, slash=True),
            lambda c, bus: c.present(f"{bus}{SENSOR}"),
            lambda c, bus: c.get(bus),
            lambda c, bus: c.get(bus, slash=True),
        )
    ),
]


@asynccontextmanager
async def ring(clock, *devices):
    """Servers each of which is on top of the next, and the last of the first."""
    async with AsyncExitStack() as stack:
        places = []
        for unit, own in enumerate(devices):
            place = Place(clock)
            place.add_chips(own, unit=unit)
            places.append(await stack.enter_async_context(place))
        for place, upstream in zip(places, [*places[1:], places[0]], strict=True):
            bus = place.add_server(upstream.port)
            await bus.start()
        yield places


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("ask", LOOPED, ids=range(len(LOOPED)))
def test_loops_end_with_an_error_at_once(size, ask):
    async def test(clock):
        async with ring(clock, *["28"] * size) as (first, *_):
            began = clock.now()
            with pytest.raises(errors.OneWireError):
                await ask(first.client)
            return clock.now() - began

    assert on_virtual_time(test) < 0.1


def test_in_a_loop_each_device_is_there_once_and_served():
    async def test(clock):
        async with ring(clock, "28", "10", "01") as places:
            got = []
            for place in places:
                entries = sorted(await place.client.dir("/"))
                got.append((entries, [await place.client.read(f"{e}/family") for e in entries]))
            for place in places:
                await place.client.write("/simultaneous/temperature", b"1")
            return got

    entries = ["/01.020001FE0000", "/10.010010EF0000", SENSOR]
    assert on_virtual_time(test) == [(entries, [b"01", b"10", b"28"])] * 3


def test_slow_upstream_is_waited_for_as_long_as_it_shows_life():
    def script(kind, path, header, data, tokens):
        alive = [1.5, KEEP_ALIVE] * 4 if kind == MessageType.READ else []
        return [*alive, *sensible(kind, path, header, data, tokens)]

    async def test(below, recorder):
        began = asyncio.get_running_loop().time()
        value = await below.client.read(f"{SENSOR}/temperature")
        return value, asyncio.get_running_loop().time() - began

    assert over(script, test) == (b"21.5", pytest.approx(6, abs=0.1))


def test_silent_request_fails_alone():
    def script(kind, path, header, data, tokens):
        silent = path.endswith("latesttemp")
        return [60] if silent else sensible(kind, path, header, data, tokens)

    async def test(below, recorder):
        loop = asyncio.get_running_loop()
        await below.client.dir("/")
        began = loop.time()
        with pytest.raises(errors.BusError):
            await below.client.read(f"/bus.0{SENSOR}/latesttemp")
        took = loop.time() - began
        return took, await below.client.read(f"{SENSOR}/temperature")

    assert over(script, test) == (pytest.approx(2, abs=0.1), b"21.5")


def test_timeout_follows_the_setting():
    def script(kind, path, header, data, tokens):
        silent = kind == MessageType.READ
        return [60] if silent else sensible(kind, path, header, data, tokens)

    async def test(below, recorder):
        loop = asyncio.get_running_loop()
        client = OwnetClient("127.0.0.1", below.port, timeout=30)
        await client.write("/settings/timeout/network", b"5")
        began = loop.time()
        with pytest.raises(errors.BusError):
            await client.read(f"/bus.0{SENSOR}/temperature")
        client.close()
        return loop.time() - began

    assert over(script, test) == pytest.approx(6, abs=0.1)


async def _seconds(asking):
    """How long it takes, and the return code (0 if good)."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        await asking
    except errors.OneWireError as error:
        return round(loop.time() - began, 1), error.code
    return round(loop.time() - began, 1), 0


def returned(clock, place):
    """A server like `place` was, at the same address."""
    again = Place(clock, place.port)
    again.add_chips("28")
    return again


def test_dead_upstream_is_noticed_and_missed_without_delay():
    async def test(clock):
        above = Place(clock)
        above.add_chips("28")
        below = Place(clock)
        below.add_chips("10", unit=1)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(above)
            remote = below.add_server(above.port)
            await stack.enter_async_context(below)
            client = below.client
            assert len(await client.dir("/")) == 2
            await above.__aexit__()
            got = [
                await _seconds(client.read(f"{SENSOR}/type")),
                await _seconds(client.write(f"{SENSOR}/temphigh", b"1")),
                await _seconds(client.dir("/bus.1")),
                await _seconds(client.read("/bus.1/settings/timeout/ftp")),
                await _seconds(client.present("/28.FFFFFFFFFFFF")),
                await _seconds(client.read("/10.010010EF0000/type")),
                await _seconds(client.read("/bus.1/interface/settings/name")),
            ]
            listed = await client.dir("/")
            lost = remote.is_lost
            await stack.enter_async_context(returned(clock, above))
            await asyncio.sleep(2)
            back = await _seconds(client.read(f"{SENSOR}/type"))
            return got, listed, lost, back, remote.is_lost, len(await client.dir("/"))

    got, listed, *later = on_virtual_time(test)
    assert got[:4] == [(0, errors.BusNotRespondingError.code)] * 4
    assert got[4:] == [(0, errors.PathError.code), (0, 0), (0, 0)]
    assert listed == ["/10.010010EF0000"]
    assert later == [True, (0, 0), False, 2]


def test_frozen_upstream_is_noticed_and_others_are_not_slowed():
    frozen = []

    def script(kind, path, header, data, tokens):
        return [3600] if frozen else sensible(kind, path, header, data, tokens)

    async def test(clock):
        below = Place(clock)
        below.add_chips("10", unit=1)
        async with Recorder(script) as recorder:
            below.add_server(recorder.port)
            async with below:
                client = OwnetClient("127.0.0.1", below.port, timeout=30)
                await client.dir("/")
                frozen.append(True)
                first = await _seconds(client.read(f"/bus.1{SENSOR}/type"))
                await asyncio.sleep(3)
                got = [
                    await _seconds(client.read(f"/bus.1{SENSOR}/type")),
                    await _seconds(client.dir("/")),
                    await _seconds(client.read("/10.010010EF0000/type")),
                    await _seconds(client.present("/28.FFFFFFFFFFFF")),
                ]
                frozen.clear()
                await asyncio.sleep(3)
                back = await _seconds(client.read(f"/bus.1{SENSOR}/type"))
                client.close()
                return first, got, back

    first, got, back = on_virtual_time(test)
    assert first == (2, errors.BusError.code)
    assert got == [(0, errors.BusNotRespondingError.code), (0, 0), (0, 0), (0, 1)]
    assert back == (0, 0)


def test_upstream_that_is_missing_at_the_start_is_served_when_it_comes():
    async def test(clock):
        async with Recorder(sensible) as gone:
            port = gone.port
        below = Place(clock)
        remote = below.add_server(port)
        async with below:
            before = await _seconds(below.client.dir("/"))
            reconnect = await below.client.read("/bus.0/interface/settings/reconnect")
            above = Place(clock, port)
            above.add_chips("28")
            async with above:
                await asyncio.sleep(2)
                entries = await below.client.dir("/")
                await remote.reopen()
                return before, reconnect, entries, await below.client.dir("/"), remote.counts

    before, reconnect, entries, again, counts = on_virtual_time(test)
    assert before == (0, errors.BusNotRespondingError.code)
    assert reconnect == b"1"
    assert entries == again == [SENSOR]
    assert counts.open_errors == 1
    assert counts.reconnects == 2


def test_upstream_restarted_between_requests_is_not_noticed_by_clients():
    async def test(clock):
        above = Place(clock)
        above.add_chips("28")
        await above.__aenter__()
        below = Place(clock)
        below.add_server(above.port)
        async with below:
            await below.client.read(f"{SENSOR}/type")
            await above.__aexit__()
            async with returned(clock, above):
                return (
                    await _seconds(below.client.write(f"{SENSOR}/temphigh", b"1")),
                    await _seconds(below.client.read(f"{SENSOR}/type")),
                )

    assert on_virtual_time(test) == ((0, 0), (0, 0))

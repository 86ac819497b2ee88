"""How a connection behaves: order, persistence, time-outs, keep-alive frames, cached answers."""

import asyncio

import pytest

from owfs_py.ownet.messages import KEEP_ALIVE, Header, MessageType, request_frame
from tests.server.harness import (
    NOP,
    PERSISTENT,
    READ,
    TEMPERATURE,
    VALUE,
    WRITE,
    connect,
    read_frame,
    served,
)


def test_answer_repeats_flags_and_carries_the_value(fake):
    async def test(server):
        client = await connect(server)
        return await client.ask(read_frame(flags=0xFFFFFFFF))

    header, body = served(fake, test)
    assert header == Header(0, 12, 12, 0xFFFFFFFF, 12, 0)
    assert body == VALUE


def test_without_persistence_the_connection_is_closed_after_one_answer(fake):
    async def test(server):
        client = await connect(server)
        header, _ = await client.ask(read_frame(flags=0x10A) * 2)
        rest = await client.reader.read()
        return header.flags, rest, len(fake.calls)

    assert served(fake, test) == (0x10A, b"", 1)


def test_pipelined_requests_are_answered_in_order(fake):
    fake.values["/slow"] = b"slow"
    fake.delays["/slow"] = 0.5

    async def test(server):
        client = await connect(server)
        client.send(read_frame("/slow") + read_frame() + read_frame("/nothing") + read_frame())
        return [await client.frame() for _ in range(4)]

    answers = served(fake, test)
    assert [body for _, body in answers] == [b"slow", VALUE, b"", VALUE]
    assert [header.code for header, _ in answers] == [4, 12, -1, 12]


def test_request_may_arrive_byte_by_byte(fake):
    async def test(server):
        client = await connect(server)
        for byte in read_frame():
            client.send(bytes([byte]))
            await asyncio.sleep(0.01)
        return (await client.frame())[1]

    assert served(fake, test) == VALUE


def test_persistence_is_granted_up_to_the_limit_and_the_slot_comes_back(fake):
    async def test(server):
        clients = [await connect(server) for _ in range(3)]
        granted = [(await c.ask(read_frame()))[0].flags & 4 for c in clients]
        clients[0].close()
        await asyncio.sleep(0.1)
        late = await connect(server)
        return granted, (await late.ask(read_frame()))[0].flags & 4, server.clients.persistent

    assert served(fake, test, clients_persistent_high=2) == ([4, 4, 0], 4, 2)


def test_refused_client_gets_its_answer_and_is_closed(fake):
    async def test(server):
        client = await connect(server)
        header, body = await client.ask(read_frame(flags=0x10E))
        await client.gone()
        return header.flags, body

    assert served(fake, test, persistence=False) == (0x10A, VALUE)


def test_request_without_the_bit_ends_a_persistent_connection_and_frees_its_slot(fake):
    async def test(server):
        client = await connect(server)
        await client.ask(read_frame())
        await client.ask(read_frame(flags=0x100))
        await client.gone()
        return server.clients.persistent

    assert served(fake, test) == 0


def test_connection_survives_an_error_answer(fake):
    async def test(server):
        client = await connect(server)
        bad, _ = await client.ask(read_frame("/nothing"))
        good, _ = await client.ask(read_frame())
        return bad, good.code

    assert served(fake, test) == (Header(0, 0, -1, PERSISTENT, 0, 0), 12)


def test_idle_persistent_connections_close_late_if_few_and_early_if_many(fake):
    async def test(server):
        one, two = await connect(server), await connect(server)
        await one.ask(read_frame())
        await two.ask(read_frame())
        first, second = await asyncio.gather(one.gone(), two.gone())
        return sorted([round(first, 3), round(second, 3)])

    changes = {"timeout_persistent_low": 2, "timeout_persistent_high": 5}
    assert served(fake, test, clients_persistent_low=2, **changes) == [2, 5]


def test_connection_that_fell_idle_among_few_closes_early_if_many_came_meanwhile(fake):
    async def test(server):
        one, two = await connect(server), await connect(server)
        await one.ask(read_frame())
        await asyncio.sleep(1)
        await two.ask(read_frame())
        return await asyncio.gather(one.gone(), two.gone())

    changes = {"timeout_persistent_low": 2, "timeout_persistent_high": 6}
    gone = served(fake, test, clients_persistent_low=2, **changes)
    assert gone == pytest.approx([1, 6], abs=0.01)


def test_activity_starts_the_idle_time_anew(fake):
    async def test(server):
        client = await connect(server)
        for _ in range(3):
            await client.ask(read_frame())
            await asyncio.sleep(4)
        return await client.gone()

    changes = {"timeout_persistent_low": 2, "timeout_persistent_high": 5}
    assert served(fake, test, **changes) == pytest.approx(1, abs=0.01)


def test_silent_client_is_closed_after_timeout_server(fake):
    async def test(server):
        client = await connect(server)
        return await client.gone()

    assert served(fake, test, timeout_server=7) == pytest.approx(7, abs=0.01)


def test_trickling_request_does_not_stretch_its_time(fake):
    async def test(server):
        client = await connect(server)
        began = asyncio.get_running_loop().time()
        gone = asyncio.create_task(client.gone())
        for byte in read_frame():
            client.send(bytes([byte]))
            await asyncio.wait([gone], timeout=3)
            if gone.done():
                break
        return asyncio.get_running_loop().time() - began, len(fake.calls)

    assert served(fake, test) == (pytest.approx(10, abs=0.01), 0)


@pytest.mark.parametrize("kind", [READ, MessageType.DIR, WRITE, MessageType.PRESENCE])
def test_keep_alive_comes_every_second_until_the_answer(fake, kind):
    fake.delays[TEMPERATURE] = 5.3
    path = TEMPERATURE.encode() + b"\0"

    async def test(server):
        client = await connect(server)
        began = asyncio.get_running_loop().time()
        client.send(request_frame(kind, path + b"5" * (kind == WRITE), size=1, flags=PERSISTENT))
        times = []
        while True:
            header, _ = await client.frame()
            if header.payload >= 0:
                return times, header.code
            assert header.pack() == KEEP_ALIVE
            times.append(round(asyncio.get_running_loop().time() - began, 2))

    times, ret = served(fake, test)
    assert times == [1, 2, 3, 4, 5]
    assert ret in (0, 1, -20)


def test_no_keep_alive_when_idle_or_on_other_connections(fake):
    fake.delays[TEMPERATURE] = 3.5

    async def test(server):
        busy, idle = await connect(server), await connect(server)
        await idle.ask(request_frame(NOP, flags=PERSISTENT))
        _, first = await busy.ask(read_frame())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3):
                await idle.frame()
        return first

    assert served(fake, test) == b""  # the first frame was a keep-alive


def test_pingcrazy_sends_one_keep_alive_before_each_answer(fake):
    fake.lifetime = 60

    async def test(server):
        client = await connect(server)
        client.send(read_frame() * 2 + request_frame(99, flags=PERSISTENT))
        return [(await client.frame())[0].payload for _ in range(6)]

    assert served(fake, test, pingcrazy=True) == [-1, 12, -1, 12, -1, 0]


def test_cached_answer_is_given_without_asking_again_until_it_expires_or_something_is_written(fake):
    fake.lifetime = 15

    async def test(server):
        client = await connect(server)
        for _ in range(4):
            await client.ask(read_frame())
        asked = [len(fake.calls)]
        await asyncio.sleep(15.1)
        await client.ask(read_frame())
        asked.append(len(fake.calls))
        await client.ask(request_frame(WRITE, b"/x\x00new", size=3, flags=PERSISTENT))
        fake.values[TEMPERATURE] = b"5"
        _, body = await client.ask(read_frame())
        return asked, body

    fake.values["/x"] = b""
    asked, body = served(fake, test)
    # The first request of a connection is never taken from the cache: persistence is decided.
    assert asked == [1, 2]
    assert body == b"5"

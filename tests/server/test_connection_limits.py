"""Clients that vanish, flood, never read or talk nonsense, and servers that stop."""

import asyncio
import contextlib
import logging
import socket
import struct
from ipaddress import ip_network

import pytest

from owfs_py.emulator.virtualtime import VirtualClock, run
from owfs_py.ownet.messages import HEADER, request_frame
from owfs_py.server.connection import PIPELINE_LIMIT
from owfs_py.server.server import Server
from tests.server.harness import (
    NOP,
    PERSISTENT,
    TEMPERATURE,
    VALUE,
    connect,
    read_frame,
    served,
    settings,
)


def test_500_silent_clients_are_all_closed_and_forgotten(fake):
    async def test(server):
        clients = [await connect(server) for _ in range(500)]
        await asyncio.sleep(0.1)
        held = len(server.clients.open)
        other = await connect(server)
        _, body = await other.ask(read_frame(flags=0))
        await asyncio.gather(*(client.gone() for client in clients))
        await asyncio.sleep(0)
        return held, body, len(server.clients.open)

    assert served(fake, test) == (500, VALUE, 0)


def test_vanished_client_has_its_request_cancelled(fake):
    fake.delays[TEMPERATURE] = 100

    async def test(server):
        client = await connect(server)
        await client.ask(read_frame())
        client.writer.transport.abort()
        await asyncio.sleep(2.5)
        return fake.cancelled, fake.working, len(server.clients.open), server.clients.persistent

    assert served(fake, test) == (1, 0, 0, 0)


def test_client_that_shut_its_sending_side_still_gets_all_answers(fake):
    fake.delays[TEMPERATURE] = 0.3

    async def test(server):
        client = await connect(server)
        client.send(read_frame() * 3)
        client.writer.write_eof()
        return await client.reader.read()

    assert served(fake, test).count(VALUE) == 3


def test_own_token_closes_whatever_the_message(fake):
    async def test(server):
        own, other = server.settings.token, b"o" * 16
        passed = await connect(server)
        header, _ = await passed.ask(read_frame(tokens=(other,)))
        looped = []
        for frame in (read_frame(tokens=(other, own)), request_frame(NOP, tokens=(own,))):
            client = await connect(server)
            client.send(frame)
            looped.append(await client.reader.read())
        return header.code, fake.calls[0][2].tokens, looped, len(fake.calls)

    assert served(fake, test) == (12, (b"o" * 16,), [b"", b""], 1)


@pytest.mark.parametrize(
    "junk",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        struct.pack(">6i", 0, -5, 2, 0, 0, 0),
        struct.pack(">6i", 0, 100051, 2, 0, 0, 0),
        struct.pack(">6i", 0x10000 + 7000, 4, 2, 0, 0, 0),
        struct.pack(">6i", 0, 5, 3, 0, 5, 0) + b"/ab\x001",
        struct.pack(">6i", 0, 5, 3, 0, -1, 0) + b"/ab\x001",
    ],
    ids=["http", "negative", "large", "tokens", "write-no-path", "write-negative"],
)
def test_framing_fault_closes_without_an_answer(fake, junk):
    async def test(server):
        client = await connect(server)
        client.send(junk)
        return await client.reader.read(), fake.calls

    assert served(fake, test) == (b"", [])


def test_slow_reader_stops_being_read_and_memory_stays_bounded(fake):
    big = "/big"
    fake.values[big] = bytes(60000)

    async def test(server):
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.setblocking(False)
        await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", server.port))
        request, sent = read_frame(big) * 100, 0
        with contextlib.suppress(BlockingIOError):
            while True:
                sent += raw.send(request)
                await asyncio.sleep(0.001)
                assert sent < 64 << 20
        await asyncio.sleep(1)
        (connection,) = server.clients.open
        state = connection._frames.pending, connection._transport.get_write_buffer_size()
        worked = len(fake.calls)
        await asyncio.sleep(30)
        still = len(fake.calls) == worked
        raw.close()
        return state, worked, still

    (pending, unsent), worked, still = served(fake, test)
    assert PIPELINE_LIMIT < pending < 3 * PIPELINE_LIMIT
    assert unsent < 65536 + 2 * 60024
    assert worked < 500
    assert still


def test_slow_reader_gets_everything_once_it_reads(fake):
    fake.values["/big"] = bytes(60000)
    fake.lifetime = 1000

    async def test(server):
        client = await connect(server)
        client.writer.transport.set_write_buffer_limits(0)
        requests = 6000
        client.send(read_frame("/big") * requests)
        await asyncio.sleep(5)
        for _ in range(requests):
            await client.reader.readexactly(HEADER.size + 60000)
        return (await client.ask(read_frame()))[1]

    assert served(fake, test) == VALUE


def test_client_that_never_reads_is_cut_off_at_last(fake):
    fake.values["/big"] = bytes(60000)

    async def test(server):
        client = await connect(server)
        client.writer.transport.pause_reading()
        client.send(read_frame("/big") * 400)
        await asyncio.sleep(5)
        held = len(server.clients.open)
        await asyncio.sleep(7)
        return held, len(server.clients.open)

    assert served(fake, test, timeout_persistent_low=10) == (1, 0)


def test_stop_closes_idle_at_once_and_lets_short_work_finish(fake):
    fake.delays[TEMPERATURE] = 0.3

    async def main():
        server = Server(fake, settings())
        await server.start()
        idle, busy = await connect(server), await connect(server)
        await idle.ask(request_frame(NOP, flags=PERSISTENT))
        busy.send(read_frame())
        await asyncio.sleep(0.1)
        stopping = asyncio.create_task(server.stop())
        closed_after = await idle.gone()
        _, body = await busy.frame()
        await busy.gone()
        await stopping
        return closed_after, body, server.clients.open

    closed_after, body, still_open = run(main(), VirtualClock())
    assert closed_after < 0.01
    assert body == VALUE
    assert not still_open


def test_stop_cancels_long_work_within_a_second(fake):
    fake.delays[TEMPERATURE] = 100

    async def main():
        loop = asyncio.get_running_loop()
        server = Server(fake, settings())
        await server.start()
        client = await connect(server)
        client.send(read_frame())
        await asyncio.sleep(0.1)
        began = loop.time()
        await server.stop()
        took = loop.time() - began
        await asyncio.sleep(0)
        return took, fake.cancelled, server.clients.open

    took, cancelled, still_open = run(main(), VirtualClock())
    assert took < 1
    assert (cancelled, still_open) == (1, set())


def test_only_allowed_networks_are_served(fake):
    async def test(server):
        client = await connect(server)
        client.send(read_frame())
        return await client.gone(), len(server.clients.open)

    assert served(fake, test, allow=(ip_network("10.0.0.0/8"),)) == (0, 0)

    async def good(server):
        return (await (await connect(server)).ask(read_frame()))[1]

    assert served(fake, good, allow=(ip_network("127.0.0.0/8"),)) == VALUE


def test_program_fault_is_an_io_error_and_is_logged_with_one_traceback(fake, caplog):
    fake.fault = ZeroDivisionError("a bug")

    async def test(server):
        client = await connect(server)
        return [(await client.ask(read_frame()))[0].code for _ in range(3)]

    with caplog.at_level(logging.ERROR):
        assert served(fake, test) == [-5, -5, -5]
    assert [bool(record.exc_info) for record in caplog.records] == [True, False, False]


def test_no_delay_is_set(fake):
    async def test(server):
        client = await connect(server)
        await client.ask(read_frame())
        (connection,) = server.clients.open
        sock = connection._transport.get_extra_info("socket")
        return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

    assert served(fake, test)

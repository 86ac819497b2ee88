"""The daemon's event loop is uvloop, whose transports differ in detail: the same promises there.

uvloop knows no virtual time, so these take fractions of real seconds.
"""

import asyncio
import socket

import pytest
import uvloop

from owfs_py.ownet.client import OwnetClient
from owfs_py.ownet.messages import MessageType, request_frame
from owfs_py.server import connection
from owfs_py.server.server import Server
from owfs_py.server.settings import ServerSettings

TEMPERATURE = "/28.000028D70000/temperature"
VALUE = b"           4"
READ = request_frame(MessageType.READ, TEMPERATURE.encode(), size=99, flags=0x104)


def served(fake, test, **changes):
    async def main():
        settings = ServerSettings(listen=("127.0.0.1:0",), **changes)
        async with Server(fake, settings) as server, asyncio.timeout(10):
            return await test(server)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())


async def until(condition):
    """Wait for a condition that is reached by itself; the time-out is the caller's."""
    while not condition():  # noqa: ASYNC110  # what is waited for knows no events
        await asyncio.sleep(0.002)


def test_answers_are_cached_and_pipelined(fake):
    fake.lifetime = 60

    async def test(server):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(READ * 5000)
        await reader.readexactly(5000 * 36)
        sock = next(iter(server.clients.open))._transport.get_extra_info("socket")
        no_delay = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        writer.close()
        await until(lambda: not server.clients.open)
        return len(fake.calls), no_delay != 0

    assert served(fake, test) == (1, True)


def test_our_client_gets_through(fake):
    async def test(server):
        async with OwnetClient("127.0.0.1", server.port) as client:
            return await asyncio.gather(*(client.read(TEMPERATURE) for _ in range(30)))

    assert served(fake, test) == [VALUE] * 30


@pytest.mark.parametrize("reset", [True, False], ids=["reset", "closed"])
def test_vanished_client_has_its_request_cancelled(fake, monkeypatch, reset):
    monkeypatch.setattr(connection, "KEEP_ALIVE_INTERVAL", 0.02)
    fake.delays[TEMPERATURE] = 100

    async def test(server):
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(READ)
        await until(lambda: fake.working)
        if reset:
            linger = b"\x01\0\0\0\0\0\0\0"
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()
        await until(lambda: not server.clients.open)
        await asyncio.sleep(0)
        return fake.cancelled, fake.working, server.clients.persistent

    assert served(fake, test) == (1, 0, 0)


def test_client_that_shut_its_sending_side_still_gets_all_answers(fake):
    fake.delays[TEMPERATURE] = 0.01

    async def test(server):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(READ * 3)
        writer.write_eof()
        return await reader.read()

    assert served(fake, test).count(VALUE) == 3


def test_slow_reader_is_held_back_and_gets_everything_in_the_end(fake):
    fake.values[TEMPERATURE] = bytes(60000)
    fake.lifetime = 60
    request = request_frame(MessageType.READ, TEMPERATURE.encode(), size=65536, flags=0x104)

    async def test(server):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.transport.set_write_buffer_limits(0)
        writer.write(request * 6000)
        await asyncio.sleep(0.3)
        (only,) = server.clients.open
        held = only._frames.pending, only._transport.get_write_buffer_size()
        for _ in range(6000):
            await reader.readexactly(24 + 60000)
        writer.close()
        return held

    pending, unsent = served(fake, test)
    assert connection.PIPELINE_LIMIT < pending < 3 * connection.PIPELINE_LIMIT
    assert unsent < 65536 + 2 * 60024


def test_time_outs_and_refusals_close(fake):
    async def test(server):
        reader, _ = await asyncio.open_connection("127.0.0.1", server.port)
        silent = await reader.read()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET / HTTP/1.0\r\n\r\n" * 2)
        return silent, await reader.read(), len(server.clients.open)

    assert served(fake, test, timeout_server=0.05) == (b"", b"", 0)


def test_stop_cancels_long_work(fake):
    fake.delays[TEMPERATURE] = 100

    async def test(server):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(READ)
        await until(lambda: fake.working)
        await server.stop()
        await until(lambda: not fake.working)
        return await reader.read(), fake.cancelled

    assert served(fake, test) == (b"", 1)

"""The asyncio client against servers that behave badly: silent, slow, closing, lying."""

import asyncio
import contextlib

import pytest

from owfs_py._wire import build
from owfs_py.bus.errors import BusError, BusNotRespondingError, BusTimeoutError, PathError
from owfs_py.emulator.virtualtime import VirtualClock, run
from owfs_py.ownet.client import OwnetClient
from owfs_py.ownet.messages import HEADER, KEEP_ALIVE, Header, MessageType

GRANTED = 0x10C


class Scripted:
    """A server that answers with what `script(request, connection number)` yields.

    Bytes are sent, numbers are seconds to wait, None closes the connection.
    """

    def __init__(self, script):
        self.script = script
        self.connections = 0
        self.requests = []

    async def _serve(self, reader, writer):
        number, self.connections = self.connections, self.connections + 1
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                header = Header.parse(await reader.readexactly(HEADER.size))
                tokens = header.version & 0xFFFF
                body = await reader.readexactly(header.payload + 16 * tokens)
                self.requests.append((header, body))
                for step in self.script(header, number):
                    if step is None:
                        writer.close()
                        return
                    if isinstance(step, bytes):
                        writer.write(step)
                    else:
                        await asyncio.sleep(step)
        writer.close()

    async def __aenter__(self):
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc):
        self.server.close()


def value(data, flags=GRANTED):
    return build(len(data), flags, len(data), 0, data)


def against(script, test, **options):
    async def main():
        async with (
            Scripted(script) as server,
            OwnetClient("127.0.0.1", server.port, **options) as client,
        ):
            return await test(client, server)

    return run(main(), VirtualClock())


def test_connection_is_reused():
    async def test(client, server):
        return [await client.read("/a") for _ in range(3)], server.connections

    assert against(lambda *_: [value(b"x")], test) == ([b"x"] * 3, 1)


def test_refused_persistence_is_accepted_silently():
    async def test(client, server):
        return [await client.read("/a") for _ in range(3)], server.connections

    assert against(lambda *_: [value(b"x", 0x108), None], test) == ([b"x"] * 3, 3)


def test_concurrent_requests_have_connections_of_their_own():
    async def test(client, server):
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.gather(*(client.read("/a") for _ in range(8)))
        took = loop.time() - began
        await asyncio.gather(*(client.read("/a") for _ in range(4)))
        return took, server.connections

    took, connections = against(lambda *_: [1, value(b"x")], test, max_idle=4)
    assert took == pytest.approx(1, abs=0.01)
    assert connections == 8


def test_keep_alive_frames_restart_the_timeout():
    async def test(client, server):
        return await client.read("/a")

    script = [1.5, KEEP_ALIVE, 1.5, KEEP_ALIVE[:7], 1.5, KEEP_ALIVE[7:], 1.9, value(b"x")]
    assert against(lambda *_: script, test) == b"x"


def test_silent_server_times_out_and_its_connection_is_not_used_again():
    async def test(client, server):
        loop = asyncio.get_running_loop()
        began = loop.time()
        with pytest.raises(BusTimeoutError, match="silent for 2 s"):
            await client.read("/a")
        took = loop.time() - began
        return took, await client.read("/a")

    def script(header, connection):
        return [100] if connection == 0 else [value(b"x")]

    assert against(script, test) == (pytest.approx(2, abs=0.01), b"x")


def test_connection_closed_while_idle_is_noticed():
    async def test(client, server):
        await client.read("/a")
        await asyncio.sleep(1)
        return await client.write("/a", b"1"), server.connections

    def script(header, connection):
        return [build(0, GRANTED, 1, 0), 0.5, None]

    assert against(script, test) == (1, 2)


def test_reused_connection_that_dies_unanswered_is_tried_anew_for_reading_only():
    async def test(client, server):
        await client.read("/a")
        again = await client.read("/a")
        with pytest.raises(BusError, match="no answer"):
            await client.write("/a", b"1")
        return again, server.connections, [h.code for h, _ in server.requests]

    served = []

    def script(header, connection):
        served.append(connection)
        return [value(b"x")] if served.count(connection) == 1 else [None]

    assert against(script, test) == (b"x", 2, [2, 2, 2, 3])


def test_fresh_connection_that_dies_is_an_error():
    async def test(client, server):
        with pytest.raises(BusError, match="no answer"):
            await client.read("/a")
        return server.connections

    assert against(lambda *_: [None], test) == 1


def test_nobody_listening():
    async def main():
        async with Scripted(None) as server:
            port = server.port
        await OwnetClient("127.0.0.1", port).read("/a")

    with pytest.raises(BusNotRespondingError, match="cannot be reached"):
        run(main(), VirtualClock())


def test_cancelled_request_gives_its_connection_up():
    async def test(client, server):
        task = asyncio.create_task(client.read("/a"))
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled(), await client.read("/a"), server.connections

    def script(header, connection):
        return [1, value(b"late")] if connection == 0 else [value(b"x")]

    assert against(script, test) == (True, b"x", 2)


def test_more_than_asked_for_is_cut():
    async def test(client, server):
        return await client.read("/a", size=4)

    assert against(lambda *_: [value(b"123456789")], test) == b"1234"


def test_nonsense_from_the_server_is_a_bus_error():
    async def test(client, server):
        with pytest.raises(BusError, match="not an owserver"):
            await client.read("/a")

    against(lambda *_: [b"HTTP/1.1 400 Bad Request\r\n\r\n"], test)


def test_server_without_dirall_is_asked_by_dir_from_then_on():
    async def test(client, server):
        lists = [await client.dir("/"), await client.dir("/")]
        return lists, [header.code for header, _ in server.requests]

    def script(header, connection):
        if header.code == MessageType.DIRALL:
            return [build(-42, GRANTED, 0, 0)]
        entries = [build(0, GRANTED, 2, 0, b"/a\0"), KEEP_ALIVE, build(0, GRANTED, 2, 0, b"/b\0")]
        return [*entries, build(0, GRANTED, 0, 0x8002)]

    assert against(script, test) == ([["/a", "/b"]] * 2, [7, 4, 4])


def test_dir_that_fails_after_some_entries_is_an_error():
    async def test(client, server):
        client._knows_dirall = False
        with pytest.raises(PathError):
            await client.dir("/")

    script = [build(0, GRANTED, 2, 0, b"/a\0"), build(-1, GRANTED, 0, 0)]
    against(lambda *_: script, test)

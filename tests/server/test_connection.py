"""How a connection behaves: order, persistence, time-outs, keep-alives, pressure, departure."""

import asyncio
import logging
import socket
import struct
from ipaddress import ip_network

import pytest

from owfs_py.emulator.virtualtime import VirtualClock, run
from owfs_py.ownet.messages import HEADER, KEEP_ALIVE, Header, MessageType, request_frame
from owfs_py.server.connection import PIPELINE_LIMIT
from owfs_py.server.server import Server
from owfs_py.server.settings import ServerSettings

SENSOR = "/28.000028D70000"
TEMPERATURE = f"{SENSOR}/temperature"
VALUE = b"           4"
PERSISTENT = 0x104
READ, WRITE, NOP = MessageType.READ, MessageType.WRITE, MessageType.NOP


def read_frame(path=TEMPERATURE, flags=PERSISTENT, size=65536, **more):
    return request_frame(READ, path.encode() + b"\0", flags=flags, size=size, **more)


def settings(**changes):
    return ServerSettings(**{"listen": ("127.0.0.1:0",)} | changes)


class Client:
    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    def send(self, data):
        self.writer.write(data)

    async def frame(self):
        header = Header.parse(await self.reader.readexactly(HEADER.size))
        return header, await self.reader.readexactly(max(header.payload, 0))

    async def ask(self, data):
        self.send(data)
        return await self.frame()

    async def gone(self):
        """The seconds until the server closes; whatever it sends before is thrown away."""
        began = asyncio.get_running_loop().time()
        try:
            while await self.reader.read(65536):
                pass
        except ConnectionResetError:
            pass
        return asyncio.get_running_loop().time() - began

    def close(self):
        self.writer.close()


async def connect(server):
    return Client(*await asyncio.open_connection("127.0.0.1", server.port))


def served(fake, test, **changes):
    """Run `test(server)` on virtual time against a server of `fake`."""

    async def main():
        async with Server(fake, settings(**changes)) as server:
            return await test(server)

    return run(main(), VirtualClock())


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


def test_slow_reader_stops_being_read_and_memory_stays_bounded(fake):
    big = "/big"
    fake.values[big] = bytes(60000)

    async def test(server):
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.setblocking(False)
        await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", server.port))
        request, sent = read_frame(big) * 100, 0
        with pytest.raises(BlockingIOError):
            while sent < 64 << 20:
                sent += raw.send(request)
                await asyncio.sleep(0.001)
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

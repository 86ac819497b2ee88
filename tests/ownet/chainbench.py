"""Servers on top of each other in one process, on virtual time, and an upstream by script."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager

from owfs_py._wire import build
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.rom import RomId
from owfs_py.bus.simulated import SimulatedBus, Style
from owfs_py.emulator.virtualtime import VirtualClock, run
from owfs_py.ownet.client import OwnetClient
from owfs_py.ownet.messages import HEADER, Header, MessageType, decode_path
from owfs_py.ownet.remotebus import RemoteBus
from owfs_py.server.server import Server
from owfs_py.server.settings import ServerSettings

SENSOR = "/28.000028D70000"
OLD = "/10.000010EF0100"
LONELY = "/01.000001FE0000"
TOKENS = (bytes(range(16)), bytes(range(16, 32)))
GRANTED = 0x104


WORDS = ("alarm", "bus.0", "settings", "simultaneous", "unaliased", "uncached")


class Place:
    """One server in a chain, its library and a client of it."""

    def __init__(self, clock, port=0):
        self.settings = ServerSettings(listen=(f"127.0.0.1:{port}",))
        self.onewire = OneWire(clock=clock)
        self.server = Server(self.onewire, self.settings)

    def add_chips(self, devices, style=Style.TESTER, unit=0):
        wire = self.onewire
        bus = SimulatedBus(
            wire.next_number(),
            wire.cache,
            wire.aliases,
            wire.changed,
            style=style,
            devices=devices,
            unit=unit,
        )
        wire.add_bus(bus)
        return bus

    def add_server(self, port, **options):
        wire = self.onewire
        bus = RemoteBus(
            wire.next_number(),
            f"127.0.0.1:{port}",
            wire.cache,
            wire.aliases,
            token=self.settings.token,
            **options,
        )
        wire.add_bus(bus)
        return bus

    async def __aenter__(self):
        await self.onewire.start()
        await self.server.start()
        self.port = self.server.port
        self.client = OwnetClient("127.0.0.1", self.server.port)
        return self

    async def __aexit__(self, *exc):
        self.client.close()
        await self.server.stop()
        await self.onewire.stop()


class Recorder:
    """An upstream that answers by a script and keeps what it was asked."""

    def __init__(self, script):
        self.script = script
        self.requests = []

    async def _serve(self, reader, writer):
        try:
            while True:
                header = Header.parse(await reader.readexactly(HEADER.size))
                tokens = header.version & 0xFFFF
                body = await reader.readexactly(header.payload + 16 * tokens)
                path, _, data = body[: header.payload].partition(b"\0")
                tail = body[header.payload :]
                tokens = tuple(tail[i : i + 16] for i in range(0, len(tail), 16))
                request = (MessageType(header.code), decode_path(path), header, data, tokens)
                if header.code != MessageType.NOP:
                    self.requests.append(request)
                for step in self.script(*request):
                    if isinstance(step, bytes):
                        writer.write(step)
                    else:
                        await asyncio.sleep(step)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    @property
    def asked(self):
        return [(kind, path) for kind, path, *_ in self.requests]

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc):
        self._server.close()


def sensible(kind, path, header, data, tokens):
    """What an upstream with one DS18B20, called `attic` there, answers."""
    flags = header.flags
    word = path.strip("/").split("/")[0].lower()
    known = word in ("", "attic", SENSOR[1:].lower(), "28000028d70000", *WORDS)
    if kind == MessageType.NOP:
        return [build(0, flags, 0, 0)]
    if not known:
        return [build(-1, flags, 0, 0)]
    if kind == MessageType.PRESENCE:
        return [build(0, flags, 0, 0, bytes(RomId.parse(SENSOR[1:])))]
    if kind == MessageType.WRITE:
        return [build(0, flags, header.size, 0)]
    if kind == MessageType.READ:
        return [build(4, flags, 4, 0, b"21.5")]
    entries = (path.rstrip("/") + "/attic").encode()
    return [build(0, flags, len(entries), 0x8002, entries + b"\0")]


def on_virtual_time(test):
    clock = VirtualClock()
    return run(test(clock), clock)


def over(script, test, **options):
    """Run `test(below, recorder)` with our server on an upstream that follows `script`."""

    async def main(clock):
        below = Place(clock)
        async with Recorder(script) as recorder:
            below.add_server(recorder.port, **options)
            async with below:
                return await test(below, recorder)

    return on_virtual_time(main)


@asynccontextmanager
async def chain(clock, *below_first):
    """Servers on top of each other, each with its own devices; the last one is at the top."""
    async with AsyncExitStack() as stack:
        places = []
        for unit, devices in enumerate(reversed(below_first)):
            place = Place(clock)
            if devices:
                place.add_chips(devices, unit=unit)
            if places:
                place.add_server(places[-1].port)
            places.append(await stack.enter_async_context(place))
        yield places[::-1]

"""A server of a fake OneWire on virtual time, and a raw client to try it with."""

import asyncio

from owfs_py.emulator.virtualtime import VirtualClock, run
from owfs_py.ownet.messages import HEADER, Header, MessageType, request_frame
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

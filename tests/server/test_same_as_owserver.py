"""The same bytes to owserver 3.2p4 and to this server: the same bytes come back.

Only the protocol is compared, on a few paths whose values never change.
"""

import asyncio
import contextlib
import struct

import pytest

from owfs_py.ownet.messages import DEFAULT_FLAGS, request_frame
from owfs_py.server.server import Server
from owfs_py.server.settings import ServerSettings
from tests.interop.realserver import RealOwserver

DEVICE = b"/28.000028D70000"
TYPE = DEVICE + b"/type"
ERRATA = DEVICE + b"/errata"
READ, WRITE, DIR, PRESENCE, DIRALL, GET, DIRALLSLASH, GETSLASH = 2, 3, 4, 6, 7, 8, 9, 10


@pytest.fixture(scope="module")
def real_port():
    with RealOwserver(["--tester=28", "--timeout_server=1"]) as server:
        yield server.port


@pytest.fixture
def tester(fake):
    """The fake made equal to `--tester=28` as far as the streams below ask."""
    fake.values = {TYPE.decode(): b"DS18B20", f"{DEVICE.decode()}/family": b"28"}
    errata = ["die", "trim", "trimblanket", "trimvalid"]
    fake.directories = {
        DEVICE.decode(): list(fake.values),
        ERRATA.decode(): [f"{ERRATA.decode()}/{name}" for name in errata],
        "/alarm": [],
    }
    fake.listing_flags = 0
    return fake


async def exchange(port, data, half_close):
    """Everything that comes back until the server closes or resets the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    got = b""
    if half_close:
        with contextlib.suppress(OSError):  # closed by the server already
            writer.write_eof()
    with contextlib.suppress(ConnectionResetError):
        async with asyncio.timeout(10):
            while piece := await reader.read(65536):
                got += piece
    writer.close()
    return got


def ask(kind, payload, **words):
    return request_frame(kind, payload, **{"size": 65536, "flags": DEFAULT_FLAGS} | words)


def raw(version, payload, kind, flags, size, offset, body=b""):
    return struct.pack(">3iI2i", version, payload, kind, flags, size, offset) + body


KEEP = {"flags": DEFAULT_FLAGS | 4}
STREAMS = {
    "read": ask(READ, TYPE + b"\0"),
    "read without NUL": ask(READ, TYPE),
    "read with padding": ask(READ, TYPE + b"\0junk"),
    "read a part": ask(READ, TYPE, size=3, offset=2),
    "read behind the end": ask(READ, TYPE, offset=7),
    "read at a negative offset": ask(READ, TYPE, offset=-3),
    "read nothing": ask(READ, TYPE, size=0),
    "read too much": ask(READ, TYPE, size=100051),
    "read the most": ask(READ, TYPE, size=100050),
    "read a directory": ask(READ, DEVICE),
    "read a directory, bad size": ask(READ, DEVICE, size=0),
    "read an unknown path": ask(READ, b"/nothing"),
    "read an unknown path, bad size": ask(READ, b"/nothing", size=0),
    "long padding": ask(READ, TYPE.ljust(4096, b"\0")),
    "less padding": ask(READ, TYPE.ljust(4095, b"\0")),
    "long padding, directory": ask(DIRALL, ERRATA.ljust(4096, b"\0")),
    "long padding, dir": ask(DIR, ERRATA.ljust(4096, b"\0")),
    "long padding, unknown path": ask(READ, b"/nothing".ljust(4096, b"\0")),
    "long padding, presence": ask(PRESENCE, TYPE.ljust(5000, b"\0")),
    "get a value": ask(GET, TYPE),
    "get a value, bad size": ask(GET, TYPE, size=0),
    "get a directory, bad size": ask(GET, b"/alarm", size=0),
    "get an unknown path": ask(GETSLASH, b"/nothing", size=0),
    "dir": ask(DIR, ERRATA + b"\0"),
    "dirall": ask(DIRALL, ERRATA),
    "dirallslash": ask(DIRALLSLASH, ERRATA),
    "get a directory": ask(GET, ERRATA),
    "dir of a property": ask(DIR, TYPE),
    "dirall of a property": ask(DIRALL, TYPE),
    "dir of nothing": ask(DIR, b"/alarm"),
    "dirall of nothing": ask(DIRALL, b"/alarm"),
    "dirallslash of nothing": ask(DIRALLSLASH, b"/alarm"),
    "dir of an unknown path": ask(DIR, b"/nothing"),
    "presence": ask(PRESENCE, TYPE),
    "presence of an unknown path": ask(PRESENCE, b"/nothing"),
    "nop": ask(1, b""),
    "nop with payload": ask(1, b"abc"),
    "no payload": b"".join(ask(kind, b"", **KEEP) for kind in (2, 3, 4, 6, 7, 8, 9, 10)),
    "unknown types": b"".join(ask(kind, b"/", **KEEP) for kind in (0, 5, 11, 999, -1)),
    "write to an unknown path": ask(WRITE, b"/nothing\x001", size=1),
    "write without a path": ask(WRITE, b"/abc", size=4),
    "write of more than there is": ask(WRITE, b"/abc", size=5),
    "all flags": ask(READ, TYPE, flags=0xFFFFFFFB),
    "pipelined": ask(READ, TYPE, **KEEP) * 3 + ask(READ, b"/no", **KEEP) + ask(READ, TYPE, **KEEP),
    "pipelined behind the last": ask(READ, TYPE) + ask(READ, TYPE, **KEEP),
    "negative payload": raw(0, -1, READ, 0, 10, 0),
    "negative payload and a token": raw(0x10000, -16, READ, 0, 10, 0),
    "too large": raw(0, 100051, READ, 0, 10, 0),
    "too many tokens": raw(0x10000 + 7000, 5, READ, 0, 10, 0),
    "http": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "short header": ask(READ, TYPE)[:23],
    "short payload": ask(READ, TYPE)[:-1],
    "tokens": ask(READ, TYPE + b"\0", tokens=(b"a" * 16, b"b" * 16)),
    "server bit without tokens": raw(0x10000, 21, READ, 0, 10, 0, TYPE),
    "token count without server bit": raw(0x00003, 21, READ, 0, 10, 0, TYPE),
    "odd version": raw(0x7E000000 | 0x40000, 21, READ, 0, 10, 0, TYPE),
}


@pytest.mark.parametrize("half_close", [False, True], ids=["open", "half-closed"])
@pytest.mark.parametrize("name", STREAMS)
def test_stream_is_answered_alike(name, half_close, real_port, tester):
    persistent = name in ("no payload", "unknown types", "pipelined")
    data = STREAMS[name] + (ask(1, b"") if persistent else b"")

    async def ours():
        settings = ServerSettings(listen=("127.0.0.1:0",), timeout_server=0.05)
        async with Server(tester, settings) as server:
            return await exchange(server.port, data, half_close)

    assert asyncio.run(ours()) == asyncio.run(exchange(real_port, data, half_close))

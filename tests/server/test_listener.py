"""What the arguments of --port mean, and what is opened for them."""

import asyncio
import os
import socket

import pytest

from owfs_py.ownet.address import ANY_HOST, NetAddress
from owfs_py.server.listener import open_sockets
from owfs_py.server.server import Server
from owfs_py.server.settings import ServerSettings


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("4305", "0.0.0.0", 4305),
        ("0", "0.0.0.0", 0),
        ("localhost:15053", "localhost", 15053),
        ("127.0.0.1:15053", "127.0.0.1", 15053),
        ("127.0.0.1", "127.0.0.1", 4304),
        ("127.0.0.1:", "127.0.0.1", 4304),
        ("box.example", "box.example", 4304),
        ("::1:15054", "::1", 15054),
        ("[::1]:15054", "::1", 15054),
        ("[::1]", "::1", 4304),
        ("localhost:http", "localhost", 80),
        ("http", "0.0.0.0", 80),
    ],
)
def test_address_forms(text, host, port):
    assert NetAddress.parse(text, ANY_HOST) == (host, port)


@pytest.mark.parametrize(
    "text", ["", ":", ":4304", "65536", "99999", "h:99999", "-1", "h:-1", "/tmp/sock", "h:4304x"]
)
def test_senseless_addresses_are_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        NetAddress.parse(text, ANY_HOST)


def bound(**changes):
    sockets = asyncio.run(open_sockets(ServerSettings(**changes)))
    names = [s.getsockname()[:2] for s in sockets]
    for s in sockets:
        s.close()
    return names


def test_every_address_is_bound_and_a_failing_one_is_left_out(caplog):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        busy = f"127.0.0.1:{taken.getsockname()[1]}"
        names = bound(listen=(busy, "127.0.0.1:0", "::1:0"))
    assert [host for host, _ in names] == ["127.0.0.1", "::1"]
    assert f"cannot listen on {busy}: Address already in use" in caplog.text


def test_no_address_left_is_an_error_that_tells_the_reasons():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        busy = f"127.0.0.1:{taken.getsockname()[1]}"
        reason = f"^cannot listen on {busy}: Address already in use; 203.0.113.1:1: Cannot assign"
        with pytest.raises(OSError, match=reason):
            bound(listen=(busy, "203.0.113.1:1"))


def test_socket_handed_over_is_served_and_ports_are_ignored(fake):
    async def main():
        listener = socket.create_server(("127.0.0.1", 0))
        settings = ServerSettings(listen=("127.0.0.1:1",), listen_fds=(listener.fileno(),))
        port = listener.getsockname()[1]
        handed_over = listener.detach()
        ports = []
        for _ in range(2):  # a second start in the same process finds it open
            async with Server(fake, settings) as server:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                ports.append(server.port)
        os.close(handed_over)
        return ports == [port, port]

    assert asyncio.run(main())


def test_stopped_server_refuses_connections(fake):
    async def main():
        server = Server(fake, ServerSettings(listen=("127.0.0.1:0",)))
        await server.start()
        port = server.port
        await server.stop()
        await asyncio.open_connection("127.0.0.1", port)

    with pytest.raises(ConnectionRefusedError):
        asyncio.run(main())

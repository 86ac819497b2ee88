"""Emulated adapters on TCP: telnet taken out, connections lost and back."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from owfs_py.emulator.tcp import TcpAdapter
from owfs_py.emulator.wire import Wire

TELNET_OPTIONS = b"\xff\xfd\x03\xff\xfb\x2c\xff\xfa\x2c\x01\x00\x01\xc2\x00\xff\xf0\xff\xf3"


class Echo:
    """Answers what it gets."""

    def __init__(self) -> None:
        self.wire = Wire()
        self.powered_up = 0

    def power_up(self) -> None:
        self.powered_up += 1

    def receive(self, data: bytes, baud: int) -> bytes:
        return data


@pytest.fixture
def tcp() -> Iterator[TcpAdapter]:
    with TcpAdapter(Echo()) as adapter:
        yield adapter


def connect(tcp: TcpAdapter) -> socket.socket:
    host, _, port = tcp.address.partition(":")
    return socket.create_connection((host, int(port)), timeout=5)


def ask(connection: socket.socket, data: bytes, count: int) -> bytes:
    connection.sendall(data)
    answer = b""
    while len(answer) < count and (more := connection.recv(count - len(answer))):
        answer += more
    return answer


def test_telnet_commands_are_taken_out_wherever_they_are_cut(tcp: TcpAdapter) -> None:
    for cut in range(len(TELNET_OPTIONS)):
        with connect(tcp) as connection:
            connection.sendall(b"a" + TELNET_OPTIONS[:cut])
            assert ask(connection, b"", 1) == b"a"
            assert ask(connection, TELNET_OPTIONS[cut:] + b"b", 1) == b"b"


def test_each_connection_powers_up_and_one_comes_after_the_other(tcp: TcpAdapter) -> None:
    for count in (1, 2):
        with connect(tcp) as connection:
            assert ask(connection, b"x", 1) == b"x"
        assert tcp.connections == count
        assert isinstance(tcp.adapter, Echo)
        assert tcp.adapter.powered_up == count


def test_unplugged_it_hangs_up_and_refuses_until_it_is_back_at_the_same_place(
    tcp: TcpAdapter,
) -> None:
    address = tcp.address
    with connect(tcp) as connection:
        assert ask(connection, b"x", 1) == b"x"
        tcp.unplug()
        assert connection.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        connect(tcp)
    tcp.plug()
    assert tcp.address == address
    with connect(tcp) as connection:
        assert ask(connection, b"y", 1) == b"y"


def test_the_connection_is_lost_after_so_many_bytes_once(tcp: TcpAdapter) -> None:
    tcp.drop_after = 5
    with connect(tcp) as connection:
        assert ask(connection, b"abc", 3) == b"abc"
        assert ask(connection, b"defg", 9) == b"de"
    with connect(tcp) as connection:
        assert ask(connection, b"abcdefg", 7) == b"abcdefg"


def test_silent_it_accepts_and_answers_nothing(tcp: TcpAdapter) -> None:
    tcp.silent = True
    with connect(tcp) as connection:
        connection.sendall(b"x")
        connection.settimeout(0.02)
        with pytest.raises(TimeoutError):
            connection.recv(1)


def test_one_answer_a_connection_like_a_web_server() -> None:
    with TcpAdapter(Echo(), one_answer=True) as tcp, connect(tcp) as connection:
        assert ask(connection, b"abc", 4) == b"abc"

"""Addresses of adapters on the network, and asking for adapters over IPv6."""

from __future__ import annotations

import socket
import threading

import pytest

from owfs_py.bus.errors import BusNotRespondingError
from owfs_py.bus.masters.discovery import Endpoint, ask, endpoint

DEFAULT_PORT = 10001


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("box", ("box", DEFAULT_PORT)),
        ("box:", ("box", DEFAULT_PORT)),
        ("box:81", ("box", 81)),
        ("box.lan", ("box.lan", DEFAULT_PORT)),
        ("box.lan:81", ("box.lan", 81)),
        ("127.0.0.1", ("127.0.0.1", DEFAULT_PORT)),
        ("127.0.0.1:", ("127.0.0.1", DEFAULT_PORT)),
        ("127.0.0.1:81", ("127.0.0.1", 81)),
        ("81", ("localhost", 81)),
        ("http", ("http", DEFAULT_PORT)),
        ("box:http", ("box", 80)),
        ("::1", ("::1", DEFAULT_PORT)),
        ("fe80::1", ("fe80::1", DEFAULT_PORT)),
        ("[::1]", ("::1", DEFAULT_PORT)),
        ("[::1]:", ("::1", DEFAULT_PORT)),
        ("[::1]:81", ("::1", 81)),
    ],
)
def test_addresses(address: str, expected: Endpoint) -> None:
    assert endpoint(address, DEFAULT_PORT) == expected


@pytest.mark.parametrize(
    "address", ["", ":", ":81", "box:x", "box:-1", "box:65536", "65536", "[::1", "[]:81", "[::1]x"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="not HOST"):
        endpoint(address, DEFAULT_PORT)


def test_who_has_an_ipv6_address_is_asked_there() -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as adapter:
        adapter.bind(("::1", 0))

        def answer() -> None:
            question, sender = adapter.recvfrom(16)
            adapter.sendto(b"at " + question, sender)

        threading.Thread(target=answer).start()
        answers = ask(b"home?", ("::1", adapter.getsockname()[1]), 5.0, "anybody")
        assert next(answers) == (b"at home?", "::1")


def test_a_host_that_there_is_not_cannot_be_asked() -> None:
    with pytest.raises(BusNotRespondingError, match="cannot look for anybody"):
        list(ask(b"home?", ("no.such.host.invalid", 1), 0.0, "anybody"))

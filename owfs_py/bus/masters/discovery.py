"""Finding adapters on the network by a datagram that all of a kind answer, and their addresses.

Blocking, but bounded. What is asked and answered is each kind's own.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

from owfs_py.bus.endpoints import LOCALHOST, host_name, port_number, split
from owfs_py.bus.errors import BusNotRespondingError

Endpoint = tuple[str, int]
"""Host and port."""

MAX_ANSWER = 2048

BRIDGE_PORT = 10001
"""TCP port of the usual bridges to serial lines."""


def ask(question: bytes, to: Endpoint, seconds: float, adapter: str) -> Iterator[tuple[bytes, str]]:
    """Send `question` to a host, a multicast group or everybody; answers and who sent them.

    Ends `seconds` after the question. Raises BusNotRespondingError if it cannot be sent, which
    says what `adapter` was looked for.
    """
    try:
        family = socket.AF_INET6 if ":" in to[0] else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as channel:
            channel.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            channel.sendto(question, to)
            give_up = time.monotonic() + seconds
            while (left := give_up - time.monotonic()) > 0:
                channel.settimeout(left)
                answer, (host, *_) = channel.recvfrom(MAX_ANSWER)
                yield answer, host
    except TimeoutError:
        return
    except OSError as error:
        raise BusNotRespondingError(f"cannot look for {adapter}: {error}") from error


def endpoint(address: str, default_port: int) -> Endpoint:
    """Where an adapter is: HOST, HOST:PORT, HOST:, or PORT of this machine. Raises ValueError.

    PORT is a number or, behind a host, a service. Around an IPv6 address there may be brackets.
    """
    try:
        if address.isdecimal():
            host, port = LOCALHOST, address
        elif address and ":" not in address:
            host, port = address, ""
        else:
            host, port = split(address)
        return host_name(host), port_number(port) if port else default_port
    except ValueError as error:
        raise ValueError(f"not HOST, HOST:PORT or PORT: {address!r}") from error


def numeric(address: str, default_port: int) -> str:
    """IPV4:PORT of such an address; empty if there is no such host."""
    try:
        host, port = endpoint(address, default_port)
        return f"{socket.gethostbyname(host)}:{port}"
    except (ValueError, OSError):
        return ""

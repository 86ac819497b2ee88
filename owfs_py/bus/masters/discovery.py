"""Finding adapters on the network by a datagram that all of a kind answer, and their addresses.

Blocking, but bounded. What is asked and answered is each kind's own.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

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
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
            channel.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            channel.sendto(question, to)
            give_up = time.monotonic() + seconds
            while (left := give_up - time.monotonic()) > 0:
                channel.settimeout(left)
                answer, (host, _) = channel.recvfrom(MAX_ANSWER)
                yield answer, host
    except TimeoutError:
        return
    except OSError as error:
        raise BusNotRespondingError(f"cannot look for {adapter}: {error}") from error


def endpoint(address: str, default_port: int) -> Endpoint:
    """Host and port of HOST, HOST:PORT or [IPV6]:PORT. Raises ValueError."""
    host, separator, port = address.rpartition(":")
    if not separator or port.endswith("]"):
        host, port = address, str(default_port)
    if not host or not port.isascii() or not port.isdecimal() or int(port) > 0xFFFF:
        raise ValueError(f"not HOST[:PORT]: {address!r}")
    return host.strip("[]"), int(port)


def numeric(address: str, default_port: int) -> str:
    """IPV4:PORT of such an address; empty if there is no such host."""
    try:
        host, port = endpoint(address, default_port)
        return f"{socket.gethostbyname(host)}:{port}"
    except (ValueError, OSError):
        return ""


def tcp_url(address: str, default_port: int) -> str:
    """The URL of pyserial for a plain TCP connection to such an address. Raises ValueError."""
    host, port = endpoint(address, default_port)
    return f"socket://[{host}]:{port}" if ":" in host else f"socket://{host}:{port}"

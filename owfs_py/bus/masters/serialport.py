"""Serial ports as pyserial opens them, local or over TCP: addresses, opening, and what is used of
an open one. What goes over a port, and what it means if it fails, is serialline.py's.
"""

from __future__ import annotations

import re
import termios
from collections.abc import Callable
from typing import Protocol
from urllib.parse import urlsplit

import serial

from owfs_py.bus.endpoints import join
from owfs_py.bus.masters.discovery import BRIDGE_PORT, endpoint

START_RATE = 9600
"""Bits a second after opening: what every 1-Wire serial adapter starts with."""

BREAK_SECONDS = 0.24
"""Seconds. From this Linux makes its 250 ms; of 0.25, by way of pyserial and glibc, only 100."""

PORT_FAULTS = (OSError, ValueError, termios.error)
"""What pyserial lets through: its own errors are OSErrors, refused settings are ValueErrors, and
termios has an exception that is neither."""

TELNET, PLAIN_TCP = "rfc2217", "socket"
"""Schemes of pyserial for the two ways over a network: with control of the line, and bytes only."""


_SUFFIX = re.compile(r":\w*\Z")


class Port(Protocol):
    """The part of pyserial's surface that is used here; emulated adapters have it, too."""

    baudrate: int
    bytesize: int
    timeout: float | None

    @property
    def in_waiting(self) -> int: ...
    def write(self, data: bytes, /) -> int | None: ...
    def read(self, size: int = 1, /) -> bytes: ...
    def reset_input_buffer(self) -> None: ...
    def flush(self) -> None: ...
    def send_break(self, duration: float = BREAK_SECONDS) -> None: ...
    def close(self) -> None: ...


PortFactory = Callable[[], Port]
"""Opens a port at START_RATE, 8N1."""


def port_url(address: str, scheme: str = TELNET, default_port: int = BRIDGE_PORT) -> str:
    """The pyserial URL or device path of an address as users give it.

    What has a "/" in it is that already. All else is on the network, by `scheme`: RFC 2217 (telnet
    with serial control), as for owserver's --xport, or bytes only. Raises ValueError.
    """
    if "/" in address:
        _check_url(address)
        return address
    return f"{scheme}://{join(*endpoint(address, default_port))}"


def _check_url(url: str) -> None:
    """ValueError for one of the network that pyserial has no good words for."""
    scheme, separator, _ = url.partition("://")
    if not separator or scheme not in (TELNET, PLAIN_TCP):
        return
    parts = urlsplit(url)
    try:
        is_complete = bool(parts.hostname and parts.port)
    except ValueError:
        is_complete = False
    if not is_complete:
        raise ValueError(f"not {scheme}://HOST:PORT: {url!r}")


def refuse_suffix(path: str, wanted: str) -> None:
    """ValueError if a path ends as if something followed it that is not `wanted`.

    Names in /dev/serial/by-path have colons, too, but a dot or dash behind the last one.
    """
    if "/" in path and "://" not in path and _SUFFIX.search(path):
        raise ValueError(f"{path}: what follows the colon is not {wanted}")


def is_remote(url: str) -> bool:
    """Whether a network lies between, so that an answer may take longer."""
    return "://" in url


def has_fixed_rate(url: str) -> bool:
    """Whether the far end ignores speed and break (a plain TCP bridge)."""
    return url.startswith(f"{PLAIN_TCP}:")


def open_port(url: str, timeout: float, *, hardflow: bool) -> Port:
    """The port at START_RATE, 8N1, for us alone, with DTR and RTS on, which adapters live on.

    `timeout` is in seconds, `hardflow` has RTS/CTS regulate the flow. Raises PORT_FAULTS.
    """
    port: Port = serial.serial_for_url(
        url,
        baudrate=START_RATE,
        timeout=timeout,
        write_timeout=None if is_remote(url) else timeout,  # not to be had on all of those
        rtscts=hardflow,
        exclusive=True,
    )
    return port

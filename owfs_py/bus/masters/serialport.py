"""Serial ports as pyserial opens them, local or over TCP: addresses, opening, and what is used of
an open one. What goes over a port, and what it means if it fails, is serialline.py's.
"""

from __future__ import annotations

import re
import termios
from collections.abc import Callable
from typing import Protocol

import serial

START_RATE = 9600
"""Bits a second after opening: what every 1-Wire serial adapter starts with."""

BREAK_SECONDS = 0.24
"""Seconds. From this Linux makes its 250 ms; of 0.25, by way of pyserial and glibc, only 100."""

PORT_FAULTS = (OSError, ValueError, termios.error)
"""What pyserial lets through: its own errors are OSErrors, refused settings are ValueErrors, and
termios has an exception that is neither."""

_HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^/:]+):\d+\Z")


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


def port_url(address: str) -> str:
    """The pyserial URL or device path of an address as users give it.

    `host:port` is RFC 2217 (telnet with serial control), as for owserver's --xport; a bridge that
    passes bytes only is `socket://host:port`.
    """
    return f"rfc2217://{address}" if _HOST_AND_PORT.match(address) else address


def is_remote(url: str) -> bool:
    """Whether a network lies between, so that an answer may take longer."""
    return "://" in url


def has_fixed_rate(url: str) -> bool:
    """Whether the far end ignores speed and break (a plain TCP bridge)."""
    return url.startswith("socket:")


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

"""Addresses of owservers as people write them. Nothing is resolved or opened here."""

from __future__ import annotations

import socket

from owfs_py.ownet.messages import DEFAULT_PORT

MAX_PORT = 65535


def port_number(text: str) -> int:
    """A port from its number or the name of a TCP service. ValueError if it is neither."""
    if text.isascii() and text.isdecimal():
        if int(text) > MAX_PORT:
            raise ValueError(f"no such port: {text} (0 to {MAX_PORT} are)")
        return int(text)
    try:
        return socket.getservbyname(text, "tcp")
    except OSError:
        raise ValueError(f"neither a port number nor a known service: {text!r}") from None


def split_address(text: str) -> tuple[str, str]:
    """Host and port of HOST:PORT, as texts; what is not there is empty.

    The last colon separates, so that `::1:4304` works, as does `[::1]:4304` or `[::1]`. A word
    without a colon is a host if it has a dot or brackets, else a port.
    """
    text = text.strip()
    if text.endswith("]"):
        host, port = text, ""
    else:
        host, colon, port = text.rpartition(":")
        if not colon and "." in port:
            host, port = port, ""
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    return host, port


def server_address(text: str) -> tuple[str, int]:
    """Where to find an owserver: PORT, SERVICE, HOST, HOST:PORT; localhost and 4304 if missing.

    Raises ValueError for an empty text, an empty host before a colon or an impossible port.
    """
    host, port = split_address(text)
    if not host and (not port or ":" in text):
        raise ValueError(f"not the address of an owserver: {text!r}")
    if host:
        return host, port_number(port) if port else DEFAULT_PORT
    if port.isdecimal():
        return "localhost", port_number(port)
    try:
        return "localhost", port_number(port)
    except ValueError:
        return port, DEFAULT_PORT  # no service of that name: a host on the local network

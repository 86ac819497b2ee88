"""Addresses of owservers as people and options write them. Nothing is resolved or opened here."""

from __future__ import annotations

from typing import NamedTuple, Self

from owfs_py.ownet.messages import DEFAULT_PORT

ANY_HOST = "0.0.0.0"
LOCALHOST = "127.0.0.1"
MAX_PORT = 0xFFFF


class NetAddress(NamedTuple):
    """A host (name or number; never empty) and a TCP port; port 0 is any free one."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str, default_host: str, default_port: int = DEFAULT_PORT) -> Self:
        """Read PORT, HOST:PORT, HOST:, a HOST with a dot in it, or [IPV6] with or without :PORT.

        PORT is a number or the name of a service. The last colon counts, so ::1:4304 works, too.
        Raises ValueError for anything else.
        """
        text = text.strip()
        host, colon, port = text.rpartition(":")
        if text.startswith("["):
            host, closed, rest = text[1:].partition("]")
            if not closed or not host or rest[:1] not in ("", ":"):
                raise ValueError(f"not an address: {text!r}")
            port = rest[1:]
        elif host.endswith(":") and not host.endswith("::"):
            host, port = text, ""  # IPv6 without a port, such as ::1
        elif not colon and "." in text:
            host, port = text, ""
        elif not text or (colon and not host):
            raise ValueError(f"not an address: {text!r}")
        return cls(host or default_host, _port_number(port) if port else default_port)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _port_number(word: str) -> int:
    if word.isascii() and word.isdecimal():
        if int(word) > MAX_PORT:
            raise ValueError(f"no such port: {word}")
        return int(word)
    from socket import getservbyname  # rarely used; numbers are the rule

    try:
        return getservbyname(word, "tcp")
    except OSError:
        raise ValueError(
            f"neither a port number nor a service: {word!r} (a host alone is written {word}:)"
        ) from None


def server_address(text: str) -> tuple[str, int]:
    """Where to find an owserver: PORT, SERVICE, HOST, HOST:PORT; localhost and 4304 if missing.

    Raises ValueError for an empty text, an empty host before a colon or an impossible port.
    """
    word = text.strip()
    try:
        return NetAddress.parse(word, "localhost")
    except ValueError:
        if not word or ":" in word or word.isdecimal() or word.startswith("["):
            raise
        return word, DEFAULT_PORT  # no service of that name: a host on the local network

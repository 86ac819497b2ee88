"""Addresses of owservers as people and options write them. Nothing is resolved or opened here."""

from __future__ import annotations

from typing import NamedTuple, Self

from owfs_py.bus.endpoints import LOCALHOST, host_name, join, port_number, split
from owfs_py.ownet.messages import DEFAULT_PORT

ANY_HOST = "0.0.0.0"


class NetAddress(NamedTuple):
    """A host (name or number; never empty) and a TCP port; port 0 is any free one."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str, default_host: str, default_port: int = DEFAULT_PORT) -> Self:
        """Read PORT, HOST:PORT, HOST:, a HOST with a dot in it, or [IPV6] with or without :PORT.

        PORT is a number or the name of a service. Raises ValueError for anything else.
        """
        text = text.strip()
        if text and ":" not in text:
            host, port = (text, "") if "." in text else (default_host, text)
        else:
            host, port = split(text)
        return cls(host_name(host), port_number(port) if port else default_port)

    def __str__(self) -> str:
        return join(self.host, self.port)


def server_address(text: str) -> tuple[str, int]:
    """Where to find an owserver: PORT, SERVICE, HOST, HOST:PORT; localhost and 4304 if missing.

    Raises ValueError for an empty text, an empty host before a colon or an impossible port.
    """
    word = text.strip()
    try:
        return NetAddress.parse(word, LOCALHOST)
    except ValueError:
        if not word or ":" in word or word.isdecimal() or word.startswith("["):
            raise
        return host_name(word), DEFAULT_PORT  # no service of that name: a host on the local network

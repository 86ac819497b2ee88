"""A host and a port as people write them. Nothing is resolved or opened here, and what a word
without a colon stands for is for those to say who know what it may be.
"""

from __future__ import annotations

import re

LOCALHOST = "localhost"
MAX_PORT = 0xFFFF

_BLANK_OR_CONTROL = re.compile(r"[\0-\x20\x7F]")


def split(text: str) -> tuple[str, str]:
    """HOST:PORT, HOST:, [IPV6]:PORT, [IPV6] or IPV6; the port is empty if there is none.

    The last colon counts, so ::1:4304 works, too. Raises ValueError without a host.
    """
    if text.startswith("["):
        host, closed, rest = text[1:].partition("]")
        if not closed or not host or rest[:1] not in ("", ":"):
            raise ValueError(f"not an address: {text!r}")
        return host, rest[1:]
    host, _, port = text.rpartition(":")
    if host.endswith(":") and not host.endswith("::"):
        return text, ""  # IPv6 without a port, such as ::1
    if not host:
        raise ValueError(f"not an address: {text!r}")
    return host, port


def host_name(word: str) -> str:
    """`word`, if it may be the name or number of a host; nobody is asked. Raises ValueError."""
    try:
        word.encode("idna")  # as the resolver will do, to whom its failure would come as a surprise
    except UnicodeError as error:
        raise ValueError(f"not a host: {word!r}") from error
    if _BLANK_OR_CONTROL.search(word):
        raise ValueError(f"not a host: {word!r}")
    return word


def port_number(word: str) -> int:
    """Of a number or the name of a service. Raises ValueError."""
    if word.isascii() and word.isdecimal():
        if int(word) > MAX_PORT:
            raise ValueError(f"no such port: {word}")
        return int(word)
    from socket import getservbyname  # rarely used; numbers are the rule

    try:
        return getservbyname(word, "tcp")
    except OSError:
        raise ValueError(f"neither a port number nor a service: {word!r}") from None


def join(host: str, port: int) -> str:
    """HOST:PORT, or [IPV6]:PORT."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

"""Listening sockets: what `--port` means, and opening it.

Who is served on them is not decided here.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from typing import Any

from owfs_py.ownet.address import ANY_HOST, NetAddress
from owfs_py.ownet.messages import DEFAULT_PORT
from owfs_py.server.settings import ServerSettings

log = logging.getLogger(__name__)


async def open_sockets(settings: ServerSettings) -> list[socket.socket]:
    """The listening sockets that the settings ask for, bound but not yet accepting.

    An address that cannot be used is logged and left out. Raises OSError if none is left, and
    ValueError if an address cannot be understood.
    """
    if settings.listen_fds:
        # Copies, so that a later start in this process finds them open.
        return [socket.socket(fileno=os.dup(fd)) for fd in settings.listen_fds]
    if not settings.listen:
        return [await _open_default()]
    addresses = [NetAddress.parse(text, ANY_HOST) for text in settings.listen]
    sockets = []
    problems = []
    for address in addresses:
        try:
            sockets.append(await _open(address))
        except OSError as error:
            problems.append(f"{address}: {error.strerror or error}")
    if not sockets:
        raise OSError(f"cannot listen on {'; '.join(problems)}")
    for problem in problems:
        log.error("cannot listen on %s", problem)
    return sockets


async def _open_default() -> socket.socket:
    try:
        return await _open(NetAddress(ANY_HOST, DEFAULT_PORT))
    except OSError as error:
        reason = error.strerror or error
        log.warning("cannot listen on port %d: %s; any other will do", DEFAULT_PORT, reason)
        return await _open(NetAddress(ANY_HOST, 0))


async def _open(address: NetAddress) -> socket.socket:
    """A socket on the first of the host's addresses that can be bound."""
    found = await asyncio.get_running_loop().getaddrinfo(
        address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    problem = OSError("the host has no address")
    for family, kind, protocol, _, where in found:
        try:
            return _bind(family, kind, protocol, where)
        except OSError as error:
            problem = error
    raise problem


def _bind(family: int, kind: int, protocol: int, where: tuple[Any, ...]) -> socket.socket:
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
        # Without this a second server could bind the same port until the first one accepts.
        listener.listen(socket.SOMAXCONN)
    except OSError:
        listener.close()
        raise
    return listener

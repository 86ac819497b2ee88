"""The netlink connection to the kernel's w1 subsystem: requests, and the answers that are for us.

Plain sockets: Python knows the address family, and what is said (w1messages.py) is one small fixed
header after another. What a bus master is asked to do is in w1netlink.py.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from owfs_py.bus.clock import Clock
from owfs_py.bus.errors import BusError, BusTimeoutError
from owfs_py.bus.masters.w1messages import (
    Kind,
    Order,
    Reply,
    master_numbers,
    parse,
    reason,
    request,
)

NETLINK_CONNECTOR = 11
"""linux/netlink.h."""
LIST_TIMEOUT = 0.9
"""Seconds for the list of bus masters, which needs no 1-Wire bus."""
MAX_DATAGRAM = 65536
MAX_SEQUENCE = 0xFFFFFFFF


class NetlinkSocket(Protocol):
    """The part of a socket that is used. `recv` raises TimeoutError after the time-out."""

    def send(self, data: bytes, /) -> int: ...
    def recv(self, size: int, /) -> bytes: ...
    def settimeout(self, seconds: float, /) -> None: ...
    def close(self) -> None: ...


Connect = Callable[[], NetlinkSocket]


def connect(groups: int = 0) -> socket.socket:
    """A socket to the kernel's connectors, in these multicast groups. Raises OSError.

    EPROTONOSUPPORT: this kernel, or network namespace, has none; EPERM: groups need privileges.
    """
    connection = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, NETLINK_CONNECTOR)
    try:
        connection.bind((0, groups))
    except OSError:
        connection.close()
        raise
    return connection


class W1Link:
    """Requests to the kernel and its answers, on one socket and one after the other."""

    def __init__(self, connection: NetlinkSocket, clock: Clock, name: str) -> None:
        self._connection = connection
        self._clock = clock
        self._name = name
        self._sequence = 0
        self._unread: list[Reply] = []

    def close(self) -> None:
        """Give the socket back."""
        self._connection.close()

    def masters(self, timeout: float) -> list[int]:
        """The numbers of the bus masters that the kernel has now."""
        replies = self._ask(Kind.LIST_MASTERS, 0, (), timeout)
        return [number for reply in replies for number in master_numbers(reply.data)]

    def command(
        self, master: int, orders: Sequence[Order], timeout: float
    ) -> list[tuple[int, bytes]]:
        """Let a bus master do all `orders` without anybody in between; status and data of each."""
        results: list[tuple[int, bytes]] = []
        data = b""
        for reply in self._ask(Kind.MASTER_COMMAND, master, orders, timeout):
            order = orders[len(results)]
            if reply.command != order.command:
                raise BusError(f"{self._name}: command {reply.command} answers {order.command}")
            if reply.ack != reply.sequence:
                data += reply.data
                continue
            results.append((reply.status, data))
            data = b""
        return results

    def _ask(
        self, kind: Kind, master: int, orders: Sequence[Order], timeout: float
    ) -> Iterator[Reply]:
        """All replies to a request, until each order has its status, or the request if it has none.

        Raises BusTimeoutError if a reply takes longer than `timeout`, BusError for an error that
        concerns the whole request, and if the socket fails.
        """
        self._sequence = self._sequence % MAX_SEQUENCE + 1
        self._unread.clear()
        try:
            self._connection.send(request(kind, self._sequence, master, orders))
            left = len(orders) or 1
            give_up = self._clock.now() + timeout
            while left:
                reply = self._next(kind, master, give_up)
                if reply.ack == reply.sequence:
                    left -= 1
                    give_up = self._clock.now() + timeout
                    self._check_end(reply, bool(orders))
                yield reply
        except TimeoutError as error:
            raise BusTimeoutError(
                f"{self._name}: no answer from the kernel within {timeout:g} s"
            ) from error
        except OSError as error:
            raise BusError(f"{self._name}: {error}") from error

    def _check_end(self, reply: Reply, with_orders: bool) -> None:
        failed = reply.command is None if with_orders else reply.status != 0
        if failed:
            raise BusError(f"{self._name}: {reason(reply.status)}")
        if reply.data:
            raise BusError(f"{self._name}: {len(reply.data)} bytes in the status of a command")

    def _next(self, kind: Kind, master: int, give_up: float) -> Reply:
        """The next reply to the request; events, and answers to others, are passed over."""
        while True:
            while self._unread:
                reply = self._unread.pop(0)
                if (reply.sequence, reply.kind, reply.master) == (self._sequence, kind, master):
                    if reply.ack in (reply.sequence, (reply.sequence + 1) & MAX_SEQUENCE):
                        return reply
                    raise BusError(f"{self._name}: {reply.ack} acknowledges {reply.sequence}")
            left = give_up - self._clock.now()
            if left <= 0:
                raise TimeoutError
            self._connection.settimeout(left)
            datagram = self._connection.recv(MAX_DATAGRAM)
            if not datagram:
                raise BusError(f"{self._name}: the kernel hung up")
            self._unread += parse(datagram)

"""The messages of the kernel's w1 subsystem on the netlink connector: built, and taken apart.

Source: Documentation/w1/w1-netlink.rst of Linux. No sockets here, and nothing is remembered.
"""

from __future__ import annotations

import enum
import errno
import os
import struct
import sys
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from owfs_py.bus.errors import BusError

# In the machine's byte order and without gaps.
_NETLINK = struct.Struct("=IHHII")  # struct nlmsghdr: length, type, flags, sequence, port id
_CONNECTOR = struct.Struct("=IIIIHH")  # cn_msg: idx, val, sequence, ack, length, flags
_MESSAGE = struct.Struct("=BBH8s")  # w1_netlink_msg: type, status, length, id
_COMMAND = struct.Struct("=BBH")  # w1_netlink_cmd: command, reserved, length
_MASTER_ID = struct.Struct("=II")
_ALIGNMENT = 4

CN_W1_IDX, CN_W1_VAL = 3, 1
EVENT_GROUPS = 1 << CN_W1_IDX - 1
"""The multicast group with the events of w1, as a socket's bind wants it."""
_NLMSG_DONE = 3
_NLM_F_REQUEST = 1

ROM_SIZE = 8


class Kind(enum.IntEnum):
    """enum w1_netlink_message_types."""

    SLAVE_ADD = 0
    SLAVE_REMOVE = 1
    MASTER_ADD = 2
    MASTER_REMOVE = 3
    MASTER_COMMAND = 4
    SLAVE_COMMAND = 5
    LIST_MASTERS = 6


class Command(enum.IntEnum):
    """enum w1_commands, those that are used here."""

    SEARCH = 2
    ALARM_SEARCH = 3
    TOUCH = 4
    RESET = 5


class Order(NamedTuple):
    """A command to a bus master, and what goes with it."""

    command: Command
    data: bytes = b""

    def pack(self) -> bytes:
        """As it goes over the socket."""
        return _COMMAND.pack(self.command, 0, len(self.data)) + self.data


class Reply(NamedTuple):
    """One w1 message from the kernel, with one command or none in it; or an event."""

    sequence: int
    ack: int
    kind: int
    status: int
    """0, or what went wrong."""
    identity: bytes
    """The id of a slave, or the number of a bus master."""
    command: int | None
    data: bytes

    @property
    def master(self) -> int:
        """The number of the bus master that this is about."""
        number: int = _MASTER_ID.unpack(self.identity)[0]
        return number


def request(kind: Kind, sequence: int, master: int = 0, orders: Iterable[Order] = ()) -> bytes:
    """A datagram to the kernel. `sequence`, 32 bits, comes back in `Reply.sequence`.

    It comes back as `Reply.ack`, too, in the reply that ends each command; in those with data it
    is one more.
    """
    body = b"".join(order.pack() for order in orders)
    message = _MESSAGE.pack(kind, 0, len(body), _MASTER_ID.pack(master, 0)) + body
    connector = _CONNECTOR.pack(CN_W1_IDX, CN_W1_VAL, sequence, sequence, len(message), 0)
    length = _NETLINK.size + len(connector) + len(message)
    netlink = _NETLINK.pack(length, _NLMSG_DONE, _NLM_F_REQUEST, sequence, 0)
    return netlink + connector + message + bytes(-length % _ALIGNMENT)


def parse(datagram: bytes) -> Iterator[Reply]:
    """Everything about w1 in a datagram from the kernel. BusError if its lengths do not fit."""
    for kind, body in _netlink_messages(datagram):
        if kind != _NLMSG_DONE:
            continue
        while body:
            (idx, val, sequence, ack, _, _), data, body = _cut(_CONNECTOR, 4, body)
            if (idx, val) != (CN_W1_IDX, CN_W1_VAL):
                continue
            while data:
                (kind, status, _, identity), commands, data = _cut(_MESSAGE, 2, data)
                for command, result in _commands(kind, commands):
                    yield Reply(sequence, ack, kind, status, identity, command, result)


def _netlink_messages(datagram: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and contents."""
    while datagram:
        length, kind = _unpack(_NETLINK, datagram)[:2]
        if not _NETLINK.size <= length <= len(datagram):
            raise BusError(f"{len(datagram)} bytes from the kernel claim to be {length}")
        yield kind, datagram[_NETLINK.size : length]
        datagram = datagram[length + -length % _ALIGNMENT :]


def _commands(kind: int, data: bytes) -> Iterator[tuple[int | None, bytes]]:
    """Each command with its data; a message of another kind, or without commands, is one."""
    if kind not in (Kind.MASTER_COMMAND, Kind.SLAVE_COMMAND) or not data:
        yield None, data
        return
    while data:
        (command, _, _), result, data = _cut(_COMMAND, 2, data)
        yield command, result


def _cut(header: struct.Struct, at: int, data: bytes) -> tuple[tuple[Any, ...], bytes, bytes]:
    """Fields of a header, the data behind it, whose length is field `at`, and what follows."""
    fields = _unpack(header, data)
    end: int = header.size + fields[at]
    if end > len(data):
        raise BusError(f"a message from the kernel is {end - len(data)} bytes too short")
    return fields, data[header.size : end], data[end:]


def _unpack(header: struct.Struct, data: bytes) -> tuple[Any, ...]:
    if len(data) < header.size:
        raise BusError(f"{len(data)} bytes from the kernel are too few for a header")
    return header.unpack_from(data)


def reason(status: int) -> str:
    """What went wrong, from the status of a reply that is not 0."""
    if status == errno.ENODEV:
        return "the kernel has no such bus master any more"
    return f"the kernel answers error {status} ({os.strerror(status)})"


def master_numbers(data: bytes) -> list[int]:
    """The answer to LIST_MASTERS."""
    return [number for (number,) in struct.iter_unpack("=I", data[: len(data) // 4 * 4])]


def slave_ids(data: bytes) -> list[bytes]:
    """The answer to a search: ids with the family code first. The kernel gives host order."""
    whole = range(0, len(data) - ROM_SIZE + 1, ROM_SIZE)
    ids = (data[start : start + ROM_SIZE] for start in whole)
    return [rom if sys.byteorder == "little" else rom[::-1] for rom in ids]

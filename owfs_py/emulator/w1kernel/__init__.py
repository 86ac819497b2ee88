"""The Linux kernel's w1 subsystem as programs see it at a netlink connector socket: datagrams in,
datagrams out, and events. No sysfs, no search of its own, no drivers for slaves.

Source: Documentation/w1/w1-netlink.rst of Linux. Sockets of other programs come in by server.py.
"""

from __future__ import annotations

import errno
import struct
import threading
from collections.abc import Callable, Iterator
from itertools import count
from typing import NamedTuple

from owfs_py.emulator.romsearch import find_all
from owfs_py.emulator.wire import Wire

# struct nlmsghdr, cn_msg, w1_netlink_msg and w1_netlink_cmd, in the machine's byte order.
_NETLINK = struct.Struct("=IHHII")  # length, type, flags, sequence, port id
_CONNECTOR = struct.Struct("=IIIIHH")  # idx, val, sequence, ack, length, flags
_MESSAGE = struct.Struct("=BBH8s")  # type, status, length, id
_COMMAND = struct.Struct("=BBH")  # command, reserved, length
_MASTER_ID = struct.Struct("=II")
_ALIGNMENT = 4

NLMSG_DONE = 3
CN_W1 = (3, 1)
"""CN_W1_IDX and CN_W1_VAL."""

# enum w1_netlink_message_types
SLAVE_ADD, SLAVE_REMOVE, MASTER_ADD, MASTER_REMOVE, MASTER_CMD, SLAVE_CMD, LIST_MASTERS = range(7)
# enum w1_commands
CMD_READ, CMD_WRITE, CMD_SEARCH, CMD_ALARM_SEARCH, CMD_TOUCH, CMD_RESET = range(6)

_SEARCHES = {CMD_SEARCH: 0xF0, CMD_ALARM_SEARCH: 0xEC}
_MATCH_ROM = 0x55
_READ = 0xFF

NO_PRESENCE = 0xFF
"""The status of a reset that nobody answered: the core's 1, negated like an error number."""

Deliver = Callable[[bytes], None]


class Failure(Exception):  # noqa: N818  it is an answer
    """What goes into the field `status`."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class _Request(NamedTuple):
    """The connector header of a request: what its replies repeat."""

    sequence: int
    ack: int


class W1Kernel:
    """Bus masters by number, each with its wire, and those who listen to events."""

    def __init__(self) -> None:
        self.masters: dict[int, Wire] = {}
        self.listeners: list[Deliver] = []
        """Who gets the datagrams of events."""
        self.requests: list[bytes] = []
        """All datagrams received so far."""
        self.silent = False
        """Fault: nothing is answered, as without the module `wire`."""
        self.bundles = False
        """Several replies travel in one datagram."""
        self._numbers = count(1)
        self._events = count(1)
        self._lock = threading.RLock()

    def add_master(self, wire: Wire) -> int:
        """A bus master comes, and everybody is told; its number."""
        with self._lock:
            number = next(self._numbers)
            self.masters[number] = wire
            self._tell(MASTER_ADD, _MASTER_ID.pack(number, 0))
            return number

    def remove_master(self, number: int) -> None:
        """It goes, and everybody is told."""
        with self._lock:
            del self.masters[number]
            self._tell(MASTER_REMOVE, _MASTER_ID.pack(number, 0))

    def tell_of_slave(self, rom: bytes, *, added: bool) -> None:
        """The event that a slave came or went; whether it did is the wire's matter."""
        with self._lock:
            self._tell(SLAVE_ADD if added else SLAVE_REMOVE, rom)

    def _tell(self, kind: int, identity: bytes) -> None:
        sequence = next(self._events)
        message = _MESSAGE.pack(kind, 0, 0, identity)
        event = _datagram(sequence, _connector(sequence, 0, message))
        for deliver in list(self.listeners):
            deliver(event)

    def receive(self, datagram: bytes) -> list[bytes]:
        """The datagrams that answer a request. What is no request to w1 is passed over."""
        with self._lock:
            self.requests.append(datagram)
            if self.silent or len(datagram) < _NETLINK.size + _CONNECTOR.size:
                return []
            idx, val, sequence, ack, length, _ = _CONNECTOR.unpack_from(datagram, _NETLINK.size)
            start = _NETLINK.size + _CONNECTOR.size
            if (idx, val) != CN_W1 or len(datagram) < start + length:
                return []
            request = _Request(sequence, ack)
            replies = list(self._messages(request, datagram[start : start + length]))
            if self.bundles:
                return [_datagram(sequence, *replies)]
            return [_datagram(sequence, reply) for reply in replies]

    def _messages(self, request: _Request, data: bytes) -> Iterator[bytes]:
        while len(data) >= _MESSAGE.size:
            kind, _, length, identity = _MESSAGE.unpack_from(data)
            body, data = data[_MESSAGE.size :][:length], data[_MESSAGE.size + length :]
            if kind == LIST_MASTERS:
                yield self._list_masters(request)
                yield _status(request, kind, identity)
                continue
            try:
                wire = self._start(kind, identity)
            except Failure as failure:
                yield _status(request, kind, identity, failure.status)
                continue
            yield from _commands(request, kind, identity, wire, body)
            wire.settle()

    def _list_masters(self, request: _Request) -> bytes:
        numbers = b"".join(struct.pack("=I", number) for number in self.masters)
        message = _MESSAGE.pack(LIST_MASTERS, 0, len(numbers), bytes(8)) + numbers
        return _connector(request.sequence, request.sequence + 1, message)

    def _start(self, kind: int, identity: bytes) -> Wire:
        """The wire that a message is about; a slave has been selected there."""
        if kind == MASTER_CMD:
            number, _ = _MASTER_ID.unpack(identity)
            if number in self.masters:
                return self.masters[number]
        elif kind == SLAVE_CMD:
            for wire in self.masters.values():
                if any(bytes(slave.rom) == identity for slave in wire.everybody()):
                    wire.reset()
                    for byte in bytes([_MATCH_ROM]) + identity:
                        wire.byte(byte)
                    return wire
        else:
            raise Failure(errno.EINVAL)
        raise Failure(errno.ENODEV)


def _commands(
    request: _Request, kind: int, identity: bytes, wire: Wire, data: bytes
) -> Iterator[bytes]:
    """The replies to the commands of one message: data, if there are any, and a status each."""
    while len(data) >= _COMMAND.size:
        command, _, length = _COMMAND.unpack_from(data)
        argument, data = data[_COMMAND.size :][:length], data[_COMMAND.size + length :]
        status = 0
        try:
            result = _do(wire, command, argument)
        except Failure as failure:
            status, result = failure.status, None
        if result is not None:
            reply = _COMMAND.pack(command, 0, len(result)) + result
            message = _MESSAGE.pack(kind, 0, len(reply), identity) + reply
            yield _connector(request.sequence, request.sequence + 1, message)
        yield _status(request, kind, identity, status, _COMMAND.pack(command, 0, 0))


def _do(wire: Wire, command: int, argument: bytes) -> bytes | None:
    """Give a command on a wire; the data to send back, None if this command has none."""
    match command:
        case 0 | 4:  # read, touch
            read = command == CMD_READ
            return bytes(wire.byte(_READ if read else byte) for byte in argument)
        case 1:  # write
            for byte in argument:
                wire.byte(byte)
            return None
        case 5:  # reset
            # A bus master of the kernel takes a line that stays low for a presence pulse.
            if not wire.reset() and not wire.faults.short:
                raise Failure(NO_PRESENCE)
            return None
    if command not in _SEARCHES:
        raise Failure(errno.EINVAL)
    found = find_all(wire, _SEARCHES[command])
    return b"".join(struct.pack("=Q", int.from_bytes(rom, "little")) for rom in found)


def _status(
    request: _Request, kind: int, identity: bytes, status: int = 0, command: bytes = b""
) -> bytes:
    message = _MESSAGE.pack(kind, status, len(command), identity) + command
    return _connector(request.sequence, request.ack, message)


def _connector(sequence: int, ack: int, message: bytes) -> bytes:
    return _CONNECTOR.pack(*CN_W1, sequence, ack & 0xFFFFFFFF, len(message), 0) + message


def _datagram(sequence: int, *bodies: bytes) -> bytes:
    body = b"".join(bodies)
    netlink = _NETLINK.pack(_NETLINK.size + len(body), NLMSG_DONE, 0, sequence, 0)
    return netlink + body + bytes(-len(body) % _ALIGNMENT)

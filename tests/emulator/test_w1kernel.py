"""The emulated w1 subsystem: replies as the kernel's documentation has them, and events."""

from __future__ import annotations

import errno
import struct
from typing import NamedTuple

import pytest

from owfs_py.bus.rom import RomId
from owfs_py.emulator import w1kernel
from owfs_py.emulator.thermometers import DS18B20
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.w1kernel import W1Kernel
from owfs_py.emulator.wire import Wire

SEQUENCE, ACK = 0x10007, 0x55AA
DATA_ACK = SEQUENCE + 1
ROM = RomId.make(0x28, bytes(range(6)))
SLAVE_CMD, MASTER_CMD, LIST_MASTERS = 5, 4, 6


class Bench(NamedTuple):
    kernel: W1Kernel
    wire: Wire
    chip: DS18B20


@pytest.fixture
def bench() -> Bench:
    wire = Wire(VirtualClock())
    chip = DS18B20(ROM)
    wire.attach(chip)
    kernel = W1Kernel()
    kernel.add_master(wire)
    return Bench(kernel, wire, chip)


def command(code: int, data: bytes = b"") -> bytes:
    return struct.pack("=BBH", code, 0, len(data)) + data


def message(kind: int, identity: bytes, *commands: bytes, status: int = 0) -> bytes:
    body = b"".join(commands)
    return struct.pack("=BBH8s", kind, status, len(body), identity) + body


def master(number: int) -> bytes:
    return struct.pack("=II", number, 0)


def datagram(body: bytes, ack: int = ACK, flags: int = 0, sequence: int = SEQUENCE) -> bytes:
    connector = struct.pack("=IIIIHH", 3, 1, sequence, ack, len(body), 0)
    length = 16 + len(connector) + len(body)
    netlink = struct.pack("=IHHII", length, 3, flags, sequence, 0)
    return netlink + connector + body + bytes(-length % 4)


def test_masters_are_listed_and_the_request_acknowledged(bench: Bench) -> None:
    bench.kernel.add_master(Wire(VirtualClock()))
    replies = bench.kernel.receive(datagram(message(LIST_MASTERS, bytes(8)), flags=5))
    listed = struct.pack("=II", 1, 2)
    assert replies == [
        datagram(struct.pack("=BBH8s", LIST_MASTERS, 0, 8, bytes(8)) + listed, DATA_ACK),
        datagram(message(LIST_MASTERS, bytes(8))),
    ]


def test_each_command_has_its_status_and_touches_their_data(bench: Bench) -> None:
    commands = (command(5), command(4, b"\x33" + b"\xff" * 8), command(1, b"\xbe"))
    replies = bench.kernel.receive(datagram(message(MASTER_CMD, master(1), *commands)))
    assert replies == [
        datagram(message(MASTER_CMD, master(1), command(5))),
        datagram(message(MASTER_CMD, master(1), command(4, b"\x33" + ROM)), DATA_ACK),
        datagram(message(MASTER_CMD, master(1), command(4))),
        datagram(message(MASTER_CMD, master(1), command(1))),
    ]


def test_a_slave_command_selects_first(bench: Bench) -> None:
    commands = (command(1, b"\xbe"), command(0, bytes(9)))
    replies = bench.kernel.receive(datagram(message(SLAVE_CMD, ROM, *commands)))
    assert replies[1] == datagram(
        message(SLAVE_CMD, ROM, command(0, bench.chip.scratchpad)), DATA_ACK
    )
    assert bench.wire.counts.resets == 1


def test_search_lists_ids_in_host_order(bench: Bench) -> None:
    found = struct.pack("=Q", int.from_bytes(ROM, "little"))
    (data, status) = bench.kernel.receive(datagram(message(MASTER_CMD, master(1), command(2))))
    assert data == datagram(message(MASTER_CMD, master(1), command(2, found)), DATA_ACK)
    assert status == datagram(message(MASTER_CMD, master(1), command(2)))
    (data, _) = bench.kernel.receive(datagram(message(MASTER_CMD, master(1), command(3))))
    assert data == datagram(message(MASTER_CMD, master(1), command(3)), DATA_ACK)


def test_a_reset_without_presence_pulse_has_a_status_and_what_follows_is_done(
    bench: Bench,
) -> None:
    bench.wire.detach(bench.chip)
    commands = (command(5), command(4, b"\x01"))
    (reset, data, _) = bench.kernel.receive(datagram(message(MASTER_CMD, master(1), *commands)))
    nobody = w1kernel.NO_PRESENCE
    assert reset == datagram(message(MASTER_CMD, master(1), command(5), status=nobody))
    assert data == datagram(message(MASTER_CMD, master(1), command(4, b"\x01")), DATA_ACK)


@pytest.mark.parametrize(
    ("kind", "identity"), [(MASTER_CMD, master(9)), (SLAVE_CMD, b"\x28" + bytes(7))]
)
def test_who_is_not_there_is_told_once_a_message(bench: Bench, kind: int, identity: bytes) -> None:
    replies = bench.kernel.receive(datagram(message(kind, identity, command(5), command(5))))
    assert replies == [datagram(message(kind, identity, status=errno.ENODEV))]


def test_unknown_commands_are_refused(bench: Bench) -> None:
    (reply,) = bench.kernel.receive(datagram(message(MASTER_CMD, master(1), command(77))))
    assert reply == datagram(message(MASTER_CMD, master(1), command(77), status=errno.EINVAL))


def test_events_tell_who_came_and_went(bench: Bench) -> None:
    events: list[bytes] = []
    bench.kernel.listeners.append(events.append)
    number = bench.kernel.add_master(Wire(VirtualClock()))
    bench.kernel.tell_of_slave(ROM, added=True)
    bench.kernel.tell_of_slave(ROM, added=False)
    bench.kernel.remove_master(number)
    about = [(event[36], event[40:48]) for event in events]
    assert about == [(2, master(2)), (0, ROM), (1, ROM), (3, master(2))]
    assert all(event[28:32] == bytes(4) for event in events), "an event acknowledges nothing"


@pytest.mark.parametrize(
    "garbage", [b"", b"\0" * 20, datagram(message(6, bytes(8)))[:40], b"\xff" * 60]
)
def test_what_is_no_request_is_passed_over(bench: Bench, garbage: bytes) -> None:
    assert bench.kernel.receive(garbage) == []

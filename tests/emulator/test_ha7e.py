"""The emulated HA7E: characters in, lines out."""

from __future__ import annotations

import pytest

from owfs_py.emulator.ha7e import HA7E, MAX_BLOCK, RATE
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.wire import Wire


@pytest.fixture
def wire() -> Wire:
    return Wire(VirtualClock())


@pytest.fixture
def adapter(wire: Wire) -> HA7E:
    return HA7E(wire)


def test_a_reset_tells_nothing(wire: Wire, adapter: HA7E) -> None:
    assert adapter.receive(b"R", RATE) == b"\r"
    wire.attach(make_slave("28"))
    assert adapter.receive(b"R", RATE) == b"\r"
    assert (wire.counts.resets, wire.counts.slots) == (2, 0)


def test_bytes_are_written_and_read_at_the_end_of_the_line(wire: Wire, adapter: HA7E) -> None:
    slave = make_slave("28")
    wire.attach(slave)
    assert adapter.receive(b"RW0333FF", RATE) == b"\r"
    assert adapter.receive(b"ff\r", RATE) == f"33{slave.rom[:2].hex().upper()}\r".encode()
    assert wire.counts.slots == 24


@pytest.mark.parametrize(
    "block",
    [b"W02FF\r", b"W01FFFF\r", b"W0xFF\r", b"W\r", b"W21" + b"FF" * (MAX_BLOCK + 1) + b"\r"],
)
def test_what_is_no_block_is_overlooked(wire: Wire, adapter: HA7E, block: bytes) -> None:
    assert adapter.receive(block, RATE) == b""
    assert wire.counts.slots == 0
    assert adapter.receive(b"R", RATE) == b"\r"


def test_a_device_is_addressed_and_addressed_again(wire: Wire, adapter: HA7E) -> None:
    slaves = [make_slave("28", index=n) for n in range(2)]
    for slave in slaves:
        wire.attach(slave)
    for slave in slaves:
        digits = slave.rom[::-1].hex().upper().encode()
        for command in (b"A" + digits + b"\r", b"M"):
            assert adapter.receive(command, RATE) == digits + b"\r"
            answer = bytes.fromhex(adapter.receive(b"W0ABE" + b"FF" * 9 + b"\r", RATE).decode())
            assert answer[0] == 0xBE
            assert answer[1:] != b"\xff" * 9
    assert wire.counts.resets == 4


def test_nobody_can_be_addressed_again_before(adapter: HA7E) -> None:
    assert adapter.receive(b"M", RATE) == b"\r"


def test_a_search_ends_with_an_empty_line_and_selects_the_last(wire: Wire, adapter: HA7E) -> None:
    assert adapter.receive(b"S", RATE) == b"\r"
    slaves = [make_slave("28", index=n) for n in range(2)]
    for slave in slaves:
        wire.attach(slave)
    first, second, end = (adapter.receive(command, RATE) for command in (b"S", b"s", b"s"))
    ids = [slave.rom[::-1].hex().upper().encode() + b"\r" for slave in slaves]
    assert sorted((first, second)) == sorted(ids)
    assert end == b"\r"
    assert adapter.receive(b"M", RATE) == second
    assert adapter.receive(b"C", RATE) == adapter.receive(b"c", RATE) == b"\r"


def test_it_sleeps_until_the_next_character(adapter: HA7E) -> None:
    adapter.receive(b"P", RATE)
    assert adapter.powered_down
    adapter.receive(b"\r", RATE)
    assert not adapter.powered_down


def test_it_hears_one_rate_only_unless_behind_a_bridge(wire: Wire, adapter: HA7E) -> None:
    assert adapter.receive(b"R", 115200) == b""
    assert HA7E(wire, any_rate=True).receive(b"R", 115200) == b"\r"

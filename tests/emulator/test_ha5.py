"""The emulated HA5: lines in, lines out."""

from __future__ import annotations

import pytest

from owfs_py.emulator.ha5 import HA5, MAX_BLOCK, START_RATE, checksum
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.wire import Wire


@pytest.fixture
def wire() -> Wire:
    return Wire(VirtualClock())


@pytest.fixture
def adapter(wire: Wire) -> HA5:
    return HA5(wire)


def ask(adapter: HA5, text: str) -> str:
    return adapter.receive(f"{text}{checksum(text)}\r".encode(), START_RATE).decode()


def test_a_reset_tells_presence_without_a_checksum(wire: Wire, adapter: HA5) -> None:
    assert adapter.receive(b"aRB3\r", START_RATE) == b"N\r"
    wire.attach(make_slave("28"))
    assert ask(adapter, "aR") == "P\r"


def test_bytes_come_back_with_a_checksum_of_their_digits(wire: Wire, adapter: HA5) -> None:
    assert ask(adapter, "aW01FF") == "FF8C\r"
    assert ask(adapter, "aW0200ff") == "00FFEC\r"
    assert wire.counts.slots == 24


def test_without_checksums_that_of_a_command_is_overlooked(wire: Wire) -> None:
    adapter = HA5(wire, checks=False)
    assert ask(adapter, "aW01FF") == "FF\r"
    assert adapter.receive(b"aW01FF\raR\raB0\r", START_RATE) == b"FF\rN\r0\r"


@pytest.mark.parametrize(
    "line",
    [
        b"aW01FFA6\r",
        b"aW01FF\r",
        b"W01FF44\r",
        b"bRB4\r",
        b"\r",
        b"a\r",
        b"aXB9\r",
        b"aW02FFA6\r",
        b"aA0011E3\r",
    ],
)
def test_what_makes_no_sense_is_overlooked(wire: Wire, adapter: HA5, line: bytes) -> None:
    assert adapter.receive(line, START_RATE) == b""
    assert (wire.counts.resets, wire.counts.slots) == (0, 0)


def test_a_block_that_is_too_long_is_overlooked(wire: Wire, adapter: HA5) -> None:
    assert ask(adapter, f"aW{MAX_BLOCK + 1:02X}" + "FF" * (MAX_BLOCK + 1)) == ""
    assert ask(adapter, f"aW{MAX_BLOCK:02X}" + "FF" * MAX_BLOCK) != ""


def test_single_bits(wire: Wire, adapter: HA5) -> None:
    assert [ask(adapter, f"aB{bit}") for bit in "101"] == ["1\r", "0\r", "1\r"]
    assert wire.counts.slots == 3


def test_a_device_is_addressed_and_addressed_again_with_bytes(wire: Wire, adapter: HA5) -> None:
    slaves = [make_slave("28", index=n) for n in range(2)]
    for slave in slaves:
        wire.attach(slave)
    digits = slaves[0].rom[::-1].hex().upper()
    assert ask(adapter, f"aA{digits}") == f"{digits}{checksum(digits)}\r"
    read = "0ABE" + "FF" * 9
    scratchpad = ask(adapter, f"aW{read}")
    assert ask(adapter, f"aJ{read}") == scratchpad
    assert scratchpad[2:20] != "FF" * 9
    assert wire.counts.resets == 2


def test_a_search_lists_all_and_ends_with_an_empty_line(wire: Wire, adapter: HA5) -> None:
    assert ask(adapter, "aS,FF") == "\r"
    slaves = [make_slave("28", index=n) for n in range(2)]
    for slave in slaves:
        wire.attach(slave)
    *lines, end, rest = ask(adapter, "aS,FF").split("\r")
    ids = [slave.rom[::-1].hex().upper() for slave in slaves]
    assert sorted(lines) == sorted(digits + checksum(digits) for digits in ids)
    assert end == rest == ""
    assert ask(adapter, "aC,FF") == "\r"


def test_each_letter_is_a_unit_with_a_wire_of_its_own(wire: Wire) -> None:
    other = Wire(wire.clock)
    other.attach(make_slave("28"))
    adapter = HA5({"c": wire, "x": other})
    assert (ask(adapter, "aR"), ask(adapter, "cR"), ask(adapter, "xR")) == ("", "N\r", "P\r")


def test_it_hears_the_rate_that_it_is_set_to(wire: Wire) -> None:
    adapter = HA5(wire, baud=1200)
    assert adapter.receive(b"aRB3\r", START_RATE) == b""
    assert adapter.receive(b"aRB3\r", 1200) == b"N\r"

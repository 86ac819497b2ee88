"""The emulated DS9097: characters as resets and slots."""

from __future__ import annotations

import pytest

from owfs_py.emulator.ds9097 import DS9097
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.wire import Counts, Wire


@pytest.fixture
def wire() -> Wire:
    return Wire(VirtualClock())


def bits(value: int, count: int = 8) -> bytes:
    return bytes(0xFF if value >> n & 1 else 0x00 for n in range(count))


def test_f0_at_9600_baud_is_a_reset_that_tells_nobody_somebody_and_short(wire: Wire) -> None:
    adapter = DS9097(wire)
    assert adapter.receive(b"\xf0", 9600) == b"\xf0"
    wire.attach(make_slave("28"))
    assert adapter.receive(b"\xf0", 9600) not in (b"\xf0", b"\x00")
    wire.faults.short = True
    assert adapter.receive(b"\xf0", 9600) == b"\x00"
    assert wire.counts == Counts(resets=3)


def test_a_character_at_115200_baud_is_a_slot_and_bit_0_is_what_the_line_was(wire: Wire) -> None:
    wire.attach(make_slave("28"))
    adapter = DS9097(wire)
    adapter.receive(b"\xf0", 9600)
    assert adapter.receive(bits(0x33), 115200) == bits(0x33)
    back = adapter.receive(b"\xff" * 64, 115200)
    rom = sum((character & 1) << n for n, character in enumerate(back))
    assert rom.to_bytes(8, "little") == wire.slaves[0].rom
    assert set(back) == {0xFF, 0xF8}
    assert wire.counts == Counts(resets=1, slots=72)


def test_six_bit_characters_come_back_with_six_bits(wire: Wire) -> None:
    wire.attach(make_slave("28"))
    adapter = DS9097(wire)
    adapter.receive(b"\xf0", 9600)
    adapter.receive(bits(0x33), 115200, 6)
    assert set(adapter.receive(b"\x3f" * 64, 115200, 6)) == {0x3F, 0x38}


def test_characters_at_another_rate_are_no_slots(wire: Wire) -> None:
    assert DS9097(wire).receive(b"\xff\xff", 57600) == b"\xff\xff"
    assert wire.counts == Counts()


def test_a_lenient_adapter_goes_by_the_characters_alone(wire: Wire) -> None:
    wire.attach(make_slave("28"))
    adapter = DS9097(wire, lenient=True)
    assert adapter.receive(b"\xf0", 115200) == b"\xe0"
    assert adapter.receive(bits(0x33), 9600) == bits(0x33)
    assert wire.counts == Counts(resets=1, slots=8)

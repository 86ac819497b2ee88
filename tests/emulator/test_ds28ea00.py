"""The emulated DS28EA00 against its data sheet."""

from __future__ import annotations

import pytest

from owfs_py._crc import crc8
from owfs_py.bus.rom import RomId
from owfs_py.emulator.ds28ea00 import DS28EA00, ChainState
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.wire import Wire
from tests.emulator.chipbench import ChipBench
from tests.emulator.wiremaster import WireMaster


@pytest.fixture
def bench() -> ChipBench[DS28EA00]:
    return ChipBench(DS28EA00)


def test_it_is_a_thermometer(bench: ChipBench[DS28EA00]) -> None:
    bench.chip.temperature = 25.0625
    bench.ask("44")
    bench.clock.advance(0.75)
    data = bench.ask("be", 9)
    assert crc8(data) == 0
    assert data[:6].hex(" ") == "91 01 4b 46 7f ff"
    assert bench.ask("93", 1) == b"\xff", "without trim registers"


# PIO


@pytest.mark.parametrize(
    ("latches", "pulled_up", "status"),
    [(3, 3, 0x0F), (2, 3, 0x3C), (1, 3, 0xC3), (0, 3, 0xF0), (3, 2, 0x1E)],
)
def test_status_has_levels_latches_and_their_complement(
    bench: ChipBench[DS28EA00], latches: int, pulled_up: int, status: int
) -> None:
    bench.chip.pins.drive(latches)
    bench.chip.pins.pulled_up = pulled_up
    assert bench.ask("f5", 2) == bytes((status, status))


def test_a_write_is_confirmed_and_shows_the_status(bench: ChipBench[DS28EA00]) -> None:
    assert bench.ask("a5 fe 01", 2).hex() == "aa3c"
    assert bench.ask("a5 fc 02", 2).hex() == "ffff"
    assert bench.chip.pins.latches == 0b10


def test_power_on_lets_both_pins_go(bench: ChipBench[DS28EA00]) -> None:
    bench.ask("a5 fc 03", 1)
    bench.chip.brown_out()
    assert bench.chip.pins.latches == 3


# The chain


def test_changes_of_the_chain_state_are_confirmed(bench: ChipBench[DS28EA00]) -> None:
    assert bench.ask("99 5a a5", 2).hex() == "aaaa"
    assert bench.chip.chain is ChainState.ON
    assert bench.ask("99 96 68", 2).hex() == "0000", "not the complement"
    assert bench.ask("99 55 aa", 2).hex() == "0000", "no such state"
    assert bench.chip.chain is ChainState.ON
    bench.chip.brown_out()
    assert bench.chip.chain is ChainState.OFF


def test_in_a_chain_the_pins_cannot_be_written(bench: ChipBench[DS28EA00]) -> None:
    bench.ask("a5 fc 03")
    bench.ask("99 5a a5")
    assert bench.ask("a5 fd 02", 1) == b"\xff"
    assert bench.ask("f5", 1)[0] & 0x0A == 0x0A, "latches read as ones"
    bench.ask("99 3c c3")
    assert bench.chip.pins.latches == 3


def test_only_who_is_enabled_and_on_answers_conditional_read_rom() -> None:
    wire, master = Wire(VirtualClock()), None
    master = WireMaster(wire)
    first = DS28EA00(RomId.make(0x42, b"\x09" + bytes(5)))
    second = DS28EA00(RomId.make(0x42, b"\x01" + bytes(5)), before=first)
    for chip in (second, first):
        wire.attach(chip)

    def heard() -> bytes:
        master.reset()
        master.write(b"\x0f")
        return master.read(8)

    assert heard() == b"\xff" * 8
    master.reset()
    master.write(b"\xcc\x99\x5a\xa5")
    assert master.read(1) == b"\xaa"
    assert heard() == first.rom
    assert heard() == first.rom, "as long as it is not done"
    master.write(b"\x99\x96\x69")
    assert master.read(1) == b"\xaa"
    assert heard() == second.rom
    master.write(b"\x99\x96\x69")
    assert heard() == b"\xff" * 8

"""The emulated DS2405 against its data sheet."""

from __future__ import annotations

import pytest

from owfs_py.emulator.ds2405 import DS2405
from tests.emulator.chipbench import ChipBench


@pytest.fixture
def bench() -> ChipBench[DS2405]:
    return ChipBench(DS2405)


def test_it_is_off_after_power_on(bench: ChipBench[DS2405]) -> None:
    bench.ask("")
    bench.chip.brown_out()
    assert bench.chip.pins.latches == 1
    assert not bench.alarming()


def test_match_rom_toggles_and_shows_the_pin(bench: ChipBench[DS2405]) -> None:
    assert bench.ask("", 2) == b"\x00\x00"
    assert bench.ask("", 2) == b"\xff\xff"
    bench.chip.pins.pulled_up = 0
    bench.ask("")
    assert bench.ask("", 1) == b"\x00"
    assert bench.chip.pins.latches == 1


def test_the_rom_of_another_does_not_toggle(bench: ChipBench[DS2405]) -> None:
    bench.master.reset()
    bench.master.write(b"\x55" + bytes(bench.chip.rom[:7]) + bytes((bench.chip.rom[7] ^ 0x80,)))
    assert bench.chip.pins.latches == 1
    assert bench.master.read(1) == b"\xff"


def test_it_takes_part_in_an_alarm_search_while_it_conducts(bench: ChipBench[DS2405]) -> None:
    bench.ask("")
    assert bench.alarming()
    assert bench.chip.pins.latches == 0
    bench.ask("")
    assert not bench.alarming()


@pytest.mark.parametrize("command", [0xF0, 0xEC])
def test_a_search_shows_the_pin_and_does_not_toggle(bench: ChipBench[DS2405], command: int) -> None:
    bench.ask("")
    assert bench.master.search(command) == [bench.chip.rom]
    assert bench.master.read(1) == b"\x00"
    assert bench.chip.pins.latches == 0


def test_skip_rom_is_unknown(bench: ChipBench[DS2405]) -> None:
    bench.ask("")
    bench.master.reset()
    bench.master.write(b"\xcc")
    assert bench.master.read(1) == b"\xff"
    assert bench.chip.pins.latches == 0

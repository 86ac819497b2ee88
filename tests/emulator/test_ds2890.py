"""The emulated DS2890 against its data sheet."""

from __future__ import annotations

import pytest

from owfs_py.emulator.ds2890 import DS2890
from tests.emulator.chipbench import ChipBench


@pytest.fixture
def bench() -> ChipBench[DS2890]:
    return ChipBench(DS2890)


def test_power_on_values(bench: ChipBench[DS2890]) -> None:
    assert bench.ask("f0", 3).hex(" ") == "0c 00 00"
    assert bench.ask("aa", 3).hex(" ") == "f3 0c 00"


def test_a_position_takes_effect_when_it_is_released(bench: ChipBench[DS2890]) -> None:
    assert bench.ask("0f 80", 1) == b"\x80"
    assert bench.chip.position == 0
    bench.master.write(b"\x96")
    assert bench.ask("f0", 2).hex() == "0c80"


def test_any_other_release_changes_nothing(bench: ChipBench[DS2890]) -> None:
    bench.ask("0f 80", 1)
    bench.master.write(b"\x69")
    assert bench.chip.position == 0


@pytest.mark.parametrize(("control", "kept"), [("4c", 0x4C), ("0c", 0x0C), ("4d", 0x0C)])
def test_only_valid_controls_are_taken(bench: ChipBench[DS2890], control: str, kept: int) -> None:
    bench.ask(f"55 {control}", 1)
    bench.master.write(b"\x96")
    assert bench.chip.control == kept


def test_steps_show_the_new_position(bench: ChipBench[DS2890]) -> None:
    assert bench.ask("c3", 1) == b"\x01"
    bench.master.write(b"\xc3")
    assert bench.master.read(1) == b"\x02"
    bench.master.write(b"\x99")
    assert bench.master.read(1) == b"\x01"


def test_steps_end_at_the_ends(bench: ChipBench[DS2890]) -> None:
    assert bench.ask("99", 1) == b"\x00"
    bench.chip.position = 255
    assert bench.ask("c3", 1) == b"\xff"


def test_all_is_lost_with_the_power(bench: ChipBench[DS2890]) -> None:
    bench.chip.position, bench.chip.control = 9, 0x4C
    bench.chip.brown_out()
    assert bench.ask("f0", 2).hex() == "0c00"

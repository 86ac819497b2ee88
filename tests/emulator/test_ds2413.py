"""The emulated DS2413 against its data sheet."""

from __future__ import annotations

import pytest

from owfs_py.emulator.ds2413 import DS2413
from tests.emulator.chipbench import ChipBench


@pytest.fixture
def bench() -> ChipBench[DS2413]:
    return ChipBench(DS2413)


@pytest.mark.parametrize(
    ("latches", "pulled_up", "status"),
    [(3, 3, 0x0F), (2, 3, 0x3C), (1, 3, 0xC3), (0, 3, 0xF0), (3, 2, 0x1E), (3, 0, 0x5A)],
)
def test_status_has_levels_latches_and_their_complement(
    bench: ChipBench[DS2413], latches: int, pulled_up: int, status: int
) -> None:
    bench.chip.pins.drive(latches)
    bench.chip.pins.pulled_up = pulled_up
    assert bench.ask("f5", 2) == bytes((status, status))


def test_a_write_is_confirmed_and_shows_the_status(bench: ChipBench[DS2413]) -> None:
    assert bench.ask("5a fe 01", 2).hex() == "aa3c"
    bench.master.write(b"\xfc\x03")
    assert bench.master.read(2).hex() == "aaf0"


def test_a_wrong_complement_changes_nothing(bench: ChipBench[DS2413]) -> None:
    assert bench.ask("5a fc 02", 2) == b"\xff\xff"
    assert bench.chip.pins.latches == 3


def test_power_on_lets_both_pins_go(bench: ChipBench[DS2413]) -> None:
    bench.ask("5a fc 03", 1)
    bench.chip.brown_out()
    assert bench.chip.pins.latches == 3


def test_it_never_answers_an_alarm_search(bench: ChipBench[DS2413]) -> None:
    bench.chip.pins.pulled_up = 0
    assert not bench.alarming()

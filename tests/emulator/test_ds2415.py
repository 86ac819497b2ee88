"""The emulated clocks DS2415 and DS2417 against their data sheets."""

from __future__ import annotations

import pytest

from owfs_py.emulator.ds2415 import DS2415, DS2417
from tests.emulator.chipbench import ChipBench


@pytest.fixture(params=[DS2415, DS2417])
def bench(request: pytest.FixtureRequest) -> ChipBench[DS2415]:
    return ChipBench(request.param)


def test_each_has_its_family_code() -> None:
    assert ChipBench(DS2415).chip.rom.family == 0x24
    assert ChipBench(DS2417).chip.rom.family == 0x27


def test_the_clock_stands_still_at_first(bench: ChipBench[DS2415]) -> None:
    bench.clock.advance(10)
    assert bench.ask("66", 5) == bytes(5)


def test_a_clock_that_is_set_goes_on(bench: ChipBench[DS2415]) -> None:
    bench.ask("99 9c 00 e1 f5 05")
    bench.clock.advance(100)
    assert bench.ask("66", 5).hex(" ") == "9c 64 e1 f5 05"


def test_a_reading_does_not_change_while_it_is_repeated(bench: ChipBench[DS2415]) -> None:
    bench.ask("99 0c 01 00 00 00")
    first = bench.ask("66", 5)
    bench.clock.advance(5)
    assert bench.master.read(5) == first


def test_the_control_byte_alone_leaves_the_time(bench: ChipBench[DS2415]) -> None:
    bench.ask("99 0c 10 00 00 00")
    bench.clock.advance(4)
    bench.ask("99 f0")
    bench.clock.advance(4)
    assert bench.ask("66", 5).hex(" ") == "f0 14 00 00 00"


@pytest.mark.parametrize(("written", "kept"), [(0x9F, 0x9C), (0x94, 0x90), (0x98, 0x9C), (3, 0)])
def test_oscillator_bits_are_alike(bench: ChipBench[DS2415], written: int, kept: int) -> None:
    bench.ask(f"99 {written:02x}")
    assert bench.ask("66", 1) == bytes((kept,))


def test_half_a_time_is_not_set(bench: ChipBench[DS2415]) -> None:
    bench.ask("99 00 10 00 00")
    assert bench.chip.seconds == 0


def test_the_counter_goes_round(bench: ChipBench[DS2415]) -> None:
    bench.ask("99 0c ff ff ff ff")
    bench.clock.advance(2)
    assert bench.chip.seconds == 1

"""The emulated DS2438 against its data sheet."""

from __future__ import annotations

import pytest

from owfs_py._crc import crc8
from owfs_py.emulator.ds2438 import CONVERSION_TIME, DS2438
from tests.emulator.chipbench import ChipBench


@pytest.fixture
def bench() -> ChipBench[DS2438]:
    return ChipBench(DS2438)


def page(bench: ChipBench[DS2438], number: int) -> bytes:
    bench.ask(f"b8 {number:02x}")
    data = bench.ask(f"be {number:02x}", 9)
    assert crc8(data) == 0
    return data[:8]


def write(bench: ChipBench[DS2438], number: int, data: str) -> None:
    bench.ask(f"4e {number:02x} {data}")
    bench.ask(f"48 {number:02x}")
    bench.clock.advance(CONVERSION_TIME)


# Data sheet, table of temperatures and their register.
@pytest.mark.parametrize(
    ("celsius", "register"),
    [(125.0, 0x7D00), (25.0625, 0x1910), (0.5, 0x0080), (0, 0), (-0.5, 0xFF80), (-55, 0xC900)],
)
def test_temperatures_of_the_data_sheet(
    bench: ChipBench[DS2438], celsius: float, register: int
) -> None:
    bench.chip.temperature = celsius
    bench.ask("44")
    bench.clock.advance(CONVERSION_TIME)
    assert int.from_bytes(page(bench, 0)[1:3], "little") == register


def test_the_line_is_held_low_while_it_converts(bench: ChipBench[DS2438]) -> None:
    assert bench.ask("44", 1) == b"\x00"
    bench.clock.advance(CONVERSION_TIME)
    assert bench.master.read(1) == b"\xff"


def test_a_conversion_is_there_when_it_is_done(bench: ChipBench[DS2438]) -> None:
    bench.ask("44")
    assert page(bench, 0)[1:3] == bytes(2)
    bench.clock.advance(CONVERSION_TIME)
    assert page(bench, 0)[1:3] == bytes((0, 20))


def test_the_input_chosen_in_the_scratchpad_holds_until_the_page_is_recalled(
    bench: ChipBench[DS2438],
) -> None:
    bench.chip.vdd, bench.chip.vad = 4.87, 1.23
    page(bench, 0)
    bench.ask("b4")
    bench.clock.advance(CONVERSION_TIME)
    assert int.from_bytes(page(bench, 0)[3:5], "little") == 487
    bench.ask("4e 00 07")
    bench.ask("b4")
    bench.clock.advance(CONVERSION_TIME)
    data = page(bench, 0)
    assert int.from_bytes(data[3:5], "little") == 123
    assert data[0] == 0x0F


def test_current_is_measured_while_it_is_switched_on(bench: ChipBench[DS2438]) -> None:
    bench.chip.vsense = -0.01
    assert int.from_bytes(page(bench, 0)[5:7], "little", signed=True) == -41
    write(bench, 0, "0e")
    bench.chip.vsense = 0.01
    assert int.from_bytes(page(bench, 0)[5:7], "little", signed=True) == -41


def test_measured_values_cannot_be_written(bench: ChipBench[DS2438]) -> None:
    write(bench, 0, "71 11 22 33 44 55 66 77")
    assert page(bench, 0).hex(" ") == "01 00 00 00 00 00 00 77"


def test_pages_survive_a_power_failure_once_they_are_copied(bench: ChipBench[DS2438]) -> None:
    write(bench, 5, "01 02 03 04 05 06 07 08")
    bench.ask("4e 05 ff")
    assert bench.ask("be 05", 8).hex() == "ff02030405060708"
    bench.chip.brown_out()
    assert bench.ask("be 05", 8).hex() == "0102030405060708"


def test_the_clock_counts_seconds_from_what_was_written(bench: ChipBench[DS2438]) -> None:
    write(bench, 1, "00 01 00 00")
    bench.clock.advance(100)
    assert int.from_bytes(page(bench, 1)[:4], "little") == 256 + 100

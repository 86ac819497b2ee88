"""The emulated display driver of L. Swart against the list of its commands."""

from __future__ import annotations

import pytest

from owfs_py.emulator.swart_lcd import SwartLcd
from tests.emulator.chipbench import ChipBench


class LcdBench(ChipBench[SwartLcd]):
    def __init__(self) -> None:
        super().__init__(SwartLcd)

    def do(self, command: str, seconds: float = 0.001) -> None:
        """A command, and the time that it takes."""
        self.ask(command)
        self.clock.wait(seconds)

    def result(self, command: str, size: int) -> str:
        """What a command leaves in the scratchpad."""
        self.do(command)
        return self.ask("be", size).hex(" ")


def test_the_scratchpad_reads_as_it_was_written() -> None:
    bench = LcdBench()
    bench.do("4e 01 02 03")
    assert bench.ask("be", 4).hex() == "01020300"
    assert bench.ask("be", 18)[17] == 0xFF


def test_display_and_light_are_switched() -> None:
    bench, states = LcdBench(), []
    for command in ("03", "08", "05", "07"):
        bench.do(command)
        states.append((bench.chip.is_on, bench.chip.backlight))
    assert states == [(True, False), (True, True), (False, True), (False, False)]


def test_text_is_printed_where_the_scratchpad_says() -> None:
    bench = LcdBench()
    bench.do("4e 40" + b"Hello".hex())
    bench.do("48", 0.002)
    assert bench.chip.text(0x3F, 7) == b" Hello "
    bench.do("49", 0.003)
    assert bench.chip.text(0x40, 5) == b"     "


def test_register_and_data_are_those_of_the_display() -> None:
    bench = LcdBench()
    bench.do("10 85")
    assert bench.result("11", 1) == "05"
    bench.do("12 41")
    assert bench.chip.text(4, 3) == b" A "
    bench.do("10 85")
    assert bench.result("13", 1) == "41"
    assert bench.result("11", 1) == "06"
    bench.do("10 01", 0.003)
    assert bench.chip.text(5, 1) == b" "


def test_pins_are_pulled_low_by_zeros() -> None:
    bench = LcdBench()
    assert bench.result("22", 1) == "0f"
    bench.do("21 8a")
    assert bench.result("22", 1) == "0a"
    bench.do("21 0f")  # not for the pins
    bench.chip.pins.pulled_up = 0b0111
    assert bench.result("22", 1) == "02"


def test_counters_are_forgotten_when_told() -> None:
    bench = LcdBench()
    bench.chip.counts = [1, 256, 65535, 0]
    assert bench.result("23", 8) == "01 00 00 01 ff ff 00 00"
    assert bench.result("23", 8) == "00 00 00 00 00 00 00 00"


def test_the_version_is_a_text() -> None:
    assert bytes.fromhex(LcdBench().result("41", 16)) == SwartLcd.VERSION


def test_the_memory_is_written_and_read_by_way_of_the_scratchpad() -> None:
    bench = LcdBench()
    bench.do("4e 6e 01 02 03")
    bench.do("39", 0.012)
    assert bench.chip.memory[-3:].hex() == "000102"
    bench.do("4e 6d 03")
    assert bench.result("37", 3) == "00 01 02"


@pytest.mark.parametrize(("command", "seconds"), [("49", 0.003), ("48", 0.002), ("10 80", 0.001)])
def test_what_comes_while_it_is_at_work_is_not_heard(command: str, seconds: float) -> None:
    bench = LcdBench()
    bench.do(command, seconds * 0.9)
    bench.do("03", 0)
    assert (bench.chip.is_on, bench.chip.unheard) == (False, 1)
    bench.clock.wait(seconds * 0.1)
    bench.do("03", 0)
    assert bench.chip.is_on


def test_faults() -> None:
    bench = LcdBench()
    bench.chip.deaf = bench.chip.worn = True
    bench.do("4e 05")
    assert bench.ask("be", 1) == b"\0"
    bench.do("21 80")
    assert bench.result("22", 1) == "0f"
    bench.chip.deaf = False
    bench.do("4e 00 01")
    bench.do("39", 0.004)
    assert bench.chip.memory[0] == 0


def test_power_comes_back_with_display_and_pins_off() -> None:
    bench = LcdBench()
    for command in ("03", "08", "21 80"):
        bench.do(command)
    bench.chip.brown_out()
    assert (bench.chip.is_on, bench.chip.backlight, bench.chip.pins.levels) == (False, False, 0xF)

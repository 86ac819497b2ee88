"""The emulated DS2404 against its data sheet."""

from __future__ import annotations

import pytest

from owfs_py.emulator.ds2404 import CYCLES, DS2404, STATUS
from tests.emulator.chipbench import ChipBench

CLOCK, INTERVAL = "02", "07"


class Bench(ChipBench[DS2404]):
    """A chip and its registers."""

    def __init__(self) -> None:
        super().__init__(DS2404)

    def store(self, address: int, data: str, copies: int = 1) -> None:
        """By way of the scratchpad, copied so often in a row."""
        target = address.to_bytes(2, "little").hex()
        self.ask(f"0F {target} {data}")
        end = (address + len(bytes.fromhex(data)) - 1) % 32
        for n in range(copies):
            self.ask(f"55 {target} {end | (0x80 if n else 0):02X}")

    def register(self, low: str, size: int = 1) -> int:
        return int.from_bytes(self.ask(f"F0 {low} 02", size), "little")

    def seconds(self, low: str) -> int:
        return self.register(low, 5) >> 8

    def control(self, value: str, copies: int = 1) -> int:
        """Write the control register; what it holds then."""
        self.store(0x201, value, copies)
        return self.register("01")


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_memory_and_registers_are_one_address_space(bench: Bench) -> None:
    bench.store(0x1FE, "12 34")
    assert bench.ask("F0 FE 01", 5) == bytes.fromhex("12 34 00 00 00")
    assert bench.ask("F0 1D 02", 2) == b"\x00\xff", "the last register"


def test_the_clock_counts_256ths_of_a_second_while_the_oscillator_runs(bench: Bench) -> None:
    bench.store(0x202, "80 00 00 00 10")
    bench.clock.advance(100)
    assert bench.register(CLOCK, 5) == 0x1000000080
    bench.control("10")
    bench.clock.advance(2.5)
    assert bench.register(CLOCK, 5) == 0x1000000080 + 640
    bench.control("00")
    bench.clock.advance(100)
    assert bench.register(CLOCK, 5) == 0x1000000080 + 640


def test_a_part_of_a_counter_can_be_written(bench: Bench) -> None:
    bench.control("10")
    bench.store(0x202, "00 FF FF 00 00")
    bench.store(0x204, "12")
    assert bench.seconds(CLOCK) == 0x12FF


def test_the_interval_timer_can_be_stopped(bench: Bench) -> None:
    bench.control("50")
    bench.clock.advance(10)
    assert bench.seconds(INTERVAL) == 0
    bench.control("10")
    bench.clock.advance(10)
    assert bench.seconds(INTERVAL) == 10
    bench.control("70")  # automatic: the line is high
    bench.clock.advance(10)
    assert bench.seconds(INTERVAL) == 20


@pytest.mark.parametrize(("alarm", "flag"), [(0x210, 1), (0x215, 2)])
def test_a_counter_that_gets_to_its_alarm_raises_a_flag(
    bench: Bench, alarm: int, flag: int
) -> None:
    bench.control("10")
    bench.store(alarm, "00 05 00 00 00")
    bench.clock.advance(4)
    assert not bench.alarming()
    bench.clock.advance(2)
    assert bench.alarming()
    assert bench.wire.alarm_presence
    assert bench.register("00") == flag
    assert bench.register("00") == 0, "reading clears it"
    assert not bench.alarming()


def test_cycles_raise_the_third_flag(bench: Bench) -> None:
    bench.store(0x21A, "02 00 00 00")
    bench.chip.cycle()
    assert bench.register("00") == 0
    bench.chip.cycle()
    assert bench.register("0C", 4) == 2
    assert bench.register("00") == 4


def test_an_alarm_can_be_silenced(bench: Bench) -> None:
    bench.store(0x200, "20")
    bench.chip.memory[STATUS] |= 4
    assert not bench.alarming()
    bench.chip.memory[STATUS] |= 1
    assert bench.alarming()


def test_flags_cannot_be_written(bench: Bench) -> None:
    bench.store(0x200, "FF")
    assert bench.register("00") == 0x38


def test_protection_takes_three_copies_in_a_row(bench: Bench) -> None:
    assert bench.control("15") == 0x10
    assert bench.control("15", copies=2) == 0x10
    assert bench.control("15", copies=3) == 0x15
    assert bench.control("10", copies=3) == 0x15, "and is for ever"
    assert bench.control("1F", copies=3) == 0x15, "for the other bits, too"


def test_what_is_protected_keeps_its_value(bench: Bench) -> None:
    bench.control("01", copies=3)
    bench.store(0x202, "00 12 00 00 00 00 34 00 00 00")
    bench.store(0x210, "00 56 00 00 00 00 78")
    assert (bench.seconds(CLOCK), bench.seconds(INTERVAL)) == (0, 0x34)
    assert (bench.seconds("10"), bench.seconds("15")) == (0, 0x78)


@pytest.mark.parametrize(
    ("protection", "written", "kept"),
    [("01", "E0", 0xE1), ("02", "E0", 0x82), ("04", "E0", 0x64), ("11", "00", 0x11)],
)
def test_protection_holds_parts_of_the_control_register(
    bench: Bench, protection: str, written: str, kept: int
) -> None:
    bench.control(protection, copies=3)
    assert bench.control(written) == kept


@pytest.mark.parametrize(("read_only", "answer"), [(False, b"\xff"), (True, b"x")])
def test_a_chip_that_expired_is_read_only_or_dead(
    bench: Bench, read_only: bool, answer: bytes
) -> None:
    bench.store(0x000, "78")
    bench.store(0x21A, "01 00 00 00")
    bench.control("0C" if read_only else "04", copies=3)
    bench.chip.cycle()
    assert bench.ask("F0 00 00", 1) == answer
    bench.store(0x000, "79")
    assert bench.chip.memory[0] == ord("x")
    assert bench.chip.memory[CYCLES] == 1

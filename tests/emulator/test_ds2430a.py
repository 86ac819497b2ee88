"""The emulated DS2430A against its data sheet."""

from __future__ import annotations

import pytest

from owfs_py.emulator.ds2430a import DS2430A, PROGRAMMING_TIME
from tests.emulator.chipbench import ChipBench


@pytest.fixture
def bench() -> ChipBench[DS2430A]:
    bench = ChipBench(DS2430A)
    bench.chip.memory[:] = bytes(range(32))
    return bench


def store(bench: ChipBench[DS2430A], command: str) -> None:
    bench.ask(command)
    bench.clock.advance(PROGRAMMING_TIME)


def test_the_example_of_the_data_sheet(bench: ChipBench[DS2430A]) -> None:
    bench.ask("F0")
    bench.ask("0F 06 AB CD")
    assert bench.ask("AA 06", 2) == b"\xab\xcd"
    store(bench, "55 A5")
    assert bench.ask("F0 00", 9) == bytes.fromhex("00 01 02 03 04 05 AB CD 08")


def test_a_copy_takes_all_of_the_scratchpad(bench: ChipBench[DS2430A]) -> None:
    bench.ask("0F 06 AB CD")
    store(bench, "55 A5")
    assert bench.chip.memory == bytes(6) + b"\xab\xcd" + bytes(24)


def test_addresses_wrap(bench: ChipBench[DS2430A]) -> None:
    assert bench.ask("F0 1E", 4) == bytes.fromhex("1E 1F 00 01")
    bench.ask("0F 1F AB CD")
    assert bench.ask("AA 1F", 2) == b"\xab\xcd"
    bench.ask("99 07 AB CD")
    assert bench.ask("C3 06", 3) == b"\xff\xab\xcd"


def test_reading_the_memory_loads_the_scratchpad(bench: ChipBench[DS2430A]) -> None:
    bench.ask("F0")
    assert bench.ask("AA 00", 32) == bytes(range(32))


@pytest.mark.parametrize("command", ["55 A4", "5A 5A"])
def test_nothing_is_stored_without_the_key(bench: ChipBench[DS2430A], command: str) -> None:
    store(bench, command)
    assert bench.chip.memory == bytes(range(32))
    assert not bench.chip.locked


def test_a_copy_that_is_disturbed_is_lost(bench: ChipBench[DS2430A]) -> None:
    bench.ask("55 A5")
    bench.clock.advance(PROGRAMMING_TIME * 0.9)
    assert bench.master.reset()
    assert bench.chip.disturbed_copies == 1
    assert bench.chip.memory == bytes(range(32))


def test_the_register_is_lost_with_the_power_unless_it_is_locked(
    bench: ChipBench[DS2430A],
) -> None:
    bench.ask("99 00 31 32 33 34 35 36 37 38")
    assert bench.ask("C3 00", 8) == b"12345678"
    assert bench.ask("66 00", 1) == b"\xff"
    bench.chip.brown_out()
    assert bench.ask("C3 00", 8) == b"\xff" * 8
    bench.ask("99 00 31 32 33 34 35 36 37 38")
    store(bench, "5A A5")
    bench.ask("99 00 00")
    bench.chip.brown_out()
    assert bench.ask("C3 00", 8) == b"12345678"
    assert bench.ask("66 00", 1) == b"\xfc"


def test_the_status_wants_its_key(bench: ChipBench[DS2430A]) -> None:
    bench.chip.locked = True
    assert bench.ask("66 01", 1) == b"\xff"

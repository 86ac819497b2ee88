"""The emulated DS2436 against its data sheet."""

from __future__ import annotations

import pytest

from owfs_py.emulator.ds2436 import DS2436
from tests.emulator.chipbench import ChipBench


@pytest.fixture
def bench() -> ChipBench[DS2436]:
    return ChipBench(DS2436)


def command(bench: ChipBench[DS2436], code: str, seconds: float = 0.010) -> None:
    bench.ask(code)
    bench.clock.advance(seconds)


@pytest.mark.parametrize(
    ("degrees", "register"),
    [(85.0, "0055"), (25.0625, "1019"), (0.5, "8000"), (0.0, "0000"), (-0.5, "80ff"),
     (-25.0625, "f0e6"), (-40.0, "00d8")],
)  # fmt: skip
def test_temperatures(bench: ChipBench[DS2436], degrees: float, register: str) -> None:
    bench.chip.temperature = degrees
    command(bench, "d2")
    assert bench.ask("b2 60", 2).hex() == register


@pytest.mark.parametrize(
    ("volts", "register"), [(0.01, "0100"), (5.0, "f401"), (7.2, "d002"), (9.99, "e703")]
)
def test_voltages(bench: ChipBench[DS2436], volts: float, register: str) -> None:
    bench.chip.volts = volts
    command(bench, "b4", 0.009)
    assert bench.ask("b2 77", 2) == bytes(2)
    bench.clock.advance(0.001)
    assert bench.ask("b2 77", 2).hex() == register


def test_the_counter(bench: ChipBench[DS2436]) -> None:
    bench.chip.count = 0x01FF
    command(bench, "b5")
    assert bench.ask("b2 82", 2).hex() == "0002"
    command(bench, "b8")
    assert bench.ask("b2 82", 2) == bytes(2)
    bench.chip.count = 0xFFFF
    command(bench, "b5")
    assert bench.chip.count == 0xFFFF, "it does not roll over"


@pytest.mark.parametrize(
    ("page", "size", "copy", "recall"), [(1, 8, "25", "77"), (2, 8, "28", "7a")]
)
def test_pages_are_written_by_way_of_scratchpads(
    bench: ChipBench[DS2436], page: int, size: int, copy: str, recall: str
) -> None:
    start = page * 0x20
    bench.ask(f"17 {start:02x} 31 32 33")
    assert bench.ask(f"11 {start:02x}", size + 1) == b"123".ljust(size, b"\0") + b"\xff"
    command(bench, recall)
    assert bench.ask(f"11 {start:02x}", 3) == bytes(3)
    bench.ask(f"17 {start:02x} 31 32 33")
    command(bench, copy)
    bench.chip.brown_out()
    assert bench.ask(f"11 {start:02x}", 3) == b"123"


def test_the_first_page_can_be_locked(bench: ChipBench[DS2436]) -> None:
    for unlock, stored in (("", 0), ("44", 0x31)):
        if unlock:
            command(bench, unlock)
        bench.ask("17 00 31")
        command(bench, "22")
        command(bench, "71")
        assert bench.ask("11 00", 1) == bytes((stored,))
    command(bench, "43")
    bench.ask("17 00 32")
    command(bench, "22")
    assert bench.chip.memory[0][0] == 0x31


def test_it_does_one_thing_at_a_time(bench: ChipBench[DS2436]) -> None:
    bench.ask("d2")
    bench.ask("b4")
    assert bench.chip.disturbed == 1
    bench.clock.advance(0.010)
    assert bench.ask("b2 77", 2) == bytes(2)

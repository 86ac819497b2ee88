"""The emulated DS28E04 against its data sheet."""

from __future__ import annotations

import pytest

from owfs_py._crc import crc16
from owfs_py.emulator.ds28e04 import CONTROL, DS28E04, EPROM_MODE, PROTECTION, WRITE_PROTECTED
from tests.emulator.chipbench import CRC16_GOOD, ChipBench


@pytest.fixture
def bench() -> ChipBench[DS28E04]:
    bench = ChipBench(DS28E04)
    bench.chip.memory[CONTROL] = 0
    return bench


def copy(bench: ChipBench[DS28E04], authorization: str) -> bytes:
    bench.ask(f"55 {authorization}")
    bench.clock.advance(bench.chip.COPY_TIME)
    return bench.master.read(1)


def test_the_example_of_the_data_sheet(bench: ChipBench[DS28E04]) -> None:
    bench.ask("0F 21 00 68 65 6C 6C 6F")
    assert bench.ask_crc16("AA", 8) == bytes.fromhex("21 00 05") + b"hello"
    assert copy(bench, "21 00 05") == b"\xaa"
    assert bench.ask("F0 20 00", 7) == b"\xffhello\xff"


def test_a_full_scratchpad_gives_a_crc(bench: ChipBench[DS28E04]) -> None:
    command = "0F 1E 00 12 34"
    assert crc16(bytes.fromhex(command) + bench.ask(command, 2)) == CRC16_GOOD


def test_reading_ends_with_the_control_register(bench: ChipBench[DS28E04]) -> None:
    bench.chip.pins.drive(0b01)
    bench.chip.pins.pulled_up = 0b10
    assert bench.ask("F0 20 02", 7) == bytes.fromhex("FC FD 03 00 00 C0 FF")


def test_registers_are_not_written_by_copying(bench: ChipBench[DS28E04]) -> None:
    bench.ask("0F 23 02 01")
    assert copy(bench, "23 02 03") == b"\xff"


@pytest.mark.parametrize(
    ("mode", "answer", "kept"), [(WRITE_PROTECTED, b"\xff", 0x0F), (EPROM_MODE, b"\xaa", 0x0C)]
)
def test_pages_can_be_protected(
    bench: ChipBench[DS28E04], mode: int, answer: bytes, kept: int
) -> None:
    bench.chip.memory[PROTECTION + 1] = mode
    bench.chip.memory[0x20] = 0x0F
    bench.ask("0F 20 00 3C")
    assert copy(bench, "20 00 00") == answer
    assert bench.chip.memory[0x20] == kept


def test_pins_are_driven_and_confirmed(bench: ChipBench[DS28E04]) -> None:
    """The example of the data sheet for PIO Access Write."""
    assert bench.ask("5A FC 03", 2) == b"\xaa\xfc"
    bench.master.write(b"\xff\x00")
    assert bench.master.read(2) == b"\xaa\xff"
    assert bench.ask("5A FC FC", 1) == b"\xff"
    assert bench.ask_crc16("F5", 32) == b"\xff" * 32


def test_activity_is_remembered_until_it_is_reset(bench: ChipBench[DS28E04]) -> None:
    bench.chip.pins.pulled_up = 0b01
    assert bench.ask("F0 22 02", 1) == b"\x02"
    assert bench.ask("C3", 2) == b"\xaa\xaa"
    assert bench.ask("F0 22 02", 1) == b"\x00"


def test_registers_of_the_conditional_search(bench: ChipBench[DS28E04]) -> None:
    bench.ask("CC 23 02 FF FE FF")
    assert bench.ask("F0 23 02", 3) == bytes.fromhex("03 02 C3"), "what is not there stays 0"
    bench.ask("CC 22 02 01")
    assert bench.ask("F0 22 02", 1) == b"\x00"


def test_the_power_on_flag_alarms_and_can_be_cleared_only(bench: ChipBench[DS28E04]) -> None:
    assert not bench.alarming()
    bench.chip.brown_out()
    assert bench.alarming()
    bench.ask("CC 25 02 00")
    assert not bench.alarming()
    bench.ask("CC 25 02 08")
    assert bench.ask("F0 25 02", 1) == b"\xc0"


@pytest.mark.parametrize(
    ("registers", "low", "alarms"),
    [
        ("01 00 00", 0b01, True),
        ("01 01 00", 0b01, False),
        ("03 00 02", 0b01, False),
        ("03 00 02", 0b11, True),
        ("01 01 01", 0b01, True),
        ("02 02 01", 0b01, False),
        ("00 00 02", 0b11, False),
    ],
)
def test_alarms(bench: ChipBench[DS28E04], registers: str, low: int, alarms: bool) -> None:
    """Selection, polarity, source; some pins go low."""
    bench.ask(f"CC 23 02 {registers}")
    bench.chip.pins.pulled_up = ~low
    assert bench.alarming() == alarms


@pytest.mark.parametrize(("pol", "latches"), [(True, b"\xff"), (False, b"\xfc")])
def test_the_polarity_pin_tells_how_switches_power_up(
    bench: ChipBench[DS28E04], pol: bool, latches: bytes
) -> None:
    bench.chip.pol = pol
    bench.chip.brown_out()
    assert bench.ask("F0 21 02", 1) == latches
    assert bench.ask("F0 25 02", 1)[0] & 0x40 == pol * 0x40

"""The emulated DS2408 against its data sheet."""

from __future__ import annotations

import pytest

from owfs_py._crc import crc16
from owfs_py.emulator.ds2408 import DS2408
from tests.emulator.chipbench import CRC16_GOOD, ChipBench


@pytest.fixture
def bench() -> ChipBench[DS2408]:
    return ChipBench(DS2408)


def test_registers_after_power_on(bench: ChipBench[DS2408]) -> None:
    assert bench.ask_crc16("f0 88 00", 8).hex(" ") == "ff ff 00 00 00 88 ff ff"


def test_registers_can_be_read_from_any_of_them_on(bench: ChipBench[DS2408]) -> None:
    bench.chip.powered = False
    assert bench.ask_crc16("f0 8d 00", 3).hex(" ") == "08 ff ff"


def test_an_address_outside_the_registers_is_not_answered(bench: ChipBench[DS2408]) -> None:
    assert bench.ask("f0 87 00", 4) == b"\xff" * 4


def test_a_write_is_confirmed_and_shows_the_pins(bench: ChipBench[DS2408]) -> None:
    bench.chip.pins.pulled_up = 0x7F
    assert bench.ask("5a f0 0f", 2).hex() == "aa70"
    assert bench.ask_crc16("f0 88 00", 8)[:3].hex(" ") == "70 f0 8f"


def test_writes_follow_each_other(bench: ChipBench[DS2408]) -> None:
    bench.ask("5a 01 fe", 2)
    bench.master.write(b"\x02\xfd")
    assert bench.master.read(2).hex() == "aa02"


def test_a_wrong_complement_changes_nothing(bench: ChipBench[DS2408]) -> None:
    assert bench.ask("5a 00 fe", 2) == b"\xff\xff"
    assert bench.chip.pins.latches == 0xFF


def test_channel_access_read_has_a_crc_every_32_samples(bench: ChipBench[DS2408]) -> None:
    samples = bench.ask("f5", 34)
    assert samples[:32] == b"\xff" * 32
    assert crc16(b"\xf5" + samples) == CRC16_GOOD
    bench.chip.pins.pulled_up = 0x55
    again = bench.master.read(34)
    assert again[1:32] == b"\x55" * 31
    assert crc16(again) == CRC16_GOOD


def test_activity_stays_until_it_is_reset(bench: ChipBench[DS2408]) -> None:
    bench.chip.pins.pulled_up = 0xFE
    bench.chip.pins.pulled_up = 0xFF
    assert bench.ask_crc16("f0 8a 00", 6)[0] == 0x01
    assert bench.ask("c3", 2) == b"\xaa\xaa"
    assert bench.ask_crc16("f0 8a 00", 6)[0] == 0x00


def test_the_power_on_flag_can_be_cleared_but_not_set(bench: ChipBench[DS2408]) -> None:
    bench.ask("cc 8d 00 0c")
    assert bench.chip.registers[5] == 0x8C
    bench.ask("cc 8d 00 04")
    assert bench.chip.registers[5] == 0x84
    bench.ask("cc 8d 00 0c")
    assert bench.chip.registers[5] == 0x84
    bench.chip.brown_out()
    assert bench.chip.registers[5] == 0x88


@pytest.mark.parametrize(
    ("select", "polarity", "control", "pulled_up", "alarms"),
    [
        (0x01, 0x00, 0x00, 0xFF, False),
        (0x01, 0x00, 0x00, 0xFE, True),
        (0x01, 0x01, 0x00, 0xFF, True),
        (0x03, 0x00, 0x00, 0xFE, True),
        (0x03, 0x00, 0x02, 0xFE, False),
        (0x03, 0x00, 0x02, 0xFC, True),
        (0x01, 0x01, 0x01, 0xFE, True),  # the latch remembers the change
        (0x02, 0x02, 0x01, 0xFE, False),
        (0x00, 0x00, 0x00, 0x00, False),
    ],
)
def test_conditional_search(
    bench: ChipBench[DS2408], select: int, polarity: int, control: int, pulled_up: int, alarms: bool
) -> None:
    bench.ask(f"cc 8b 00 {select:02x} {polarity:02x} {control:02x}")
    bench.chip.pins.pulled_up = pulled_up
    assert bench.alarming() == alarms


def test_after_power_on_it_is_in_alarm(bench: ChipBench[DS2408]) -> None:
    assert bench.alarming()


def test_in_test_mode_it_confirms_nothing_until_it_is_told_to_leave(
    bench: ChipBench[DS2408],
) -> None:
    bench.chip.test_mode = True
    assert bench.ask("5a 00 ff", 2) == b"\xff\xff"
    bench.master.reset()
    bench.master.write(b"\x96" + bench.chip.rom + b"\x3c")
    assert bench.ask("5a 00 ff", 2) == b"\xaa\x00"


def test_the_way_out_of_test_mode_is_for_one_chip_only(bench: ChipBench[DS2408]) -> None:
    bench.chip.test_mode = True
    bench.master.reset()
    bench.master.write(b"\x96" + bytes(8) + b"\x3c")
    assert bench.chip.test_mode

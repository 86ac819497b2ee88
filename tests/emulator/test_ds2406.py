"""The emulated DS2406 against its data sheet."""

from __future__ import annotations

import pytest

from owfs_py._crc import crc16
from owfs_py.emulator.ds2406 import DS2406
from tests.emulator.chipbench import CRC16_GOOD, ChipBench


@pytest.fixture
def bench() -> ChipBench[DS2406]:
    return ChipBench(DS2406)


def test_channel_info_after_power_on(bench: ChipBench[DS2406]) -> None:
    info, levels = bench.ask_crc16("f5 4d ff", 2)
    assert info == 0b11001111
    assert levels == 0xFF


def test_channel_info_shows_latches_levels_and_flipflops(bench: ChipBench[DS2406]) -> None:
    bench.chip.powered = bench.chip.two_channels = False
    bench.chip.pins.drive(0b01)
    bench.chip.pins.pulled_up = 0b10
    assert bench.ask_crc16("f5 4d ff", 2)[0] == 0b00110001


def test_both_channels_are_sampled_in_turn(bench: ChipBench[DS2406]) -> None:
    bench.chip.pins.pulled_up = 0b10
    assert bench.ask_crc16("f5 4d ff", 2)[1] == 0b10101010


def test_each_further_crc_covers_what_came_since_the_last(bench: ChipBench[DS2406]) -> None:
    bench.ask_crc16("f5 4d ff", 2)
    assert crc16(bench.master.read(3)) == CRC16_GOOD


def test_latches_are_reset_on_request(bench: ChipBench[DS2406]) -> None:
    bench.chip.pins.pulled_up = 0
    bench.chip.pins.pulled_up = 3
    assert bench.ask_crc16("f5 4d ff", 2)[0] & 0x30 == 0x30
    assert bench.ask_crc16("f5 d5 ff", 2)[0] & 0x30 == 0
    assert bench.chip.pins.activity == 0


def test_slots_written_set_the_flipflop_of_the_channel(bench: ChipBench[DS2406]) -> None:
    bench.ask("f5 0c ff", 1)
    bench.master.wire.slot(0)  # channel A
    bench.master.wire.slot(1)  # channel B
    assert bench.chip.pins.latches == 0b10


def test_status_byte_sets_flipflops_and_alarm(bench: ChipBench[DS2406]) -> None:
    bench.ask_crc16("55 07 00 3f", 0)
    assert bench.chip.pins.latches == 0b01
    assert bench.ask_crc16("aa 07 00", 1) == b"\xbf"


@pytest.mark.parametrize(
    ("settings", "pulled_up", "alarms"),
    [
        (0b01_11_0, 0b11, False),
        (0b01_11_0, 0b10, True),
        (0b01_11_1, 0b11, True),
        (0b10_11_0, 0b10, False),
        (0b11_01_1, 0b10, True),
        (0b11_00_1, 0b10, False),
        (0b00_11_0, 0b00, False),
    ],
)
def test_conditional_search(
    bench: ChipBench[DS2406], settings: int, pulled_up: int, alarms: bool
) -> None:
    bench.ask_crc16(f"55 07 00 {0x60 | settings:02x}", 0)
    bench.chip.pins.pulled_up = pulled_up
    assert bench.alarming() == alarms


def test_memory_is_read_to_its_end_with_a_crc(bench: ChipBench[DS2406]) -> None:
    bench.chip.memory[:] = bytes(range(128))
    assert bench.ask_crc16("f0 50 00", 48) == bytes(range(0x50, 128))


def test_extended_reading_has_a_crc_for_every_page(bench: ChipBench[DS2406]) -> None:
    bench.chip.memory[:] = bytes(range(128))
    assert bench.ask_crc16("a5 1c 00", 1) == b"\xff"
    rest = bench.master.read(6)
    assert crc16(rest) == CRC16_GOOD
    assert rest[:4] == bytes(range(0x1C, 0x20))
    assert crc16(bench.master.read(3)) == CRC16_GOOD  # the next page's redirection
    page = bench.master.read(34)
    assert crc16(page) == CRC16_GOOD
    assert page[:32] == bytes(range(0x20, 0x40))


def test_a_program_pulse_can_only_clear_bits(bench: ChipBench[DS2406]) -> None:
    for value, held in (("f0", 0xF0), ("0f", 0x00)):
        bench.ask_crc16(f"0f 10 00 {value}", 0)
        bench.wire.program_pulse()
        assert bench.master.read(1)[0] == held
        assert bench.chip.memory[0x10] == held


def test_without_a_pulse_nothing_is_written(bench: ChipBench[DS2406]) -> None:
    bench.ask_crc16("0f 10 00 00", 0)
    assert bench.master.read(1) == b"\xff"
    bench.master.reset()
    bench.wire.program_pulse()
    assert bench.chip.memory[0x10] == 0xFF

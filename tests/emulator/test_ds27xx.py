"""The emulated battery chips against their data sheets."""

from __future__ import annotations

import pytest

from owfs_py.emulator.ds27xx import (
    BATTERY_CHIPS,
    COPY_TIME,
    DS2720,
    DS2740,
    DS2755,
    DS2760,
    DS2770,
    DS2780,
    DS2781,
    BatteryChip,
)
from tests.emulator.chipbench import ChipBench


@pytest.fixture
def bench() -> ChipBench[DS2760]:
    return ChipBench(DS2760)


WITH_EEPROM = [kind for kind in BATTERY_CHIPS if kind.BLOCKS]


@pytest.mark.parametrize("kind", BATTERY_CHIPS)
def test_reading_goes_on_to_the_end_and_then_gives_ones(kind: type[BatteryChip]) -> None:
    bench = ChipBench(kind)
    assert bench.ask("69 00", 258) == bytes(bench.chip.registers) + b"\xff\xff"


@pytest.mark.parametrize(
    ("volts", "raw"), [(4.75, "79a0"), (4.88, "7d00"), (0.0, "0000"), (9.0, "7fff")]
)
def test_voltage_is_left_justified(bench: ChipBench[DS2760], volts: float, raw: str) -> None:
    bench.chip.volts = volts
    assert bench.ask("69 0c", 2).hex() == raw


@pytest.mark.parametrize(
    ("kind", "sense_volts", "address", "raw"),
    [
        (DS2760, 0.064, "0e", "7fff"),
        (DS2760, 15.625e-6, "0e", "0008"),
        (DS2760, -15.625e-6, "0e", "fff8"),
        (DS2770, 1.5625e-6, "0e", "0001"),
        (DS2780, -0.0512, "0e", "8000"),
        (DS2780, -0.0512, "08", "8000"),
        (DS2755, 0.001953, "1a", "03e8"),
        (DS2740, 1.5625e-6, "0e", "0001"),
    ],
)
def test_current_in_steps_of_each_chip(
    kind: type[BatteryChip], sense_volts: float, address: str, raw: str
) -> None:
    bench = ChipBench(kind)
    bench.chip.sense_volts = sense_volts
    assert bench.ask(f"69 {address}", 2).hex() == raw


@pytest.mark.parametrize(("kind", "address"), [(DS2760, "18"), (DS2781, "0a")])
@pytest.mark.parametrize(("celsius", "raw"), [(125, "7d00"), (0.125, "0020"), (-40, "d800")])
def test_temperature_is_left_justified(
    kind: type[BatteryChip], address: str, celsius: float, raw: str
) -> None:
    bench = ChipBench(kind)
    bench.chip.celsius = celsius
    assert bench.ask(f"69 {address}", 2).hex() == raw


def test_voltage_of_two_cells() -> None:
    bench = ChipBench(DS2781)
    bench.chip.volts = 9.76
    assert bench.ask("69 0c", 2).hex() == "7d00"


@pytest.mark.parametrize("kind", WITH_EEPROM)
def test_shadow_ram_is_stored_by_copying_only(kind: type[BatteryChip]) -> None:
    bench = ChipBench(kind)
    for number, block in enumerate(kind.BLOCKS):
        last = block.stop - 1
        bench.ask(f"6c {last:02x} {0x50 + number:02x}")
        assert bench.ask(f"69 {last:02x}", 1)[0] == 0x50 + number
        assert bench.chip.eeprom[last] == 0
        bench.ask(f"48 {last:02x}")
        bench.clock.advance(COPY_TIME)
        bench.ask(f"6c {last:02x} 77")
        bench.ask(f"b8 {block.start:02x}")
        assert bench.ask(f"69 {last:02x}", 1)[0] == 0x50 + number


def test_reserved_addresses_keep_nothing(bench: ChipBench[DS2760]) -> None:
    bench.ask("6c 40 01 02")
    assert bench.ask("69 40", 2) == bytes(2)


def test_ram_needs_no_copy(bench: ChipBench[DS2760]) -> None:
    bench.ask("6c 8e 01 02 03")
    assert bench.ask("69 8e", 3) == b"\x01\x02\x00"


def test_a_copy_is_told_and_must_be_waited_for(bench: ChipBench[DS2760]) -> None:
    bench.ask("6c 20 01")
    bench.ask("48 20")
    assert bench.ask("69 07", 1)[0] & 0x80
    bench.ask("6c 21 02")
    bench.clock.advance(COPY_TIME)
    assert not bench.ask("69 07", 1)[0] & 0x80
    assert bench.ask("69 20", 2) == b"\x01\x00"


@pytest.mark.parametrize("kind", WITH_EEPROM)
def test_a_block_is_locked_for_ever(kind: type[BatteryChip]) -> None:
    bench = ChipBench(kind)
    register = kind.EEPROM_REGISTER
    for number, block in enumerate(kind.BLOCKS):
        bench.ask(f"6a {block.start:02x}")  # not enabled
        assert not bench.chip.is_locked(number)
        bench.ask(f"6c {register:02x} 40")
        bench.ask(f"6a {block.start:02x}")
        assert bench.chip.is_locked(number)
        bench.ask(f"6c {register:02x} 00")
        assert bench.ask(f"69 {register:02x}", 1)[0] == (2 << number) - 1
        bench.ask(f"6c {block.start:02x} 33")
        assert bench.ask(f"69 {block.start:02x}", 1) == b"\x00"


def test_power_on_recalls_the_eeprom_and_lets_the_pin_go(bench: ChipBench[DS2760]) -> None:
    bench.chip.eeprom[0x31] = 0x28
    bench.ask("6c 08 00")
    assert bench.ask("69 08", 1)[0] & 0x40 == 0
    bench.chip.brown_out()
    assert bench.ask("69 08", 1)[0] & 0x40
    assert bench.ask("69 01", 1)[0] == 0x28


def test_protection_flags_can_be_cleared_and_switches_set(bench: ChipBench[DS2760]) -> None:
    assert bench.ask("69 00", 1)[0] == 0xF0
    bench.ask("6c 00 ff")
    assert bench.ask("69 00", 1)[0] == 0xF3
    bench.ask("6c 00 51")
    assert bench.ask("69 00", 1)[0] == 0x51


def test_recalling_a_block_also_sets_the_switches(bench: ChipBench[DS2760]) -> None:
    bench.chip.eeprom[0x30] = 0x03
    bench.ask("b8 20")
    assert bench.ask("69 00", 1)[0] & 0x03 == 0
    bench.ask("b8 30")
    assert bench.ask("69 00", 1)[0] & 0x03 == 3


def test_a_pin_held_low_reads_low(bench: ChipBench[DS2760]) -> None:
    bench.chip.pins.pulled_up = 0
    assert not bench.ask("69 08", 1)[0] & 0x40


def test_flags_of_a_fuel_gauge_can_only_be_cleared() -> None:
    bench = ChipBench(DS2780)
    bench.ask("6c 01 04")
    assert bench.ask("69 01", 1)[0] == 0x04
    bench.ask("6c 01 06")
    assert bench.ask("69 01", 1)[0] == 0x04


def test_special_bits_of_a_protector() -> None:
    bench = ChipBench(DS2720)
    assert bench.ask("69 08", 1)[0] == 0x80
    bench.ask("6c 08 01")
    assert bench.ask("69 08", 1)[0] == 0x81


def test_sleep_mode_of_a_counter() -> None:
    bench = ChipBench(DS2740)
    bench.ask("6c 01 ff")
    assert bench.ask("69 01", 1)[0] == 0x40


def test_status_of_a_charger_comes_from_the_eeprom_by_refresh() -> None:
    bench = ChipBench(DS2770)
    bench.ask("6c 31 23")
    bench.ask("63")
    assert bench.ask("69 01", 1)[0] & 0x3F == 0
    bench.ask("48 31")
    bench.ask("b8 31")
    assert bench.ask("69 01", 1)[0] & 0x3F == 0
    bench.ask("63")
    assert bench.ask("69 01", 1)[0] & 0x3F == 0x23


def test_a_charger_charges_from_a_source() -> None:
    bench = ChipBench(DS2770)
    assert bench.ask("69 01", 1)[0] & 0xC0 == 0x80
    bench.ask("b5")
    assert bench.ask("69 01", 1)[0] & 0xC0 == 0x40
    bench.ask("be")
    assert bench.ask("69 01", 1)[0] & 0xC0 == 0x80
    bench.chip.source = False
    bench.ask("b5")
    assert bench.ask("69 01", 1)[0] & 0xC0 == 0


def test_alarms_of_the_temperature() -> None:
    bench = ChipBench(DS2755)
    bench.ask("6c 84 1e f6")  # 30 and -10 degrees
    bench.chip.celsius = 31
    assert not bench.alarming()
    bench.ask("6c 08 04")
    assert bench.alarming()
    bench.chip.celsius = 29
    assert not bench.alarming()
    bench.chip.celsius = -10
    assert bench.alarming()


@pytest.mark.parametrize("command", ["00", "b5", "6a 40", "b8 90", "48 00"])
def test_what_it_does_not_know_changes_nothing(bench: ChipBench[DS2760], command: str) -> None:
    before = bytes(bench.chip.registers)
    assert bench.ask(command, 2) == b"\xff\xff"
    assert bench.chip.registers == before

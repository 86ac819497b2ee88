"""The emulated sensors of Embedded Data Systems against their register maps."""

from __future__ import annotations

import pytest

from owfs_py._crc import crc16
from owfs_py.emulator.embedded_data_systems import (
    EDS,
    EDS0064,
    EDS0068,
    EDS0070,
    EDS0080,
    EDS0082,
    EDS0090,
    MODELS,
)
from owfs_py.emulator.registry import make_slave
from tests.emulator.chipbench import CRC16_GOOD, ChipBench


def read(bench: ChipBench[EDS], address: int, size: int) -> str:
    """Bytes of the memory, in hex."""
    return bench.ask(f"f0 {address:02x} 00", size).hex(" ")


def write(bench: ChipBench[EDS], address: int, data: str, *, seconds: float = 0.7) -> bytes:
    """Write within a page; what comes after the copy."""
    bench.ask(f"0f {address:02x} 00 {data}")
    status = bench.ask("aa", 3).hex()
    bench.ask(f"55 {status}")
    bench.clock.wait(seconds)
    return bench.master.read(1)


@pytest.mark.parametrize("model", MODELS)
def test_a_chip_says_which_model_it_is(model: type[EDS]) -> None:
    bench = ChipBench(model)
    number = model.chip[3:]
    assert read(bench, 0x1E, 2) == f"{number[2:]} {number[:2]}"
    assert bench.ask("f0 00 00", 30) == model.chip.encode() + bytes(23)
    assert not bench.alarming()


def test_the_family_code_stands_for_the_model_with_everything() -> None:
    assert type(make_slave("7E")) is EDS0068
    assert type(make_slave("eds0090")) is EDS0090


def test_what_is_measured_is_in_the_registers() -> None:
    bench = ChipBench(EDS0068)
    bench.chip.measure("temperature", -10.125)
    bench.chip.measure("pressure", 1013.25)
    bench.chip.measure("light", 70000)
    assert read(bench, 0x22, 2) == "5e ff"
    assert read(bench, 0x2C, 3) == "00 aa 1f"
    assert read(bench, 0x32, 3) == "70 11 01"


def test_a_model_measures_what_it_can() -> None:
    with pytest.raises(KeyError):
        ChipBench(EDS0064).chip.measure("light", 1)
    with pytest.raises(OverflowError):
        ChipBench(EDS0064).chip.measure("temperature", 3000)


def test_settings_are_written_by_way_of_a_scratchpad() -> None:
    bench = ChipBench(EDS0068)
    assert write(bench, 0x42, "19 f6") in (b"\x55", b"\xaa")
    assert read(bench, 0x42, 2) == "19 f6"


def test_a_scratchpad_that_is_full_to_its_end_has_a_crc() -> None:
    bench = ChipBench(EDS0068)
    command = bytes.fromhex("0f 5e 00 08 03")
    assert crc16(command + bench.ask(command.hex(), 2)) == CRC16_GOOD
    answer = bench.ask("aa", 3 + 2 + 2)
    assert answer[:5].hex(" ") == "5e 00 1f 08 03"
    assert crc16(b"\xaa" + answer) == CRC16_GOOD


def test_a_copy_takes_its_time() -> None:
    bench = ChipBench(EDS0068)
    write(bench, 0x42, "19", seconds=0.5)
    assert read(bench, 0x42, 1) == "7f"  # disturbed
    assert bench.chip.disturbed_copies == 1


def test_a_copy_wants_the_address_as_it_was_shown() -> None:
    bench = ChipBench(EDS0068)
    bench.ask("0f 42 00 19")
    bench.ask("55 43 00 02")
    bench.clock.wait(0.7)
    assert bench.master.read(1) == b"\xff"
    assert read(bench, 0x42, 1) == "7f"


@pytest.mark.parametrize(
    ("model", "address"), [(EDS0068, 0x22), (EDS0080, 0x30), (EDS0090, 0x30), (EDS0068, 0)]
)
def test_what_is_measured_cannot_be_written(model: type[EDS], address: int) -> None:
    bench = ChipBench(model)
    before = read(bench, address, 2)
    assert write(bench, address, "12 34") == b"\xff"
    assert read(bench, address, 2) == before


def test_alarms_stay_until_they_are_cleared() -> None:
    bench = ChipBench(EDS0068)
    write(bench, 0x42, "19 0a")  # 25 and 10 degrees
    bench.chip.measure("temperature", 25)
    assert read(bench, 0x3A, 2) == "00 00"
    bench.chip.measure("temperature", 25.0625)
    bench.chip.measure("temperature", 9.9375)
    bench.chip.measure("temperature", 20)
    assert read(bench, 0x3A, 2) == "03 00"
    assert not bench.alarming()
    write(bench, 0x40, "02 00")
    assert bench.alarming()
    bench.ask("33")
    assert read(bench, 0x3A, 2) == "00 00"
    assert not bench.alarming()


def test_a_meter_keeps_extremes_and_has_two_alarms_for_each_channel() -> None:
    bench = ChipBench(EDS0082)
    write(bench, 0x74, "00 1c 00 08")  # channel 1: 3.5 V and 1 V
    for volts in (2, 4, 0.5):
        bench.chip.measure("1", volts)
    assert read(bench, 0x32, 2) == "00 04"
    assert read(bench, 0x42, 2) == "00 04"
    assert read(bench, 0x52, 2) == "00 20"
    assert read(bench, 0x2A, 2) == "0c 00"


def test_vibration_has_its_own_registers() -> None:
    bench = ChipBench(EDS0070)
    write(bench, 0x44, "e8 03 14 00")
    for level in (500, 1001, 10):
        bench.chip.measure("vibration", level)
    assert read(bench, 0x24, 2) == "0a 00"
    assert read(bench, 0x28, 4) == "e9 03 0a 00"
    assert read(bench, 0x36, 1) == "0c"


def test_inputs_are_latched_and_counted_until_that_is_reset() -> None:
    bench = ChipBench(EDS0090)
    for levels in (0b01, 0b10, 0b11, 0b10):
        bench.chip.set_inputs(levels)
    assert read(bench, 0x22, 2) == "02 03"
    assert read(bench, 0x30, 8) == "02 00 00 00 01 00 00 00"
    write(bench, 0x54, "01 02")
    assert read(bench, 0x22, 2) == "02 01"
    assert read(bench, 0x30, 8) == "00 00 00 00 01 00 00 00"
    assert read(bench, 0x54, 2) == "00 00"


def test_outputs_follow_their_register() -> None:
    bench = ChipBench(EDS0090)
    write(bench, 0x5C, "a5")
    assert read(bench, 0x24, 1) == "a5"


def test_seconds_count_from_power_on() -> None:
    bench = ChipBench(EDS0064)
    bench.clock.wait(300)
    assert read(bench, 0x3C, 4) == "2c 01 00 00"
    bench.chip.brown_out()
    bench.clock.wait(2)
    assert read(bench, 0x3C, 4) == "02 00 00 00"
    bench.chip.clock_runs = False
    bench.clock.wait(2)
    assert read(bench, 0x3C, 4) == "02 00 00 00"

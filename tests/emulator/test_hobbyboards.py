"""The emulated devices of Hobby Boards against the lists of their commands."""

from __future__ import annotations

import pytest

from owfs_py.emulator.hobbyboards import (
    MODELS,
    Barometer,
    HobbyBoard,
    Hub,
    Hygrometer,
    MoistureMeter,
    SixThermometers,
    UviMeter,
)
from owfs_py.emulator.registry import make_slave
from tests.emulator.chipbench import ChipBench


@pytest.mark.parametrize("model", MODELS)
def test_a_device_says_what_it_is(model: type[HobbyBoard]) -> None:
    bench = ChipBench(model)
    assert bench.ask("12", 1)[0] == model.TYPE
    assert bench.ask("11", 2).hex() == "0502"
    assert bench.chip.rom.family == model.families[0]


def test_a_family_code_stands_for_a_device() -> None:
    assert type(make_slave("EE")) is UviMeter
    assert type(make_slave("EF")) is MoistureMeter


def test_numbers_come_low_byte_first() -> None:
    bench = ChipBench(SixThermometers)
    bench.chip.put(0x21, 215, -5, 0, 1, 2, 1000)
    assert bench.ask("21", 12).hex(" ") == "d7 00 fb ff 00 00 01 00 02 00 e8 03"
    assert bench.ask("21", 13)[12] == 0xFF


@pytest.mark.parametrize(
    ("model", "write", "read"),
    [
        (UviMeter, "22 fd ff", "23"),
        (UviMeter, "25 05", "26"),
        (UviMeter, "27 ff", "28"),
        (MoistureMeter, "a2 0a", "22"),
        (MoistureMeter, "a4 2c 01", "24"),
        (MoistureMeter, "a3 10 27", "23"),
        (Hub, "60 02", "61"),
        (Barometer, "a6 64 00", "26"),
        (Barometer, "e1 01", "61"),
        (Hygrometer, "a4 9c ff", "24"),
        (SixThermometers, "94 07", "14"),
        (SixThermometers, "96" + b"cellar".ljust(21, b"\0").hex(), "16"),
    ],
)
def test_one_command_writes_what_another_one_reads(
    model: type[HobbyBoard], write: str, read: str
) -> None:
    bench = ChipBench(model)
    data = bytes.fromhex(write)[1:]
    bench.ask(write)
    assert bench.ask(read, len(data)) == data


def test_what_is_not_written_to_its_end_is_not_stored() -> None:
    bench = ChipBench(Barometer)
    bench.ask("a6 64")
    assert bench.ask("26", 2) == bytes(2)


def test_the_configuration_of_six_thermometers_is_fixed() -> None:
    bench = ChipBench(SixThermometers)
    bench.ask("e1 01")
    assert bench.ask("61", 1) == b"\0"


def test_old_moisture_meters_have_other_commands() -> None:
    bench = ChipBench(MoistureMeter)
    bench.chip.version = (1, 79)
    bench.ask("22 0a")
    bench.ask("26 2c 01")
    bench.ask("24 10 27")
    assert bench.ask("23", 1).hex() == "0a"
    assert bench.ask("27", 2).hex() == "2c01"
    assert bench.ask("25", 2).hex() == "1027"
    assert bench.ask("11", 2).hex() == "4f01"
    assert bench.ask("12", 1).hex() == "02"
    assert len(bench.ask("31", 8)) == 8


def test_a_device_that_is_not_ready_answers_ones() -> None:
    bench = ChipBench(UviMeter)
    bench.chip.not_ready = 2
    assert [bench.ask("24", 1) for _ in range(3)] == [b"\xff", b"\xff", b"\0"]


def test_commands_without_data() -> None:
    bench = ChipBench(Barometer)
    bench.ask("e1 01")
    bench.ask("f1")
    assert bench.chip.reboots == 1
    assert bench.ask("61", 1) == b"\x01"
    bench.ask("f7")
    assert bench.ask("61", 1) == b"\0"
    assert bench.ask("77", 1) == b"\xff"


def test_branches_of_a_hub_are_switched_on_and_off() -> None:
    bench = ChipBench(Hub)
    bench.ask("21 13")
    assert bench.ask("22", 1) == b"\x03"
    bench.ask("21 18")
    assert bench.ask("22", 1) == b"\x0b"
    bench.ask("21 ed")  # off with all but 2
    assert bench.ask("22", 1) == b"\x02"


def test_a_hub_may_have_one_branch_on_at_a_time() -> None:
    bench = ChipBench(Hub)
    bench.ask("60 02")
    bench.ask("21 11")
    bench.ask("21 14")
    assert bench.ask("22", 1) == b"\x04"


def test_who_is_behind_a_branch_hears_the_line_while_it_is_on() -> None:
    bench = ChipBench(Hub)
    sensor = make_slave("28")
    bench.chip.attach(2, sensor)
    assert bench.master.search() == [bench.chip.rom]
    bench.ask("21 14")
    assert bench.master.search() == [sensor.rom, bench.chip.rom]
    bench.ask("21 eb")
    assert len(bench.master.search()) == 2
    bench.ask("21 04")
    assert bench.master.search() == [bench.chip.rom]


def test_what_is_written_may_not_be_stored() -> None:
    bench = ChipBench(Hub)
    bench.chip.deaf = True
    bench.ask("60 02")
    bench.ask("21 1f")
    assert bench.ask("61", 1) + bench.ask("22", 1) == bytes(2)

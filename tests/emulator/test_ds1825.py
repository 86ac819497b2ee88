"""The emulated DS1825, MAX31826 and MAX31850 against their data sheets."""

from __future__ import annotations

from typing import Any

import pytest

from owfs_py._crc import crc8
from owfs_py.emulator.ds1825 import (
    DS1825,
    MAX31826,
    MAX31850,
    OPEN_CIRCUIT,
    SHORT_TO_GROUND,
    SHORT_TO_SUPPLY,
    FixedThermometer,
)
from owfs_py.emulator.registry import make_slave
from tests.emulator.chipbench import ChipBench


def scratchpad(bench: ChipBench[Any]) -> str:
    data = bench.ask("be", 9)
    assert crc8(data) == 0
    return data[:8].hex(" ")


def convert(bench: ChipBench[Any], seconds: float) -> str:
    bench.ask("44")
    bench.clock.advance(seconds)
    return scratchpad(bench)


def test_the_family_code_is_that_of_the_thermometer() -> None:
    assert type(make_slave("3B")) is DS1825
    assert type(make_slave("max31850")) is MAX31850


# DS1825


def test_the_address_pins_are_in_the_configuration() -> None:
    bench = ChipBench(DS1825, location=0b1010)
    assert scratchpad(bench) == "50 05 4b 46 7a ff 0c 10"


def test_resolution_can_be_written_and_pins_cannot() -> None:
    bench = ChipBench(DS1825, location=3)
    bench.ask("4e 4b 46 1f")
    assert scratchpad(bench)[12:14] == "13"
    bench.chip.temperature = 25.4375
    assert convert(bench, 0.09)[:5] == "50 05", "nine bits take 94 ms"
    bench.clock.advance(0.005)
    assert scratchpad(bench)[:5] == "97 01"


def test_it_alarms_outside_its_limits() -> None:
    bench = ChipBench(DS1825)
    bench.ask("4e 16 10 7f")
    bench.chip.temperature = 23.0
    convert(bench, 0.75)
    assert bench.alarming()


def test_it_has_no_trim_registers() -> None:
    assert ChipBench(DS1825).ask("93", 1) == b"\xff"


# Those of fixed resolution


@pytest.mark.parametrize(("kind", "seconds"), [(MAX31826, 0.150), (MAX31850, 0.100)])
def test_a_conversion_takes_its_time(kind: type[FixedThermometer], seconds: float) -> None:
    bench = ChipBench(kind, location=5)
    bench.chip.temperature = 21.3125
    before = scratchpad(bench)
    assert before[12:14] == "f5"
    assert convert(bench, seconds - 0.001) == before
    bench.clock.advance(0.001)
    assert scratchpad(bench) != before
    assert not bench.alarming()


@pytest.mark.parametrize("kind", [MAX31826, MAX31850])
@pytest.mark.parametrize("command", ["4e 01 02 1f", "48", "b8", "93"])
def test_there_is_nothing_to_set(kind: type[FixedThermometer], command: str) -> None:
    bench = ChipBench(kind)
    before = scratchpad(bench)
    assert bench.ask(command, 1) == b"\xff"
    assert scratchpad(bench) == before


@pytest.mark.parametrize("kind", [MAX31826, MAX31850])
def test_without_a_supply_a_conversion_must_be_fed(kind: type[FixedThermometer]) -> None:
    bench = ChipBench(kind, parasitic=True)
    assert bench.ask("b4", 1) == b"\x00"
    convert(bench, 0.2)
    assert bench.chip.brown_outs == 1
    bench.ask("")
    bench.master.power(0x44, 0.2)
    assert bench.chip.brown_outs == 1
    assert bench.chip.history[-1].sixteenths == 20 * 16


# MAX31826: "Memory", "Function Commands"


def test_max31826_holds_85_degrees_after_power_on() -> None:
    bench = ChipBench(MAX31826)
    assert scratchpad(bench) == "50 05 ff ff f0 ff ff ff"
    bench.chip.temperature = -10.125
    assert convert(bench, 0.15)[:11] == "5e ff ff ff"


def test_max31826_memory_is_written_by_rows() -> None:
    bench = ChipBench(MAX31826)
    heard = bytes.fromhex("0f 18 31 32 33 34 35 36 37 38")
    assert bench.ask(heard.hex(), 1)[0] == crc8(heard)
    assert bench.ask("aa 18", 8) == b"12345678"
    assert bench.ask("f0 16", 4) == bytes(4)
    bench.ask("55 a5")
    assert bench.chip.memory[0x18:0x20] == bytes(8)
    bench.clock.advance(0.025)
    assert bench.ask("f0 16", 4) == b"\0\x0012"
    assert bench.ask("f0 1f", 3) == b"8\0\0"


def test_max31826_copies_only_with_the_token() -> None:
    bench = ChipBench(MAX31826)
    bench.ask("0f 00 31 32 33 34 35 36 37 38")
    bench.ask("55 5a")
    bench.clock.advance(0.025)
    assert not any(bench.chip.memory)


def test_a_locked_max31826_takes_nothing() -> None:
    bench = ChipBench(MAX31826)
    bench.chip.locked = True
    bench.ask("0f 00 31 32 33 34 35 36 37 38")
    bench.ask("55 a5")
    bench.clock.advance(0.025)
    assert bench.ask("f0 00", 8) == bytes(8)


# MAX31850: "Thermocouple Temperature Data", "Internal Temperature Data"


@pytest.mark.parametrize(
    ("thermocouple", "cold", "registers"),
    [
        (1600.0, 127.0, "00 64 00 7f"),
        (1000.0, 100.5625, "80 3e 90 64"),
        (100.75, 25.0, "4c 06 00 19"),
        (25.0, 0.0625, "90 01 10 00"),
        (0.0, 0.0, "00 00 00 00"),
        (-0.25, -0.0625, "fc ff f0 ff"),
        (-1.0, -20.0, "f0 ff 00 ec"),
        (-250.0, -55.0, "60 f0 00 c9"),
    ],
)
def test_max31850_temperatures(thermocouple: float, cold: float, registers: str) -> None:
    bench = ChipBench(MAX31850, thermocouple=thermocouple)
    bench.chip.temperature = cold
    assert convert(bench, 0.1)[:11] == registers


@pytest.mark.parametrize("fault", [OPEN_CIRCUIT, SHORT_TO_GROUND, SHORT_TO_SUPPLY])
def test_max31850_tells_what_is_wrong(fault: int) -> None:
    bench = ChipBench(MAX31850, thermocouple=25.0)
    bench.chip.faults = fault
    data = bytes.fromhex(convert(bench, 0.1))
    assert data[0] & 3 == 1
    assert data[2] & 7 == fault

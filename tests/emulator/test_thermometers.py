"""The emulated thermometers against their data sheets."""

from __future__ import annotations

import math
from typing import Any

import pytest

from owfs_py._crc import crc8
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.thermometers import DS18B20, DS18S20, DS1822, Conversion, Thermometer
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.wire import Wire
from tests.emulator.wiremaster import WireMaster

SCRATCHPAD, CONVERT, COPY, RECALL, WRITE, POWER = (
    b"\xbe",
    b"\x44",
    b"\x48",
    b"\xb8",
    b"\x4e",
    b"\xb4",
)


class Bench:
    """One thermometer on a wire, and the transactions of its data sheet."""

    def __init__(self, spec: str, **options: Any) -> None:
        self.clock = VirtualClock()
        self.wire = Wire(self.clock)
        chip = make_slave(spec, **options)
        assert isinstance(chip, Thermometer)
        self.chip = chip
        self.wire.attach(chip)
        self.master = WireMaster(self.wire)

    def scratchpad(self) -> bytes:
        self.master.select(self.chip.rom, SCRATCHPAD)
        data = self.master.read(9)
        assert crc8(data) == 0
        return data

    def convert(self) -> bytes:
        self.master.select(self.chip.rom, CONVERT)
        self.clock.advance(0.75)
        return self.scratchpad()

    def write(self, *registers: int) -> None:
        self.master.select(self.chip.rom, WRITE + bytes(registers))

    def alarming(self) -> bool:
        return self.master.search(0xEC) == [self.chip.rom]


FAMILIES = {"28": DS18B20, "22": DS1822, "10": DS18S20}


@pytest.fixture(params=FAMILIES)
def any_bench(request: pytest.FixtureRequest) -> Bench:
    return Bench(request.param)


@pytest.fixture(params=["28", "22"])
def bench(request: pytest.FixtureRequest) -> Bench:
    return Bench(request.param)


@pytest.mark.parametrize(("spec", "chip"), FAMILIES.items())
def test_each_family_code_is_its_chip(spec: str, chip: type[Thermometer]) -> None:
    assert type(Bench(spec).chip) is chip


def test_scratchpad_after_power_on_holds_85_degrees_and_the_eeprom(bench: Bench) -> None:
    assert bench.scratchpad()[:8].hex(" ") == "50 05 4b 46 7f ff 0c 10"


def test_ds18s20_scratchpad_after_power_on() -> None:
    assert Bench("10").scratchpad()[:8].hex(" ") == "aa 00 4b 46 ff ff 0c 10"


# DS18B20 data sheet, table 1.
@pytest.mark.parametrize(
    ("degrees", "raw"),
    [
        (125, 0x07D0),
        (85, 0x0550),
        (25.0625, 0x0191),
        (10.125, 0x00A2),
        (0.5, 0x0008),
        (0, 0x0000),
        (-0.5, 0xFFF8),
        (-10.125, 0xFF5E),
        (-25.0625, 0xFE6F),
        (-55, 0xFC90),
    ],
)
def test_temperatures_of_the_data_sheet(bench: Bench, degrees: float, raw: int) -> None:
    bench.chip.temperature = degrees
    data = bench.convert()
    assert data[:2] == raw.to_bytes(2, "little")
    assert data[6] == 0x10 - (raw & 0xF)


# DS18S20 data sheet, table 2 (those it gives without COUNT_REMAIN).
@pytest.mark.parametrize(
    ("degrees", "raw"),
    [
        (85, 0x00AA),
        (25, 0x0032),
        (0.5, 0x0001),
        (0, 0),
        (-0.5, 0xFFFF),
        (-25, 0xFFCE),
        (-55, 0xFF92),
    ],
)
def test_temperatures_of_the_ds18s20_data_sheet(degrees: float, raw: int) -> None:
    bench = Bench("10", temperature=degrees)
    assert bench.convert()[:2] == raw.to_bytes(2, "little")


@pytest.mark.parametrize("first", range(-55 * 16, 125 * 16, 16))
def test_extended_resolution_of_the_ds18s20_gives_every_sixteenth(first: int) -> None:
    bench = Bench("10")
    for sixteenths in range(first, first + 16):
        bench.chip.sixteenths = sixteenths
        data = bench.convert()
        halves = int.from_bytes(data[:2], "little", signed=True)
        remain, per_degree = data[6], data[7]
        assert 0 < remain <= per_degree
        assert (halves >> 1) - 0.25 + (per_degree - remain) / per_degree == sixteenths / 16
        assert abs(halves / 2 - sixteenths / 16) <= 0.25


@pytest.mark.parametrize(
    ("configuration", "seconds"), [(0x1F, 0.09375), (0x3F, 0.1875), (0x5F, 0.375), (0x7F, 0.75)]
)
def test_conversion_takes_the_time_of_its_resolution_and_read_slots_tell(
    bench: Bench, configuration: int, seconds: float
) -> None:
    bench.write(0, 0, configuration)
    bench.chip.sixteenths = 321
    bench.master.select(bench.chip.rom, CONVERT)
    assert bench.master.read(1) == b"\x00"
    bench.clock.advance(seconds * 0.99)
    assert bench.wire.slot(1) == 0
    bench.clock.advance(seconds * 0.01)
    assert bench.wire.slot(1) == 1
    assert bench.scratchpad()[:2] == (321).to_bytes(2, "little")


def test_an_earlier_scratchpad_still_holds_the_old_temperature(any_bench: Bench) -> None:
    any_bench.chip.temperature = 30
    before = any_bench.scratchpad()
    any_bench.master.select(any_bench.chip.rom, CONVERT)
    any_bench.clock.advance(0.5)
    assert any_bench.scratchpad() == before
    any_bench.clock.advance(0.25)
    assert any_bench.scratchpad() != before


def test_a_second_convert_does_not_disturb_the_first(any_bench: Bench) -> None:
    start = any_bench.clock.now()
    any_bench.chip.sixteenths = 100
    any_bench.master.select(any_bench.chip.rom, CONVERT)
    any_bench.clock.advance(0.5)
    any_bench.chip.sixteenths = 200
    any_bench.convert()
    assert any_bench.chip.history == [Conversion(start, start + 0.75, 100)]


def test_history_tells_what_the_chip_held_when(any_bench: Bench) -> None:
    any_bench.chip.temperature = lambda now: now - 1000
    begin = any_bench.clock.now()
    for _ in range(3):
        any_bench.convert()
    assert any_bench.chip.history == [
        Conversion(begin + t, begin + t + 0.75, int(t * 16)) for t in (0.0, 0.75, 1.5)
    ]
    assert any_bench.wire.counts.conversions == 3


def test_skip_rom_converts_on_all_chips_at_once() -> None:
    bench = Bench("28", temperature=21.5)
    other = Bench("10", temperature=-3).chip
    bench.wire.attach(other)
    bench.master.reset()
    bench.master.write(b"\xcc" + CONVERT)
    bench.clock.advance(0.75)
    assert bench.scratchpad()[:2] == (344).to_bytes(2, "little")
    assert other.history[0].sixteenths == -48


# Limits, configuration, EEPROM


def test_registers_written_read_back_with_their_fixed_bits(bench: Bench) -> None:
    bench.write(0x12, 0x80, 0x00)
    assert bench.scratchpad()[2:6].hex(" ") == "12 80 1f ff"
    bench.write(0x12, 0x80, 0xFF)
    assert bench.scratchpad()[2:6].hex(" ") == "12 80 7f ff"


def test_ds18s20_takes_two_registers() -> None:
    bench = Bench("10")
    bench.write(0x12, 0x80, 0x33)
    assert bench.scratchpad()[2:6].hex(" ") == "12 80 ff ff"


def test_registers_survive_a_brown_out_only_when_copied(any_bench: Bench) -> None:
    any_bench.write(30, 10, 0x3F)
    any_bench.chip.brown_out()
    assert any_bench.scratchpad()[2:4] == b"\x4b\x46"
    any_bench.write(30, 10, 0x3F)
    any_bench.master.select(any_bench.chip.rom, COPY)
    assert any_bench.wire.slot(1) == 0
    any_bench.clock.advance(0.01)
    assert any_bench.wire.slot(1) == 1
    any_bench.chip.brown_out()
    assert any_bench.scratchpad()[2:4] == bytes((30, 10))


def test_a_copy_cut_short_changes_nothing(any_bench: Bench) -> None:
    any_bench.write(30, 10, 0x3F)
    any_bench.master.select(any_bench.chip.rom, COPY)
    any_bench.clock.advance(0.009)
    any_bench.chip.brown_out()
    any_bench.clock.advance(1)
    assert any_bench.scratchpad()[2:4] == b"\x4b\x46"


def test_recall_brings_back_the_eeprom(any_bench: Bench) -> None:
    any_bench.write(30, 10, 0x3F)
    any_bench.master.select(any_bench.chip.rom, RECALL)
    assert any_bench.wire.slot(1) == 1
    assert any_bench.scratchpad()[2:4] == b"\x4b\x46"


# "lower than or equal to TL or higher than or equal to TH", whole degrees.
@pytest.mark.parametrize(
    ("degrees", "alarm"),
    [(20, False), (30, True), (29.5, False), (10, True), (10.5, True), (11, False), (-40, True)],
)
def test_alarm_after_a_conversion_outside_the_limits(
    any_bench: Bench, degrees: float, alarm: bool
) -> None:
    any_bench.chip.set_limits(10, 30)
    assert not any_bench.alarming()
    any_bench.chip.temperature = degrees
    any_bench.convert()
    assert any_bench.alarming() is alarm


@pytest.mark.parametrize(("degrees", "alarm"), [(-5, True), (-4.5, True), (-4, False), (-6, True)])
def test_alarm_below_zero_compares_degrees_rounded_down(
    any_bench: Bench, degrees: float, alarm: bool
) -> None:
    any_bench.chip.set_limits(-5, 30)
    any_bench.chip.temperature = degrees
    any_bench.convert()
    assert any_bench.alarming() is alarm


# Power


def test_read_power_supply_tells_parasitic_from_external() -> None:
    for parasitic, answer in ((False, b"\xff"), (True, b"\x00")):
        bench = Bench("28", parasitic=parasitic)
        bench.master.select(bench.chip.rom, POWER)
        assert bench.master.read(1) == answer


def test_one_parasitic_chip_shows_among_many() -> None:
    bench = Bench("28")
    bench.wire.attach(make_slave("10", parasitic=True))
    bench.master.reset()
    bench.master.write(b"\xcc" + POWER)
    assert bench.wire.slot(1) == 0


@pytest.fixture(params=FAMILIES)
def parasitic_bench(request: pytest.FixtureRequest) -> Bench:
    return Bench(request.param, parasitic=True, temperature=30.0)


def is_at_power_on(bench: Bench) -> bool:
    return bench.scratchpad()[:2] in (b"\x50\x05", b"\xaa\x00")


def test_a_parasitic_chip_converts_under_strong_pullup(parasitic_bench: Bench) -> None:
    parasitic_bench.master.select(parasitic_bench.chip.rom)
    parasitic_bench.master.power(0x44, 0.75)
    assert not is_at_power_on(parasitic_bench)
    assert len(parasitic_bench.chip.history) == 1
    assert parasitic_bench.wire.counts.pullup_time == pytest.approx(0.75)
    assert parasitic_bench.chip.brown_outs == 0


def test_a_parasitic_chip_browns_out_without_strong_pullup(parasitic_bench: Bench) -> None:
    parasitic_bench.convert()
    assert is_at_power_on(parasitic_bench)
    assert parasitic_bench.chip.brown_outs == 1
    assert not parasitic_bench.chip.history


def test_a_parasitic_chip_browns_out_when_the_pullup_is_too_short(parasitic_bench: Bench) -> None:
    parasitic_bench.master.select(parasitic_bench.chip.rom)
    parasitic_bench.master.power(0x44, 0.7)
    parasitic_bench.clock.advance(1)
    assert is_at_power_on(parasitic_bench)
    assert parasitic_bench.chip.brown_outs == 1


def test_a_parasitic_chip_browns_out_when_somebody_talks_meanwhile(parasitic_bench: Bench) -> None:
    parasitic_bench.master.select(parasitic_bench.chip.rom, CONVERT)
    parasitic_bench.wire.strong_pullup(True)
    parasitic_bench.clock.advance(0.1)
    parasitic_bench.master.reset()
    assert parasitic_bench.chip.brown_outs == 1


def test_a_pullup_that_comes_after_another_slot_comes_too_late(parasitic_bench: Bench) -> None:
    parasitic_bench.master.select(parasitic_bench.chip.rom, CONVERT)
    parasitic_bench.wire.slot(1)
    parasitic_bench.wire.strong_pullup(True)
    parasitic_bench.clock.advance(0.75)
    assert is_at_power_on(parasitic_bench)


def test_a_parasitic_copy_needs_the_pullup_too(parasitic_bench: Bench) -> None:
    parasitic_bench.write(30, 10, 0x3F)
    parasitic_bench.master.select(parasitic_bench.chip.rom)
    parasitic_bench.master.power(0x48, 0.01)
    assert parasitic_bench.chip.eeprom[:2] == bytes((30, 10))
    parasitic_bench.write(31, 11, 0x3F)
    parasitic_bench.master.select(parasitic_bench.chip.rom, COPY)
    parasitic_bench.clock.advance(0.01)
    assert parasitic_bench.scratchpad()[2:4] == bytes((30, 10))
    assert parasitic_bench.chip.eeprom[:2] == bytes((30, 10))


def test_a_brown_out_ends_a_conversion_and_an_alarm(any_bench: Bench) -> None:
    any_bench.chip.set_limits(10, 15)
    any_bench.convert()
    assert any_bench.alarming()
    any_bench.master.select(any_bench.chip.rom, CONVERT)
    any_bench.chip.brown_out()
    assert any_bench.wire.slot(1) == 1
    any_bench.clock.advance(1)
    assert is_at_power_on(any_bench)
    assert not any_bench.alarming()
    assert len(any_bench.chip.history) == 1


# Trim registers and faults


def test_trim_registers_are_written_and_read_back(any_bench: Bench) -> None:
    for command, value in ((0x95, 0x9D), (0x63, 0xBA)):
        any_bench.master.select(any_bench.chip.rom, bytes((command, value)))
    for command, value in ((0x93, 0x9D), (0x68, 0xBA)):
        any_bench.master.select(any_bench.chip.rom, bytes((command,)))
        assert any_bench.master.read(1) == bytes((value,))


def test_so_many_scratchpads_are_spoiled_as_asked_for(any_bench: Bench) -> None:
    def crc_is_right() -> bool:
        any_bench.master.select(any_bench.chip.rom, SCRATCHPAD)
        return crc8(any_bench.master.read(9)) == 0

    any_bench.chip.spoiled_reads = 2
    assert [crc_is_right() for _ in range(4)] == [False, False, True, True]
    any_bench.chip.spoiled_reads = math.inf
    assert not any(crc_is_right() for _ in range(10))


def test_an_unknown_function_is_ignored(any_bench: Bench) -> None:
    any_bench.master.select(any_bench.chip.rom, b"\x77")
    assert any_bench.master.read(2) == b"\xff\xff"

"""Reading and writing the battery chips: numbers, flags, pins, thermocouples."""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import OutOfRangeError, VerifyError
from owfs_py.bus.onewire import OneWire
from owfs_py.emulator.ds27xx import DS2760, DS2770
from owfs_py.emulator.slave import Behaviour
from tests.bus.families.batterybench import MEASURING, WITH_PIN, BatteryBench

# Numbers


@pytest.mark.parametrize(
    ("code", "raw", "expected"),
    [  # the examples of the data sheets' registers: full scale, one step, one step below zero
        ("30", {"0c": "7fe0", "0e": "7ff8"}, {"volt": 4.99224, "vis": 0.0639844}),
        ("30", {"0e": "fff8", "18": "ffe0"}, {"vis": -15.625e-6, "temperature": -0.125}),
        ("30", {"10": "0001", "18": "7d00"}, {"volthours": 6.25e-6, "temperature": 125.0}),
        ("30", {"33": "80"}, {"vbias": -0.002, "currentbias": -0.08}),
        ("51", {"0e": "0008", "33": "01"}, {"vis": 15.625e-6, "vbias": 15.625e-6}),
        ("35", {"1a": "8000", "33": "7f"}, {"vis_avg": -0.063995904, "vbias": 0.00024765}),
        ("35", {"85": "f6"}, {"alarm_set": -10.0}),
        ("32", {"0e": "8000", "08": "0001"}, {"vis": -0.0512, "vis_avg": 1.5625e-6}),
        ("32", {"0a": "1900", "10": "ffff"}, {"temperature": 25.0, "volthours": 0.40959375}),
        ("3D", {"0c": "4000", "7b": "ff"}, {"volt": 4.99712, "vis_offset": -1.56e-6}),
        ("36", {"0e": "0001", "10": "8000"}, {"vis": 6.25e-6, "vis_B": 1.5625e-6,
                                             "volthours": -0.2048}),
        ("2E", {"0e": "0001", "32": "ff38"}, {"vis": 1.5625e-6, "vbias": -0.0003125}),
        ("2E", {"02": "ffff", "10": "fff0"}, {"timer": 1023.984375, "amphours": -0.004}),
    ],
)  # fmt: skip
def test_registers_are_numbers(code: str, raw: dict[str, str], expected: dict[str, float]) -> None:
    bench = BatteryBench(code)
    # What measures is switched off: the registers are what the test says.
    for quantity in ("VOLTAGE", "CURRENT", "AVERAGE", "TEMPERATURE"):
        setattr(bench.chip, quantity, None)
    for address, data in raw.items():
        at = int(address, 16)
        bench.chip.registers[at : at + len(data) // 2] = bytes.fromhex(data)
    assert bench.read(*expected) == pytest.approx(list(expected.values()))


@pytest.mark.parametrize("code", MEASURING)
def test_what_is_measured_is_read(code: str) -> None:
    bench = BatteryBench(code)
    bench.chip.volts, bench.chip.sense_volts, bench.chip.celsius = 3.7, 0.0125, -17.5
    volt, vis, celsius = bench.read("volt", "vis", "temperature")
    assert (volt, vis, celsius) == pytest.approx((3.7, 0.0125, -17.5), rel=0.002)


@pytest.mark.parametrize("code", ["2E", "30", "51"])
def test_amperes_are_those_of_25_milliohms(code: str) -> None:
    bench = BatteryBench(code)
    bench.chip.sense_volts = 0.025
    assert bench.read("current") == pytest.approx([1.0])
    bench.write("amphours", b"0.5")
    assert bench.read("amphours", "volthours") == pytest.approx([0.5, 0.0125])
    bench.write("currentbias", b"-0.02")
    assert bench.read("vbias") == pytest.approx([-0.0005])


@pytest.mark.parametrize(
    ("code", "name", "written", "address", "stored"),
    [
        ("30", "vbias", "0.0001", 0x33, "06"),
        ("51", "vbias", "-0.0001", 0x33, "fa"),
        ("35", "vbias", "0.0001", 0x33, "33"),
        ("32", "vbias", "0.0001", 0x61, "40"),
        ("3D", "vbias", "0.0001", 0x61, "40"),
        ("2E", "vbias", "0.0001", 0x32, "0040"),
        ("3D", "vis_offset", "-0.0001", 0x7B, "c0"),
        ("35", "alarm_set", "-10", 0x85, "f6"),
        ("30", "volthours", "-0.1", 0x10, "c180"),
        ("32", "volthours", "0.4", 0x10, "fa00"),
        ("2E", "timer", "1000.5", 0x02, "fa20"),
    ],
)
def test_numbers_are_written_rounded_toward_zero(
    code: str, name: str, written: str, address: int, stored: str
) -> None:
    bench = BatteryBench(code)
    bench.write(name, written.encode())
    wanted = bytes.fromhex(stored)
    assert bench.chip.registers[address : address + len(wanted)] == wanted
    if any(address in block for block in bench.chip.BLOCKS):
        assert bench.chip.eeprom[address : address + len(wanted)] == wanted


@pytest.mark.parametrize(
    ("code", "name", "written"),
    [
        ("30", "vbias", "0.002"),
        ("30", "volthours", "10"),
        ("30", "amphours", "9"),
        ("30", "vbias", "nan"),
        ("51", "currentbias", "inf"),
        ("32", "volthours", "-0.001"),
        ("3D", "vbias", "0.0002"),
        ("35", "alarm_set", "128"),
        ("2E", "timer", "-1"),
    ],
)
def test_what_does_not_fit_is_refused_and_not_sent(code: str, name: str, written: str) -> None:
    bench = BatteryBench(code)

    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        before = bench.wire.counts.snapshot()
        with pytest.raises(OutOfRangeError):
            await ow.write(bench.path(name), written.encode())
        assert bench.wire.counts == before

    bench.do(test)


class Counting(DS2760):
    """Its counter goes on while somebody looks."""

    pace = 1

    def function(self) -> Behaviour:
        counted = int.from_bytes(self._registers[0x10:0x12], "big") + self.pace
        self._registers[0x10:0x12] = counted.to_bytes(2, "big")
        yield from super().function()


@pytest.mark.parametrize(("pace", "fails"), [(1, False), (2, True)])
def test_a_counter_may_go_on_by_one_while_it_is_written(pace: int, fails: bool) -> None:
    bench = BatteryBench("30")
    chip = Counting(bench.chip.rom)
    chip.pace = pace
    bench.wire.detach(bench.chip)
    bench.wire.attach(chip)
    if fails:
        with pytest.raises(VerifyError):
            bench.write("volthours", b"0.1")
    else:
        bench.write("volthours", b"0.1")


def test_an_echo_error_does_not_rescale_what_is_written() -> None:
    bench = BatteryBench("30")

    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        # In the data of the first attempt: selection, command and address take 88 slots.
        bench.wire.faults.noisy_slots = {bench.wire.counts.slots + 90}
        before = bench.wire.counts.resets
        await ow.write(bench.path("amphours"), b"1")
        assert bench.wire.counts.resets == before + 3  # one in vain, writing, looking
        assert await ow.read_value(bench.path("amphours")) == pytest.approx(1.0)

    bench.do(test)


# Flags and pins


FLAGS = {
    "2E": {0x01: "cstat1 cstat0 pmod - - - cini ctype", 0x31: "- - defaultpmod - - - - -"},
    "30": {
        0x00: "ov uv coc doc cc dc ce de",
        0x01: "- - pmod - swen - - -",
        0x08: "ps - mstr - - - - -",
        0x31: "- - defaultpmod - defaultswen - - -",
    },
    "31": {0x00: "ov uv - doc cc dc ce de", 0x08: "psf - - - - - - ot"},
    "32": {0x01: "chgtf aef sef learnf - uvf porf -", 0x60: "nben uven pmod rnaop dc - - -"},
    "35": {
        0x01: "pie1 pie0 pmod rnaop uven ios uben ovd",
        0x08: "por - - - - - - -",
        0x31: "- - defaultpmod - - - - -",
    },
    "36": {0x01: "- smod - - - - - -"},
    "3D": {0x01: "- aef sef - - uvf porf -", 0x60: "- uven pmod - - - - -"},
    "51": {
        0x01: "- - pmod - uven - - -",
        0x08: "- - - - - - - por",
        0x31: "- - defaultpmod - - - - -",
    },
}


@pytest.mark.parametrize("code", FLAGS)
def test_each_flag_is_a_bit_of_its_own(code: str) -> None:
    bench = BatteryBench(code)
    names = [name for drawn in FLAGS[code].values() for name in drawn.split() if name != "-"]

    async def test(ow: OneWire) -> None:
        for address, drawn in FLAGS[code].items():
            for position, flag in enumerate(drawn.split()):
                for other in FLAGS[code]:
                    bench.chip.registers[other] = 0
                bench.chip.registers[address] = 0x80 >> position
                found = [
                    name for name in names if await ow.read_value(f"/uncached{bench.path(name)}")
                ]
                assert found == ([] if flag == "-" else [flag])

    bench.do(test)


@pytest.mark.parametrize(
    ("code", "name", "address", "on", "off"),
    [
        ("30", "ce", 0x00, 0xF2, 0xF0),
        ("32", "uven", 0x60, 0x60, 0x20),
        ("36", "smod", 0x01, 0x40, 0x00),
        ("30", "defaultswen", 0x31, 0x39, 0x31),
    ],
)
def test_writing_a_flag_leaves_the_others(
    code: str, name: str, address: int, on: int, off: int
) -> None:
    bench = BatteryBench(code)
    for data, byte in ((b"1", on), (b"0", off)):
        bench.write(name, data)
        assert bench.chip.registers[address] == byte
        assert bench.read(name) == [data == b"1"]


@pytest.mark.parametrize(
    ("code", "name", "data"), [("30", "cc", b"1"), ("32", "porf", b"1"), ("51", "uven", b"1")]
)
def test_a_flag_that_the_chip_does_not_let_be_changed_is_reported(
    code: str, name: str, data: bytes
) -> None:
    bench = BatteryBench(code)
    bench.write(name, b"0")
    with pytest.raises(VerifyError):
        bench.write(name, data)


def test_active_empty_of_a_ds2781_is_not_its_learn_flag() -> None:
    bench = BatteryBench("3D")
    bench.chip.registers[0x01] = 0x10
    assert bench.read("aef") == [False]
    bench.chip.registers[0x01] = 0x40
    assert bench.read("aef") == [True]


@pytest.mark.parametrize("slot", range(88, 96))
def test_noise_in_a_flag_that_is_read_changes_no_other(slot: int) -> None:
    bench = BatteryBench("30")

    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        bench.wire.faults.noisy_slots = {bench.wire.counts.slots + slot}
        await ow.write(bench.path("defaultswen"), b"1")
        assert bench.chip.eeprom[0x31] == 0x31 | 0x08

    bench.do(test)


@pytest.mark.parametrize("code", WITH_PIN)
def test_a_pin_conducts_as_written(code: str) -> None:
    bench = BatteryBench(code)
    for data, latches in ((b"1", 0), (b"1", 0), (b"0", 1)):
        bench.write("PIO", data)
        assert bench.chip.pins.latches == latches


@pytest.mark.parametrize("code", [code for code in WITH_PIN if code != "36"])
def test_writing_a_pin_is_seen_at_once(code: str) -> None:
    bench = BatteryBench(code)

    async def test(ow: OneWire) -> None:
        assert await ow.read_value(bench.path("sensed")) is True
        await ow.write(bench.path("PIO"), b"1")
        assert await ow.read_value(bench.path("sensed")) is False

    bench.do(test)


def test_an_error_on_the_way_does_not_invert_a_pin() -> None:
    bench = BatteryBench("30")

    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        # In the data of the first attempt to write, behind two readings and one selection.
        bench.wire.faults.noisy_slots = {bench.wire.counts.slots + 2 * 96 + 94}
        before = bench.wire.counts.resets
        await ow.write(bench.path("PIO"), b"1")
        assert (
            bench.wire.counts.resets == before + 5
        )  # reading twice, one in vain, writing, looking
        assert bench.chip.pins.latches == 0

    bench.do(test)


def test_a_pin_that_stays_high_is_reported() -> None:
    bench = BatteryBench("36")

    class Broken(type(bench.chip)):  # type: ignore[misc]  # the class of this very chip
        def store(self, address: int, byte: int) -> None:
            pass

    chip = Broken(bench.chip.rom)
    bench.wire.detach(bench.chip)
    bench.wire.attach(chip)
    with pytest.raises(VerifyError):
        bench.write("PIO", b"1")
    bench.write("PIO", b"0")
    chip.pins.pulled_up = 0
    assert bench.read("PIO") == [True]  # the level is all that there is


# Charging


def test_a_charger_obeys() -> None:
    bench = BatteryBench("2E")
    chip = bench.chip
    assert isinstance(chip, DS2770)

    async def test(ow: OneWire) -> None:
        states = []
        for data in (b"1", b"0"):
            await ow.write(bench.path("charge"), data)
            states.append([await ow.read_value(bench.path(bit)) for bit in ("cstat1", "cstat0")])
        assert states == [[False, True], [True, False]]
        bench.chip.registers[0x01] = 0
        await ow.write(bench.path("refresh"), b"0")  # the value does not matter
        assert chip.refreshed == 1
        assert await ow.read_value(bench.path("pmod")) is True

    bench.do(test)


# Thermocouples


@pytest.mark.parametrize("code", MEASURING)
def test_a_thermocouple_with_its_cold_end_at_the_chip(code: str) -> None:
    bench = BatteryBench(code)
    bench.chip.sense_volts, bench.chip.celsius = 0.010, 25.0
    found = bench.read("typeK/temperature", "typeJ/temperature", "typeB/temperature")
    # 10 mV and what the cold end is short of 0 °C: 1.000, 1.277, -0.003 mV by NIST's tables.
    assert found == pytest.approx([270.7, 208.9, 1491.2], abs=0.4)
    assert bench.read("typeK/range_low", "typeK/range_high") == [-270, 1370]


def test_a_voltage_that_no_thermocouple_gives_is_refused() -> None:
    bench = BatteryBench("30")
    bench.chip.sense_volts = -0.030
    with pytest.raises(OutOfRangeError):
        bench.read("typeK/temperature")

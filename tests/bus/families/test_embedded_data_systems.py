"""Reading and setting the sensors of Embedded Data Systems: models, values, alarms, the cache."""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import InvalidValueError, PathError
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.view import TemperatureScale, View
from owfs_py.emulator.embedded_data_systems import EDS0090
from tests.bus.families.edsbench import EdsBench

FAHRENHEIT = View(temperature_scale=TemperatureScale.FAHRENHEIT)
MODELS = ("EDS0064", "EDS0065", "EDS0066", "EDS0067", "EDS0068", "EDS0070", "EDS0071", "EDS0072",
          "EDS0080", "EDS0082", "EDS0083", "EDS0085", "EDS0090")  # fmt: skip


@pytest.mark.parametrize("model", MODELS)
def test_only_the_directory_of_its_model_is_listed(model: str) -> None:
    bench = EdsBench(model)

    async def test(ow: OneWire) -> None:
        entries = (await ow.dir(bench.device)).entries
        assert [entry for entry in entries if "/EDS" in entry] == [f"{bench.device}/{model}"]
        assert await ow.read_value(f"{bench.device}/device_type") == model
        assert await ow.read_value(f"{bench.device}/device_id") == int(model[3:], 16)
        assert await ow.read_value(f"{bench.device}/tag") == model.encode() + bytes(23)
        # Who knows the path can read the registers of another.
        await ow.read(f"{bench.device}/EDS0064/temperature")

    bench.run(test)


def test_a_model_that_nobody_knows_has_no_directory() -> None:
    bench = EdsBench("EDS0064")
    bench.chip.memory[0x1E] = 0x92

    async def test(ow: OneWire) -> None:
        entries = (await ow.dir(bench.device)).entries
        assert [entry for entry in entries if "/EDS" in entry] == []
        assert await ow.read_value(f"{bench.device}/device_type") == "EDS0092"

    bench.run(test)


def test_which_model_it_is_is_asked_once() -> None:
    bench = EdsBench("EDS0066")

    async def test(ow: OneWire) -> None:
        await ow.dir(bench.device)
        before = bench.wire.counts.resets
        await ow.dir(bench.path("threshold"))
        await ow.dir(bench.device)
        assert bench.wire.counts.resets == before

    bench.run(test)


@pytest.mark.parametrize(
    ("model", "name", "address", "registers", "value"),
    [
        ("EDS0068", "temperature", 0x22, "5e ff", -10.125),
        ("EDS0068", "humidity", 0x24, "25 03", 50.3125),
        ("EDS0068", "pressure", 0x2C, "00 aa 1f", 1013.25),
        ("EDS0068", "inHg", 0x2F, "5c ef 00", 29.919921875),
        ("EDS0068", "light", 0x32, "70 11 01", 70000),
        ("EDS0068", "counter/seconds", 0x3C, "00 00 00 80", 1 << 31),
        ("EDS0068", "threshold/temp_low", 0x43, "f6", -10),
        ("EDS0068", "threshold/pressure_hi", 0x4C, "00 f4 ff", -1.5),
        ("EDS0064", "set_alarm/alarm_function", 0x40, "9b c0", 0xC09B),
        ("EDS0070", "vib_level", 0x24, "ff ff", 65535),
        ("EDS0070", "vib_min", 0x2A, "e8 03", 1000),
        ("EDS0070", "threshold/vib_low", 0x46, "14 00", 20),
        ("EDS0071", "temperature", 0x22, "66 ca 00", 25.2998046875),
        ("EDS0072", "resistance", 0x25, "00 70 03", 110.0),
        ("EDS0072", "raw", 0x28, "01 02 03", 0x030201),
        ("EDS0072", "calibration/constant", 0x30, "01 02 03 04", 0x04030201),
        ("EDS0082", "volts.1", 0x32, "00 1c", 3.5),
        ("EDS0082", "max_volts.7", 0x5E, "ff ff", 31.99951171875),
        ("EDS0080", "current.2", 0x34, "00 a0", 0.02),
        ("EDS0083", "min_current.3", 0x46, "00 20", 0.004),
        ("EDS0090", "counter/pulses.1", 0x34, "01 00 00 01", 0x01000001),
    ],
)
def test_registers_are_numbers(
    model: str, name: str, address: int, registers: str, value: float
) -> None:
    bench = EdsBench(model)
    bench.chip.clock_runs = False
    data = bytes.fromhex(registers)
    bench.chip.memory[address : address + len(data)] = data
    assert bench.value(name) == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize(
    ("model", "name", "data", "address", "registers"),
    [
        ("EDS0068", "threshold/temp_hi", b"-10.7", 0x42, "f6"),
        ("EDS0068", "threshold/temp_hi", b"127", 0x42, "7f"),
        ("EDS0068", "threshold/pressure_low", b"25.3", 0x4F, "66 ca 00"),
        ("EDS0068", "threshold/pressure_low", b"-0.0001", 0x4F, "ff ff ff"),
        ("EDS0068", "threshold/light_hi", b"70000", 0x58, "70 11 01"),
        ("EDS0071", "threshold/temp_low", b"-1.5", 0x45, "00 f4 ff"),
        ("EDS0071", "user_byte", b"200", 0x41, "c8"),
        ("EDS0070", "threshold/vib_hi", b"1023", 0x44, "ff 03"),
        ("EDS0082", "threshold/volts_hi.1", b"3.5", 0x74, "00 1c"),
        ("EDS0083", "threshold/current_low.3", b"0.004", 0x7E, "00 20"),
        ("EDS0068", "relay/control", b"3", 0x5E, "03"),
        ("EDS0068", "LED/control", b"2", 0x5E, "08"),
        ("EDS0068", "LED/state", b"1", 0x5F, "02"),
        ("EDS0085", "relay/state", b"1", 0x9F, "01"),
        ("EDS0068", "set_alarm/light_low", b"1", 0x40, "00 80"),
        ("EDS0071", "set_alarm/resistance__hi", b"1", 0x40, "04"),
        ("EDS0072", "set_alarm/RTD_low", b"1", 0x40, "08"),
        ("EDS0082", "set_alarm/volts_hi.BYTE", b"5", 0x9A, "11 00"),
        ("EDS0090", "set_alarm/low.7", b"1", 0x50, "00 80"),
        ("EDS0090", "output/set.BYTE", b"165", 0x5C, "a5"),
    ],
)
def test_numbers_are_written_to_registers(
    model: str, name: str, data: bytes, address: int, registers: str
) -> None:
    bench = EdsBench(model)
    bench.write(name, data)
    assert bench.registers(address, len(registers.split())) == registers


@pytest.mark.parametrize(
    ("model", "name", "data"),
    [
        ("EDS0068", "threshold/temp_hi", b"128"),
        ("EDS0068", "threshold/temp_hi", b"nan"),
        ("EDS0068", "threshold/humidex_low", b"-129"),
        ("EDS0066", "threshold/pressure_hi", b"4096"),
        ("EDS0066", "threshold/pressure_hi", b"inf"),
        ("EDS0067", "threshold/light_hi", b"16777216"),
        ("EDS0067", "threshold/light_hi", b"-1"),
        ("EDS0070", "threshold/vib_hi", b"65536"),
        ("EDS0071", "delay", b"256"),
        ("EDS0082", "threshold/volts_low.0", b"-1"),
        ("EDS0080", "threshold/current_hi.0", b"0.032"),
        ("EDS0064", "relay/control", b"4"),
        ("EDS0064", "relay_state", b"300"),
        ("EDS0090", "set_alarm/alarm_function", b"65536"),
    ],
)
def test_a_number_that_does_not_fit_is_refused(model: str, name: str, data: bytes) -> None:
    bench = EdsBench(model)
    bench.chip.clock_runs = False
    before = bytes(bench.chip.memory)
    with pytest.raises(InvalidValueError):
        bench.write(name, data)
    assert bench.chip.memory == before


def test_vibration_is_no_temperature() -> None:
    bench = EdsBench("EDS0070")
    bench.chip.put(bench.chip.QUANTITIES["vibration"].high, 100)

    async def test(ow: OneWire) -> None:
        path = bench.path("threshold/vib_hi")
        assert (await ow.read(path, view=FAHRENHEIT)).data.strip() == b"100"
        await ow.write(path, b"212", view=FAHRENHEIT)
        assert bench.registers(0x44, 2) == "d4 00"
        # As in owserver's own /structure.
        row = (await ow.read("/structure/7E/EDS0070/threshold/vib_hi")).data
        assert row == b"t,000000,000001,rw,000012,s,"

    bench.run(test)


def test_a_temperature_is_in_the_client_s_scale() -> None:
    bench = EdsBench("EDS0064")
    bench.chip.measure("temperature", 21.5)

    async def test(ow: OneWire) -> None:
        assert (await ow.read(bench.path("temperature"), view=FAHRENHEIT)).data.strip() == b"70.7"
        await ow.write(bench.path("threshold/temp_hi"), b"77", view=FAHRENHEIT)
        assert bench.registers(0x42, 1) == "19"

    bench.run(test)


# Alarms


def test_alarms_of_all_quantities_are_in_one_register() -> None:
    bench = EdsBench("EDS0068")
    bench.chip.memory[0x36] = 0xFF  # where other models have theirs
    bench.chip.put(bench.chip.ALARMS, 0b1000_0000_0000_0010)

    async def test(ow: OneWire) -> None:
        before = bench.wire.counts.resets
        names = ("temp_hi", "temp_low", "light_hi", "light_low")
        alarms = [await ow.read_value(bench.path(f"alarm/{name}")) for name in names]
        assert alarms == [False, True, False, True]
        # After a search for the device they share one reading.
        assert bench.wire.counts.resets <= before + 2

    bench.run(test)


def test_the_alarms_of_a_thermometer() -> None:
    bench = EdsBench("EDS0072")
    bench.chip.memory[0x36] = 0b1001
    names = ("alarm/temp_hi", "alarm/temp_low", "alarm/RTD_hi", "alarm/RTD_low")

    async def test(ow: OneWire) -> list[object]:
        return [await ow.read_value(bench.path(name)) for name in names]

    assert bench.run(test) == [True, False, False, True]


def test_the_alarms_of_a_meter_alternate() -> None:
    bench = EdsBench("EDS0082")
    bench.chip.put(bench.chip.ALARMS, 0x0196)

    async def test(ow: OneWire) -> None:
        assert await ow.read_value(bench.path("alarm/volts_hi.BYTE")) == 22
        assert await ow.read_value(bench.path("alarm/volts_low.BYTE")) == 9
        await ow.write(bench.path("set_alarm/volts_hi.BYTE"), b"5")
        await ow.write(bench.path("set_alarm/volts_low.2"), b"1")
        assert bench.registers(0x9A, 2) == "31 00"
        assert await ow.read_value(bench.path("set_alarm/volts_hi.BYTE")) == 5
        assert await ow.read_value(bench.path("set_alarm/alarm_function")) == 0x31

    bench.run(test)


def test_each_channel_of_an_eds0090_has_two_alarms() -> None:
    bench = EdsBench("EDS0090")
    assert isinstance(bench.chip, EDS0090)
    bench.chip.set_inputs(0b1000_0001)

    async def test(ow: OneWire) -> None:
        assert await ow.read_value(bench.path("alarm/hi.BYTE")) == 0b1000_0001
        assert await ow.read_value(bench.path("alarm/low.BYTE")) == 0b0111_1110
        await ow.write(bench.path("set_alarm/hi.BYTE"), b"255")
        await ow.write(bench.path("set_alarm/low.3"), b"1")
        assert await ow.read_value(bench.path("set_alarm/hi.BYTE")) == 255
        assert await ow.read_value(bench.path("set_alarm/low.BYTE")) == 8

    bench.run(test)


def test_who_is_in_alarm_is_listed_until_it_is_cleared() -> None:
    bench = EdsBench("EDS0065", "EDS0065")

    async def test(ow: OneWire) -> None:
        await ow.write(bench.path("threshold/humidity_hi"), b"60")
        await ow.write(bench.path("set_alarm/humidity_hi"), b"1")
        bench.chip.measure("humidity", 61)
        assert (await ow.dir("/alarm")).entries == [f"/alarm{bench.device}"]
        assert await ow.read_value(bench.path("alarm/humidity_hi")) is True
        await ow.write(bench.path("alarm/clear"), b"0")
        assert (await ow.dir("/alarm")).entries != []
        await ow.write(bench.path("alarm/clear"), b"1")
        assert (await ow.dir("/alarm")).entries == []
        assert await ow.read_value(bench.path("alarm/humidity_hi")) is False

    bench.run(test)


# Inputs and outputs


def test_inputs_are_looked_at_every_time() -> None:
    bench = EdsBench("EDS0090")
    chip = bench.chip
    assert isinstance(chip, EDS0090)

    async def test(ow: OneWire) -> None:
        assert await ow.read_value(bench.path("input.BYTE")) == 0
        chip.set_inputs(0b11)
        assert await ow.read_value(bench.path("input.BYTE")) == 0b11
        assert await ow.read_value(bench.path("latch/state.BYTE")) == 0b11

    bench.run(test)


def test_counters_and_latches_are_reset_one_by_one() -> None:
    bench = EdsBench("EDS0090")
    chip = bench.chip
    assert isinstance(chip, EDS0090)
    chip.set_inputs(0b11)

    async def test(ow: OneWire) -> None:
        assert (await ow.read_value(bench.path("counter/pulses.ALL")))[:3] == [1, 1, 0]
        await ow.write(bench.path("counter/reset.0"), b"1")
        assert (await ow.read_value(bench.path("counter/pulses.ALL")))[:3] == [0, 1, 0]
        await ow.write(bench.path("latch/reset.1"), b"1")
        assert await ow.read_value(bench.path("latch/state.BYTE")) == 0b01

    bench.run(test)


def test_one_output_leaves_the_others() -> None:
    bench = EdsBench("EDS0090")

    async def test(ow: OneWire) -> None:
        await ow.write(bench.path("output/set.BYTE"), b"5")
        await ow.write(bench.path("output/set.1"), b"1")
        assert await ow.read_value(bench.path("output/set.BYTE")) == 7
        assert await ow.read_value(bench.path("output/off.BYTE")) == 7

    bench.run(test)


# What is kept, and what a write makes fresh


def test_a_flag_that_somebody_else_set_stays() -> None:
    bench = EdsBench("EDS0068")

    async def test(ow: OneWire) -> None:
        assert await ow.read_value(bench.path("set_alarm/temp_hi")) is False
        bench.chip.put(bench.chip.SEARCHED, 0x80)
        await ow.write(bench.path("set_alarm/temp_hi"), b"1")
        assert bench.registers(0x40, 2) == "81 00"

    bench.run(test)


def test_what_was_set_is_seen_at_once_by_all_its_names() -> None:
    bench = EdsBench("EDS0064")

    async def test(ow: OneWire) -> None:
        names = ("LED/control", "relay/control", "relay_function", "LED/state", "relay_state")
        assert [await ow.read_value(bench.path(name)) for name in names] == [0, 0, 0, False, 0]
        await ow.write(bench.path("LED/control"), b"2")
        await ow.write(bench.path("relay_state"), b"2")
        assert [await ow.read_value(bench.path(name)) for name in names] == [2, 0, 8, True, 2]

    bench.run(test)


def test_a_limit_is_kept_until_it_or_the_memory_is_written() -> None:
    bench = EdsBench("EDS0085")
    limit = bench.path("threshold/volts_hi.0")

    async def test(ow: OneWire) -> None:
        await ow.write(limit, b"3")
        assert await ow.read_value(limit) == 3
        bench.chip.put(bench.chip.QUANTITIES["0"].high, 5)
        assert await ow.read_value(limit) == 3
        await ow.write(bench.path("memory"), b"\x00\x20", offset=0x70)
        assert await ow.read_value(limit) == 4
        await ow.write(bench.path("pages/page.3"), b"\x00\x10", offset=0x10)
        assert await ow.read_value(limit) == 2

    bench.run(test)


def test_a_name_with_a_blank_at_its_end_is_known_without_it() -> None:
    bench = EdsBench("EDS0067")
    listed, plain = bench.path("threshold/light_hi "), bench.path("threshold/light_hi")

    async def test(ow: OneWire) -> None:
        for written, read in ((listed, plain), (plain, listed)):
            for lux in (70000, 3):
                await ow.write(written, str(lux).encode())
                assert await ow.read_value(read) == lux
        entries = (await ow.dir(bench.path("threshold"))).entries
        assert listed in entries
        assert plain not in entries

    bench.run(test)


def test_a_meter_has_a_threshold_for_each_channel() -> None:
    bench = EdsBench("EDS0085")

    async def test(ow: OneWire) -> None:
        await ow.write(bench.path("threshold/volts_low.ALL"), b"1,2,3,4")
        assert await ow.read_value(bench.path("threshold/volts_low.ALL")) == [1, 2, 3, 4]
        with pytest.raises(PathError):
            await ow.write(bench.path("threshold/volts_low.4"), b"1")

    bench.run(test)

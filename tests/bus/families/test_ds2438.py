"""Reading and writing a DS2438: measurements, pages, sensors at its inputs."""

from __future__ import annotations

import asyncio

import pytest

from owfs_py.bus.errors import (
    CrcError,
    InvalidValueError,
    NotSupportedError,
    VerifyError,
)
from owfs_py.bus.onewire import OneWire
from owfs_py.emulator.ds2438 import DS2438
from owfs_py.emulator.slave import Behaviour
from tests.bus.bench import Bench


@pytest.fixture
def bench() -> Bench:
    return Bench("26")


def chip(bench: Bench) -> DS2438:
    found = next(slave for slave in bench.slaves if isinstance(slave, DS2438))
    assert isinstance(found, DS2438)
    return found


def path(bench: Bench, name: str) -> str:
    return f"/{chip(bench).rom}/{name}"


@pytest.mark.parametrize("celsius", [125.0, 23.53125, 0.0, -0.03125, -55.0])
def test_temperature(bench: Bench, celsius: float) -> None:
    chip(bench).temperature = celsius

    async def test(ow: OneWire) -> None:
        assert await ow.read_value(path(bench, "temperature")) == celsius
        assert await ow.read_value(path(bench, "latesttemp")) == celsius

    bench.run(test)


@pytest.mark.parametrize("family", ["26", "1E"])
def test_voltages_of_both_inputs_in_any_order(family: str) -> None:
    bench = Bench(family)
    chip(bench).vdd, chip(bench).vad, chip(bench).vsense = 4.93, 2.17, -0.02

    async def test(ow: OneWire) -> None:
        for name, volts in [("VDD", 4.93), ("VAD", 2.17), ("VDD", 4.93), ("vis", -0.0200162)]:
            value = await ow.read_value(f"/uncached{path(bench, name)}")
            assert value == pytest.approx(volts, abs=1e-7)

    bench.run(test)


def test_voltages_asked_for_at_the_same_time_are_not_mixed_up(bench: Bench) -> None:
    chip(bench).vdd, chip(bench).vad = 4.93, 2.17

    async def test(ow: OneWire) -> None:
        names = ["VDD", "VAD", "temperature"] * 3
        reads = (ow.read_value(f"/uncached{path(bench, name)}") for name in names)
        values = await asyncio.gather(*reads)
        assert values == pytest.approx([4.93, 2.17, 20.0] * 3)

    bench.run(test)


def test_current_is_refused_while_it_is_not_measured(bench: Bench) -> None:
    async def test(ow: OneWire) -> None:
        await ow.write(path(bench, "IAD"), b"0")
        with pytest.raises(InvalidValueError):
            await ow.read(path(bench, "vis"))

    bench.run(test)


def test_it_shares_the_conversion_of_the_thermometers() -> None:
    bench = Bench("26,28")
    chip(bench).temperature = 31.5

    async def test(ow: OneWire) -> None:
        thermometer = bench.thermometers[0]
        thermometer.sixteenths = 333
        await ow.dir("/")
        await ow.read(f"/{thermometer.rom}/temperature")
        before = bench.wire.counts.conversions
        assert await ow.read_value(path(bench, "temperature")) == 31.5
        assert bench.wire.counts.conversions == before

    bench.run(test)


def test_reading_it_first_does_not_disturb_the_thermometers() -> None:
    bench = Bench("26,28")

    async def test(ow: OneWire) -> None:
        thermometer = bench.thermometers[0]
        thermometer.sixteenths = 333
        await ow.dir("/")
        await ow.read(path(bench, "temperature"))
        assert await ow.read_value(f"/{thermometer.rom}/temperature") == 333 / 16
        assert [entry.sixteenths for entry in thermometer.history] == [333]

    bench.run(test)


def test_convert_v_is_not_taken_for_parasitic_power() -> None:
    bench = Bench("26,28,28")

    async def test(ow: OneWire) -> None:
        first, second = bench.thermometers
        await ow.dir("/")
        await ow.read(f"/{first.rom}/temperature")
        await ow.read(f"/{second.rom}/temperature")
        assert [len(each.history) for each in (first, second)] == [1, 1]
        assert bench.wire.counts.pullup_time == 0

    bench.run(test)


def test_beside_parasitic_thermometers_it_converts_alone() -> None:
    bench = Bench("26,28", parasitic=True)

    async def test(ow: OneWire) -> None:
        assert await ow.read_value(path(bench, "temperature")) == 20
        assert bench.thermometers[0].history == []
        await ow.read(f"/{bench.thermometers[0].rom}/temperature")
        assert bench.thermometers[0].brown_outs == 0

    bench.run(test)


def test_simultaneous_temperature_converts_it(bench: Bench) -> None:
    chip(bench).temperature = 40.0

    async def test(ow: OneWire) -> None:
        await ow.write("/simultaneous/temperature", b"1")
        before = bench.wire.counts.conversions
        assert await ow.read_value(path(bench, "temperature")) == 40
        assert bench.wire.counts.conversions == before

    bench.run(test)


def test_flags_are_kept_in_the_eeprom_and_leave_each_other(bench: Bench) -> None:
    async def test(ow: OneWire) -> None:
        await ow.write(path(bench, "CA"), b"0")
        chip(bench).brown_out()
        flags = [await ow.read_value(path(bench, name)) for name in ("IAD", "CA", "EE")]
        assert flags == [True, False, True]
        assert chip(bench).memory[0][0] == 0x0D

    bench.run(test)


def test_pages_are_written_in_parts(bench: Bench) -> None:
    async def test(ow: OneWire) -> None:
        await ow.write(path(bench, "pages/page.5"), b"12345678")
        await ow.write(path(bench, "pages/page.5"), b"abc", offset=2)
        assert chip(bench).memory[5] == b"12abc678"
        assert (await ow.read(path(bench, "pages/page.5"), size=4, offset=1)).data == b"2abc"
        assert len((await ow.read(path(bench, "pages/page.ALL"))).data) == 64

    bench.run(test)


class Forgetful(DS2438):
    """Its scratchpad loses a bit."""

    def _write_scratchpad(self) -> Behaviour:
        try:
            yield from DS2438._write_scratchpad(self)
        finally:
            self.scratchpad[5][3] &= ~0x10

    functions = DS2438.functions | {0x4E: _write_scratchpad}


def test_a_scratchpad_that_differs_is_not_copied(bench: Bench) -> None:
    rom = chip(bench).rom
    bench.wire.detach(chip(bench))
    forgetful = Forgetful(rom)
    bench.wire.attach(forgetful)

    async def test(ow: OneWire) -> None:
        with pytest.raises(VerifyError):
            await ow.write(f"/{rom}/pages/page.5", b"\xff" * 8)
        assert forgetful.memory[5] == bytes(8)

    bench.run(test)


def test_a_page_with_a_wrong_crc_is_never_served(bench: Bench) -> None:
    async def test(ow: OneWire) -> None:
        await ow.present(path(bench, "vis"))
        start = bench.wire.counts.slots
        # Recall (72 + 16), then select, command and page (72 + 16): the first byte read.
        bench.wire.faults.noisy_slots = {start + 180 + n * 248 for n in range(3)}
        with pytest.raises(CrcError):
            await ow.read(path(bench, "pages/page.3"))

    bench.run(test)


def test_clock_and_times_as_seconds_and_as_dates(bench: Bench) -> None:
    async def test(ow: OneWire) -> None:
        await ow.write(path(bench, "udate"), b"1000000000")
        await asyncio.sleep(100)
        assert await ow.read_value(path(bench, "udate")) == 1000000100
        assert await ow.read_value(path(bench, "date")) == 1000000100
        await ow.write(path(bench, "endcharge/udate"), b"4294967295")
        await ow.write(path(bench, "disconnect/udate"), b"77777")
        assert await ow.read_value(path(bench, "endcharge/udate")) == 4294967295
        assert await ow.read_value(path(bench, "disconnect/date")) == 77777

    bench.run(test)


@pytest.mark.parametrize("offset", [0, 17, 255, -3, -256])
def test_offset_is_signed_and_current_is_measured_again_afterwards(
    bench: Bench, offset: int
) -> None:
    async def test(ow: OneWire) -> None:
        await ow.write(path(bench, "offset"), str(offset).encode())
        assert await ow.read_value(path(bench, "offset")) == offset
        assert await ow.read_value(path(bench, "IAD")) is True

    bench.run(test)


@pytest.mark.parametrize("offset", [256, -257])
def test_an_offset_out_of_range_is_refused(bench: Bench, offset: int) -> None:
    async def test(ow: OneWire) -> None:
        with pytest.raises(InvalidValueError):
            await ow.write(path(bench, "offset"), str(offset).encode())

    bench.run(test)


# The formulas of the data sheets, worked out by hand for 23.5 °C, VAD 2.17 V, VDD 4.93 V.
@pytest.mark.parametrize(
    ("name", "percent"),
    [
        ("humidity", 44.6496),
        ("HIH3600/humidity", 44.6496),
        ("HIH4000/humidity", 45.0146),
        ("HIH5030/humidity", 45.2135),
        ("HTM1735/humidity", 42.4764),
    ],
)
def test_humidity(bench: Bench, name: str, percent: float) -> None:
    found = chip(bench)
    found.vdd, found.vad, found.temperature = 4.93, 2.17, 23.5

    async def test(ow: OneWire) -> None:
        assert await ow.read_value(path(bench, name)) == pytest.approx(percent, abs=1e-4)

    bench.run(test)


def test_without_supply_there_is_no_humidity(bench: Bench) -> None:
    chip(bench).vdd = 0.0

    async def test(ow: OneWire) -> None:
        with pytest.raises(InvalidValueError):
            await ow.read(path(bench, "HIH4000/humidity"))

    bench.run(test)


@pytest.mark.parametrize(
    ("mark", "name"), [(0x00, "MS-T"), (0x19, "MS-TH"), (0x1D, "MS-TW"), (0x55, "unknown")]
)
def test_multisensor_type(bench: Bench, mark: int, name: str) -> None:
    chip(bench).memory[3][0] = mark

    async def test(ow: OneWire) -> None:
        assert await ow.read_value(path(bench, "MultiSensor/type")) == name

    bench.run(test)


def test_boards_have_a_calibration_from_the_factory_and_of_their_own(bench: Bench) -> None:
    found = chip(bench)
    found.vad, found.vsense = 2.0, 0.0123

    async def test(ow: OneWire) -> None:
        async def value(name: str) -> float:
            return float(await ow.read_value(path(bench, name)))

        assert await value("B1-R1-A/pressure") == pytest.approx(2.0 * 1000 / 46 + 904.7)
        await ow.write(path(bench, "B1-R1-A/gain"), b"25.5")
        await ow.write(path(bench, "B1-R1-A/offset"), b"-12.3")
        assert await value("B1-R1-A/pressure") == pytest.approx(2.0 * 25.5 - 12.3)
        assert await value("S3-R1-A/gain") == pytest.approx(1000 / 9.5)
        await ow.write(path(bench, "S3-R1-A/gain"), b"7.3")
        current = await value("S3-R1-A/current")
        assert current == pytest.approx(50 * 0.0002441 / 390 * 1e6)
        assert await value("S3-R1-A/illuminance") == pytest.approx(current * 7.3)
        assert await value("S3-R1-A/gain") == pytest.approx(7.3)

    bench.run(test)


@pytest.mark.parametrize(
    ("name", "value"),
    [("B1-R1-A/gain", "32.768"), ("B1-R1-A/offset", "-1638.4"), ("S3-R1-A/gain", "-0.1"),
     ("S3-R1-A/gain", "nan")],
)  # fmt: skip
def test_calibrations_that_cannot_be_stored_are_refused(
    bench: Bench, name: str, value: str
) -> None:
    async def test(ow: OneWire) -> None:
        with pytest.raises(InvalidValueError):
            await ow.write(path(bench, name), value.encode())

    bench.run(test)


def test_darkness_is_one_lux(bench: Bench) -> None:
    async def test(ow: OneWire) -> None:
        assert await ow.read_value(path(bench, "S3-R1-A/illuminance")) == 1.0

    bench.run(test)


def test_a_datanab_is_known_by_its_mark(bench: Bench) -> None:
    found = chip(bench)
    found.memory[3][:] = b"HUMIDIT3"
    found.memory[6][:] = bytes.fromhex("aaaa1f400c1c0000")  # offset 0.8, slope 0.031
    found.memory[0][0] = 0
    found.vad, found.vsense, found.temperature = 5.0, 0.12, 25.0

    async def test(ow: OneWire) -> None:
        entries = (await ow.dir(f"/{found.rom}")).entries
        assert f"/{found.rom}/DATANAB" in entries
        raw = round(0.12 / 0.0002441) * 0.0002441
        percent = (raw / 5.0 * 85.65 - 0.8) / 0.031 / (1.0546 - 0.00216 * 25)
        value = await ow.read_value(path(bench, "DATANAB/humidity"))
        assert value == pytest.approx(percent)
        assert await ow.read_value(path(bench, "humidity")) == pytest.approx(percent)
        assert await ow.read_value(path(bench, "IAD")) is True

    bench.run(test)


def test_others_are_no_datanab(bench: Bench) -> None:
    async def test(ow: OneWire) -> None:
        assert path(bench, "DATANAB") not in (await ow.dir(f"/{chip(bench).rom}")).entries
        with pytest.raises(NotSupportedError):
            await ow.read(path(bench, "DATANAB/humidity"))
        with pytest.raises(NotSupportedError):
            await ow.write(path(bench, "DATANAB/reset"), b"1")

    bench.run(test)

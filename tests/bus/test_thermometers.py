"""Reading and writing 10, 22 and 28: values, power, resolution, EEPROM, faults of chip and line."""

from __future__ import annotations

import asyncio
import math

import pytest

from owfs_py.bus.errors import (
    CrcError,
    DeviceGoneError,
    InvalidValueError,
    NotSupportedError,
    PathError,
    PowerOnValueError,
    VerifyError,
)
from owfs_py.bus.onewire import OneWire
from owfs_py.emulator.registry import make_slave
from tests.bus.bench import Bench, degrees

# Temperature and register of the DS18B20 data sheet's table "Temperature/Data Relationship".
DATA_SHEET = [
    (2000, 0x07D0),
    (1360, 0x0550),
    (401, 0x0191),
    (162, 0x00A2),
    (8, 0x0008),
    (0, 0x0000),
    (-8, 0xFFF8),
    (-162, 0xFF5E),
    (-401, 0xFE6F),
    (-880, 0xFC90),
]


@pytest.mark.parametrize(("sixteenths", "register"), DATA_SHEET)
@pytest.mark.parametrize("family", ["22", "28"])
def test_temperatures_of_the_data_sheet(family: str, sixteenths: int, register: int) -> None:
    bench = Bench(family)
    bench.thermometers[0].sixteenths = sixteenths

    async def test(ow: OneWire) -> None:
        device = (await ow.dir("/")).entries[0]
        assert await degrees(ow, f"{device}/temperature") == sixteenths / 16
        scratchpad = (await ow.read(f"{device}/scratchpad")).data
        assert int.from_bytes(scratchpad[:2], "little") == register

    bench.run(test)


@pytest.mark.parametrize("sixteenths", [0, 1, 5, 8, 401, -1, -8, -401, -880, 2000])
def test_extended_resolution_of_the_ds18s20(sixteenths: int) -> None:
    bench = Bench("10")
    bench.thermometers[0].sixteenths = sixteenths

    async def test(ow: OneWire) -> None:
        device = (await ow.dir("/")).entries[0]
        assert await degrees(ow, f"{device}/temperature") == sixteenths / 16

    bench.run(test)


@pytest.mark.parametrize(
    ("name", "step", "longest"),
    [
        ("temperature9", 8, 0.09375),
        ("fasttemp", 8, 0.09375),
        ("temperature10", 4, 0.1875),
        ("temperature11", 2, 0.375),
        ("temperature12", 1, 0.75),
        ("temperature", 1, 0.75),
    ],
)
def test_each_resolution_has_its_step_and_time(name: str, step: int, longest: float) -> None:
    bench = Bench("28")
    bench.thermometers[0].sixteenths = 327

    async def test(ow: OneWire) -> None:
        device = (await ow.dir("/")).entries[0]
        await ow.read(f"{device}/{name}")  # sets the resolution
        began = ow.clock.now()
        assert await degrees(ow, f"/uncached{device}/{name}") == (327 // step * step) / 16
        # A 64th of it may be spent waiting for others.
        assert longest <= ow.clock.now() - began + 1e-9 <= longest * 1.02

    bench.run(test)


def test_parasitic_sensors_are_fed_while_they_convert_and_copy() -> None:
    bench = Bench("28,28,10", parasitic=True)
    for number, sensor in enumerate(bench.thermometers):
        sensor.temperature = 10.0 + number

    async def test(ow: OneWire) -> None:
        devices = (await ow.dir("/")).entries
        values = await asyncio.gather(*(degrees(ow, f"{d}/temperature") for d in devices))
        assert sorted(values) == [10.0, 11.0, 12.0]
        for device in devices:
            await ow.write(f"{device}/temphigh", b"44")
            assert await degrees(ow, f"{device}/temphigh") == 44
            assert (await ow.read(f"{device}/power")).data == b"0"

    bench.run(test)
    for sensor in bench.thermometers:
        assert sensor.eeprom[0] == 44
        assert sensor.brown_outs == 0


def test_a_mixed_bus_feeds_only_who_needs_it() -> None:
    bench = Bench("28,28,28")
    bench.thermometers[1].parasitic = True
    for number, sensor in enumerate(bench.thermometers):
        sensor.temperature = 20.0 + number

    async def test(ow: OneWire) -> None:
        devices = (await ow.dir("/")).entries
        values = await asyncio.gather(*(degrees(ow, f"{d}/temperature") for d in devices))
        assert sorted(values) == [20.0, 21.0, 22.0]

    bench.run(test)
    assert [sensor.brown_outs for sensor in bench.thermometers] == [0, 0, 0]
    assert bench.wire.counts.pullup_time == pytest.approx(0.75, rel=0.05)


def test_a_brown_out_is_converted_once_more_and_never_served() -> None:
    bench = Bench("28")
    sensor = bench.thermometers[0]
    sensor.temperature = 21.5

    async def test(ow: OneWire) -> None:
        device = (await ow.dir("/")).entries[0]
        reading = asyncio.ensure_future(degrees(ow, f"{device}/temperature"))
        await asyncio.sleep(0.3)
        sensor.brown_out()
        assert await reading == 21.5
        assert (await ow.read(f"{device}/latesttemp")).data.strip() == b"21.5"

    bench.run(test)


def test_a_sensor_that_loses_power_again_and_again_is_an_error() -> None:
    bench = Bench("28")
    sensor = bench.thermometers[0]

    async def test(ow: OneWire) -> None:
        device = (await ow.dir("/")).entries[0]
        reading = asyncio.ensure_future(ow.read(f"{device}/temperature"))
        while not reading.done():
            sensor.brown_out()
            await asyncio.sleep(0.05)
        with pytest.raises(PowerOnValueError):
            await reading

    bench.run(test)


def test_a_true_85_degrees_is_a_measurement() -> None:
    bench = Bench("28,22")
    for sensor in bench.thermometers:
        sensor.temperature = 85.0

    async def test(ow: OneWire) -> None:
        before = bench.thermometers[0].wire.counts.snapshot()
        for device in (await ow.dir("/")).entries:
            assert await degrees(ow, f"{device}/temperature") == 85.0
        assert (bench.wire.counts - before).conversions == 2  # one command, two sensors

    bench.run(test)


def test_power_that_fails_turns_to_feeding_by_the_line() -> None:
    bench = Bench("28,28")
    sensor = bench.thermometers[0]

    async def test(ow: OneWire) -> None:
        devices = (await ow.dir("/")).entries
        for device in devices:
            await ow.read(f"{device}/temperature")
        for slave in bench.thermometers:
            slave.parasitic = True
        sensor.temperature = 33.0
        path = f"/uncached/{sensor.rom}/temperature"
        assert await degrees(ow, path) == 33.0

    bench.run(test)


def test_a_wrong_crc_is_read_again_alone() -> None:
    bench = Bench("28,28")
    sensor = bench.thermometers[0]
    sensor.temperature = 19.25

    async def test(ow: OneWire) -> None:
        devices = (await ow.dir("/")).entries
        sensor.spoiled_reads = 2
        before = bench.wire.counts.snapshot()
        await asyncio.gather(*(ow.read(f"{d}/temperature") for d in devices))
        assert (bench.wire.counts - before).conversions == 2
        assert await degrees(ow, f"/{sensor.rom}/temperature") == 19.25

    bench.run(test)


def test_a_crc_that_is_always_wrong_is_an_error_and_nothing_is_kept() -> None:
    bench = Bench("28")
    sensor = bench.thermometers[0]

    async def test(ow: OneWire) -> None:
        device = (await ow.dir("/")).entries[0]
        sensor.spoiled_reads = math.inf
        with pytest.raises(CrcError):
            await ow.read(f"{device}/temperature")
        sensor.spoiled_reads = 0
        sensor.temperature = 7.5
        assert await degrees(ow, f"/uncached{device}/temperature") == 7.5

    bench.run(test)


@pytest.mark.parametrize(
    ("written", "stored"), [(b"33", 33), (b"-5.7", -5), (b" 12.9", 12), (b"-55", -55)]
)
def test_limits_are_written_to_the_eeprom(written: bytes, stored: int) -> None:
    bench = Bench("10,22,28")

    async def test(ow: OneWire) -> None:
        for device in (await ow.dir("/")).entries:
            assert await ow.write(f"{device}/temphigh", written) == len(written)
            await ow.write(f"{device}/templow", b"-10")
            assert await degrees(ow, f"{device}/temphigh") == stored
            assert await degrees(ow, f"{device}/templow") == -10

    bench.run(test)
    for sensor in bench.thermometers:
        assert [byte - 256 * (byte > 127) for byte in sensor.eeprom[:2]] == [stored, -10]


@pytest.mark.parametrize("written", [b"128", b"-129", b"200", b"nan", b"inf"])
def test_a_limit_that_the_register_cannot_hold_is_refused(written: bytes) -> None:
    bench = Bench("28")

    async def test(ow: OneWire) -> None:
        device = (await ow.dir("/")).entries[0]
        with pytest.raises(InvalidValueError):
            await ow.write(f"{device}/temphigh", written)
        assert await degrees(ow, f"{device}/temphigh") == 75

    bench.run(test)


def test_a_limit_does_not_make_a_reading_s_resolution_permanent() -> None:
    bench = Bench("28")

    async def test(ow: OneWire) -> None:
        device = (await ow.dir("/")).entries[0]
        await ow.read(f"{device}/fasttemp")
        await ow.write(f"{device}/temphigh", b"40")
        assert (await ow.read(f"{device}/tempres")).data.strip() == b"12"

    bench.run(test)
    assert bench.thermometers[0].eeprom[2] == 0x7F


def test_the_resolution_of_the_eeprom_is_written_and_read() -> None:
    bench = Bench("28")

    async def test(ow: OneWire) -> None:
        device = (await ow.dir("/")).entries[0]
        await ow.write(f"{device}/tempres", b"10")
        assert (await ow.read(f"{device}/tempres")).data.strip() == b"10"
        before = bench.wire.counts.snapshot()
        with pytest.raises(InvalidValueError):
            await ow.write(f"{device}/tempres", b"13")
        assert (bench.wire.counts - before).resets == 0

    bench.run(test)
    assert bench.thermometers[0].eeprom[2] == 0x3F


def test_a_write_that_does_not_stick_is_reported() -> None:
    bench = Bench("28")
    sensor = bench.thermometers[0]

    async def test(ow: OneWire) -> None:
        device = (await ow.dir("/")).entries[0]
        sensor._write_register = lambda offset, byte: None  # type: ignore[method-assign]
        with pytest.raises(VerifyError, match="scratchpad"):
            await ow.write(f"{device}/temphigh", b"40")

    bench.run(test)
    assert sensor.eeprom[0] == 0x4B


def test_trim_registers() -> None:
    bench = Bench("28.FFFFFFFFFFFF")

    async def test(ow: OneWire) -> None:
        device = (await ow.dir("/")).entries[0]
        assert (await ow.read(f"{device}/errata/die")).data == b"C2"
        await ow.write(f"{device}/errata/trimblanket", b"1")
        assert (await ow.read(f"{device}/errata/trim")).data.strip() == b"48029"
        assert (await ow.read(f"{device}/errata/trimvalid")).data == b"1"

    bench.run(test)


def test_a_sensor_that_is_gone_is_told_from_one_never_there() -> None:
    bench = Bench("28,28")
    lost = bench.thermometers[0]

    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        bench.wire.detach(lost)
        with pytest.raises(DeviceGoneError):
            await ow.read(f"/{lost.rom}/temperature")
        with pytest.raises(PathError):
            await ow.read(f"/{lost.rom}/temperature")

    bench.run(test)


def test_a_sensor_that_moved_to_another_bus_is_found() -> None:
    bench = Bench("28,28", "28,28")
    moved = bench.thermometers[0]
    moved.temperature = 12.25

    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        bench.wire.detach(moved)
        bench.emulations[1].wire.attach(moved)
        assert await degrees(ow, f"/{moved.rom}/temperature") == 12.25
        assert (await ow.present(f"/{moved.rom}")).rom == moved.rom

    bench.run(test)


def test_a_sensor_that_joined_after_a_shared_conversion_converts_itself() -> None:
    bench = Bench("28,28")
    late = make_slave("28", bus=7)
    late.temperature = 3.0

    async def test(ow: OneWire) -> None:
        devices = (await ow.dir("/")).entries
        await ow.read(f"{devices[0]}/temperature")
        bench.wire.attach(late)
        assert await degrees(ow, f"/{late.rom}/temperature") == 3.0

    bench.run(test)


def test_what_cannot_be_written_says_so() -> None:
    bench = Bench("28")

    async def test(ow: OneWire) -> None:
        device = (await ow.dir("/")).entries[0]
        for name in ("temperature", "power", "address"):
            with pytest.raises(NotSupportedError):
                await ow.write(f"{device}/{name}", b"1")

    bench.run(test)

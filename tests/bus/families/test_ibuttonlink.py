"""The SmartSlave of iButtonLink: measuring, what is believed without a known CRC, what is kept."""

from __future__ import annotations

import asyncio

import pytest

from owfs_py.bus.errors import (
    CrcError,
    DeviceGoneError,
    InvalidValueError,
    TryAgainError,
    WrongModelError,
)
from owfs_py.emulator.ibuttonlink import PageCrc, SmartSlave
from tests.bus.families.onechip import Device, OneChip


def bench_of(temperature: float = 21.5, humidity: float = 44.25) -> OneChip[SmartSlave]:
    bench = OneChip(SmartSlave)
    bench.chip.temperature, bench.chip.humidity = temperature, humidity
    return bench


def test_type_and_firmware() -> None:
    bench = bench_of()

    async def test(device: Device) -> None:
        assert await device.text("subtype") == "TH"
        assert await device.text("firmware") == "1.2"
        bench.chip.page[0] = 5
        for name in ("subtype", "firmware", "TH/latesttemp", "TH/humidity"):
            with pytest.raises(WrongModelError):
                await device.read(name)

    bench.test(test)


@pytest.mark.parametrize(
    ("temperature", "humidity"), [(21.5, 44.25), (-40, 0), (-0.0078125, 100), (125, 99.9921875)]
)
def test_what_is_measured(temperature: float, humidity: float) -> None:
    bench = bench_of(temperature, humidity)

    async def test(device: Device) -> None:
        assert await device.number("TH/temperature") == pytest.approx(temperature, rel=1e-5)
        assert await device.number("TH/humidity") == pytest.approx(humidity, rel=1e-5)

    bench.test(test)


def test_one_conversion_serves_both_quantities_for_a_while() -> None:
    bench = bench_of()

    async def test(device: Device) -> None:
        await device.read("TH/temperature", fresh=False)
        await device.read("TH/humidity", fresh=False)
        await device.read("TH/latesttemp", fresh=False)
        assert bench.chip.conversions == 1
        bench.chip.temperature = 30
        assert await device.number("TH/temperature", fresh=False) == 21.5
        assert await device.number("TH/temperature") == 30
        assert bench.chip.conversions == 2
        bench.clock.wait(device.onewire.cache.timeouts.volatile)
        await device.read("TH/humidity", fresh=False)
        assert bench.chip.conversions == 3

    bench.test(test)


def test_a_fresh_value_was_measured_after_it_was_asked_for() -> None:
    bench = bench_of()

    async def test(device: Device) -> None:
        first = asyncio.ensure_future(device.number("TH/temperature"))
        await asyncio.sleep(0.5)
        bench.chip.temperature = 30
        assert await device.number("TH/temperature") == 30
        await first

    bench.test(test)


def test_others_are_served_while_it_measures() -> None:
    bench = bench_of()

    async def test(device: Device) -> None:
        measuring = asyncio.ensure_future(device.number("TH/temperature"))
        await asyncio.sleep(0.1)
        began = bench.clock.now()
        await device.onewire.read(f"/uncached/{bench.slaves[1].rom}/scratchpad")
        assert bench.clock.now() - began < 0.1
        assert await measuring == 21.5

    bench.test(test)


def test_one_that_takes_longer_is_waited_for() -> None:
    bench = bench_of()

    async def test(device: Device) -> None:
        bench.chip.CONVERSION_TIME = 1.7
        assert await device.number("TH/humidity") == 44.25
        bench.chip.CONVERSION_TIME = 10
        with pytest.raises(TryAgainError):
            await device.read("TH/humidity")

    bench.test(test)


def test_the_latest_value_is_there_as_soon_as_something_was_measured() -> None:
    bench = bench_of()

    async def test(device: Device) -> None:
        with pytest.raises(InvalidValueError):
            await device.read("TH/latesttemp")
        await device.onewire.write("/simultaneous/iblss", b"1")
        await asyncio.sleep(1)
        assert await device.number("TH/latesttemp") == 21.5
        assert await device.number("TH/latesthumidity") == 44.25
        await device.onewire.write("/simultaneous/iblss", b"1")
        with pytest.raises(TryAgainError):
            await device.read("TH/latesttemp")

    bench.test(test)


@pytest.mark.parametrize("kind", [PageCrc.PLAIN, PageCrc.INVERTED, PageCrc.COMMAND_TOO])
def test_a_page_with_a_wrong_crc_is_read_again_and_never_served(kind: PageCrc) -> None:
    bench = bench_of()
    bench.chip.crc = kind

    async def test(device: Device) -> None:
        assert (await device.cost("subtype")).resets == 1
        bench.chip.spoiled = 2
        assert await device.text("subtype") == "TH"
        bench.chip.crc = PageCrc.ANOTHER  # its page comes again and again, but it was better before
        with pytest.raises(CrcError):
            await device.read("subtype")

    bench.test(test)


def test_a_page_whose_crc_never_fitted_is_believed_if_it_comes_twice() -> None:
    bench = bench_of()
    bench.chip.crc = PageCrc.ANOTHER

    async def test(device: Device) -> None:
        assert await device.number("TH/temperature") == 21.5
        bench.chip.spoiled = 1
        assert await device.number("TH/latesttemp") == 21.5
        bench.chip.spoiled = 3
        with pytest.raises(CrcError):
            await device.read("TH/latesttemp")

    bench.test(test)


def test_the_led_is_switched() -> None:
    bench = bench_of()

    async def test(device: Device) -> None:
        for data, on in (("1", True), ("0", False), ("on", True)):
            await device.write("TH/led", data)
            assert bench.chip.led is on

    bench.test(test)


def test_one_that_is_gone_is_reported() -> None:
    bench = bench_of()

    async def test(device: Device) -> None:
        bench.chip.absent = True
        with pytest.raises(DeviceGoneError):
            await device.read("TH/temperature")
        bench.chip.absent = False
        await device.read("subtype")
        bench.chip.absent = True
        with pytest.raises(DeviceGoneError):
            await device.write("TH/led", "1")

    bench.test(test)

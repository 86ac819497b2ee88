"""Reading and writing the loggers DS1923 and DS1922."""

from __future__ import annotations

import asyncio
import calendar

import pytest

from owfs_py.bus.errors import (
    BusyError,
    CrcError,
    DeviceGoneError,
    InvalidValueError,
    NotSupportedError,
    VerifyError,
)
from owfs_py.emulator.ds1923 import (
    CLOCK_CONTROL,
    DS1922L,
    DS1922T,
    DS1923,
    FINE_HUMIDITY,
    FINE_TEMPERATURE,
    MISSION_CONTROL,
    OSCILLATOR,
    REGISTERS,
    SAMPLE_RATE,
    START_DELAY,
)
from tests.bus.families.onechip import Device, OneChip

NOON = calendar.timegm((2026, 11, 22, 12, 0, 0))


def logger(kind: type[DS1923] = DS1923) -> OneChip[DS1923]:
    """One whose clock runs."""
    bench: OneChip[DS1923] = OneChip(kind)
    bench.chip.memory[CLOCK_CONTROL] = OSCILLATOR
    bench.chip.seconds = NOON
    return bench


@pytest.fixture
def bench() -> OneChip[DS1923]:
    return logger()


# Measurements


@pytest.mark.parametrize(
    ("kind", "celsius", "fine", "shown"),
    [(DS1923, 25.0, True, 25.0), (DS1923, -10.3125, True, -10.3125), (DS1923, 25.3, False, 25.0),
     (DS1922L, 24.1875, True, 24.1875), (DS1922T, 100.5, True, 100.5),
     (DS1922T, 25.75, False, 25.5)],
)  # fmt: skip
def test_temperatures(kind: type[DS1923], celsius: float, fine: bool, shown: float) -> None:
    bench = logger(kind)
    bench.chip.temperature = celsius
    bench.chip.memory[MISSION_CONTROL] |= FINE_TEMPERATURE if fine else 0

    async def test(device: Device) -> None:
        assert await device.number("temperature") == shown

    bench.test(test)


@pytest.mark.parametrize(("fine", "error"), [(True, 0.04), (False, 0.64)])
@pytest.mark.parametrize("humidity", [0.5, 14.0, 63.9, 100.0])
def test_humidity(bench: OneChip[DS1923], humidity: float, fine: bool, error: float) -> None:
    bench.chip.humidity = humidity
    bench.chip.memory[MISSION_CONTROL] |= FINE_HUMIDITY if fine else 0

    async def test(device: Device) -> None:
        assert await device.number("humidity") == pytest.approx(humidity, abs=error)

    bench.test(test)


def test_one_conversion_serves_both(bench: OneChip[DS1923]) -> None:
    async def test(device: Device) -> None:
        await device.read("temperature", fresh=False)
        began = bench.clock.now()
        await device.read("humidity", fresh=False)
        assert bench.clock.now() == began
        await device.read("humidity")
        assert bench.clock.now() >= began + 0.666
        await asyncio.gather(device.read("temperature"), device.read("humidity"))
        assert bench.wire.counts.conversions == 3
        await asyncio.sleep(16)
        bench.chip.temperature = 31
        assert await device.number("temperature", fresh=False) == 31

    bench.test(test)


def test_it_never_converts_without_its_oscillator(bench: OneChip[DS1923]) -> None:
    bench.chip.memory[CLOCK_CONTROL] = 0
    bench.chip.memory[SAMPLE_RATE] = 7

    async def test(device: Device) -> None:
        assert await device.number("temperature") == 20
        assert not bench.chip.ruined
        assert bench.chip.running
        assert bench.chip.memory[SAMPLE_RATE] == 7

    bench.test(test)


@pytest.mark.parametrize("kind", [DS1922L, DS1922T])
def test_a_ds1922_has_no_humidity(kind: type[DS1923]) -> None:
    bench = logger(kind)

    async def test(device: Device) -> None:
        with pytest.raises(NotSupportedError):
            await device.read("humidity")

    bench.test(test)


# The clock


@pytest.mark.parametrize("month", range(1, 13))
def test_every_month_is_set_as_it_is_read(bench: OneChip[DS1923], month: int) -> None:
    moment = calendar.timegm((2027, month, 28, 23, 14, 15))

    async def test(device: Device) -> None:
        await device.write("clock/udate", str(moment))
        assert bench.chip.seconds == moment
        assert await device.number("clock/udate") == moment

    bench.test(test)


def test_setting_the_date_starts_the_clock(bench: OneChip[DS1923]) -> None:
    async def test(device: Device) -> None:
        await device.write("clock/running", "0")
        assert not bench.chip.running
        await device.write("clock/udate", "1600000000")
        assert await device.text("clock/running", fresh=False) == "0"
        await device.write("clock/date", "Sun Nov 22 12:00:00 2026")
        assert await device.text("clock/running", fresh=False) == "1"
        assert await device.text("clock/date") == "Sun Nov 22 12:00:00 2026"

    bench.test(test)


@pytest.mark.parametrize(
    ("name", "value"),
    [("clock/udate", "1600000000"), ("clock/running", "0"), ("mission/rollover", "1"),
     ("mission/delay", "70000")],
)  # fmt: skip
def test_only_what_is_meant_is_written(bench: OneChip[DS1923], name: str, value: str) -> None:
    meant = {"clock/udate": range(6), "clock/running": range(0x12, 0x13),
             "mission/rollover": range(0x13, 0x14), "mission/delay": range(0x16, 0x19)}  # fmt: skip
    bench.chip.memory[SAMPLE_RATE : SAMPLE_RATE + 6] = b"\x05\x00\x52\x66\x00\xff"
    bench.chip.memory[0x210:0x212] = b"\x03\x03"
    before = bytes(bench.chip.memory[REGISTERS:])

    async def test(device: Device) -> None:
        await device.write(name, value)

    bench.test(test)
    after = bench.chip.memory[REGISTERS:]
    changed = {at for at in range(len(before)) if before[at] != after[at]}
    assert changed
    assert changed <= set(meant[name]) | set(range(6))


# Missions


def test_a_mission(bench: OneChip[DS1923]) -> None:
    bench.chip.memory[SAMPLE_RATE] = 10

    async def test(device: Device) -> None:
        await device.write("mission/rollover", "1")
        await device.write("mission/delay", "3")
        assert await device.text("mission/running", fresh=False) == "0"
        await device.write("mission/running", "1")
        assert await device.text("mission/running", fresh=False) == "1"
        assert bench.chip.memory[MISSION_CONTROL] == 0xDF
        for name in ("samplingtemp", "samplinghumidity", "rollover"):
            assert await device.text(f"mission/{name}", fresh=False) == "1"
        await asyncio.sleep(180 + 600 + 1)
        assert bench.chip.memory[0x220] == 2
        await device.write("mission/running", "1")
        assert bench.chip.memory[0x220] == 2, "it goes on"
        await device.write("mission/running", "0")
        assert await device.text("mission/running") == "0"

    bench.test(test)


def test_rollover_stays_as_it_was_set(bench: OneChip[DS1923]) -> None:
    async def test(device: Device) -> None:
        await device.write("mission/running", "1")
        assert await device.text("mission/rollover") == "0"
        assert bench.chip.memory[SAMPLE_RATE] == 1, "a chip without a rate takes one a minute"

    bench.test(test)


def test_a_mission_starts_the_clock_that_it_needs(bench: OneChip[DS1923]) -> None:
    bench.chip.memory[CLOCK_CONTROL] = 0

    async def test(device: Device) -> None:
        await device.write("mission/running", "1")
        assert bench.chip.in_mission
        assert bench.chip.seconds > NOON - 10 * 365 * 86400

    bench.test(test)


@pytest.mark.parametrize(
    ("name", "value"),
    [("clock/udate", "5"), ("clock/date", "Sun Nov 22 12:00:00 2026"), ("clock/running", "0"),
     ("mission/rollover", "1"), ("mission/delay", "5"), ("pages/page.16", "x")],
)  # fmt: skip
def test_in_a_mission_registers_cannot_be_written(
    bench: OneChip[DS1923], name: str, value: str
) -> None:
    bench.chip.begin_mission(3600)
    before = bytes(bench.chip.memory[REGISTERS + 6 : REGISTERS + 32])

    async def test(device: Device) -> None:
        with pytest.raises(BusyError):
            await device.write(name, value)
        assert bench.chip.memory[REGISTERS + 6 : REGISTERS + 32] == before
        await device.write("pages/page.3", b"memory can")

    bench.test(test)


def test_in_a_mission_it_converts_for_nobody_else(bench: OneChip[DS1923]) -> None:
    bench.chip.begin_mission(3600)

    async def test(device: Device) -> None:
        with pytest.raises(InvalidValueError):
            await device.read("temperature")
        assert bench.wire.counts.conversions == 0

    bench.test(test)


@pytest.mark.parametrize("minutes", [0, 5, 1000, 70000, 0xFFFFFF])
def test_a_delay_has_24_bits(bench: OneChip[DS1923], minutes: int) -> None:
    async def test(device: Device) -> None:
        await device.write("mission/delay", str(minutes))
        assert await device.number("mission/delay") == minutes
        with pytest.raises(InvalidValueError):
            await device.write("mission/delay", str(0x1000000))
        written = bench.chip.memory[START_DELAY : START_DELAY + 3]
        assert int.from_bytes(written, "little") == minutes

    bench.test(test)


class Idle(DS1923):
    def _start(self) -> None:
        pass

    def _stop(self) -> None:
        pass

    def _clear(self) -> None:
        pass


def test_a_mission_that_does_not_begin_is_reported(bench: OneChip[DS1923]) -> None:
    bench.spoil(Idle)

    async def test(device: Device) -> None:
        with pytest.raises(VerifyError):
            await device.write("mission/running", "1")
        bench.chip.begin_mission(3600)
        with pytest.raises(VerifyError):
            await device.write("mission/running", "0")

    bench.test(test)


# Pages


def test_pages(bench: OneChip[DS1923]) -> None:
    async def test(device: Device) -> None:
        await device.write("pages/page.1", b"hello", 27)
        assert bench.chip.memory[0x3B:0x40] == b"hello"
        assert await device.read("pages/page.1", offset=25, size=5) == b"\0\0hel"
        assert await device.read("pages/page.17") == bytes(bench.chip.memory[0x220:0x240])
        await device.write("pages/page.16", b"\x0a\x00", 6)
        assert bench.chip.memory[SAMPLE_RATE] == 10

    bench.test(test)


def test_registers_that_cannot_be_written_are_reported(bench: OneChip[DS1923]) -> None:
    async def test(device: Device) -> None:
        with pytest.raises(VerifyError):
            await device.write("pages/page.16", b"\x01", 0x0C)
        with pytest.raises(VerifyError):
            await device.write("pages/page.17", b"\x01", 0)

    bench.test(test)


# Faults


def test_what_fails_its_crc_is_never_served(bench: OneChip[DS1923]) -> None:
    async def test(device: Device) -> None:
        bench.chip.spoiled_crcs = 1
        assert await device.number("temperature") == 20
        bench.chip.spoiled_crcs = 1000
        for name in ("temperature", "clock/udate", "mission/running", "pages/page.0"):
            with pytest.raises(CrcError):
                await device.read(name)

    bench.test(test)


def test_a_chip_with_passwords_is_not_read(bench: OneChip[DS1923]) -> None:
    bench.chip.memory[0x227] = 0xAA

    async def test(device: Device) -> None:
        with pytest.raises(CrcError):
            await device.read("pages/page.0")

    bench.test(test)


def test_a_write_that_is_not_taken_is_reported(bench: OneChip[DS1923]) -> None:
    bench.chip.PATTERN = 0xFF  # type: ignore[misc]  # of this chip only

    async def test(device: Device) -> None:
        for name, value in (("clock/udate", "5"), ("mission/delay", "5")):
            with pytest.raises(VerifyError):
                await device.write(name, value)

    bench.test(test)


def test_a_chip_that_is_gone(bench: OneChip[DS1923]) -> None:
    async def test(device: Device) -> None:
        await device.read("temperature")
        bench.chip.absent = True
        with pytest.raises(DeviceGoneError):
            await device.read("temperature")

    bench.test(test)

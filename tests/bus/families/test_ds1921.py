"""The logger DS1921 outside missions: temperature, memory, clock, settings."""

from __future__ import annotations

import asyncio
import calendar

import pytest

from owfs_py.bus.errors import BusyError, CrcError, InvalidValueError, VerifyError
from owfs_py.emulator.ds1921 import CONTROL, HIGH_THRESHOLD
from tests.bus.families.loggerbench import NOON, Logger, LoggerBench

MODEL_H, MODEL_Z = "21.00000000204F", "21.000000002F3B"


@pytest.fixture
def bench() -> LoggerBench:
    return LoggerBench()


# Temperature


@pytest.mark.parametrize(
    ("spec", "degrees", "seconds"),
    [("21", -40.0, 0.09), ("21", 23.5, 0.09), (MODEL_Z, 25.875, 0.36), (MODEL_H, 15.125, 0.36)],
)
def test_a_temperature_takes_a_conversion(spec: str, degrees: float, seconds: float) -> None:
    bench = LoggerBench(spec)
    bench.chip.temperature = degrees

    async def test(logger: Logger) -> None:
        began = bench.clock.now()
        assert await logger.number("temperature") == degrees
        assert seconds <= bench.clock.now() - began <= seconds * 1.05
        bench.chip.temperature = degrees + 1
        assert await logger.number("temperature", fresh=False) == degrees, "as it was kept"

    bench.test(test)


def test_it_shares_conversions_with_thermometers() -> None:
    bench = LoggerBench(others="28,28")
    bench.chip.temperature = 17.5

    async def test(logger: Logger) -> None:
        ow = logger.onewire
        paths = [f"/{slave.rom}/temperature" for slave in bench.slaves]
        await asyncio.gather(*(ow.read(path) for path in paths))
        # One command, and each of the three chips converted once.
        assert bench.wire.counts.conversions == 3
        assert await logger.number("temperature", fresh=False) == 17.5

    bench.test(test)


def test_a_conversion_for_everybody_makes_its_kept_temperature_stale(bench: LoggerBench) -> None:
    async def test(logger: Logger) -> None:
        assert await logger.number("temperature", fresh=False) == 20
        bench.chip.temperature = 21
        await logger.onewire.write("/simultaneous/temperature", b"1")
        assert await logger.number("temperature", fresh=False) == 21

    bench.test(test)


def test_no_temperature_in_a_mission(bench: LoggerBench) -> None:
    async def test(logger: Logger) -> None:
        await logger.write("mission/frequency", "10")
        with pytest.raises(BusyError):
            await logger.read("temperature")

    bench.test(test)


def test_a_temperature_whose_crc_fails_is_never_served(bench: LoggerBench) -> None:
    async def test(logger: Logger) -> None:
        bench.chip.spoiled_crcs = 1
        assert await logger.number("temperature") == 20
        bench.chip.spoiled_crcs = 1000
        with pytest.raises(CrcError):
            await logger.read("temperature")

    bench.test(test)


# Memory


def test_memory_and_pages(bench: LoggerBench) -> None:
    async def test(logger: Logger) -> None:
        data = bytes(n % 251 for n in range(512))
        path = f"/{bench.chip.rom}"
        await logger.onewire.write(f"{path}/memory", data)
        assert await logger.read("memory") == data
        await logger.onewire.write(f"{path}/pages/page.3", b"hello", offset=4)
        assert (await logger.read("pages/page.3"))[3:10] == data[99:100] + b"hello" + data[105:106]
        assert bench.chip.memory[0x200] == 0, "the registers are another matter"

    bench.test(test)


# The clock


def test_the_clock_is_read_in_utc(bench: LoggerBench) -> None:
    async def test(logger: Logger) -> None:
        assert await logger.number("clock/udate") == NOON
        await asyncio.sleep(90)
        assert await logger.number("clock/udate") == NOON + 90

    bench.test(test)


@pytest.mark.parametrize("month", range(1, 13))
def test_every_month_is_set_as_it_is_read(bench: LoggerBench, month: int) -> None:
    moment = calendar.timegm((2027, month, 15, 13, 14, 15))

    async def test(logger: Logger) -> None:
        await logger.write("clock/udate", str(moment))
        assert await logger.number("clock/udate") == moment

    bench.test(test)
    assert bench.chip.memory[0x205] == 0x80 | int(str(month), 16)
    assert 1 <= bench.chip.memory[0x203] <= 7


def test_setting_the_date_starts_the_clock(bench: LoggerBench) -> None:
    async def test(logger: Logger) -> None:
        assert await logger.writes_back("clock/running", "0")
        await logger.write("clock/udate", "1600000000")
        assert await logger.read("clock/running", fresh=False) == b"0"
        await logger.write("clock/date", "Sun Nov 22 12:00:00 2026")
        assert await logger.read("clock/running", fresh=False) == b"1"
        assert await logger.read("clock/date") == b"Sun Nov 22 12:00:00 2026"

    bench.test(test)


@pytest.mark.parametrize("part", ["second", "minute", "hour", "dow"])
def test_the_clock_s_alarm(bench: LoggerBench, part: str) -> None:
    async def test(logger: Logger) -> None:
        await logger.write("alarm_trigger", "1")
        assert await logger.writes_back(f"alarm_{part}", "17")
        assert await logger.number("alarm_trigger") == 1, "which is kept beside it"
        with pytest.raises(InvalidValueError):
            await logger.write(f"alarm_{part}", "128")

    bench.test(test)


@pytest.mark.parametrize(
    ("trigger", "bits"), [(1, 0b1111), (2, 0b1110), (3, 0b1100), (4, 0b1000), (0, 0)]
)
def test_when_the_clock_alarms(bench: LoggerBench, trigger: int, bits: int) -> None:
    async def test(logger: Logger) -> None:
        await logger.write("alarm_trigger", "2")
        assert await logger.writes_back("alarm_trigger", str(trigger))

    bench.test(test)
    alarm = bench.chip.memory[0x207:0x20B]
    assert [byte >> 7 for byte in alarm] == [bits >> n & 1 for n in range(4)]


# Settings


@pytest.mark.parametrize(
    ("name", "bit", "when_1"),
    [("clock/running", 0x80, 0), ("mission/enable", 0x10, 0), ("mission/rollover", 0x08, 1),
     ("set_alarm/templow", 0x04, 1), ("set_alarm/temphigh", 0x02, 1), ("set_alarm/date", 0x01, 1)],
)  # fmt: skip
def test_bits_of_the_control_register(bench: LoggerBench, name: str, bit: int, when_1: int) -> None:
    async def test(logger: Logger) -> None:
        for value in ("1", "0", "1"):
            assert await logger.writes_back(name, value)
            assert bench.chip.memory[CONTROL] == bit * (when_1 == int(value))

    bench.test(test)


def test_one_reading_serves_all_bits_of_the_control_register(bench: LoggerBench) -> None:
    async def test(logger: Logger) -> None:
        await logger.read("mission/enable", fresh=False)
        before = bench.wire.counts.resets
        for name in ("clock/running", "mission/rollover", "set_alarm/templow", "set_alarm/date"):
            await logger.read(name, fresh=False)
        assert bench.wire.counts.resets == before
        await logger.write("mission/rollover", "1")
        assert await logger.read("mission/rollover", fresh=False) == b"1"

    bench.test(test)


@pytest.mark.parametrize(
    ("spec", "text", "read", "byte"),
    [("21", "22", 22, 124), ("21", "18.3", 18, 116), ("21", "-40", -40, 0), ("21", "85", 85, 250),
     (MODEL_Z, "20.2", 20.125, 205), (MODEL_H, "15.0", 15.0, 4)],
)  # fmt: skip
def test_thresholds(spec: str, text: str, read: float, byte: int) -> None:
    bench = LoggerBench(spec)

    async def test(logger: Logger) -> None:
        await logger.write("overtemp/temperature", text)
        assert await logger.number("overtemp/temperature") == read

    bench.test(test)
    assert bench.chip.memory[HIGH_THRESHOLD] == byte


@pytest.mark.parametrize("text", ["-40.5", "85.5", "nan", "inf"])
def test_thresholds_out_of_range_are_refused(bench: LoggerBench, text: str) -> None:
    async def test(logger: Logger) -> None:
        with pytest.raises(InvalidValueError):
            await logger.write("undertemp/temperature", text)

    bench.test(test)


def test_a_register_that_the_chip_does_not_take_is_reported(bench: LoggerBench) -> None:
    bench.chip.PATTERN = 0xFF  # type: ignore[misc]  # of this chip only

    async def test(logger: Logger) -> None:
        with pytest.raises(VerifyError):
            await logger.write("overtemp/temperature", "25")

    bench.test(test)

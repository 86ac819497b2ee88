"""Missions of the logger DS1921: how they begin and end, and what they leave behind."""

from __future__ import annotations

import asyncio
import math
from datetime import UTC, datetime

import pytest

from owfs_py.bus.errors import BusyError, InvalidValueError
from owfs_py.emulator.ds1921 import STATUS
from tests.bus.families.loggerbench import MINUTE, NOON, Logger, LoggerBench

IN_MISSION = 0x20


@pytest.fixture
def bench() -> LoggerBench:
    return LoggerBench()


async def run_mission(logger: Logger, temperatures: list[float], interval: int = 1) -> None:
    """A mission that takes these samples."""
    began = logger.onewire.clock.now()

    def temperature(now: float) -> float:
        return temperatures[round((now - began) / MINUTE / interval)]

    logger.chip.temperature = temperature
    await logger.write("mission/frequency", str(interval))
    await asyncio.sleep((len(temperatures) - 1) * MINUTE * interval + 1)


def test_a_mission_from_beginning_to_end(bench: LoggerBench) -> None:
    temperatures = [20, 25, 25.5, 30, 20, 15, 10, 20]

    async def test(logger: Logger) -> None:
        await logger.write("overtemp/temperature", "25")
        await logger.write("undertemp/temperature", "10")
        await run_mission(logger, temperatures, interval=2)
        assert await logger.number("mission/running") == 1
        assert await logger.number("mission/samples") == await logger.number("about/samples") == 8
        assert await logger.number("log/elements") == 8
        assert (await logger.numbers("log/temperature"))[:8] == temperatures
        assert await logger.number("log/temperature.3") == 30
        assert await logger.number("mission/udate") == NOON
        assert (await logger.numbers("log/udate"))[:3] == [NOON, NOON + 120, NOON + 240]
        assert await logger.number("log/udate.7") == NOON + 7 * 120
        assert await logger.read("log/date.1") == b"Sun Nov 22 12:02:00 2026"
        assert (await logger.numbers("overtemp/count"))[:2] == [3, 0]
        assert await logger.number("overtemp/udate.0") == NOON + 120
        assert await logger.read("overtemp/end.0") == b"Sun Nov 22 12:08:00 2026"
        assert await logger.number("overtemp/elements") == 1
        assert await logger.number("undertemp/udate.0") == NOON + 6 * 120
        assert await logger.number("alarm_state") == 6
        bins = await logger.numbers("histogram/counts")
        assert {n: count for n, count in enumerate(bins) if count} == {25: 1, 27: 1, 30: 3, 32: 2,
                                                                       35: 1}  # fmt: skip
        assert await logger.number("histogram/counts.30") == 3
        await logger.write("mission/running", "0")
        assert await logger.number("mission/running", fresh=False) == 0

    bench.test(test)


def test_a_log_that_rolled_over_begins_with_the_oldest_sample(bench: LoggerBench) -> None:
    temperatures = [n % 100 / 2 for n in range(2100)]

    async def test(logger: Logger) -> None:
        await logger.write("mission/rollover", "1")
        await run_mission(logger, temperatures)
        assert await logger.number("log/elements") == 2048
        assert await logger.numbers("log/temperature") == temperatures[-2048:]
        assert await logger.number("log/temperature.0") == temperatures[52]
        assert await logger.number("log/udate.0") == NOON + 52 * MINUTE
        assert (await logger.numbers("log/udate"))[-1] == NOON + 2099 * MINUTE

    bench.test(test)


def test_a_log_that_is_full_keeps_the_first_samples(bench: LoggerBench) -> None:
    temperatures = [n % 100 / 2 for n in range(2100)]

    async def test(logger: Logger) -> None:
        await run_mission(logger, temperatures)
        assert await logger.numbers("log/temperature") == temperatures[:2048]
        assert await logger.number("log/udate.0") == NOON

    bench.test(test)


def test_a_mission_can_be_delayed(bench: LoggerBench) -> None:
    async def test(logger: Logger) -> None:
        assert await logger.writes_back("mission/delay", "300")
        await logger.write("mission/frequency", "1")
        await asyncio.sleep(299 * MINUTE)
        assert await logger.number("mission/samples") == 0
        await asyncio.sleep(2 * MINUTE)
        assert await logger.number("mission/samples") == 2
        assert await logger.number("mission/udate") == NOON + 300 * MINUTE

    bench.test(test)


@pytest.mark.parametrize(
    ("name", "text"),
    [("clock/udate", "1600000000"), ("clock/date", "Sun Nov 22 12:00:00 2026"),
     ("clock/running", "1"), ("mission/delay", "3"), ("mission/rollover", "1"),
     ("overtemp/temperature", "3"), ("alarm_hour", "3"), ("alarm_trigger", "3"),
     ("set_alarm/templow", "1"), ("mission/frequency", "3"), ("mission/clear", "1")],
)  # fmt: skip
def test_what_a_mission_does_not_let_be_changed(bench: LoggerBench, name: str, text: str) -> None:
    async def test(logger: Logger) -> None:
        await logger.write("mission/frequency", "1")
        before = bytes(bench.chip.memory[0x200:0x220])
        with pytest.raises(BusyError):
            await logger.write(name, text)
        assert bench.chip.memory[0x200:0x220] == before

    bench.test(test)


def test_alarms_are_cleared_without_ending_the_mission(bench: LoggerBench) -> None:
    async def test(logger: Logger) -> None:
        await logger.write("undertemp/temperature", "30")
        await logger.write("overtemp/temperature", "10")
        await logger.write("mission/frequency", "10")
        assert await logger.number("alarm_state", fresh=False) == 6
        await logger.write("mission/temphigh", "0")
        assert await logger.number("mission/temphigh") == 0
        assert await logger.number("mission/templow") == 1
        assert await logger.number("alarm_state", fresh=False) == 4
        await logger.write("alarm_state", "0")
        assert await logger.number("alarm_state", fresh=False) == 0
        assert await logger.number("mission/templow") == 0
        assert await logger.number("mission/running") == 1

    bench.test(test)


def test_an_alarm_cannot_be_raised_by_hand(bench: LoggerBench) -> None:
    async def test(logger: Logger) -> None:
        for name in ("templow", "temphigh", "timer"):
            with pytest.raises(InvalidValueError):
                await logger.write(f"mission/{name}", "1")
            await logger.write(f"mission/{name}", "0")
        with pytest.raises(InvalidValueError):
            await logger.write("alarm_state", "4")
        await logger.write("alarm_state", "0")
        assert await logger.number("mission/running") == 0

    bench.test(test)


@pytest.mark.parametrize("text", ["256", "4294967295"])
def test_an_interval_has_a_byte(bench: LoggerBench, text: str) -> None:
    async def test(logger: Logger) -> None:
        before = bench.wire.counts.resets
        with pytest.raises(InvalidValueError):
            await logger.write("mission/frequency", text)
        with pytest.raises(InvalidValueError):
            await logger.write("mission/easystart", text)
        assert bench.wire.counts.resets == before

    bench.test(test)


def test_a_second_mission_needs_a_cleared_memory(bench: LoggerBench) -> None:
    async def test(logger: Logger) -> None:
        await run_mission(logger, [20, 21, 22])
        await logger.write("mission/frequency", "0")
        with pytest.raises(InvalidValueError):
            await logger.write("mission/frequency", "1")
        await logger.write("mission/clear", "0")
        assert await logger.number("mission/samples", fresh=False) == 3
        await logger.write("mission/clear", "1")
        assert await logger.number("mission/samples", fresh=False) == 0
        assert max(await logger.numbers("histogram/counts")) == 0
        await logger.write("mission/frequency", "1")
        assert await logger.number("mission/running") == 1

    bench.test(test)


def test_a_disabled_mission_does_not_begin(bench: LoggerBench) -> None:
    async def test(logger: Logger) -> None:
        await logger.write("mission/enable", "0")
        assert await logger.writes_back("mission/frequency", "7")
        assert await logger.number("mission/running") == 0
        with pytest.raises(InvalidValueError):
            await logger.write("mission/running", "1")

    bench.test(test)


def test_a_mission_begins_with_the_interval_that_is_there(bench: LoggerBench) -> None:
    async def test(logger: Logger) -> None:
        with pytest.raises(InvalidValueError):
            await logger.write("mission/running", "1")
        bench.chip.memory[0x20D] = 5
        await logger.write("mission/running", "1")
        assert await logger.number("mission/running", fresh=False) == 1
        await logger.write("mission/running", "1")
        assert bench.chip.memory[STATUS] & IN_MISSION

    bench.test(test)


def test_a_stopped_clock_is_set_when_a_mission_begins(bench: LoggerBench) -> None:
    async def test(logger: Logger) -> None:
        await logger.write("clock/running", "0")
        await logger.write("mission/frequency", "1")
        assert await logger.number("clock/running") == 1
        now = datetime.now(UTC).timestamp()
        assert math.isclose(await logger.number("clock/udate"), now, abs_tol=10)

    bench.test(test)


def test_easystart_ends_forgets_and_begins(bench: LoggerBench) -> None:
    async def test(logger: Logger) -> None:
        await logger.write("mission/delay", "5")
        await logger.write("mission/rollover", "1")
        await logger.write("mission/frequency", "1")
        await asyncio.sleep(10 * MINUTE)
        await logger.write("mission/easystart", "3")
        assert await logger.number("mission/running", fresh=False) == 1
        assert await logger.number("mission/frequency", fresh=False) == 3
        assert await logger.number("mission/samples", fresh=False) == 1
        for name, value in (("mission/rollover", 0), ("mission/delay", 0), ("clock/running", 1),
                            ("set_alarm/templow", 1), ("set_alarm/temphigh", 1)):  # fmt: skip
            assert await logger.number(name, fresh=False) == value, name

    bench.test(test)


@pytest.mark.parametrize("text", ["65536", "4294967295"])
def test_a_delay_has_two_bytes(bench: LoggerBench, text: str) -> None:
    async def test(logger: Logger) -> None:
        with pytest.raises(InvalidValueError):
            await logger.write("mission/delay", text)

    bench.test(test)


def test_without_a_mission_there_is_no_date_of_one(bench: LoggerBench) -> None:
    async def test(logger: Logger) -> None:
        for name in ("mission/udate", "mission/date", "log/date.0", "overtemp/udate.ALL"):
            with pytest.raises(InvalidValueError):
                await logger.read(name)
        assert await logger.number("overtemp/elements") == 0

    bench.test(test)

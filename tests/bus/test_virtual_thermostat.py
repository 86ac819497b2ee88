"""/bus.N/thermostat: a DS1821, the chip without ROM id."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from owfs_py.bus.errors import (
    CommunicationError,
    InvalidValueError,
    NoPresenceError,
    NotSupportedError,
    VerifyError,
)
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.simulated import SimulatedBus, Style
from owfs_py.emulator.ds1821 import DS1821
from owfs_py.emulator.slave import Behaviour
from owfs_py.emulator.wire import Counts
from tests.bus.bench import Bench

HERE = "/bus.0/thermostat"
FLAGS = {"1shot": 0x01, "polarity": 0x02, "thermostatmode": 0x04, "templowflag": 0x08,
         "temphighflag": 0x10}  # fmt: skip


class Thermostat(Bench):
    """A bench with this chip alone."""

    def __init__(self, **options: int) -> None:
        super().__init__("DS1821")
        (chip,) = self.slaves
        assert isinstance(chip, DS1821)
        self.chip = chip
        for name, value in options.items():
            setattr(chip, name, value)

    def test(self, what: Callable[[OneWire], Awaitable[None]]) -> None:
        self.run(what)

    async def text(self, ow: OneWire, name: str, *, fresh: bool = True) -> str:
        path = f"{'/uncached' * fresh}{HERE}/{name}"
        return (await ow.read(path)).data.decode().strip()

    async def cost(self, ow: OneWire, name: str, *, fresh: bool) -> Counts:
        before = self.wire.counts.snapshot()
        await self.text(ow, name, fresh=fresh)
        counts: Counts = self.wire.counts - before
        return counts


@pytest.fixture
def bench() -> Thermostat:
    return Thermostat()


def test_it_has_no_place_among_the_devices(bench: Thermostat) -> None:
    async def test(ow: OneWire) -> None:
        assert "/bus.0/thermostat" not in (await ow.dir("/bus.0")).entries
        assert len((await ow.dir(HERE)).entries) == 9
        assert await bench.text(ow, "type") == "DS1821"

    bench.test(test)


# Temperature


@pytest.mark.parametrize("per_degree", [0, 200, 240, 511])
@pytest.mark.parametrize("celsius", [125.0, 25.0, 21.3, 0.25, 0.0, -0.75, -1.0, -55.0])
def test_temperatures_with_the_fractions_of_the_counter(per_degree: int, celsius: float) -> None:
    bench = Thermostat(per_degree=per_degree)
    bench.chip.temperature = celsius

    async def test(ow: OneWire) -> None:
        began = bench.clock.now()
        shown = float(await bench.text(ow, "temperature"))
        assert bench.clock.now() - began >= 1.0
        exact = 1 / per_degree if per_degree else 0.75
        assert shown == pytest.approx(celsius, abs=exact)

    bench.test(test)


def test_one_that_converts_all_the_time_is_only_read(bench: Thermostat) -> None:
    async def test(ow: OneWire) -> None:
        bench.chip.temperature = 23
        await ow.write(f"{HERE}/1shot", b"0")
        assert await bench.text(ow, "temperature") == "23"
        bench.chip.temperature = 24
        began = bench.clock.now()
        assert await bench.text(ow, "temperature") == "24"
        assert bench.clock.now() == began
        await ow.write(f"{HERE}/1shot", b"1")
        assert bench.chip.status & 0x80, "it rests"

    bench.test(test)


def test_one_that_should_convert_all_the_time_and_does_not_is_started() -> None:
    bench = Thermostat(configuration=0)
    bench.chip.temperature = 26

    async def test(ow: OneWire) -> None:
        assert await bench.text(ow, "temperature") == "26"

    bench.test(test)


def test_a_temperature_is_kept(bench: Thermostat) -> None:
    async def test(ow: OneWire) -> None:
        await asyncio.gather(*(bench.text(ow, "temperature", fresh=False) for _ in range(3)))
        assert bench.wire.counts.conversions == 1
        assert (await bench.cost(ow, "temperature", fresh=False)).resets == 0

    bench.test(test)


# Registers


@pytest.mark.parametrize("name", ["temphigh", "templow"])
@pytest.mark.parametrize(
    ("text", "degrees"), [("30.6", 31), ("-5.6", -6), ("0", 0), ("-1", -1), ("127", 127)]
)
def test_limits(bench: Thermostat, name: str, text: str, degrees: int) -> None:
    async def test(ow: OneWire) -> None:
        await ow.write(f"{HERE}/{name}", text.encode())
        assert await bench.text(ow, name) == str(degrees)
        stored = bench.chip.high if name == "temphigh" else bench.chip.low
        assert (stored, bench.chip.lost_writes) == (degrees, 0)

    bench.test(test)


@pytest.mark.parametrize("text", ["128", "-129", "nan", "inf"])
def test_what_no_limit_can_be_is_refused(bench: Thermostat, text: str) -> None:
    async def test(ow: OneWire) -> None:
        with pytest.raises(InvalidValueError):
            await ow.write(f"{HERE}/temphigh", text.encode())
        assert bench.chip.high == 25

    bench.test(test)


@pytest.mark.parametrize(("name", "mask"), FLAGS.items())
def test_bits_of_the_status(bench: Thermostat, name: str, mask: int) -> None:
    async def test(ow: OneWire) -> None:
        for value in ("1", "0", "1"):
            others = bench.chip.configuration & ~mask
            await ow.write(f"{HERE}/{name}", value.encode())
            assert bench.chip.configuration == others | mask * int(value)
            assert await bench.text(ow, name, fresh=False) == value
        assert bench.chip.lost_writes == 0

    bench.test(test)


def test_one_reading_of_the_status_serves_all_bits(bench: Thermostat) -> None:
    async def test(ow: OneWire) -> None:
        await bench.text(ow, "polarity", fresh=False)
        for name in FLAGS:
            assert (await bench.cost(ow, name, fresh=False)).resets == 0

    bench.test(test)


def test_writes_wait_for_each_other(bench: Thermostat) -> None:
    async def test(ow: OneWire) -> None:
        names = ("temphigh", "templow", "polarity")
        await asyncio.gather(*(ow.write(f"{HERE}/{name}", b"1") for name in names))
        assert (bench.chip.high, bench.chip.low, bench.chip.configuration) == (1, 1, 3)
        assert bench.chip.lost_writes == 0

    bench.test(test)


# Faults


class Deaf(DS1821):
    """A chip that stores nothing."""

    def _store(self, name: str, change: Callable[[int], int]) -> Behaviour:
        return
        yield


@pytest.mark.parametrize(("name", "data"), [("temphigh", b"31"), ("polarity", b"1")])
def test_what_is_not_stored_is_reported(bench: Thermostat, name: str, data: bytes) -> None:
    bench.chip.__class__ = Deaf

    async def test(ow: OneWire) -> None:
        with pytest.raises(VerifyError):
            await ow.write(f"{HERE}/{name}", data)

    bench.test(test)


@pytest.mark.parametrize("name", ["temperature", "temphigh", "templow", "polarity"])
def test_where_others_are_nobody_answers(name: str) -> None:
    async def test(ow: OneWire) -> None:
        with pytest.raises(CommunicationError):
            await ow.read(f"{HERE}/{name}")
        if name != "temperature":
            with pytest.raises(CommunicationError):
                await ow.write(f"{HERE}/{name}", b"1")

    Bench("28,10").run(test)


def test_one_that_goes_away_in_the_middle_is_noticed(bench: Thermostat) -> None:
    class Leaving(DS1821):
        def _start(self) -> Behaviour:
            self.functions = {}  # type: ignore[misc]  # of this chip only
            yield from super()._start()

    bench.chip.__class__ = Leaving
    bench.chip.functions = DS1821.functions | {0xEE: Leaving._start}  # type: ignore[misc]

    async def test(ow: OneWire) -> None:
        with pytest.raises(CommunicationError):
            await ow.read(f"{HERE}/temperature")

    bench.test(test)


def test_in_thermostat_mode_it_is_silent_after_power_on(bench: Thermostat) -> None:
    async def test(ow: OneWire) -> None:
        await ow.write(f"{HERE}/thermostatmode", b"1")
        assert await bench.text(ow, "temphigh") == "25"
        bench.chip.brown_out()
        with pytest.raises(NoPresenceError):
            await bench.text(ow, "temphigh")

    bench.test(test)


# Which bus


def test_without_a_bus_in_the_path_it_is_looked_for_on_the_first() -> None:
    bench = Bench("DS1821", "28")

    async def test(ow: OneWire) -> None:
        assert (await ow.read("/thermostat/temphigh")).data.strip() == b"25"
        await ow.write("/thermostat/temphigh", b"26")
        assert (await ow.read("/bus.0/thermostat/temphigh")).data.strip() == b"26"
        with pytest.raises(CommunicationError):
            await ow.read("/bus.1/thermostat/temphigh")

    bench.run(test)


def test_without_a_wire_there_is_none() -> None:
    async def main() -> None:
        async with OneWire() as ow:
            with pytest.raises(NotSupportedError):
                await ow.read("/thermostat/temperature")
            ow.add_bus(SimulatedBus(0, ow.cache, ow.aliases, style=Style.TESTER, devices="28"))
            with pytest.raises(NotSupportedError):
                await ow.read("/bus.0/thermostat/temperature")
            with pytest.raises(NotSupportedError):
                await ow.write("/bus.0/thermostat/polarity", b"1")
            assert (await ow.read("/bus.0/thermostat/type")).data == b"DS1821"

    asyncio.run(main())


def test_a_status_that_was_misread_is_not_written_back(bench: Thermostat) -> None:
    async def test(ow: OneWire) -> None:
        for slot in range(5):
            bench.wire.faults.noisy_slots = {bench.wire.counts.slots + 8 + slot}
            with pytest.raises(CommunicationError):
                await ow.write(f"{HERE}/polarity", b"0")
            assert bench.chip.configuration == 1

    bench.test(test)

"""Reading the sensors of CMCIEL: what a reading means, and when it is served."""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import CrcError, DeviceGoneError, NotSupportedError
from owfs_py.bus.onewire import OneWire
from owfs_py.emulator.cmciel import Cmciel
from tests.bus.bench import Bench


class SensorBench(Bench):
    """A bench with one sensor."""

    def __init__(self, spec: str, reading: int) -> None:
        super().__init__(spec)
        chip = self.slaves[0]
        assert isinstance(chip, Cmciel)
        self.chip = chip
        chip.reading = reading

    def path(self, name: str) -> str:
        return f"/{self.chip.rom}/{name}"

    def values(self, *names: str) -> list[object]:
        async def test(ow: OneWire) -> list[object]:
            return [await ow.read_value(self.path(name)) for name in names]

        return self.run(test)


@pytest.mark.parametrize(
    ("reading", "rpm"), [(0, 0), (1500, 1500), (0x7FFF, 32767), (0x8000, -32768), (0xFF38, -200)]
)
def test_a_shaft_may_turn_the_other_way(reading: int, rpm: int) -> None:
    assert SensorBench("A0", reading).values("RPM", "reading") == [rpm, reading]


def test_a_negative_speed_reads_as_such() -> None:
    bench = SensorBench("A0", 0xFFFF)

    async def test(ow: OneWire) -> bytes:
        return (await ow.read(bench.path("RPM"))).data

    assert bench.run(test) == b"          -1"


@pytest.mark.parametrize(
    ("spec", "name", "reading", "value"),
    [
        ("A2", "current", 1234, 12.34),
        ("B2", "current", 10000, 0.020),
        ("B2", "current", 2000, 0.004),
        ("B2", "volts", 10000, 10.0),
        ("B2", "volts", 1, 0.001),
    ],
)
def test_analogue_values(spec: str, name: str, reading: int, value: float) -> None:
    assert SensorBench(spec, reading).values(name) == [pytest.approx(value)]


def test_loops_have_four_bits_for_each_state() -> None:
    bench = SensorBench("A5", 0xF421)
    names = ("switch_closed.ALL", "loop_shorted.BYTE", "loop_open.BYTE", "switch", "shorted",
             "open", "loop_open.2")  # fmt: skip
    assert bench.values(*names) == [[True, False, False, False], 2, 4, 1, 2, 4, True]


def test_what_was_measured_is_kept_for_a_while_but_switches_are_looked_at() -> None:
    bench = SensorBench("A5", 0x0001)

    async def test(ow: OneWire) -> None:
        assert await ow.read_value(bench.path("reading")) == 1
        assert await ow.read_value(bench.path("switch_closed.0")) is True
        bench.chip.reading = 0
        assert await ow.read_value(bench.path("reading")) == 1
        assert await ow.read_value(bench.path("switch_closed.0")) is False
        bench.clock.wait(ow.cache.timeouts.volatile)
        assert await ow.read_value(bench.path("reading")) == 0

    bench.run(test)


def test_one_reading_serves_both_ranges() -> None:
    bench = SensorBench("B2", 5000)

    async def test(ow: OneWire) -> None:
        await ow.read(bench.path("volts"))
        before = bench.wire.counts.resets
        await ow.read(bench.path("current"))
        assert bench.wire.counts.resets == before

    bench.run(test)


def test_a_wrong_crc_is_asked_again_and_never_served() -> None:
    bench = SensorBench("A2", 777)

    async def test(ow: OneWire) -> None:
        bench.chip.spoiled_crcs = 2
        assert await ow.read_value(bench.path("current")) == pytest.approx(7.77)
        bench.chip.spoiled_crcs = 3
        with pytest.raises(CrcError):
            await ow.read("/uncached" + bench.path("current"))
        assert await ow.read_value(bench.path("current")) == pytest.approx(7.77)

    bench.run(test)


def test_a_sensor_that_is_gone_is_reported() -> None:
    bench = SensorBench("A0", 7)

    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        bench.wire.detach(bench.chip)
        bench.wire.attach(type(bench.chip)(type(bench.chip.rom).make(0xA0, b"others")))
        with pytest.raises((CrcError, DeviceGoneError)):
            await ow.read(bench.path("RPM"))

    bench.run(test)


def test_nothing_can_be_written() -> None:
    bench = SensorBench("A0", 7)

    async def test(ow: OneWire) -> None:
        with pytest.raises(NotSupportedError):
            await ow.write(bench.path("RPM"), b"1")

    bench.run(test)

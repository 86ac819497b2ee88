"""Reading the barometer TAI8570 through its two switches."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from owfs_py.bus.errors import CommunicationError, OneWireError, WrongModelError
from owfs_py.bus.families.ms5534 import DA5534, DA5540, PLAIN, Calibration
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.rom import RomId
from owfs_py.emulator.ds2406 import DS2406
from owfs_py.emulator.tai8570 import TAI8570, packet
from tests.bus.bench import Bench

WRITER, READER = RomId.make(0x12, b"writer"), RomId.make(0x12, b"reader")
either = pytest.mark.parametrize("rom", [WRITER, READER], ids=["writer", "reader"])


class BarometerBench(Bench):
    def __init__(self) -> None:
        super().__init__("12", pace=True)
        self.board = TAI8570(self.wire, WRITER, READER)
        self.sensor = self.board.sensor


@pytest.fixture
def bench() -> BarometerBench:
    return BarometerBench()


@either
def test_each_tells_its_partner_and_the_calibration(bench: BarometerBench, rom: RomId) -> None:
    async def test(ow: OneWire) -> None:
        partner = READER if rom == WRITER else WRITER
        assert await ow.read_value(f"/{rom}/TAI8570/sibling") == partner.hex().upper()
        constants = await ow.read_value(f"/{rom}/TAI8570/C.ALL")
        assert constants == list(Calibration.from_words(bench.sensor.words))
        assert await ow.read_value(f"/{rom}/TAI8570/C.3") == constants[3]

    bench.run(test)


@either
@pytest.mark.parametrize("d2", [16000, 22500, 40000])
def test_pressure_and_temperature(bench: BarometerBench, rom: RomId, d2: int) -> None:
    bench.sensor.temperature = d2
    d1, c = bench.sensor.pressure, Calibration.from_words(bench.sensor.words)

    async def test(ow: OneWire) -> None:
        for way, formula in (("", PLAIN), ("DA5534/", DA5534), ("DA5540/", DA5540)):
            path = f"/{rom}/TAI8570/{way}"
            assert await ow.read_value(f"{path}temperature") == formula.degrees(d2, c)
            assert await ow.read_value(f"{path}pressure") == formula.millibar(d1, d2, c)
        assert await ow.read_value(f"/{rom}/TAI8570/D1") == d1
        assert await ow.read_value(f"/{rom}/TAI8570/D2") == d2

    bench.run(test)


def test_two_conversions_serve_all_for_a_while(bench: BarometerBench) -> None:
    async def test(ow: OneWire) -> None:
        for name in ("temperature", "pressure", "DA5534/pressure", "DA5540/temperature"):
            await ow.read(f"/{WRITER}/TAI8570/{name}")
        assert bench.sensor.conversions == 2
        await ow.read(f"/uncached/{WRITER}/TAI8570/temperature")
        assert bench.sensor.conversions == 3
        await ow.read(f"/uncached/{WRITER}/TAI8570/pressure")
        assert bench.sensor.conversions == 5

    bench.run(test)


def test_the_calibration_is_read_once(bench: BarometerBench) -> None:
    async def test(ow: OneWire) -> None:
        await ow.read(f"/{WRITER}/TAI8570/temperature")
        before = bench.sensor.resets
        await asyncio.sleep(3600)
        await ow.read(f"/uncached/{WRITER}/TAI8570/C.ALL")
        await ow.read(f"/uncached/{WRITER}/TAI8570/temperature")
        assert bench.sensor.resets == before + 1

    bench.run(test)


def test_the_bus_is_free_while_the_sensor_measures(bench: BarometerBench) -> None:
    (other,) = bench.slaves

    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        await ow.read(f"/{WRITER}/TAI8570/C.ALL")
        measuring = asyncio.ensure_future(ow.read(f"/{WRITER}/TAI8570/D1"))
        await asyncio.sleep(0.050)  # the reset and the command take 45 ms
        assert bench.sensor.conversions == 1
        began = ow.clock.now()
        await ow.read(f"/uncached/{other.rom}/power")
        assert ow.clock.now() - began < 0.02
        assert not measuring.done()
        await measuring

    bench.run(test)


def test_both_may_be_asked_at_the_same_time(bench: BarometerBench) -> None:
    async def test(ow: OneWire) -> None:
        names = ("D1", "D2", "C.ALL")
        paths = [f"/{rom}/TAI8570/{name}" for rom in (WRITER, READER) for name in names]
        found = await asyncio.gather(*(ow.read_value(path) for path in paths))
        assert found[:3] == found[3:]
        assert found[:2] == [bench.sensor.pressure, bench.sensor.temperature]

    bench.run(test)


def test_the_alarm_settings_of_the_switches_stay(bench: BarometerBench) -> None:
    async def test(ow: OneWire) -> None:
        for rom, setting in ((WRITER, b"311"), (READER, b"120")):
            await ow.write(f"/{rom}/set_alarm", setting)
        await ow.read(f"/{WRITER}/TAI8570/pressure")
        assert await ow.read_value(f"/uncached/{WRITER}/set_alarm") == 311
        assert await ow.read_value(f"/uncached/{READER}/set_alarm") == 120

    bench.run(test)


def test_what_the_switches_were_is_forgotten(bench: BarometerBench) -> None:
    async def test(ow: OneWire) -> None:
        for rom in (WRITER, READER):
            await ow.write(f"/{rom}/PIO.ALL", b"1,1")
            assert await ow.read_value(f"/{rom}/PIO.BYTE") == 3
        await ow.read(f"/{WRITER}/TAI8570/D1")
        for rom in (WRITER, READER):
            assert await ow.read_value(f"/{rom}/PIO.BYTE") == 0

    bench.run(test)


# What is no barometer


@pytest.mark.parametrize(
    ("page", "data"),
    [
        (0, packet(0, b"\0\0\0\0\0\0\08571")),
        (0, packet(1, b"\0\0\0\0\0\0\08570")),  # the CRC of another page
        (1, packet(1, bytes(8))),
        (1, packet(1, READER[:7] + b"\0")),
        (1, packet(1, READER[:5])),
        (1, packet(1, WRITER)),
        (1, b"\xff" * 32),
    ],
)
def test_a_memory_that_does_not_say_so_is_no_barometer(
    bench: BarometerBench, page: int, data: bytes
) -> None:
    bench.board.writer.memory[32 * page : 32 * page + len(data)] = data

    async def test(ow: OneWire) -> None:
        for name in ("sibling", "C.0", "D1", "temperature", "DA5540/pressure"):
            with pytest.raises(WrongModelError):
                await ow.read(f"/{WRITER}/TAI8570/{name}")

    bench.run(test)
    assert bench.sensor.conversions == 0


# Faults


@pytest.mark.parametrize("fault", ["missing", "slow"])
def test_a_sensor_that_does_not_answer_is_reported(bench: BarometerBench, fault: str) -> None:
    setattr(bench.sensor, fault, True)

    async def test(ow: OneWire) -> None:
        for name in ("temperature", "pressure"):
            with pytest.raises(CommunicationError):
                await ow.read(f"/{WRITER}/TAI8570/{name}")

    bench.run(test)


def test_a_sensor_that_is_missing_has_no_calibration(bench: BarometerBench) -> None:
    bench.sensor.missing = True

    async def test(ow: OneWire) -> None:
        with pytest.raises(CommunicationError):
            await ow.read(f"/{WRITER}/TAI8570/C.ALL")
        bench.sensor.missing = False
        await ow.read(f"/{WRITER}/TAI8570/C.ALL")

    bench.run(test)


def test_a_calibration_that_comes_otherwise_each_time_is_not_used(bench: BarometerBench) -> None:
    class Wandering(list[int]):
        """Words that nobody reads the same twice."""

        asked = 0

        def __iter__(self) -> Iterator[int]:
            self.asked += 1
            return iter([self[n] ^ self.asked & 0xFF for n in range(len(self))])

    bench.sensor.words = Wandering(bench.sensor.words)

    async def test(ow: OneWire) -> None:
        with pytest.raises(CommunicationError):
            await ow.read(f"/{WRITER}/TAI8570/C.ALL")

    bench.run(test)


@pytest.mark.parametrize("after", [*range(0, 1300, 41), 922, 1039])
def test_noise_never_makes_a_wrong_number(bench: BarometerBench, after: int) -> None:
    async def test(ow: OneWire) -> None:
        await ow.read(f"/{WRITER}/TAI8570/C.ALL")
        bench.wire.faults.noisy_slots = {bench.wire.counts.slots + after}
        try:
            found = await ow.read_value(f"/{WRITER}/TAI8570/D1")
        except CommunicationError:
            return
        assert found == bench.sensor.pressure

    bench.run(test)


def test_a_partner_that_is_gone_is_reported(bench: BarometerBench) -> None:
    async def test(ow: OneWire) -> None:
        await ow.read(f"/{WRITER}/TAI8570/temperature")
        bench.board.reader.absent = True
        with pytest.raises(OneWireError):
            await ow.read(f"/uncached/{WRITER}/TAI8570/temperature")
        bench.board.writer.absent = True
        for name in ("sibling", "C.ALL"):
            with pytest.raises(OneWireError):
                await ow.read(f"/uncached/{WRITER}/TAI8570/{name}")

    bench.run(test)


def test_a_switch_of_its_own_has_no_barometer(bench: BarometerBench) -> None:
    (plain,) = bench.slaves
    assert isinstance(plain, DS2406)

    async def test(ow: OneWire) -> None:
        with pytest.raises(WrongModelError):
            await ow.read(f"/{plain.rom}/TAI8570/pressure")

    bench.run(test)

"""Reading and setting a weather head WS603."""

from __future__ import annotations

import asyncio

import pytest

from owfs_py.bus.errors import CommunicationError, NotSupportedError, OutOfRangeError, VerifyError
from owfs_py.bus.onewire import OneWire
from owfs_py.emulator.ws603 import WS603
from tests.bus.bench import Bench

READINGS = bytes((100, 7, 3, 120, 200))
PARAMETERS = bytes((1, 110, 4, 60, 0))


@pytest.fixture
def bench() -> Bench:
    result = Bench("30")
    (plain,) = result.slaves
    result.wire.detach(plain)
    head = WS603(plain.rom)
    head.readings[:], head.parameters[:], head.celsius = READINGS, PARAMETERS, -3.5
    result.wire.attach(head)
    result.emulations[0].slaves[:] = [head]
    return result


def head(bench: Bench) -> WS603:
    (slave,) = bench.slaves
    assert isinstance(slave, WS603)
    return slave


def path(bench: Bench, name: str) -> str:
    return f"/{head(bench).rom}/WS603/{name}"


VALUES = {
    "temperature": -3.5,
    "wind_speed": 80.1245,
    "direction": 7,
    "volt": 200,
    "light/intensity": 120,
    "light/threshold": 60,
    "calibration/wind_speed": 110,
    "calibration/direction": 4,
    "LED/status": 3,
    "LED/model": 1,
    "data_string": READINGS,
    "param_string": PARAMETERS,
}


def test_two_answers_tell_everything(bench: Bench) -> None:
    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        before = bench.wire.counts.resets
        found = {name: await ow.read_value(path(bench, name)) for name in VALUES}
        wind = found.pop("wind_speed")
        assert found == {name: value for name, value in VALUES.items() if name != "wind_speed"}
        assert wind == pytest.approx(VALUES["wind_speed"], abs=1e-4)
        # Temperature; then twice: request, look whether it is there, fetch the answer.
        assert bench.wire.counts.resets == before + 1 + 2 * 3

    bench.run(test)


@pytest.mark.parametrize("factor", [0, 200, 255])
def test_a_wind_calibration_that_was_never_set_is_100_percent(bench: Bench, factor: int) -> None:
    head(bench).parameters[1] = factor

    async def test(ow: OneWire) -> None:
        speed = await ow.read_value(path(bench, "wind_speed"))
        assert speed == pytest.approx(80.1245 / 1.1, abs=1e-4)

    bench.run(test)


@pytest.mark.parametrize("last", range(0, 256, 51))
def test_every_sum_is_good(bench: Bench, last: int) -> None:
    head(bench).readings[4] = last

    async def test(ow: OneWire) -> None:
        assert await ow.read_value(path(bench, "volt")) == last

    bench.run(test)


def test_a_wrong_sum_is_never_served(bench: Bench) -> None:
    class Garbled(WS603):
        @property
        def registers(self) -> bytearray:
            registers = super().registers
            registers[0x8E] = 0x55  # where the sum is
            return registers

    garbled = Garbled(head(bench).rom)
    bench.wire.detach(head(bench))
    bench.wire.attach(garbled)

    async def test(ow: OneWire) -> None:
        with pytest.raises(CommunicationError):
            await ow.read(path(bench, "direction"))

    bench.run(test)


def test_without_a_head_there_is_no_answer_and_others_get_the_bus_meanwhile() -> None:
    bench = Bench("30,30")
    first, second = (slave.rom for slave in bench.slaves)

    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        waiting = asyncio.ensure_future(ow.read(f"/{first}/WS603/direction"))
        await asyncio.sleep(0.1)
        began = ow.clock.now()
        await ow.read(f"/{second}/volt")
        assert ow.clock.now() - began < 0.02
        assert not waiting.done()
        with pytest.raises(CommunicationError):
            await waiting

    bench.run(test)


def test_two_who_ask_get_an_answer_each(bench: Bench) -> None:
    async def test(ow: OneWire) -> None:
        names = ("direction", "calibration/direction", "LED/status")
        found = await asyncio.gather(*(ow.read_value(path(bench, name)) for name in names))
        assert found == [VALUES[name] for name in names]

    bench.run(test)


def test_calibrations_are_set_and_looked_at(bench: Bench) -> None:
    async def test(ow: OneWire) -> None:
        assert await ow.read_value(path(bench, "calibration/wind_speed")) == 110
        await ow.write(path(bench, "calibration/wind_speed"), b"120")
        await ow.write(path(bench, "calibration/direction"), b"255")
        assert head(bench).parameters[1:3] == b"\x78\xff"
        assert await ow.read_value(path(bench, "calibration/wind_speed")) == 120

    bench.run(test)


def test_a_calibration_that_the_head_does_not_take_is_reported(bench: Bench) -> None:
    head(bench).stubborn = True

    async def test(ow: OneWire) -> None:
        with pytest.raises(VerifyError):
            await ow.write(path(bench, "calibration/wind_speed"), b"120")

    bench.run(test)


def test_lights_are_set_all_at_once(bench: Bench) -> None:
    async def test(ow: OneWire) -> None:
        await ow.write(path(bench, "LED/control.ALL"), b"1,2,3,255")
        assert head(bench).lights == b"\x01\x02\x03\xff"
        with pytest.raises(NotSupportedError):
            await ow.write(path(bench, "LED/control.1"), b"9")

    bench.run(test)


@pytest.mark.parametrize(
    ("name", "data"),
    [("calibration/direction", b"256"), ("LED/control.ALL", b"1,2,3,256")],
)
def test_what_is_no_byte_is_refused(bench: Bench, name: str, data: bytes) -> None:
    async def test(ow: OneWire) -> None:
        with pytest.raises(OutOfRangeError):
            await ow.write(path(bench, name), data)

    bench.run(test)


def test_a_request_is_placed_until_it_stays(bench: Bench) -> None:
    class Forgetful(WS603):
        """Its RAM loses the first requests."""

        losses = 3

        def on_reset(self) -> None:
            if self.losses and self._registers[0x80]:
                self._registers[0x80] = 0
                self.losses -= 1

    forgetful = Forgetful(head(bench).rom)
    bench.wire.detach(head(bench))
    bench.wire.attach(forgetful)

    async def test(ow: OneWire) -> None:
        assert await ow.read_value(path(bench, "direction")) == 7

    bench.run(test)
    assert forgetful.losses == 0

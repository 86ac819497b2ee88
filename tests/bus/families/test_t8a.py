"""Reading the voltmeter T8A."""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import CrcError
from owfs_py.bus.onewire import OneWire
from owfs_py.emulator.t8a import T8A
from tests.bus.bench import Bench

VOLTS = [0.0, 0.999756, 2.5, 3.29956, 4.99023, 4.99878, 0.00976562, 3.24097]


@pytest.fixture
def bench() -> Bench:
    result = Bench("T8A,12")
    chip(result).volts[:] = VOLTS
    return result


def chip(bench: Bench) -> T8A:
    slave = bench.slaves[0]
    assert isinstance(slave, T8A)
    return slave


def path(bench: Bench, name: str) -> str:
    return f"/{chip(bench).rom}/{name}"


def test_eight_voltages(bench: Bench) -> None:
    async def test(ow: OneWire) -> None:
        assert await ow.read_value(path(bench, "T8A/volt.ALL")) == pytest.approx(VOLTS, abs=1e-5)
        chip(bench).volts[3] = 1.0
        assert await ow.read_value(path(bench, "T8A/volt.3")) == pytest.approx(3.29956, abs=1e-5)
        fresh = await ow.read_value(f"/uncached{path(bench, 'T8A/volt.3')}")
        assert fresh == pytest.approx(1.0, abs=0.001)

    bench.run(test)


def test_a_wrong_crc_is_never_served(bench: Bench) -> None:
    async def test(ow: OneWire) -> None:
        chip(bench).spoiled_crcs = 2
        assert await ow.read_value(path(bench, "T8A/volt.2")) == pytest.approx(2.5)
        chip(bench).spoiled_crcs = 100
        with pytest.raises(CrcError):
            await ow.read(path(bench, "T8A/volt.4"))

    bench.run(test)


def test_it_is_listed_only_where_it_is(bench: Bench) -> None:
    plain = bench.slaves[1]

    async def test(ow: OneWire) -> None:
        volts = [f"{path(bench, 'T8A')}/volt.{n}" for n in ("ALL", *range(8))]
        assert path(bench, "T8A") in (await ow.dir(path(bench, ""))).entries
        assert (await ow.dir(path(bench, "T8A"))).entries == volts
        assert f"/{plain.rom}/T8A" not in (await ow.dir(f"/{plain.rom}")).entries
        assert (await ow.dir(f"/{plain.rom}/T8A")).entries == []

    bench.run(test)


def test_what_it_is_is_asked_once_for_a_while(bench: Bench) -> None:
    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        await ow.dir(path(bench, ""))
        before = bench.wire.counts.resets
        await ow.dir(path(bench, ""))
        await ow.dir(path(bench, "T8A"))
        assert bench.wire.counts.resets == before

    bench.run(test)


def test_the_info_byte_is_read_anew_after_a_measurement(bench: Bench) -> None:
    async def test(ow: OneWire) -> None:
        await ow.read(path(bench, "infobyte"))
        chip(bench).powered = False
        assert await ow.read_value(path(bench, "power")) is True
        await ow.read(path(bench, "T8A/volt.0"))
        assert await ow.read_value(f"{path(bench, 'sensed.ALL')}") == [True, True]
        assert not await ow.read_value(path(bench, "infobyte")) & 0x80

    bench.run(test)

"""A DS2409 and what lies behind it: its own properties, and paths through it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from owfs_py.bus.errors import (
    CommunicationError,
    DeviceGoneError,
    InvalidValueError,
    IsDirectoryError,
    OneWireError,
    PathError,
)
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.view import View
from owfs_py.emulator.ds2409 import DS2409, Branch
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.thermometers import DS18B20
from tests.bus.bench import Bench, degrees


class CoupledBench(Bench):
    """A coupler on the trunk beside a thermometer, thermometers on its branches, a coupler on its
    aux branch with a thermometer on main."""

    def __init__(self, **options: Any) -> None:
        super().__init__("1F,28", **options)
        coupler, self.at_trunk = self.slaves
        assert isinstance(coupler, DS2409)
        self.coupler = coupler
        self.near = [self.plug(coupler.main, 10), self.plug(coupler.main, 11)]
        self.other = self.plug(coupler.aux, 12)
        inner = make_slave("1F", index=13)
        assert isinstance(inner, DS2409)
        coupler.aux.attach(inner)
        self.inner = inner
        self.far = self.plug(inner.main, 14)
        self.main, self.aux = f"/{coupler.rom}/main", f"/{coupler.rom}/aux"
        self.deep = f"{self.aux}/{inner.rom}/main"

    def plug(self, branch: Branch, index: int, parasitic: bool = False) -> DS18B20:
        """A thermometer that measures its number."""
        slave = make_slave("28", index=index, parasitic=parasitic, temperature=float(index))
        assert isinstance(slave, DS18B20)
        branch.attach(slave)
        return slave


@pytest.fixture
def bench() -> CoupledBench:
    return CoupledBench()


# Its own properties


def test_connecting_a_branch_by_hand_shows_its_devices_at_the_root(bench: CoupledBench) -> None:
    own = f"/{bench.coupler.rom}"

    async def test(ow: OneWire) -> None:
        await ow.write(f"{own}/branch.BYTE", b"1")
        assert await ow.read_value(f"{own}/branch.ALL") == [True, False]
        assert f"/uncached/{bench.near[0].rom}" in (await ow.dir("/uncached")).entries
        with pytest.raises(InvalidValueError):
            await ow.write(f"{own}/branch.1", b"1")
        await ow.write(f"{own}/branch.BYTE", b"2")
        assert bench.coupler.aux.connected
        await ow.write(f"{own}/branch.BYTE", b"0")
        assert f"/uncached/{bench.near[0].rom}" not in (await ow.dir("/uncached")).entries

    bench.run(test)


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_control_output(bench: CoupledBench, number: int) -> None:
    async def test(ow: OneWire) -> None:
        await ow.write(f"/{bench.coupler.rom}/control", str(number).encode())
        assert await ow.read_value(f"/{bench.coupler.rom}/control") == number
        with pytest.raises(InvalidValueError):
            await ow.write(f"/{bench.coupler.rom}/control", b"4")

    bench.run(test)


def test_events_are_cleared(bench: CoupledBench) -> None:
    own = f"/{bench.coupler.rom}"

    async def test(ow: OneWire) -> None:
        bench.plug(bench.coupler.aux, 99)
        assert await ow.read_value(f"{own}/event.ALL") == [False, True]
        assert await ow.read_value(f"{own}/sensed.ALL") == [True, True]
        await ow.write(f"{own}/clearevent", b"0")
        assert await ow.read_value(f"{own}/event.BYTE") == 2
        await ow.write(f"{own}/clearevent", b"1")
        assert await ow.read_value(f"{own}/event.BYTE") == 0

    bench.run(test)


def test_discharge_lets_parasitic_devices_begin_anew(bench: CoupledBench) -> None:
    chip = bench.plug(bench.coupler.main, 20, parasitic=True)

    async def test(ow: OneWire) -> None:
        assert await degrees(ow, f"{bench.main}/{chip.rom}/temperature") == 20
        await ow.write(f"/{bench.coupler.rom}/discharge", b"1")
        assert await degrees(ow, f"{bench.main}/{chip.rom}/latesttemp") == 85

    bench.run(test)


# Paths through it


def test_listings_of_trunk_and_branches(bench: CoupledBench) -> None:
    async def test(ow: OneWire) -> None:
        async def entries(path: str) -> set[str]:
            return set((await ow.dir(path, view=View(bus_list=True))).entries)

        assert {f"/{bench.coupler.rom}", f"/{bench.at_trunk.rom}"} <= await entries("/")
        for path, chips in {
            bench.main: bench.near,
            bench.aux: [bench.other, bench.inner],
            bench.deep: [bench.far],
            f"{bench.aux}/{bench.inner.rom}/aux": [],
            f"/uncached{bench.main}": bench.near,
            f"/bus.0{bench.deep}": [bench.far],
        }.items():
            devices = {f"{path}/{chip.rom}" for chip in chips}
            also = {f"{path}/simultaneous", f"{path}/alarm"} if chips else set()
            assert await entries(path) == devices | also

    bench.run(test)


def test_a_listing_of_a_branch_is_kept(bench: CoupledBench) -> None:
    async def test(ow: OneWire) -> None:
        first = await ow.dir(bench.deep)
        before = bench.wire.counts.resets
        assert (await ow.dir(bench.deep)).entries == first.entries
        assert bench.wire.counts.resets == before

    bench.run(test)


def test_values_at_any_depth(bench: CoupledBench) -> None:
    async def test(ow: OneWire) -> None:
        for path, chip in [
            (bench.main, bench.near[0]),
            (bench.deep, bench.far),
            (bench.main, bench.near[1]),
            (bench.aux, bench.other),
            (f"/uncached{bench.deep}", bench.far),
            (f"/bus.0{bench.main}", bench.near[0]),
        ]:
            assert await degrees(ow, f"{path}/{chip.rom}/temperature") == chip.temperature
        await ow.write(f"{bench.deep}/{bench.far.rom}/temphigh", b"33")
        assert bench.far.eeprom[0] == 33
        assert await degrees(ow, f"{bench.deep}/{bench.far.rom}/temphigh") == 33

    bench.run(test)


def test_requests_to_several_branches_at_the_same_time(bench: CoupledBench) -> None:
    bench.at_trunk.temperature = 5.0
    places = [(bench.main, bench.near[0]), (bench.deep, bench.far), ("", bench.at_trunk),
              (bench.aux, bench.other), (bench.main, bench.near[1])]  # fmt: skip

    async def test(ow: OneWire) -> None:
        for _ in range(3):
            values = await asyncio.gather(
                *(degrees(ow, f"/uncached{way}/{chip.rom}/temperature") for way, chip in places)
            )
            assert values == [chip.temperature for _, chip in places]

    bench.run(test)


def test_one_conversion_serves_a_branch(bench: CoupledBench) -> None:
    async def test(ow: OneWire) -> None:
        await ow.dir(bench.main)
        await degrees(ow, f"{bench.main}/{bench.near[0].rom}/temperature")
        before = bench.wire.counts.conversions
        await degrees(ow, f"{bench.main}/{bench.near[1].rom}/temperature")
        assert bench.wire.counts.conversions == before
        assert len(bench.near[1].history) == 1
        assert bench.other.history == bench.at_trunk.history == []

    bench.run(test)


def test_simultaneous_converts_the_branch_it_is_in(bench: CoupledBench) -> None:
    async def test(ow: OneWire) -> None:
        await ow.write(f"{bench.deep}/simultaneous/temperature", b"1")
        await asyncio.sleep(0.75)
        assert await ow.read_value(f"{bench.deep}/simultaneous/temperature") is True
        assert await ow.read_value(f"{bench.main}/simultaneous/temperature") is False
        assert await ow.read_value(f"{bench.deep}/simultaneous/present") is True
        assert await ow.read_value(f"{bench.deep}/simultaneous/single") == str(bench.far.rom)
        assert [len(chip.history) for chip in (bench.far, bench.other, *bench.near)] == [1, 0, 0, 0]

    bench.run(test)


def test_a_parasitic_sensor_takes_its_own_branch_only_into_account() -> None:
    bench = CoupledBench()
    weak = bench.plug(bench.coupler.aux, 20, parasitic=True)

    async def test(ow: OneWire) -> None:
        await ow.dir(bench.main)
        assert await degrees(ow, f"{bench.aux}/{weak.rom}/temperature") == 20
        assert await degrees(ow, f"{bench.main}/{bench.near[0].rom}/temperature") == 10
        assert await degrees(ow, f"{bench.main}/{bench.near[1].rom}/temperature") == 11
        assert weak.brown_outs == 0
        assert len(bench.near[1].history) == 1  # shared on its branch, which has power

    bench.run(test)


def test_alarms_of_trunk_and_branches_are_apart(bench: CoupledBench) -> None:
    async def test(ow: OneWire) -> None:
        for chip in (bench.at_trunk, bench.far, bench.other, *bench.near):
            chip.set_limits(-55, 125)
        bench.far.set_limits(20, 30)
        await ow.read(f"{bench.deep}/{bench.far.rom}/temperature")
        await ow.write(f"/{bench.coupler.rom}/clearevent", b"1")
        assert (await ow.dir("/alarm")).entries == []
        assert (await ow.dir(f"{bench.deep}/alarm")).entries == [
            f"{bench.deep}/alarm/{bench.far.rom}"
        ]
        assert (await ow.dir(f"{bench.aux}/alarm")).entries == []

    bench.run(test)


def test_a_device_is_only_where_it_is(bench: CoupledBench) -> None:
    far = bench.far.rom

    async def test(ow: OneWire) -> None:
        assert (await ow.present(f"{bench.deep}/{far}")).rom == far
        assert await degrees(ow, f"{bench.deep}/{far}/temperature") == 14
        for way in ("", bench.main, bench.aux):
            with pytest.raises(PathError):
                await ow.read(f"{way}/{far}/temperature")
            with pytest.raises(PathError):
                await ow.dir(f"{way}/{far}")
        assert await ow.read_value(f"{bench.deep}/{far}/present") is True

    bench.run(test)


def test_a_device_that_moves_to_another_branch(bench: CoupledBench) -> None:
    chip = bench.near[0]

    async def test(ow: OneWire) -> None:
        assert await degrees(ow, f"{bench.main}/{chip.rom}/temperature") == 10
        bench.coupler.main.detach(chip)
        bench.coupler.aux.attach(chip)
        with pytest.raises(DeviceGoneError):
            await ow.read(f"/uncached{bench.main}/{chip.rom}/temperature")
        with pytest.raises(PathError):
            await ow.read(f"{bench.main}/{chip.rom}/templow")
        assert await degrees(ow, f"{bench.aux}/{chip.rom}/temperature") == 10

    bench.run(test)


def test_a_coupler_that_moves_behind_another(bench: CoupledBench) -> None:
    async def test(ow: OneWire) -> None:
        assert await degrees(ow, f"{bench.deep}/{bench.far.rom}/temperature") == 14
        bench.coupler.aux.detach(bench.inner)
        bench.coupler.main.attach(bench.inner)
        with pytest.raises((DeviceGoneError, CommunicationError)):
            await ow.read(f"/uncached{bench.deep}/{bench.far.rom}/temperature")
        there = f"{bench.main}/{bench.inner.rom}/main/{bench.far.rom}/temperature"
        assert await degrees(ow, there) == 14

    bench.run(test)


def test_present_tells_the_coupler_of_a_branch(bench: CoupledBench) -> None:
    async def test(ow: OneWire) -> None:
        assert (await ow.present(bench.main)).rom == bench.coupler.rom
        assert (await ow.present(bench.deep)).rom == bench.inner.rom
        with pytest.raises(PathError):
            await ow.present(f"/1F.000000000000/{'main'}")
        with pytest.raises(IsDirectoryError):
            await ow.read(bench.main)

    bench.run(test)


@pytest.mark.parametrize(
    "ending", ["bus.0", "settings", "statistics", "system", "structure", "interface", "main"]
)
def test_words_that_may_not_follow_a_branch(bench: CoupledBench, ending: str) -> None:
    async def test(ow: OneWire) -> None:
        with pytest.raises(PathError):
            await ow.dir(f"{bench.main}/{ending}")

    bench.run(test)


@pytest.mark.parametrize("word", ["Main", "MAIN", "main.0", "branch"])
def test_words_that_lead_to_no_branch(bench: CoupledBench, word: str) -> None:
    async def test(ow: OneWire) -> None:
        with pytest.raises(OneWireError):
            await ow.dir(f"/{bench.coupler.rom}/{word}/{bench.near[0].rom}")

    bench.run(test)


@pytest.mark.parametrize("number", [0, 3, 40])
def test_noise_on_the_way_never_gives_a_wrong_value(bench: CoupledBench, number: int) -> None:
    async def test(ow: OneWire) -> None:
        path = f"/uncached{bench.deep}/{bench.far.rom}/temperature"
        await ow.read(path)
        for offset in range(0, 400, 7):
            bench.wire.faults.noisy_slots = {bench.wire.counts.slots + offset + number}
            assert await degrees(ow, path) == 14

    bench.run(test)


# What it costs


def test_staying_in_a_branch_costs_one_reset_and_the_way(bench: CoupledBench) -> None:
    async def test(ow: OneWire) -> None:
        path = f"{bench.deep}/{bench.far.rom}"
        await ow.read(f"{path}/templow")
        before = bench.wire.counts.snapshot()
        await ow.read(f"{path}/temphigh")
        cost = bench.wire.counts - before
        assert (cost.resets, cost.slots) == (1, 2 * 104 + 152)

    bench.run(test)


def test_going_back_to_the_trunk_disconnects_the_branch_once(bench: CoupledBench) -> None:
    async def test(ow: OneWire) -> None:
        own = f"/{bench.at_trunk.rom}"
        await ow.read(f"{own}/templow")
        await ow.read(f"{bench.main}/{bench.near[0].rom}/templow")
        assert bench.coupler.main.connected
        costs = []
        for name in ("temphigh", "scratchpad"):
            before = bench.wire.counts.snapshot()
            await ow.read(f"{own}/{name}")
            cost = bench.wire.counts - before
            costs.append((cost.resets, cost.slots))
        assert not bench.coupler.main.connected
        assert costs == [(2, 24 + 152), (1, 152)]

    bench.run(test)


def test_a_branch_left_connected_by_somebody_else_is_disconnected_at_the_start(
    bench: CoupledBench,
) -> None:
    bench.coupler.connected = bench.coupler.main

    async def test(ow: OneWire) -> None:
        assert f"/{bench.near[0].rom}" not in (await ow.dir("/")).entries

    bench.run(test)

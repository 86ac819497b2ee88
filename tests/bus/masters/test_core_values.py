"""What the core does with every adapter alike: thermometers, memories, alarms, branches, power."""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import NotSupportedError, PathError, PowerOnValueError, VerifyError
from owfs_py.bus.masters.base import Can
from owfs_py.bus.onewire import OneWire
from tests.bus.masters.adapters import EVERY, AnyBench
from tests.bus.masters.corebench import Populated, run_core


@pytest.mark.parametrize("name", EVERY)
def test_an_adapter_says_what_it_can_and_does_nothing_else(name: str) -> None:
    with EVERY[name].bench() as bench:
        master = bench.master
        master.open()
        assert master.can == EVERY[name].can
        if Can.OVERDRIVE not in master.can:
            with pytest.raises(NotSupportedError, match="has no overdrive"):
                master.set_overdrive(True)
        if Can.PROGRAM_PULSE not in master.can:
            with pytest.raises(NotSupportedError, match="has no"):
                master.program_pulse()
        master.set_overdrive(False)
        master.close()
        assert bench.wire.counts.overdrive_resets == bench.wire.counts.program_pulses == 0


def test_whatever_is_on_the_trunk_is_listed_read_and_written(adapter: AnyBench) -> None:
    populated = Populated(adapter)

    async def test(ow: OneWire) -> None:
        await populated.trunk.measure(ow)
        for _ in range(2):
            for job in populated.trunk.jobs.values():
                await job(ow)

    run_core(populated.bench, test)


def test_whatever_is_behind_a_coupler_is_listed_read_and_written(branching: AnyBench) -> None:
    populated = Populated(branching)

    async def test(ow: OneWire) -> None:
        for segment in populated.segments:
            await segment.measure(ow)
        jobs = [job for segment in populated.segments for job in segment.jobs.values()]
        populated.random.shuffle(jobs)
        for job in jobs:
            await job(ow)

    run_core(populated.bench, test)


def test_branches_are_told_to_be_out_of_reach(branchless: AnyBench) -> None:
    populated = Populated(branchless)

    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        before = branchless.wire.counts.snapshot()
        for segment in (populated.main, populated.aux):
            for job in segment.jobs.values():
                with pytest.raises(NotSupportedError, match="reaches no branches") as caught:
                    await job(ow)
                assert caught.value.code == 95
            with pytest.raises(NotSupportedError, match="reaches no branches"):
                await ow.present(f"{segment.path}/{segment.cold.rom}")
        assert branchless.wire.counts == before
        # The coupler itself is a device like others.
        assert (await ow.read(f"/{populated.coupler.rom}/sensed.ALL")).data == b"1,1"

    run_core(populated.bench, test)


def test_an_empty_bus_is_an_empty_directory(adapter: AnyBench) -> None:
    populated = Populated(adapter)
    for chip in adapter.wire.slaves.copy():
        adapter.wire.detach(chip)

    async def test(ow: OneWire) -> None:
        for path in ("/uncached/bus.0", "/uncached/bus.0/alarm"):
            listed = [entry.rpartition("/")[2] for entry in (await ow.dir(path)).entries]
            assert [name for name in listed if name[2:3] == "."] == []
        gone = f"/{populated.trunk.cold.rom}"
        with pytest.raises(PathError):
            await ow.read(f"{gone}/temperature")
        with pytest.raises(PathError):
            await ow.present(gone)

    run_core(populated.bench, test)


# Thermometers that take their power from the line


def fed_from_the_line(bench: AnyBench) -> Populated:
    populated = Populated(bench)
    for segment in populated.segments:
        segment.cold.parasitic = True
    return populated


def test_a_parasitic_thermometer_measures_and_stores_where_it_is_fed(feeding: AnyBench) -> None:
    populated = fed_from_the_line(feeding)

    async def test(ow: OneWire) -> None:
        for segment in populated.reachable:
            await segment.measure(ow)
            for job in segment.jobs.values():
                await job(ow)
            assert segment.cold.brown_outs == 0

    run_core(populated.bench, test)


def test_elsewhere_it_gives_errors_and_never_its_power_on_value(starving: AnyBench) -> None:
    populated = fed_from_the_line(starving)

    async def test(ow: OneWire) -> None:
        for segment in populated.reachable:
            for name in ("temperature", "temperature9", "fasttemp"):
                for prefix in ("", "/uncached"):
                    with pytest.raises(PowerOnValueError, match="lost power"):
                        await ow.read(f"{prefix}{segment.path}/{segment.cold.rom}/{name}")
            # Those with a supply are none the worse for it.
            segment.hot, segment.cold = segment.cold, segment.hot
            await segment.read_temperature(ow)

    run_core(populated.bench, test)


def test_what_it_could_not_store_for_lack_of_power_is_told(starving: AnyBench) -> None:
    populated = fed_from_the_line(starving)

    async def test(ow: OneWire) -> None:
        for segment in populated.reachable:
            with pytest.raises(VerifyError, match="power"):
                await segment.write_limit(ow)

    run_core(populated.bench, test)

"""/bus.N/interface/statistics with every adapter: what happened is counted, and nothing else."""

from __future__ import annotations

import asyncio
import logging

import pytest

from owfs_py.bus.errors import OneWireError
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.wired import RECONNECT_LONGEST
from tests.bus.masters.adapters import AnyBench
from tests.bus.masters.corebench import CONVERSION, SETTINGS, STATISTICS, Populated, run_core, text
from tests.bus.masters.corefaults import FAULTS, heal

# Kinds of adapters.
RESET_ONCE_MORE = ("enet",)  # to select a device, after the reset that tells of presence
TELL_NO_SHORTS = ("etherweather", "ha7e", "w1")
SELECT_BY_THEMSELVES = ("enet", "ha5", "ha7e", "ha7net", "masterhub")  # and do not tell how it went
SEARCH_BY_THEMSELVES = (*SELECT_BY_THEMSELVES, "etherweather", "w1")

# Time slots after which a job of the core has got so far.
IN_MATCH_ROM, IN_POWER_BYTE = 0, 8 * 9
IN_SEARCH = 8 + 3 * 40 + 2

TROUBLE = (
    "errors",
    "open_errors",
    "program_errors",
    "pullup_errors",
    "read_errors",
    "reconnect_errors",
    "reconnects",
    "reset_errors",
    "search_errors/error_pass_1",
    "select_errors",
    "shorts",
    "timeouts",
)


@pytest.fixture(autouse=True)
def _no_tracebacks(caplog: pytest.LogCaptureFixture) -> None:
    # Captured errors would keep PyUSB's devices longer than its library.
    caplog.set_level(logging.CRITICAL)


async def count(ow: OneWire, name: str) -> int:
    return int(await text(ow, f"{STATISTICS}/{name}"))


async def troubles(ow: OneWire) -> dict[str, int]:
    """What is not 0 of TROUBLE."""
    found = {name: await count(ow, name) for name in TROUBLE}
    return {name: number for name, number in found.items() if number}


async def back(ow: OneWire) -> None:
    """Wait until the adapter is found again."""
    await asyncio.sleep(2 * RECONNECT_LONGEST)
    assert await text(ow, f"{SETTINGS}/reconnect") == b"0"


def test_resets_and_jobs_where_all_is_well(adapter: AnyBench) -> None:
    populated = Populated(adapter)

    async def test(ow: OneWire) -> None:
        await populated.trunk.measure(ow)
        before, counted = adapter.wire.counts.snapshot(), await count(ow, "resets")
        for job in populated.trunk.jobs.values():
            await job(ow)
        resets = await count(ow, "resets") - counted
        on_the_wire = (adapter.wire.counts - before).resets
        if adapter.kind in RESET_ONCE_MORE:
            assert 0 < resets < on_the_wire
        else:
            assert resets == on_the_wire
        assert await count(ow, "locks") == await count(ow, "unlocks") > 0
        assert await count(ow, "elapsed_time") == int(adapter.clock.now() - 1000)
        assert await troubles(ow) == {}

    run_core(adapter, test)


def test_bus_time_is_that_during_which_nobody_else_may_talk(feeding: AnyBench) -> None:
    populated = Populated(feeding)

    async def test(ow: OneWire) -> float:
        await populated.trunk.measure(ow)
        before = float(await text(ow, f"{STATISTICS}/bus_time"))
        await populated.trunk.read_temperature(ow)
        return float(await text(ow, f"{STATISTICS}/bus_time")) - before

    assert run_core(feeding, test) < CONVERSION
    populated.trunk.cold.parasitic = True
    assert CONVERSION <= run_core(feeding, test) < 2 * CONVERSION


def test_an_adapter_that_is_lost(adapter: AnyBench) -> None:
    populated = Populated(adapter)

    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        adapter.port.calls_left = 0
        with pytest.raises(OneWireError):
            await populated.trunk.read_memory(ow)
        found = await troubles(ow)
        assert found.pop("reconnects") >= 1
        found.pop("reconnect_errors", 0)
        assert found == {"errors": 1, "reset_errors": 1}
        await asyncio.sleep(2 * RECONNECT_LONGEST)
        assert await text(ow, f"{SETTINGS}/reconnect") == b"1"
        assert await count(ow, "reconnect_errors") >= 2
        heal(adapter)
        await back(ow)
        found = await troubles(ow)
        # The first is that of the request itself, the last has found it.
        assert found["reconnects"] == found["reconnect_errors"] + 2
        await populated.trunk.read_memory(ow)
        assert await troubles(ow) == found

    run_core(adapter, test)


def test_one_that_is_pushed_in_again_at_once(adapter: AnyBench) -> None:
    populated = Populated(adapter)

    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        FAULTS["lost for a moment"].begin(adapter, 0)
        await populated.trunk.read_memory(ow)
        assert await troubles(ow) == {"errors": 1, "reset_errors": 1, "reconnects": 1}
        heal(adapter)

    run_core(adapter, test)


def test_one_that_falls_silent(adapter: AnyBench) -> None:
    populated = Populated(adapter)

    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        adapter.port.silent = True
        with pytest.raises(OneWireError):
            await populated.trunk.read_memory(ow)
        found = await troubles(ow)
        assert found["timeouts"] == found["errors"] == found["reset_errors"] == 1
        adapter.port.silent = False
        await back(ow)
        await populated.trunk.read_memory(ow)
        assert await count(ow, "timeouts") == 1

    run_core(adapter, test)


def test_one_that_is_not_there_at_the_start(adapter: AnyBench) -> None:
    populated = Populated(adapter)
    adapter.port.unplug()

    async def test(ow: OneWire) -> None:
        assert await count(ow, "open_errors") == 1
        assert await text(ow, f"{SETTINGS}/reconnect") == b"1"
        adapter.plug()
        await back(ow)
        await populated.trunk.list_devices(ow)
        found = await troubles(ow)
        assert found["open_errors"] == 1
        assert found["reconnects"] == found.get("reconnect_errors", 0) + 1

    run_core(adapter, test)


def test_a_short_circuit(adapter: AnyBench) -> None:
    populated = Populated(adapter)

    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        adapter.wire.faults.short = True
        with pytest.raises(OneWireError):
            await populated.trunk.read_temperature(ow)
        shorts = await count(ow, "shorts")
        assert (shorts > 0) is (adapter.kind not in TELL_NO_SHORTS)
        adapter.wire.faults.short = False
        await back(ow)
        await populated.trunk.read_temperature(ow)
        assert await count(ow, "shorts") == shorts

    run_core(adapter, test)


def test_noise(adapter: AnyBench) -> None:
    populated = Populated(adapter)

    async def test(ow: OneWire) -> None:
        await populated.trunk.measure(ow)
        FAULTS["noise"].begin(adapter, IN_MATCH_ROM)
        await populated.trunk.read_eprom(ow)
        assert await count(ow, "select_errors") == (adapter.kind not in SELECT_BY_THEMSELVES)
        FAULTS["noise"].begin(adapter, IN_SEARCH)
        await populated.trunk.list_devices(ow)
        failures = await count(ow, "search_errors/error_pass_1")
        assert failures == (adapter.kind not in SEARCH_BY_THEMSELVES)
        assert (await troubles(ow)).keys() <= {"select_errors", "search_errors/error_pass_1"}

    run_core(adapter, test)


def test_noise_at_the_beginning_of_a_strong_pullup(feeding: AnyBench) -> None:
    populated = Populated(feeding)
    populated.trunk.cold.parasitic = True

    async def test(ow: OneWire) -> None:
        await populated.trunk.measure(ow)
        FAULTS["noise"].begin(feeding, IN_POWER_BYTE)
        await populated.trunk.read_temperature(ow)
        assert await troubles(ow) == {"pullup_errors": 1}

    run_core(feeding, test)

"""/statistics: counts of what really happened."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from owfs_py.bus.errors import OneWireError
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.statistics import Level, Statistics
from tests.bus.bench import Bench

READINGS_AT_ONCE = 5


async def number(ow: OneWire, name: str) -> int:
    return int((await ow.read(f"/statistics/{name}")).data)


async def attempt(work: object) -> None:
    with contextlib.suppress(OneWireError):
        await work  # type: ignore[misc]


def test_reads_are_counted_with_their_bytes() -> None:
    async def test(ow: OneWire) -> None:
        before = [await number(ow, f"read/{n}") for n in ("tries.0", "calls", "success", "bytes")]
        await ow.read("/28.000028D70000/type")
        await attempt(ow.read("/28.000028D70000"))
        await attempt(ow.read("/thermostat/temperature"))
        await attempt(ow.read("/nothing"))
        after = [await number(ow, f"read/{n}") for n in ("tries.0", "calls", "success", "bytes")]
        # The four readings of statistics count as well, each before the next is shown.
        assert after[0] - before[0] == 3 + 4
        assert after[1] - before[1] == 2 + 4
        assert after[2] - before[2] == 1 + 4
        assert after[3] - before[3] == len("DS18B20") + 4 * 12

    Bench("28").run(test)


def test_writes_are_counted_with_their_bytes() -> None:
    async def test(ow: OneWire) -> None:
        await ow.write("/28.000028D70000/temphigh", b"30")
        await ow.write("/settings/timeout/ftp", b"1000")
        await attempt(ow.write("/28.000028D70000/temphigh", b"x"))
        await attempt(ow.write("/28.000028D70000/type", b"x"))
        await attempt(ow.write("/28.000028D70000", b"x"))
        assert await number(ow, "write/calls") == 4
        assert await number(ow, "write/success") == 2
        assert await number(ow, "write/bytes") == 6
        assert await number(ow, "write/tries.0") == 1
        assert await number(ow, "threads/write/num") == 5

    Bench("28").run(test)


def test_listings_are_counted_with_their_entries() -> None:
    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        assert await number(ow, "directory/bus/calls") == 2
        assert await number(ow, "directory/bus/entries") == 3
        entries = (await ow.dir("/bus.0/28.000028D70000")).entries
        assert await number(ow, "directory/device/calls") == 1
        assert await number(ow, "directory/device/entries") == len(entries)
        assert await number(ow, "threads/directory/num") == 2

    Bench("28,28", "10").run(test)


def test_attempts_that_a_bad_line_costs_are_counted() -> None:
    bench = Bench("28")

    async def test(ow: OneWire) -> None:
        path = f"{(await ow.dir('/')).entries[0]}/latesttemp"
        await ow.read(path)
        assert await number(ow, "errors/CRC8_tries") == 1
        slots_of_command = 80
        bench.wire.faults.noisy_slots = {bench.wire.counts.slots + slots_of_command + 3}
        await ow.read(f"/uncached{path}")
        assert await number(ow, "errors/CRC8_tries") == 3
        assert await number(ow, "errors/CRC8_errors") == 1
        assert await number(ow, "read/tries.1") == 1
        assert await number(ow, "read/tries.2") == 0
        assert await number(ow, "write/tries.1") == 0

    bench.run(test)


def test_failing_transfers_are_counted() -> None:
    bench = Bench("28")

    async def test(ow: OneWire) -> None:
        path = f"/uncached{(await ow.dir('/')).entries[0]}/latesttemp"
        bench.ports[0].unplug()
        with pytest.raises(OneWireError):
            await ow.read(path)
        assert await number(ow, "errors/BUS_readin_data_errors") == 1

    bench.run(test)


def test_requests_at_work_at_the_same_time() -> None:
    async def test(ow: OneWire) -> None:
        devices = (await ow.dir("/")).entries
        assert await number(ow, "threads/read/max") == 1
        readings = [asyncio.ensure_future(ow.read(f"{d}/temperature")) for d in devices]
        await asyncio.sleep(0.1)
        assert await number(ow, "threads/read/now") == READINGS_AT_ONCE + 1
        assert await number(ow, "threads/overall/now") == READINGS_AT_ONCE + 1
        await asyncio.gather(*readings)
        assert await number(ow, "threads/read/now") == 1
        assert await number(ow, "threads/read/max") == READINGS_AT_ONCE + 1

    Bench(",".join(["28"] * READINGS_AT_ONCE)).run(test)


def test_a_failing_or_abandoned_request_is_not_at_work_any_more() -> None:
    async def test(ow: OneWire) -> None:
        await attempt(ow.read("/28.000028D70000"))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await ow.read("/28.000028D70000/temperature")
        assert await number(ow, "threads/read/now") == 1

    Bench("28").run(test)


def test_answers_by_return_code() -> None:
    async def test(ow: OneWire) -> None:
        await attempt(ow.read("/nothing"))
        await attempt(ow.present("/nothing"))
        await attempt(ow.get("/nothing"))
        await attempt(ow.read("/28.000028D70000"))
        await attempt(ow.dir("/28.000028D70000/type"))
        await attempt(ow.write("/system/process/pid", b"1"))
        assert await number(ow, "return_codes/responses.27") == 3
        assert await number(ow, "return_codes/responses.21") == 1
        assert await number(ow, "return_codes/responses.20") == 1
        assert await number(ow, "return_codes/responses.95") == 1
        everything = (await ow.read("/statistics/return_codes/responses.ALL")).data.split(b",")
        assert len(everything) == 211
        assert int(everything[0]) == 4
        assert sum(map(int, everything)) == 10

    Bench("28").run(test)


def test_what_the_cache_did_by_kinds() -> None:
    async def test(ow: OneWire) -> None:
        async def uses(kind: str) -> list[int]:
            names = ("tries", "hits", "added", "deleted")
            return [await number(ow, f"cache/{kind}/{name}") for name in names]

        device = (await ow.dir("/")).entries[0]
        await ow.dir("/")
        assert await uses("directory") == [2, 1, 1, 0]
        assert await uses("device") == [0, 0, 1, 0]
        await ow.read(f"{device}/latesttemp")
        await ow.read(f"{device}/latesttemp")
        assert await uses("external") == [2, 1, 1, 0]
        assert (await uses("device"))[:2] == [2, 2]
        assert (await uses("internal"))[2] == 1
        added = [(await uses(kind))[2] for kind in ("directory", "device", "external", "internal")]
        assert await number(ow, "cache/additions") == sum(added)
        assert await number(ow, "cache/primary/num") == sum(added)
        assert await number(ow, "cache/primary/now") == len(ow.cache) == 4
        assert await number(ow, "cache/persistent/num") == 0
        await ow.write(f"{device}/temphigh", b"30")
        await asyncio.sleep(20)
        await ow.read(f"{device}/latesttemp")
        assert await number(ow, "cache/external/expired") == 1

    Bench("28").run(test)


def test_answers_given_by_somebody_above_can_be_added() -> None:
    async def test(ow: OneWire) -> None:
        pending = [3]

        def collect() -> None:
            ow.statistics.add_cached_reads(pending[0], 12 * pending[0])
            pending[0] = 0

        ow.statistics.collectors.append(collect)
        assert await number(ow, "read/success") == 3
        assert await number(ow, "read/cachesuccess") == 3
        assert await number(ow, "read/cachebytes") == 36
        assert await number(ow, "read/tries.0") == 3 + 4
        assert await number(ow, "read/calls") == 5

    Bench("28").run(test)


def test_many_answers_at_once_are_as_many_one_after_the_other() -> None:
    together, one_by_one = Statistics(0.0), Statistics(0.0)
    together.add_cached_reads(4, 48)
    together.add_cached_listings(2)
    for _ in range(4):
        one_by_one.add_cached_reads(1, 12)
    for _ in range(2):
        one_by_one.add_cached_listings(1)
    assert together.read == one_by_one.read
    assert together.overall == one_by_one.overall == Level(now=0, max=1, num=6, sum=6)
    assert together.responses == one_by_one.responses
    nothing = Statistics(0.0)
    nothing.add_cached_reads(0, 0)
    assert nothing.overall == Level()


def test_a_level_knows_its_average() -> None:
    level = Level()
    for change in (level.rise, level.rise, level.fall, level.rise, level.fall, level.fall):
        change()
    assert level == Level(now=0, max=2, num=3, sum=1 + 2 + 2)


def test_counters_go_round_at_32_bits() -> None:
    async def test(ow: OneWire) -> None:
        ow.statistics.write.bytes = (1 << 32) + 5
        assert await number(ow, "write/bytes") == 5

    Bench("28").run(test)

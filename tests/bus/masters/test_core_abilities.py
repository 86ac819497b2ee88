"""Overdrive and program pulses through the core: used where an adapter has them, and where it has
not, told to be missing without harm to anything.
"""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import NotSupportedError
from owfs_py.bus.onewire import OneWire
from tests.bus.masters.adapters import AnyBench
from tests.bus.masters.corebench import SETTINGS, STATISTICS, Populated, run_core, text

OVERDRIVE = f"{SETTINGS}/overdrive"
NOT_SUPPORTED = 95


def test_overdrive_is_used_where_there_is_some(fast: AnyBench) -> None:
    populated = Populated(fast)

    async def test(ow: OneWire) -> None:
        await ow.write(OVERDRIVE, b"1")
        assert await text(ow, OVERDRIVE) == b"1"
        await populated.trunk.measure(ow)
        before = fast.wire.counts.snapshot()
        for job in populated.trunk.jobs.values():
            await job(ow)
        cost = fast.wire.counts - before
        assert 0 < cost.overdrive_slots < cost.slots
        assert int(await text(ow, f"{STATISTICS}/overdrive/attempts")) > 0
        assert await text(ow, f"{STATISTICS}/overdrive/failures") == b"0"
        before = fast.wire.counts.snapshot()
        await ow.write(OVERDRIVE, b"0")
        await populated.trunk.read_memory(ow)
        assert (fast.wire.counts - before).overdrive_slots == 0

    run_core(populated.bench, test)


def test_without_it_the_setting_is_refused_and_nothing_changes(slow: AnyBench) -> None:
    populated = Populated(slow)

    async def test(ow: OneWire) -> None:
        await populated.trunk.measure(ow)
        with pytest.raises(NotSupportedError, match=r"^bus\.0 .*: .* has no overdrive$") as caught:
            await ow.write(OVERDRIVE, b"1")
        assert caught.value.code == NOT_SUPPORTED
        assert await text(ow, OVERDRIVE) == b"0"
        await ow.write(OVERDRIVE, b"0")
        for job in populated.trunk.jobs.values():
            await job(ow)
        assert await text(ow, f"{STATISTICS}/overdrive/attempts") == b"0"

    run_core(populated.bench, test)
    assert slow.wire.counts.overdrive_slots == slow.wire.counts.overdrive_resets == 0


def test_an_eprom_is_programmed_where_there_are_12_volts(programmer: AnyBench) -> None:
    populated = Populated(programmer)

    async def test(ow: OneWire) -> None:
        for segment in populated.reachable:
            for _ in range(3):
                await segment.program(ow)
                await segment.read_eprom(ow)
        assert await text(ow, f"{STATISTICS}/program_errors") == b"0"

    run_core(populated.bench, test)
    assert programmer.wire.counts.program_pulses > 0


def test_elsewhere_programming_is_refused_and_changes_nothing(adapter: AnyBench) -> None:
    populated = Populated(adapter)

    async def test(ow: OneWire) -> None:
        for count, segment in enumerate(populated.reachable, 1):
            path = segment.path_of(segment.eprom, "memory")
            with pytest.raises(NotSupportedError, match=r"has no (program pulse|12 V)") as caught:
                await ow.write(path, b"\x00")
            assert caught.value.code == NOT_SUPPORTED
            assert (await ow.read(path)).data == bytes(segment.eprom.memory) == b"\xff" * 128
            await segment.read_temperature(ow)
            assert await text(ow, f"{STATISTICS}/program_errors") == b"%d" % count
        assert await text(ow, f"{STATISTICS}/reconnects") == b"0"

    run_core(populated.bench, test)
    assert adapter.wire.counts.program_pulses == 0

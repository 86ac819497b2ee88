"""Starting without waiting for adapters that take their time to open: what is served meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from owfs_py.bus.errors import BusNotRespondingError
from owfs_py.bus.onewire import OneWire
from owfs_py.emulator.virtualtime import run
from tests.bus.bench import Bench

PATIENCE = 2.0
SLOW = 9.0
"""Seconds that the second adapter takes to open."""
SOON = 0.1


class SlowBench(Bench):
    """Two buses; the bus master of the second is slow to open, and may not be there."""

    def __init__(self) -> None:
        super().__init__("28", "10")
        self.opens: list[float] = []
        master = self.masters[1]
        open_at_last = master.open

        def open_slowly() -> None:
            self.opens.append(self.clock.now())
            self.clock.wait(SLOW)
            open_at_last()

        master.open = open_slowly  # type: ignore[method-assign]

    def run_started(self, test: Callable[[OneWire], Awaitable[None]]) -> None:
        """Do `test` when starting has returned, which takes PATIENCE, and stop."""

        async def main() -> None:
            began = self.clock.now()
            await self.onewire.start(PATIENCE)
            try:
                assert self.clock.now() - began == pytest.approx(PATIENCE)
                await test(self.onewire)
            finally:
                await self.onewire.stop()

        run(main(), self.clock)

    async def families(self, path: str) -> list[str]:
        names = (entry.rpartition("/")[2] for entry in (await self.onewire.dir(path)).entries)
        return [name[:2] for name in names if name[2:3] == "."]


def test_an_adapter_that_is_slow_to_open_is_missing_until_it_is() -> None:
    bench = SlowBench()

    async def test(ow: OneWire) -> None:
        began = bench.clock.now()
        assert await bench.families("/bus.0") == await bench.families("/") == ["28"]
        assert bench.clock.now() - began < SOON
        with pytest.raises(BusNotRespondingError, match=r"bus\.1 .*still being opened"):
            await ow.dir("/bus.1")
        assert ow.buses[1].is_lost
        await ow.buses[1].reopen()  # as SIGHUP does; nothing is to be done
        await asyncio.sleep(SLOW - PATIENCE + SOON)
        assert await bench.families("/") == ["28", "10"]
        assert await bench.families("/bus.1") == ["10"]
        for count in ("open_errors", "reconnects"):
            assert await ow.read_value(f"/bus.1/interface/statistics/{count}") == 0

    bench.run_started(test)
    assert len(bench.opens) == 1


def test_one_that_turns_out_to_be_missing_is_looked_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = SlowBench()
    bench.ports[1].unplug()

    async def test(ow: OneWire) -> None:
        await asyncio.sleep(SLOW)
        with pytest.raises(BusNotRespondingError, match="cannot be opened"):
            await ow.dir("/bus.1")
        assert await ow.read_value("/bus.1/interface/statistics/open_errors") == 1
        bench.ports[1].plug()
        await asyncio.sleep(3 * SLOW)
        assert await bench.families("/bus.1") == ["10"]

    bench.run_started(test)
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


@pytest.mark.parametrize("plugged", [True, False])
def test_it_can_be_stopped_meanwhile(plugged: bool) -> None:
    bench = SlowBench()
    if not plugged:
        bench.ports[1].unplug()

    async def test(ow: OneWire) -> None:
        pass

    bench.run_started(test)
    assert not any(port.is_open for port in bench.ports)
    run(asyncio.sleep(60), bench.clock)
    assert len(bench.opens) == 1


def test_without_patience_starting_takes_what_it_takes() -> None:
    bench = SlowBench()

    async def test(ow: OneWire) -> None:
        assert await bench.families("/") == ["28", "10"]

    bench.run(test)

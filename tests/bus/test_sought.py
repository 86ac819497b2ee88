"""A bus whose adapter is looked for: what it is meanwhile, and the number that it keeps."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from owfs_py.bus.errors import BusNotRespondingError
from owfs_py.bus.masters import open_master
from owfs_py.bus.masters.base import BusMaster
from owfs_py.bus.masters.enet import Enet
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.sought import PATIENCE, Sought
from owfs_py.bus.wired import RECONNECT_FIRST, RECONNECT_LONGEST, WiredBus
from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.virtualtime import VirtualClock, run

SOON = 0.1


class Bench:
    """A OneWire of a looked-for bus and a wired one, in virtual time."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.onewire = OneWire(clock=self.clock)
        self.looks: list[float] = []
        self.found: list[BusMaster] = []
        """What the next look finds."""
        self.onewire.add_bus(Sought(self.onewire, self._look, Enet, "enet.lan"))
        self.onewire.add_master(self.driver("10"))

    async def _look(self) -> Sequence[BusMaster]:
        self.looks.append(self.clock.now())
        if not self.found:
            raise BusNotRespondingError("nobody answers")
        return self.found

    def driver(self, *devices: str) -> BusMaster:
        emulation = Emulation.from_list(devices, clock=self.clock)
        return open_master("ds2480b://emulated", self.clock, port=emulation.port)

    def run(self, scenario: Callable[[OneWire], Awaitable[None]]) -> None:
        async def main() -> None:
            async with self.onewire as onewire:
                await scenario(onewire)

        run(main(), self.clock)

    async def families(self, path: str = "/uncached") -> list[str]:
        names = (entry.rpartition("/")[2] for entry in (await self.onewire.dir(path)).entries)
        return [name[:2] for name in names if name[2:3] == "."]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_what_is_there_is_a_bus_from_the_start_and_others_come_last(bench: Bench) -> None:
    bench.found = [bench.driver("28"), bench.driver("22"), bench.driver("01")]

    async def scenario(onewire: OneWire) -> None:
        assert all(isinstance(bus, WiredBus) for bus in onewire.buses.values())
        for number, families in enumerate((["28"], ["10"], ["22"], ["01"])):
            assert await bench.families(f"/uncached/bus.{number}") == families
        assert await bench.families() == ["28", "10", "22", "01"]

    bench.run(scenario)
    assert len(bench.looks) == 1


def test_meanwhile_it_is_a_bus_that_is_lost(bench: Bench) -> None:
    async def scenario(onewire: OneWire) -> None:
        assert await bench.families() == ["10"]
        for path in ("/bus.0", "/bus.0/28.000000000000/temperature"):
            with pytest.raises(BusNotRespondingError, match=r"bus\.0 \(enet.lan\): OWServer_Enet"):
                await onewire.read_value(path) if "." in path[6:] else await onewire.dir(path)
        with pytest.raises(BusNotRespondingError):
            await onewire.write("/bus.0/28.000000000000/temphigh", b"1")
        settings = "/bus.0/interface/settings"
        assert await onewire.read_value(f"{settings}/name") == "OWServer_Enet"
        assert await onewire.read_value(f"{settings}/version") == 25
        assert await onewire.read_value(f"{settings}/address") == "enet.lan"
        assert onewire.buses[0].is_lost

    bench.run(scenario)


def test_it_is_looked_for_until_it_is_there(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(onewire: OneWire) -> None:
        await asyncio.sleep(60)
        pauses = [later - one for one, later in zip(bench.looks, bench.looks[1:], strict=False)]
        assert pauses[0] == RECONNECT_FIRST
        assert set(pauses[4:]) == {RECONNECT_LONGEST}
        bench.found = [bench.driver("28")]
        await asyncio.sleep(RECONNECT_LONGEST + SOON)
        looks = len(bench.looks)
        assert await bench.families() == ["28", "10"]
        await asyncio.sleep(60)
        assert len(bench.looks) == looks

    bench.run(scenario)
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == [
        "bus.0 (enet.lan): nobody answers"
    ]


def test_starting_waits_for_it_but_not_for_long(bench: Bench) -> None:
    async def main() -> None:
        answer = asyncio.Event()

        async def look() -> Sequence[BusMaster]:
            await answer.wait()
            return [bench.driver("28")]

        bench.onewire.add_bus(Sought(bench.onewire, look, Enet))
        began = bench.clock.now()
        await bench.onewire.start()
        assert bench.clock.now() - began == pytest.approx(PATIENCE)
        answer.set()
        await asyncio.sleep(SOON)
        assert await bench.families("/uncached/bus.2") == ["28"]
        await bench.onewire.stop()

    run(main(), bench.clock)


def test_it_can_be_stopped_while_it_looks(bench: Bench) -> None:
    async def scenario(onewire: OneWire) -> None:
        await asyncio.sleep(SOON)

    bench.run(scenario)
    looks = len(bench.looks)
    run(asyncio.sleep(60), bench.clock)
    assert len(bench.looks) == looks

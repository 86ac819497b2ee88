"""Looking for OW-SERVER-ENET while the program runs: who becomes a bus, once, and stays it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from owfs_py.bus import enetscan
from owfs_py.bus.enetscan import HEAD_START, EnetScan, new_units
from owfs_py.bus.errors import BusNotRespondingError, OneWireError
from owfs_py.bus.masters.enet import Enet
from owfs_py.bus.masters.enetfind import Unit
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.sought import Sought
from owfs_py.emulator import enet
from owfs_py.emulator.port import EmulatedPort
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.virtualtime import VirtualClock, run
from owfs_py.emulator.wire import Wire

INTERVAL = 60.0
SOON = 0.1
"""Seconds by which something happens later than planned."""


class Bench:
    """A OneWire that scans an emulated network."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.onewire = OneWire(clock=self.clock)
        self.network: dict[str, list[enet.Enet]] = {}
        """The units that can be reached."""
        self.refusal: Exception | None = None
        self.looks: list[float] = []
        self.onewire.add_bus(EnetScan(self.onewire, self.drivers, INTERVAL))

    def units(self, known: Sequence[str]) -> list[Unit]:
        """Stands for the broadcast."""
        self.looks.append(self.clock.now())
        if self.refusal is not None:
            raise self.refusal
        found = [Unit(address, len(buses) > 1) for address, buses in self.network.items()]
        return [unit for unit in found if unit.address not in known]

    def add(self, address: str, *families: str) -> None:
        """A unit with one device on each of its buses."""
        self.network[address] = buses = []
        for number, family in enumerate(families):
            wire = Wire(self.clock)
            wire.attach(make_slave(family, bus=len(self.network), index=number))
            buses.append(enet.Enet(wire))

    def drivers(self, unit: Unit) -> list[Enet]:
        # Channels are units of their own here: threads that wait for each other's connection
        # would stop the virtual clock.
        def driver(number: int) -> Enet:
            return Enet(unit.address, self.clock, port=lambda: self.port(unit.address, number))

        return [driver(number) for number in range(3 if unit.has_channels else 1)]

    def port(self, address: str, number: int) -> EmulatedPort:
        if address not in self.network:
            raise OSError("no route to host")
        return EmulatedPort(self.network[address][number])

    async def buses(self) -> dict[int, str]:
        """The buses' addresses, without the scanner's."""
        return {n: bus.address for n, bus in self.onewire.buses.items() if n}

    async def families(self) -> set[str]:
        names = (
            entry.rpartition("/")[2] for entry in (await self.onewire.dir("/uncached")).entries
        )
        return {name[:2] for name in names if name[2:3] == "."}


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    bench = Bench()
    monkeypatch.setattr(enetscan, "units", bench.units)
    return bench


def test_it_shows_itself_as_owservers_bus_without_devices(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.onewire as onewire:
            settings = "/bus.0/interface/settings"
            assert await onewire.read_value(f"{settings}/name") == "ENET scan"
            assert await onewire.read_value(f"{settings}/version") == 35
            assert await onewire.read_value(f"{settings}/address") == "ENET bus monitor"
            assert await bench.families() == set()

    run(scenario(), bench.clock)


def test_units_become_buses_soon_and_when_they_come_one_for_each_channel(bench: Bench) -> None:
    async def scenario() -> None:
        bench.add("10.0.0.1:8080", "28")
        async with bench.onewire:
            await asyncio.sleep(HEAD_START + SOON)
            assert await bench.buses() == {1: "10.0.0.1:8080"}
            bench.add("10.0.0.2:8080", "10", "22", "01")
            await asyncio.sleep(INTERVAL - SOON)
            assert len(await bench.buses()) == 1
            await asyncio.sleep(2 * SOON)
            assert await bench.buses() == {
                1: "10.0.0.1:8080", **dict.fromkeys((2, 3, 4), "10.0.0.2:8080"),
            }  # fmt: skip
            assert await bench.families() == {"28", "10", "22", "01"}
            await asyncio.sleep(3 * INTERVAL)
            assert len(await bench.buses()) == 4

    run(scenario(), bench.clock)


def test_one_that_goes_away_comes_back_as_the_bus_it_was(bench: Bench) -> None:
    async def scenario() -> None:
        bench.add("10.0.0.1:8080", "28")
        bench.add("10.0.0.2:8080", "10")
        async with bench.onewire:
            await asyncio.sleep(HEAD_START + SOON)
            before = await bench.buses()
            gone = bench.network.pop("10.0.0.1:8080")
            bus = bench.onewire.buses[1]
            assert isinstance(bus.master, Enet)  # type: ignore[attr-defined]
            bus.master.line.close()  # type: ignore[attr-defined]  # as if it had hung up
            assert await bench.families() == {"10"}
            await asyncio.sleep(2 * INTERVAL)
            assert await bench.buses() == before
            bench.network["10.0.0.1:8080"] = gone
            await asyncio.sleep(INTERVAL)
            assert await bench.buses() == before
            assert await bench.families() == {"10", "28"}

    run(scenario(), bench.clock)


def test_a_unit_that_another_bus_has_or_looks_for_is_left_to_it(bench: Bench) -> None:
    async def nowhere() -> Sequence[Enet]:
        raise BusNotRespondingError("nobody answers")

    async def scenario() -> None:
        bench.add("10.0.0.1:8080", "28")
        bench.add("10.0.0.2:8080", "10")
        bench.add("10.0.0.3:8080", "22")
        bench.onewire.add_master(*bench.drivers(Unit("10.0.0.1:8080", False)))
        bench.onewire.add_bus(Sought(bench.onewire, nowhere, Enet, "10.0.0.2:8080"))
        async with bench.onewire:
            await asyncio.sleep(HEAD_START + SOON)
            assert list((await bench.buses()).values()) == [
                "10.0.0.1:8080", "10.0.0.2:8080", "10.0.0.3:8080",
            ]  # fmt: skip

    run(scenario(), bench.clock)


def test_two_that_look_at_the_same_time_add_none_twice(bench: Bench) -> None:
    async def look() -> list[Enet]:
        found = await new_units(bench.onewire)
        if not found:
            raise BusNotRespondingError("nobody answers")
        return [driver for unit in found for driver in bench.drivers(unit)]

    async def scenario() -> None:
        bench.add("10.0.0.1:8080", "28")
        bench.add("10.0.0.2:8080", "10")
        for number in (1, 2):
            bench.onewire.add_bus(Sought(bench.onewire, look, Enet, f"search {number}"))
        async with bench.onewire:
            await asyncio.sleep(HEAD_START + SOON)
            assert len(bench.looks) > 2
            addresses = sorted((await bench.buses()).values())
            assert addresses[:2] == ["10.0.0.1:8080", "10.0.0.2:8080"]
            assert len(addresses) == 3
            assert addresses[2].startswith("search")

    run(scenario(), bench.clock)


def test_a_network_that_cannot_be_asked_is_told_once_and_asked_again(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        bench.refusal = BusNotRespondingError("Network is unreachable")
        bench.add("10.0.0.1:8080", "28")
        async with bench.onewire:
            await asyncio.sleep(HEAD_START + 5 * INTERVAL + SOON)
            bench.refusal = None
            await asyncio.sleep(INTERVAL)
            assert await bench.families() == {"28"}

    run(scenario(), bench.clock)
    warnings = [record for record in caplog.records if record.levelname == "WARNING"]
    assert [record.message for record in warnings] == [
        "bus.0 (ENET bus monitor): Network is unreachable"
    ]


def test_after_the_end_nobody_looks(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.onewire:
            await asyncio.sleep(HEAD_START + SOON)

    run(scenario(), bench.clock)
    assert len(bench.looks) == 1
    run(asyncio.sleep(2 * INTERVAL), bench.clock)
    assert len(bench.looks) == 1


def test_no_device_is_on_it(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.onewire as onewire:
            with pytest.raises(OneWireError, match="ENET bus monitor"):
                await onewire.read("/bus.0/28.000000000000/temperature")

    run(scenario(), bench.clock)

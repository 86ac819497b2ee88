"""Looking for adapters while the program runs: who becomes a bus, and who is left to another."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from owfs_py.bus.errors import OneWireError
from owfs_py.bus.masters.ds2490 import DS2490
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.usbscan import UsbScan
from owfs_py.emulator import ds2490
from owfs_py.emulator.libusb import UsbDevice, UsbHost
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.virtualtime import VirtualClock, run
from owfs_py.emulator.wire import Wire
from tests.bus.masters.usbbench import place, stand_in

INTERVAL = 10.0
SOON = 0.1
"""Seconds by which something happens later than planned."""


class Bench:
    """A OneWire that scans an emulated USB."""

    def __init__(self, host: UsbHost, clock: VirtualClock) -> None:
        self.host = host
        self.clock = clock
        self.onewire = OneWire(clock=clock)
        self.onewire.add_bus(UsbScan(self.onewire, lambda: DS2490("", clock), INTERVAL))

    def add(self, *chips: str) -> UsbDevice:
        wire = Wire(self.clock)
        for chip in chips:
            wire.attach(make_slave(chip, bus=len(self.host.devices)))
        return self.host.add(ds2490.DS2490(wire))

    async def scanned(self) -> list[str]:
        """The buses' addresses after the next scan."""
        await asyncio.sleep(INTERVAL + SOON)
        return [bus.address for bus in self.onewire.buses.values()][1:]


@pytest.fixture
def bench() -> Iterator[Bench]:
    clock = VirtualClock()
    with stand_in(UsbHost(clock)) as host:
        yield Bench(host, clock)


def test_it_shows_itself_as_a_bus_without_devices(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.onewire as onewire:
            settings = "/bus.0/interface/settings"
            assert await onewire.read_value(f"{settings}/name") == "USB scan"
            assert await onewire.read_value(f"{settings}/version") == 34
            assert await onewire.read_value(f"{settings}/address") == "USB bus monitor"
            entries = (await onewire.dir("/bus.0")).entries
            assert not [entry for entry in entries if "." in entry.rpartition("/")[2]]
            with pytest.raises(OneWireError, match="USB bus monitor"):
                await onewire.read("/bus.0/28.000000000000/temperature")

    run(scenario(), bench.clock)


def test_adapters_become_buses_after_the_first_interval_and_when_they_come(bench: Bench) -> None:
    async def scenario() -> None:
        first, second = bench.add("28", "81"), bench.add("10", "81")
        async with bench.onewire as onewire:
            assert len(onewire.buses) == 1
            assert await bench.scanned() == [place(first), place(second)]
            third = bench.add("22")
            assert await bench.scanned() == [place(first), place(second), place(third)]
            assert [entry[1:3] for entry in (await onewire.dir("/")).entries][:5] == [
                "28", "81", "10", "81", "22",
            ]  # fmt: skip

    run(scenario(), bench.clock)


def test_an_adapter_that_was_pulled_out_comes_back_as_the_bus_it_was(bench: Bench) -> None:
    async def scenario() -> None:
        mine = bench.add("28", "81")
        async with bench.onewire as onewire:
            await bench.scanned()
            mine.unplug()
            with pytest.raises(OneWireError):
                await onewire.dir("/bus.1/uncached")
            other = bench.add("10", "81")
            assert await bench.scanned() == ["-1:-1", place(other)]
            bench.host.plug(mine)
            assert await bench.scanned() == [place(mine), place(other)]

    run(scenario(), bench.clock)


def test_a_place_that_a_bus_waits_for_is_left_to_it(bench: Bench) -> None:
    async def scenario() -> None:
        other = bench.add("10")
        waited_for = f"{other.bus}:{other.address + 1}"
        bench.onewire.add_master(DS2490(waited_for, bench.clock))
        async with bench.onewire:
            assert await bench.scanned() == [waited_for, place(other)]
            assert place(bench.add("28")) == waited_for
            assert await bench.scanned() == [waited_for, place(other)]

    run(scenario(), bench.clock)

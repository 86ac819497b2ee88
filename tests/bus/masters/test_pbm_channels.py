"""The channels of a PBM that share one port."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest

from owfs_py.bus.errors import BusError
from owfs_py.bus.masters.base import READ_BYTE
from owfs_py.bus.masters.pbm import Pbm
from owfs_py.bus.onewire import OneWire
from owfs_py.emulator.pbm import CHANNELS, PBM, SERIAL
from owfs_py.emulator.port import EmulatedPort
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.tcp import TcpAdapter
from owfs_py.emulator.virtualtime import VirtualClock, run
from owfs_py.emulator.wire import Wire
from tests.bus.masters import checks
from tests.bus.masters.bench import attach_thermometers, search_all
from tests.bus.masters.test_contract import CONVERSION_SECONDS, CONVERT_T, SKIP_ROM


class Unit:
    """A PBM with one, two and three thermometers on its lines, and a driver for each channel."""

    def __init__(self) -> None:
        clock = VirtualClock()
        self.wires = [Wire(clock) for _ in CHANNELS]
        self.roms = attach_thermometers(self.wires)
        self.adapter = PBM(*self.wires)
        self.port = EmulatedPort(self.adapter)
        self.port.close()
        first = Pbm("/dev/pbm", clock, port=self._opened)
        self.buses = [
            first,
            *(Pbm(f"/dev/pbm:{n}", clock, beside=first) for n in CHANNELS[1:]),
        ]

    def _opened(self) -> EmulatedPort:
        self.port.open()
        self.port.baudrate = 9600
        return self.port

    def lists_are_right(self) -> bool:
        return [sorted(search_all(bus)) for bus in self.buses] == self.roms


@pytest.fixture
def unit() -> Iterator[Unit]:
    unit = Unit()
    for bus in unit.buses:
        bus.open()
    yield unit
    for bus in unit.buses:
        bus.close()
    assert not unit.port.is_open


class TestChannels:
    def test_each_is_a_bus_on_the_same_port(self, unit: Unit) -> None:
        assert unit.lists_are_right()
        assert [bus.name for bus in unit.buses] == ["PBM(0)", "PBM(1)", "PBM(2)"]
        assert {bus.address for bus in unit.buses} == {"/dev/pbm"}
        assert {bus.setting("PBM/serial") for bus in unit.buses} == {SERIAL}
        assert {bus.setting("serial/baudrate") for bus in unit.buses} == {115200}

    def test_their_commands_may_mix(self, unit: Unit) -> None:
        for bus in unit.buses:
            assert bus.reset()
        for bus in unit.buses:
            assert bus.exchange(SKIP_ROM + b"\xbe") == SKIP_ROM + b"\xbe"
        for bus, wire in zip(unit.buses, unit.wires, strict=True):
            if len(wire.slaves) == 1:
                assert bus.exchange(READ_BYTE * 9) == wire.slaves[0].scratchpad  # type: ignore[attr-defined]  # a DS18B20

    def test_one_is_fed_while_others_work(self, unit: Unit) -> None:
        first, second, _ = unit.buses
        first.reset_exchange(SKIP_ROM)
        first.power_byte(CONVERT_T, 0.25)
        search_all(second)
        unit.wires[0].clock.wait(0.25)
        first.reset()
        assert unit.wires[0].counts.pullup_time == pytest.approx(0.5, abs=0.01)
        assert unit.wires[1].counts.pullup_time == 0

    def test_the_port_stays_open_until_the_last_is_closed(self, unit: Unit) -> None:
        unit.buses[0].close()
        assert unit.port.is_open
        assert unit.buses[2].reset()
        unit.buses[0].open()
        assert unit.lists_are_right()

    def test_a_port_that_was_lost_is_found_by_each_again(self, unit: Unit) -> None:
        checks.each_finds_it_again(unit.buses, unit.port.unplug, unit.port.plug)
        assert unit.lists_are_right()

    def test_one_that_opens_again_leaves_the_others_alone(self, unit: Unit) -> None:
        unit.buses[1].reset()
        opened = unit.port.writes
        unit.buses[0].close()
        unit.buses[0].open()
        assert unit.port.writes - opened <= 2
        assert unit.buses[1].exchange(SKIP_ROM) == SKIP_ROM

    def test_a_change_of_the_rate_is_for_all(self, unit: Unit) -> None:
        unit.buses[1].change_setting("serial/baudrate", 38400)
        unit.buses[1].close()
        unit.buses[1].open()
        assert {bus.setting("serial/baudrate") for bus in unit.buses} == {38400}
        assert unit.lists_are_right()


def test_parasitic_thermometers_on_two_channels_convert_at_the_same_time() -> None:
    unit = Unit()
    clock = unit.wires[0].clock
    assert isinstance(clock, VirtualClock)
    chips = [wire.slaves[0] for wire in unit.wires[:2]]
    for chip in chips:
        chip.parasitic = True  # type: ignore[attr-defined]  # a DS18B20
        chip.temperature = 19.5  # type: ignore[attr-defined]

    async def main() -> None:
        async with OneWire(unit.buses[0], clock=clock) as ow:
            await ow.add_master(unit.buses[1]).start()
            for chip in chips:
                assert await ow.present(f"/{chip.rom}")
            began = clock.now()
            readings = await asyncio.gather(
                *(ow.read(f"/uncached/{chip.rom}/temperature") for chip in chips)
            )
            assert [float(reading.data) for reading in readings] == [19.5, 19.5]
            assert clock.now() - began < 1.5 * CONVERSION_SECONDS

    run(main(), clock)


def test_commands_choose_the_channel_where_that_is_needed(unit: Unit) -> None:
    first, second, _ = unit.buses
    first.reset()
    said = spy_on(unit.port)
    first.reset_exchange(SKIP_ROM)
    first.exchange(READ_BYTE)
    second.exchange(READ_BYTE)
    first.exchange(READ_BYTE)
    assert said == [b"c1", b"r", b"bCC\r", b"bFF\r", b"c2", b"bFF\r", b"c1", b"bFF\r"]


def spy_on(port: EmulatedPort) -> list[bytes]:
    """What is written to a port from now on."""
    said: list[bytes] = []
    write: Callable[[bytes], int] = port.write

    def spied(data: bytes) -> int:
        said.append(data)
        return write(data)

    port.write = spied  # type: ignore[method-assign]  # of this one
    return said


def test_works_over_tcp_and_survives_a_lost_connection() -> None:
    wires = [Wire() for _ in CHANNELS]
    for index, wire in enumerate(wires):
        wire.attach(make_slave("28", index=index))
    with TcpAdapter(PBM(*wires, any_rate=True)) as bridge:
        first = Pbm(bridge.address, timeout=0.5)
        second = Pbm(f"{bridge.address}:2", timeout=0.5, beside=first)
        buses = (first, second)
        for bus in buses:
            bus.open()
        assert bridge.connections == 1
        bridge.drop_after = 10
        with pytest.raises(BusError):
            search_all(second)
        for bus, wire in zip(buses, wires, strict=False):
            bus.close()
            bus.open()
            assert search_all(bus) == [wire.slaves[0].rom]
        assert bridge.connections == 2
        for bus in buses:
            bus.close()

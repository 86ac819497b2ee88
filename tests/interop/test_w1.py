"""The real owserver 3.2p4 and our daemon on the emulated kernel, through the preloaded library.

What owserver gets right proves the emulated kernel; then the same must come from ours.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.slave import Slave
from owfs_py.emulator.thermometers import Thermometer
from owfs_py.emulator.w1kernel import W1Kernel
from owfs_py.emulator.w1kernel.server import W1KernelServer
from owfs_py.emulator.wire import Wire
from tests.interop.eeprom import stores
from tests.interop.ourserver import OurDaemon
from tests.interop.realserver import RealOwserver, StockClients

DEVICES = (["28", "10", "22", "01"], ["28", "2D", "1D"])
SERVERS = ("owserver 3.2p4", "ours")
COLDEST, HOTTEST = -55 * 16, 125 * 16  # in sixteenths of a degree
MAX_CONVERSION = 0.75


@dataclass
class Rig(StockClients):
    """The kernel's buses, and a server on them, the real one or ours; asked by real clients."""

    kernel: W1Kernel
    server: RealOwserver | OurDaemon

    @property
    def address(self) -> str:
        return self.server.address

    @property
    def slaves(self) -> list[Slave]:
        return [slave for wire in self.kernel.masters.values() for slave in wire.slaves]

    @property
    def thermometers(self) -> list[Thermometer]:
        return [slave for slave in self.slaves if isinstance(slave, Thermometer)]

    def read(self, chip: Slave, name: str) -> str:
        return self.owread(f"/uncached/{chip.rom}/{name}")

    def wait_for_all(self) -> None:
        """Until the devices of all of the kernel's buses, and no others, are listed."""
        self.wait_until_listed(str(slave.rom) for slave in self.slaves)


def wire_with(devices: list[str], bus: int) -> Wire:
    wire = Wire()
    for index, device in enumerate(devices):
        wire.attach(make_slave(device, bus=bus, index=index))
    return wire


def names(wire: Wire) -> list[str]:
    return sorted(str(slave.rom) for slave in wire.slaves)


@pytest.fixture(params=SERVERS)
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    kernel = W1Kernel()
    for bus, devices in enumerate(DEVICES):
        kernel.add_master(wire_with(devices, bus))
    with W1KernelServer(kernel) as server:
        if request.param == "ours":
            started: RealOwserver | OurDaemon = OurDaemon(["--w1"], environment=server.environment)
        else:
            started = RealOwserver(["--w1"], server.environment)
        with started:
            rig = Rig(kernel, started)
            # owserver listens before it has its buses.
            rig.wait_for_all()
            yield rig


def test_buses_have_owservers_names_numbers_and_devices(rig: Rig) -> None:
    expected = [("W1 monitor", "31", "W1 bus monitor")]
    expected += [("w1", "30", f"w1_bus_master{number}") for number in rig.kernel.masters]
    for bus, (name, version, address) in enumerate(expected):
        assert rig.setting("name", bus) == name
        assert rig.setting("version", bus) == version
        assert rig.setting("address", bus) == address
    assert rig.devices("/uncached/bus.0") == []
    for number, wire in rig.kernel.masters.items():
        assert rig.devices(f"/uncached/bus.{number}") == names(wire)


def test_every_temperature_is_right_to_the_last_bit(rig: Rig) -> None:
    chips = rig.thermometers
    for index, chip in enumerate(chips):
        chip.sixteenths = COLDEST + (HOTTEST - COLDEST) * index // (len(chips) - 1) - index % 2
    for bus in rig.kernel.masters:
        rig.owwrite(f"/bus.{bus}/simultaneous/temperature", "1")
    time.sleep(MAX_CONVERSION)
    for chip in chips:
        assert rig.read(chip, "latesttemp") == f"{chip.sixteenths / 16:.6G}"


def test_limits_are_written_and_alarms_found(rig: Rig) -> None:
    for chip in rig.thermometers:
        rig.owwrite(f"/{chip.rom}/temphigh", "33")
        rig.owwrite(f"/{chip.rom}/templow", "-12")
        assert stores(chip, bytes((33, 0x100 - 12)))
        chip.temperature = 20
    hot = rig.thermometers[-1]
    hot.temperature = 45
    for bus in rig.kernel.masters:
        rig.owwrite(f"/bus.{bus}/simultaneous/temperature", "1")
    time.sleep(MAX_CONVERSION)
    assert rig.devices("/alarm") == [str(hot.rom)]


def test_memory_is_written_and_read_in_long_blocks(rig: Rig) -> None:
    memory = next(slave for slave in rig.slaves if slave.rom[0] == 0x2D)
    text = "".join(f"{number:04}" for number in range(32))
    rig.owwrite(f"/{memory.rom}/memory", text)
    assert rig.read(memory, "memory") == text
    assert rig.read(memory, "pages/page.1") == text[32:64]


def test_a_bus_master_that_comes_is_a_bus(rig: Rig) -> None:
    before = len(rig.kernel.masters)
    wire = wire_with(["28"], 7)
    rig.kernel.add_master(wire)
    rig.wait_for_all()
    assert rig.devices(f"/uncached/bus.{before + 1}") == names(wire)


@pytest.mark.parametrize("rig", ["ours"], indirect=True)
def test_ours_survives_that_a_bus_master_goes(rig: Rig) -> None:
    """owserver 3.2p4 dies of it."""
    rig.kernel.remove_master(1)
    rig.wait_for_all()
    assert "/bus.1" not in rig.owdir("/")

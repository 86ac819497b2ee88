"""--enet=scan and --enet of the real owserver 3.2p4 and of ours on an emulated network.

What they broadcast goes to an address on loopback. owserver knows no other interval than a minute,
so what comes and goes later is tried with ours only.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from owfs_py.emulator import enet
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.tcp import TcpAdapter
from owfs_py.emulator.wire import Wire
from tests.bus.masters.announcer import Announcer
from tests.interop.ourserver import OurDaemon
from tests.interop.realserver import RealOwserver, StockClients, shared_library

BROADCAST_SOURCE = Path(__file__).with_name("broadcast.c")
DISCOVERY_PORT = 30303
SERVERS = ("owserver 3.2p4", "ours")
TESTER_FAMILY = "81"


class Unit:
    """A unit with a device on each channel."""

    def __init__(self, host: str, *families: str) -> None:
        self.wires = [Wire() for _ in families]
        for index, (wire, family) in enumerate(zip(self.wires, families, strict=True)):
            wire.attach(make_slave(family, bus=len(families), index=index))
        self.tcp = TcpAdapter(enet.Enet(*self.wires), host)
        self._host = host

    @property
    def announcement(self) -> bytes:
        port = int(self.tcp.address.partition(":")[2])
        return enet.announcement(port, channels=len(self.wires) > 1, host=self._host)

    @property
    def roms(self) -> list[str]:
        return [str(slave.rom) for wire in self.wires for slave in wire.slaves]


class Rig(StockClients):
    """An ENET and an ENET-2, and a server that may be told to look for them."""

    def __init__(self, cleanup: ExitStack) -> None:
        self.host = "127." + ".".join(str(random.randrange(1, 255)) for _ in range(3))
        self.units = [Unit(self.host, "28"), Unit(self.host, "10", "22", "01")]
        for unit in self.units:
            cleanup.enter_context(unit.tcp)
        self.announcer = cleanup.enter_context(Announcer(at=(self.host, DISCOVERY_PORT)))
        self.announce(*self.units)
        self._cleanup = cleanup
        self._server = ""

    def announce(self, *units: Unit) -> None:
        """These answer from now on."""
        self.announcer.answers = tuple(unit.announcement for unit in units)

    def start(self, program: str, *options: str) -> None:
        library = str(shared_library(BROADCAST_SOURCE))
        environment = {"LD_PRELOAD": library, "EVERYBODY": self.host}
        server: RealOwserver | OurDaemon
        if program == "ours":
            server = OurDaemon(list(options), environment=environment)
        else:
            server = RealOwserver(list(options), environment)
        self._server = self._cleanup.enter_context(server).address

    @property
    def address(self) -> str:
        return self._server

    def addresses(self) -> dict[int, str]:
        """Of all buses, by number."""
        words = (entry.strip("/") for entry in self.owdir("/"))
        numbers = sorted(int(word[4:]) for word in words if word.startswith("bus."))
        return {number: self.setting("address", number) for number in numbers}

    def wait_for(self, *units: Unit) -> None:
        """Until the devices of these units, and no others but a tester's, are listed."""
        self.wait_until_listed(rom for unit in units for rom in unit.roms)

    def devices(self, path: str = "/uncached") -> list[str]:
        return [rom for rom in super().devices(path) if not rom.startswith(TESTER_FAMILY)]


@pytest.fixture
def rig() -> Iterator[Rig]:
    with ExitStack() as cleanup:
        yield Rig(cleanup)


@pytest.mark.parametrize("program", SERVERS)
def test_scanning_is_a_bus_of_its_own_and_units_come_behind_all_options(
    rig: Rig, program: str
) -> None:
    rig.start(program, "--enet=scan", "--tester=81")
    assert rig.setting("name", 0) == "ENET scan"
    assert rig.setting("version", 0) == "35"
    assert rig.setting("address", 0) == "ENET bus monitor"
    rig.wait_for(*rig.units)
    addresses = rig.addresses()
    assert [addresses.pop(0), addresses.pop(1)] == ["ENET bus monitor", "tester.0"]
    one, three = (unit.tcp.address for unit in rig.units)
    assert sorted(addresses.values()) == sorted([one, three, three, three])
    for number in range(2, 6):
        assert rig.setting("name", number) == "OWServer_Enet"
        assert len(rig.devices(f"/uncached/bus.{number}")) == 1
    assert rig.announcer.question == enet.QUESTION


@pytest.mark.parametrize("program", SERVERS)
@pytest.mark.parametrize("option", ["--enet", "--enet=ALL"])
def test_the_first_that_answers_has_the_number_of_the_option(
    rig: Rig, program: str, option: str
) -> None:
    rig.announce(rig.units[1])
    rig.start(program, option, "--tester=81")
    rig.wait_for(rig.units[1])
    address = rig.units[1].tcp.address
    assert rig.addresses() == {0: address, 1: "tester.0", 2: address, 3: address}
    for number, rom in zip((0, 2, 3), rig.units[1].roms, strict=True):
        assert rig.devices(f"/uncached/bus.{number}") == [rom]


@pytest.mark.parametrize("program", SERVERS)
def test_a_unit_at_an_address_has_the_number_of_the_option(rig: Rig, program: str) -> None:
    rig.announce(rig.units[1])
    address = rig.units[1].tcp.address
    rig.start(program, "--tester=81", f"--enet={address}", "--tester=81")
    assert rig.addresses() == {0: "tester.1", 1: address, 2: "tester.0", 3: address, 4: address}
    for number, rom in zip((1, 3, 4), rig.units[1].roms, strict=True):
        assert rig.devices(f"/uncached/bus.{number}") == [rom]


def test_units_come_and_go_while_ours_runs(rig: Rig) -> None:
    enet1, enet2 = rig.units
    rig.announce(enet1)
    rig.start("ours", "--enet=scan:1", "--tester=81")
    rig.wait_for(enet1)
    rig.announce(enet1, enet2)
    rig.wait_for(enet1, enet2)
    addresses = rig.addresses()
    assert addresses[2] == enet1.tcp.address
    rig.announce(enet2)
    enet1.tcp.unplug()
    rig.wait_for(enet2)
    enet1.tcp.plug()
    rig.announce(enet1, enet2)
    rig.wait_for(enet1, enet2)
    assert rig.addresses() == addresses
    assert rig.devices("/uncached/bus.2") == enet1.roms


def test_ours_finds_a_unit_that_was_not_there_at_first_with_all_its_channels(rig: Rig) -> None:
    unit = rig.units[1]
    rig.announce()
    unit.tcp.unplug()
    rig.start("ours", f"--enet={unit.tcp.address}", "--tester=81")
    assert rig.addresses() == {0: unit.tcp.address, 1: "tester.0"}
    rig.announce(unit)
    unit.tcp.plug()
    rig.wait_for(unit)
    address = unit.tcp.address
    assert rig.addresses() == {0: address, 1: "tester.0", 2: address, 3: address}

"""LINK, LINK-HUB-E, HA7Net, ENET and ENET-2, emulated, under the real owserver 3.2p4 and ours.

That the real one finds, reads and writes everything is the proof that the emulators are right.
They are on pseudo-terminals and sockets, so this is real time.
"""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from owfs_py.emulator import enet
from owfs_py.emulator.ha7net import HA7Net
from owfs_py.emulator.link import Link
from owfs_py.emulator.pty import PtyAdapter
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.tcp import TcpAdapter
from owfs_py.emulator.thermometers import DS18B20, Thermometer
from owfs_py.emulator.wire import Wire
from tests.bus.masters.announcer import Announcer
from tests.interop.eeprom import stores
from tests.interop.ourserver import OurDaemon
from tests.interop.realserver import RealOwserver, run

FAMILIES = ["28", "10", "22", "28", "01"] * 4
COLDEST, HOTTEST = -55 * 16, 125 * 16  # sixteenths of a degree, like all temperatures below
CONVERSION_SECONDS = 0.75
ENET_DISCOVERY_PORT = 30303
BACK_AGAIN_SECONDS = 20.0


@dataclass
class Rig:
    """Twenty devices behind an adapter."""

    wires: list[Wire]
    option: str = ""
    name: str = ""
    version: str = ""
    unplug: Callable[[], None] = lambda: None
    plug: Callable[[], None] = lambda: None
    server: str = ""
    """HOST:PORT of the owserver on it."""
    slaves: list[Thermometer] = field(default_factory=list)

    def __post_init__(self) -> None:
        for index, family in enumerate(FAMILIES):
            slave = make_slave(family, index=index)
            self.wires[index % len(self.wires)].attach(slave)
            if isinstance(slave, Thermometer):
                self.slaves.append(slave)

    def directory(self, path: str) -> list[str]:
        return run(["owdir", "-s", self.server, path]).split()

    def devices(self, path: str) -> list[str]:
        listed = (entry.rpartition("/")[2] for entry in self.directory(path))
        return sorted(name for name in listed if name[2:3] == ".")

    def read(self, path: str) -> str:
        return run(["owread", "-s", self.server, path]).strip()

    def write(self, path: str, value: str) -> None:
        run(["owwrite", "-s", self.server, "--", path, value])

    def convert_all(self) -> None:
        self.write("/simultaneous/temperature", "1")
        time.sleep(CONVERSION_SECONDS)


@contextlib.contextmanager
def link_on_a_serial_line() -> Iterator[Rig]:
    rig = Rig([Wire()], name="LinkUSB V1.5", version="16")
    with PtyAdapter(Link(rig.wires[0], data_mark="?", search_mark=",")) as pty:
        rig.option, rig.plug, rig.unplug = f"--link={pty.path}", pty.plug, pty.unplug
        yield rig


@contextlib.contextmanager
def link_hub() -> Iterator[Rig]:
    rig = Rig([Wire()], name="LinkHub-E v1.1", version="18")
    with TcpAdapter(Link(rig.wires[0], version="LinkHub-E v1.1", any_rate=True)) as tcp:
        rig.option, rig.plug, rig.unplug = f"--link={tcp.address}", tcp.plug, tcp.unplug
        yield rig


@contextlib.contextmanager
def ha7net() -> Iterator[Rig]:
    rig = Rig([Wire()], name="HA7Net", version="22")
    with TcpAdapter(HA7Net(rig.wires[0]), one_answer=True) as tcp:
        rig.option, rig.plug, rig.unplug = f"--ha7net={tcp.address}", tcp.plug, tcp.unplug
        yield rig


@contextlib.contextmanager
def ow_server_enet(channels: int = 1) -> Iterator[Rig]:
    rig = Rig([Wire() for _ in range(channels)], name="OWServer_Enet", version="25")
    # The port for looking for it is fixed, so it gets an address of its own on loopback.
    host = "127." + ".".join(str(random.randrange(1, 255)) for _ in range(3))
    with TcpAdapter(enet.Enet(*rig.wires), host) as tcp:
        port = int(tcp.address.partition(":")[2])
        announcement = enet.announcement(port, channels=channels > 1, host=host)
        with Announcer(announcement, at=(host, ENET_DISCOVERY_PORT)):
            rig.option, rig.plug, rig.unplug = f"--enet={tcp.address}", tcp.plug, tcp.unplug
            yield rig


@contextlib.contextmanager
def ow_server_enet_2() -> Iterator[Rig]:
    with ow_server_enet(channels=3) as rig:
        yield rig


ADAPTERS = (link_on_a_serial_line, link_hub, ha7net, ow_server_enet, ow_server_enet_2)


@pytest.fixture(scope="module", params=[RealOwserver, OurDaemon], ids=["owserver", "ours"])
def program(request: pytest.FixtureRequest) -> type[RealOwserver] | type[OurDaemon]:
    chosen: type[RealOwserver] | type[OurDaemon] = request.param
    return chosen


@pytest.fixture(scope="module", params=ADAPTERS, ids=lambda adapter: str(adapter.__name__))
def rig(
    request: pytest.FixtureRequest, program: type[RealOwserver] | type[OurDaemon]
) -> Iterator[Rig]:
    with request.param() as rig, program([rig.option]) as server:
        rig.server = server.address
        yield rig


def test_the_adapter_is_known_by_name_and_number(rig: Rig) -> None:
    for number in range(len(rig.wires)):
        assert rig.read(f"/bus.{number}/interface/settings/name") == rig.name
        assert rig.read(f"/bus.{number}/interface/settings/version") == rig.version


def test_all_devices_are_found_each_on_its_channel(rig: Rig) -> None:
    for number, wire in enumerate(rig.wires):
        expected = sorted(str(slave.rom) for slave in wire.slaves)
        assert rig.devices(f"/uncached/bus.{number}") == expected
    assert len(rig.devices("/uncached")) == len(FAMILIES)


def test_every_temperature_is_right_to_the_last_bit(rig: Rig) -> None:
    span = HOTTEST - COLDEST
    count = len(rig.slaves)
    for ladder in (
        [COLDEST + span * index // (count - 1) for index in range(count)],
        [index - count // 2 for index in range(count)],  # around 0, every sixteenth
    ):
        for chip, sixteenths in zip(rig.slaves, ladder, strict=True):
            chip.sixteenths = sixteenths
        rig.convert_all()
        got = [rig.read(f"/uncached/{chip.rom}/latesttemp") for chip in rig.slaves]
        assert got == [f"{sixteenths / 16:.6G}" for sixteenths in ladder]


def test_a_single_chip_is_converted(rig: Rig) -> None:
    chip = next(chip for chip in rig.slaves if type(chip) is DS18B20)
    chip.sixteenths = -163
    before = len(chip.history)
    assert rig.read(f"/uncached/{chip.rom}/temperature") == "-10.1875"
    assert len(chip.history) == before + 1


def test_limits_are_written_to_the_eeprom(rig: Rig) -> None:
    chip = rig.slaves[0]
    rig.write(f"/{chip.rom}/temphigh", "33")
    rig.write(f"/{chip.rom}/templow", "-12")
    # The emulated chip may still copy when owserver has waited for its ten milliseconds.
    assert rig.read(f"/uncached/{chip.rom}/templow") == "-12"
    assert stores(chip, bytes((33, 0x100 - 12)))


def test_the_alarm_directory_lists_exactly_the_chips_outside_their_limits(rig: Rig) -> None:
    for chip in rig.slaves:
        chip.set_limits(-10, 40)
        chip.temperature = 20
    rig.convert_all()
    assert rig.devices("/uncached/alarm") == []
    hot, cold = rig.slaves[0], rig.slaves[-1]
    hot.temperature, cold.temperature = 40, -10.5
    rig.convert_all()
    assert rig.devices("/uncached/alarm") == sorted((str(hot.rom), str(cold.rom)))


def test_a_device_comes_and_goes(rig: Rig) -> None:
    chip = rig.slaves[0]
    chip.absent = True
    assert str(chip.rom) not in rig.devices("/uncached")
    chip.absent = False
    assert str(chip.rom) in rig.devices("/uncached")


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: str(adapter.__name__))
def test_our_daemon_works_on_when_the_adapter_is_back(
    adapter: Callable[[], contextlib.AbstractContextManager[Rig]],
) -> None:
    with adapter() as rig, OurDaemon([rig.option]) as server:
        rig.server = server.address
        expected = rig.devices("/uncached")
        assert len(expected) == len(FAMILIES)
        rig.unplug()
        with contextlib.suppress(AssertionError):  # refused, or an empty listing
            assert rig.devices("/uncached") == []
        rig.plug()
        deadline = time.monotonic() + BACK_AGAIN_SECONDS
        while _devices_or_none(rig) != expected:
            assert time.monotonic() < deadline, server.log
            time.sleep(0.1)


def _devices_or_none(rig: Rig) -> list[str] | None:
    try:
        return rig.devices("/uncached")
    except AssertionError:
        return None

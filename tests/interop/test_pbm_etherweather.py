"""PBM and EtherWeather, emulated, under the real owserver 3.2p4 and ours.

That the real one finds, reads and writes everything is the proof that the emulators are right.
They are on pseudo-terminals and sockets, so this is real time.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from owfs_py.emulator.etherweather import EtherWeather
from owfs_py.emulator.pbm import CHANNELS, PBM, SERIAL
from owfs_py.emulator.pty import PtyAdapter
from owfs_py.emulator.tcp import TcpAdapter
from owfs_py.emulator.wire import Wire
from tests.interop.ourserver import OurDaemon
from tests.interop.realserver import RealOwserver
from tests.interop.rigs import (
    MakeRig,
    OnEveryAdapter,
    Rig,
    works_on_when_the_adapter_is_back,
)

Program = type[RealOwserver] | type[OurDaemon]

SETTINGS = "interface/settings"


@contextlib.contextmanager
def pbm() -> Iterator[Rig]:
    rig = Rig([Wire() for _ in CHANNELS], name="PBM", version="38", channels="012")
    with PtyAdapter(PBM(*rig.wires)) as pty:
        rig.option, rig.plug, rig.unplug = f"--pbm={pty.path}", pty.plug, pty.unplug
        yield rig


@contextlib.contextmanager
def etherweather() -> Iterator[Rig]:
    rig = Rig([Wire()], name="EtherWeather", version="26")
    with TcpAdapter(EtherWeather(rig.wires[0]), telnet=False) as tcp:
        rig.option, rig.plug, rig.unplug = f"--etherweather={tcp.address}", tcp.plug, tcp.unplug
        yield rig


ADAPTERS = (pbm, etherweather)


@pytest.fixture(scope="module", params=[RealOwserver, OurDaemon], ids=["owserver", "ours"])
def program(request: pytest.FixtureRequest) -> Program:
    chosen: Program = request.param
    return chosen


@pytest.fixture(scope="module", params=ADAPTERS, ids=lambda adapter: str(adapter.__name__))
def rig(request: pytest.FixtureRequest, program: Program) -> Iterator[Rig]:
    with request.param() as rig, program([rig.option]) as server:
        rig.server = server.address
        yield rig


class TestOnEveryAdapter(OnEveryAdapter):
    def test_a_parasitic_chip_is_fed_while_it_converts(self, rig: Rig) -> None:
        chip = rig.slaves[-1]
        chip.parasitic = True
        chip.temperature = 31
        assert rig.read(f"/uncached/{chip.rom}/temperature") == "31"
        assert chip.brown_outs == 0
        chip.parasitic = False


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: str(adapter.__name__))
def test_our_daemon_works_on_when_the_adapter_is_back(adapter: MakeRig) -> None:
    works_on_when_the_adapter_is_back(adapter)


def test_a_pbm_tells_both_the_same_about_itself(program: Program) -> None:
    wires = [Wire() for _ in CHANNELS]
    adapter = PBM(*wires, serial=4711, version="2.34")
    with PtyAdapter(adapter) as pty, program([f"--pbm={pty.path}"]) as server:
        rig = Rig(wires, server=server.address)
        for number, channel in enumerate(CHANNELS):
            settings = f"/bus.{number}/{SETTINGS}"
            listed = {entry.rpartition("/")[2] for entry in rig.directory(settings)}
            assert {"PBM", "serial", "name"} <= listed
            assert {entry.rpartition("/")[2] for entry in rig.directory(f"{settings}/PBM")} == {
                "activation_code",
                "features",
                "firmware_version",
                "port",
                "serial",
            }
            assert rig.read(f"{settings}/address") == pty.path
            assert rig.read(f"{settings}/PBM/port") == channel
            assert rig.read(f"{settings}/PBM/serial") == "4711"
            assert rig.read(f"{settings}/PBM/firmware_version") == "2.034"
            assert rig.read(f"{settings}/PBM/features") == adapter.features.strip()
            assert rig.read(f"{settings}/serial/baudrate") == "115200"
        rig.write(f"/bus.1/{SETTINGS}/PBM/activation_code", "ABC-123")
        assert adapter.activation_code == "ABC-123"
        assert len(rig.devices("/uncached")) == sum(len(wire.slaves) for wire in wires)


def test_buses_of_a_pbm_are_numbered_behind_all_options(program: Program) -> None:
    wires = [Wire() for _ in CHANNELS]
    with (
        PtyAdapter(PBM(*wires, serial=SERIAL)) as pty,
        program([f"--pbm={pty.path}", "--tester=28"]) as server,
    ):
        rig = Rig(wires, server=server.address)
        names = [rig.read(f"/bus.{number}/{SETTINGS}/name") for number in range(4)]
        assert names == ["PBM(0)", "Simulated-Computed", "PBM(1)", "PBM(2)"]


def test_one_channel_of_a_pbm_can_be_all_that_is_used() -> None:
    wires = [Wire() for _ in CHANNELS]
    with PtyAdapter(PBM(*wires)) as pty, OurDaemon([f"--pbm={pty.path}:2"]) as server:
        rig = Rig(wires, server=server.address)
        assert rig.read(f"/bus.0/{SETTINGS}/name") == "PBM(1)"
        assert rig.devices("/") == sorted(str(slave.rom) for slave in wires[1].slaves)
        assert "/bus.1" not in rig.directory("/")

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
from owfs_py.emulator.wire import Wire
from tests.interop.ourserver import OurDaemon
from tests.interop.rigs import (
    MakeRig,
    OnEveryAdapter,
    Program,
    Rig,
    name_of,
    on_a_serial_line,
    on_each,
    on_the_network,
    works_on_when_the_adapter_is_back,
)

SETTINGS = "interface/settings"


@contextlib.contextmanager
def pbm() -> Iterator[Rig]:
    rig = Rig([Wire() for _ in CHANNELS], name="PBM", version="38", channels="012")
    with on_a_serial_line(rig, PBM(*rig.wires), "--pbm"):
        yield rig


@contextlib.contextmanager
def etherweather() -> Iterator[Rig]:
    rig = Rig([Wire()], name="EtherWeather", version="26")
    with on_the_network(rig, EtherWeather(rig.wires[0]), "--etherweather", telnet=False):
        yield rig


ADAPTERS = (pbm, etherweather)


rig = on_each(ADAPTERS)


class TestOnEveryAdapter(OnEveryAdapter):
    def test_a_parasitic_chip_is_fed_while_it_converts(self, rig: Rig) -> None:
        chip = rig.slaves[-1]
        chip.parasitic = True
        chip.temperature = 31
        assert rig.owread(f"/uncached/{chip.rom}/temperature") == "31"
        assert chip.brown_outs == 0
        chip.parasitic = False


@pytest.mark.parametrize("adapter", ADAPTERS, ids=name_of)
def test_our_daemon_works_on_when_the_adapter_is_back(adapter: MakeRig) -> None:
    works_on_when_the_adapter_is_back(adapter)


def test_a_pbm_tells_both_the_same_about_itself(program: Program) -> None:
    wires = [Wire() for _ in CHANNELS]
    adapter = PBM(*wires, serial=4711, version="2.34")
    with PtyAdapter(adapter) as pty, program([f"--pbm={pty.path}"]) as server:
        rig = Rig(wires, server=server.address)
        for number, channel in enumerate(CHANNELS):
            settings = f"/bus.{number}/{SETTINGS}"
            listed = {entry.rpartition("/")[2] for entry in rig.owdir(settings)}
            assert {"PBM", "serial", "name"} <= listed
            assert {entry.rpartition("/")[2] for entry in rig.owdir(f"{settings}/PBM")} == {
                "activation_code",
                "features",
                "firmware_version",
                "port",
                "serial",
            }
            assert rig.owread(f"{settings}/address") == pty.path
            assert rig.owread(f"{settings}/PBM/port") == channel
            assert rig.owread(f"{settings}/PBM/serial") == "4711"
            assert rig.owread(f"{settings}/PBM/firmware_version") == "2.034"
            assert rig.owread(f"{settings}/PBM/features") == adapter.features.strip()
            assert rig.owread(f"{settings}/serial/baudrate") == "115200"
        rig.owwrite(f"/bus.1/{SETTINGS}/PBM/activation_code", "ABC-123")
        assert adapter.activation_code == "ABC-123"
        assert len(rig.devices("/uncached")) == sum(len(wire.slaves) for wire in wires)


def test_buses_of_a_pbm_are_numbered_behind_all_options(program: Program) -> None:
    wires = [Wire() for _ in CHANNELS]
    with (
        PtyAdapter(PBM(*wires, serial=SERIAL)) as pty,
        program([f"--pbm={pty.path}", "--tester=28"]) as server,
    ):
        rig = Rig(wires, server=server.address)
        names = [rig.owread(f"/bus.{number}/{SETTINGS}/name") for number in range(4)]
        assert names == ["PBM(0)", "Simulated-Computed", "PBM(1)", "PBM(2)"]


def test_one_channel_of_a_pbm_can_be_all_that_is_used() -> None:
    wires = [Wire() for _ in CHANNELS]
    with PtyAdapter(PBM(*wires)) as pty, OurDaemon([f"--pbm={pty.path}:2"]) as server:
        rig = Rig(wires, server=server.address)
        assert rig.owread(f"/bus.0/{SETTINGS}/name") == "PBM(1)"
        assert rig.devices("/") == sorted(str(slave.rom) for slave in wires[1].slaves)
        assert "/bus.1" not in rig.owdir("/")

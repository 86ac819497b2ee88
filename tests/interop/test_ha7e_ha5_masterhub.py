"""HA7E, HA5 and MasterHub, emulated, under the real owserver 3.2p4 and ours.

That the real one finds, reads and writes everything is the proof that the emulators are right.
They are on pseudo-terminals and sockets, so this is real time.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

import pytest

from owfs_py.emulator.ha5 import HA5
from owfs_py.emulator.ha7e import HA7E
from owfs_py.emulator.masterhub import MasterHub
from owfs_py.emulator.wire import Wire
from tests.interop.rigs import (
    MakeRig,
    OnEveryAdapter,
    Rig,
    name_of,
    on_a_serial_line,
    on_each,
    on_the_network,
    works_on_when_the_adapter_is_back,
)

BAUD = 19200
UNITS = "acg"
CHANNELS = "1234W"


def by_name(wires: list[Wire], names: str) -> Mapping[str, Wire]:
    return dict(zip(names, wires, strict=True))


@contextlib.contextmanager
def ha7e() -> Iterator[Rig]:
    rig = Rig([Wire()], name="HA7E/S", version="24")
    with on_a_serial_line(rig, HA7E(rig.wires[0]), "--ha7e"):
        yield rig


@contextlib.contextmanager
def ha7e_behind_a_bridge() -> Iterator[Rig]:
    rig = Rig([Wire()], name="HA7E/S", version="24")
    with on_the_network(rig, HA7E(rig.wires[0], any_rate=True), "--ha7e"):
        yield rig


# Instead of addressing nobody owserver addresses an HA5's devices as 00.000000000000.


@contextlib.contextmanager
def ha5() -> Iterator[Rig]:
    rig = Rig([Wire()], name="HA5", version="23", converts_all=False)
    with on_a_serial_line(rig, HA5(rig.wires[0]), "--ha5"):
        yield rig


@contextlib.contextmanager
def slow_ha5_without_checksums() -> Iterator[Rig]:
    rig = Rig([Wire()], more=[f"--baud={BAUD}"], name="HA5", version="23", converts_all=False)
    with on_a_serial_line(rig, HA5(rig.wires[0], checks=False, baud=BAUD), "--ha5"):
        yield rig


@contextlib.contextmanager
def three_ha5_behind_a_bridge() -> Iterator[Rig]:
    # owserver cannot have several on a serial port, and connects twice for those behind a bridge.
    rig = Rig([Wire() for _ in UNITS], name="HA5", version="23", converts_all=False)
    adapter = HA5(by_name(rig.wires, UNITS))
    with on_the_network(rig, adapter, "--ha5", f":{UNITS}", several=True):
        yield rig


@contextlib.contextmanager
def masterhub() -> Iterator[Rig]:
    rig = Rig([Wire() for _ in CHANNELS], name="MasterHub", version="19", channels=CHANNELS)
    with on_a_serial_line(rig, MasterHub(by_name(rig.wires, CHANNELS)), "--masterhub"):
        yield rig


@contextlib.contextmanager
def masterhub_on_the_network() -> Iterator[Rig]:
    rig = Rig([Wire() for _ in CHANNELS], name="MasterHub", version="19", channels=CHANNELS)
    with on_the_network(rig, MasterHub(by_name(rig.wires, CHANNELS)), "--masterhub"):
        yield rig


ADAPTERS = (
    ha7e,
    ha7e_behind_a_bridge,
    ha5,
    slow_ha5_without_checksums,
    three_ha5_behind_a_bridge,
    masterhub,
    masterhub_on_the_network,
)

rig = on_each(ADAPTERS)
TestOnEveryAdapter = OnEveryAdapter


@pytest.mark.parametrize("adapter", ADAPTERS, ids=name_of)
def test_our_daemon_works_on_when_the_adapter_is_back(adapter: MakeRig) -> None:
    works_on_when_the_adapter_is_back(adapter)

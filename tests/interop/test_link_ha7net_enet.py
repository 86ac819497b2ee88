"""LINK, LINK-HUB-E, HA7Net, ENET and ENET-2, emulated, under the real owserver 3.2p4 and ours.

That the real one finds, reads and writes everything is the proof that the emulators are right.
They are on pseudo-terminals and sockets, so this is real time.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator

import pytest

from owfs_py.emulator import enet
from owfs_py.emulator.ha7net import HA7Net
from owfs_py.emulator.link import Link
from owfs_py.emulator.pty import PtyAdapter
from owfs_py.emulator.tcp import TcpAdapter
from owfs_py.emulator.wire import Wire
from tests.bus.masters.announcer import Announcer
from tests.interop.ourserver import OurDaemon
from tests.interop.realserver import RealOwserver
from tests.interop.rigs import (
    MakeRig,
    OnEveryAdapter,
    Rig,
    works_on_when_the_adapter_is_back,
)

ENET_DISCOVERY_PORT = 30303


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


class TestOnEveryAdapter(OnEveryAdapter):
    pass


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: str(adapter.__name__))
def test_our_daemon_works_on_when_the_adapter_is_back(adapter: MakeRig) -> None:
    works_on_when_the_adapter_is_back(adapter)

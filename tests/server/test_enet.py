"""Options --enet and --ha7net: which buses they make, and that looking keeps nobody waiting."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Collection, Iterator
from typing import Any

import pytest

from owfs_py.bus import enetscan
from owfs_py.bus.enetscan import EnetScan
from owfs_py.bus.masters import ha7net as ha7net_driver
from owfs_py.bus.masters.discovery import Endpoint, endpoint
from owfs_py.bus.masters.enet import Enet
from owfs_py.bus.masters.enetfind import Unit
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.sought import Sought
from owfs_py.bus.wired import WiredBus
from owfs_py.emulator import enet, ha7net
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.tcp import TcpAdapter
from owfs_py.emulator.wire import Wire
from owfs_py.ownet.client import OwnetClient
from owfs_py.server import enet as option
from owfs_py.server.build import build_onewire
from owfs_py.server.commandline import read_command_line
from owfs_py.server.daemon import Daemon
from owfs_py.server.options import OptionError

PATIENCE = 10.0


def built(*args: str) -> OneWire:
    return build_onewire(read_command_line(list(args)))


def addresses(onewire: OneWire) -> list[str]:
    return [bus.address for bus in onewire.buses.values()]


class TestForms:
    @pytest.mark.parametrize("value", ["", "=ALL", "=*", "=enet.lan", "=10.0.0.1:8081"])
    def test_units_are_looked_for_and_have_the_number_of_the_option(self, value: str) -> None:
        onewire = built("--tester=28", f"--enet{value}", "--tester=10")
        assert [type(bus) for bus in onewire.buses.values()][1] is Sought
        assert addresses(onewire) == ["tester.1", value[1:], "tester.0"]

    def test_a_channel_that_is_named_is_a_bus(self) -> None:
        (bus,) = built("--enet=10.0.0.1/2", "--timeout_network=4").buses.values()
        assert isinstance(bus, WiredBus)
        assert isinstance(bus.master, Enet)
        assert (bus.master.address, bus.master.channel, bus.master.timeout) == ("10.0.0.1", "2", 5)

    @pytest.mark.parametrize(
        ("value", "interval"), [("scan", 60), ("SCAN", 60), ("scan:5", 5), ("Scan:3600", 3600)]
    )
    def test_scanning(self, value: str, interval: float) -> None:
        (bus,) = built(f"--enet={value}").buses.values()
        assert isinstance(bus, EnetScan)
        assert bus.interval == interval

    @pytest.mark.parametrize("seconds", ["", "0", "-1", "x", "1.5", "5:6"])
    def test_scanning_at_odd_intervals_is_refused(self, seconds: str) -> None:
        with pytest.raises(OptionError, match=f"option --enet: scan:{seconds} wants whole seconds"):
            built(f"--enet=scan:{seconds}")

    def test_a_second_scanner_is_refused(self, caplog: pytest.LogCaptureFixture) -> None:
        assert len(built("--enet=scan", "--enet=scan:5").buses) == 1
        assert "scanned for already" in caplog.text

    @pytest.mark.parametrize("address", [":80", "host:port", "host/4", "host:x/1"])
    def test_what_cannot_be_is_refused(self, address: str) -> None:
        with pytest.raises(OptionError, match="option --enet: "):
            built(f"--enet={address}")

    def test_drivers_have_the_time_out_and_are_traced(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        (bus,) = built("--enet=scan", "--timeout_network=4", "--traffic").buses.values()
        assert isinstance(bus, EnetScan)
        drivers = bus._make(Unit("10.0.0.1:8080", has_channels=True))
        assert [driver.timeout for driver in drivers] == [5] * 3
        with caplog.at_level("DEBUG"), pytest.raises(Exception, match="not open"):
            drivers[1].reset()
        assert "10.0.0.1:8080: reset" in caplog.text

    def test_an_ha7net_without_address_is_looked_for(self) -> None:
        onewire = built("--tester=28", "--ha7net", "--ha7net=10.0.0.1", "--tester=10")
        assert addresses(onewire) == ["tester.1", "", "10.0.0.1", "tester.0"]
        assert isinstance(onewire.buses[1], Sought)
        assert isinstance(onewire.buses[2], WiredBus)

    def test_an_impossible_address_of_an_ha7net_is_refused(self) -> None:
        with pytest.raises(OptionError, match="option --ha7net: not HOST"):
            built("--ha7net=host:noport")


class Network:
    """One with an ENET-2 and an HA7Net, where looking takes until somebody was served."""

    def __init__(self) -> None:
        self.looking, self.served = threading.Event(), threading.Event()
        self.enet2 = TcpAdapter(enet.Enet(wire_with("28"), wire_with("22"), wire_with("01")))
        self.ha7net = TcpAdapter(ha7net.HA7Net(wire_with("28")), one_answer=True)

    def wait(self) -> None:
        self.looking.set()
        assert self.served.wait(PATIENCE), "nobody was served meanwhile"

    def units(self, known: Collection[str]) -> list[Unit]:
        self.wait()
        return [Unit(self.enet2.address, has_channels=True)]

    def unit_at(self, address: str, *args: Any, **options: Any) -> Unit:
        self.wait()
        return Unit(self.enet2.address, has_channels=True)

    def find_ha7net(self) -> Endpoint:
        self.wait()
        return endpoint(self.ha7net.address, 0)


def wire_with(family: str) -> Wire:
    wire = Wire()
    wire.attach(make_slave(family, bus=9))
    return wire


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Iterator[Network]:
    network = Network()
    monkeypatch.setattr(enetscan, "units", network.units)
    monkeypatch.setattr(option, "unit_at", network.unit_at)
    monkeypatch.setattr(ha7net_driver, "find", network.find_ha7net)
    with network.enet2, network.ha7net:
        yield network


@pytest.mark.parametrize(
    ("value", "buses"),
    [
        ("--enet", ["28", "10", "22", "01"]),
        ("--enet=enet.lan", ["28", "10", "22", "01"]),
        ("--enet=scan", ["", "10", "28", "22", "01"]),
        ("--ha7net", ["28", "10"]),
    ],
)
def test_a_daemon_answers_at_once_and_has_the_buses_when_they_are_found(
    network: Network, value: str, buses: list[str]
) -> None:
    """Those of an option are numbered in its turn, others behind all options."""
    words = [value, "--tester=10", "--nozero", "--port=127.0.0.1:0"]

    async def families(client: OwnetClient, path: str) -> list[str]:
        names = (entry.rpartition("/")[2] for entry in await client.dir(path))
        return [name[:2] for name in names if name[2:3] == "."]

    async def main() -> None:
        daemon = Daemon(read_command_line(words))
        await daemon.start()
        try:
            async with OwnetClient("127.0.0.1", daemon._server.port) as client:
                assert await asyncio.to_thread(network.looking.wait, PATIENCE)
                assert await families(client, "/uncached") == ["10"]
                assert await families(client, "/uncached/bus.1") == ["10"]
                network.served.set()
                wanted = sorted(filter(None, buses))
                give_up = time.monotonic() + PATIENCE
                while sorted(await families(client, "/uncached")) != wanted:
                    assert time.monotonic() < give_up
                for number, family in enumerate(buses):
                    found = await families(client, f"/uncached/bus.{number}")
                    assert found == ([family] if family else [])
        finally:
            network.served.set()
            await daemon.stop()

    asyncio.run(main())

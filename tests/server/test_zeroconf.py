"""Announcing and finding by zeroconf, with python-zeroconf itself at the other end.

On loopback, where all test processes hear each other: names and ports are each test's own.
"""

import asyncio
import builtins
import logging
from contextlib import asynccontextmanager
from ipaddress import ip_address
from itertools import count

import pytest
from zeroconf import ServiceStateChange
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from owfs_py.bus.errors import PathError
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.simulated import SimulatedBus, Style
from owfs_py.ownet.address import NetAddress
from owfs_py.server import zeroconf
from owfs_py.server.zeroconf import SERVICE_TYPE, FoundServers, Neighbourhood, service_name
from tests.interop.ourserver import OurDaemon
from tests.interop.realserver import run
from tests.interop.serverprocess import free_port
from tests.server.test_lifecycle import until

PATIENCE = 20.0
SENSOR = "/28.000028D70000"
LOOPBACK = "127.0.0.1"


class Notes:
    """A Finder that writes down what it is told; of ports that are not its own it hears nothing."""

    def __init__(self, *ports):
        self.ports = ports
        self.names = set()
        self.events = asyncio.Queue()

    async def found(self, name, address):
        if address.port in self.ports:
            self.names.add(name)
            await self.events.put(("found", name, address))

    async def lost(self, name):
        if name in self.names:
            await self.events.put(("lost", name))

    async def next(self):
        async with asyncio.timeout(PATIENCE):
            return await self.events.get()


class Peer:
    """Another host on the network: a zeroconf of its own."""

    def __init__(self):
        self.zeroconf = AsyncZeroconf(interfaces=[LOOPBACK])
        self.heard = asyncio.Queue()

    def browse(self):
        def handler(zeroconf, service_type, name, state_change):
            self.heard.put_nowait((name, state_change))

        self.browser = AsyncServiceBrowser(self.zeroconf.zeroconf, SERVICE_TYPE, handlers=[handler])

    async def hear(self, port, wanted):
        """The service of a port, once it is heard to have changed as wanted."""
        async with asyncio.timeout(PATIENCE):
            while True:
                name, change = await self.heard.get()
                if change is wanted and f"<{port}>" in name:
                    info = AsyncServiceInfo(SERVICE_TYPE, name)
                    if change is ServiceStateChange.Added:
                        assert await info.async_request(self.zeroconf.zeroconf, 3000)
                    return info

    async def announce(self, name, port, host=LOOPBACK):
        info = AsyncServiceInfo(
            SERVICE_TYPE,
            f"{name}.{SERVICE_TYPE}",
            port=port,
            addresses=[ip_address(host).packed],
            server=f"test-{port}.local.",
        )
        # Nobody else has this name: no need to ask for a second.
        await (await self.zeroconf.async_register_service(info, cooperating_responders=True))
        return info

    async def withdraw(self, info):
        await self.zeroconf.async_unregister_service(info)

    async def close(self):
        await self.zeroconf.async_close()


@asynccontextmanager
async def peer():
    other = Peer()
    try:
        yield other
    finally:
        await other.close()


@asynccontextmanager
async def neighbourhood(*args, **more):
    ours = Neighbourhood(*args, **more)
    ours.start()
    try:
        yield ours
    finally:
        await ours.stop()


def test_the_name_ends_in_the_port_and_is_short_enough():
    assert service_name("OWFS (1-wire) Server", 4304) == "OWFS (1-wire) Server <4304>"
    assert service_name("x" * 100, 4304) == "x" * 54 + " <4304>"
    cut = service_name("ä" * 60, 12345)
    assert cut.endswith("ä <12345>")
    assert len(cut.encode()) <= zeroconf.MAX_NAME


def test_a_server_is_announced_and_says_good_bye():
    async def main():
        port = free_port()
        async with peer() as other:
            other.browse()
            async with neighbourhood([(LOOPBACK, port)], announce="Attic (1-wire)"):
                info = await other.hear(port, ServiceStateChange.Added)
            await other.hear(port, ServiceStateChange.Removed)
            return info, port

    info, port = asyncio.run(main())
    assert info.name == f"Attic (1-wire) <{port}>.{SERVICE_TYPE}"
    assert (info.port, info.parsed_addresses(), info.properties) == (port, [LOOPBACK], {})


async def joined(ours):
    while ours._zeroconf is None:  # noqa: ASYNC110  nothing tells
        await asyncio.sleep(0.001)


def test_two_servers_of_one_name_are_both_announced():
    async def main():
        port = free_port()
        async with peer() as other, neighbourhood([(LOOPBACK, port)], announce="Twin") as ours:
            other.browse()
            await asyncio.wait_for(joined(ours), PATIENCE)
            # It now asks whether anybody has the name, for half a second.
            await other.announce(f"Twin <{port}>", port, "127.0.0.2")
            heard = [await other.hear(port, ServiceStateChange.Added) for _ in range(2)]
            return port, [(info.name, info.parsed_addresses()) for info in heard]

    port, heard = asyncio.run(main())
    assert heard == [
        (f"Twin <{port}>.{SERVICE_TYPE}", ["127.0.0.2"]),
        (f"Twin <{port}>-2.{SERVICE_TYPE}", [LOOPBACK]),
    ]


def test_servers_are_found_when_they_come_and_lost_when_they_go():
    async def main():
        early, late = free_port(), free_port()
        notes = Notes(early, late)
        async with peer() as other:
            first = await other.announce("early", early)
            async with neighbourhood([(LOOPBACK, free_port())], finder=notes):
                told = [await notes.next()]
                second = await other.announce("late", late)
                told.append(await notes.next())
                await other.withdraw(first)
                told.append(await notes.next())
                await other.withdraw(second)
                told.append(await notes.next())
        return told, early, late

    told, early, late = asyncio.run(main())
    assert told == [
        ("found", "early", NetAddress(LOOPBACK, early)),
        ("found", "late", NetAddress(LOOPBACK, late)),
        ("lost", "early"),
        ("lost", "late"),
    ]


@pytest.mark.parametrize("announced_by", ["us", "another announcer of this host"])
def test_a_server_does_not_find_itself(announced_by):
    async def main():
        own, strange = free_port(), free_port()
        notes = Notes(own, strange)
        name = "ourselves" if announced_by == "us" else ""
        async with peer() as other, peer() as observer:
            observer.browse()
            async with neighbourhood([(LOOPBACK, own)], announce=name, finder=notes):
                if not name:
                    await other.announce(f"host <{own}>", own)
                await observer.hear(own, ServiceStateChange.Added)
                await other.announce("stranger", strange)
                return await notes.next()

    assert asyncio.run(main())[1] == "stranger"


def test_a_server_on_all_addresses_is_announced_with_those_of_the_host():
    ours = Neighbourhood([("0.0.0.0", 4304)])
    addresses = ours._own_addresses()
    assert addresses
    assert addresses == [LOOPBACK] or not any(ip_address(a).is_loopback for a in addresses)
    ours._addresses = ["192.0.2.7"]
    assert ours._is_self(NetAddress("192.0.2.7", 4304))
    assert ours._is_self(NetAddress("127.0.0.1", 4304))
    assert not ours._is_self(NetAddress("192.0.2.7", 4305))
    assert not ours._is_self(NetAddress("192.0.2.8", 4304))


def test_addresses_that_change_are_announced_anew(monkeypatch):
    monkeypatch.setattr(zeroconf, "INTERFACE_LOOK", 0.05)

    async def main():
        port = free_port()
        async with peer() as other:
            other.browse()
            async with neighbourhood([(LOOPBACK, port)], announce="mobile") as ours:
                await other.hear(port, ServiceStateChange.Added)
                monkeypatch.setattr(ours, "_own_addresses", lambda: ["127.0.0.1", "127.0.0.2"])
                info = await other.hear(port, ServiceStateChange.Updated)
                await info.async_request(other.zeroconf.zeroconf, 3000)
                return info.parsed_addresses()

    assert sorted(asyncio.run(main())) == ["127.0.0.1", "127.0.0.2"]


def test_a_missing_network_is_waited_for(monkeypatch):
    monkeypatch.setattr(zeroconf, "INTERFACE_LOOK", 0.02)

    async def main():
        port = free_port()
        async with peer() as other:
            other.browse()
            ours = Neighbourhood([(LOOPBACK, port)], announce="patient")
            attempts = count()

            def own_addresses():
                if next(attempts) < 3:
                    raise OSError("Network is unreachable")
                return [LOOPBACK]

            monkeypatch.setattr(ours, "_own_addresses", own_addresses)
            ours.start()
            info = await other.hear(port, ServiceStateChange.Added)
            await ours.stop()
            return info.port == port

    assert asyncio.run(main())


def test_without_the_package_nothing_happens_and_a_debug_line_says_so(monkeypatch, caplog):
    real_import = builtins.__import__

    def no_zeroconf(name, *args, **more):
        if name.partition(".")[0] == "zeroconf":
            raise ImportError(name)
        return real_import(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", no_zeroconf)
    monkeypatch.setattr(zeroconf, "find_spec", lambda name: None)

    async def main():
        async with neighbourhood([(LOOPBACK, free_port())], announce="nobody hears"):
            await asyncio.sleep(0.01)

    with caplog.at_level(logging.DEBUG):
        asyncio.run(main())
    (line,) = [r for r in caplog.records if r.name == zeroconf.__name__]
    assert line.levelno == logging.DEBUG
    assert "owfs_py[zeroconf]" in line.getMessage()


def simulated(onewire, address, devices):
    bus = SimulatedBus(
        onewire.next_number(),
        onewire.cache,
        onewire.aliases,
        onewire.changed,
        style=Style.TESTER,
        devices=devices,
        unit=onewire.next_number(),
    )
    bus.address = str(address)
    return bus


def test_found_servers_become_buses_and_lost_ones_are_buses_no_longer():
    async def main():
        onewire = OneWire()
        onewire.add_bus(simulated(onewire, "/dev/ttyS0", "28"))
        found = FoundServers(onewire, lambda address: simulated(onewire, address, "10"))
        addresses = [NetAddress("192.0.2.1", 4304), NetAddress("192.0.2.2", 4304)]

        async def state():
            listing = await onewire.dir("/")
            return {n: bus.address for n, bus in onewire.buses.items()}, len(listing.entries)

        async with onewire:
            await onewire.dir("/")
            await found.found("attic", addresses[0])
            await found.found("cellar", addresses[1])
            await found.found("cellar", addresses[1])
            both = await state()
            entries = (await onewire.dir("/bus.2")).entries
            (device,) = (name.removeprefix("/bus.2") for name in entries if "/10." in name)
            await onewire.read(f"{device}/type")
            await found.found("attic under another name", addresses[0])
            assert await state() == both
            await found.lost("attic")
            await found.lost("nobody")
            one = await state()
            await found.lost("cellar")
            with pytest.raises(PathError):
                await onewire.read(f"{device}/type")
            return both, one, await state()

    both, one, none = asyncio.run(main())
    assert both == ({0: "/dev/ttyS0", 1: "192.0.2.1:4304", 2: "192.0.2.2:4304"}, 3)
    assert one == ({0: "/dev/ttyS0", 2: "192.0.2.2:4304"}, 2)
    assert none == ({0: "/dev/ttyS0"}, 1)


def test_a_server_that_has_moved_is_found_at_its_new_address():
    async def main():
        onewire = OneWire()
        found = FoundServers(onewire, lambda address: simulated(onewire, address, "10"))
        async with onewire:
            await found.found("attic", NetAddress("192.0.2.1", 4304))
            await found.found("attic", NetAddress("192.0.2.7", 4304))
            return [bus.address for bus in onewire.buses.values()]

    assert asyncio.run(main()) == ["192.0.2.7:4304"]


def test_a_daemon_serves_another_one_as_long_as_that_announces_itself():
    with OurDaemon(["--autoserver", "--error_level=1"]) as below:
        with OurDaemon(["--emulate=28", "--zero", "--announce=Upper"]) as above:
            name = f"Upper <{above.port}>"
            until(lambda: f"found {name}" in below.log)
            until(lambda: SENSOR in run(["owdir", "-s", below.address]).split())
            assert run(["owread", "-s", below.address, f"{SENSOR}/type"]) == "DS18B20"
            assert above.stop() == 0
        until(lambda: f"{name} is gone" in below.log)
        assert SENSOR not in run(["owdir", "-s", below.address]).split()
        assert below.stop() == 0

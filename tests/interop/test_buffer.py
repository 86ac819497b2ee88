"""Our server as a buffer in front of many: owserver 3.2p4 and ours mixed, killed and restarted.

Clients are ours, ow-shell and pyownet. This is real time; devices are simulated and their values
do not change, so that whatever comes through a buffer can be compared.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack

import pytest

from owfs_py import ownet
from owfs_py.bus.view import View
from owfs_py.ownet.client import OwnetClient
from tests.interop.ourserver import OurDaemon
from tests.interop.realserver import RealOwserver
from tests.interop.serverprocess import free_port
from tests.interop.test_chains import (
    AT_ONCE,
    OURS,
    REAL,
    SENSOR,
    SOON,
    STABLE,
    Server,
    enter,
    eventually,
    outcome,
    proxy,
    server,
    shell,
)

FAMILIES = ("28", "10", "22", "42", "26", "20", "1D", "12")
"""Of the devices behind each upstream, so that no two have the same."""
DEVICES = 20
CLIENTS = 100
PROPERTIES = ("type", "address", "family", "temperature")
TRIMMED = View(trim=True)


class Site:
    """A buffer and the upstreams behind it, each of which can be started again."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._ports = [free_port() for _ in FAMILIES]
        self.above: list[Server] = []
        for number in range(len(FAMILIES)):
            self.above.append(self._upstream(number))
        options = [f"--server=127.0.0.1:{port}" for port in self._ports]
        self.below = OurDaemon([*options, "--buffer", "--stale=30"])
        stack.enter_context(self.below)

    def _upstream(self, number: int) -> Server:
        kind = (REAL, OURS)[number % 2]
        devices = ",".join([FAMILIES[number]] * DEVICES)
        port = f"--port=127.0.0.1:{self._ports[number]}"
        return enter(self._stack, server(kind, f"--tester={devices}", port))

    def start_again(self, number: int) -> None:
        self.above[number] = self._upstream(number)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with ExitStack() as stack:
        site = Site(stack)
        yield site
        assert site.below.is_running
        assert "Traceback" not in site.below.log


def at_once(
    port: int, ask: Callable[[OwnetClient], Awaitable[object]], clients: int
) -> list[object]:
    """What each of so many clients gets that ask at the same time."""

    async def main() -> list[object]:
        peers = [OwnetClient("127.0.0.1", port, timeout=10) for _ in range(clients)]
        try:
            return await asyncio.gather(*map(ask, peers))
        finally:
            for peer in peers:
                peer.close()

    return asyncio.run(main())


def passed(below: OurDaemon) -> int:
    """How many requests it has sent to its upstreams."""
    with ownet.connect(below.address) as client:
        return int(client.read("/statistics/buffer/passed", view=TRIMMED))


def test_many_upstreams_are_one_tree(site: Site) -> None:
    below, above = site.below, site.above
    expected = set()
    for one in above:
        with ownet.connect(one.address) as there:
            expected |= set(there.dir("/"))
    assert len(expected) == len(FAMILIES) * DEVICES
    with ownet.connect(below.address) as client:
        assert sorted(client.dir("/")) == sorted(expected)
        for one in above:
            with ownet.connect(one.address) as there:
                for device, name in itertools.product(there.dir("/"), PROPERTIES):
                    path = f"{device}/{name}"
                    assert outcome(client.read, path) == outcome(there.read, path), path


def test_a_hundred_clients_cost_the_upstreams_no_more_than_one(site: Site) -> None:
    below = site.below
    with ownet.connect(below.address) as client:
        devices = client.dir("/")
        paths = [f"{device}/{name}" for device in devices for name in ("address", "type")]
        for path in paths:
            client.read(path)
    before = passed(below)

    async def everything(client: OwnetClient) -> tuple[bytes, ...]:
        return tuple([await client.read(path) for path in paths])

    answers = at_once(below.port, everything, CLIENTS)
    assert len(answers) == CLIENTS
    assert len(set(answers)) == 1
    assert passed(below) == before


@pytest.mark.parametrize("number", range(len(FAMILIES)))
def test_each_upstream_may_die_and_come_back(site: Site, number: int) -> None:
    below, above = site.below, site.above
    one = above[number]
    with ownet.connect(one.address) as there:
        device = there.dir("/")[0]
    other = f"/bus.{(number + 1) % len(above)}/interface/settings/name"
    bus = f"/bus.{number}"
    with ownet.connect(below.address) as client:
        everything = sorted(client.dir("/"))
        kind = client.read(f"{device}/type")
        one.stop()
        began = time.monotonic()
        assert client.read(f"{device}/type") == kind
        assert outcome(client.read, f"/uncached{device}/temperature") == 103
        assert client.read(other) == b"tcp"
        assert sorted(client.dir("/")) == everything
        assert time.monotonic() - began < AT_ONCE
        site.start_again(number)
        reconnect = f"{bus}/interface/settings/reconnect"
        eventually(lambda: client.read(reconnect, view=TRIMMED), b"0", SOON)
        assert client.read(f"/uncached{device}/type") == kind


ORDERS = list(itertools.product((REAL, OURS), repeat=2))


@pytest.mark.parametrize(("below", "above"), ORDERS, ids=map("-buffer-".join, ORDERS))
def test_a_buffer_is_transparent_in_every_order(below: str, above: str) -> None:
    devices = "--emulate=28,10" if above == OURS else "--tester=28,10"
    with (
        server(above, devices) as last,
        OurDaemon(["-s", last.address, "--buffer", "--write", "--refresh"]) as middle,
        server(below, "-s", middle.address) as first,
    ):
        assert isinstance(middle, OurDaemon)
        there = proxy(last)
        for _ in range(2):  # as it comes, and as it is kept
            for near in (first, middle):
                here = proxy(near)
                assert sorted(here.dir("/", bus=False)) == sorted(there.dir("/", bus=False))
                for device, name in itertools.product(there.dir("/", bus=False), STABLE):
                    path = f"{device}{name}"
                    assert outcome(here.read, path) == outcome(there.read, path), path
                for args in (
                    ("owread", "-F", f"{SENSOR}/temphigh"),
                    ("owread", "--start=3", "--size=4", f"{SENSOR}/address"),
                    ("owdir", f"{SENSOR}/errata"),
                    ("owget", SENSOR),
                ):
                    got = shell(args[0], near, *args[1:])
                    assert got == shell(args[0], last, *args[1:]), args
        assert shell("owwrite", first, f"{SENSOR}/temphigh", "33") == (0, b"")
        values = [shell("owread", one, f"{SENSOR}/temphigh") for one in (first, middle, last)]
        assert len(set(values)) == 1
        assert "Traceback" not in middle.log


def test_a_buffer_lets_nobody_write_unless_told_to() -> None:
    with (
        OurDaemon(["--emulate=28"]) as above,
        OurDaemon(["-s", above.address, "--buffer"]) as shut,
        OurDaemon(["-s", above.address, "--buffer", "-w"]) as open_to_all,
    ):
        assert outcome(proxy(shut).write, f"{SENSOR}/temphigh", b"31") == 30
        assert outcome(proxy(open_to_all).write, f"{SENSOR}/temphigh", b"32") != 30
        assert float(proxy(above).read(f"{SENSOR}/temphigh")) == 32


def test_refreshed_values_are_those_of_the_moment() -> None:
    """A client that asks every second, and an upstream with a lifetime of four."""
    with (
        RealOwserver(["--tester=28", "--timeout_volatile=4"]) as above,
        OurDaemon(["-s", above.address, "--buffer", "--refresh", "-t", "4"]) as below,
        ownet.connect(below.address) as client,
    ):
        deadline = time.monotonic() + 20
        while int(client.read("/statistics/buffer/renewed_asked", view=TRIMMED)) < 2:
            client.read(f"{SENSOR}/temperature")
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert client.read(f"{SENSOR}/temperature") == proxy(above).read(f"{SENSOR}/temperature")

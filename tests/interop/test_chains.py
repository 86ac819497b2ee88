"""Chains of servers, ours and owserver 3.2p4 in every order, asked by ow-shell and pyownet.

Whatever stands below, a client gets what it would get from the server that has the devices.
Real owservers have simulated devices, ours an emulated bus; this is real time.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from pyownet import protocol

from owfs_py import ownet
from owfs_py.bus.errors import OneWireError
from owfs_py.bus.view import View
from owfs_py.ownet import calls
from tests.interop.ourserver import OurDaemon
from tests.interop.realserver import RealOwserver
from tests.interop.serverprocess import free_port

Server = OurDaemon | RealOwserver

REAL, OURS = "real", "ours"
SENSOR = "/28.000028D70000"
"""The first device, with both: real ones have --tester, ours the emulated bus."""
SOON = 5.0
"""Seconds within which a server that came back must be served again, however busy the machine."""
AT_ONCE = 0.5
"""Seconds; an answer that waited for no time-out."""


def server(kind: str, *args: str) -> Server:
    return OurDaemon([*args]) if kind == OURS else RealOwserver([*args])


def top(kind: str, *args: str) -> Server:
    """A server with a DS18B20 and a DS18S20."""
    return server(kind, "--emulate=28,10" if kind == OURS else "--tester=28,10", *args)


def enter(stack: ExitStack, server: Server) -> Server:
    stack.enter_context(server)
    return server


@contextmanager
def chain(*kinds: str) -> Iterator[list[Server]]:
    """Servers each on top of the next; the last has the devices."""
    with ExitStack() as stack:
        servers = [enter(stack, top(kinds[-1]))]
        for kind in kinds[-2::-1]:
            servers.insert(0, enter(stack, server(kind, "-s", servers[0].address)))
        yield servers


def shell(program: str, where: Server, *args: str) -> tuple[int, bytes]:
    done = subprocess.run(
        [program, "-s", where.address, *args],
        capture_output=True,
        timeout=30,
        check=False,
        env=os.environ | {"LC_ALL": "C"},
    )
    return done.returncode, done.stdout


def proxy(where: Server) -> Any:
    host, port = where.address.split(":")
    return protocol.proxy(host, int(port))


def outcome(call: Callable[..., Any], *args: Any, **more: Any) -> Any:
    """What a call returns, or the number of the error that it raises."""
    try:
        return call(*args, **more)
    except protocol.OwnetError as error:
        return error.errno
    except OneWireError as error:
        return error.code


STABLE = (
    *("type", "family", "address", "id", "crc8", "r_address", "r_id", "alias"),
    *("temphigh", "templow", "power", "nothing", "errata", "errata/die", "scratchpad"),
)
"""What does not depend on the moment, beside names that are no property."""
ORDERS = [
    *itertools.product((REAL, OURS), repeat=2),
    *itertools.product((REAL, OURS), repeat=3),
]
WITH_OURS = [kinds for kinds in ORDERS if OURS in kinds]


@pytest.fixture(scope="module", params=WITH_OURS, ids="-".join)
def servers(request: pytest.FixtureRequest) -> Iterator[list[Server]]:
    with chain(*request.param) as servers:
        yield servers
        for each in servers:
            if isinstance(each, OurDaemon):
                assert each.is_running
                each.assert_no_fault()


def test_a_chain_is_transparent_for_pyownet(servers: list[Server]) -> None:
    below, above = proxy(servers[0]), proxy(servers[-1])
    devices = sorted(above.dir("/", bus=False))
    assert len(devices) == 2
    assert sorted(below.dir("/", bus=False)) == devices
    for device in devices:
        assert below.dir(device) == above.dir(device)
        assert below.present(device)
        for name in STABLE:
            path = f"{device}{name}"
            assert outcome(below.read, path) == outcome(above.read, path), path
    assert not below.present("/28.FFFFFFFFFFFF")
    assert float(below.read(f"{SENSOR}/temperature")) == pytest.approx(
        float(above.read(f"{SENSOR}/temperature")), abs=1.0
    )


def test_a_chain_is_transparent_for_owshell(servers: list[Server]) -> None:
    below, above = servers[0], servers[-1]
    for program, *args in (
        ("owdir", SENSOR),
        ("owdir", "--dir", SENSOR),
        ("owdir", f"{SENSOR}/errata"),
        ("owdir", f"{SENSOR}/type"),
        ("owread", f"{SENSOR}/type"),
        ("owread", "-F", f"{SENSOR}/temphigh"),
        ("owread", "--start=3", "--size=4", f"{SENSOR}/address"),
        ("owread", SENSOR),
        ("owread", f"{SENSOR}/nothing"),
        ("owget", SENSOR),
        ("owget", f"{SENSOR}/type"),
        ("owpresent", SENSOR, f"{SENSOR}/type", "/28.FFFFFFFFFFFF"),
        ("owwrite", f"{SENSOR}/temphigh", "warm"),
        ("owwrite", f"{SENSOR}/type", "x"),
        ("owwrite", SENSOR, "x"),
    ):
        assert shell(program, below, *args) == shell(program, above, *args), (program, args)
    for form in ("f.i", "fi", "f.i.c", "f.ic", "fi.c", "fic"):
        listed = [sorted(shell("owdir", s, "-f", form, "/")[1].split()[:2]) for s in servers]
        assert listed[0] == listed[-1]


def test_paths_walk_through_a_chain(servers: list[Server]) -> None:
    way = ""
    for below, above in itertools.pairwise(servers):
        way += "/bus.0"
        with ownet.connect(servers[0].address) as first:
            assert first.dir(way)[0] == f"{way}/interface"
            assert first.read(f"{way}{SENSOR}/family") == b"28"
            assert first.read(f"{way}/interface/settings/name") == b"tcp"
            assert first.read(f"{way}/interface/settings/address").decode() == above.address
            trimmed = View(trim=True)
            assert first.read(f"{way}/interface/settings/version", view=trimmed) == b"9"
            assert first.read(f"{way}/settings/timeout/ftp", view=trimmed) == b"900"
            assert first.read(f"{way}/structure/28/type") == b"a,000000,000001,ro,000032,f,"
            assert f"{way}/system/process" in first.dir(f"{way}/system")
        with ownet.connect(above.address) as there:
            assert there.read("/settings/timeout/ftp", view=trimmed) == b"900"
        assert below is not above


def test_settings_of_an_upstream_are_changed_through_a_chain(servers: list[Server]) -> None:
    way = "/bus.0" * (len(servers) - 1)
    trimmed = View(trim=True)
    path = "/settings/timeout/ha7"
    with ownet.connect(servers[0].address) as below, ownet.connect(servers[-1].address) as above:
        assert below.write(f"{way}{path}", b"61") == 2
        assert above.read(path, view=trimmed) == b"61"
        assert below.read(path, view=trimmed) == b"60"
        below.write(f"{way}{path}", b"60")


def test_writing_goes_through_a_chain(servers: list[Server]) -> None:
    before = shell("owread", servers[-1], f"{SENSOR}/temphigh")[1]
    assert shell("owwrite", servers[0], f"{SENSOR}/temphigh", "33") == (0, b"")
    after = [shell("owread", s, f"{SENSOR}/temphigh")[1] for s in (servers[0], servers[-1])]
    assert after[0] == after[1]
    if isinstance(servers[-1], OurDaemon):  # what is written to a tester has no effect
        assert float(after[1]) == 33
    shell("owwrite", servers[0], f"{SENSOR}/temphigh", before.decode().strip())


def test_names_given_at_the_top_are_known_below(servers: list[Server]) -> None:
    shell("owwrite", servers[-1], f"{SENSOR}/alias", "attic")
    try:
        assert b"/attic" in shell("owdir", servers[0], "/")[1].split()
        assert shell("owread", servers[0], "/attic/address") == (0, b"28000028D7000011")
        assert shell("owpresent", servers[0], "/attic") == (0, b"1")
        assert b"/attic/type" in shell("owdir", servers[0], "/attic")[1].split()
    finally:
        shell("owwrite", servers[-1], f"{SENSOR}/alias", "")


@pytest.mark.parametrize("above", [REAL, OURS])
def test_several_upstreams_and_an_own_bus(above: str) -> None:
    with (
        top(above) as first,
        RealOwserver(["--tester=05"]) as second,
        OurDaemon(
            ["-s", first.address, "--emulate=01", f"--server={second.address}"]
        ) as below,
        ownet.connect(below.address) as client,
    ):  # fmt: skip
        listing = client.listing("/", view=View(bus_list=True))
        assert len(listing.entries[: listing.entries.index("/bus.2")]) == 4
        assert "/simultaneous" in listing.entries
        assert client.read(f"{SENSOR}/family") == b"28"
        assert client.read("/bus.2/05.000005FA0000/type") == b"DS2405"
        assert client.read("/05.000005FA0000/type") == b"DS2405"
        assert client.read("/bus.1/interface/settings/name") != b"tcp"


def test_bare_words_are_upstreams() -> None:
    with top(REAL) as above:
        for word in (above.address, str(above.port)):
            with OurDaemon([word]) as below:
                assert SENSOR.encode() in shell("owdir", below, "/")[1].split()


def eventually(ask: Callable[[], Any], wanted: Any, within: float) -> None:
    """Ask again and again until the answer is `wanted`; AssertionError after `within` seconds."""
    deadline = time.monotonic() + within
    while (got := ask()) != wanted:
        assert time.monotonic() < deadline, f"{got!r} instead of {wanted!r} after {within} s"
        time.sleep(0.02)


@pytest.mark.parametrize("kind", [REAL, OURS])
def test_killed_upstream_is_missed_without_delay_and_served_when_it_is_back(kind: str) -> None:
    port = f"--port=127.0.0.1:{free_port()}"
    with ExitStack() as stack:
        above = enter(stack, top(kind, port))
        below = stack.enter_context(OurDaemon(["--emulate=01", "-s", port.removeprefix("--port=")]))
        client = stack.enter_context(ownet.connect(below.address))
        assert client.read(f"{SENSOR}/family") == b"28"
        everything = sorted(client.dir("/"))
        above.stop()
        began = time.monotonic()
        codes = [
            outcome(client.read, f"{SENSOR}/family"),
            outcome(client.write, f"{SENSOR}/temphigh", b"1"),
            outcome(client.dir, "/bus.1"),
        ]
        others = [client.dir("/"), client.read("/bus.0/interface/settings/name")]
        assert time.monotonic() - began < AT_ONCE
        assert codes == [103] * 3
        assert len(others[0]) == 1
        stack.enter_context(top(kind, port))
        eventually(lambda: outcome(client.read, f"{SENSOR}/family"), b"28", SOON)
        assert sorted(client.dir("/")) == everything


def test_upstream_that_is_missing_at_the_start_is_waited_for() -> None:
    port = f"127.0.0.1:{free_port()}"
    with (
        OurDaemon(["-s", port]) as below,
        ownet.connect(below.address) as client,
    ):
        assert outcome(client.dir, "/") == 103
        with top(REAL, f"--port={port}"):
            eventually(lambda: outcome(client.read, f"{SENSOR}/family"), b"28", SOON)


def test_upstream_of_an_unknown_name_is_no_hindrance() -> None:
    with (
        OurDaemon(["-s", "no-such-host.invalid:4304", "--emulate=01"]) as below,
        ownet.connect(below.address) as client,
    ):
        assert len(client.dir("/")) == 1
        assert outcome(client.dir, "/bus.0") == 103


LOOPED: tuple[Callable[[ownet.SyncClient, str], Any], ...] = (
    lambda c, bus: c.read(f"{bus}{SENSOR}/type"),
    lambda c, bus: c.write(f"{bus}{SENSOR}/temphigh", b"1"),
    lambda c, bus: c.dir(bus),
    lambda c, bus: c.listing(bus, slash=True),
    lambda c, bus: c.call(calls.dir_frames(bus)),
    lambda c, bus: c.present(f"{bus}{SENSOR}"),
    lambda c, bus: c.get(bus),
    lambda c, bus: c.get(bus, slash=True),
)


def test_loop_of_ours_ends_every_message_at_once() -> None:
    ports = [f"127.0.0.1:{free_port()}" for _ in range(3)]
    with ExitStack() as stack:
        for n, devices in enumerate(("28", "10", "01")):
            upstream = ports[(n + 1) % len(ports)]
            options = [f"--emulate={devices}", "-s", upstream, f"--port={ports[n]}"]
            stack.enter_context(OurDaemon(options))
        client = stack.enter_context(ownet.connect(ports[0]))
        eventually(lambda: len(client.dir("/")), 3, 10 * SOON)
        for ask in LOOPED:
            began = time.monotonic()
            assert outcome(ask, client, "/bus.1" * 4) == 5
            assert time.monotonic() - began < AT_ONCE
        for nobody in ("/28.FFFFFFFFFFFF", "/nobody"):
            began = time.monotonic()
            assert outcome(client.present, nobody) == 1
            assert outcome(client.read, f"{nobody}/type") == 1
            assert outcome(client.write, f"{nobody}/alias", b"x") == 1
            assert outcome(client.dir, nobody) == 1
            assert time.monotonic() - began < AT_ONCE


def test_listing_in_a_loop_with_a_real_owserver_has_each_device_once() -> None:
    """3.2p4 passes the first token on with a zero in place of its first byte."""
    port = f"127.0.0.1:{free_port()}"
    with (
        OurDaemon(["--emulate=28", "-s", port]) as ours,
        RealOwserver(["--tester=10", "-s", ours.address, f"--port={port}"]),
        ownet.connect(ours.address) as client,
    ):
        devices = [SENSOR, "/10.000010EF0000"]
        eventually(lambda: sorted(client.dir("/")), sorted(devices), SOON)
        assert [client.read(f"{device}/family") for device in devices] == [b"28", b"10"]

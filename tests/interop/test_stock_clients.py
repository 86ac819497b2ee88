"""Clients that others wrote, against our daemon and owserver 3.2p4 on equal buses: ow-shell and
pyownet get the same from both. What a single answer looks like is tested elsewhere."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from pyownet import protocol  # type: ignore[import-untyped]  # it has none

from owfs_py.emulator.bench import Emulation
from tests.interop.ourserver import OurDaemon
from tests.interop.realserver import RealOwserver

CHIPS = "28,28,10,22,01"
SENSOR, OTHER, S20, PLATE = (
    "/28.000028D70000",
    "/28.000028D70100",
    "/10.000010EF0200",
    "/01.000001FE0400",
)
WANDERS_LESS = 0.5
"""Degrees that the emulated room may become warmer between the same question to both."""


class Ended(NamedTuple):
    """What a program left."""

    status: int
    output: bytes
    complaints: bytes


class Server(NamedTuple):
    """Where to find one of the two."""

    host: str
    port: int

    def shell(self, program: str, *args: str) -> Ended:
        """Run one of the ow-shell commands to its end."""
        done = subprocess.run(
            [program, "-s", f"{self.host}:{self.port}", *args],
            capture_output=True,
            timeout=30,
            check=False,
            env=os.environ | {"LC_ALL": "C"},
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def proxy(self, **options: Any) -> Any:
        return protocol.proxy(self.host, self.port, **options)


@pytest.fixture(scope="module")
def ours() -> Iterator[Server]:
    with OurDaemon([f"--emulate={CHIPS}"]) as daemon:
        yield Server("127.0.0.1", daemon.port)
        assert daemon.is_running
        daemon.assert_no_fault()


@pytest.fixture(scope="module")
def theirs() -> Iterator[Server]:
    emulation = Emulation.from_list(CHIPS)
    with emulation.pty() as pty, RealOwserver([f"--device={pty.path}"]) as server:
        yield Server("127.0.0.1", server.port)


OWDIR = (
    (),
    ("/",),
    ("/", SENSOR),
    ("--dir", "/"),
    ("--dir", SENSOR),
    ("--dir", SENSOR, f"{SENSOR}/errata", "/alarm"),
    *(("-f", form, "/") for form in ("f.i", "fi", "f.i.c", "f.ic", "fi.c", "fic")),
    ("--format", "fic", SENSOR),
    ("/uncached",),
    ("/bus.0",),
    ("/structure/28",),
    ("/simultaneous",),
    ("/nothing",),
    ("/nothing", SENSOR),
    ("-q", "/nothing"),
    (f"{SENSOR}/type",),
)
OWREAD = (
    (f"{SENSOR}/type",),
    (SENSOR.removeprefix("/") + "/type",),
    (f"{SENSOR}/type", f"{S20}/type", f"{PLATE}/address"),
    (f"{SENSOR}/temphigh",),
    *((scale, f"{SENSOR}/templow") for scale in ("-C", "-F", "-K", "-R")),
    *((scale, f"{S20}/temphigh") for scale in ("--Celsius", "--Fahrenheit", "--Kelvin",
                                               "--Rankine")),
    ("--hex", f"{SENSOR}/address"),
    ("--hex", f"{SENSOR}/temphigh"),
    ("--size=4", f"{SENSOR}/address"),
    ("--start=3", f"{SENSOR}/address"),
    ("--start=3", "--size=2", f"{SENSOR}/address"),
    ("--offset=5", f"{SENSOR}/address"),
    ("--hex", "--size=2", f"{SENSOR}/type"),
    ("--start=100", f"{SENSOR}/type"),
    (f"{PLATE}/alias",),
    ("/structure/28/temperature",),
    ("/simultaneous/present",),
    (SENSOR,),
    ("/nothing",),
    ("-q", "/nothing"),
    ("/nothing", f"{SENSOR}/type"),
)  # fmt: skip
OWGET = (
    (),
    ("/",),
    (SENSOR,),
    ("--dir", SENSOR),
    (f"{SENSOR}/type",),
    ("-F", f"{SENSOR}/templow"),
    ("--hex", f"{SENSOR}/id"),
    ("-f", "fi", "/"),
    ("--size=3", f"{SENSOR}/type"),
    ("/nothing",),
)
OWPRESENT = (
    (SENSOR,),
    (f"{SENSOR}/type",),
    ("/",),
    ("/28.FFFFFFFFFFFF",),
    ("/nothing",),
    (SENSOR, "/nothing", OTHER),
)
OWWRITE = (
    (f"{SENSOR}/temphigh", "40"),
    (f"{SENSOR}/templow", "5"),
    ("-F", f"{OTHER}/temphigh", "86"),
    ("-K", f"{OTHER}/templow", "273.15"),
    (f"{S20}/temphigh", "33", f"{S20}/templow", "11"),
    (f"{OTHER}/tempres", "11"),
    (f"{OTHER}/tempres", "13"),
    (f"{SENSOR}/temphigh", "warm"),
    (f"{SENSOR}/type", "x"),
    (SENSOR, "1"),
    ("/nothing", "1"),
    ("-q", "/nothing", "1"),
    (f"{PLATE}/alias", "door plate"),
    ("--hex", f"{PLATE}/alias", "6B6579"),
    ("--hex", f"{PLATE}/alias", "6B657"),
    (f"{PLATE}/alias", ""),
    ("/simultaneous/temperature", "1"),
    (f"{SENSOR}/temphigh",),
)  # fmt: skip
WRITTEN = (f"{SENSOR}/temphigh", f"{SENSOR}/templow", f"{OTHER}/temphigh", f"{OTHER}/templow",
           f"{S20}/temphigh", f"{S20}/templow", f"{OTHER}/tempres", f"{PLATE}/alias")  # fmt: skip


@pytest.mark.parametrize(
    ("program", "args"),
    [
        *(("owdir", args) for args in OWDIR),
        *(("owread", args) for args in OWREAD),
        *(("owget", args) for args in OWGET),
        *(("owpresent", args) for args in OWPRESENT),
    ],
    ids=str,
)
def test_an_owshell_command_gets_the_same_from_both(
    program: str, args: tuple[str, ...], ours: Server, theirs: Server
) -> None:
    assert ours.shell(program, *args) == theirs.shell(program, *args)


def test_owwrite_writes_the_same_with_both(ours: Server, theirs: Server) -> None:
    for args in OWWRITE:
        assert ours.shell("owwrite", *args) == theirs.shell("owwrite", *args), args
        for path in WRITTEN:
            assert ours.shell("owread", path) == theirs.shell("owread", path), (args, path)


def test_owshell_reads_the_emulated_room(ours: Server, theirs: Server) -> None:
    for scale, degree in (("-C", 1.0), ("-F", 1.8), ("-K", 1.0), ("-R", 1.8)):
        path = f"/uncached{SENSOR}/temperature9"
        ended = ours.shell("owread", scale, path)
        expected = float(theirs.shell("owread", scale, path).output)
        assert ended.status == 0
        assert len(ended.output) == 12
        assert float(ended.output) == pytest.approx(expected, abs=WANDERS_LESS * degree)


def outcome(call: Callable[..., Any], *args: Any, **more: Any) -> Any:
    """What a call returns, or what it raises, as something that can be compared."""
    try:
        return call(*args, **more)
    except (protocol.Error, TypeError, ValueError) as error:
        return type(error), getattr(error, "errno", None), getattr(error, "filename", None)


def everything_of_pyownet(proxy: Any, limit: bytes) -> list[Any]:
    """All that its documentation has, on good paths and bad ones; `limit` fits its scale."""
    calls = [
        (proxy.ping,),
        (proxy.dir,),
        (proxy.dir, "/"),
        (proxy.dir, SENSOR),
        (proxy.dir, "/nothing"),
        (proxy.dir, f"{SENSOR}/type"),
        (proxy.dir, "/alarm"),
        (proxy.read, f"{SENSOR}/type"),
        (proxy.read, f"{SENSOR}/address"),
        (proxy.read, f"{PLATE}/alias"),
        (proxy.read, "/nothing"),
        (proxy.read, SENSOR),
        (proxy.read, "/28.FFFFFFFFFFFF/temperature"),
        (proxy.write, f"{S20}/temphigh", limit),
        (proxy.read, f"{S20}/temphigh"),
        (proxy.write, f"{S20}/temphigh", bytearray(limit + b".5")),
        (proxy.read, f"{S20}/temphigh"),
        (proxy.write, f"{S20}/temphigh", b"warm"),
        (proxy.write, f"{S20}/temphigh", "text"),
        (proxy.write, f"{S20}/type", b"x"),
        (proxy.write, S20, b"1"),
        (proxy.write, "/nothing", b"1"),
        (proxy.present, SENSOR),
        (proxy.present, f"{SENSOR}/type"),
        (proxy.present, "/28.FFFFFFFFFFFF"),
        (proxy.present, "/"),
        (proxy.present, "/nothing"),
        (proxy.sendmess, protocol.MSG_NOP, b""),
        (proxy.sendmess, protocol.MSG_GET, f"{SENSOR}/type".encode(), 0, 100),
        (proxy.sendmess, protocol.MSG_GETSLASH, b"/"),
        (proxy.sendmess, 99, b"/"),
    ]
    results = [outcome(*call) for call in calls]
    for slash in (True, False):
        for bus in (True, False):
            results.append(outcome(proxy.dir, "/", slash=slash, bus=bus, timeout=20))
    for size, offset in ((1, 0), (4, 2), (100, 15), (100, 16), (0, 0), (10**7, 0)):
        results.append(outcome(proxy.read, f"{SENSOR}/address", size=size, offset=offset))
    return results


# Flags, and a temperature in the scale that they ask for.
FLAGS = (
    (0, b"44"),
    (protocol.FLG_TEMP_F, b"99"),
    (protocol.FLG_TEMP_K | protocol.FLG_FORMAT_FI, b"300"),
    (protocol.FLG_TEMP_R | protocol.FLG_FORMAT_FDIDC, b"540"),
    (protocol.FLG_UNCACHED, b"-3"),
)


@pytest.mark.parametrize(("flags", "limit"), FLAGS)
@pytest.mark.parametrize("persistent", [False, True], ids=["one-shot", "persistent"])
def test_pyownet_gets_the_same_from_both(
    persistent: bool, flags: int, limit: bytes, ours: Server, theirs: Server
) -> None:
    options = {"persistent": persistent, "flags": flags}
    with ours.proxy(**options) as our_proxy, theirs.proxy(**options) as their_proxy:
        results = everything_of_pyownet(our_proxy, limit)
        assert results == everything_of_pyownet(their_proxy, limit)
        assert our_proxy.read(f"{SENSOR}/temphigh") == their_proxy.read(f"{SENSOR}/temphigh")


def test_pyownet_keeps_its_connection_as_long_as_it_likes(ours: Server) -> None:
    with ours.proxy(persistent=True) as proxy:
        proxy.ping()
        first = proxy.conn
        for _ in range(50):
            proxy.read(f"{SENSOR}/type")
        assert proxy.conn is first
        proxy.close_connection()
        proxy.ping()


def test_pyownet_knows_what_the_errors_mean(ours: Server) -> None:
    proxy = ours.proxy()
    with pytest.raises(protocol.OwnetError) as caught:
        proxy.read("/nothing")
    assert caught.value.errno == 1
    assert caught.value.strerror == "Startup - command line parameters invalid"


def test_pyownet_clones_work(ours: Server) -> None:
    proxy = protocol.clone(ours.proxy(), persistent=True)
    assert SENSOR in proxy.dir("/", slash=False)
    back = protocol.clone(proxy, persistent=False)
    assert back.read(f"{SENSOR}/type") == b"DS18B20"
    proxy.close_connection()


def test_pyownet_waits_for_a_conversion(ours: Server) -> None:
    degrees = float(ours.proxy().read(f"/uncached{SENSOR}/temperature", timeout=10))
    assert 10 < degrees < 30

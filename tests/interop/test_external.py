"""External sensors: owserver 3.2p4 and our daemon with the same lines and the same commands.

Where they are in the tree, and what lines do. Commands are real processes, so this is real time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.differences.external import (
    OUT_OF_REACH,
    OUT_OF_REACH_PATH,
    QUOTING,
)
from tests.interop.differential import (
    DIR,
    DIRALL,
    DIRALLSLASH,
    FAHRENHEIT,
    GET,
    GETSLASH,
    PRESENCE,
    READ,
    RawClient,
    ask,
    read,
    write,
)
from tests.interop.ourserver import OurDaemon
from tests.interop.realserver import RealOwserver
from tests.interop.sensorpair import THINGS, Pair, reads, start, values

pytestmark = pytest.mark.timeout(120)

LISTINGS = (DIR, DIRALL, DIRALLSLASH, GET, GETSLASH, PRESENCE, READ)


# The tree


def test_the_same_directories(pair: Pair) -> None:
    paths = (
        "/", "/uncached", "/text", "/unaliased", "/bus.0", "/alarm", "/bus.0/alarm", "/one",
        "/bus.0/two", "/uncached/one", "/alarm/one", "/text/one", "/one/place", "/one/place/far",
        "/one/", "/ill", "/a name, with comma", "/One", "/three", "/one/three", "/one/present",
        "/one/address", "/one/settings", "/one/uncached", "/settings/one", "/one/one",
        "/bus.1/one", "/structure", "/structure/things", "/structure/things/place",
        "/structure/broken", "/structure/two", "/bus.0/interface", "/bus.0/interface/settings",
        "/bus.0/interface/statistics", "/bus.0/simultaneous",
    )  # fmt: skip
    pair.agree(*(ask(kind, path) for path in paths for kind in LISTINGS))


def test_the_same_rows_in_structure_and_presence_of_all_that_is_listed(pair: Pair) -> None:
    def listed(directory: str) -> Iterator[str]:
        for entry in pair.clients[0].ask(ask(DIRALLSLASH, directory)).entries:
            path = entry.decode()
            if path.endswith("/"):
                yield from listed(path.removesuffix("/"))
            else:
                yield path

    rows = [*listed("/structure/things"), *listed("/structure/broken")]
    assert len(rows) > len(THINGS)
    pair.agree(*map(read, rows))
    for kind in (PRESENCE, DIR, DIRALL):
        pair.agree(*(ask(kind, path) for path in (*listed("/one"), *listed("/bus.0/ill"))))


def test_the_bus_is_the_same_and_so_are_its_settings(pair: Pair) -> None:
    settings = ("address", "name", "version", "overdrive", "ds2404_found", "reconnect")
    cases = pair.agree(*reads("bus.0/interface/settings", *settings))
    assert values(cases)[:3] == [b"external", b"External", b"37"]


def test_a_bus_is_numbered_where_its_first_sensor_is_declared(tmp_path: Path) -> None:
    lines = "tester = 10\nscript: p, things, q, , u\nsensor: one, things\ntester = 28\n"
    with ExitStack() as stack:
        pair = start(stack, tmp_path, lines)
        pair.agree(*reads("", "bus.0/interface/settings/name", "bus.1/interface/settings/name"))
        pair.agree(ask(DIRALL, "/bus.1"), ask(DIRALL, "/bus.0/one"), ask(DIRALL, "/bus.2"))
        pair.agree(ask(PRESENCE, "/bus.2/one"), read("/bus.2/one/type"))


def test_a_family_of_the_name_of_a_chip_is_another_one(tmp_path: Path) -> None:
    lines = "sensor: mine, 28\nscript: heat, 28, t, , v, echo 5;:\ntester = 28\n"
    with ExitStack() as stack:
        pair = start(stack, tmp_path, lines)
        pair.agree(*(ask(DIRALL, path) for path in ("/mine", "/structure/28", "/28.000028D70000")))
        pair.agree(read("/mine/heat"), read("/mine/family"), read("/28.000028D70000/family"))


@pytest.mark.parametrize("options", [[], ["--buffer", "-w"]], ids=["plain", "buffer"])
def test_a_server_behind_another_has_its_sensors(tmp_path: Path, options: list[str]) -> None:
    lines = "sensor: one, things\nscript: heat, things, t, , v, echo 21.5;:, cat >/dev/null;:\n"
    with ExitStack() as stack:
        pair = start(stack, tmp_path, lines)
        for server, client in zip(pair.servers, pair.clients, strict=True):
            below = stack.enter_context(OurDaemon([f"--server={server.address}", *options]))
            asking = stack.enter_context(RawClient(below.port))
            for request in (
                read("/one/heat"),
                read("/one/heat", flags=FAHRENHEIT),
                read("/uncached/one/type"),
                read("/one/cold"),
                write("/one/heat", b"          20"),
                ask(DIRALL, "/one"),
                ask(PRESENCE, "/one"),
                ask(PRESENCE, "/two"),
            ):
                assert asking.ask(request) == client.ask(request), request


# Quoting, time and mistakes


def test_words_reach_a_command_as_they_are(tmp_path: Path) -> None:
    lines = (
        "sensor: $(echo >$STATE.name), things, , a  b\n"
        "script: echoes, things, a100, , u, printf '<%s>', , x y;echo >$STATE.data\n"
    )
    with ExitStack() as stack:
        pair = start(stack, tmp_path, lines)
        (case,) = pair.agree(read("/$(echo >$STATE.name)/echoes"), but=[QUOTING])
    assert case.ours.text.rstrip(b"\0") == (
        b"<$(echo >$STATE.name)><echoes><0><read><100><0><a  b><x y;echo >$STATE.data>"
    )
    created = {path.name for path in tmp_path.iterdir()}
    assert {"theirs.name", "theirs.data"} < created, "3.2p4 runs what is in the words"
    assert {"ours.name", "ours.data"}.isdisjoint(created)


def test_a_command_that_hangs_keeps_nobody_for_ever(tmp_path: Path) -> None:
    lines = "sensor: one, things\nscript: slow, things, i, , u, sleep 100;:, sleep 100;:\n"
    config = tmp_path / "owfs.conf"
    config.write_text(lines)
    args = ["--external", f"--configuration={config}", "--script_timeout=1"]
    with OurDaemon(args) as ours, RawClient(ours.port) as client:
        for request in (read("/one/slow"), write("/one/slow", b"5")):
            began = time.monotonic()
            assert client.ask(request).ret == -5
            assert time.monotonic() - began < 5
        assert client.ask(read("/one/type")).text == b"external"


def test_lines_before_the_option_do_not_count(tmp_path: Path) -> None:
    config = tmp_path / "owfs.conf"
    config.write_text("sensor: one, things\nexternal\nsensor: two, things\ntester = 28\n")
    with ExitStack() as stack:
        args = [f"--configuration={config}", "--external"]
        theirs = stack.enter_context(RealOwserver(args))
        ours = stack.enter_context(OurDaemon(args))
        listings = []
        for server in (theirs, ours):
            client = stack.enter_context(RawClient(server.port))
            listings.append(client.ask(ask(DIRALL, "/bus.0")).entries)
        assert listings[0] == listings[1] == [b"/bus.0/interface", b"/bus.0/two"]
        ours.stop()
        assert ours.log.count("external sensors are ignored") == 1


def test_what_no_path_can_reach_is_left_out_and_told(tmp_path: Path) -> None:
    lines = (
        "sensor: one, things\nsensor: settings, things\nsensor: 10.010203040506, things\n"
        "script: D, things, D, , u, echo 5;:\n"
    )
    with ExitStack() as stack:
        pair = start(stack, tmp_path, lines)
        pair.agree(ask(DIRALL, "/bus.0"), ask(DIRALL, "/one"), but=[OUT_OF_REACH])
        pair.agree(ask(PRESENCE, "/one/D"), but=[OUT_OF_REACH_PATH])
        assert pair.servers[1].log.count("line ignored") == 3

"""Our daemon and owserver 3.2p4, each on top of an owserver 3.2p4 of its own: same answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.deliberate_differences import explanation
from tests.differences.chains import (
    PATHS_LISTED,
    PRESENCE_OF_NO_BUS,
    READ_INTERFACE,
    WRITE_DIRECTORY,
)
from tests.interop.differential import (
    DIR,
    DIRALL,
    DIRALLSLASH,
    FORMAT_SHIFT,
    GET,
    GETSLASH,
    PRESENCE,
    READ,
    TEMPERATURE_SCALE_SHIFT,
    USUAL_FLAGS,
    Comparison,
    RawClient,
    Request,
    ask,
    compare,
    read,
    write,
)
from tests.interop.ourserver import OurDaemon
from tests.interop.realserver import RealOwserver

pytestmark = pytest.mark.timeout(120)

DIFFERENCES = (READ_INTERFACE, WRITE_DIRECTORY, PRESENCE_OF_NO_BUS, PATHS_LISTED)
FEWEST_REQUESTS = 1400
"""So that a group that asks nothing any more is missed."""

FAMILIES = "28,10,1F,29,26,12,23,30,20,01,81"
TYPES = (DIR, DIRALL, GET, DIRALLSLASH, GETSLASH, PRESENCE, READ)
DIRECTORIES = ("/", "/bus.0", "/bus.0/bus.0", "/uncached", "/alarm", "/structure",
               "/bus.0/interface", "/bus.0/interface/settings", "/bus.0/interface/statistics",
               "/simultaneous", "/bus.0/simultaneous", "/settings", "/bus.0/settings",
               "/bus.0/system", "/bus.0/alarm", "/bus.1", "/bus.0/bus.1", "/text",
               "/uncached/bus.0")  # fmt: skip
KILLS_3_2P4 = "/bus.0/interface"
"""Below it a WRITE to a directory ends owserver 3.2p4 as a relay."""
EVERYWHERE = 3
"""So many devices are asked for by all PREFIXES, the others by the first two."""
PREFIXES = ("", "/bus.0", "/uncached", "/bus.0/uncached", "/uncached/bus.0", "/bus.0/bus.0",
            "/alarm", "/bus.1")  # fmt: skip
PROPERTIES = ("type", "temperature", "PIO.ALL", "memory", "pages/page.0", "temphigh", "nothing",
              "PIO.A", "volt.ALL", "id", "locator", "address", "alias", "present")  # fmt: skip
WHOLE_IN_PARTS = ("type", "temperature", "id", "address")
"""Of other texts owserver 3.2p4 in the lower place makes up bytes when a part is asked for."""
WRITTEN = (("temphigh", b"5"), ("PIO.A", b"1"), ("memory", b"abc"), ("type", b"x"),
           ("nothing", b"1"), ("temphigh", b"x"), ("alias", b""))  # fmt: skip


def about_directories() -> Iterator[Request]:
    for path in DIRECTORIES:
        for kind in TYPES:
            yield ask(kind, path)
        if not path.startswith(KILLS_3_2P4):
            yield write(path, b"1")


def about_devices(devices: list[str]) -> Iterator[Request]:
    everywhere = [prefix + device for device in devices[:EVERYWHERE] for prefix in PREFIXES]
    others = [prefix + device for device in devices[EVERYWHERE:] for prefix in PREFIXES[:2]]
    for path in everywhere + others:
        for kind in TYPES:
            yield ask(kind, path)
        for name in PROPERTIES:
            yield read(f"{path}/{name}")
        for name in WHOLE_IN_PARTS:
            yield read(f"{path}/{name}", size=3, offset=1)
        for name, data in WRITTEN:
            yield write(f"{path}/{name}", data)


def with_flags(device: str) -> Iterator[Request]:
    for form in range(6):
        flags = USUAL_FLAGS | form << FORMAT_SHIFT
        yield ask(DIRALL, "/", flags=flags)
        yield ask(DIR, device, flags=flags)
        yield read(f"{device}/locator", flags=flags)
    for scale in range(4):
        flags = USUAL_FLAGS | scale << TEMPERATURE_SCALE_SHIFT
        yield read(f"{device}/temperature", flags=flags)
        yield write(f"{device}/temphigh", b"40", flags=flags)


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    result = Comparison()
    with ExitStack() as stack:
        lower = [stack.enter_context(RealOwserver([f"--tester={FAMILIES}"])) for _ in range(2)]
        theirs = stack.enter_context(RealOwserver(["-s", lower[0].address]))
        ours = stack.enter_context(OurDaemon(["-s", lower[1].address]))
        clients = [stack.enter_context(RawClient(server.port)) for server in (theirs, ours)]
        entries = clients[0].ask(ask(DIRALL, "/")).entries
        devices = [name.decode() for name in entries if name[3:4] == b"."]
        assert len(devices) == len(FAMILIES.split(","))
        for requests in (about_directories(), about_devices(devices), with_flags(devices[0])):
            compare(*clients, requests, result)
        ours.stop()
        ours.assert_no_fault()
    return result


def test_a_relay_answers_the_same_or_is_meant_to_differ(comparison: Comparison) -> None:
    assert comparison.asked >= FEWEST_REQUESTS
    found = [
        difference
        for difference in comparison.differences
        if explanation(difference.request, difference.theirs, difference.ours, DIFFERENCES) is None
    ]
    assert not found, "\n".join(map(str, found))


def test_every_deliberate_difference_is_met(comparison: Comparison) -> None:
    met = {explanation(d.request, d.theirs, d.ours, DIFFERENCES) for d in comparison.differences}
    assert [line.what for line in DIFFERENCES if line not in met] == []

"""owserver 3.2p4 and our daemon: /settings, /system, /statistics, /bus.N/interface file by file.

Both have an equal emulated bus. Listings and sizes must be the same, and the bytes of every
answer but those that MAY_DIFFER names; counters, clocks and process ids are compared by shape.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.deliberate_differences import explanation
from tests.interop import twinbus
from tests.interop.differential import (
    DIR,
    DIRALL,
    DIRALLSLASH,
    GET,
    PRESENCE,
    READ,
    TEMPERATURE_SCALE_SHIFT,
    TRIM,
    USUAL_FLAGS,
    WRITE,
    Answer,
    Comparison,
    Difference,
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

ROOTS = ("/settings", "/system", "/statistics", "/bus.0/interface", "/simultaneous",
         "/bus.0/simultaneous", "/thermostat")  # fmt: skip
INTERFACE = "/bus.0/interface/settings"
OF_OTHER_ADAPTERS = (
    "usb/pulldownslewrate", "usb/writeonelowtime", "usb/datasampleoffset", "usb/flexible_timing",
    "link/auxctrl", "ha5/checksum", "ha5/channel", "PBM/port",
    "PBM/firmware_version", "PBM/serial", "PBM/features", "PBM/activation_code",
    "i2c/ActivePullUp", "i2c/PulsePresenceMask", "DS1WM/long_line_mode",
    "DS1WM/pulse_presence_mask", "K1WM/long_line_mode", "K1WM/pulse_presence_mask",
    "simulated/templow", "simulated/temphigh",
)  # fmt: skip
FEWEST_REQUESTS = 2500

OK, NOT_SUPPORTED = 0, -95
_PREFIXES = re.compile("/text/uncached|/uncached")
_FAR_ELEMENT = re.compile(r".*\.\d\d+")
"""One of the many elements of an array; the first ten are asked about more closely."""


@dataclass(frozen=True)
class MayDiffer:
    """Answers that need not have the same bytes."""

    why: str
    path: str
    """A regular expression for the whole path."""
    only_if: Callable[[Request, Answer, Answer], bool]

    def explains(self, difference: Difference) -> bool:
        request, theirs, ours = difference.request, difference.theirs, difference.ours
        path = _PREFIXES.sub("", request.path.decode())
        return re.fullmatch(self.path, path) is not None and self.only_if(request, theirs, ours)


def _is_value(request: Request, theirs: Answer, ours: Answer) -> bool:
    return request.type in (READ, GET) and (theirs.ret or 0) >= 0 and (ours.ret or 0) >= 0


def _same_shape(request: Request, theirs: Answer, ours: Answer) -> bool:
    """Numbers of the same width."""
    trimmed = bool(request.flags & TRIM)
    return _is_value(request, theirs, ours) and (trimmed or len(theirs.text) == len(ours.text))


def _is_refused_by_us(request: Request, theirs: Answer, ours: Answer) -> bool:
    return request.type in (READ, WRITE) and ours.ret == NOT_SUPPORTED


MAY_DIFFER = (
    MayDiffer("another process", "/system/process/pid", _same_shape),
    MayDiffer(
        "they have not done the same work, and 3.2p4 counts much twice",
        r"/(statistics|bus\.0/interface/statistics)/.*",
        _same_shape,
    ),
    MayDiffer(
        "what a build of 3.2p4 can do is not what this program can do",
        "/system/configuration/(USB|i2c|parport|zeroconf)",
        _same_shape,
    ),
    MayDiffer("each has a pseudo-terminal of its own", f"{INTERFACE}/address", _is_value),
    MayDiffer(
        "settings of another kind of adapter: 3.2p4 shows and changes memory of the wrong kind",
        f"{INTERFACE}/({'|'.join(OF_OTHER_ADAPTERS)})",
        _is_refused_by_us,
    ),
    MayDiffer(
        "3.2p4 takes the command of the DS2401 for that of the DS2400, too",
        r"(/bus\.0)?/simultaneous/present_ds2400",
        _is_value,
    ),
    MayDiffer(
        "an offset is one into the whole text; 3.2p4 ignores it or applies it to each element",
        r"/(settings|statistics)/.*\.ALL",
        lambda request, theirs, ours: _is_value(request, theirs, ours) and request.offset > 0,
    ),
    MayDiffer(
        "/thermostat is on the first bus; it has no address whose lock could be the matter",
        "/thermostat/.*",
        lambda request, theirs, ours: (theirs.ret or 0) < 0,
    ),
    MayDiffer(
        "reconnecting is done when the write is answered, not at some later request",
        f"{INTERFACE}/reconnect",
        _is_value,
    ),
)


def directories(client: RawClient) -> tuple[list[str], list[str]]:
    """All directories and files below ROOTS, as a server lists them."""
    found: list[str] = list(ROOTS)
    files = []
    for directory in found:
        for entry in client.ask(ask(DIRALLSLASH, directory)).entries:
            path = entry.decode()
            if path.endswith("/"):
                found.append(path.removesuffix("/"))
            elif client.ask(ask(DIRALL, path)).ret == OK:
                found.append(path)
            else:
                files.append(path)
    return found, files


def listings(paths: list[str]) -> Iterator[Request]:
    others = {f"{INTERFACE}/{name.partition('/')[0]}" for name in OF_OTHER_ADAPTERS}
    for path in (*paths, *sorted(others), "/bus.0/interface/settings/serial"):
        for kind in (DIR, DIRALL, DIRALLSLASH, GET, READ, PRESENCE):
            yield ask(kind, path)
        yield ask(DIRALL, f"{path}/")
        yield ask(DIRALL, f"/uncached{path}")
        yield write(path, b"1")


def readings(paths: list[str]) -> Iterator[Request]:
    fahrenheit = USUAL_FLAGS | 1 << TEMPERATURE_SCALE_SHIFT
    for path in paths:
        yield read(path)
        if _FAR_ELEMENT.fullmatch(path):
            continue
        yield read(path, size=3)
        yield read(path, offset=2)
        yield read(path, offset=12)
        yield read(path, flags=USUAL_FLAGS | TRIM)
        yield read(path, flags=fahrenheit)
        for kind in (GET, PRESENCE, DIRALL):
            yield ask(kind, path)
        yield read(f"/text/uncached{path}")
        yield read(f"{path}/")
        yield read(f"{path}.0")


def refused(paths: list[str]) -> Iterator[Request]:
    """Writes that nothing takes, or that change nothing."""
    near = [path for path in paths if not _FAR_ELEMENT.fullmatch(path)]
    for path in near:
        for data in (b"x", b"", b"?"):
            yield write(path, data)
    for path in near:
        if path.startswith(("/system", "/statistics")):
            yield write(path, b"1")


def of_other_adapters() -> Iterator[Request]:
    for name in OF_OTHER_ADAPTERS:
        path = f"{INTERFACE}/{name}"
        yield ask(PRESENCE, path)
        yield read(path)
        yield write(path, b"x")
        yield write(path, b"1")


def changes() -> Iterator[Request]:
    """Writes that are taken, each followed by a look, and undone."""
    numbers = (b"5", b"-1", b"0", b"99999999999", b"1.5", b" 7", b"7x")
    for name, default in (
        ("ftp", b"900"), ("ha7", b"60"), ("network", b"1"), ("server", b"10"), ("usb", b"5"),
        ("w1", b"30"), ("volatile", b"15"), ("stable", b"300"), ("directory", b"60"),
        ("presence", b"120"),
    ):  # fmt: skip
        for data in (*(numbers if name == "ftp" else (b"77",)), default):
            yield from _change(f"/settings/timeout/{name}", data)
    for switch in ("/settings/timeout/uncached", "/settings/alias/unaliased"):
        for data in (b"1", b"no", b"yes", b"0"):
            yield from _change(switch, data)
    for data in (b"F", b"kelvin", b"r", b"", b"c"):
        yield from _change("/settings/units/temperature_scale", data)
    for data in (b"atm", b"MM", b"m", b"inch", b"psi", b"PA", b"mbar"):
        yield from _change("/settings/units/pressure_scale", data)
    yield write(f"/{twinbus.WARM}/alias", b"warm place")
    yield read("/settings/alias/list")
    yield read("/settings/alias/list", offset=3, size=5)
    yield write(f"/{twinbus.WARM}/alias", b"")
    yield read("/settings/alias/list")
    for name, data in (
        ("serial/flexible_timing", b"0"), ("serial/flexible_timing", b"1"),
        ("serial/reverse_polarity", b"0"), ("serial/baudrate", b"9600"), ("ds2404_found", b"1"),
        ("ds2404_found", b"0"), ("overdrive", b"0"), ("reconnect", b"0"), ("reconnect", b"1"),
    ):  # fmt: skip
        yield from _change(f"{INTERFACE}/{name}", data)
    yield from _change(f"{INTERFACE}/overdrive", b"1")  # last: 3.2p4 loses its devices by it


def _change(path: str, data: bytes) -> Iterator[Request]:
    yield write(path, data)
    yield read(path)


@pytest.fixture(scope="module")
def compared() -> Comparison:
    result = Comparison()
    with ExitStack() as stack:
        roms = (twinbus.WARM, twinbus.WARM_S20)
        devices = [stack.enter_context(twinbus.twin_bus(roms).pty()).path for _ in range(2)]
        theirs = stack.enter_context(RealOwserver([f"--device={devices[0]}"]))
        ours = stack.enter_context(OurDaemon([f"--device={devices[1]}"]))
        their_client = stack.enter_context(RawClient(theirs.port))
        our_client = stack.enter_context(RawClient(ours.port))
        paths, files = directories(their_client)
        for batch in (
            listings(paths),
            readings(files),
            of_other_adapters(),
            refused(files),
            changes(),
        ):
            compare(their_client, our_client, batch, result)
    return result


def is_explained(difference: Difference) -> bool:
    return explanation(difference.request, difference.theirs, difference.ours) is not None


def test_every_file_answers_the_same_or_is_meant_to_differ(compared: Comparison) -> None:
    assert compared.asked >= FEWEST_REQUESTS
    found = [
        difference
        for difference in compared.differences
        if not any(line.explains(difference) for line in MAY_DIFFER)
        and not is_explained(difference)
    ]
    if found:
        pytest.fail("\n".join(["differences that nobody means:", *map(str, found)]), pytrace=False)


def test_everything_that_may_differ_does(compared: Comparison) -> None:
    idle = [
        line.why
        for line in MAY_DIFFER
        if not any(line.explains(difference) for difference in compared.differences)
    ]
    assert idle == []

"""What is asked of both owservers about the directories that belong to no device.

The tests are in test_same_answers_on_a_bus.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from tests.interop import twinbus as bus
from tests.interop.differential import (
    DIR,
    DIRALL,
    DIRALLSLASH,
    PRESENCE,
    READ,
    RawClient,
    Request,
    ask,
    read,
    write,
)

VIRTUAL = ("/settings", "/system", "/statistics", "/bus.0/interface")
OWN_VALUES = ("/statistics/", "/bus.0/interface/statistics/", "/system/process/pid",
              "/bus.0/interface/settings/address")  # fmt: skip
OTHER_MASTERS = ("DS1WM/long_line_mode", "PBM/serial", "PBM/features", "ha5/checksum",
                 "i2c/ActivePullUp", "link/auxsense", "link/auxctrl", "simulated/templow",
                 "usb/pulldownslewrate", "usb/flexible_timing", "K1WM/long_line_mode")  # fmt: skip
DISTURBING = "link/auxsense"
"""Reading it makes 3.2p4 talk to a DS2480B as if it were a LINK, and lose the bus for a while."""
_FURTHER_ELEMENT = re.compile(r"\.[0-9]{2,}\Z")


def tree(client: RawClient) -> tuple[list[str], list[str]]:
    """The directories and the files below VIRTUAL, as a server lists them."""
    directories, files = list(VIRTUAL), list[str]()
    for directory in directories:  # grows meanwhile
        for entry in client.ask(ask(DIRALLSLASH, directory)).entries:
            path = entry.decode()
            (directories if path.endswith("/") else files).append(path.rstrip("/"))
    return directories, files


def virtual(client: RawClient) -> Iterator[Request]:
    """Everything in the virtual directories that the server behind `client` has."""
    directories, files = tree(client)
    for path in directories:
        for kind in (DIR, DIRALLSLASH, PRESENCE, READ):
            yield ask(kind, path)
        yield write(path, b"1")
    for path in files:
        own = path.startswith(OWN_VALUES)
        yield replace(read(path), own_value=own)
        if _FURTHER_ELEMENT.search(path):
            continue
        yield replace(read(f"/uncached{path}"), own_value=own)
        yield ask(PRESENCE, path)
        yield ask(DIR, path)
        yield read(path, size=3, offset=100)
        yield write(path, b"")
    texts = "/settings/return_codes/text"
    for size, offset in ((5, 0), (5, 3), (200, 10), (200, 127), (200, 128), (5, -1)):
        yield read(f"{texts}.1", size=size, offset=offset)
    for index in ("210", "211", "ALL", "all", "BYTE", "A", "-1", "005", "x"):
        yield read(f"{texts}.{index}")
    for path in ("/settings/nothing", "/Settings", "/SETTINGS/timeout", "/settings/Timeout",
                 "/settings/uncached/timeout/ftp", "/uncached/settings/timeout/ftp",
                 "/settings/timeout/ftp/", "/settings/timeout//ftp", texts, "/bus.0/interface/x",
                 "/system/text/json/process", "/statistics/read/tries", "/interface/settings",
                 "/uncached/bus.0/interface/settings/name", "/BUS.0/Interface"):  # fmt: skip
        yield read(path)
        yield ask(DIR, path)
    for name in OTHER_MASTERS:
        path = f"/bus.0/interface/settings/{name}"
        if name != DISTURBING:
            yield read(path)
        yield ask(PRESENCE, path)
        yield ask(DIR, path.rpartition("/")[0])


def virtual_writes() -> Iterator[Request]:
    """What can be changed in the virtual directories, and back."""
    ftp = "/settings/timeout/ftp"
    for data in (b"77", b"x", b"-1", b"4294967296", b"12.9", b" 8", b"900"):
        yield write(ftp, data)
        yield read(ftp)
    temperature_scale = "/settings/units/temperature_scale"
    for data in (b"F", b"kelvin", b"x", b"", b"rX", b"C"):
        yield write(temperature_scale, data)
        yield read(temperature_scale)
        yield read(f"/{bus.WARM}/templow")
    pressure_scale = "/settings/units/pressure_scale"
    for data in (b"psi", b"INHG", b"pa", b"m", b"", b"xx", b"mmfoo", b"atm", b"mbar"):
        yield write(pressure_scale, data)
        yield read(pressure_scale)
    for path in ("/settings/alias/unaliased", "/settings/timeout/uncached"):
        for data in (b"1", b"x", b"", b"0"):
            yield write(path, data)
            yield read(path)
            yield ask(DIRALL, "/")
    for path in ("/settings/return_codes/text.3", "/settings/return_codes/text.ALL",
                 "/settings/alias/list", "/system/process/pid", "/system/configuration/version",
                 "/system/configuration/trim", "/statistics/read/calls",
                 "/statistics/errors/max_delay", "/statistics/read/tries.1",
                 "/bus.0/interface/settings/name", "/bus.0/interface/settings/version",
                 "/bus.0/interface/statistics/resets"):  # fmt: skip
        for data in (b"1", b"x"):
            yield write(path, data)
    for name in ("ds2404_found", "serial/flexible_timing", "reconnect"):
        path = f"/bus.0/interface/settings/{name}"
        for data in (b"x", b"0"):
            yield write(path, data)
            yield read(path)
    yield read("/settings/alias/list")
    yield write(f"/{bus.HOT}/alias", b"oven")
    yield write(f"/{bus.KEY}/alias", b"the key")
    yield read("/settings/alias/list")
    yield read("/settings/alias/list", size=20, offset=5)
    for data in (b"0", b"1", b"0"):
        yield write("/bus.0/interface/settings/overdrive", data)

"""Bus masters: one driver an adapter, and the registry that makes one from a URL.

Nothing is opened here, and no driver is imported before it is wanted.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.masters.base import BusMaster, Can

__all__ = ["ENTRY_POINT_GROUP", "BusMaster", "Can", "master_kinds", "open_master"]

ENTRY_POINT_GROUP = "owfs_py.masters"
"""Entry points of this group name callables `(address, clock=..., **options) -> BusMaster`."""

AUTO = "serial"

_BUILT_IN = {
    AUTO: "autoserial:AutoSerial",
    "ds2480b": "ds2480b:DS2480B",
    "ds9097u": "ds2480b:DS2480B",
    "ds9097": "ds9097:DS9097",
    "emulate": "emulated:Emulated",
}

# URLs of pyserial that name a port but no adapter.
_TRANSPORTS = ("socket", "rfc2217", "hwgrep", "spy", "alt")


def master_kinds() -> dict[str, EntryPoint]:
    """All bus masters by the name that opens them, third parties' too; ours cannot be replaced."""
    kinds = {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}
    for name, place in _BUILT_IN.items():
        kinds[name] = EntryPoint(name, f"{__name__}.{place}", ENTRY_POINT_GROUP)
    return kinds


def open_master(spec: str, clock: Clock = REAL_CLOCK, **options: Any) -> BusMaster:
    """The bus master that `spec` names, constructed but not opened yet.

    `/dev/ttyUSB0`, `host:port`          serial port: DS2480B or DS9097, whichever answers
    `serial:///dev/ttyUSB0`              the same
    `rfc2217://host:port`, `socket://…`  the same on a network port, by pyserial's URL
    `ds2480b:///dev/ttyUSB0`             this adapter and no other
    `ds2480b+socket://host:port`         this adapter on a port that pyserial opens by URL
    `emulate://28,28,10`                 an emulated bus with these devices
    `name://address`                     a bus master of a third party

    Options are the driver's keyword arguments. Raises ValueError for a kind that nobody knows.
    """
    kind, address = _split(spec)
    kinds = master_kinds()
    if kind not in kinds:
        raise ValueError(f"no bus master {kind!r} in {spec!r}; there are: {', '.join(kinds)}")
    make: Callable[..., BusMaster] = kinds[kind].load()
    return make(address, clock=clock, **options)


def _split(spec: str) -> tuple[str, str]:
    """The kind of bus master and its address."""
    scheme, separator, rest = spec.partition("://")
    if not separator:
        return AUTO, spec
    if scheme in _TRANSPORTS:
        return AUTO, spec
    kind, _, transport = scheme.partition("+")
    return kind.lower(), f"{transport}://{rest}" if transport else rest

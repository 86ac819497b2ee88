"""Bus masters: one driver an adapter, and the registry that makes one from a URL.

Nothing is opened here, and no driver is imported before it is wanted.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.masters.base import BusMaster, Can

if TYPE_CHECKING:
    from importlib.metadata import EntryPoints

__all__ = [
    "ENTRY_POINT_GROUP",
    "BusMaster",
    "Can",
    "built_in",
    "master_kinds",
    "names_port_only",
    "open_master",
]

ENTRY_POINT_GROUP = "owfs_py.masters"
"""Entry points of this group name callables `(address, clock=..., **options) -> BusMaster`."""

AUTO = "serial"

_BUILT_IN = {
    AUTO: "autoserial:AutoSerial",
    "ds2480b": "ds2480b:DS2480B",
    "ds9097u": "ds2480b:DS2480B",
    "ds9097": "ds9097:DS9097",
    "link": "link:Link",
    "pbm": "pbm:Pbm",
    "ha5": "ha5:HA5",
    "ha7e": "ha7e:HA7E",
    "masterhub": "masterhub:MasterHub",
    "ha7net": "ha7net:HA7Net",
    "enet": "enet:Enet",
    "etherweather": "etherweather:EtherWeather",
    "ds2490": "ds2490:DS2490",
    "usb": "ds2490:DS2490",
    "ds2482": "ds2482:DS2482",
    "w1": "w1netlink:W1Netlink",
    "ds1wm": "ds1wm:DS1WM",
    "k1wm": "k1wm:K1WM",
    "emulate": "emulated:Emulated",
}

# URLs of pyserial that name a port but no adapter.
_TRANSPORTS = ("socket", "rfc2217", "hwgrep", "spy", "alt")


def _third_parties() -> EntryPoints:
    # Not at the top: looking through all installed packages takes longer than all the rest.
    from importlib.metadata import entry_points

    return entry_points(group=ENTRY_POINT_GROUP)


def master_kinds() -> list[str]:
    """The names that open a bus master, third parties' too."""
    return sorted({*_BUILT_IN, *_third_parties().names})


def open_master(spec: str, clock: Clock = REAL_CLOCK, **options: Any) -> BusMaster:
    """The bus master that `spec` names, constructed but not opened yet.

    `/dev/ttyUSB0`, `host:port`          serial port: DS2480B or DS9097, whichever answers
    `serial:///dev/ttyUSB0`              the same
    `rfc2217://host:port`, `socket://…`  the same on a network port, by pyserial's URL
    `ds2480b:///dev/ttyUSB0`             this adapter and no other
    `ds2480b+socket://host:port`         this adapter on a port that pyserial opens by URL
    `ds2482:///dev/i2c-1:0`              a DS2482 or DS2483 on an I2C bus, by address (0: 0x18)
    `usb://`, `usb://2`, `usb://1:4`     DS9490R: the first, the second, the one at this place
    `link:///dev/ttyUSB0`, `link://host` LINK in ASCII mode; a LINK-HUB-E, on plain TCP
    `ha5:///dev/ttyUSB0:c`               an HA5, by its letter; without one the first that answers
    `ha7e:///dev/ttyUSB0`, `ha7e://host` HA7E or HA7S; one behind a bridge, on plain TCP
    `masterhub:///dev/ttyACM0`           the first channel of a MasterHub; also on plain TCP
    `pbm:///dev/ttyUSB0:2`               PBM of Elabnet, its second channel
    `ha7net://host:port`, `ha7net://`    HA7Net; the first that answers
    `enet://host:port/2`                 OW-SERVER-ENET; channel 2 of an OW-SERVER-ENET-2
    `etherweather://host:port`           EtherWeather
    `w1://1`                             a bus master of the Linux kernel, by its number
    `ds1wm://0x40010000`                 a DS1WM at this physical address
    `k1wm://0x100`                       the first channel of a K1WM, there in a UIO device
    `emulate://28,28,10`                 an emulated bus with these devices
    `name://address`                     a bus master of a third party

    Options are the driver's keyword arguments. Raises ValueError for a kind that nobody knows.
    """
    kind, address = _split(spec)
    make = _find(kind)
    if make is None:
        kinds = ", ".join(master_kinds())
        raise ValueError(f"no bus master {kind!r} in {spec!r}; there are: {kinds}")
    return make(address, clock=clock, **options)


def names_port_only(spec: str) -> bool:
    """Whether `spec` names a serial port, so that its adapter is to be found out."""
    return _split(spec)[0] == AUTO


def built_in() -> dict[str, type[BusMaster]]:
    """The drivers that come with this package, by the names that open them.

    Imports them all; ImportError if a package that one of them needs is missing.
    """
    return {
        kind: getattr(import_module(f"{__name__}.{module}"), name)
        for kind, (module, name) in ((kind, place.split(":")) for kind, place in _BUILT_IN.items())
    }


def _find(kind: str) -> Callable[..., BusMaster] | None:
    """What makes a bus master of this kind; ours cannot be replaced by third parties."""
    place = _BUILT_IN.get(kind)
    if place is None:
        found = _third_parties().select(name=kind)
        return next(iter(found)).load() if found else None
    module, _, name = place.partition(":")
    make: Callable[..., BusMaster] = getattr(import_module(f"{__name__}.{module}"), name)
    return make


def _split(spec: str) -> tuple[str, str]:
    """The kind of bus master and its address."""
    scheme, separator, rest = spec.partition("://")
    if not separator:
        return AUTO, spec
    if scheme in _TRANSPORTS:
        return AUTO, spec
    kind, _, transport = scheme.partition("+")
    return kind.lower(), f"{transport}://{rest}" if transport else rest

"""/settings: aliases, lifetimes and time-outs, scales, and the texts of the return codes.

What is written here holds for the whole OneWire, at once, and is kept nowhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from owfs_py.bus.errors import InvalidValueError
from owfs_py.bus.host import HOST_TIMEOUTS
from owfs_py.bus.properties import Change, Property, Table
from owfs_py.bus.returncodes import MAX_CODE, text_of
from owfs_py.bus.rom import RomFormat
from owfs_py.bus.values import Kind
from owfs_py.bus.view import PressureScale, TemperatureScale
from owfs_py.bus.virtual.tables import array

if TYPE_CHECKING:
    from owfs_py.bus.virtual import Place

CODE_TEXT_SIZE = 128
LIST_SIZE = 65536
"""Bytes of the longest list of aliases that can be read."""
TEMPERATURE_SCALE_SIZE = 1
PRESSURE_SCALE_SIZE = 12

_PRESSURE_NAMES = {
    PressureScale.MBAR: "mbar",
    PressureScale.ATM: "atm",
    PressureScale.MMHG: "mmHg",
    PressureScale.INHG: "inHg",
    PressureScale.PSI: "psi",
    PressureScale.PA: "Pa",
}
SIGNIFICANT = 2
"""Letters that tell the pressure scales apart."""


def _alias_list(place: Place) -> str:
    return "".join(
        f"{rom.text(RomFormat.FIC)}={name}\r\n" for rom, name in place.onewire.aliases.items()
    )


def _switch(name: str, attribute: str) -> Property:
    """A yes or no that is an attribute of the OneWire."""
    return Property(
        name,
        Kind.YESNO,
        Change.STATIC,
        "rw",
        read=lambda place: getattr(place.onewire, attribute),
        write=lambda place, wanted: setattr(place.onewire, attribute, wanted),
    )


def _timeout(
    name: str, current: Callable[[Place], float], change: Callable[[Place, int], None]
) -> Property:
    """A time in seconds."""

    def write(place: Place, seconds: int) -> None:
        before = current(place)
        change(place, seconds)
        # owserver empties its cache whichever of them is lowered, and clients use that to do so.
        if seconds < before:
            place.onewire.cache.clear()

    return Property(
        f"timeout/{name}", Kind.UNSIGNED, Change.STATIC, "rw", read=current, write=write
    )


def _lifetime(name: str) -> Property:
    """How long the cache keeps a class of values."""

    def current(place: Place) -> float:
        seconds: float = getattr(place.onewire.cache.timeouts, name)
        return seconds

    def change(place: Place, seconds: int) -> None:
        setattr(place.onewire.cache.timeouts, name, seconds)

    return _timeout(name, current, change)


def _host_timeout(name: str) -> Property:
    """How long others are waited for: adapters, servers, clients."""

    def change(place: Place, seconds: int) -> None:
        host = place.onewire.host
        host.timeouts[name] = seconds
        for bus in place.onewire.buses.values():
            bus.set_timeout(name, seconds)
        host.timeout_changed(name, seconds)

    return _timeout(name, lambda place: place.onewire.host.timeouts[name], change)


def _temperature_scale(place: Place) -> str:
    return place.onewire.view.temperature_scale.name[0]


def _set_temperature_scale(place: Place, text: bytes) -> None:
    if not text:
        return
    initial = text[:1].decode("ascii", "replace").upper()
    for scale in TemperatureScale:
        if scale.name[0] == initial:
            place.onewire.view = replace(place.onewire.view, temperature_scale=scale)
            return
    raise InvalidValueError(f"a temperature scale is one of C, F, K and R, not {text!r}")


def _pressure_scale(place: Place) -> str:
    return _PRESSURE_NAMES[place.onewire.view.pressure_scale]


def _set_pressure_scale(place: Place, text: bytes) -> None:
    wanted = text[:SIGNIFICANT].decode("ascii", "replace").lower()
    for scale, name in _PRESSURE_NAMES.items():
        if name[:SIGNIFICANT].lower() == wanted:
            place.onewire.view = replace(place.onewire.view, pressure_scale=scale)
            return
    known = ", ".join(_PRESSURE_NAMES.values())
    raise InvalidValueError(f"a pressure scale is one of {known}, not {text!r}")


def _text_of(place: Place, code: int) -> str:
    return text_of(code)


TABLE = Table(
    "settings",
    (
        Property("alias/list", Kind.TEXT, Change.STATIC, size=LIST_SIZE, read=_alias_list),
        _switch("alias/unaliased", "unaliased"),
        array("return_codes/text", Kind.TEXT, MAX_CODE + 1, _text_of, CODE_TEXT_SIZE),
        *(_lifetime(name) for name in ("directory", "presence", "stable", "volatile")),
        *(_host_timeout(name) for name in HOST_TIMEOUTS),
        _switch("timeout/uncached", "uncached"),
        Property(
            "units/pressure_scale",
            Kind.TEXT,
            Change.STATIC,
            "rw",
            size=PRESSURE_SCALE_SIZE,
            read=_pressure_scale,
            write=_set_pressure_scale,
        ),
        Property(
            "units/temperature_scale",
            Kind.TEXT,
            Change.STATIC,
            "rw",
            size=TEMPERATURE_SCALE_SIZE,
            read=_temperature_scale,
            write=_set_temperature_scale,
        ),
    ),
)

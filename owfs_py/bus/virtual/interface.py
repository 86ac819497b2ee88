"""/bus.N/interface: one bus's adapter, what can be set on it, and what it has done.

Which settings there are beside the common ones is for the bus to say; a subdirectory of another
kind of adapter is not listed, and what is in it can neither be read nor written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from owfs_py.bus.buffer import Buffer
from owfs_py.bus.errors import NotSupportedError
from owfs_py.bus.properties import Change, Property, Table
from owfs_py.bus.statistics import BufferCounts, BusCounts
from owfs_py.bus.values import Kind
from owfs_py.bus.virtual.tables import UNSIGNED_MASK, counter

if TYPE_CHECKING:
    from owfs_py.bus.face import Bus
    from owfs_py.bus.virtual import Place

ADDRESS_SIZE = 512
NAME_SIZE = 128
PBM_TEXT_SIZE = 128
"""Bytes; longer texts are cut."""


def _bus(place: Place) -> Bus:
    assert place.bus is not None  # the grammar has /interface only below a bus
    return place.bus


# Settings that every bus has


def _set_overdrive(place: Place, wanted: bool) -> None:
    _bus(place).overdrive = wanted


def _set_long_resets(place: Place, wanted: bool) -> None:
    _bus(place).long_resets = wanted


async def _reconnect(place: Place, wanted: bool) -> None:
    if wanted:
        await _bus(place).reopen()


_COMMON = (
    Property(
        "settings/address",
        Kind.TEXT,
        Change.STATIC,
        size=ADDRESS_SIZE,
        read=lambda place: _bus(place).address,
    ),
    Property(
        "settings/ds2404_found",
        Kind.YESNO,
        Change.STATIC,
        "rw",
        read=lambda place: _bus(place).long_resets,
        write=_set_long_resets,
    ),
    Property(
        "settings/name",
        Kind.TEXT,
        Change.STATIC,
        size=NAME_SIZE,
        read=lambda place: _bus(place).kind,
    ),
    Property(
        "settings/overdrive",
        Kind.YESNO,
        Change.STATIC,
        "rw",
        read=lambda place: _bus(place).overdrive,
        write=_set_overdrive,
    ),
    Property(
        "settings/reconnect",
        Kind.YESNO,
        Change.STATIC,
        "rw",
        read=lambda place: _bus(place).is_lost,
        write=_reconnect,
    ),
    Property(
        "settings/version",
        Kind.UNSIGNED,
        Change.STATIC,
        read=lambda place: _bus(place).version,
    ),
)


# Settings that only some have


def _special(name: str, kind: Kind, access: str = "rw", size: int = 0) -> Property:
    """A setting by the name that a bus knows it by."""

    async def read(place: Place) -> Any:
        return await _bus(place).setting(name)

    async def write(place: Place, value: Any) -> None:
        await _bus(place).change_setting(name, value)

    return Property(
        f"settings/{name}",
        kind,
        Change.STATIC,
        access,
        size,
        read=read,
        write=write,
        visible=lambda bus: name in bus.settings,
    )


_SPECIAL = (
    _special("DS1WM/long_line_mode", Kind.YESNO),
    _special("DS1WM/pulse_presence_mask", Kind.YESNO),
    _special("K1WM/long_line_mode", Kind.YESNO),
    _special("K1WM/pulse_presence_mask", Kind.YESNO),
    _special("PBM/activation_code", Kind.TEXT, "wo", PBM_TEXT_SIZE),
    _special("PBM/features", Kind.TEXT, "ro", PBM_TEXT_SIZE),
    _special("PBM/firmware_version", Kind.TEXT, "ro", PBM_TEXT_SIZE),
    _special("PBM/port", Kind.TEXT, "ro", 1),
    _special("PBM/serial", Kind.UNSIGNED, "ro"),
    _special("ha5/channel", Kind.TEXT, "ro", 1),
    _special("ha5/checksum", Kind.YESNO),
    _special("i2c/ActivePullUp", Kind.YESNO),
    _special("i2c/PulsePresenceMask", Kind.YESNO),
    _special("link/auxctrl", Kind.YESNO, "wo"),
    _special("link/auxsense", Kind.YESNO, "ro"),
    _special("serial/baudrate", Kind.UNSIGNED),
    _special("serial/flexible_timing", Kind.YESNO),
    _special("serial/reverse_polarity", Kind.YESNO),
    _special("simulated/temphigh", Kind.TEMPERATURE),
    _special("simulated/templow", Kind.TEMPERATURE),
    _special("usb/datasampleoffset", Kind.UNSIGNED),
    _special("usb/flexible_timing", Kind.YESNO),
    _special("usb/pulldownslewrate", Kind.UNSIGNED),
    _special("usb/writeonelowtime", Kind.UNSIGNED),
)


# Statistics


def _count(name: str, count: Callable[[BusCounts], int]) -> Property:
    return counter(f"statistics/{name}", lambda place: count(_bus(place).counts))


def _elapsed(place: Place) -> int:
    return int(place.onewire.clock.now() - place.onewire.statistics.started)


# Bus masters tell that a transfer failed (`errors`) but not how. owserver itself never counts most
# of these.
_NEVER = (
    "close_errors",
    "detect_errors",
    "status_errors",
    "write_errors",
)

_STATISTICS = (
    Property(
        "statistics/bus_time",
        Kind.FLOAT,
        Change.STATISTIC,
        read=lambda place: _bus(place).counts.bus_time,
    ),
    counter("statistics/elapsed_time", _elapsed),
    _count("errors", lambda counts: counts.transfer_errors),
    _count("locks", lambda counts: counts.locks),
    _count("open_errors", lambda counts: counts.open_errors),
    _count("overdrive/attempts", lambda counts: counts.overdrive_attempts),
    _count("overdrive/failures", lambda counts: counts.overdrive_failures),
    _count("program_errors", lambda counts: counts.program_errors),
    _count("pullup_errors", lambda counts: counts.pullup_errors),
    _count("read_errors", lambda counts: counts.network_read_errors),
    _count("reconnect_errors", lambda counts: counts.reconnect_errors),
    _count("reconnects", lambda counts: counts.reconnects),
    _count("reset_errors", lambda counts: counts.reset_errors),
    _count("resets", lambda counts: counts.resets),
    _count("search_errors/error_pass_1", lambda counts: counts.search_errors[0]),
    _count("search_errors/error_pass_2", lambda counts: counts.search_errors[1]),
    _count("search_errors/error_pass_3", lambda counts: counts.search_errors[2]),
    _count("select_errors", lambda counts: counts.select_errors),
    _count("shorts", lambda counts: counts.shorts),
    _count("timeouts", lambda counts: counts.timeouts),
    _count("unlocks", lambda counts: counts.unlocks),
    *(_count(name, lambda counts: 0) for name in _NEVER),
)


def _of_buffer(name: str) -> Property:
    """A count that only a buffer in front of another server has."""

    def read(place: Place) -> int:
        bus = _bus(place)
        if not isinstance(bus, Buffer):
            raise NotSupportedError(f"{bus.name} is no buffered server")
        count: int = getattr(bus.buffered, name)
        return count & UNSIGNED_MASK

    return Property(
        f"statistics/buffer/{name}",
        Kind.UNSIGNED,
        Change.STATISTIC,
        read=read,
        visible=lambda bus: isinstance(bus, Buffer),
    )


_BUFFER = tuple(_of_buffer(count.name) for count in fields(BufferCounts))

TABLE = Table("interface", (*_COMMON, *_SPECIAL, *_STATISTICS, *_BUFFER))

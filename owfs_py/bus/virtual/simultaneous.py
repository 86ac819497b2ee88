"""/simultaneous: commands to all devices of a bus at once.

Without a bus in the path, what is written goes to all of them and what is read comes from the
first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from owfs_py.bus.branches import select
from owfs_py.bus.cache import Life
from owfs_py.bus.conversions import READ_POWER_SUPPLY
from owfs_py.bus.errors import (
    BusError,
    BusNotRespondingError,
    CommunicationError,
    NoPresenceError,
    NotSupportedError,
    OneWireError,
)
from owfs_py.bus.families.ds2450 import conversion
from owfs_py.bus.families.thermometers import CONVERT
from owfs_py.bus.line import Line
from owfs_py.bus.masters.base import READ_BYTE, BusMaster
from owfs_py.bus.properties import Change, Property, Table
from owfs_py.bus.relay import Relay
from owfs_py.bus.rom import RomId
from owfs_py.bus.transaction import READ_ROM, Exchange, Transaction
from owfs_py.bus.values import Kind

if TYPE_CHECKING:
    from owfs_py.bus.face import Bus
    from owfs_py.bus.virtual import Place

READ_ROM_DS2400 = 0x0F
"""Read ROM of the DS2400, the predecessor of the DS2401 (its data sheet)."""
ROM_SIZE = 8
NAME_SIZE = 18

MEASURE_VOLTAGES = Transaction(None, conversion(fed=True))
"""Chips that have a supply of their own do not mind being fed by the line, too."""
CALL_IBLSS = Transaction(None, (Exchange(bytes([READ_POWER_SUPPLY])),))
"""What owserver sends to the multi-sensors of iButtonLink, whose protocol is not published."""

Job = Callable[["Bus"], Awaitable[None]]


def _buses(place: Place) -> list[Bus]:
    return [place.bus] if place.bus is not None else list(place.onewire.buses.values())


def _first(place: Place) -> Bus:
    buses = _buses(place)
    if not buses:
        raise NotSupportedError("there is no bus")
    return buses[0]


async def _everywhere(place: Place, job: Job) -> None:
    """Do `job` on all buses that are meant, at the same time."""
    results = await asyncio.gather(*map(job, _buses(place)), return_exceptions=True)
    for failure in results:
        if failure is None:
            continue
        if not isinstance(failure, OneWireError):
            raise failure
        # Without a bus in the path owserver answers success whatever the buses say.
        if place.bus is not None:
            raise _told(failure) from failure


def _told(failure: OneWireError) -> OneWireError:
    # To the client an empty bus is a command that nobody took.
    return CommunicationError(str(failure)) if isinstance(failure, NoPresenceError) else failure


async def _convert_temperature(place: Place, wanted: bool) -> None:
    if wanted:
        await _everywhere(place, lambda bus: bus.convert_everybody(CONVERT, place.view))


def _temperature(place: Place) -> bool:
    lifetime = place.onewire.cache.timeouts.volatile
    return any(bus.is_converting(lifetime) for bus in _buses(place))


async def _convert_voltage(place: Place, wanted: bool) -> None:
    async def job(bus: Bus) -> None:
        if isinstance(bus, Line):
            # Without a good CRC nobody measured, most likely because there is no such chip;
            # owserver takes that for an answer, too.
            with suppress(CommunicationError):
                await bus.measure_everybody(MEASURE_VOLTAGES)
        elif isinstance(bus, Relay):
            await bus.command_everybody("voltage", place.view)

    if wanted:
        await _everywhere(place, job)


def _voltage(place: Place) -> bool:
    oldest = place.onewire.clock.now() - place.onewire.cache.timeouts.volatile
    return any(isinstance(bus, Line) and bus.voltage_mark > oldest for bus in _buses(place))


async def _call_iblss(place: Place, wanted: bool) -> None:
    async def job(bus: Bus) -> None:
        if isinstance(bus, Line):
            await bus.run(CALL_IBLSS)
            place.onewire.cache.put(_key(bus, "iblss"), True, Life.VOLATILE)
        elif isinstance(bus, Relay):
            await bus.command_everybody("iblss", place.view)

    if wanted:
        await _everywhere(place, job)


def _iblss(place: Place) -> bool:
    return any(place.onewire.cache.get(_key(bus, "iblss")) is not None for bus in _buses(place))


# Who is there?


def _key(bus: Bus, name: str) -> tuple[str, int, str]:
    return "simultaneous", bus.number, name


async def _read_rom(place: Place, command: int) -> bytes:
    """Eight bytes that all devices send at once; all ones if nobody does.

    Kept as long as any volatile value.
    """
    bus, cache = _first(place), place.onewire.cache
    key = _key(bus, f"ROM {command:02X}")
    kept = None if place.fresh else cache.get(key)
    if kept is not None:
        return bytes(kept.value)
    back = await _ask_rom(bus, command) if isinstance(bus, Line) else await _only(place, bus)
    cache.put(key, back, Life.VOLATILE)
    return back


async def _ask_rom(bus: Line, command: int) -> bytes:
    def job(master: BusMaster) -> bytes:
        bus.counts.resets += 1
        back = select(master, bus.branch, bytes([command]) + READ_BYTE * ROM_SIZE)
        return READ_BYTE * ROM_SIZE if back is None else back[1:]

    try:
        return await bus.work(job)
    except BusNotRespondingError:
        raise
    except BusError as error:
        raise CommunicationError(str(error)) from error


async def _only(place: Place, bus: Bus) -> bytes:
    """The same where there is no wire: the device if it is alone, zeros if there are several."""
    view = replace(place.view, unaliased=True)
    found = (await bus.devices(view, alarm=False, fresh=place.fresh)).names
    if not found:
        return READ_BYTE * ROM_SIZE
    only = found[0]
    return bytes(only) if len(found) == 1 and isinstance(only, RomId) else bytes(ROM_SIZE)


def _present(name: str, command: int) -> Property:
    async def read(place: Place) -> bool:
        return await _read_rom(place, command) != READ_BYTE * ROM_SIZE

    return Property(name, Kind.YESNO, Change.VOLATILE, read=read)


def _single(name: str, command: int) -> Property:
    async def read(place: Place) -> str:
        back = await _read_rom(place, command)
        try:
            return RomId(back).text(place.view.rom_format) if any(back) else ""
        except ValueError:
            return ""  # several devices at once

    return Property(name, Kind.TEXT, Change.VOLATILE, size=NAME_SIZE, read=read)


def _command(name: str, read: Callable[[Place], Any], write: Callable[..., Any]) -> Property:
    return Property(name, Kind.YESNO, Change.LINKED, "rw", read=read, write=write)


SIMULTANEOUS = Table(
    "simultaneous",
    (
        _command("iblss", _iblss, _call_iblss),
        _present("present", READ_ROM),
        _present("present_ds2400", READ_ROM_DS2400),
        _single("single", READ_ROM),
        _single("single_ds2400", READ_ROM_DS2400),
        _command("temperature", _temperature, _convert_temperature),
        _command("voltage", _voltage, _convert_voltage),
    ),
)

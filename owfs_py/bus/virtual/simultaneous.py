"""/simultaneous: commands to all devices of a bus at once; /thermostat: a chip without ROM id."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from owfs_py.bus.cache import Life
from owfs_py.bus.errors import CommunicationError, NotSupportedError, OneWireError
from owfs_py.bus.families.ds18x20 import CONVERT
from owfs_py.bus.masters.base import READ_BYTE, BusMaster
from owfs_py.bus.properties import Change, Property, Table
from owfs_py.bus.rom import RomId
from owfs_py.bus.transaction import READ_ROM, Check, Exchange, Transaction
from owfs_py.bus.values import Kind
from owfs_py.bus.wired import WiredBus

if TYPE_CHECKING:
    from owfs_py.bus.face import Bus
    from owfs_py.bus.virtual import Place

READ_ROM_DS2400 = 0x0F
"""Read ROM of the DS2400, the predecessor of the DS2401 (its data sheet)."""
NAME_SIZE = 18

CONVERT_IBLSS = Exchange(b"\xb4")
"""What owserver sends to the sensors of iButtonLink; without a check."""
CONVERT_VOLTAGE = Exchange(b"\x3c\x0f\x00", 2, Check.CRC16)
"""Convert of the DS2450 (its data sheet): all four inputs, their registers left alone."""


def _buses(place: Place) -> list[Bus]:
    return [place.bus] if place.bus is not None else list(place.onewire.buses.values())


async def _on_every_bus(place: Place, begin: Callable[[Bus], Awaitable[None]]) -> None:
    """Begin something on all buses in scope at the same time."""
    begun = await asyncio.gather(*map(begin, _buses(place)), return_exceptions=True)
    for failure in begun:
        # Without a bus in the path owserver answers success whatever the buses say.
        if isinstance(failure, BaseException) and (
            place.bus is not None or not isinstance(failure, OneWireError)
        ):
            raise failure


async def _convert_temperature(place: Place, wanted: bool) -> None:
    if wanted:
        await _on_every_bus(place, lambda bus: bus.convert_everybody(CONVERT))


def _temperature(place: Place) -> bool:
    lifetime = place.onewire.cache.timeouts.volatile
    return any(bus.is_converting(lifetime) for bus in _buses(place))


def _broadcast(name: str, step: Exchange) -> dict[str, Any]:
    """Reader and writer of a command to everybody: for a volatile lifetime it reads as given."""

    async def begin(place: Place, bus: Bus) -> None:
        if not isinstance(bus, WiredBus):
            return
        try:
            await bus.run(Transaction(None, (step,)))
        except CommunicationError:
            return  # nobody understood it
        place.onewire.cache.put((name, bus.number), True, Life.VOLATILE)

    async def write(place: Place, wanted: bool) -> None:
        if wanted:
            await _on_every_bus(place, lambda bus: begin(place, bus))

    def read(place: Place) -> bool:
        cache = place.onewire.cache
        return any(cache.get((name, bus.number)) is not None for bus in _buses(place)[:1])

    return {"read": read, "write": write}


async def _read_rom(place: Place, command: int) -> bytes | None:
    """Eight bytes that all devices send at once; None if nobody is there."""

    def job(master: BusMaster) -> bytes | None:
        back = master.reset_exchange(bytes([command]) + READ_BYTE * 8)
        return None if back is None else back[1:]

    buses = _buses(place)
    if not buses:
        raise NotSupportedError("there is no bus")
    if not isinstance(buses[0], WiredBus):
        raise NotSupportedError(f"{buses[0].name} cannot do this")
    back = await buses[0].work(job)
    return None if back is None or back == READ_BYTE * 8 else back


async def _single(place: Place, command: int) -> str:
    back = await _read_rom(place, command)
    if back is None or not any(back):
        return ""
    try:
        return RomId(back).text(place.view.rom_format)
    except ValueError:
        return ""  # several devices at once


async def _present(place: Place) -> bool:
    return await _read_rom(place, READ_ROM) is not None


async def _present_ds2400(place: Place) -> bool:
    return await _read_rom(place, READ_ROM_DS2400) is not None


async def _single_ds2401(place: Place) -> str:
    return await _single(place, READ_ROM)


async def _single_ds2400(place: Place) -> str:
    return await _single(place, READ_ROM_DS2400)


SIMULTANEOUS = Table(
    "simultaneous",
    (
        Property("iblss", Kind.YESNO, Change.LINKED, "rw", **_broadcast("iblss", CONVERT_IBLSS)),
        Property("present", Kind.YESNO, Change.VOLATILE, read=_present),
        Property("present_ds2400", Kind.YESNO, Change.VOLATILE, read=_present_ds2400),
        Property("single", Kind.TEXT, Change.VOLATILE, size=NAME_SIZE, read=_single_ds2401),
        Property("single_ds2400", Kind.TEXT, Change.VOLATILE, size=NAME_SIZE, read=_single_ds2400),
        Property(
            "temperature",
            Kind.YESNO,
            Change.LINKED,
            "rw",
            read=_temperature,
            write=_convert_temperature,
        ),
        Property(
            "voltage", Kind.YESNO, Change.LINKED, "rw", **_broadcast("voltage", CONVERT_VOLTAGE)
        ),
    ),
)

# The DS1821 in thermostat mode; its transactions belong to the families still to come.
THERMOSTAT = Table(
    "thermostat",
    (
        *(
            Property(name, Kind.YESNO, Change.STABLE, "rw")
            for name in ("1shot", "polarity", "temphighflag", "templowflag", "thermostatmode")
        ),
        Property("temperature", Kind.TEMPERATURE, Change.VOLATILE),
        Property("temphigh", Kind.TEMPERATURE, Change.STABLE, "rw"),
        Property("templow", Kind.TEMPERATURE, Change.STABLE, "rw"),
        Property("type", Kind.TEXT, Change.STATIC, size=32, read=lambda place: "DS1821"),
    ),
)

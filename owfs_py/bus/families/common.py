"""The properties that every device has. Only `present` and the locators touch the bus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from owfs_py.bus.properties import Change, Property, Visible
from owfs_py.bus.values import Kind

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

READ_LOCATOR = b"\x0f"
"""Read command of a Link Locator, an address that belongs to the socket of a device; nine bytes
follow, the last eight of which are the address (all ones without a locator)."""


def _hexed(data: bytes) -> str:
    return data.hex().upper()


async def _read_locator(chip: Chip) -> bytes:
    return (await chip.exchange(READ_LOCATOR, read=9))[1:]


async def _locator(chip: Chip) -> str:
    return _hexed(await _read_locator(chip))


async def _r_locator(chip: Chip) -> str:
    return _hexed((await _read_locator(chip))[::-1])


async def _present(chip: Chip) -> bool:
    return await chip.bus.has(chip.rom)


COMMON = (
    Property("address", Kind.TEXT, Change.STATIC, size=16, read=lambda chip: _hexed(chip.rom)),
    Property(
        "alias",
        Kind.ALIAS,
        Change.STATIC,
        "rw",
        size=256,
        read=lambda chip: chip.bus.aliases.name_of(chip.rom),
        write=lambda chip, name: chip.bus.aliases.assign(chip.rom, name),
    ),
    Property("crc8", Kind.TEXT, Change.STATIC, size=2, read=lambda chip: _hexed(chip.rom[7:])),
    Property("family", Kind.TEXT, Change.STATIC, size=2, read=lambda chip: _hexed(chip.rom[:1])),
    Property("id", Kind.TEXT, Change.STATIC, size=12, read=lambda chip: _hexed(chip.rom[1:7])),
    Property("locator", Kind.TEXT, Change.LOCATOR, size=16, read=_locator),
    Property("present", Kind.YESNO, Change.VOLATILE, read=_present, visible=Visible.HIDDEN),
    Property(
        "r_address", Kind.TEXT, Change.STATIC, size=16, read=lambda chip: _hexed(chip.rom[::-1])
    ),
    Property("r_id", Kind.TEXT, Change.STATIC, size=12, read=lambda chip: _hexed(chip.rom[6:0:-1])),
    Property("r_locator", Kind.TEXT, Change.LOCATOR, size=16, read=_r_locator),
    Property("type", Kind.TEXT, Change.STATIC, size=32, read=lambda chip: chip.family.type),
)

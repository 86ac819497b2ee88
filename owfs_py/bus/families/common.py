"""The properties that every device has. Only `present` and the locators touch the bus."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from owfs_py.bus.properties import Change, Property, Visible
from owfs_py.bus.values import Kind

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

READ_LOCATOR, LOCATOR_ANSWER = b"\x0f", 9
"""Read command of a Link Locator, an address that belongs to the socket of a device; nine bytes
follow, the last eight of which are the address (all ones without a locator)."""


def _hexed(data: bytes) -> str:
    return data.hex().upper()


async def _exchange(chip: Chip, command: bytes, size: int) -> bytes:
    return await chip.exchange(command, size)


def locators(
    ask: Callable[[Chip, bytes, int], Awaitable[bytes]] = _exchange,
) -> tuple[Property, Property]:
    """The address of the socket, with another way to select the device if it needs one."""

    async def read(chip: Chip) -> bytes:
        return (await ask(chip, READ_LOCATOR, LOCATOR_ANSWER))[1:]

    async def forward(chip: Chip) -> str:
        return _hexed(await read(chip))

    async def backward(chip: Chip) -> str:
        return _hexed((await read(chip))[::-1])

    return (
        Property("locator", Kind.TEXT, Change.LOCATOR, size=16, read=forward),
        Property("r_locator", Kind.TEXT, Change.LOCATOR, size=16, read=backward),
    )


async def _present(chip: Chip) -> bool:
    return await chip.bus.has(chip.rom)


_LOCATOR, _R_LOCATOR = locators()

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
    _LOCATOR,
    Property("present", Kind.YESNO, Change.VOLATILE, read=_present, visible=Visible.HIDDEN),
    Property(
        "r_address", Kind.TEXT, Change.STATIC, size=16, read=lambda chip: _hexed(chip.rom[::-1])
    ),
    Property("r_id", Kind.TEXT, Change.STATIC, size=12, read=lambda chip: _hexed(chip.rom[6:0:-1])),
    _R_LOCATOR,
    Property("type", Kind.TEXT, Change.STATIC, size=32, read=lambda chip: chip.family.type),
)

"""The updater in the soft devices of Inferno Embedded: it erases, writes, and proves what it wrote.

Source: the maker's list of commands.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from owfs_py._crc import crc16
from owfs_py.bus.errors import (
    CommunicationError,
    InvalidValueError,
    OutOfRangeError,
    VerifyError,
)
from owfs_py.bus.families.inferno_commands import (
    READ_STATUS,
    STATUS_SIZE,
    TAKEN,
    UPDATER,
    ask,
    forget,
    order,
    padded,
    whole,
)
from owfs_py.bus.families.memories import split
from owfs_py.bus.families.notation import VOLATILE, binary, on_model, text, unsigned, yesno
from owfs_py.bus.transaction import Exchange, Wait

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

TELL_LOADER_SIZE, ERASE, TELL_RANGE, LEAVE = b"\x00", b"\x01", b"\x04", b"\x05"
WRITE_BLOCK, TELL_CRC = b"\x06", b"\x07"
FAILED, SUCCEEDED = 0x02, 0x04
"""Bits of the status."""

FIRMWARE_SIZE = 65536
RANGE_SIZE = 22
BLOCK = 1024
CRC16_SIZE, CRC_FIELD = 2, 4
"""Bytes of a CRC that comes, and of one that goes."""
TESTS = 32
ERASE_PAUSE, BLOCK_PAUSE = 1.0, 0.1
"""Seconds between two questions whether it is done."""
WORK_TIME = 1.0
"""Seconds that it takes for a block, and for a CRC, and that it wants between two blocks."""

_IS_UPDATER = on_model(UPDATER)


def _long(value: int) -> bytes:
    return value.to_bytes(4, "little")


async def _loader_size(chip: Chip) -> int:
    return int.from_bytes(await order(chip, UPDATER, TELL_LOADER_SIZE, 4), "little")


async def _range(chip: Chip) -> tuple[int, int]:
    """Where the application begins, and where it ends."""
    data = await order(chip, UPDATER, TELL_RANGE, 8)
    return int.from_bytes(data[:4], "little"), int.from_bytes(data[4:], "little")


async def _read_range(chip: Chip) -> bytes:
    start, end = await _range(chip)
    return padded(f"0x{start:08x},0x{end:08x}", RANGE_SIZE)


async def _done(chip: Chip, what: str, pause: float) -> None:
    """Wait until the device has succeeded with it. CommunicationError if it has not."""
    for _ in range(TESTS):
        await asyncio.sleep(pause)
        status = await ask(chip, READ_STATUS, STATUS_SIZE)
        if status & SUCCEEDED:
            return
        if status & FAILED:
            raise CommunicationError(f"{chip.rom}: {what} failed")
    raise CommunicationError(f"{chip.rom}: {what} has no end")


async def _erase(chip: Chip) -> None:
    await order(chip, UPDATER, ERASE)
    await _done(chip, "erasing", ERASE_PAUSE)


async def _write_block(chip: Chip, address: int, block: bytes) -> None:
    place = WRITE_BLOCK + _long(address) + _long(len(block))
    await chip.run(
        Exchange(whole(place), len(TAKEN), expect=TAKEN),
        Exchange(block + crc16(block).to_bytes(CRC_FIELD, "little")),
        Wait(WORK_TIME),
        Exchange(b"", len(TAKEN), expect=TAKEN),
        attempts=1,
    )
    await _done(chip, f"writing to {address:08X}", BLOCK_PAUSE)


async def _verify(chip: Chip, address: int, image: bytes) -> None:
    place = TELL_CRC + _long(address) + _long(len(image))
    results = await chip.run(
        Exchange(whole(place), len(TAKEN), expect=TAKEN),
        Wait(WORK_TIME),
        Exchange(b"", CRC16_SIZE),
    )
    found = int.from_bytes(results[-1], "little")
    if found != crc16(image):
        raise VerifyError(f"{chip.rom}: CRC-16 of what was written is {found:04X}")


async def _update(chip: Chip, offset: int, image: bytes) -> None:
    """Erase the application and write another one. It is not started."""
    if not image:
        raise InvalidValueError(f"{chip.rom}: nothing is no firmware")
    start, end = await _range(chip)
    if offset or len(image) > end - start:
        raise OutOfRangeError(f"{chip.rom}: at most {end - start} bytes, all at once, are wanted")
    await _erase(chip)
    for at, size in split(0, len(image), BLOCK):
        if at:
            await asyncio.sleep(WORK_TIME)
        await _write_block(chip, start + at, image[at : at + size])
    await _verify(chip, start, image)


async def _write_erase(chip: Chip, wanted: bool) -> None:
    if wanted:
        await _erase(chip)


async def _write_exit(chip: Chip, wanted: bool) -> None:
    if wanted:
        await order(chip, UPDATER, LEAVE)
        forget(chip)


def _command(name: str, write: Any, **more: Any) -> Any:
    return yesno(name, VOLATILE, "wo", write=write, visible=_IS_UPDATER, **more)


PROPERTIES = (
    unsigned("firmware_bootloader_size", visible=_IS_UPDATER, read=_loader_size),
    text("firmware_range", RANGE_SIZE, visible=_IS_UPDATER, read=_read_range),
    _command("erase_firmware", _write_erase),
    binary(
        "update_firmware", FIRMWARE_SIZE, VOLATILE, "wo", partial=True,
        visible=_IS_UPDATER, write=_update,
    ),
    _command("exit_firmware_update", _write_exit, spoils=("device", "version", "status")),
)  # fmt: skip

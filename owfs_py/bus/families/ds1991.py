"""The memories with three secured parts DS1991 (02) and DS1425 (82).

Every index is a password in hex digits. The chip tells nobody that a password is wrong: it gives
random bytes for data then, and takes none. Source: data sheet DS1991 (memory map, commands).
"""

from __future__ import annotations

import string
from functools import partial
from typing import TYPE_CHECKING

from owfs_py.bus.errors import InvalidValueError, VerifyError
from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.memories import must_be_there
from owfs_py.bus.families.notation import BY_TEXT, STABLE, binary, yesno
from owfs_py.bus.properties import Property
from owfs_py.bus.transaction import Exchange, Select

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

SUBKEYS = 3
ID_SIZE = 8
PASSWORD_SIZE = 8
DATA_SIZE = 48
NO_PASSWORD = "xxx"
"""The index in listings, good where no password is needed; else it stands for zeros."""

READ_SUBKEY, WRITE_SUBKEY = 0x66, 0x99
WRITE_SCRATCHPAD, READ_SCRATCHPAD, COPY_SCRATCHPAD = 0x96, 0x69, 0x3C
WRITE_PASSWORD = 0x5A

# Addresses: a subkey in the upper two bits, the scratchpad as the fourth, and what lies where.
SUBKEY_SIZE = 0x40
SCRATCHPAD = 0xC0
ID, PASSWORD, DATA = 0x00, 0x08, 0x10

# What selects the block of the scratchpad to be copied (Figure 6 of the data sheet).
BLOCK_OF_ID = bytes.fromhex("9a9ab39d646e694c")
BLOCK_OF_PASSWORD = bytes.fromhex("9a9a4c629b91694c")


def _command(code: int, address: int) -> bytes:
    """A command and its address, which is followed by its complement."""
    return bytes((code, address, address ^ 0xFF))


def _password(index: str) -> bytes:
    """The password that an index stands for, its last digit last. InvalidValueError if none."""
    if index == NO_PASSWORD:
        index = ""
    if len(index) > 2 * PASSWORD_SIZE or not set(index) <= set(string.hexdigits):
        raise InvalidValueError(f"{index!r} is not a password of up to {PASSWORD_SIZE} bytes")
    return bytes.fromhex(index.zfill(2 * PASSWORD_SIZE))


async def _id(chip: Chip, start: int) -> bytes:
    name = await chip.exchange(_command(READ_SUBKEY, start + DATA), ID_SIZE)
    if name == b"\xff" * ID_SIZE:
        await must_be_there(chip)
    return name


async def _read_id(start: int, chip: Chip, _: str, offset: int, size: int) -> bytes:
    """No password is needed for it."""
    return (await _id(chip, start))[offset : offset + size]


async def _write_id(start: int, chip: Chip, index: str, offset: int, data: bytes) -> None:
    password = _password(index)
    if not data:
        return
    old = await _id(chip, start) if len(data) < ID_SIZE else b""
    name = old[:offset] + data + old[offset + len(data) :]
    await _copy(chip, start, ID, name, BLOCK_OF_ID + password)
    if await _id(chip, start) != name:
        raise VerifyError(f"{chip.rom}: the id was not taken; is the password right?")


async def _copy(chip: Chip, start: int, offset: int, data: bytes, authorization: bytes) -> None:
    """By way of the scratchpad to the same place of a subkey; the chip does not tell whether."""
    await chip.run(
        Exchange(_command(WRITE_SCRATCHPAD, SCRATCHPAD + offset) + data),
        Select(),
        Exchange(_command(READ_SCRATCHPAD, SCRATCHPAD + offset), len(data), expect=data),
        Select(),
        Exchange(_command(COPY_SCRATCHPAD, start) + authorization),
    )


def _opened(code: int, address: int) -> Exchange:
    """The step after which a subkey wants its password; the chip says its id before."""
    return Exchange(_command(code, address), ID_SIZE)


async def _read_data(start: int, chip: Chip, index: str, offset: int, size: int) -> bytes:
    return await _data(chip, start + DATA + offset, _password(index), size)


async def _data(chip: Chip, address: int, password: bytes, size: int) -> bytes:
    _, data = await chip.run(_opened(READ_SUBKEY, address), Exchange(password, size))
    if data == b"\xff" * size:
        await must_be_there(chip)
    return data


async def _write_data(start: int, chip: Chip, index: str, offset: int, data: bytes) -> None:
    password, address = _password(index), start + DATA + offset
    if not data:
        return
    await chip.run(
        _opened(WRITE_SUBKEY, address),
        Exchange(password + data),
        Select(),
        _opened(READ_SUBKEY, address),
        Exchange(password, len(data), expect=data),
    )


async def _write_password(start: int, chip: Chip, index: str, offset: int, new: bytes) -> None:
    """Change the password; that the data can be read with it as before proves it."""
    old = _password(index)
    if offset or len(new) != PASSWORD_SIZE:
        raise InvalidValueError(f"a password has {PASSWORD_SIZE} bytes")
    before = await _data(chip, start + DATA, old, DATA_SIZE)
    await _copy(chip, start, PASSWORD, new, BLOCK_OF_PASSWORD + old)
    if await _data(chip, start + DATA, new, DATA_SIZE) != before:
        raise VerifyError(f"{chip.rom}: the password was not changed; is the old one right?")


async def _reset(start: int, chip: Chip, index: str, wanted: bool) -> None:
    """Give the subkey a password without knowing the old one, which clears its data."""
    password = _password(index)
    if not wanted:
        return
    old = await _id(chip, start)
    name = f"Subkey {start // SUBKEY_SIZE}".encode()
    await chip.run(
        Exchange(_command(WRITE_PASSWORD, start), ID_SIZE, expect=old),
        Exchange(old + name + password),
        attempts=1,  # when it was done the id is another
    )
    await chip.run(
        Exchange(_command(READ_SUBKEY, start + DATA), ID_SIZE, expect=name),
        Exchange(password, DATA_SIZE, expect=bytes(DATA_SIZE)),
    )


def _subkey(number: int) -> tuple[Property, ...]:
    start = number * SUBKEY_SIZE
    directory = f"subkey{number}"
    return (
        binary(
            f"{directory}/id", ID_SIZE, STABLE, "rw", array=BY_TEXT, partial=True,
            read=partial(_read_id, start), write=partial(_write_id, start),
        ),
        binary(
            f"{directory}/secure_data", DATA_SIZE, STABLE, "rw", array=BY_TEXT, partial=True,
            read=partial(_read_data, start), write=partial(_write_data, start),
        ),
        binary(
            f"{directory}/password", PASSWORD_SIZE, STABLE, "wo", array=BY_TEXT, partial=True,
            write=partial(_write_password, start),
        ),
        yesno(
            f"{directory}/reset", STABLE, "wo", array=BY_TEXT, write=partial(_reset, start)
        ),
    )  # fmt: skip


PROPERTIES = [prop for number in range(SUBKEYS) for prop in _subkey(number)]

FAMILIES = (
    Family.make(0x02, "DS1991", Feature.NOTHING, PROPERTIES),
    Family.make(0x82, "DS1425", Feature.NOTHING, PROPERTIES),
)

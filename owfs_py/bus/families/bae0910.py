"""The automation engines BAE0910 and BAE0911 of Pascal Baerten (FC): what both have, and the
registers of the BAE0910. Those of the BAE0911 are in bae0911.py.

How one talks to them is in bae_commands.py. Source: the maker's register maps.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from owfs_py.bus.cache import Life
from owfs_py.bus.errors import (
    BadBlockError,
    InvalidValueError,
    OneWireError,
    OutOfRangeError,
    VerifyError,
)
from owfs_py.bus.families import bae0911
from owfs_py.bus.families.bae_commands import (
    BLOCK,
    BLOCKS,
    EEPROM_PAGE,
    ERASE,
    READ_TYPE,
    READ_VERSION,
    Register,
    ask,
    byte,
    confirmed,
    extended,
    long,
    word,
)
from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.memories import Memory, split, target
from owfs_py.bus.families.notation import (
    HIDDEN,
    LINKED,
    PAGE,
    READ_STABLE,
    SECOND,
    STABLE,
    VOLATILE,
    binary,
    date,
    on_model,
    text,
    under,
    unsigned,
    yesno,
)
from owfs_py.bus.properties import Change, Property

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

Reader = Callable[["Chip"], Coroutine[Any, Any, Any]]

# Who it is

MODEL = "model"
"""The fact under which is remembered for good whether a chip is a BAE0910 or BAE0911."""
MODELS = {2: "910", 3: "911"}
"""By device type."""
GENERIC = "generic"


async def _model(chip: Chip) -> str:
    known = chip.recall(MODEL)
    if known is not None:
        return str(known)
    model = MODELS.get(await chip.value("device_type"), GENERIC)
    if model != GENERIC:
        chip.remember(MODEL, model, Life.PERSISTENT)
    return model


async def model_of(chip: Chip) -> str:
    """The name of the chip's directory. One that does not say what it is may be anything."""
    try:
        return await _model(chip)
    except OneWireError:
        return GENERIC


def _two_bytes(command: bytes) -> Reader:
    async def read(chip: Chip) -> int:
        return int.from_bytes(await ask(chip, command, 2))

    return read


def _half(of: str, name: str, *, upper: bool) -> Property:
    async def read(chip: Chip) -> int:
        return int(await chip.value(of)) >> 8 * upper & 0xFF

    return unsigned(name, LINKED, read=read)


def _both_halves(of: str, name: str) -> Property:
    """The lower byte, a dot, the upper one."""

    async def read(chip: Chip) -> str:
        upper, lower = divmod(await chip.value(of), 0x100)
        return f"{lower:02X}.{upper:02X}"

    return text(name, 5, LINKED, read=read)


IDENTITY = (
    unsigned("versionstate", read=_two_bytes(READ_VERSION), visible=HIDDEN),
    _both_halves("versionstate", "version"),
    _half("versionstate", "device_version", upper=True),
    _half("versionstate", "bootstrap_version", upper=False),
    unsigned("typestate", read=_two_bytes(READ_TYPE), visible=HIDDEN),
    _both_halves("typestate", "localtype"),
    _half("typestate", "device_type", upper=True),
    _half("typestate", "chip_type", upper=False),
)

# Commands in general, and new firmware

FIRMWARE_SIZE, FIRMWARE_BLOCK = 16384, 512
FIRMWARE_START, FIRMWARE_DATA = b"\xbb", b"\xba"
FIRST_ADDRESS, LAST_ADDRESS = slice(4, 6), slice(6, 8)
"""In the image: where it belongs."""
ERASE_TIME = 0.001 / 16
"""Seconds that erasing takes for each byte of the image."""


async def _write_command(chip: Chip, payload: bytes) -> None:
    if not payload:
        raise InvalidValueError(f"{chip.rom}: a command has at least one byte")
    await extended(chip, payload)


def _size_told(image: bytes) -> int:
    """How large an image says that it is; 0 or less if it is none."""
    first, last = (int.from_bytes(image[where]) for where in (FIRST_ADDRESS, LAST_ADDRESS))
    return 1 + last - first


async def _write_firmware(chip: Chip, offset: int, image: bytes) -> None:
    """Write a part of an image, the first one first: the chip counts by itself where it is."""
    if not image or offset % FIRMWARE_BLOCK or len(image) % FIRMWARE_BLOCK:
        raise BadBlockError(f"{chip.rom}: firmware comes in blocks of {FIRMWARE_BLOCK} bytes")
    if offset == 0:
        size = _size_told(image)
        if len(image) > size:
            raise OutOfRangeError(f"{chip.rom}: the image says that it has {size} bytes")
        await extended(chip, FIRMWARE_START + image[:BLOCK], size * ERASE_TIME)
    for start, count in split(0, len(image), BLOCK):
        await extended(chip, FIRMWARE_DATA + image[start : start + count])
    chip.forget(MODEL)


COMMANDS = (
    binary("command", 255, STABLE, "wo", write=_write_command),
    binary(
        "firmware/function", FIRMWARE_SIZE, STABLE, "wo", partial=True, write=_write_firmware,
        spoils=("versionstate", "typestate"),
    ),
)  # fmt: skip

# The EEPROM

EEPROM_PAGES = 32  # room for more than any model has
PAGES_OF = {"910": 2, "911": 8}
FIRST_PAGE = {"910": 0xE000}
"""Where the EEPROM begins, if not at 0."""
ERASED = b"\xff"
PAGE_ERASE_TIME, ERASE_TESTS = 0.020, 5
"""Seconds that erasing a page of such a memory takes (data sheet MC9S08, flash), and how often
that is waited for."""


async def _count_pages(chip: Chip) -> int:
    return PAGES_OF.get(await _model(chip), EEPROM_PAGES)


async def _page_address(chip: Chip, page: int) -> int:
    return FIRST_PAGE.get(await _model(chip), 0) + page * EEPROM_PAGE


async def _read_page(chip: Chip, page: int, offset: int, size: int) -> bytes:
    address = await _page_address(chip, page)
    async with chip.bus.access.lock(chip.rom):
        return await BLOCKS.read(chip, address + offset, size)


async def _write_page(chip: Chip, page: int, offset: int, data: bytes) -> None:
    await EEPROM_MEMORY.write(chip, await _page_address(chip, page) + offset, data)


async def _erase_page(chip: Chip, page: int, wanted: bool) -> None:
    if not wanted:
        return
    address = await _page_address(chip, page)
    await confirmed(chip, ERASE + target(address))
    for _ in range(ERASE_TESTS):
        await asyncio.sleep(PAGE_ERASE_TIME)
        # The first block stands for the page.
        if not (await BLOCKS.read(chip, address, BLOCK)).strip(ERASED):
            return
    raise VerifyError(f"{chip.rom}: page {page} is not erased")


EEPROM_MEMORY = Memory(EEPROM_PAGES * EEPROM_PAGE, EEPROM_PAGE, BLOCKS, BLOCKS)
_910_OR_911 = on_model(*PAGES_OF)

EEPROM = under(
    "eeprom",
    binary(
        "page", EEPROM_PAGE, PAGE, "rw", elements=EEPROM_PAGES, partial=True, count=_count_pages,
        read=_read_page, write=_write_page, visible=_910_OR_911,
    ),
    yesno(
        "erase", LINKED, "wo", elements=EEPROM_PAGES, count=_count_pages,
        write=_erase_page, visible=_910_OR_911,
    ),
    unsigned("pagecrc", VOLATILE, "rw", visible=on_model("911"), **word(0x7E0B).accessors()),
)  # fmt: skip

# The registers of a BAE0910


def _registers(change: Change, access: str = "rw", **registers: Register) -> Iterable[Property]:
    for name, register in registers.items():
        functions = register.accessors()
        if "w" not in access:
            del functions["write"]
        yield unsigned(name, change, access, **functions)


def _user_registers(letters: str, first: Register) -> Iterable[Property]:
    """Those that only programs of users use, one behind the other."""
    registers = {f"user{each}": first.at(n) for n, each in enumerate(letters)}
    return _registers(VOLATILE, "rw", **registers)


async def _read_date(chip: Chip) -> Any:
    return await chip.value("910/udate")


CLOCK = long(40)

BAE0910 = under(
    "910",
    *_registers(
        READ_STABLE,
        adcc=byte(2), cntc=byte(3), outc=byte(4), pioc=byte(5), alarmc=byte(6), rtcc=byte(7),
        tpm1c=byte(8), tpm2c=byte(9), period1=word(10), period2=word(12), duty1=word(14),
        duty2=word(16), duty3=word(18), duty4=word(20), out=byte(48), alap=word(64),
        alan=word(66), alcps=word(68), alct=long(70),
    ),
    *_registers(READ_STABLE, "ro", cps=word(30)),
    *_registers(
        VOLATILE, "ro",
        adcap=word(22), adcan=word(24), adc=byte(50), cnt=byte(51), adc10=word(62),
    ),
    *_registers(
        VOLATILE,
        maxap=word(26), maxan=word(28), adctotp=long(32), adctotn=long(36), count=long(44),
        pio=byte(49), alarm=byte(52), pc0=word(54), pc1=word(56), pc2=word(58), pc3=word(60),
        resetcnt=word(86), selectcnt=word(88), stalledcnt=word(90), ovruncnt=word(92),
        maxcps=word(94),
    ),
    *_user_registers("abcdefgh", byte(96)),
    *_user_registers("ijkl", word(104)),
    *_user_registers("mnop", long(112)),
    unsigned("udate", SECOND, "rw", **CLOCK.accessors()),
    date("date", LINKED, "rw", read=_read_date, write=CLOCK.write, spoils=("910/udate",)),
    visible=on_model("910"),
)  # fmt: skip

# The memory of one that is neither

GENERIC_SIZE = 128
_CACHED = tuple(prop.name for prop in BAE0910 if prop.life is not Life.NEVER)
MEMORY = binary(
    "generic/memory", GENERIC_SIZE, LINKED, "rw", partial=True, visible=on_model(GENERIC),
    read=BLOCKS.read, write=EEPROM_MEMORY.write, spoils=_CACHED,
)  # fmt: skip

PROPERTIES = (
    *IDENTITY,
    *COMMANDS,
    *EEPROM,
    *BAE0910,
    *(replace(prop, visible=on_model("911")) for prop in bae0911.PROPERTIES),
    MEMORY,
)

FAMILIES = (
    Family.make(
        0xFC,
        "BAE",
        Feature.ALARM | Feature.RESUME,
        PROPERTIES,
        also=("BAE0910", "BAE0911"),
        always_listed=frozenset(("eeprom",)),
        model=model_of,
    ),
)

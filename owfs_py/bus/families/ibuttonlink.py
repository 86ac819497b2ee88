"""The SmartSlave of iButtonLink (FE): temperature and humidity, and a LED.

Nothing is published about it. Of the CRC behind its page it is not known what it covers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from owfs_py._crc import crc16
from owfs_py.bus.cache import Life
from owfs_py.bus.errors import CrcError, InvalidValueError, TryAgainError, WrongModelError
from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.memories import CRC16_SIZE, must_be_there
from owfs_py.bus.families.notation import STABLE, celsius, real, text, under, yesno
from owfs_py.bus.transaction import CRC16_GOOD

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

READ_PAGE = b"\xf0\x00"
CONVERT = b"\xb4"
LED_ON, LED_OFF = b"\xa5\x00\x01", b"\xa5\x00\x00"
PAGE_SIZE = 32

TYPES = {4: "TH"}
TYPE, FIRMWARE, BUSY, TEMPERATURE, HUMIDITY, MEASURED = 0, 1, slice(2, 4), 4, 6, 8
"""Where they are in the page."""
STEPS = 128
"""Of a degree Celsius, of a percent."""

CONVERSION_TIME = 1.0
"""Seconds, as owserver leaves for it."""
BUSY_TESTS, BUSY_PAUSE = 10, 0.1
"""How often, and after how many seconds, one that takes longer is asked again."""

CONVERTED = "converted"
"""The fact under which is remembered when the last conversion was ordered."""
HAS_CRC = "has CRC"
"""The fact under which is remembered that the CRC of a chip is one that is known here."""
ATTEMPTS = 3

log = logging.getLogger(__name__)
Reader = Callable[["Chip"], Coroutine[Any, Any, Any]]


def _is_proven(data: bytes) -> bool:
    """Whether a page and what comes behind it fit, in one of the ways that chips have."""
    return crc16(data) in (0, CRC16_GOOD) or crc16(READ_PAGE + data) == CRC16_GOOD


async def _read_page(chip: Chip) -> bytes:
    """The page. Of a chip whose CRC never fitted it is believed if it comes twice."""
    before = b""
    for _ in range(ATTEMPTS):
        data = await chip.exchange(READ_PAGE, PAGE_SIZE + CRC16_SIZE)
        if _is_proven(data):
            chip.remember(HAS_CRC, True, Life.PERSISTENT)
            return data[:PAGE_SIZE]
        if data == before and not chip.recall(HAS_CRC):
            await must_be_there(chip)
            log.info("%s: CRC of an unknown kind: %s", chip.rom, data.hex(" "))
            return data[:PAGE_SIZE]
        before = data
    raise CrcError(f"{chip.rom}: CRC-16 of {data.hex(' ')} is wrong")


async def _read_known_page(chip: Chip) -> bytes:
    """The page of one whose type is known. Raises WrongModelError."""
    page = await _read_page(chip)
    if page[TYPE] not in TYPES:
        raise WrongModelError(f"{chip.rom}: unknown type {page[TYPE]:02X}")
    return page


async def _read_subtype(chip: Chip) -> str:
    return TYPES[(await _read_known_page(chip))[TYPE]]


async def _read_firmware(chip: Chip) -> str:
    major, minor = divmod((await _read_known_page(chip))[FIRMWARE], 0x10)
    return f"{major}.{minor}"


def _value(chip: Chip, page: bytes, at: int) -> float:
    """What was measured last. Raises TryAgainError while a measurement is under way."""
    if not page[MEASURED]:
        raise InvalidValueError(f"{chip.rom}: has measured nothing since it has power")
    if any(page[BUSY]):
        raise TryAgainError(f"{chip.rom}: is measuring")
    return int.from_bytes(page[at : at + 2], signed=True) / STEPS


def _latest(at: int) -> Reader:
    async def read(chip: Chip) -> float:
        return _value(chip, await _read_known_page(chip), at)

    return read


async def _convert(chip: Chip) -> None:
    """Let the chip measure, unless what it measured last is new enough."""
    ordered = chip.recall(CONVERTED)
    if ordered is None or (chip.fresh and ordered < chip.asked):
        ordered = chip.bus.clock.now()
        await chip.exchange(CONVERT)
        chip.remember(CONVERTED, ordered, Life.VOLATILE)
        await asyncio.sleep(CONVERSION_TIME)
    chip.since = min(chip.since, ordered)


def _measured(at: int) -> Reader:
    """What is measured now; the other quantity is, too, at the same time."""

    async def read(chip: Chip) -> float:
        async with chip.bus.access.lock(chip.rom):
            await _convert(chip)
            page = await _read_known_page(chip)
            for _ in range(BUSY_TESTS):
                if any(page[BUSY]):
                    await asyncio.sleep(BUSY_PAUSE)
                    page = await _read_known_page(chip)
            return _value(chip, page, at)

    return read


async def _write_led(chip: Chip, on: bool) -> None:
    await chip.exchange(LED_ON if on else LED_OFF)
    await must_be_there(chip)


PROPERTIES = (
    text("subtype", 2, STABLE, read=_read_subtype),
    text("firmware", 5, STABLE, read=_read_firmware),
    *under(
        "TH",
        celsius("temperature", read=_measured(TEMPERATURE)),
        celsius("latesttemp", read=_latest(TEMPERATURE)),
        real("humidity", read=_measured(HUMIDITY)),
        real("latesthumidity", read=_latest(HUMIDITY)),
        yesno("led", STABLE, "wo", write=_write_led),
    ),
)

FAMILIES = (Family.make(0xFE, "IBLSS", Feature.TEMPERATURE, PROPERTIES),)

"""The thermometers DS18S20 (10), DS1822 (22) and DS18B20 (28).

How they measure and what they store is in thermometers.py. Sources: data sheets DS18S20, DS1822,
DS18B20; Maxim's errata sheets (revisions of the die, trim registers).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from owfs_py.bus.errors import InvalidValueError, VerifyError
from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import (
    HIDDEN,
    LINKED,
    STATIC,
    TEMPERATURE,
    VOLATILE,
    celsius,
    text,
    unsigned,
    yesno,
)
from owfs_py.bus.families.thermometers import (
    CONVERSION_TIME,
    MEASURED,
    PER_DEGREE,
    REMAIN,
    Sensor,
    latest_and_limits,
    same_as,
    scratchpad,
    temperature,
)

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

READ_TRIM_LOW, READ_TRIM_HIGH = b"\x93", b"\x68"
WRITE_TRIM_LOW, WRITE_TRIM_HIGH = b"\x95", b"\x63"
ACTIVATE_TRIM_LOW, ACTIVATE_TRIM_HIGH = b"\x94", b"\x64"
BLANKET_TRIM = 0xBB9D

POWER_ON_85_HALVES = 0x00AA
"""85 °C in halves: what the temperature register of a DS18S20 holds after power-on."""


def extended_halves(scratchpad: bytes) -> float:
    """°C of a DS18S20, with the extended resolution of its data sheet's formula."""
    raw = int.from_bytes(scratchpad[:2], "little", signed=True)
    whole = (raw & ~1) / 2
    per_degree = scratchpad[PER_DEGREE]
    if not per_degree:
        return whole
    return whole - 0.25 + (per_degree - scratchpad[REMAIN]) / per_degree


HALVES = Sensor(extended_halves, POWER_ON_85_HALVES)


# Revisions of the die by serial number; the second number of each begins C2, the first B7.
_DIE_LIMITS = {
    0x10: (0x000800591D20, 0x000800808860),
    0x22: (0x00000008978A, 0x0000000CB81A),
    0x28: (0x000000545010, 0x000000662B50),
}


def _die(chip: Chip) -> str:
    number = int.from_bytes(chip.rom.serial, "little")
    b7_above, c2_above = _DIE_LIMITS[chip.family.code]
    if number > c2_above:
        return "C2"
    return "B7" if number > b7_above else "B6"


def _has_trim(chip: Chip) -> bool:
    return _die(chip) in ("B7", "C2")


async def _read_trim(chip: Chip) -> int:
    low = await chip.exchange(READ_TRIM_LOW, read=1)
    high = await chip.exchange(READ_TRIM_HIGH, read=1)
    return low[0] | high[0] << 8


async def _write_trim(chip: Chip, value: int) -> None:
    if not _has_trim(chip):
        raise InvalidValueError(f"{chip.rom}: this die has no trim")
    low, high = (value & 0xFFFF).to_bytes(2, "little")
    await chip.exchange(WRITE_TRIM_LOW + bytes([low]))
    await chip.exchange(WRITE_TRIM_HIGH + bytes([high]))
    await chip.exchange(ACTIVATE_TRIM_LOW)
    await chip.exchange(ACTIVATE_TRIM_HIGH)
    if await _read_trim(chip) != value & 0xFFFF:
        raise VerifyError(f"{chip.rom}: the trim does not read back")


async def _read_trim_valid(chip: Chip) -> bool:
    if not _has_trim(chip):
        return True
    trim = await chip.value("errata/trim")
    return trim >> 8 == BLANKET_TRIM >> 8 and trim & 7 in (3, 5)


async def _read_blanket(chip: Chip) -> bool:
    if not _has_trim(chip):
        raise InvalidValueError(f"{chip.rom}: this die has no trim")
    return bool(await chip.value("errata/trim") == BLANKET_TRIM)


async def _write_blanket(chip: Chip, value: bool) -> None:
    if not _has_trim(chip):
        raise InvalidValueError(f"{chip.rom}: this die has no trim")
    if value:
        await _write_trim(chip, BLANKET_TRIM)


ERRATA = (
    text("errata/die", 2, STATIC, read=_die),
    unsigned(
        "errata/trim", VOLATILE, "rw", read=_read_trim, write=_write_trim,
        spoils=("errata/trimblanket", "errata/trimvalid"),
    ),
    yesno(
        "errata/trimblanket", VOLATILE, "rw", read=_read_blanket, write=_write_blanket,
        spoils=("errata/trim", "errata/trimvalid"),
    ),
    yesno("errata/trimvalid", read=_read_trim_valid),
)  # fmt: skip

PROGRAMMABLE = (*MEASURED, scratchpad(), *ERRATA)

FIXED = (
    celsius("temperature", TEMPERATURE, read=temperature(HALVES)),
    *(
        celsius(name, LINKED, read=same_as("temperature"), visible=HIDDEN)
        for name in ("fasttemp", *(f"temperature{bits}" for bits in CONVERSION_TIME))
    ),
    *latest_and_limits(HALVES),
    scratchpad(),
    *ERRATA,
)

_FEATURES = Feature.TEMPERATURE | Feature.ALARM

FAMILIES = (
    Family.make(0x10, "DS18S20", _FEATURES, FIXED, also=("DS1920",)),
    Family.make(0x22, "DS1822", _FEATURES, PROGRAMMABLE),
    Family.make(0x28, "DS18B20", _FEATURES, PROGRAMMABLE),
)

"""The thermometers DS18S20 (10), DS1822 (22) and DS18B20 (28).

Sources: data sheets DS18S20, DS1822, DS18B20 (memory map, function commands, conversion times).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

from owfs_py.bus.chip import POWERED, Chip
from owfs_py.bus.conversions import READ_POWER_SUPPLY, Convert
from owfs_py.bus.errors import CommunicationError, InvalidValueError, PowerOnValueError, VerifyError
from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.properties import Change, Property, Visible
from owfs_py.bus.transaction import Check, Exchange, Select, Wait
from owfs_py.bus.values import Kind

CONVERT_T = b"\x44"
WRITE_SCRATCHPAD = b"\x4e"
READ_SCRATCHPAD = b"\xbe"
COPY_SCRATCHPAD = b"\x48"
RECALL_EEPROM = b"\xb8"
RECALL_TIME = 0.010
"""Seconds left to a recall, as owserver leaves; the data sheets give no maximum."""

READ_TRIM_LOW, READ_TRIM_HIGH = b"\x93", b"\x68"
WRITE_TRIM_LOW, WRITE_TRIM_HIGH = b"\x95", b"\x63"
ACTIVATE_TRIM_LOW, ACTIVATE_TRIM_HIGH = b"\x94", b"\x64"
BLANKET_TRIM = 0xBB9D

SCRATCHPAD_SIZE = 9
TH, TL, CONFIG, REMAIN, PER_DEGREE = 2, 3, 4, 6, 7  # bytes of the scratchpad
CONFIG_ONES = 0x1F  # the low five bits of the configuration always read 1
RESOLUTION_SHIFT = 5

# t_CONV maximum in seconds, by resolution in bits.
CONVERSION_TIME = {9: 0.09375, 10: 0.1875, 11: 0.375, 12: 0.75}
CONVERT = Convert(CONVERT_T, longest=0.75)

LOWEST_LIMIT, HIGHEST_LIMIT = -128, 127
"""Whole degrees that the registers TH and TL, one signed byte each, can hold."""

POWER_ON_85 = 0x0550
"""85 °C in sixteenths: what the DS18B20's temperature register holds after power-on."""
POWER_ON_85_HALVES = 0x00AA
"""The same in halves, for the DS18S20."""
POWER_ON_REMAIN = 0x0C
"""Byte 6 after power-on. After a conversion a DS18B20 has 16 - (raw & 15) there, which is 16 at
85.0 °C; a DS18S20 can really have 12 at 85.0 °C."""

DegreesOf = Callable[[bytes], float]


class Scratchpad(NamedTuple):
    """The parts of a scratchpad that stay until somebody writes them."""

    high: int
    low: int
    config: int

    @property
    def resolution(self) -> int:
        return 9 + (self.config >> RESOLUTION_SHIFT & 3)


def sixteenths(scratchpad: bytes) -> float:
    """°C of a DS18B20 or DS1822; the bits that the resolution leaves undefined are cleared."""
    raw = int.from_bytes(scratchpad[:2], "little", signed=True)
    unused = 3 - (scratchpad[CONFIG] >> RESOLUTION_SHIFT & 3)
    return (raw >> unused << unused) / 16


def extended_halves(scratchpad: bytes) -> float:
    """°C of a DS18S20, with the extended resolution of its data sheet's formula."""
    raw = int.from_bytes(scratchpad[:2], "little", signed=True)
    whole = (raw & ~1) / 2
    per_degree = scratchpad[PER_DEGREE]
    if not per_degree:
        return whole
    return whole - 0.25 + (per_degree - scratchpad[REMAIN]) / per_degree


async def read_scratchpad(chip: Chip) -> bytes:
    """Nine bytes with a good CRC. All zeros, which have one too, are a line held low."""
    data = await chip.exchange(READ_SCRATCHPAD, SCRATCHPAD_SIZE, Check.CRC8)
    if not any(data):
        raise CommunicationError(f"{chip.rom}: the scratchpad reads all zeros")
    chip.remember("scratchpad", Scratchpad(data[TH], data[TL], data[CONFIG]))
    return data


def _is_power_on_value(chip: Chip, data: bytes) -> bool:
    raw = int.from_bytes(data[:2], "little")
    at_power_on = POWER_ON_85_HALVES if chip.family.code == DS18S20.code else POWER_ON_85
    return raw == at_power_on and data[REMAIN] == POWER_ON_REMAIN


async def _measured(chip: Chip, resolution: int | None) -> bytes:
    """The scratchpad after a conversion at `resolution` that is as fresh as the request wants.

    Twelve bits, which chips come with, are taken for set until the scratchpad shows otherwise,
    which saves a reading; a chip that lost power is converted once more.
    """
    seconds = CONVERSION_TIME[resolution or 12]
    not_before = chip.asked if chip.fresh else chip.bus.shared_since(chip.rom)
    known = chip.recall("scratchpad")
    if resolution and known is None and resolution != 12:
        data = await read_scratchpad(chip)
        known = Scratchpad(data[TH], data[TL], data[CONFIG])
    if resolution and known is not None and known.resolution != resolution:
        await _set_resolution(chip, known, resolution)
        not_before = chip.bus.clock.now()
    for _ in range(2):
        await chip.converted(CONVERT, seconds, not_before)
        data = await read_scratchpad(chip)
        found = Scratchpad(data[TH], data[TL], data[CONFIG])
        if resolution and found.resolution != resolution:
            await _set_resolution(chip, found, resolution)
        elif not _is_power_on_value(chip, data):
            return data
        else:
            # Its power may not be what it was, or what the others have.
            chip.bus.power_changed(chip.rom)
        not_before = chip.bus.clock.now()
    await chip.converted(CONVERT, seconds, not_before)
    data = await read_scratchpad(chip)
    if _is_power_on_value(chip, data):
        raise PowerOnValueError(f"{chip.rom}: lost power while converting, only 85 degrees left")
    return data


async def _set_resolution(chip: Chip, known: Scratchpad, resolution: int) -> None:
    """Set the resolution until the next power-on; the EEPROM keeps its own."""
    await chip.settle()
    await _write_scratchpad(chip, known._replace(config=_config(resolution)))


def _config(resolution: int) -> int:
    return (resolution - 9) << RESOLUTION_SHIFT | CONFIG_ONES


async def _write_scratchpad(chip: Chip, wanted: Scratchpad) -> None:
    """Write TH, TL and, where there is one, the configuration; read back to be sure."""
    size = 2 if chip.family.code == DS18S20.code else 3
    data = bytes(wanted[:size])
    results = await chip.run(
        Exchange(WRITE_SCRATCHPAD + data),
        Select(),
        Exchange(READ_SCRATCHPAD, SCRATCHPAD_SIZE, Check.CRC8),
    )
    if results[0][TH : TH + size] != data:
        raise VerifyError(
            f"{chip.rom}: wrote {data.hex(' ')} to the scratchpad, it holds {results[0].hex(' ')}"
        )
    chip.remember("scratchpad", wanted)


async def _recalled(chip: Chip) -> Scratchpad:
    """What the EEPROM holds, by way of the scratchpad, which it overwrites."""
    await chip.settle()
    results = await chip.run(
        Exchange(RECALL_EEPROM),
        Wait(RECALL_TIME),
        Select(),
        Exchange(READ_SCRATCHPAD, SCRATCHPAD_SIZE, Check.CRC8),
    )
    data = results[0]
    if not any(data):
        raise CommunicationError(f"{chip.rom}: the scratchpad reads all zeros")
    stored = Scratchpad(data[TH], data[TL], data[CONFIG])
    chip.remember("scratchpad", stored)
    chip.remember("eeprom", stored)
    return stored


async def _store(chip: Chip, change: Callable[[Scratchpad], Scratchpad]) -> None:
    """Change one thing in the EEPROM. The rest is taken from there and not from the scratchpad,
    which may have a resolution that was set for one reading only."""
    await chip.settle()
    wanted = change(chip.recall("eeprom") or await _recalled(chip))
    chip.forget("eeprom")
    await _write_scratchpad(chip, wanted)
    await chip.copy_to_eeprom(COPY_SCRATCHPAD)
    chip.remember("eeprom", wanted)


def temperature(resolution: int | None, degrees: DegreesOf) -> Callable[..., Any]:
    async def read(chip: Chip) -> float:
        async with chip.bus.access.lock(chip.rom):
            return degrees(await _measured(chip, resolution))

    return read


def latest(degrees: DegreesOf) -> Callable[..., Any]:
    """The last conversion's result, whenever that was and even if it is the power-on value."""

    async def read(chip: Chip) -> float:
        return degrees(await read_scratchpad(chip))

    return read


def _linked(name: str) -> Callable[[Chip], Coroutine[Any, Any, Any]]:
    async def read(chip: Chip) -> Any:
        return await chip.value(name)

    return read


async def _power(chip: Chip) -> bool:
    # A parasitically powered device pulls the read slots low.
    answer = await chip.exchange(bytes([READ_POWER_SUPPLY]), read=1)
    chip.remember(POWERED, answer != b"\x00")
    return answer != b"\x00"


def _signed(byte: int) -> int:
    return byte - 256 if byte > 127 else byte


async def _read_high(chip: Chip) -> float:
    return _signed((await read_scratchpad(chip))[TH])


async def _read_low(chip: Chip) -> float:
    return _signed((await read_scratchpad(chip))[TL])


def _whole_degrees(value: float) -> int:
    """The register's byte for an alarm limit: whole degrees toward zero."""
    if not LOWEST_LIMIT - 1 < value < HIGHEST_LIMIT + 1:
        raise InvalidValueError(
            f"an alarm limit is {LOWEST_LIMIT} to {HIGHEST_LIMIT} degrees, not {value}"
        )
    return int(value) & 0xFF


async def _write_high(chip: Chip, value: float) -> None:
    await _store(chip, lambda known: known._replace(high=_whole_degrees(value)))


async def _write_low(chip: Chip, value: float) -> None:
    await _store(chip, lambda known: known._replace(low=_whole_degrees(value)))


async def _read_resolution(chip: Chip) -> int:
    async with chip.bus.access.lock(chip.rom):
        return (await _recalled(chip)).resolution


async def _write_resolution(chip: Chip, value: int) -> None:
    if value not in CONVERSION_TIME:
        raise InvalidValueError(f"a resolution is 9 to 12 bits, not {value}")
    await _store(chip, lambda known: known._replace(config=_config(value)))


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
    Property("errata/die", Kind.TEXT, Change.STATIC, size=2, read=_die),
    Property(
        "errata/trim", Kind.UNSIGNED, Change.VOLATILE, "rw", read=_read_trim, write=_write_trim,
        spoils=("errata/trimblanket", "errata/trimvalid"),
    ),
    Property(
        "errata/trimblanket", Kind.YESNO, Change.VOLATILE, "rw",
        read=_read_blanket, write=_write_blanket, spoils=("errata/trim", "errata/trimvalid"),
    ),
    Property("errata/trimvalid", Kind.YESNO, Change.VOLATILE, read=_read_trim_valid),
)  # fmt: skip


def _thermometer(degrees: DegreesOf) -> tuple[Property, ...]:
    return (
        Property("latesttemp", Kind.TEMPERATURE, Change.VOLATILE, read=latest(degrees)),
        Property("power", Kind.YESNO, Change.VOLATILE, read=_power),
        Property(
            "scratchpad", Kind.BINARY, Change.VOLATILE, size=SCRATCHPAD_SIZE, read=read_scratchpad
        ),
        Property(
            "temphigh", Kind.TEMPERATURE, Change.STABLE, "rw",
            read=_read_high, write=_write_high, spoils=("scratchpad",),
        ),
        Property(
            "templow", Kind.TEMPERATURE, Change.STABLE, "rw",
            read=_read_low, write=_write_low, spoils=("scratchpad",),
        ),
        *ERRATA,
    )  # fmt: skip


PROGRAMMABLE = (
    Property("fasttemp", Kind.TEMPERATURE, Change.LINKED, read=_linked("temperature9")),
    Property("temperature", Kind.TEMPERATURE, Change.LINKED, read=_linked("temperature12")),
    *(
        Property(
            f"temperature{bits}", Kind.TEMPERATURE, Change.TEMPERATURE,
            read=temperature(bits, sixteenths),
        )
        for bits in CONVERSION_TIME
    ),
    Property(
        "tempres", Kind.UNSIGNED, Change.STABLE, "rw",
        read=_read_resolution, write=_write_resolution, spoils=("scratchpad",),
    ),
    *_thermometer(sixteenths),
)  # fmt: skip

_FEATURES = Feature.TEMPERATURE | Feature.ALARM

DS18S20 = Family.make(
    0x10,
    "DS18S20",
    _FEATURES,
    (
        Property(
            "temperature", Kind.TEMPERATURE, Change.TEMPERATURE,
            read=temperature(None, extended_halves),
        ),
        *(
            Property(
                name, Kind.TEMPERATURE, Change.LINKED,
                read=_linked("temperature"), visible=Visible.HIDDEN,
            )
            for name in ("fasttemp", *(f"temperature{bits}" for bits in CONVERSION_TIME))
        ),
        *_thermometer(extended_halves),
    ),
    also=("DS1920",),
)  # fmt: skip

FAMILIES = (
    DS18S20,
    Family.make(0x22, "DS1822", _FEATURES, PROGRAMMABLE),
    Family.make(0x28, "DS18B20", _FEATURES, PROGRAMMABLE),
)

"""The battery monitors DS2438 (26, A6) and DS2437 (1E). Sensors built around them are elsewhere.

Source: data sheets DS2438, DS2437 (memory map, function commands).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from owfs_py.bus.errors import InvalidValueError
from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.ds2438_pages import (
    ACCUMULATOR_ON,
    CURRENT_ON,
    MEASURE_VDD,
    OFFSET_AT,
    OFFSET_PAGE,
    OFFSET_SHIFT,
    PAGE_SIZE,
    PAGES,
    SHADOW_ON,
    STATUS,
    WRITE_SCRATCHPAD,
    read_page,
    reading,
    recalled,
    set_flag,
    write_offset,
    write_page,
)
from owfs_py.bus.families.ds2438_sensors import CALIBRATION, SENSORS, model_of
from owfs_py.bus.families.notation import (
    LINKED,
    SECOND,
    STABLE,
    TEMPERATURE,
    VOLATILE,
    celsius,
    date,
    pages,
    real,
    unsigned,
    yesno,
)
from owfs_py.bus.families.thermometers import CONVERT
from owfs_py.bus.properties import Change, Property
from owfs_py.bus.transaction import Exchange, Select, Step, Wait

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

CONVERT_V = b"\xb4"
CONVERSION_TIME = 0.010
"""Seconds of the longest conversion, of temperature or voltage."""
VOLTAGE_MASK = 0x3FF  # ten bits
DEGREE, VOLT, SENSE_VOLT = 1 / 256, 0.01, 0.0002441
"""What one bit stands for in the registers of temperature, voltage and current."""

CLOCK = (1, 0)
DISCONNECT = (2, 0)
END_OF_CHARGE = (2, 4)
TIME_SIZE = 4
"""Page and byte of the times, seconds in four bytes each."""

Reader = Callable[..., Coroutine[Any, Any, Any]]


def _signed(data: bytes) -> int:
    return int.from_bytes(data, "little", signed=True)


# Measurements


async def _read_latest(chip: Chip) -> float:
    return _signed(await read_page(chip, 0, 1, 2)) * DEGREE


async def _read_temperature(chip: Chip) -> float:
    not_before = chip.asked if chip.fresh else chip.bus.shared_since(chip.rom)
    await chip.converted(CONVERT, CONVERSION_TIME, not_before)
    return await _read_latest(chip)


def _voltage(input_bit: int) -> Reader:
    async def read(chip: Chip) -> float:
        async with chip.bus.access.lock(chip.rom):
            results = await chip.run(reading(0))
            status = results[0][STATUS]
            choose: tuple[Step, ...] = ()
            if status & MEASURE_VDD != input_bit:
                # In the scratchpad only: recalling the page undoes it.
                chosen = bytes([0, status ^ MEASURE_VDD])
                choose = Exchange(WRITE_SCRATCHPAD + chosen), Select()
            results = await chip.run(
                *choose, Exchange(CONVERT_V), Wait(CONVERSION_TIME), Select(), *recalled(0)
            )
        return (int.from_bytes(results[0][3:5], "little") & VOLTAGE_MASK) * VOLT

    return read


async def _read_sense_voltage(chip: Chip) -> float:
    page = await read_page(chip, 0)
    if not page[STATUS] & CURRENT_ON:
        raise InvalidValueError(f"{chip.rom}: the current is not measured, IAD is off")
    return _signed(page[5:7]) * SENSE_VOLT


# Settings


def _flag(mask: int) -> dict[str, Any]:
    async def read(chip: Chip) -> bool:
        return bool((await read_page(chip, 0))[STATUS] & mask)

    async def write(chip: Chip, on: bool) -> None:
        await set_flag(chip, mask, on)

    return {"read": read, "write": write}


def _time(page: int, at: int) -> dict[str, Any]:
    async def read(chip: Chip) -> int:
        return int.from_bytes(await read_page(chip, page, at, TIME_SIZE), "little")

    async def write(chip: Chip, seconds: int) -> None:
        await write_page(chip, page, at, (seconds & 0xFFFFFFFF).to_bytes(TIME_SIZE, "little"))

    return {"read": read, "write": write}


def _times(directory: str, change: Change, page: int, at: int) -> tuple[Property, Property]:
    """A time as seconds and as a date."""
    accessors = _time(page, at)

    async def read_date(chip: Chip) -> Any:
        return await chip.value(f"{directory}udate")

    return (
        unsigned(f"{directory}udate", change, "rw", **accessors),
        date(
            f"{directory}date", LINKED, "rw", read=read_date, write=accessors["write"],
            spoils=(f"{directory}udate",),
        ),
    )  # fmt: skip


async def _read_offset(chip: Chip) -> int:
    return _signed(await read_page(chip, OFFSET_PAGE, OFFSET_AT, 2)) >> OFFSET_SHIFT


async def _write_offset(chip: Chip, value: int) -> None:
    # It is declared unsigned, but is not.
    await write_offset(chip, value - (1 << 32) if value >> 31 else value)
    chip.forget(CALIBRATION)


IN_PAGES = ("IAD", "CA", "EE", "udate", "disconnect/udate", "endcharge/udate", "offset",
            "latesttemp", "MultiSensor/type", "B1-R1-A/gain", "B1-R1-A/offset",
            "S3-R1-A/gain")  # fmt: skip
"""What is wrong in the cache when a page was written."""

DS2437 = (
    real("VDD", read=_voltage(MEASURE_VDD)),
    real("VAD", read=_voltage(0)),
    real("vis", read=_read_sense_voltage),
    celsius("temperature", TEMPERATURE, read=_read_temperature),
    celsius("latesttemp", read=_read_latest),
    yesno("IAD", STABLE, "rw", **_flag(CURRENT_ON)),
    yesno("CA", STABLE, "rw", **_flag(ACCUMULATOR_ON)),
    yesno("EE", STABLE, "rw", **_flag(SHADOW_ON)),
    *_times("", SECOND, *CLOCK),
    *_times("disconnect/", VOLATILE, *DISCONNECT),
    *_times("endcharge/", VOLATILE, *END_OF_CHARGE),
    pages(PAGES, PAGE_SIZE, STABLE, read=read_page, write=write_page, spoils=IN_PAGES),
)

DS2438 = (
    *DS2437,
    unsigned("offset", STABLE, "rw", read=_read_offset, write=_write_offset),
    *SENSORS,
)

_FEATURES = Feature.TEMPERATURE | Feature.VOLTAGE

FAMILIES = (
    Family.make(0x1E, "DS2437", _FEATURES, DS2437),
    Family.make(0x26, "DS2438", _FEATURES, DS2438, model=model_of),
    Family.make(0xA6, "DS2438", _FEATURES, DS2438, model=model_of),
)

"""Sensors at the inputs of a DS2438: humidity, pressure, light. The chip itself is in ds2438.py.

Sources: data sheets HIH-3600, HIH-4000, HIH-5030, HTM1735; the boards B1-R1-A, S3-R1-A,
MultiSensor and DATANAB.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from owfs_py.bus.cache import Life
from owfs_py.bus.errors import InvalidValueError, NotSupportedError
from owfs_py.bus.families.ds2438_pages import (
    CURRENT_ON,
    read_page,
    set_flag,
    write_offset,
    write_page,
)
from owfs_py.bus.families.notation import (
    LINKED,
    STABLE,
    on_model,
    pressure,
    real,
    text,
    yesno,
)

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

Reader = Callable[..., Coroutine[Any, Any, Any]]

LEAST_SUPPLY = 0.01
"""Volts below which a ratiometric sensor cannot be fed."""
USER_PAGE = 3
"""Where the boards keep what they are and how they are calibrated."""

DATANAB = "DATANAB"
DATANAB_MARK = b"HUMIDIT3"
MULTISENSORS = {
    0x00: "MS-T",
    0x19: "MS-TH",
    0x1A: "MS-TV",
    0x1B: "MS-TL",
    0x1C: "MS-TC",
    0x1D: "MS-TW",
}
UNKNOWN_MULTISENSOR = "unknown"


async def _user_page(chip: Chip) -> bytes:
    return bytes(await chip.value("pages/page", USER_PAGE))


async def model_of(chip: Chip) -> str:
    """DATANAB if the chip says so, else nothing."""
    return DATANAB if await _user_page(chip) == DATANAB_MARK else ""


# Relative humidity in percent


def _true_humidity(sensor: float, celsius: float) -> float:
    """What a sensor of Honeywell shows, compensated for temperature (its data sheet)."""
    return sensor / (1.0546 - 0.00216 * celsius)


async def _ratio(chip: Chip) -> tuple[float, float, float]:
    """Degrees, volts of the sensor, volts of its supply."""
    degrees = await chip.value("temperature")
    vad, vdd = await chip.value("VAD"), await chip.value("VDD")
    if vdd < LEAST_SUPPLY:
        raise InvalidValueError(f"{chip.rom}: no supply voltage for the sensor")
    return degrees, vad, vdd


def _honeywell(at_zero: float, slope: float) -> Reader:
    """Sensors whose output is a share of their supply: `at_zero` at 0 %, `slope` for each 1 %."""

    async def read(chip: Chip) -> float:
        degrees, vad, vdd = await _ratio(chip)
        return _true_humidity((vad / vdd - at_zero) / slope, degrees)

    return read


async def _hih3600(chip: Chip) -> float:
    degrees, vad, vdd = await _ratio(chip)
    return _true_humidity((vad - 0.8) / vdd / 0.0062, degrees)


async def _htm1735(chip: Chip) -> float:
    return float(38.92 * await chip.value("VAD") - 41.98)


# DATANAB: the humidity of its sensor as a voltage across the sense resistor


class Calibration(NamedTuple):
    """What the board's sensor shows at 0 %, and for each 1 %."""

    offset: float
    slope: float


CALIBRATION = "calibration"
"""The fact under which it is remembered."""
FACTORY_CALIBRATION = Calibration(0.8, 0.031)
CALIBRATION_PAGE = 6
CALIBRATION_MARK = b"\xaa\xaa"
OFFSET_STEP, SLOPE_STEP = 1 / 10000, 1 / 100000
SETTLING_TIME = 0.028
"""Seconds after which the first current of a newly begun measurement is there."""
SENSE_FACTOR = 85.65
"""From the share of the supply across the sense resistor to that of the sensor."""


async def _prepare(chip: Chip) -> Calibration:
    """Let the chip measure, and read what the board says of its sensor; its lock is held."""
    await write_offset(chip, 0)
    await set_flag(chip, CURRENT_ON, True)
    await asyncio.sleep(SETTLING_TIME)
    page = await read_page(chip, CALIBRATION_PAGE)
    found = FACTORY_CALIBRATION
    slope = int.from_bytes(page[4:6], "big")
    if page.startswith(CALIBRATION_MARK) and slope:
        offset = int.from_bytes(page[2:4], "big")
        found = Calibration(offset * OFFSET_STEP, slope * SLOPE_STEP)
    chip.remember(CALIBRATION, found, Life.PERSISTENT)
    return found


async def _must_be_datanab(chip: Chip) -> None:
    if await model_of(chip) != DATANAB:
        raise NotSupportedError(f"{chip.rom} is no DATANAB")


async def _datanab(chip: Chip) -> float:
    await _must_be_datanab(chip)
    async with chip.bus.access.lock(chip.rom):
        offset, slope = chip.recall(CALIBRATION) or await _prepare(chip)
    degrees, vad = await chip.value("temperature"), await chip.value("VAD")
    if vad < LEAST_SUPPLY:
        raise InvalidValueError(f"{chip.rom}: no supply voltage for the sensor")
    share = await chip.value("vis") / vad * SENSE_FACTOR
    return _true_humidity((share - offset) / slope, degrees)


async def _reset_datanab(chip: Chip, wanted: bool) -> None:
    await _must_be_datanab(chip)
    if wanted:
        await _prepare(chip)


async def _humidity(chip: Chip) -> Any:
    is_datanab = await model_of(chip) == DATANAB
    return await chip.value("DATANAB/humidity" if is_datanab else "HIH3600/humidity")


# Boards with a calibration in the user page


@dataclass(frozen=True, slots=True)
class Setting:
    """A number in two bytes of the user page; 0 stands for what the board has by itself."""

    at: int
    step: float
    factory: float
    signed: bool = True

    async def read(self, chip: Chip) -> float:
        data = (await _user_page(chip))[self.at : self.at + 2]
        raw = int.from_bytes(data, "little", signed=self.signed)
        return raw * self.step if raw else self.factory

    async def write(self, chip: Chip, value: float) -> None:
        limit = 0x7FFF if self.signed else 0xFFFF
        # Written so that a NaN is refused, too.
        if not (-limit if self.signed else 0) <= value / self.step <= limit:
            raise InvalidValueError(f"{chip.rom}: {value} cannot be stored")
        data = round(value / self.step).to_bytes(2, "little", signed=self.signed)
        await write_page(chip, USER_PAGE, self.at, data)

    def accessors(self) -> dict[str, Any]:
        return {"read": self.read, "write": self.write}


LIGHT_GAIN = Setting(2, 1 / 10, 1000 / 9.5, signed=False)
"""Lux for each µA."""
PRESSURE_GAIN = Setting(4, 1 / 1000, 1000 / 46)
"""Millibar for each volt."""
PRESSURE_OFFSET = Setting(6, 1 / 20, 904.7)
"""Millibar."""

SENSE_OHMS = 390.0
DARKNESS = 1.0
"""Lux: the least illuminance that is shown."""


async def _pressure(chip: Chip) -> float:
    gain, offset = await chip.value("B1-R1-A/gain"), await chip.value("B1-R1-A/offset")
    return float(await chip.value("VAD") * gain + offset)


async def _photocurrent(chip: Chip) -> float:
    """Microampere."""
    return float(await chip.value("vis") * 1e6 / SENSE_OHMS)


async def _illuminance(chip: Chip) -> float:
    lux = await chip.value("S3-R1-A/current") * await chip.value("S3-R1-A/gain")
    return max(DARKNESS, float(lux))


async def _multisensor(chip: Chip) -> str:
    return MULTISENSORS.get((await _user_page(chip))[0], UNKNOWN_MULTISENSOR)


_PAGES = ("pages/page",)

SENSORS = (
    real("humidity", LINKED, read=_humidity),
    real("HIH3600/humidity", read=_hih3600),
    real("HIH4000/humidity", read=_honeywell(0.16, 0.0062)),
    real("HIH5030/humidity", read=_honeywell(0.1515, 0.00636)),
    real("HTM1735/humidity", LINKED, read=_htm1735),
    real("DATANAB/humidity", read=_datanab, visible=on_model(DATANAB)),
    yesno("DATANAB/reset", STABLE, "wo", write=_reset_datanab, visible=on_model(DATANAB),
          spoils=("IAD", "offset", "vis", *_PAGES)),
    text("MultiSensor/type", 12, STABLE, read=_multisensor),
    pressure("B1-R1-A/pressure", read=_pressure),
    pressure("B1-R1-A/gain", STABLE, "rw", **PRESSURE_GAIN.accessors(),
             spoils=("B1-R1-A/pressure", *_PAGES)),
    pressure("B1-R1-A/offset", STABLE, "rw", **PRESSURE_OFFSET.accessors(),
             spoils=("B1-R1-A/pressure", *_PAGES)),
    real("S3-R1-A/current", read=_photocurrent),
    real("S3-R1-A/gain", STABLE, "rw", **LIGHT_GAIN.accessors(),
         spoils=("S3-R1-A/illuminance", *_PAGES)),
    real("S3-R1-A/illuminance", read=_illuminance),
)  # fmt: skip

"""The temperature loggers DS1921 (21), whose model is part of the ROM id.

Sources: data sheets DS1921G, DS1921H, DS1921Z, DS1921L (memory map, special ordering codes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from owfs_py.bus.errors import InvalidValueError, WrongModelError
from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import (
    HIDDEN,
    LINKED,
    MIXED,
    SECOND,
    STABLE,
    STATIC,
    TOGETHER,
    VOLATILE,
    celsius,
    date,
    gap,
    memory,
    pages,
    text,
    under,
    unsigned,
    yesno,
)

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip
    from owfs_py.bus.properties import Index

PAGES = 16
PAGE_SIZE = 32
HISTOGRAM_BINS = 63
STEPS_PER_BIN = 4
ALARM_LOG = 12
LOG = 2048


class Model(NamedTuple):
    """What the models differ in, all in °C."""

    version: str
    zero: float
    """What a measured byte of 0 stands for."""
    step: float
    lowest: float
    highest: float


# By the upper 12 bits of the serial number.
MODELS = {
    0x000: Model("DS1921G-F5", -40.0, 0.5, -40.0, 85.0),
    0x064: Model("DS1921L-F50", -40.0, 0.5, -40.0, 85.0),
    0x15C: Model("DS1921L-F53", -40.0, 0.5, -30.0, 85.0),
    0x254: Model("DS1921L-F52", -40.0, 0.5, -20.0, 85.0),
    0x34C: Model("DS1921L-F51", -40.0, 0.5, -10.0, 85.0),
    0x3B2: Model("DS1921Z-F5", -5.5, 0.125, -5.0, 26.0),
    0x4F2: Model("DS1921H-F5", 14.5, 0.125, 15.0, 46.0),
}


def _model(chip: Chip) -> Model:
    code = int.from_bytes(chip.rom[5:7], "little") >> 4
    model = MODELS.get(code)
    if model is None:
        raise InvalidValueError(f"{chip.rom}: nothing is known of a DS1921 with code {code:03X}")
    return model


def _version(chip: Chip) -> str:
    try:
        return _model(chip).version
    except InvalidValueError as error:
        raise WrongModelError(str(error)) from error


def _bin_temperature(chip: Chip, index: Index | None = None) -> float | list[float]:
    model = _model(chip)
    lower_ends = [model.zero + STEPS_PER_BIN * model.step * n for n in range(HISTOGRAM_BINS)]
    return lower_ends[index] if isinstance(index, int) else lower_ends


ABOUT = under(
    "about",
    text("version", 11, STABLE, read=_version),
    gap("resolution", STATIC, read=lambda chip: _model(chip).step),
    celsius("templow", STATIC, read=lambda chip: _model(chip).lowest),
    celsius("temphigh", STATIC, read=lambda chip: _model(chip).highest),
    unsigned("samples"),
    yesno("measuring"),
)

CLOCK = under(
    "clock",
    date("date", SECOND, "rw"),
    unsigned("udate", SECOND, "rw"),
    yesno("running", LINKED, "rw"),
)

HISTOGRAM = under(
    "histogram",
    unsigned("counts", elements=HISTOGRAM_BINS, fetch=MIXED),
    celsius("temperature", STATIC, elements=HISTOGRAM_BINS, fetch=MIXED, read=_bin_temperature),
    gap("gap", STATIC, read=lambda chip: STEPS_PER_BIN * _model(chip).step),
    unsigned("elements", STATIC, read=lambda chip: HISTOGRAM_BINS),
)

MISSION = under(
    "mission",
    yesno("running", VOLATILE, "rw"),
    yesno("enable", LINKED, "rw"),
    yesno("clear", LINKED, "wo"),
    yesno("rollover", LINKED, "rw"),
    yesno("templow", LINKED, "rw"),
    yesno("temphigh", LINKED, "rw"),
    yesno("timer", LINKED, "rw", visible=HIDDEN),
    yesno("sampling"),
    unsigned("frequency", VOLATILE, "rw"),
    unsigned("easystart", STABLE, "wo"),
    unsigned("samples"),
    unsigned("delay", VOLATILE, "rw"),
    date("date"),
    unsigned("udate"),
)

_EXCEEDED = (
    date("date", elements=ALARM_LOG, fetch=TOGETHER),
    unsigned("udate", elements=ALARM_LOG, fetch=TOGETHER),
    date("end", elements=ALARM_LOG, fetch=TOGETHER),
    unsigned("count", elements=ALARM_LOG, fetch=TOGETHER),
    unsigned("elements"),
    celsius("temperature", STABLE, "rw"),
)

LOGGED = under(
    "log",
    celsius("temperature", elements=LOG, fetch=MIXED),
    date("date", elements=LOG, fetch=MIXED),
    unsigned("udate", elements=LOG, fetch=MIXED),
    unsigned("elements"),
)

ALARMS = (
    *(
        unsigned(f"alarm_{part}", STABLE, "rw")
        for part in ("second", "minute", "hour", "dow", "trigger", "state")
    ),
    yesno("set_alarm/templow", LINKED, "rw"),
    yesno("set_alarm/temphigh", LINKED, "rw"),
    yesno("set_alarm/date", LINKED, "rw"),
    yesno("set_alarm/trigger", VOLATILE, "oo"),
)

PROPERTIES = (
    celsius("temperature"),
    memory(PAGES * PAGE_SIZE),
    pages(PAGES, PAGE_SIZE),
    *ABOUT,
    *CLOCK,
    *HISTOGRAM,
    *MISSION,
    *under("overtemp", *_EXCEEDED),
    *under("undertemp", *_EXCEEDED),
    *LOGGED,
    *ALARMS,
)

FAMILIES = (
    Family.make(
        0x21, "DS1921", Feature.TEMPERATURE | Feature.ALARM | Feature.OVERDRIVE, PROPERTIES
    ),
)

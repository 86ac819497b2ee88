"""The battery chips DS2770 (2E), DS2760 (30), DS2720 (31), DS2780 (32), DS2755 (35), DS2740
(36), DS2781 (3D) and DS2751 (51), and the weather station WS603, which has a DS2760.

Sources: their data sheets (memory maps); thermocouple ranges: NIST ITS-90 reference tables.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import (
    HIDDEN,
    LINKED,
    STABLE,
    STATIC,
    TOGETHER,
    VOLATILE,
    binary,
    celsius,
    memory,
    pages,
    real,
    under,
    unsigned,
    yesno,
)
from owfs_py.bus.properties import Change, Property

MEMORY_SIZE = 256

# Range in °C, by type of thermocouple. owserver's rounding of the NIST ends, where they differ.
THERMOCOUPLES = {
    "B": (0, 1820),
    "E": (-270, 1000),
    "J": (-210, 1200),
    "K": (-270, 1370),
    "N": (-270, 1300),
    "R": (-50, 1760),
    "S": (-50, 1760),
    "T": (-270, 400),
}


def _constant(value: float) -> Any:
    return lambda chip: value


THERMOCOUPLE = tuple(
    prop
    for letter, (low, high) in THERMOCOUPLES.items()
    for prop in under(
        f"type{letter}",
        celsius("temperature"),
        celsius("range_low", STATIC, read=_constant(low)),
        celsius("range_high", STATIC, read=_constant(high)),
    )
)

VOLT = real("volt")
VIS = real("vis")
"""Volts across the sense resistor."""
VIS_AVERAGE = real("vis_avg")
VOLTHOURS = real("volthours", VOLATILE, "rw")
BIAS = real("vbias", STABLE, "rw")
CELSIUS = celsius("temperature")
SWITCH = (yesno("PIO", VOLATILE, "wo"), yesno("sensed"))
MEASURED = (VOLT, VIS, VOLTHOURS, BIAS, CELSIUS, *THERMOCOUPLE)
AMPERES = (
    real("current", LINKED),
    real("amphours", VOLATILE, "rw"),
    real("currentbias", LINKED, "rw"),
)


def _memory(page_count: int, page_size: int) -> tuple[Property, ...]:
    """All registers as they are, the pages of EEPROM among them, and the locks of these."""
    return (
        memory(MEMORY_SIZE),
        pages(page_count, page_size),
        yesno("lock", STABLE, "rw", elements=page_count),
    )


def _flags(names: str, change: Change = VOLATILE, access: str = "rw") -> Iterable[Property]:
    """The bits of a register."""
    return (yesno(name, change, access) for name in names.split())


WS603 = under(
    "WS603",
    celsius("temperature", LINKED),
    real("wind_speed", LINKED),
    unsigned("direction", LINKED),
    unsigned("volt", LINKED),
    unsigned("light/intensity", LINKED),
    unsigned("light/threshold", LINKED),
    unsigned("calibration/wind_speed", LINKED, "rw"),
    unsigned("calibration/direction", LINKED, "rw"),
    unsigned("LED/status", LINKED),
    unsigned("LED/model", LINKED),
    unsigned("LED/control", STABLE, "wo", elements=4, fetch=TOGETHER),
    binary("data_string", 5, visible=HIDDEN),
    binary("param_string", 5, STABLE, visible=HIDDEN),
)

DS2770 = (
    *_memory(3, 16),
    *MEASURED,
    *AMPERES,
    real("timer", VOLATILE, "rw"),
    yesno("charge", STABLE, "wo"),
    yesno("refresh", STABLE, "wo"),
    *_flags("cstat1 cstat0 pmod cini ctype defaultpmod", STABLE),
)

DS2760 = (
    *_memory(2, 16),
    *MEASURED,
    *AMPERES,
    *SWITCH,
    *_flags("ov uv coc doc cc dc ce de ps"),
    yesno("mstr"),
    *_flags("pmod swen", STABLE, "ro"),
    *_flags("defaultpmod defaultswen", STABLE),
    *WS603,
)

DS2720 = (
    *_memory(2, 4),
    *_flags("ov uv doc cc dc ce de psf ot"),
)

DS2780 = (
    *_memory(2, 16),
    *MEASURED,
    VIS_AVERAGE,
    *SWITCH,
    *_flags("chgtf aef sef learnf uvf porf nben uven pmod rnaop dc"),
)

DS2755 = (
    *_memory(3, 32),
    *MEASURED,
    VIS_AVERAGE,
    real("alarm_set", VOLATILE, "rw"),
    *SWITCH,
    *_flags("pie1 pie0 pmod rnaop", STABLE, "ro"),
    *_flags("uven ios uben ovd por defaultpmod", STABLE),
)

DS2740 = (
    memory(MEMORY_SIZE),
    VIS,
    real("vis_B"),
    VOLTHOURS,
    yesno("PIO", VOLATILE, "rw"),
    *_flags("smod"),
)

DS2781 = (
    *_memory(2, 16),
    *MEASURED,
    VIS_AVERAGE,
    real("vis_offset", VOLATILE, "rw"),
    *SWITCH,
    *_flags("sef aef uvf porf uven pmod"),
)

DS2751 = (
    *_memory(2, 16),
    *MEASURED,
    *AMPERES,
    *SWITCH,
    yesno("pmod", STABLE),
    *_flags("uven por defaultpmod", STABLE),
)

FAMILIES = (
    Family.make(0x2E, "DS2770", Feature.NOTHING, DS2770),
    Family.make(0x30, "DS2760", Feature.NOTHING, DS2760, also=("DS2761", "DS2762")),
    Family.make(0x31, "DS2720", Feature.NOTHING, DS2720),
    Family.make(0x32, "DS2780", Feature.NOTHING, DS2780),
    Family.make(0x35, "DS2755", Feature.ALARM, DS2755, also=("DS2756",)),
    Family.make(0x36, "DS2740", Feature.NOTHING, DS2740),
    Family.make(0x3D, "DS2781", Feature.NOTHING, DS2781),
    Family.make(0x51, "DS2751", Feature.NOTHING, DS2751),
)

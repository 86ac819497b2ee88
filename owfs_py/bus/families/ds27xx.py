"""The battery chips DS2770 (2E), DS2760 (30), DS2720 (31), DS2780 (32), DS2755 (35), DS2740
(36), DS2781 (3D) and DS2751 (51). How one talks to them is in ds27xx_registers.py.

Sources: their data sheets (memory maps, register formats).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.ds27xx_registers import (
    Layout,
    Number,
    must_have_answered,
    reading,
)
from owfs_py.bus.families.notation import (
    LINKED,
    STABLE,
    STATIC,
    VOLATILE,
    celsius,
    real,
    under,
    yesno,
)
from owfs_py.bus.families.thermocouples import THERMOCOUPLES, Thermocouple
from owfs_py.bus.families.ws603 import WS603
from owfs_py.bus.properties import Property
from owfs_py.bus.transaction import Exchange, Select

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

START_CHARGE, STOP_CHARGE, REFRESH = b"\xb5", b"\xbe", b"\x63"
STATUS = 0x01

OHMS = 0.025
"""The sense resistor that ampere properties assume: that of the chips that have one inside."""

# Steps are in volts, volt hours, degrees Celsius and hours.
VOLT = Number(0x0C, 0.00488, shift=5)
VOLT_OF_DS2781 = VOLT._replace(step=0.00976)
VIS_13_BITS = Number(0x0E, 15.625e-6 / 8)
VIS_16_BITS = Number(0x0E, 1.5625e-6)
VIS_OF_DS2740 = Number(0x0E, 6.25e-6)
AVERAGE_OF_DS2755 = Number(0x1A, 1.953e-6)
AVERAGE_OF_DS2780 = Number(0x08, 1.5625e-6)
OFFSET_OF_DS2781 = Number(0x7B, 1.56e-6, size=1)
COUNTER = Number(0x10, 6.25e-6)
COUNTER_OF_DS2780 = COUNTER._replace(signed=False)
BIAS_OF_DS2760 = Number(0x33, 15.625e-6, size=1)
BIAS_OF_DS2755 = Number(0x33, 1.95e-6, size=1)
BIAS_OF_DS2770 = Number(0x32, 1.5625e-6)
BIAS_OF_DS2780 = Number(0x61, 1.5625e-6, size=1)
CELSIUS = Number(0x18, 0.125, shift=5)
CELSIUS_OF_DS2780 = CELSIUS._replace(address=0x0A)
TIMER = Number(0x02, 1 / 64, signed=False)
ALARM = Number(0x85, 1.0, size=1)


def _thermocouple(kind: Thermocouple) -> tuple[Property, ...]:
    """One that lies across the sense inputs, its cold end at the chip."""

    async def read(chip: Chip) -> float:
        cold_end = await chip.value("temperature")
        return kind.celsius(await chip.value("vis") * 1000 + kind.millivolts(cold_end))

    return under(
        f"type{kind.letter}",
        celsius("temperature", LINKED, read=read),
        celsius("range_low", STATIC, read=lambda chip: kind.low),
        celsius("range_high", STATIC, read=lambda chip: kind.high),
    )


def _measured(
    layout: Layout,
    vis: Number,
    bias: Number,
    *,
    volt: Number = VOLT,
    counter: Number = COUNTER,
    degrees: Number = CELSIUS,
) -> tuple[Property, ...]:
    """Volts of the battery and across the sense resistor, and what can be told from them."""
    return (
        layout.number("volt", volt),
        layout.number("vis", vis),
        layout.number("volthours", counter, VOLATILE, "rw"),
        layout.number("vbias", bias, STABLE, "rw"),
        celsius("temperature", read=degrees.read),
        *(prop for kind in THERMOCOUPLES for prop in _thermocouple(kind)),
    )


def _amperes(layout: Layout, bias: Number) -> tuple[Property, ...]:
    """The voltages across the sense resistor as what flows through it."""

    def through_resistor(name: str, volts: str, number: Number | None = None) -> Property:
        async def read(chip: Chip) -> float:
            return float(await chip.value(volts) / OHMS)

        async def write(chip: Chip, value: float) -> None:
            assert number is not None
            await layout.set_number(chip, number, value * OHMS)

        if number is None:
            return real(name, LINKED, read=read)
        return real(name, LINKED, "rw", read=read, write=write, spoils=(volts,))

    return (
        through_resistor("current", "vis"),
        through_resistor("amphours", "volthours", COUNTER),
        through_resistor("currentbias", "vbias", bias),
    )


async def _command(chip: Chip, command: bytes) -> None:
    """Whether it charges then is the battery's matter, too; but the chip must be there."""
    [status] = await chip.run(Exchange(command), Select(), reading(STATUS, 1))
    await must_have_answered(chip, status)


async def _charge(chip: Chip, wanted: bool) -> None:
    await _command(chip, START_CHARGE if wanted else STOP_CHARGE)


async def _refresh(chip: Chip, _: bool) -> None:
    await _command(chip, REFRESH)


def _blocks(*sizes: tuple[int, int]) -> tuple[range, ...]:
    return tuple(range(start, start + size) for start, size in sizes)


def _table_of_ds2770() -> tuple[Property, ...]:
    layout = Layout(_blocks((0x20, 16), (0x30, 16), (0x40, 8)), page=16)
    status: dict[str, Any] = {"spoils": ("cstat1", "cstat0", "pmod", "cini", "ctype")}
    return layout.table(
        *_measured(layout, VIS_16_BITS, BIAS_OF_DS2770),
        *_amperes(layout, BIAS_OF_DS2770),
        layout.number("timer", TIMER, VOLATILE, "rw"),
        yesno("charge", STABLE, "wo", write=_charge, **status),
        yesno("refresh", STABLE, "wo", write=_refresh, **status),
        *layout.flags(0x01, "cstat1 cstat0 pmod - - - cini ctype", STABLE),
        *layout.flags(0x31, "- - defaultpmod - - - - -", STABLE),
    )


def _table_of_ds2760() -> tuple[Property, ...]:
    layout = Layout(_blocks((0x20, 16), (0x30, 16)), page=16)
    return layout.table(
        *_measured(layout, VIS_13_BITS, BIAS_OF_DS2760),
        *_amperes(layout, BIAS_OF_DS2760),
        layout.switch(0x08, 6),
        layout.sensed(0x08, 6),
        *layout.flags(0x00, "ov uv coc doc cc dc ce de"),
        *layout.flags(0x01, "- - pmod - swen - - -", STABLE, "ro"),
        *layout.flags(0x08, "ps - - - - - - -"),
        *layout.flags(0x08, "- - mstr - - - - -", access="ro"),
        *layout.flags(0x31, "- - defaultpmod - defaultswen - - -", STABLE),
        *WS603,
    )


def _table_of_ds2720() -> tuple[Property, ...]:
    layout = Layout(_blocks((0x20, 4), (0x30, 4)), page=4)
    return layout.table(
        *layout.flags(0x00, "ov uv - doc cc dc ce de"),
        *layout.flags(0x08, "psf - - - - - - ot"),
    )


FUEL_GAUGE = Layout(_blocks((0x20, 16), (0x60, 32)), page=16, locks=0x1F)
"""DS2780 and DS2781. The second page is one half of the second block."""


def _table_of_ds2780() -> tuple[Property, ...]:
    layout = FUEL_GAUGE
    return layout.table(
        *_measured(
            layout,
            VIS_16_BITS,
            BIAS_OF_DS2780,
            counter=COUNTER_OF_DS2780,
            degrees=CELSIUS_OF_DS2780,
        ),
        layout.number("vis_avg", AVERAGE_OF_DS2780),
        layout.switch(0x15, 0),
        layout.sensed(0x15, 0),
        *layout.flags(0x01, "chgtf aef sef learnf - uvf porf -"),
        *layout.flags(0x60, "nben uven pmod rnaop dc - - -"),
    )


def _table_of_ds2781() -> tuple[Property, ...]:
    layout = FUEL_GAUGE
    return layout.table(
        *_measured(
            layout,
            VIS_16_BITS,
            BIAS_OF_DS2780,
            volt=VOLT_OF_DS2781,
            counter=COUNTER_OF_DS2780,
            degrees=CELSIUS_OF_DS2780,
        ),
        layout.number("vis_avg", AVERAGE_OF_DS2780),
        layout.number("vis_offset", OFFSET_OF_DS2781, VOLATILE, "rw"),
        layout.switch(0x15, 0),
        layout.sensed(0x15, 0),
        *layout.flags(0x01, "- aef sef - - uvf porf -"),
        *layout.flags(0x60, "- uven pmod - - - - -"),
    )


def _table_of_ds2755() -> tuple[Property, ...]:
    layout = Layout(_blocks((0x20, 32), (0x40, 32), (0x60, 32)), page=32)
    return layout.table(
        *_measured(layout, VIS_13_BITS, BIAS_OF_DS2755),
        layout.number("vis_avg", AVERAGE_OF_DS2755),
        layout.number("alarm_set", ALARM, VOLATILE, "rw"),
        layout.switch(0x08, 6),
        layout.sensed(0x08, 6),
        *layout.flags(0x01, "pie1 pie0 pmod rnaop - - - -", STABLE, "ro"),
        *layout.flags(0x01, "- - - - uven ios uben ovd", STABLE),
        *layout.flags(0x08, "por - - - - - - -", STABLE),
        *layout.flags(0x31, "- - defaultpmod - - - - -", STABLE),
    )


def _table_of_ds2740() -> tuple[Property, ...]:
    layout = Layout()
    return layout.table(
        layout.number("vis", VIS_OF_DS2740),
        layout.number("vis_B", VIS_16_BITS),
        layout.number("volthours", COUNTER, VOLATILE, "rw"),
        layout.switch(0x08, 6, "rw"),
        *layout.flags(0x01, "- smod - - - - - -"),
    )


def _table_of_ds2751() -> tuple[Property, ...]:
    layout = Layout(_blocks((0x20, 16), (0x30, 16)), page=16)
    return layout.table(
        *_measured(layout, VIS_13_BITS, BIAS_OF_DS2760),
        *_amperes(layout, BIAS_OF_DS2760),
        layout.switch(0x08, 6),
        layout.sensed(0x08, 6),
        *layout.flags(0x01, "- - pmod - - - - -", STABLE, "ro"),
        *layout.flags(0x01, "- - - - uven - - -", STABLE),
        *layout.flags(0x08, "- - - - - - - por", STABLE),
        *layout.flags(0x31, "- - defaultpmod - - - - -", STABLE),
    )


FAMILIES = (
    Family.make(0x2E, "DS2770", Feature.NOTHING, _table_of_ds2770()),
    Family.make(0x30, "DS2760", Feature.NOTHING, _table_of_ds2760(), also=("DS2761", "DS2762")),
    Family.make(0x31, "DS2720", Feature.NOTHING, _table_of_ds2720()),
    Family.make(0x32, "DS2780", Feature.NOTHING, _table_of_ds2780()),
    Family.make(0x35, "DS2755", Feature.ALARM, _table_of_ds2755(), also=("DS2756",)),
    Family.make(0x36, "DS2740", Feature.NOTHING, _table_of_ds2740()),
    Family.make(0x3D, "DS2781", Feature.NOTHING, _table_of_ds2781()),
    Family.make(0x51, "DS2751", Feature.NOTHING, _table_of_ds2751()),
)

"""The temperature loggers DS1921 (21), whose model is part of the ROM id.

Models and registers are in ds1921_registers.py, logs in ds1921_log.py. Sources: data sheets
DS1921G, DS1921H, DS1921Z (register page, control and status register, missions).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from owfs_py.bus.errors import BusyError, InvalidValueError, WrongModelError
from owfs_py.bus.families import ds1921_registers as registers
from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.ds1921_log import EXCEEDED, HISTOGRAM, LOGGED
from owfs_py.bus.families.ds1921_registers import (
    change_bits,
    model_of,
    read_registers,
    read_writable,
    write_registers,
)
from owfs_py.bus.families.notation import (
    HIDDEN,
    LINKED,
    SECOND,
    STABLE,
    STATIC,
    TEMPERATURE,
    VOLATILE,
    celsius,
    date,
    gap,
    text,
    under,
    unsigned,
    yesno,
)
from owfs_py.bus.families.thermometers import CONVERT
from owfs_py.bus.properties import Property

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

Read = Callable[..., Coroutine[Any, Any, Any]]


def _version(chip: Chip) -> str:
    try:
        return model_of(chip).version
    except InvalidValueError as error:
        raise WrongModelError(str(error)) from error


# Registers that are a number, or bits, each


def _number(address: int, size: int = 1) -> Read:
    async def read(chip: Chip) -> int:
        return (await read_registers(chip, address)).number(address, size)

    return read


def _bit(address: int, mask: int, *, inverted: bool = False) -> Read:
    async def read(chip: Chip) -> bool:
        return bool((await read_registers(chip, address)).number(address) & mask) != inverted

    return read


def _control(name: str, mask: int, *, inverted: bool = False) -> Property:
    """A bit of the control register, which nobody else changes, so that it is read now and then."""

    async def read(chip: Chip) -> bool:
        return bool(await chip.value("ControlRegister") & mask) != inverted

    async def write(chip: Chip, value: bool) -> None:
        await change_bits(chip, registers.CONTROL, mask, mask if value != inverted else 0)

    return yesno(name, LINKED, "rw", read=read, write=write)


def _register(name: str, address: int) -> Property:
    """A register as it is."""

    async def write(chip: Chip, value: int) -> None:
        await change_bits(chip, address, 0xFF, value & 0xFF)

    read = _number(address)
    return unsigned(name, STABLE, "rw", read=read, write=write, visible=HIDDEN)


def _alarm_flag(name: str, mask: int, **more: Any) -> Property:
    """A bit of the status register, which the chip sets and users can clear."""

    async def clear(chip: Chip, value: bool) -> None:
        status = (await read_registers(chip, registers.STATUS)).number(registers.STATUS)
        if value and not status & mask:
            raise InvalidValueError(f"{chip.rom}: {name} is a flag that can only be cleared")
        if not value:
            # The other bits as they are: alarms stay, and so does a mission.
            await write_registers(chip, registers.STATUS, bytes([status & ~mask]))

    return yesno(name, LINKED, "rw", read=_bit(registers.STATUS, mask), write=clear, **more)


# Temperature


async def _temperature(chip: Chip) -> float:
    model = model_of(chip)
    async with chip.bus.access.lock(chip.rom):
        not_before = chip.asked if chip.fresh else chip.bus.shared_since(chip.rom)
        await chip.converted(CONVERT, model.conversion_time, not_before)
        page = await read_registers(chip, registers.TEMPERATURE_NOW)
        if page.in_mission:
            raise BusyError(f"{chip.rom}: converts for nobody else while a mission is under way")
        return model.degrees(page.number(registers.TEMPERATURE_NOW))


# The clock and its alarm


async def _clock(chip: Chip) -> int:
    return (await read_registers(chip, registers.CLOCK)).clock()


async def _set_clock(chip: Chip, seconds: int) -> None:
    await read_writable(chip, registers.CLOCK)
    await registers.set_clock(chip, seconds)


async def _set_date(chip: Chip, seconds: int) -> None:
    """Set the clock and let it run."""
    control = (await read_writable(chip, registers.CLOCK)).number(registers.CONTROL)
    await registers.set_clock(chip, seconds, control & ~registers.CLOCK_STOPPED)


CLOCK_ALARM_PARTS = ("second", "minute", "hour", "dow")


def _alarm_part(name: str, address: int) -> Property:
    """A part of the clock's alarm, in BCD as it is; whether it counts is in its highest bit."""
    mask = 0xFF & ~registers.DO_NOT_COMPARE

    async def read(chip: Chip) -> int:
        return (await read_registers(chip, address)).number(address) & mask

    async def write(chip: Chip, value: int) -> None:
        if value > mask:
            raise InvalidValueError(f"alarm_{name} has seven bits")
        await change_bits(chip, address, mask, value)

    return unsigned(f"alarm_{name}", STABLE, "rw", read=read, write=write)


async def _alarm_trigger(chip: Chip) -> int:
    """1 each second, 2 each minute, 3 each hour, 4 each day, 0 once a week."""
    page = await read_registers(chip, registers.CLOCK_ALARM)
    for n, byte in enumerate(page.part(registers.CLOCK_ALARM, len(CLOCK_ALARM_PARTS)), 1):
        if byte & registers.DO_NOT_COMPARE:
            return n
    return 0


async def _set_alarm_trigger(chip: Chip, value: int) -> None:
    page = await read_writable(chip, registers.CLOCK_ALARM)
    old = page.part(registers.CLOCK_ALARM, len(CLOCK_ALARM_PARTS))
    new = bytes(
        byte | registers.DO_NOT_COMPARE if 0 < value <= n else byte & ~registers.DO_NOT_COMPARE
        for n, byte in enumerate(old, 1)
    )
    await write_registers(chip, registers.CLOCK_ALARM, new)


async def _alarm_state(chip: Chip) -> int:
    page = await read_registers(chip, registers.STATUS)
    return page.number(registers.STATUS) & registers.ALARMS_MASK


async def _clear_alarms(chip: Chip, value: int) -> None:
    """Leave the alarms that are in `value`."""
    status = (await read_registers(chip, registers.STATUS)).number(registers.STATUS)
    alarms = status & registers.ALARMS_MASK
    if value & ~alarms:
        raise InvalidValueError(f"{chip.rom}: alarm_state has flags that can only be cleared")
    await write_registers(chip, registers.STATUS, bytes([status & ~alarms | value]))


# Missions


async def _set_interval(chip: Chip, minutes: int) -> None:
    await (registers.start_mission(chip, minutes) if minutes else registers.stop_mission(chip))


async def _set_running(chip: Chip, value: bool) -> None:
    if not value:
        await registers.stop_mission(chip)
        return
    page = await read_registers(chip, registers.INTERVAL)
    if page.number(registers.CONTROL) & registers.MISSION_DISABLED:
        raise InvalidValueError(f"{chip.rom}: missions are disabled (mission/enable)")
    if not page.in_mission:
        await registers.start_mission(chip, page.number(registers.INTERVAL))


async def _clear(chip: Chip, value: bool) -> None:
    if value:
        await registers.clear_memory(chip)


async def _set_delay(chip: Chip, minutes: int) -> None:
    if minutes > registers.LONGEST_DELAY:
        raise InvalidValueError(f"a mission is delayed by up to {registers.LONGEST_DELAY} minutes")
    await read_writable(chip, registers.START_DELAY)
    await write_registers(chip, registers.START_DELAY, minutes.to_bytes(2, "little"))


async def _mission_start(chip: Chip) -> int:
    return (await read_registers(chip, registers.STATUS)).mission_start()


ABOUT = under(
    "about",
    text("version", 11, STABLE, read=_version),
    gap("resolution", STATIC, read=lambda chip: model_of(chip).step),
    celsius("templow", STATIC, read=lambda chip: model_of(chip).lowest),
    celsius("temphigh", STATIC, read=lambda chip: model_of(chip).highest),
    unsigned("samples", read=_number(registers.ALL_SAMPLES, 3)),
    yesno("measuring", read=_bit(registers.STATUS, registers.IDLE, inverted=True)),
)

CLOCK = under(
    "clock",
    date("date", SECOND, "rw", read=_clock, write=_set_date),
    unsigned("udate", SECOND, "rw", read=_clock, write=_set_clock),
    _control("running", registers.CLOCK_STOPPED, inverted=True),
)

IN_MISSION = _bit(registers.STATUS, registers.IN_MISSION)

MISSION = under(
    "mission",
    yesno("running", VOLATILE, "rw", read=IN_MISSION, write=_set_running),
    _control("enable", registers.MISSION_DISABLED, inverted=True),
    yesno("clear", LINKED, "wo", write=_clear),
    _control("rollover", registers.ROLLOVER),
    _alarm_flag("templow", registers.LOW_ALARM),
    _alarm_flag("temphigh", registers.HIGH_ALARM),
    _alarm_flag("timer", registers.TIMER_ALARM, visible=HIDDEN),
    yesno("sampling", read=_bit(registers.STATUS, registers.SAMPLING)),
    unsigned("frequency", VOLATILE, "rw", read=_number(registers.INTERVAL), write=_set_interval),
    unsigned("easystart", STABLE, "wo", write=registers.start_anew),
    unsigned("samples", read=_number(registers.MISSION_SAMPLES, 3)),
    unsigned("delay", VOLATILE, "rw", read=_number(registers.START_DELAY, 2), write=_set_delay),
    date("date", read=_mission_start),
    unsigned("udate", read=_mission_start),
)

ALARMS = (
    *(_alarm_part(name, registers.CLOCK_ALARM + n) for n, name in enumerate(CLOCK_ALARM_PARTS)),
    unsigned("alarm_trigger", STABLE, "rw", read=_alarm_trigger, write=_set_alarm_trigger),
    unsigned("alarm_state", STABLE, "rw", read=_alarm_state, write=_clear_alarms),
    _control("set_alarm/templow", registers.LOW_SEARCHED),
    _control("set_alarm/temphigh", registers.HIGH_SEARCHED),
    _control("set_alarm/date", registers.TIMER_SEARCHED),
    yesno("set_alarm/trigger", VOLATILE, "oo"),
)

REGISTERS = (
    _register("ControlRegister", registers.CONTROL),
    _register("StatusRegister", registers.STATUS),
)

_CLOCK_NAMES = ("clock/date", "clock/udate")
_REGISTER_NAMES = ("ControlRegister", "StatusRegister")
_OF_A_MISSION = tuple(
    prop.name for prop in (*MISSION, *LOGGED, *EXCEEDED, *HISTOGRAM) if prop.change is VOLATILE
)
SPOILED = {
    **{prop.name: ("ControlRegister",) for prop in (*CLOCK, *MISSION, *ALARMS)},
    **dict.fromkeys(_CLOCK_NAMES, (*_CLOCK_NAMES, "ControlRegister")),
    **dict.fromkeys(
        ("mission/running", "mission/frequency", "mission/easystart", "mission/clear"),
        (*_OF_A_MISSION, *_CLOCK_NAMES, *_REGISTER_NAMES, "alarm_state"),
    ),
    **dict.fromkeys(
        ("mission/templow", "mission/temphigh", "mission/timer", "alarm_state"),
        ("alarm_state", "StatusRegister"),
    ),
}
"""What writing a property changes beside it."""

PROPERTIES = (
    celsius("temperature", TEMPERATURE, read=_temperature),
    *registers.MEMORY.properties(),
    *ABOUT,
    *CLOCK,
    *HISTOGRAM,
    *MISSION,
    *EXCEEDED,
    *LOGGED,
    *ALARMS,
    *REGISTERS,
)

FAMILIES = (
    Family.make(
        0x21,
        "DS1921",
        Feature.TEMPERATURE | Feature.ALARM | Feature.OVERDRIVE,
        [replace(prop, spoils=SPOILED.get(prop.name, ())) for prop in PROPERTIES],
    ),
)

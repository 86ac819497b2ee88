"""The eight switches DS2408 (29), and the two ways in which displays hang from them.

Source: data sheet DS2408 (register map).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.ds2408_pio import (
    ALARM_SELECT,
    CONTROL,
    POWER_ON,
    POWERED,
    STROBE,
    WRITABLE,
    Registers,
    leave_test_mode,
    read_registers,
    reset_activity_latches,
    write_pins,
    write_registers,
)
from owfs_py.bus.families.hd44780 import LCD_H, LCD_M
from owfs_py.bus.families.notation import STABLE, VOLATILE, bits, unsigned, yesno
from owfs_py.bus.families.switch_alarms import SOURCE, alarm_number, alarm_settings
from owfs_py.bus.properties import bits_to_number, number_to_bits

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

CHANNELS = 8
ALL_CHANNELS = 0xFF

Reader = Callable[["Chip"], Coroutine[Any, Any, Any]]


def _bits_of(field: Callable[[Registers], int]) -> Reader:
    async def read(chip: Chip) -> list[bool]:
        return number_to_bits(field(await read_registers(chip)), CHANNELS)

    return read


def _flag(mask: int) -> Reader:
    async def read(chip: Chip) -> bool:
        return bool((await read_registers(chip)).control & mask)

    return read


def _set_flag(mask: int) -> Callable[[Chip, bool], Coroutine[Any, Any, None]]:
    async def write(chip: Chip, on: bool) -> None:
        control = (await read_registers(chip)).control & WRITABLE & ~mask
        await write_registers(chip, CONTROL, bytes([control | (mask if on else 0)]))

    return write


async def _write_pio(chip: Chip, conducting: list[bool]) -> None:
    await write_pins(chip, [bits_to_number(conducting) ^ ALL_CHANNELS])


async def _reset_latches(chip: Chip, _: list[bool]) -> None:
    await reset_activity_latches(chip)


async def _read_alarm(chip: Chip) -> int:
    registers = await read_registers(chip)
    return alarm_number(registers.select, registers.polarity, registers.control, CHANNELS)


async def _write_alarm(chip: Chip, number: int) -> None:
    select, polarity, source = alarm_settings(number, CHANNELS)
    kept = (await read_registers(chip)).control & WRITABLE & ~SOURCE
    await write_registers(chip, ALARM_SELECT, bytes((select, polarity, kept | source)))


async def _leave_test_mode(chip: Chip, wanted: bool) -> None:
    if wanted:
        await leave_test_mode(chip)


SWITCHES = (
    bits(
        "PIO", CHANNELS, STABLE, "rw",
        read=_bits_of(lambda registers: registers.latches ^ ALL_CHANNELS), write=_write_pio,
    ),
    bits("sensed", CHANNELS, read=_bits_of(lambda registers: registers.levels)),
    bits(
        "latch", CHANNELS, VOLATILE, "rw",
        read=_bits_of(lambda registers: registers.activity), write=_reset_latches,
    ),
    yesno("strobe", STABLE, "rw", read=_flag(STROBE), write=_set_flag(STROBE)),
    yesno("por", STABLE, "rw", read=_flag(POWER_ON), write=_set_flag(POWER_ON)),
    yesno("power", read=_flag(POWERED)),
    unsigned("set_alarm", STABLE, "rw", read=_read_alarm, write=_write_alarm),
    yesno("out_of_testmode", VOLATILE, "wo", write=_leave_test_mode),
)  # fmt: skip

FAMILIES = (
    Family.make(
        0x29,
        "DS2408",
        Feature.ALARM | Feature.OVERDRIVE | Feature.RESUME,
        (*SWITCHES, *LCD_M, *LCD_H),
    ),
)

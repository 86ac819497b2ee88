"""The EEPROM with two switches DS28E04 (1C).

Source: data sheet DS28E04-100 (memory map, register descriptions, function commands).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from owfs_py.bus.errors import VerifyError
from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.memories import Memory, PlainReader, ScratchpadWriter, target
from owfs_py.bus.families.notation import STABLE, VOLATILE, bits, unsigned, yesno
from owfs_py.bus.families.switch_alarms import SOURCE, alarm_number, alarm_settings
from owfs_py.bus.properties import bits_to_number, number_to_bits
from owfs_py.bus.transaction import Exchange, Select

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

PAGE_SIZE = 32
PAGES = 16
MEMORY_SIZE = 0x0226  # up to the control/status register, which is the last
CHANNELS = 2
CHANNELS_MASK = 0x03

WRITE_SCRATCHPAD = b"\x0f"
READ_SCRATCHPAD = b"\xaa"
COPY_SCRATCHPAD = b"\x55"
READ_MEMORY = b"\xf0"
WRITE_REGISTER = b"\xcc"
PIO_ACCESS_WRITE = b"\x5a"
RESET_ACTIVITY_LATCHES = b"\xc3"
CONFIRMATION = b"\xaa"
PROGRAMMING_TIME = 0.010
"""Seconds."""

LEVELS, LATCHES, ACTIVITY = 0x0220, 0x0221, 0x0222
ALARM_SELECT, CONTROL = 0x0223, 0x0225
ALARM_REGISTERS = CONTROL + 1 - ALARM_SELECT

# The control/status register.
POWER_ON, POLARITY, POWERED = 0x08, 0x40, 0x80
WRITABLE = 0x0B

READER = PlainReader(READ_MEMORY)
WRITER = ScratchpadWriter(
    WRITE_SCRATCHPAD, READ_SCRATCHPAD, COPY_SCRATCHPAD, PAGE_SIZE, PROGRAMMING_TIME
)
MEMORY = Memory(MEMORY_SIZE, PAGE_SIZE, READER, WRITER, page_count=PAGES)

Reader = Callable[["Chip"], Coroutine[Any, Any, Any]]


async def _register(chip: Chip, address: int) -> int:
    return (await READER.read(chip, address, 1))[0]


async def _write_registers(chip: Chip, address: int, values: bytes) -> None:
    """Write the registers from `address` to the control register, and read them back."""
    assert address + len(values) == CONTROL + 1
    results = await chip.run(
        Exchange(WRITE_REGISTER + target(address) + values),
        Select(),
        Exchange(READ_MEMORY + target(address), len(values)),
    )
    found = results[0]
    if found[:-1] != values[:-1] or (found[-1] ^ values[-1]) & WRITABLE:
        raise VerifyError(f"{chip.rom}: wrote {values.hex(' ')}, registers hold {found.hex(' ')}")


# Switches


def _bits_of(address: int, inverted: int = 0) -> Reader:
    async def read(chip: Chip) -> list[bool]:
        return number_to_bits(await _register(chip, address) ^ inverted, CHANNELS)

    return read


async def _write_pio(chip: Chip, conducting: list[bool]) -> None:
    """A latch of 0 lets its pin conduct; the bits that are no channels are written as ones."""
    output = bits_to_number(conducting) ^ 0xFF
    command = PIO_ACCESS_WRITE + bytes((output, output ^ 0xFF))
    await chip.run(Exchange(command, 1, expect=CONFIRMATION))


async def _reset_latches(chip: Chip, _: list[bool]) -> None:
    await chip.run(Exchange(RESET_ACTIVITY_LATCHES, 1, expect=CONFIRMATION))


# The control/status register


def _flag(mask: int) -> Reader:
    async def read(chip: Chip) -> bool:
        return bool(await _register(chip, CONTROL) & mask)

    return read


async def _clear_power_on(chip: Chip, _: bool) -> None:
    """Whatever is written, as for the activity latches: the flag can only be cleared."""
    control = await _register(chip, CONTROL)
    if control & POWER_ON:
        await _write_registers(chip, CONTROL, bytes([control & WRITABLE & ~POWER_ON]))


# The conditional search


async def _read_alarm(chip: Chip) -> int:
    select, polarity, control = await READER.read(chip, ALARM_SELECT, ALARM_REGISTERS)
    return alarm_number(select, polarity, control, CHANNELS)


async def _write_alarm(chip: Chip, number: int) -> None:
    select, polarity, source = alarm_settings(number, CHANNELS)
    kept = await _register(chip, CONTROL) & WRITABLE & ~SOURCE
    await _write_registers(chip, ALARM_SELECT, bytes((select, polarity, kept | source)))


PROPERTIES = (
    *MEMORY.properties(),
    bits("PIO", CHANNELS, STABLE, "rw", read=_bits_of(LATCHES, CHANNELS_MASK), write=_write_pio),
    bits("sensed", CHANNELS, read=_bits_of(LEVELS)),
    bits("latch", CHANNELS, VOLATILE, "rw", read=_bits_of(ACTIVITY), write=_reset_latches),
    yesno("power", read=_flag(POWERED)),
    yesno("polarity", read=_flag(POLARITY)),
    yesno("por", VOLATILE, "rw", read=_flag(POWER_ON), write=_clear_power_on),
    unsigned("set_alarm", STABLE, "rw", read=_read_alarm, write=_write_alarm),
)

FAMILIES = (
    Family.make(0x1C, "DS28E04", Feature.ALARM | Feature.OVERDRIVE | Feature.RESUME, PROPERTIES),
)

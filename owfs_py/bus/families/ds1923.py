"""The loggers of temperature and humidity DS1923, of temperature DS1922 (41).

Missions here log all that the chip can measure. Sources: data sheets DS1922L/DS1922T, DS1923
(register pages, function commands, conversion of temperature and humidity).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, NamedTuple

from owfs_py.bus.cache import Life
from owfs_py.bus.errors import BusyError, InvalidValueError, NotSupportedError, VerifyError
from owfs_py.bus.families.bcd_clock import ClockRegisters, registers_of
from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.memories import Memory, PageReader, ScratchpadWriter
from owfs_py.bus.families.notation import (
    SECOND,
    STABLE,
    VOLATILE,
    celsius,
    date,
    pages,
    real,
    unsigned,
    yesno,
)
from owfs_py.bus.transaction import Exchange, Wait

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

WRITE_SCRATCHPAD, READ_SCRATCHPAD, COPY_WITH_PASSWORD = b"\x0f", b"\xaa", b"\x99"
READ_WITH_CRC = b"\x69"
NO_PASSWORD = b"\xff" * 8
"""What is sent in place of a password; any will do as long as none was set."""
DUMMY = b"\xff"
CLEAR_MEMORY = b"\x96" + NO_PASSWORD + DUMMY
START_MISSION = b"\xcc" + NO_PASSWORD + DUMMY
STOP_MISSION = b"\x33" + NO_PASSWORD + DUMMY
FORCED_CONVERSION = b"\x55" + DUMMY
CONVERSION_TIME = 0.666
"""Seconds, for temperature and humidity together."""
CLEARING_TIME = 0.001
"""Seconds, as owserver leaves."""
OSCILLATOR_START_TIME = 1.0
"""Seconds, as owserver leaves to a clock that was stopped."""

PAGES, PAGE_SIZE = 18, 32

# The register pages.
REGISTERS = 0x0200
CLOCK, CLOCK_SIZE = 0x0200, 6  # second, minute, hour, day, month, year
SAMPLE_RATE = 0x0206
TEMPERATURE, HUMIDITY = 0x020C, 0x020E
CLOCK_CONTROL, MISSION_CONTROL, STATUS = 0x0212, 0x0213, 0x0215
START_DELAY, LONGEST_DELAY = 0x0216, 0xFFFFFF  # minutes
CONFIGURATION = 0x0226

OSCILLATOR = 0x01  # of the clock control; a conversion without it ruins the chip for ever
LOG_TEMPERATURE, LOG_HUMIDITY, ROLLOVER = 0x01, 0x02, 0x10  # of the mission control
FINE_TEMPERATURE, FINE_HUMIDITY = 0x04, 0x08
LOG_ALL = 0xCF
"""Temperature and humidity in 16 bits, begun at once; the upper two bits are always ones."""
IN_MISSION, MEMORY_CLEARED = 0x02, 0x08  # of the status
USUAL_RATE = b"\x01\x00"
"""A sample a minute, for a chip that was never told another rate."""

# By the configuration byte.
DS2422, DS1923, DS1922T = 0x00, 0x20, 0x60
USUAL_ZERO, ZEROS = -41, {DS1922T: -1}
"""°C of a reading of 0."""
DEGREES_PER_STEP = 1 / 512
# ADVAL and the humidity in % of it, by the data sheet of the DS1923.
FULL_SCALE, COARSE_STEPS, FINE_STEPS = 5.02, 256, 4096
VOLTS_AT_ZERO, VOLTS_PER_PERCENT = 0.958, 0.0307

READER = PageReader(READ_WITH_CRC, PAGE_SIZE, password=NO_PASSWORD)
WRITER = ScratchpadWriter(
    WRITE_SCRATCHPAD,
    READ_SCRATCHPAD,
    COPY_WITH_PASSWORD,
    PAGE_SIZE,
    password=lambda chip: NO_PASSWORD,
)
MEMORY = Memory(PAGES * PAGE_SIZE, PAGE_SIZE, READER, WRITER)

Read = Callable[..., Coroutine[Any, Any, Any]]


class Registers(NamedTuple):
    """The first register page from the address `first` on, as it was read in one go."""

    first: int
    data: bytes

    def number(self, address: int, size: int = 1) -> int:
        """An unsigned number, low byte first."""
        at = address - self.first
        return int.from_bytes(self.data[at : at + size], "little")

    @property
    def in_mission(self) -> bool:
        return bool(self.number(STATUS) & IN_MISSION)


async def _registers(chip: Chip, first: int) -> Registers:
    return Registers(first, await READER.read(chip, first, REGISTERS + PAGE_SIZE - first))


async def _writable(chip: Chip, first: int) -> Registers:
    """The same, to change some of them. BusyError in a mission, in which the chip refuses that."""
    registers = await _registers(chip, min(first, STATUS))
    if registers.in_mission:
        raise BusyError(f"{chip.rom}: a mission is under way")
    return registers


async def _write(chip: Chip, address: int, data: bytes) -> None:
    """Write these registers and no others. VerifyError if the chip refuses."""
    if not await WRITER.copied(chip, address, data):
        raise VerifyError(f"{chip.rom}: {data.hex(' ')} was not taken to {address:04X}")


async def _change_bits(chip: Chip, address: int, mask: int, *, on: bool) -> None:
    old = (await _writable(chip, address)).number(address)
    await _write(chip, address, bytes([old | mask if on else old & ~mask]))


def _bit(address: int, mask: int) -> Read:
    async def read(chip: Chip) -> bool:
        return bool((await _registers(chip, address)).number(address) & mask)

    return read


# Measurements


async def _model(chip: Chip) -> int:
    known = chip.recall("model")
    if known is None:
        known = (await READER.read(chip, CONFIGURATION, 1))[0]
        chip.remember("model", known, Life.PERSISTENT)
    return int(known)


class Measured(NamedTuple):
    """What a conversion left, and when it began, by the bus's clock."""

    began: float
    registers: Registers


async def _measure(chip: Chip) -> Registers:
    """One conversion serves temperature and humidity."""
    async with chip.bus.access.lock(chip.rom):
        kept: Measured | None = chip.recall("measured")
        if kept is None or (chip.fresh and kept.began < chip.asked):
            kept = await _convert(chip)
            chip.remember("measured", kept, Life.VOLATILE)
    chip.since = min(chip.since, kept.began)
    return kept.registers


async def _convert(chip: Chip) -> Measured:
    registers = await _registers(chip, CLOCK_CONTROL)
    if registers.in_mission:
        raise InvalidValueError(f"{chip.rom}: converts for nobody else while it is on a mission")
    if not registers.number(CLOCK_CONTROL) & OSCILLATOR:
        await _start_oscillator(chip, registers)
    began = chip.bus.clock.now()
    await chip.run(Exchange(FORCED_CONVERSION))
    await asyncio.sleep(CONVERSION_TIME)
    return Measured(began, await _registers(chip, TEMPERATURE))


async def _start_oscillator(chip: Chip, registers: Registers) -> None:
    control = registers.number(CLOCK_CONTROL) | OSCILLATOR
    await _write(chip, CLOCK_CONTROL, bytes([control]))
    await asyncio.sleep(OSCILLATOR_START_TIME)
    if not await _bit(CLOCK_CONTROL, OSCILLATOR)(chip):
        raise VerifyError(f"{chip.rom}: the oscillator does not start")


async def _temperature(chip: Chip) -> float:
    zero = ZEROS.get(await _model(chip), USUAL_ZERO)
    registers = await _measure(chip)
    fine = registers.number(MISSION_CONTROL) & FINE_TEMPERATURE
    raw = registers.number(TEMPERATURE, 2) & (0xFFFF if fine else 0xFF00)
    return raw * DEGREES_PER_STEP + zero


async def _humidity(chip: Chip) -> float:
    if await _model(chip) not in (DS2422, DS1923):
        raise NotSupportedError(f"{chip.rom} has no sensor of humidity")
    registers = await _measure(chip)
    raw = registers.number(HUMIDITY, 2)
    if registers.number(MISSION_CONTROL) & FINE_HUMIDITY:
        share = (raw >> 4) / FINE_STEPS
    else:
        share = (raw >> 8) / COARSE_STEPS
    return (share * FULL_SCALE - VOLTS_AT_ZERO) / VOLTS_PER_PERCENT


# The clock


async def _read_clock(chip: Chip) -> int:
    shown = (await _registers(chip, CLOCK)).data[:CLOCK_SIZE]
    second, minute, hour, day, month, year = shown
    return ClockRegisters(second, minute, hour, 0, day, month, year).seconds()


async def _set_clock(chip: Chip, seconds: int) -> None:
    await _writable(chip, CLOCK)
    await _write_clock(chip, seconds)


async def _write_clock(chip: Chip, seconds: int) -> None:
    shown = registers_of(seconds)
    data = (*shown[:3], shown.day, shown.month, shown.year)
    await _write(chip, CLOCK, bytes(data))


async def _set_date(chip: Chip, seconds: int) -> None:
    """Set the clock and let it run."""
    registers = await _writable(chip, CLOCK_CONTROL)
    await _write_clock(chip, seconds)
    control = registers.number(CLOCK_CONTROL)
    if not control & OSCILLATOR:
        await _write(chip, CLOCK_CONTROL, bytes([control | OSCILLATOR]))


async def _set_running(chip: Chip, value: bool) -> None:
    await _change_bits(chip, CLOCK_CONTROL, OSCILLATOR, on=value)


# Missions


async def _set_mission(chip: Chip, value: bool) -> None:
    registers = await _registers(chip, SAMPLE_RATE)
    if value == registers.in_mission:
        return
    if not value:
        await chip.run(Exchange(STOP_MISSION))
    else:
        await _prepare_mission(chip, registers)
        await chip.run(Exchange(START_MISSION))
    if (await _registers(chip, STATUS)).in_mission != value:
        raise VerifyError(f"{chip.rom}: the mission does not {'begin' if value else 'end'}")


async def _prepare_mission(chip: Chip, registers: Registers) -> None:
    """Forget the last mission and make ready for another; that with rollover as it was set."""
    if not registers.number(CLOCK_CONTROL) & OSCILLATOR:
        await _write_clock(chip, int(time.time()))
        await _start_oscillator(chip, registers)
    if not registers.number(SAMPLE_RATE, 2):
        await _write(chip, SAMPLE_RATE, USUAL_RATE)
    rollover = registers.number(MISSION_CONTROL) & ROLLOVER
    await _write(chip, MISSION_CONTROL, bytes([LOG_ALL | rollover]))
    await chip.run(Exchange(CLEAR_MEMORY), Wait(CLEARING_TIME))
    if not (await _registers(chip, STATUS)).number(STATUS) & MEMORY_CLEARED:
        raise VerifyError(f"{chip.rom}: the memory is not cleared")


async def _set_rollover(chip: Chip, value: bool) -> None:
    await _change_bits(chip, MISSION_CONTROL, ROLLOVER, on=value)


async def _read_delay(chip: Chip) -> int:
    return (await _registers(chip, START_DELAY)).number(START_DELAY, 3)


async def _set_delay(chip: Chip, minutes: int) -> None:
    if minutes > LONGEST_DELAY:
        raise InvalidValueError(f"a mission is delayed by up to {LONGEST_DELAY} minutes")
    await _writable(chip, START_DELAY)
    await _write(chip, START_DELAY, minutes.to_bytes(3, "little"))


# Pages


async def _read_page(chip: Chip, page: int, offset: int, size: int) -> bytes:
    async with chip.bus.access.lock(chip.rom):
        return await MEMORY.read(chip, page * PAGE_SIZE + offset, size)


async def _write_page(chip: Chip, page: int, offset: int, data: bytes) -> None:
    address = page * PAGE_SIZE + offset
    if address >= REGISTERS:
        await _writable(chip, STATUS)
    await MEMORY.write(chip, address, data)
    # Not all registers can be written, and the clock goes on.
    start = max(address, CLOCK + CLOCK_SIZE)
    wanted = data[start - address :]
    if address >= REGISTERS and await MEMORY.read(chip, start, len(wanted)) != wanted:
        raise VerifyError(f"{chip.rom}: not all of {data.hex(' ')} was taken to {address:04X}")


_CLOCK = ("clock/date", "clock/udate")
_MISSION = ("mission/running", "mission/rollover", "mission/delay", "mission/samplingtemp",
            "mission/samplinghumidity")  # fmt: skip
_ALL = (*_CLOCK, "clock/running", *_MISSION)

PROPERTIES = (
    celsius("temperature", read=_temperature),
    real("humidity", read=_humidity),
    pages(PAGES, PAGE_SIZE, read=_read_page, write=_write_page, spoils=_ALL),
    date("clock/date", SECOND, "rw", read=_read_clock, write=_set_date, spoils=_ALL),
    unsigned("clock/udate", SECOND, "rw", read=_read_clock, write=_set_clock, spoils=_CLOCK),
    yesno("clock/running", STABLE, "rw", read=_bit(CLOCK_CONTROL, OSCILLATOR),
          write=_set_running, spoils=_CLOCK),
    yesno("mission/running", VOLATILE, "rw", read=_bit(STATUS, IN_MISSION), write=_set_mission,
          spoils=_ALL),
    yesno("mission/rollover", STABLE, "rw", read=_bit(MISSION_CONTROL, ROLLOVER),
          write=_set_rollover),
    unsigned("mission/delay", VOLATILE, "rw", read=_read_delay, write=_set_delay),
    yesno("mission/samplingtemp", read=_bit(MISSION_CONTROL, LOG_TEMPERATURE)),
    yesno("mission/samplinghumidity", read=_bit(MISSION_CONTROL, LOG_HUMIDITY)),
)  # fmt: skip

FAMILIES = (
    Family.make(
        0x41,
        "DS1923",
        Feature.TEMPERATURE | Feature.ALARM | Feature.OVERDRIVE | Feature.RESUME,
        PROPERTIES,
        also=("DS1922",),
    ),
)

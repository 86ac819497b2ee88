"""The DS1921's models and registers: how these are read and changed, how missions begin and end.

Which properties are made of them is in ds1921.py. Sources: data sheets DS1921G, DS1921H, DS1921Z
(memory map, control and status register, missions), DS1921L (special ordering codes).
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, NamedTuple

from owfs_py.bus.errors import BusyError, InvalidValueError, VerifyError
from owfs_py.bus.families.bcd_clock import ClockRegisters, registers_of
from owfs_py.bus.families.memories import Memory, PageReader, ScratchpadWriter
from owfs_py.bus.transaction import Exchange, Wait

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

WRITE_SCRATCHPAD = b"\x0f"
READ_SCRATCHPAD = b"\xaa"
COPY_SCRATCHPAD = b"\x55"
READ_MEMORY_WITH_CRC = b"\xa5"
CLEAR_MEMORY = b"\x3c"
CLEARING_TIME = 0.001
"""Seconds; the data sheets ask for 500 µs."""
OSCILLATOR_START_TIME = 1.0
"""Seconds that owserver leaves to a clock that was stopped, too."""

PAGES = 16
PAGE_SIZE = 32

# The register page.
CLOCK = 0x0200
CLOCK_ALARM = 0x0207  # second, minute, hour, weekday
LOW_THRESHOLD, HIGH_THRESHOLD = 0x020B, 0x020C
INTERVAL = 0x020D  # minutes; writing it starts a mission
CONTROL = 0x020E
TEMPERATURE_NOW = 0x0211
START_DELAY = 0x0212  # minutes
STATUS = 0x0214
MISSION_START = 0x0215  # minute, hour, day, month, year
MISSION_SAMPLES = 0x021A
ALL_SAMPLES = 0x021D
REGISTERS_END = 0x0220

# Bits of the control register.
CLOCK_STOPPED, CLEAR_ENABLED, MISSION_DISABLED, ROLLOVER = 0x80, 0x40, 0x10, 0x08
LOW_SEARCHED, HIGH_SEARCHED, TIMER_SEARCHED = 0x04, 0x02, 0x01

# Bits of the status register. Alarms can be cleared only; clearing IN_MISSION ends the mission.
IDLE, MEMORY_CLEARED, IN_MISSION, SAMPLING = 0x80, 0x40, 0x20, 0x10
LOW_ALARM, HIGH_ALARM, TIMER_ALARM = 0x04, 0x02, 0x01
ALARMS_MASK = LOW_ALARM | HIGH_ALARM | TIMER_ALARM
END_OF_MISSION = 0xFF & ~IN_MISSION
NO_ALARMS = END_OF_MISSION & ~ALARMS_MASK

DO_NOT_COMPARE = 0x80  # in a byte of the clock's alarm
LONGEST_INTERVAL = 0xFF
LONGEST_DELAY = 0xFFFF

LOW_ALARM_LOG, HIGH_ALARM_LOG = 0x0220, 0x0250
ALARM_LOG = 12
ALARM_ENTRY = 4  # bytes: number of the sample, and in the last one how many followed
HISTOGRAM = 0x0800
HISTOGRAM_BINS = 63
BIN_SIZE = 2
STEPS_PER_BIN = 4
LOG = 0x1000
LOG_SIZE = 2048

READER = PageReader(READ_MEMORY_WITH_CRC, PAGE_SIZE)
WRITER = ScratchpadWriter(WRITE_SCRATCHPAD, READ_SCRATCHPAD, COPY_SCRATCHPAD, PAGE_SIZE)
MEMORY = Memory(PAGES * PAGE_SIZE, PAGE_SIZE, READER, WRITER)


class Model(NamedTuple):
    """What the models differ in, all in °C but the time."""

    version: str
    zero: float
    """What a measured byte of 0 stands for."""
    step: float
    lowest: float
    highest: float
    conversion_time: float
    """Seconds, as owserver leaves; t_CONV of the DS1921G is 90 ms."""

    def degrees(self, byte: int) -> float:
        """°C of a measured byte."""
        return self.zero + byte * self.step

    def byte(self, degrees: float) -> int:
        """What stands for these °C, rounded down. InvalidValueError outside the range."""
        if not self.lowest <= degrees <= self.highest:
            raise InvalidValueError(
                f"{degrees:g} °C is not between {self.lowest:g} and {self.highest:g}"
            )
        return int((degrees - self.zero) / self.step)


# By the upper 12 bits of the serial number.
MODELS = {
    0x000: Model("DS1921G-F5", -40.0, 0.5, -40.0, 85.0, 0.090),
    0x064: Model("DS1921L-F50", -40.0, 0.5, -40.0, 85.0, 0.300),
    0x15C: Model("DS1921L-F53", -40.0, 0.5, -30.0, 85.0, 0.300),
    0x254: Model("DS1921L-F52", -40.0, 0.5, -20.0, 85.0, 0.300),
    0x34C: Model("DS1921L-F51", -40.0, 0.5, -10.0, 85.0, 0.300),
    0x3B2: Model("DS1921Z-F5", -5.5, 0.125, -5.0, 26.0, 0.360),
    0x4F2: Model("DS1921H-F5", 14.5, 0.125, 15.0, 46.0, 0.360),
}


def model_of(chip: Chip) -> Model:
    """The model of a chip. InvalidValueError if it is none of those known."""
    code = int.from_bytes(chip.rom[5:7], "little") >> 4
    model = MODELS.get(code)
    if model is None:
        raise InvalidValueError(f"{chip.rom}: nothing is known of a DS1921 with code {code:03X}")
    return model


class Registers(NamedTuple):
    """The register page from the address `first` on, as it was read in one go."""

    first: int
    data: bytes

    def part(self, address: int, size: int) -> bytes:
        """`size` bytes from `address` on."""
        return self.data[address - self.first : address - self.first + size]

    def number(self, address: int, size: int = 1) -> int:
        """An unsigned number, low byte first."""
        return int.from_bytes(self.part(address, size), "little")

    @property
    def in_mission(self) -> bool:
        """A mission has begun, though it may still wait for its first sample."""
        return bool(self.number(STATUS) & IN_MISSION)

    @property
    def samples(self) -> int:
        """Samples of this mission, or of the last one."""
        return self.number(MISSION_SAMPLES, 3)

    @property
    def interval(self) -> int:
        """Seconds between two samples."""
        return self.number(INTERVAL) * 60

    def clock(self) -> int:
        """Seconds since 1970 by the chip's clock."""
        return ClockRegisters(*self.part(CLOCK, CLOCK_ALARM - CLOCK)).seconds()

    def mission_start(self) -> int:
        """When the mission took its first sample. InvalidValueError if there was no mission."""
        minute, hour, day, month, year = self.part(MISSION_START, MISSION_SAMPLES - MISSION_START)
        return ClockRegisters(0, minute, hour, 0, day, month, year).seconds_near(time.time())


async def read_registers(chip: Chip, first: int) -> Registers:
    """All registers from `first` to the end of their page."""
    return Registers(first, await READER.read(chip, first, REGISTERS_END - first))


async def read_writable(chip: Chip, first: int) -> Registers:
    """The same, to change some of them. BusyError in a mission, in which the chip refuses that."""
    registers = await read_registers(chip, min(first, STATUS))
    if registers.in_mission:
        raise BusyError(f"{chip.rom}: a mission is under way")
    return registers


async def write_registers(chip: Chip, address: int, data: bytes) -> None:
    """Write registers, which may do more than to store them. VerifyError if the chip refuses."""
    if not await WRITER.copied(chip, address, data):
        raise VerifyError(f"{chip.rom}: {data.hex(' ')} was not taken to {address:04X}")


async def change_bits(chip: Chip, address: int, mask: int, value: int) -> None:
    """Give the bits `mask` of a register the ones in `value`."""
    old = (await read_writable(chip, address)).number(address)
    await write_registers(chip, address, bytes([old & ~mask | value]))


async def set_clock(chip: Chip, seconds: int, control: int | None = None) -> None:
    """Set the clock to seconds since 1970, and the control register."""
    await write_registers(chip, CLOCK, bytes(registers_of(seconds)))
    if control is not None:
        await write_registers(chip, CONTROL, bytes([control]))


async def start_mission(chip: Chip, minutes: int) -> None:
    """Begin to take a sample every so many minutes, 1 to 255.

    Raises BusyError in a mission. InvalidValueError if the memory has not been cleared since the
    last mission, without which the chip begins none. If missions are disabled, the interval is
    stored and nothing begins.
    """
    if not 0 < minutes <= LONGEST_INTERVAL:
        raise InvalidValueError(f"samples come every 1 to {LONGEST_INTERVAL} minutes")
    registers = await read_writable(chip, CONTROL)
    control = registers.number(CONTROL)
    enabled = not control & MISSION_DISABLED
    if enabled and not registers.number(STATUS) & MEMORY_CLEARED:
        raise InvalidValueError(f"{chip.rom}: no mission begins before mission/clear")
    if control & CLOCK_STOPPED:
        await set_clock(chip, int(time.time()), control & ~CLOCK_STOPPED)
        await asyncio.sleep(OSCILLATOR_START_TIME)
    await write_registers(chip, INTERVAL, bytes([minutes]))
    if enabled and not (await read_registers(chip, STATUS)).in_mission:
        raise VerifyError(f"{chip.rom}: the mission does not begin")


async def stop_mission(chip: Chip) -> None:
    """End the mission, if there is one."""
    await write_registers(chip, STATUS, bytes([END_OF_MISSION]))
    if (await read_registers(chip, STATUS)).in_mission:
        raise VerifyError(f"{chip.rom}: the mission does not end")


async def clear_memory(chip: Chip) -> None:
    """Forget the last mission's log, histogram and alarms. BusyError in a mission."""
    control = (await read_writable(chip, CONTROL)).number(CONTROL)
    # The chip clears only while its clock runs.
    armed = control & ~CLOCK_STOPPED | CLEAR_ENABLED
    await write_registers(chip, CONTROL, bytes([armed]))
    await chip.run(Exchange(CLEAR_MEMORY), Wait(CLEARING_TIME))
    if not (await read_registers(chip, STATUS)).number(STATUS) & MEMORY_CLEARED:
        raise VerifyError(f"{chip.rom}: the memory is not cleared")


async def start_anew(chip: Chip, minutes: int) -> None:
    """End and forget the last mission, and begin one now without start delay and rollover, with
    the clock set and an alarm search for temperatures on either side."""
    if not 0 < minutes <= LONGEST_INTERVAL:
        raise InvalidValueError(f"samples come every 1 to {LONGEST_INTERVAL} minutes")
    if (await read_registers(chip, STATUS)).in_mission:
        await stop_mission(chip)
    await clear_memory(chip)
    # From the control register to the status: the stopped clock lets start_mission set it.
    control = CLOCK_STOPPED | LOW_SEARCHED | HIGH_SEARCHED
    between = bytes(STATUS - CONTROL - 1)
    await write_registers(chip, CONTROL, bytes([control, *between, NO_ALARMS]))
    await start_mission(chip, minutes)

"""DS1921, a logger of temperatures: clock, missions, log, histogram, alarms.

Source: data sheets DS1921G, DS1921H, DS1921Z (memory map, register page, missions). Without the
alarm of its clock, and without the seconds that real samples take.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from owfs_py.bus.rom import RomId
from owfs_py.emulator.bcd_clock import registers_of, seconds_of
from owfs_py.emulator.memories import ScratchpadChip
from owfs_py.emulator.slave import (
    Behaviour,
    Functions,
    Slave,
    receive_address,
    send_forever,
)
from owfs_py.emulator.wire import LISTEN

CONVERT_TEMPERATURE = 0x44
CLEAR_MEMORY = 0x3C
READ_MEMORY_WITH_CRC = 0xA5

MEMORY_SIZE = 0x0200
CLOCK, CLOCK_ALARM = 0x0200, 0x0207
LOW_THRESHOLD, HIGH_THRESHOLD, SAMPLE_RATE, CONTROL = 0x020B, 0x020C, 0x020D, 0x020E
AFTER_CONTROL, TEMPERATURE, START_DELAY, STATUS = 0x020F, 0x0211, 0x0212, 0x0214
MISSION_START, MISSION_SAMPLES, ALL_SAMPLES = 0x0215, 0x021A, 0x021D
LOW_ALARMS, HIGH_ALARMS, ALARMS_END = 0x0220, 0x0250, 0x0280
HISTOGRAM, HISTOGRAM_END = 0x0800, 0x087E
LOG, LOG_SIZE = 0x1000, 2048

CLOCK_STOPPED, CLEAR_ENABLED, MISSION_DISABLED, ROLLOVER = 0x80, 0x40, 0x10, 0x08
ALARMS = 0x07  # alike in control and status: low, high, timer
LOW, HIGH = 0x04, 0x02
IDLE, MEMORY_CLEARED, IN_MISSION = 0x80, 0x40, 0x20

MINUTE = 60
ALARM_ENTRY = 4
LONGEST_ALARM = 0xFF
FULL_BIN = 0xFFFF


class Range(NamedTuple):
    """°C of a byte 0, °C of a step, seconds of a conversion."""

    zero: float
    step: float
    conversion_time: float


# By the upper 12 bits of the serial number.
WIDE = Range(-40.0, 0.5, 0.09)
RANGES = {0x3B2: Range(-5.5, 0.125, 0.36), 0x4F2: Range(14.5, 0.125, 0.36)}


@dataclass(slots=True)
class _Mission:
    """When the next sample is due (wire time), and where a series out of bounds is noted."""

    next_sample: float
    interval: float
    low_entry: int | None = None
    high_entry: int | None = None


class DS1921(ScratchpadChip):
    """`temperature` is in °C, or a function of the clock's time (the wire's) that gives them."""

    families = (0x21,)
    chip = "DS1921G"
    SIZE = 0x1800
    CONTENT = 0
    SCRATCHPAD_CRC = True
    rom_commands = Slave.rom_commands | Slave.with_overdrive

    def __init__(self, rom: RomId, *, temperature: float = 20.0) -> None:
        self.range = RANGES.get(int.from_bytes(rom[5:7], "little") >> 4, WIDE)
        self.temperature: float | Callable[[float], float] = temperature
        self._set_at = 0.0
        self._seconds = calendar.timegm((2000, 1, 1, 0, 0, 0))
        self._mission: _Mission | None = None
        self._conversion: tuple[float, int] | None = None
        super().__init__(rom)
        self._memory[CONTROL] = CLOCK_STOPPED
        self._memory[STATUS] = IDLE | MEMORY_CLEARED

    # Time

    @property
    def seconds(self) -> int:
        """What the clock shows, in seconds since 1970."""
        if self._memory[CONTROL] & CLOCK_STOPPED:
            return self._seconds
        return self._seconds + int(self.quartz() - self._set_at)

    @seconds.setter
    def seconds(self, value: int) -> None:
        self._seconds, self._set_at = value, self.quartz()

    def _go_on(self) -> None:
        """Do what should have been done by now."""
        now = self.wire.now()
        if self._conversion is not None and now >= self._conversion[0]:
            self._memory[TEMPERATURE] = self._conversion[1]
            self._memory[STATUS] |= IDLE
            self._conversion = None
        while self._mission is not None and self._mission.next_sample <= self.quartz():
            self._sample(self._mission)
        self._memory[CLOCK:CLOCK_ALARM] = registers_of(self.seconds)

    def alarming(self) -> bool:
        memory = self.memory
        return memory[CONTROL] & memory[STATUS] & ALARMS != 0

    # Samples

    def _measured(self, at: float) -> int:
        degrees = self.temperature(at) if callable(self.temperature) else self.temperature
        return max(0, min(0xFF, round((degrees - self.range.zero) / self.range.step)))

    def _sample(self, mission: _Mission) -> None:
        memory = self._memory
        value = self._measured(mission.next_sample)
        number = self._number(MISSION_SAMPLES, 3)
        if number == 0:
            shown = self.seconds - int(self.quartz() - mission.next_sample)
            _, minute, hour, _, day, month, year = registers_of(shown)
            memory[MISSION_START:MISSION_SAMPLES] = bytes((minute, hour, day, month, year))
        if number < LOG_SIZE or memory[CONTROL] & ROLLOVER:
            memory[LOG + number % LOG_SIZE] = value
        bin_at = HISTOGRAM + value // 4 * 2
        if bin_at < HISTOGRAM_END and self._number(bin_at, 2) < FULL_BIN:
            self._increase(bin_at, 2)
        too_low, too_high = value <= memory[LOW_THRESHOLD], value >= memory[HIGH_THRESHOLD]
        mission.low_entry = self._note(LOW, LOW_ALARMS, mission.low_entry, number, too_low)
        mission.high_entry = self._note(HIGH, HIGH_ALARMS, mission.high_entry, number, too_high)
        self._increase(MISSION_SAMPLES, 3)
        self._increase(ALL_SAMPLES, 3)
        mission.next_sample += mission.interval

    def _note(self, flag: int, log: int, entry: int | None, number: int, out: bool) -> int | None:
        """Prolong the alarm at `entry`, or begin one in the next free; the one that goes on."""
        if not out:
            return None
        self._memory[STATUS] |= flag
        if entry is None or self._memory[entry + 3] == LONGEST_ALARM:
            ends = range(log, log + HIGH_ALARMS - LOW_ALARMS, ALARM_ENTRY)
            entry = next((at for at in ends if not self._memory[at + 3]), None)
            if entry is None:
                return None
            self._memory[entry : entry + 3] = number.to_bytes(3, "little")
        self._memory[entry + 3] += 1
        return entry

    def _number(self, address: int, size: int) -> int:
        return int.from_bytes(self._memory[address : address + size], "little")

    def _increase(self, address: int, size: int) -> None:
        value = (self._number(address, size) + 1) % (1 << 8 * size)
        self._memory[address : address + size] = value.to_bytes(size, "little")

    # Registers

    def _store(self, address: int, data: bytes) -> None:
        self._go_on()
        for at, byte in enumerate(data, address):
            self._store_byte(at, byte)
        if CLOCK <= address < CLOCK_ALARM and self._mission is None:
            self.seconds = seconds_of(self._memory[CLOCK:CLOCK_ALARM])

    def _store_byte(self, address: int, byte: int) -> None:
        if address == STATUS:
            self._store_status(byte)
        elif address < MEMORY_SIZE:
            self._memory[address] = byte
        elif self._mission is not None:
            return  # the registers are write-protected
        elif address == CONTROL:
            seconds = self.seconds
            self._memory[address] = byte
            self.seconds = seconds
        elif address < AFTER_CONTROL or START_DELAY <= address < STATUS:
            self._memory[address] = byte
            if address == SAMPLE_RATE:
                self._begin_mission()

    def _store_status(self, byte: int) -> None:
        """Alarms and the mission can be ended, nothing can be set."""
        self._memory[STATUS] &= byte | ~(ALARMS | IN_MISSION)
        if not self._memory[STATUS] & IN_MISSION:
            self._mission = None

    def _begin_mission(self) -> None:
        memory = self._memory
        ready = memory[STATUS] & MEMORY_CLEARED
        if not ready or not memory[SAMPLE_RATE]:
            return
        if memory[CONTROL] & (MISSION_DISABLED | CLOCK_STOPPED):
            return
        memory[STATUS] = memory[STATUS] & ~MEMORY_CLEARED | IN_MISSION
        begin = self.quartz() + self._number(START_DELAY, 2) * MINUTE
        self._mission = _Mission(begin, memory[SAMPLE_RATE] * MINUTE)

    # Functions

    def _read_with_crc(self) -> Behaviour:
        address = yield from receive_address()
        yield from self._send_pages(
            READ_MEMORY_WITH_CRC, address, lambda start, end: self.memory[start:end]
        )

    def _convert(self) -> Behaviour:
        self._go_on()
        if self._mission is None:
            self.wire.counts.conversions += 1
            now = self.wire.now()
            self._conversion = (now + self.range.conversion_time, self._measured(now))
            self._memory[STATUS] &= ~IDLE
        yield from send_forever(LISTEN)

    def _clear_memory(self) -> Behaviour:
        self._go_on()
        memory = self._memory
        enabled = memory[CONTROL] & CLEAR_ENABLED and not memory[CONTROL] & CLOCK_STOPPED
        if enabled and self._mission is None:
            for first, last in (
                (SAMPLE_RATE, CONTROL),
                (START_DELAY, STATUS),
                (MISSION_START, ALL_SAMPLES),
                (LOW_ALARMS, ALARMS_END),
                (HISTOGRAM, HISTOGRAM_END),
            ):
                memory[first:last] = bytes(last - first)
            memory[CONTROL] &= ~CLEAR_ENABLED
            memory[STATUS] |= MEMORY_CLEARED
        yield from send_forever(LISTEN)

    functions: ClassVar[Functions] = ScratchpadChip.functions | {
        READ_MEMORY_WITH_CRC: _read_with_crc,
        CONVERT_TEMPERATURE: _convert,
        CLEAR_MEMORY: _clear_memory,
    }

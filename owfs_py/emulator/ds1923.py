"""The loggers DS1923 and DS1922: clock, conversions, missions as far as they are registers.

Source: data sheets DS1922L/DS1922T, DS1923 (memory map, register pages, function commands). Samples
are counted, but not logged; there are no alarms.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable
from typing import ClassVar

from owfs_py.bus.rom import RomId
from owfs_py.emulator.bcd_clock import WEEKDAY, registers_of, seconds_of
from owfs_py.emulator.memories import (
    COPY_SCRATCHPAD,
    READ_SCRATCHPAD,
    WRITE_SCRATCHPAD,
    ScratchpadChip,
)
from owfs_py.emulator.slave import (
    Behaviour,
    Functions,
    Selecting,
    Slave,
    receive_address,
    receive_byte,
    send_forever,
)
from owfs_py.emulator.wire import LISTEN

COPY_WITH_PASSWORD, READ_WITH_CRC, CLEAR_MEMORY = 0x99, 0x69, 0x96
FORCED_CONVERSION, START_MISSION, STOP_MISSION = 0x55, 0xCC, 0x33
PASSWORD_SIZE = 8
DUMMY = 0xFF

REGISTERS, REGISTERS_END = 0x0200, 0x0240
CLOCK_SIZE = 6
SAMPLE_RATE, TEMPERATURE, HUMIDITY = 0x0206, 0x020C, 0x020E
CLOCK_CONTROL, MISSION_CONTROL, STATUS = 0x0212, 0x0213, 0x0215
START_DELAY, MISSION_START, MISSION_SAMPLES, ALL_SAMPLES = 0x0216, 0x0219, 0x0220, 0x0223
CONFIGURATION, PASSWORD_CONTROL, READ_PASSWORD, FULL_PASSWORD = 0x0226, 0x0227, 0x0228, 0x0230
PASSWORDS_END = 0x0238

OSCILLATOR, SECONDS_MODE = 0x01, 0x02  # of the clock control
LOG_TEMPERATURE, LOG_HUMIDITY = 0x01, 0x02  # of the mission control
FINE_TEMPERATURE, FINE_HUMIDITY, MISSION_ONES = 0x04, 0x08, 0xC0
IN_MISSION, MEMORY_CLEARED, STATUS_ONES = 0x02, 0x08, 0xC0
PASSWORDS_ENABLED = 0xAA
READ_ONLY = (
    range(TEMPERATURE, 0x0210),
    range(0x0214, START_DELAY),
    range(MISSION_START, PASSWORD_CONTROL),
    range(PASSWORDS_END, REGISTERS_END),
)

CONVERSION_TIME = 0.666
"""Seconds, maximum."""
MINUTE = 60
STEPS, ZERO = 512, {0x60: 1}
"""Of a temperature: what one degree is, and °C below zero at which it begins, if not at 41."""
USUAL_ZERO = 41
HUMIDITY_VOLTS, HUMIDITY_ZERO, HUMIDITY_SLOPE, HUMIDITY_STEPS = 5.02, 0.958, 0.0307, 4096


class DS1923(ScratchpadChip):
    """`temperature` in °C and `humidity` in % are what a conversion finds."""

    families = (0x41,)
    chip = "DS1923"
    MODEL: ClassVar = 0x20
    SIZE = 0x0280
    CONTENT = 0
    PATTERN = 0xAA
    SCRATCHPAD_CRC = True
    rom_commands = Slave.rom_commands | Slave.with_resume | Slave.with_overdrive

    def __init__(self, rom: RomId) -> None:
        self.temperature, self.humidity = 20.0, 50.0
        self.ruined = False
        """It was told to convert while its oscillator stood still, and is lost for ever."""
        self._seconds = calendar.timegm((2000, 1, 1, 0, 0, 0))
        self._set_at = 0.0
        self._conversion_ends: float | None = None
        self._next_sample = 0.0
        super().__init__(rom)
        self._memory[MISSION_CONTROL] = MISSION_ONES
        self._memory[STATUS] = STATUS_ONES
        self._memory[CONFIGURATION] = self.MODEL

    # Time

    @property
    def running(self) -> bool:
        return bool(self._memory[CLOCK_CONTROL] & OSCILLATOR)

    @property
    def in_mission(self) -> bool:
        return bool(self._memory[STATUS] & IN_MISSION)

    @property
    def seconds(self) -> int:
        """What the clock shows, in seconds since 1970."""
        return self._seconds + (int(self.quartz() - self._set_at) if self.running else 0)

    @seconds.setter
    def seconds(self, value: int) -> None:
        self._seconds, self._set_at = value, self.quartz()

    def _go_on(self) -> None:
        """Do what should have been done by now."""
        memory = self._memory
        if self._conversion_ends is not None and self.wire.now() >= self._conversion_ends:
            self._conversion_ends = None
            self._measure()
        while self.in_mission and self.quartz() >= self._next_sample:
            if not self._number(MISSION_SAMPLES, 3):
                passed = int(self.quartz() - self._next_sample)
                memory[MISSION_START : MISSION_START + CLOCK_SIZE] = _shown(self.seconds - passed)
            self._measure()
            for counter in (MISSION_SAMPLES, ALL_SAMPLES):
                self._set_number(counter, 3, self._number(counter, 3) + 1)
            self._next_sample += self._interval
        memory[REGISTERS : REGISTERS + CLOCK_SIZE] = _shown(self.seconds)

    @property
    def _interval(self) -> float:
        unit = 1 if self._memory[CLOCK_CONTROL] & SECONDS_MODE else MINUTE
        return self._number(SAMPLE_RATE, 2) * unit

    def _measure(self) -> None:
        zero = ZERO.get(self.MODEL, USUAL_ZERO)
        fine = self._memory[MISSION_CONTROL]
        raw = max(0, min(0xFFFF, round((self.temperature + zero) * STEPS)))
        mask = 0xFFE0 if fine & FINE_TEMPERATURE else 0xFF00
        self._set_number(TEMPERATURE, 2, raw & mask)
        volts = self.humidity * HUMIDITY_SLOPE + HUMIDITY_ZERO
        raw = max(0, min(0xFFF, round(volts / HUMIDITY_VOLTS * HUMIDITY_STEPS))) << 4
        self._set_number(HUMIDITY, 2, raw if fine & FINE_HUMIDITY else raw & 0xFF00)

    def _number(self, address: int, size: int) -> int:
        return int.from_bytes(self._memory[address : address + size], "little")

    def _set_number(self, address: int, size: int, value: int) -> None:
        self._memory[address : address + size] = value.to_bytes(size, "little")

    # Registers

    def _may_copy(self, start: int, end: int) -> bool:
        writable = self._row < REGISTERS or not self.in_mission
        return start <= end and self._row < self.SIZE and writable

    def _store(self, address: int, data: bytes) -> None:
        self._go_on()
        seconds = self.seconds
        for at, byte in enumerate(data, address):
            if not any(at in part for part in READ_ONLY):
                self._memory[at] = byte
        self._memory[CLOCK_CONTROL] &= OSCILLATOR | SECONDS_MODE
        self._memory[MISSION_CONTROL] |= MISSION_ONES
        set_anew = REGISTERS <= address < REGISTERS + CLOCK_SIZE
        self.seconds = _seconds(self._memory[REGISTERS:]) if set_anew else seconds

    # Functions

    def function(self) -> Behaviour:
        if not self.ruined:
            yield from super().function()

    def _password(self) -> Selecting:
        """Whether the password that comes is the right one."""
        heard = bytearray()
        while len(heard) < PASSWORD_SIZE:
            heard.append((yield from receive_byte()))
        enabled = self._memory[PASSWORD_CONTROL] == PASSWORDS_ENABLED
        return not enabled or heard == self._memory[FULL_PASSWORD:PASSWORDS_END]

    def _is_authorized(self) -> Selecting:
        return (yield from self._password())

    def _read_with_crc(self) -> Behaviour:
        address = yield from receive_address()
        if not (yield from self._password()):
            return
        yield from self._send_pages(READ_WITH_CRC, address, self._without_passwords)

    def _without_passwords(self, start: int, end: int) -> bytearray:
        """Part of the memory, with zeros in place of passwords."""
        shown = self.memory[start:end]
        for at in range(max(start, READ_PASSWORD), min(end, PASSWORDS_END)):
            shown[at - start] = 0
        return shown

    def _told(self, action: Callable[[], None]) -> Behaviour:
        """A command that begins with a password and a dummy byte."""
        if (yield from self._password()) and (yield from receive_byte()) == DUMMY:
            self._go_on()
            action()

    def _convert(self) -> Behaviour:
        if (yield from receive_byte()) != DUMMY or self.in_mission:
            return
        if not self.running:
            self.ruined = True
            return
        self._go_on()
        self.wire.counts.conversions += 1
        self._conversion_ends = self.wire.now() + CONVERSION_TIME
        yield from send_forever(LISTEN)

    def _clear(self) -> None:
        if not self.in_mission:
            self._memory[STATUS] |= MEMORY_CLEARED
            self._memory[MISSION_START:ALL_SAMPLES] = bytes(ALL_SAMPLES - MISSION_START)

    def _start(self) -> None:
        memory = self._memory
        logging = memory[MISSION_CONTROL] & (LOG_TEMPERATURE | LOG_HUMIDITY)
        ready = memory[STATUS] & MEMORY_CLEARED and self.running and logging
        if ready and self._number(SAMPLE_RATE, 2):
            self.begin_mission(self._number(START_DELAY, 3) * MINUTE)

    def begin_mission(self, delay: float = 0.0) -> None:
        """Take the first sample after so many seconds, whatever the registers say."""
        self._memory[STATUS] = self._memory[STATUS] & ~MEMORY_CLEARED | IN_MISSION
        self._next_sample = self.quartz() + delay

    def _stop(self) -> None:
        self._memory[STATUS] &= ~IN_MISSION

    functions: ClassVar[Functions] = {
        WRITE_SCRATCHPAD: ScratchpadChip.functions[WRITE_SCRATCHPAD],
        READ_SCRATCHPAD: ScratchpadChip.functions[READ_SCRATCHPAD],
        COPY_WITH_PASSWORD: ScratchpadChip.functions[COPY_SCRATCHPAD],
        READ_WITH_CRC: _read_with_crc,
        FORCED_CONVERSION: _convert,
        CLEAR_MEMORY: lambda self: self._told(self._clear),
        START_MISSION: lambda self: self._told(self._start),
        STOP_MISSION: lambda self: self._told(self._stop),
    }


class DS1922L(DS1923):
    """Without humidity."""

    chip = "DS1922L"
    MODEL = 0x40


class DS1922T(DS1923):
    """The same for higher temperatures."""

    chip = "DS1922T"
    MODEL = 0x60


def _shown(seconds: int) -> bytes:
    registers = registers_of(seconds)
    return registers[:WEEKDAY] + registers[WEEKDAY + 1 :]


def _seconds(registers: bytes | bytearray) -> int:
    return seconds_of((*registers[:WEEKDAY], 0, *registers[WEEKDAY:CLOCK_SIZE]))

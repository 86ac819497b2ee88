"""The thermometers DS18S20, DS1822 and DS18B20 as chips: scratchpad, EEPROM, conversions, power.

Source: the chips' data sheets; trim registers as in Maxim's errata sheets. Time comes from the
wire's clock; conversions take the data sheet's maximum.
"""

from __future__ import annotations

import math
import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from owfs_py._crc import crc8
from owfs_py.bus.rom import RomId
from owfs_py.emulator.slave import (
    Behaviour,
    Functions,
    Slave,
    receive_byte,
    send_bytes,
    send_forever,
)
from owfs_py.emulator.wire import CLOCK_TOLERANCE, LISTEN, LOW, POLL

CONVERT_T = 0x44
COPY_SCRATCHPAD = 0x48
WRITE_SCRATCHPAD = 0x4E
READ_POWER_SUPPLY = 0xB4
RECALL_EEPROM = 0xB8
READ_SCRATCHPAD = 0xBE
READ_TRIM_1, READ_TRIM_2 = 0x93, 0x68
WRITE_TRIM_1, WRITE_TRIM_2 = 0x95, 0x63
ACTIVATE_TRIM_1, ACTIVATE_TRIM_2 = 0x94, 0x64

CONVERSION_TIMES = (0.09375, 0.1875, 0.375, 0.75)
"""Seconds at 9, 10, 11 and 12 bits, maximum (DS18B20 data sheet, table 2)."""
EEPROM_WRITE_TIME = 0.010
"""Seconds, maximum (DS18B20 data sheet, AC characteristics, tWR)."""

FACTORY_TH, FACTORY_TL = 0x4B, 0x46  # 75 and 70 degrees: what chips come with
FACTORY_TRIM = (0x6D, 0xBB)  # a pair that is valid by the errata sheets
RESOLUTION_BITS = 0x60  # of the configuration register
CONFIGURATION_ONES = 0x1F  # bits of it that always read 1
FACTORY_CONFIGURATION = 0x7F  # 12 bits
RESERVED = 0xFF

POWER_ON_DEGREES = 85
SIXTEENTHS = 16
"""All temperatures here are whole sixteenths of a degree Celsius: the finest these chips know."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """One finished conversion: clock times in seconds and the temperature in sixteenths."""

    start: float
    end: float
    sixteenths: int


@dataclass(slots=True)
class _Operation:
    """Something that takes time and, without a supply pin, the strong pull-up all the time."""

    start: float
    end: float
    finish: Callable[[], None]
    fed: bool


class Thermometer(Slave):
    """What the three have in common. The temperature is sampled when a conversion starts.

    `parasitic`: without a supply pin; converting or copying without strong pull-up, or with too
    short a one, ends in a brown-out. Setting `temperature` takes degrees Celsius (rounded to a
    sixteenth) or a function of the clock's time that gives them; `sixteenths` is exact.
    """

    writable: ClassVar[int]
    """How many bytes Write Scratchpad takes and the EEPROM holds, from TH on."""

    def __init__(self, rom: RomId, *, parasitic: bool = False, temperature: float = 20.0) -> None:
        self.parasitic = parasitic
        self._eeprom = bytearray((FACTORY_TH, FACTORY_TL, FACTORY_CONFIGURATION)[: self.writable])
        self.trim = bytearray(FACTORY_TRIM)
        self._history: deque[Conversion] = deque(maxlen=1000)
        self.brown_outs = 0
        """How often power failed while it was needed."""
        self.spoiled_reads: float = 0
        """Fault: so many coming reads of the scratchpad have a wrong CRC (math.inf: all)."""
        self._operation: _Operation | None = None
        self._alarm = False
        self._registers = bytearray(8)
        self._source: Callable[[float], float] = lambda now: temperature
        super().__init__(rom)
        self._power_on()

    # Seen from outside

    @property
    def temperature(self) -> float:
        """Degrees Celsius around the chip now (which it does not know until it converts)."""
        return self._source(self.wire.now())

    @temperature.setter
    def temperature(self, value: float | Callable[[float], float]) -> None:
        self._source = value if callable(value) else lambda now: value

    @property
    def sixteenths(self) -> int:
        """The same in whole sixteenths of a degree."""
        return math.floor(self.temperature * SIXTEENTHS + 0.5)

    @sixteenths.setter
    def sixteenths(self, value: int) -> None:
        self.temperature = value / SIXTEENTHS

    @property
    def scratchpad(self) -> bytes:
        """The nine bytes that Read Scratchpad would give now."""
        with self.wire.lock:
            self._settle()
            return bytes(self._registers) + bytes((crc8(self._registers),))

    @property
    def eeprom(self) -> bytes:
        """TH, TL and, where there is one, the configuration, as they survive a power failure."""
        with self.wire.lock:
            self._settle()
            return bytes(self._eeprom)

    @property
    def history(self) -> list[Conversion]:
        """The last finished conversions (at most 1000), oldest first."""
        with self.wire.lock:
            self._settle()
            return list(self._history)

    def set_limits(self, low: int, high: int) -> None:
        """Put alarm limits (whole degrees Celsius) into scratchpad and EEPROM."""
        with self.wire.lock:
            self._eeprom[:2] = high & 0xFF, low & 0xFF
            self._registers[2:4] = self._eeprom[:2]

    def alarming(self) -> bool:
        self._settle()
        return self._alarm

    def busy(self) -> bool:
        self._settle()
        return self._operation is not None

    # Power

    def brown_out(self) -> None:
        super().brown_out()
        self._power_on()

    def _power_on(self) -> None:
        self._operation = None
        self._alarm = False
        self._registers[:] = self._power_on_registers()
        self._recall()

    def on_reset(self) -> None:
        self._check_feeding()

    def on_strong_pullup(self, on: bool) -> None:
        operation = self._operation
        if operation is None or not self.parasitic:
            return
        if on:
            operation.fed = True
        else:
            self._settle()
            operation.fed = False
            self._check_feeding()

    def _check_feeding(self) -> None:
        """The line is used or only weakly fed from here on: fatal if power was needed."""
        self._settle()
        if self._operation is not None and not self._operation.fed:
            self.brown_outs += 1
            self.brown_out()

    def _settle(self) -> None:
        """Finish what time has finished."""
        operation = self._operation
        if operation is not None and self.wire.now() >= operation.end - CLOCK_TOLERANCE:
            if operation.fed:
                self._operation = None
                operation.finish()
            else:
                self.brown_outs += 1
                self._power_on()

    def _begin(self, seconds: float, finish: Callable[[], None]) -> Behaviour:
        """Be busy for so long; read slots are held low meanwhile where power allows it."""
        self._settle()
        if self._operation is None:
            start = self.wire.now()
            self._operation = _Operation(start, start + seconds, finish, not self.parasitic)
        if self.parasitic:
            yield LISTEN
            if self._operation is not None:
                self.brown_outs += 1
                self._power_on()
        else:
            yield from send_forever(POLL)

    # Functions

    def _convert(self) -> Behaviour:
        start, seconds, sixteenths = self.wire.now(), self._conversion_time(), self.sixteenths

        def finish() -> None:
            self._store_temperature(sixteenths)
            high, low = struct.unpack_from("bb", self._registers, 2)
            self._alarm = not low < self._alarm_degrees() < high
            self._history.append(Conversion(start, start + seconds, sixteenths))

        self.wire.counts.conversions += 1
        return self._begin(seconds, finish)

    def _copy(self) -> Behaviour:
        copied = self._registers[2 : 2 + self.writable]

        def finish() -> None:
            self._eeprom[:] = copied

        return self._begin(EEPROM_WRITE_TIME, finish)

    def _recall_eeprom(self) -> Behaviour:
        self._settle()
        self._recall()
        return send_forever(LISTEN)

    def _read_scratchpad(self) -> Behaviour:
        data = bytearray(self.scratchpad)
        if self.spoiled_reads:
            self.spoiled_reads -= 1
            data[8] ^= 0xFF
        return send_bytes(data)

    def _write_scratchpad(self) -> Behaviour:
        for offset in range(2, 2 + self.writable):
            self._write_register(offset, (yield from receive_byte()))

    def _read_power(self) -> Behaviour:
        return send_forever(LOW if self.parasitic else LISTEN)

    def _read_trim(self, which: int) -> Behaviour:
        return send_bytes(self.trim[which : which + 1])

    def _write_trim(self, which: int) -> Behaviour:
        self.trim[which] = yield from receive_byte()

    def _activate_trim(self) -> Behaviour:
        return send_forever(LISTEN)

    # Registers

    def _recall(self) -> None:
        for offset, byte in enumerate(self._eeprom, 2):
            self._write_register(offset, byte)

    def _write_register(self, offset: int, byte: int) -> None:
        self._registers[offset] = byte

    def _power_on_registers(self) -> bytes:
        raise NotImplementedError

    def _conversion_time(self) -> float:
        raise NotImplementedError

    def _store_temperature(self, sixteenths: int) -> None:
        raise NotImplementedError

    def _alarm_degrees(self) -> int:
        """The degrees that the chip compares with TH and TL: the register without its fraction."""
        raise NotImplementedError

    functions: ClassVar[Functions] = {
        CONVERT_T: _convert,
        COPY_SCRATCHPAD: _copy,
        WRITE_SCRATCHPAD: _write_scratchpad,
        READ_POWER_SUPPLY: _read_power,
        RECALL_EEPROM: _recall_eeprom,
        READ_SCRATCHPAD: _read_scratchpad,
        READ_TRIM_1: lambda self: self._read_trim(0),
        READ_TRIM_2: lambda self: self._read_trim(1),
        WRITE_TRIM_1: lambda self: self._write_trim(0),
        WRITE_TRIM_2: lambda self: self._write_trim(1),
        ACTIVATE_TRIM_1: _activate_trim,
        ACTIVATE_TRIM_2: _activate_trim,
    }


class DS18B20(Thermometer):
    """9 to 12 bits. A conversion fills all 12 bits; those below the resolution are undefined."""

    families = (0x28,)
    chip = "DS18B20"
    writable = 3

    POWER_ON_BYTE_6 = 0x0C
    BYTE_7 = 0x10

    def _power_on_registers(self) -> bytes:
        raw = (POWER_ON_DEGREES * SIXTEENTHS).to_bytes(2, "little")
        return raw + bytes((0, 0, 0, RESERVED, self.POWER_ON_BYTE_6, self.BYTE_7))

    def _write_register(self, offset: int, byte: int) -> None:
        if offset == 4:
            byte = byte & RESOLUTION_BITS | CONFIGURATION_ONES
        self._registers[offset] = byte

    def _conversion_time(self) -> float:
        return CONVERSION_TIMES[(self._registers[4] & RESOLUTION_BITS) >> 5]

    def _store_temperature(self, sixteenths: int) -> None:
        self._registers[0:2] = sixteenths.to_bytes(2, "little", signed=True)
        # Seen on real chips; after power-on the byte differs, which tells a true 85 degrees.
        self._registers[6] = SIXTEENTHS - sixteenths % SIXTEENTHS

    def _alarm_degrees(self) -> int:
        return int.from_bytes(self._registers[0:2], "little", signed=True) // SIXTEENTHS


class DS1822(DS18B20):
    """The cheap DS18B20: less accurate, otherwise the same."""

    families = (0x22,)
    chip = "DS1822"


class DS18S20(Thermometer):
    """Half degrees, and a counter that tells sixteenths (data sheet, equation 1); also DS1920."""

    families = (0x10,)
    chip = "DS18S20"
    writable = 2

    CONVERSION_TIME = 0.75
    COUNT_PER_C = 16
    HALVES = 2

    def _power_on_registers(self) -> bytes:
        raw = (POWER_ON_DEGREES * self.HALVES).to_bytes(2, "little")
        return raw + bytes((0, 0, RESERVED, RESERVED, 0x0C, self.COUNT_PER_C))

    def _conversion_time(self) -> float:
        return self.CONVERSION_TIME

    def _store_temperature(self, sixteenths: int) -> None:
        # T = TEMP_READ - 0.25 + (COUNT_PER_C - COUNT_REMAIN) / COUNT_PER_C, TEMP_READ whole.
        halves = (sixteenths + 4) // 8
        temp_read = halves // self.HALVES * SIXTEENTHS
        self._registers[0:2] = halves.to_bytes(2, "little", signed=True)
        self._registers[6] = temp_read - 4 + self.COUNT_PER_C - sixteenths

    def _alarm_degrees(self) -> int:
        return int.from_bytes(self._registers[0:2], "little", signed=True) // self.HALVES

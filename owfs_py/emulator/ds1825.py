"""The thermometers with address pins that share family code 3B: DS1825, MAX31826, MAX31850.

Sources: data sheets DS1825, MAX31826, MAX31850/MAX31851 (memory map, function commands).
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

from owfs_py._crc import crc8
from owfs_py.bus.rom import RomId
from owfs_py.emulator.slave import Behaviour, Functions, receive_byte, send_bytes, send_forever
from owfs_py.emulator.thermometers import (
    CONVERT_T,
    COPY_SCRATCHPAD,
    DS18B20,
    READ_POWER_SUPPLY,
    READ_SCRATCHPAD,
    RECALL_EEPROM,
    RESERVED,
    RESOLUTION_BITS,
    WRITE_SCRATCHPAD,
    Thermometer,
)
from owfs_py.emulator.wire import LISTEN

CONFIGURATION_ONE = 0x10
"""The bit of the DS1825's configuration register that always reads 1; bit 7 always reads 0."""
FIXED_CONFIGURATION = 0xF0
"""The bits above the address pins in chips of fixed resolution."""
LOCATION_BITS = 0x0F

_MEASURING: Functions = {
    code: Thermometer.functions[code] for code in (CONVERT_T, READ_SCRATCHPAD, READ_POWER_SUPPLY)
}


class DS1825(DS18B20):
    """A DS18B20 that tells in its configuration how the pins AD0 to AD3 (`location`) are wired."""

    families = (0x3B,)
    chip = "DS1825"

    def __init__(self, rom: RomId, *, location: int = 0, **options: Any) -> None:
        self.location = location
        super().__init__(rom, **options)

    def _write_register(self, offset: int, byte: int) -> None:
        if offset == 4:
            byte = byte & RESOLUTION_BITS | CONFIGURATION_ONE | self.location & LOCATION_BITS
        self._registers[offset] = byte

    functions: ClassVar[Functions] = _MEASURING | {
        code: Thermometer.functions[code]
        for code in (COPY_SCRATCHPAD, RECALL_EEPROM, WRITE_SCRATCHPAD)
    }


class FixedThermometer(Thermometer):
    """What the MAX318xx have in common: one resolution, nothing to set, no alarm."""

    families = (0x3B,)
    writable = 0
    CONVERSION_TIME: ClassVar[float]
    """Seconds, maximum."""

    def __init__(self, rom: RomId, *, location: int = 0, **options: Any) -> None:
        self.location = location
        super().__init__(rom, **options)

    def _conversion_time(self) -> float:
        return self.CONVERSION_TIME

    def _alarm_degrees(self) -> int:
        return 0

    def alarming(self) -> bool:
        return False

    @property
    def _configuration(self) -> int:
        return FIXED_CONFIGURATION | self.location & LOCATION_BITS


WRITE_SCRATCHPAD_2, READ_SCRATCHPAD_2, COPY_SCRATCHPAD_2 = 0x0F, 0xAA, 0x55
READ_MEMORY = 0xF0
COPY_TOKEN = 0xA5


class MAX31826(FixedThermometer):
    """Twelve bits and 128 bytes of EEPROM, `memory`, written by rows of eight.

    `locked`: the memory takes nothing any more.
    """

    chip = "MAX31826"
    CONVERSION_TIME = 0.150
    SIZE, ROW = 128, 8
    MEMORY_WRITE_TIME = 0.025
    """Seconds, maximum."""

    def __init__(self, rom: RomId, **options: Any) -> None:
        self.memory = bytearray(self.SIZE)
        self.locked = False
        self._row = 0
        self._buffer = bytearray(self.ROW)
        super().__init__(rom, **options)

    def _power_on_registers(self) -> bytes:
        return bytes((0x50, 0x05, RESERVED, RESERVED, self._configuration, *[RESERVED] * 3))

    def _store_temperature(self, sixteenths: int) -> None:
        self._registers[0:2] = sixteenths.to_bytes(2, "little", signed=True)

    def _write_buffer(self) -> Behaviour:
        self._row = (yield from receive_byte()) % self.SIZE // self.ROW * self.ROW
        heard = bytearray((WRITE_SCRATCHPAD_2, self._row))
        for offset in range(self.ROW):
            self._buffer[offset] = yield from receive_byte()
        heard += self._buffer
        yield from send_bytes(bytes((crc8(heard),)))

    def _read_buffer(self) -> Behaviour:
        address = yield from receive_byte()
        sent = bytes(self._buffer)
        yield from send_bytes(sent)
        yield from send_bytes(bytes((crc8(bytes((READ_SCRATCHPAD_2, address)) + sent),)))

    def _copy_buffer(self) -> Behaviour:
        if (yield from receive_byte()) != COPY_TOKEN:
            return
        row, data = self._row, bytes(self._buffer)

        def finish() -> None:
            if not self.locked:
                self.memory[row : row + self.ROW] = data

        yield from self._begin(self.MEMORY_WRITE_TIME, finish)

    def _read_memory(self) -> Behaviour:
        address = (yield from receive_byte()) % self.SIZE
        self._settle()
        yield from send_bytes(self.memory[address:])
        yield from send_forever(LISTEN)

    functions: ClassVar[Functions] = _MEASURING | {
        WRITE_SCRATCHPAD_2: _write_buffer,
        READ_SCRATCHPAD_2: _read_buffer,
        COPY_SCRATCHPAD_2: _copy_buffer,
        READ_MEMORY: _read_memory,
    }


FAULT = 0x01  # of byte 0
OPEN_CIRCUIT, SHORT_TO_GROUND, SHORT_TO_SUPPLY = 0x01, 0x02, 0x04  # of byte 2
QUARTERS = 4
QUARTER_AT, SIXTEENTH_AT = 2, 4
"""The lowest bits of the two temperatures in their registers."""


class MAX31850(FixedThermometer):
    """A thermocouple at `thermocouple` °C; `temperature` is that of the chip, its cold junction.

    `faults` are bits of OPEN_CIRCUIT, SHORT_TO_GROUND and SHORT_TO_SUPPLY. Also MAX31851.
    """

    chip = "MAX31850"
    CONVERSION_TIME = 0.100

    def __init__(self, rom: RomId, *, thermocouple: float = 100.0, **options: Any) -> None:
        self.thermocouple = thermocouple
        self.faults = 0
        super().__init__(rom, **options)

    def _power_on_registers(self) -> bytes:
        return bytes((0, 0, 0, 0, self._configuration, *[RESERVED] * 3))

    def _store_temperature(self, sixteenths: int) -> None:
        quarters = math.floor(self.thermocouple * QUARTERS + 0.5)
        hot = quarters << QUARTER_AT
        cold = sixteenths << SIXTEENTH_AT
        self._registers[0:2] = hot.to_bytes(2, "little", signed=True)
        self._registers[2:4] = cold.to_bytes(2, "little", signed=True)
        self._registers[0] |= FAULT if self.faults else 0
        self._registers[2] |= self.faults

    functions: ClassVar[Functions] = _MEASURING

"""DS2436, a battery monitor: two EEPROMs and an SRAM, thermometer, voltage, cycle counter.

Source: data sheet DS2436 (memory map, command set). What the chip does not have reads as ones;
its status register is not there either.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from owfs_py.bus.rom import RomId
from owfs_py.emulator.slave import Behaviour, Slave, receive_byte, send_bytes, send_forever
from owfs_py.emulator.wire import CLOCK_TOLERANCE, LISTEN

READ_SCRATCHPAD, WRITE_SCRATCHPAD = 0x11, 0x17
COPY, RECALL = (0x22, 0x25, 0x28), (0x71, 0x77, 0x7A)
"""By page."""
LOCK, UNLOCK = 0x43, 0x44
READ_REGISTERS = 0xB2
CONVERT_T, CONVERT_V = 0xD2, 0xB4
INCREMENT, RESET_COUNTER = 0xB5, 0xB8

PAGE_SPACING, SPACE = 0x20, 0x60
SIZES = (24, 8, 8)
"""Bytes of each page that there are."""
LOCKABLE = 0
TEMPERATURE, VOLTAGE, MANUFACTURER, COUNTER = 0x60, 0x77, 0x80, 0x82
TEMPERATURE_STEPS, TEMPERATURE_MASK = 256, ~0x07  # 13 bits
VOLTAGE_STEPS, HIGHEST_VOLTAGE = 100, 0x3FF
HIGHEST_COUNT = 0xFFFF

CONVERSION_TIME = 0.010
"""Seconds, maximum."""
EEPROM_WRITE_TIME = 0.005
"""Seconds: the typical time, the longest one that the data sheet tells."""
TIMES = {CONVERT_T: CONVERSION_TIME, CONVERT_V: CONVERSION_TIME} | dict.fromkeys(
    (*COPY[:2], LOCK, UNLOCK, INCREMENT, RESET_COUNTER), EEPROM_WRITE_TIME
)
NOTHING = 0xFF


class DS2436(Slave):
    """`temperature` is in °C, `volts` at the supply. `memory` holds what is behind each page."""

    families = (0x1B,)
    chip = "DS2436"

    def __init__(self, rom: RomId) -> None:
        self.temperature = 20.0
        self.volts = 5.0
        self.memory = [bytearray(size) for size in SIZES]
        self.scratchpads = [bytearray(size) for size in SIZES]
        self.locked = True
        self.count = 0
        self.disturbed = 0
        """How often it was spoken to while it worked."""
        self._registers = bytearray(4)  # temperature, voltage
        self._until = 0.0
        self._finish: Callable[[], None] | None = None
        super().__init__(rom)

    def brown_out(self) -> None:
        super().brown_out()
        self.settle()
        self._finish = None
        for page in range(len(SIZES)):
            self._recall(page)

    def settle(self) -> None:
        """Finish what time has finished."""
        if self._finish is not None and self.wire.now() >= self._until - CLOCK_TOLERANCE:
            finish, self._finish = self._finish, None
            finish()

    def function(self) -> Behaviour:
        command = yield from receive_byte()
        self.settle()
        if command == READ_SCRATCHPAD:
            yield from send_bytes(self._seen((yield from receive_byte())))
        elif command == WRITE_SCRATCHPAD:
            yield from self._write_scratchpad((yield from receive_byte()))
        elif command == READ_REGISTERS:
            address = yield from receive_byte()
            while True:
                yield from send_bytes(bytes((self._register(address),)))
                address += 1
        elif self._finish is not None:
            self.disturbed += 1
        else:
            self._finish = self._work(command)
            self._until = self.wire.now() + TIMES.get(command, 0.0)
            self.settle()
        yield from send_forever(LISTEN)

    # Scratchpads

    def _seen(self, address: int) -> bytes:
        content = bytearray((NOTHING,)) * SPACE
        for page, data in enumerate(self.scratchpads):
            start = page * PAGE_SPACING
            content[start : start + len(data)] = data
        return bytes(content[address:])

    def _write_scratchpad(self, address: int) -> Behaviour:
        while True:
            byte = yield from receive_byte()
            page, offset = divmod(address, PAGE_SPACING)
            if page < len(SIZES) and offset < SIZES[page]:
                self.scratchpads[page][offset] = byte
            address += 1

    def _recall(self, page: int) -> None:
        self.scratchpads[page][:] = self.memory[page]

    def _copy(self, page: int, data: bytes) -> None:
        if page != LOCKABLE or not self.locked:
            self.memory[page][:] = data

    # Registers

    def _register(self, address: int) -> int:
        self.settle()
        known: dict[int, Any] = {
            TEMPERATURE: self._registers[:2],
            VOLTAGE: self._registers[2:],
            MANUFACTURER: (0, 0),
            COUNTER: self.count.to_bytes(2, "little"),
        }
        for at, data in known.items():
            if at <= address < at + len(data):
                return int(data[address - at])
        return NOTHING

    def _work(self, command: int) -> Callable[[], None] | None:
        """What a command will have done when it is finished."""
        if command in COPY:
            page = COPY.index(command)
            return partial(self._copy, page, bytes(self.scratchpads[page]))
        if command in RECALL:
            return partial(self._recall, RECALL.index(command))
        simple: dict[int, Callable[[], None]] = {
            LOCK: partial(setattr, self, "locked", True),
            UNLOCK: partial(setattr, self, "locked", False),
            CONVERT_T: self._convert_temperature,
            CONVERT_V: self._convert_voltage,
            INCREMENT: partial(setattr, self, "count", min(self.count + 1, HIGHEST_COUNT)),
            RESET_COUNTER: partial(setattr, self, "count", 0),
        }
        return simple.get(command)

    def _convert_temperature(self) -> None:
        raw = round(self.temperature * TEMPERATURE_STEPS) & TEMPERATURE_MASK
        self._registers[:2] = raw.to_bytes(2, "little", signed=True)

    def _convert_voltage(self) -> None:
        raw = max(0, min(HIGHEST_VOLTAGE, round(self.volts * VOLTAGE_STEPS)))
        self._registers[2:] = raw.to_bytes(2, "little")

"""DS2438 (and DS2437), the battery monitors: pages, thermometer, voltages, current, clock.

Source: data sheet DS2438 (memory map, function commands). The current accumulators stand still.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

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
from owfs_py.emulator.wire import CLOCK_TOLERANCE, LISTEN, POLL

CONVERT_T, CONVERT_V = 0x44, 0xB4
READ_SCRATCHPAD, WRITE_SCRATCHPAD = 0xBE, 0x4E
COPY_SCRATCHPAD, RECALL_MEMORY = 0x48, 0xB8

CONVERSION_TIME = 0.010
"""Seconds, maximum, of a temperature or voltage conversion and of a copy to the EEPROM."""


PAGES, PAGE_SIZE = 8, 8
CURRENT_ON, ACCUMULATOR_ON, SHADOW_ON, MEASURE_VDD = 0x01, 0x02, 0x04, 0x08
FLAGS = 0x70  # TB, NVB, ADB
STATUS, TEMPERATURE, VOLTAGE, CURRENT, THRESHOLD = 0, 1, 3, 5, 7  # bytes of page 0
CLOCK_SIZE = 4  # bytes of page 1, from its beginning
VOLTAGE_STEP, CURRENT_STEP, TEMPERATURE_STEP = 0.01, 0.0002441, 1 / 256
VOLTAGE_MAX = 0x3FF
TEMPERATURE_MASK = ~0x07  # 13 bits


class DS2438(Slave):
    """`vdd`, `vad` and `vsense` are the volts at the pins, `temperature` °C around the chip."""

    families = (0x26,)
    chip = "DS2438"

    def __init__(self, rom: RomId) -> None:
        self.vdd, self.vad, self.vsense = 5.0, 2.5, 0.0
        self.temperature = 20.0
        self._memory = [bytearray(PAGE_SIZE) for _ in range(PAGES)]
        self._memory[0][STATUS] = CURRENT_ON | ACCUMULATOR_ON | SHADOW_ON | MEASURE_VDD
        self.scratchpad = [bytearray(PAGE_SIZE) for _ in range(PAGES)]
        self._clock_set_at = 0.0
        self._clock = 0
        self._until = 0.0
        self._finish: Callable[[], None] | None = None
        super().__init__(rom)

    def brown_out(self) -> None:
        super().brown_out()
        self._settle()
        self._finish = None
        for page in range(PAGES):
            self._recall_page(page)

    @property
    def memory(self) -> list[bytearray]:
        """The pages as they would survive a power failure now; may be changed."""
        with self.wire.lock:
            self._settle()
            return self._memory

    @property
    def seconds(self) -> int:
        """The elapsed time meter."""
        return self._clock + int(self.quartz() - self._clock_set_at)

    @seconds.setter
    def seconds(self, value: int) -> None:
        self._clock, self._clock_set_at = value, self.quartz()

    def busy(self) -> bool:
        self._settle()
        return self._finish is not None

    def _settle(self) -> None:
        if self._finish is not None and self.wire.now() >= self._until - CLOCK_TOLERANCE:
            finish, self._finish = self._finish, None
            finish()

    def _begin(self, finish: Callable[[], None]) -> Behaviour:
        self._settle()
        self._until = self.wire.now() + CONVERSION_TIME
        self._finish = finish
        return send_forever(POLL)

    # Functions

    def function(self) -> Behaviour:
        command = yield from receive_byte()
        answer = self.functions.get(command)
        if answer is not None:
            self._settle()
            yield from answer(self)

    def _convert_temperature(self) -> Behaviour:
        self.wire.counts.conversions += 1
        raw = round(self.temperature / TEMPERATURE_STEP) & TEMPERATURE_MASK

        def finish() -> None:
            self._memory[0][TEMPERATURE:VOLTAGE] = raw.to_bytes(2, "little", signed=True)

        return self._begin(finish)

    def _convert_voltage(self) -> Behaviour:
        volts = self.vdd if self.scratchpad[0][STATUS] & MEASURE_VDD else self.vad
        raw = max(0, min(VOLTAGE_MAX, round(volts / VOLTAGE_STEP)))

        def finish() -> None:
            self._memory[0][VOLTAGE:CURRENT] = raw.to_bytes(2, "little")

        return self._begin(finish)

    def _measure_current(self) -> None:
        # By itself, 36 times a second.
        if self.scratchpad[0][STATUS] & CURRENT_ON:
            raw = round(self.vsense / CURRENT_STEP) - self._offset()
            self._memory[0][CURRENT:THRESHOLD] = raw.to_bytes(2, "little", signed=True)

    def _offset(self) -> int:
        return -(int.from_bytes(self._memory[1][5:7], "little", signed=True) >> 3)

    def _page(self) -> Any:
        return (yield from receive_byte()) % PAGES

    def _recall(self) -> Behaviour:
        self._recall_page((yield from self._page()))
        yield from send_forever(LISTEN)

    def _recall_page(self, page: int) -> None:
        if page == 0:
            self._measure_current()
        elif page == 1:
            self._memory[1][:CLOCK_SIZE] = (self.seconds & 0xFFFFFFFF).to_bytes(4, "little")
        self.scratchpad[page][:] = self._memory[page]

    def _read_scratchpad(self) -> Behaviour:
        data = self.scratchpad[(yield from self._page())]
        yield from send_bytes(data)
        yield from send_bytes(bytes((crc8(data),)))
        yield from send_forever(LISTEN)

    def _write_scratchpad(self) -> Behaviour:
        page = yield from self._page()
        for offset in range(PAGE_SIZE):
            self.scratchpad[page][offset] = yield from receive_byte()

    def _copy(self) -> Behaviour:
        page = yield from self._page()
        data, now = bytes(self.scratchpad[page]), self.quartz()

        def finish() -> None:
            if page == 0:  # what was measured cannot be written
                self._memory[0][STATUS] = data[STATUS] & ~FLAGS
                self._memory[0][THRESHOLD] = data[THRESHOLD]
                return
            if page == 1:
                self._clock = int.from_bytes(data[:CLOCK_SIZE], "little")
                self._clock_set_at = now
            self._memory[page][:] = data

        yield from self._begin(finish)

    functions: ClassVar[Functions] = {
        CONVERT_T: _convert_temperature,
        CONVERT_V: _convert_voltage,
        READ_SCRATCHPAD: _read_scratchpad,
        WRITE_SCRATCHPAD: _write_scratchpad,
        COPY_SCRATCHPAD: _copy,
        RECALL_MEMORY: _recall,
    }


class DS2437(DS2438):
    """The predecessor."""

    families = (0x1E,)
    chip = "DS2437"

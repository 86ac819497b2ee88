"""The display driver of L. Swart: a display with an HD44780, four pins, four counters, a memory.

Source: the maker's list of commands, by way of owserver's documentation; data sheet HD44780U
(instructions, addresses of the display). Commands work on a scratchpad. What comes while the chip
is at work is not heard (assumed).
"""

from __future__ import annotations

from typing import ClassVar

from owfs_py.bus.rom import RomId
from owfs_py.emulator.slave import (
    Behaviour,
    Functions,
    Slave,
    receive_byte,
    send_bytes,
    send_forever,
)
from owfs_py.emulator.switches import Pins
from owfs_py.emulator.wire import CLOCK_TOLERANCE, LISTEN

SCRATCHPAD_SIZE = 17  # 16 bytes behind an address
COUNTERS = 4
BLANK = 0x20
DISPLAY_SIZE = 0x80

# Seconds, as the maker wants them to be waited for.
SHORT, PRINTING, CLEARING, STORING = 0.001, 0.002, 0.003, 0.004

CLEAR_INSTRUCTION, SET_ADDRESS = 0x01, 0x80
PINS_FOLLOW = 0x80
"""The bit that a byte for the pins must have."""


class SwartLcd(Slave):
    """`display` is what the display's controller has at each of its addresses."""

    families = (0xFF,)
    chip = "LCD"
    VERSION = b"LCD driver v1.1\0"
    MEMORY_SIZE = 112

    def __init__(self, rom: RomId) -> None:
        self.is_on = self.backlight = False
        self.display = bytearray([BLANK]) * DISPLAY_SIZE
        self.address = 0
        """Where the display's controller puts the next character."""
        self.pins = Pins(4)
        self.counts = [0] * COUNTERS
        self.memory = bytearray(self.MEMORY_SIZE)
        self.deaf = False
        """Fault: neither the scratchpad nor the pins take anything."""
        self.worn = False
        """Fault: the memory takes nothing."""
        self.unheard = 0
        """How many commands came while it was at work."""
        self._scratchpad = bytearray(SCRATCHPAD_SIZE)
        self._length = 0  # bytes that were last written to it
        self._done = 0.0
        super().__init__(rom)

    def brown_out(self) -> None:
        super().brown_out()
        self.is_on = self.backlight = False
        self.pins.power_on()

    def text(self, start: int, width: int) -> bytes:
        """What the display shows from an address on."""
        return bytes(self.display[start : start + width])

    def function(self) -> Behaviour:
        command = yield from receive_byte()
        if self.wire.now() < self._done - CLOCK_TOLERANCE:
            self.unheard += 1
            return
        answer = self.functions.get(command)
        if answer is not None:
            yield from answer(self)

    def _work(self, seconds: float) -> None:
        self._done = self.wire.now() + seconds

    def _give(self, *values: int) -> None:
        """Put bytes into the scratchpad, for being read."""
        self._scratchpad[: len(values)] = bytes(values)
        self._work(SHORT)

    # The scratchpad

    def _write_scratchpad(self) -> Behaviour:
        for at in range(SCRATCHPAD_SIZE):
            value = yield from receive_byte()
            if not self.deaf:
                self._scratchpad[at] = value
                self._length = at + 1

    def _read_scratchpad(self) -> Behaviour:
        yield from send_bytes(self._scratchpad)
        yield from send_forever(LISTEN)

    # The display

    def _switch_on(self) -> Behaviour:
        self.is_on = True
        yield from ()

    def _switch_off(self) -> Behaviour:
        self.is_on = False
        yield from ()

    def _light_on(self) -> Behaviour:
        self.backlight = True
        yield from ()

    def _light_off(self) -> Behaviour:
        self.backlight = False
        yield from ()

    def _put(self, character: int) -> None:
        self.display[self.address] = character
        self.address = (self.address + 1) % DISPLAY_SIZE

    def _clear(self) -> Behaviour:
        self.display[:] = bytes([BLANK]) * DISPLAY_SIZE
        self.address = 0
        self._work(CLEARING)
        yield from ()

    def _print(self) -> Behaviour:
        self.address = self._scratchpad[0] % DISPLAY_SIZE
        for character in self._scratchpad[1 : self._length]:
            self._put(character)
        self._work(PRINTING)
        yield from ()

    def _write_register(self) -> Behaviour:
        instruction = yield from receive_byte()
        if instruction == CLEAR_INSTRUCTION:
            yield from self._clear()
        elif instruction & SET_ADDRESS:
            self.address = instruction & ~SET_ADDRESS
        self._work(SHORT)

    def _read_register(self) -> Behaviour:
        self._give(self.address)
        yield from ()

    def _write_data(self) -> Behaviour:
        self._put((yield from receive_byte()))
        self._work(SHORT)

    def _read_data(self) -> Behaviour:
        self._give(self.display[self.address])
        self.address = (self.address + 1) % DISPLAY_SIZE
        yield from ()

    # Pins, counters, memory

    def _write_pins(self) -> Behaviour:
        levels = yield from receive_byte()
        if levels & PINS_FOLLOW and not self.deaf:
            self.pins.drive(levels)
        self._work(SHORT)

    def _read_pins(self) -> Behaviour:
        self._give(self.pins.levels)
        yield from ()

    def _read_counters(self) -> Behaviour:
        self._give(*(byte for count in self.counts for byte in (count & 0xFF, count >> 8 & 0xFF)))
        self.counts = [0] * COUNTERS
        yield from ()

    def _read_version(self) -> Behaviour:
        self._give(*self.VERSION)
        yield from ()

    def _read_memory(self) -> Behaviour:
        address, size = self._scratchpad[:2]
        self._give(*self.memory[address : address + size])
        yield from ()

    def _write_memory(self) -> Behaviour:
        address, data = self._scratchpad[0], self._scratchpad[1 : self._length]
        if not self.worn:
            self.memory[address : address + len(data)] = data
            del self.memory[self.MEMORY_SIZE :]
        self._work(STORING * len(data))
        yield from ()

    functions: ClassVar[Functions] = {
        0x03: _switch_on,
        0x05: _switch_off,
        0x07: _light_off,
        0x08: _light_on,
        0x10: _write_register,
        0x11: _read_register,
        0x12: _write_data,
        0x13: _read_data,
        0x21: _write_pins,
        0x22: _read_pins,
        0x23: _read_counters,
        0x37: _read_memory,
        0x39: _write_memory,
        0x41: _read_version,
        0x48: _print,
        0x49: _clear,
        0x4E: _write_scratchpad,
        0xBE: _read_scratchpad,
    }

"""DS28E04, 512 bytes of EEPROM and two switches.

Source: data sheet DS28E04-100 (memory map, register descriptions, function flow charts). Without
its pulse mode.
"""

from __future__ import annotations

from typing import ClassVar

from owfs_py.bus.rom import RomId
from owfs_py.emulator.memories import READ_SCRATCHPAD, ScratchpadChip
from owfs_py.emulator.slave import (
    Behaviour,
    Functions,
    Slave,
    receive_address,
    receive_byte,
    send_bytes,
)
from owfs_py.emulator.switches import CONFIRMATION, Pins, confirmed_writes, repeated_samples

WRITE_REGISTER = 0xCC
PIO_ACCESS_READ, PIO_ACCESS_WRITE = 0xF5, 0x5A
RESET_ACTIVITY_LATCHES = 0xC3

PAGE = 32
PROTECTION = 0x0200
"""A byte for each page of data, and the first address that is none."""
WRITE_PROTECTED, EPROM_MODE = 0x55, 0xAA
REGISTERS, SELECT, POLARITY, CONTROL = 0x0220, 0x0223, 0x0224, 0x0225
CHANNELS = 0x03
NO_CHANNELS = 0xFC

# The control/status register.
BY_LATCH, ALL_CHANNELS, POWER_ON, POL_PIN, POWERED = 0x01, 0x02, 0x08, 0x40, 0x80


class DS28E04(ScratchpadChip):
    """`pol`: level of the pin that tells how the switches power up; `powered`: VCC is there."""

    families = (0x1C,)
    chip = "DS28E04-100"
    SIZE = CONTROL + 1
    COPY_TIME = 0.010
    PATTERN = 0xAA
    rom_commands = Slave.rom_commands | Slave.with_overdrive | Slave.with_resume

    def __init__(self, rom: RomId) -> None:
        self.pins = Pins(2)
        self.pol = True
        self.powered = True
        super().__init__(rom)

    @property
    def memory(self) -> bytearray:
        self._finish_copy()
        pins = self.pins
        self._memory[REGISTERS:SELECT] = bytes(
            (pins.levels | NO_CHANNELS, pins.latches | NO_CHANNELS, pins.activity)
        )
        self._memory[CONTROL] &= BY_LATCH | ALL_CHANNELS | POWER_ON
        self._memory[CONTROL] |= self.pol * POL_PIN | self.powered * POWERED
        return self._memory

    def brown_out(self) -> None:
        super().brown_out()
        self.pins.drive(CHANNELS if self.pol else 0)
        self.pins.activity = 0
        self._memory[SELECT : CONTROL + 1] = bytes((0, 0, POWER_ON))

    def alarming(self) -> bool:
        select, polarity, control = self.memory[SELECT : CONTROL + 1]
        if control & POWER_ON:
            return True
        source = self.pins.activity if control & BY_LATCH else self.pins.levels
        matches = ~(source ^ polarity) & select
        return matches == select != 0 if control & ALL_CHANNELS else matches != 0

    # Memory

    def _may_copy(self, start: int, end: int) -> bool:
        return self._row < REGISTERS and self._protection() != WRITE_PROTECTED

    def _protection(self) -> int:
        if self._row >= PROTECTION:
            return 0
        return self._memory[PROTECTION + self._row // PAGE]

    def _store(self, address: int, data: bytes) -> None:
        if self._protection() == EPROM_MODE:
            old = self._memory[address : address + len(data)]
            data = bytes(a & b for a, b in zip(old, data, strict=True))
        super()._store(address, data)

    def _read_scratchpad(self) -> Behaviour:
        end = self._end_and_status % self.ROW
        data = self._scratchpad[self._offset : end + 1]
        sent = bytes((*self._target, self._end_and_status)) + data
        yield from send_bytes(sent)
        yield from self.send_crc(bytes((READ_SCRATCHPAD,)) + sent)

    # Switches

    def _write_register(self) -> Behaviour:
        address = yield from receive_address()
        if address < SELECT:
            return
        for at in range(address, self.SIZE):
            value = yield from receive_byte()
            if at < CONTROL:
                self._memory[at] = value & CHANNELS
            else:
                # The power-on flag can be cleared only.
                value &= BY_LATCH | ALL_CHANNELS | self._memory[at] & POWER_ON
                self._memory[at] = value

    def _write_pins(self) -> Behaviour:
        yield from confirmed_writes(self.pins.drive, lambda: self.pins.levels | NO_CHANNELS)

    def _read_pins(self) -> Behaviour:
        yield from repeated_samples(PIO_ACCESS_READ, lambda: self.pins.levels | NO_CHANNELS)

    def _reset_activity(self) -> Behaviour:
        self.pins.activity = 0
        while True:
            yield from send_bytes(bytes((CONFIRMATION,)))

    functions: ClassVar[Functions] = ScratchpadChip.functions | {
        READ_SCRATCHPAD: _read_scratchpad,
        WRITE_REGISTER: _write_register,
        PIO_ACCESS_READ: _read_pins,
        PIO_ACCESS_WRITE: _write_pins,
        RESET_ACTIVITY_LATCHES: _reset_activity,
    }

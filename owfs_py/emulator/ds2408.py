"""DS2408, eight switches. Source: data sheet DS2408 (register map, PIO functions, test mode)."""

from __future__ import annotations

from typing import ClassVar

from owfs_py.bus.rom import RomId
from owfs_py.emulator.slave import (
    Behaviour,
    Functions,
    Selecting,
    Slave,
    inverted_crc16,
    receive_address,
    receive_byte,
    send_bytes,
    send_forever,
)
from owfs_py.emulator.switches import CONFIRMATION, Pins, confirmed_writes, repeated_samples
from owfs_py.emulator.wire import LISTEN

READ_REGISTERS = 0xF0
CHANNEL_ACCESS_READ = 0xF5
CHANNEL_ACCESS_WRITE = 0x5A
WRITE_CONDITIONAL_SEARCH = 0xCC
RESET_ACTIVITY_LATCHES = 0xC3
DISABLE_TEST_MODE = (0x96, 0x3C)
"""Before and after the ROM id, in place of a ROM command."""

FIRST_REGISTER, FIRST_WRITABLE, CONTROL, LAST_REGISTER = 0x88, 0x8B, 0x8D, 0x8F

# The control/status register.
BY_LATCH, ALL_CHANNELS, STROBE, POWER_ON, POWERED = 0x01, 0x02, 0x04, 0x08, 0x80


class DS2408(Slave):
    """`test_mode` is what a slow rise of the supply can bring the chip into: it refuses writes.

    `powered`: the supply pin is fed. `select` and `polarity` are the registers 8B and 8C.
    """

    families = (0x29,)
    chip = "DS2408"

    def __init__(self, rom: RomId) -> None:
        self.pins = Pins(8)
        self.powered = True
        self.test_mode = False
        self.select = self.polarity = self.control = 0
        super().__init__(rom)

    def brown_out(self) -> None:
        super().brown_out()
        self.pins.power_on()
        self.select = self.polarity = 0
        self.control = POWER_ON

    @property
    def registers(self) -> bytes:
        """88 to 8F."""
        pins = self.pins
        control = self.control | (POWERED if self.powered else 0)
        return bytes((pins.levels, pins.latches, pins.activity, self.select, self.polarity,
                      control, 0xFF, 0xFF))  # fmt: skip

    def alarming(self) -> bool:
        if self.control & POWER_ON:
            return True
        source = self.pins.activity if self.control & BY_LATCH else self.pins.levels
        matches = ~(source ^ self.polarity) & self.select
        if self.control & ALL_CHANNELS:
            return matches == self.select
        return matches != 0

    def _leave_test_mode(self) -> Selecting:
        for byte in self.rom:
            if (yield from receive_byte()) != byte:
                return False
        if (yield from receive_byte()) == DISABLE_TEST_MODE[1]:
            self.test_mode = False
        return False

    rom_commands = (
        Slave.rom_commands
        | Slave.with_resume
        | Slave.with_overdrive
        | {DISABLE_TEST_MODE[0]: _leave_test_mode}
    )

    # Functions

    def _read_registers(self) -> Behaviour:
        low, high = (yield from receive_byte()), (yield from receive_byte())
        offset = (low | high << 8) - FIRST_REGISTER
        if not 0 <= offset <= LAST_REGISTER - FIRST_REGISTER:
            return
        data = self.registers[offset:]
        yield from send_bytes(data)
        yield from send_bytes(inverted_crc16(bytes((READ_REGISTERS, low, high)) + data))
        yield from send_forever(LISTEN)

    def _read_channels(self) -> Behaviour:
        yield from repeated_samples(CHANNEL_ACCESS_READ, lambda: self.pins.levels)

    def _write_channels(self) -> Behaviour:
        if self.test_mode:
            return
        yield from confirmed_writes(self.pins.drive, lambda: self.pins.levels)

    def _write_conditional_search(self) -> Behaviour:
        first = yield from receive_address()
        for address in range(first, CONTROL + 1):
            value = yield from receive_byte()
            if address == FIRST_WRITABLE:
                self.select = value
            elif address == FIRST_WRITABLE + 1:
                self.polarity = value
            elif address == CONTROL:
                # The power-on flag can be cleared only.
                still_on = self.control & value & POWER_ON
                self.control = value & (BY_LATCH | ALL_CHANNELS | STROBE) | still_on

    def _reset_activity(self) -> Behaviour:
        self.pins.activity = 0
        while True:
            yield from send_bytes(bytes((CONFIRMATION,)))

    functions: ClassVar[Functions] = {
        READ_REGISTERS: _read_registers,
        CHANNEL_ACCESS_READ: _read_channels,
        CHANNEL_ACCESS_WRITE: _write_channels,
        WRITE_CONDITIONAL_SEARCH: _write_conditional_search,
        RESET_ACTIVITY_LATCHES: _reset_activity,
    }

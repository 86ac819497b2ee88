"""DS28EA00, a thermometer with two switches that also tells its place in a chain.

Source: data sheet DS28EA00 (PIO access, chain states, Conditional Read ROM). The pull-up that
charges a chain is there at once.
"""

from __future__ import annotations

import enum
from typing import Any, ClassVar

from owfs_py.bus.rom import RomId
from owfs_py.emulator.slave import (
    Behaviour,
    Functions,
    RomCommands,
    Selecting,
    Slave,
    receive_byte,
    send_bytes,
)
from owfs_py.emulator.switches import CONFIRMATION, Pins, confirmed_writes
from owfs_py.emulator.thermometers import (
    CONVERT_T,
    COPY_SCRATCHPAD,
    DS18B20,
    READ_POWER_SUPPLY,
    READ_SCRATCHPAD,
    RECALL_EEPROM,
    WRITE_SCRATCHPAD,
    Thermometer,
)

PIO_ACCESS_READ, PIO_ACCESS_WRITE = 0xF5, 0xA5
CHAIN = 0x99
CONDITIONAL_READ_ROM = 0x0F
REFUSAL = 0x00


class ChainState(enum.IntEnum):
    """The states, with the control bytes that lead to them."""

    OFF = 0x3C
    ON = 0x5A
    DONE = 0x96


class DS28EA00(DS18B20):
    """`pins` has bit 0 for PIOA and bit 1 for PIOB.

    `before` is the chip whose PIOA is wired to this one's PIOB, for the chain; a chip without one
    is the first, with its PIOB at ground.
    """

    families = (0x42,)
    chip = "DS28EA00"

    def __init__(self, rom: RomId, *, before: DS28EA00 | None = None, **options: Any) -> None:
        self.pins = Pins(2)
        self.before = before
        self.chain = ChainState.OFF
        super().__init__(rom, **options)

    def _power_on(self) -> None:
        super()._power_on()
        self.pins.power_on()
        self.chain = ChainState.OFF

    @property
    def enabled(self) -> bool:
        """Whether PIOB, as the chain's input, is low."""
        return self.before is None or self.before.chain is ChainState.DONE

    @property
    def status(self) -> int:
        """Pin and latch of A, pin and latch of B from bit 0 on, and the complement above."""
        levels = self.pins.levels
        latches = self.pins.latches if self.chain is ChainState.OFF else self.pins.mask
        low = levels & 1 | (latches & 1) << 1 | (levels & 2) << 1 | (latches & 2) << 2
        return low | (low ^ 0xF) << 4

    def _read_pins(self) -> Behaviour:
        while True:
            yield from send_bytes(bytes((self.status,)))

    def _write_pins(self) -> Behaviour:
        if self.chain is not ChainState.OFF:
            return
        yield from confirmed_writes(self.pins.drive, lambda: self.status)

    def _change_chain(self) -> Behaviour:
        control = yield from receive_byte()
        inverted = yield from receive_byte()
        accepted = inverted == control ^ 0xFF and control in tuple(ChainState)
        if accepted:
            if control == ChainState.OFF:
                self.pins.power_on()
            self.chain = ChainState(control)
        answer = bytes((CONFIRMATION if accepted else REFUSAL,))
        while True:
            yield from send_bytes(answer)

    def _conditional_read_rom(self) -> Selecting:
        self._resumable = False
        if self.chain is not ChainState.ON or not self.enabled:
            return False
        yield from send_bytes(self.rom)
        self._resumable = True
        return True

    rom_commands: ClassVar[RomCommands] = (
        Slave.rom_commands
        | Slave.with_resume
        | Slave.with_overdrive
        | {CONDITIONAL_READ_ROM: _conditional_read_rom}
    )
    functions: ClassVar[Functions] = {
        code: Thermometer.functions[code]
        for code in (
            CONVERT_T,
            COPY_SCRATCHPAD,
            READ_POWER_SUPPLY,
            READ_SCRATCHPAD,
            RECALL_EEPROM,
            WRITE_SCRATCHPAD,
        )
    } | {
        PIO_ACCESS_READ: _read_pins,
        PIO_ACCESS_WRITE: _write_pins,
        CHAIN: _change_chain,
    }

"""DS2413, two switches. Source: data sheet DS2413 (PIO Access Read and Write)."""

from __future__ import annotations

from owfs_py.bus.rom import RomId
from owfs_py.emulator.slave import Behaviour, Slave, receive_byte, send_bytes
from owfs_py.emulator.switches import Pins, confirmed_writes

PIO_ACCESS_READ = 0xF5
PIO_ACCESS_WRITE = 0x5A


class DS2413(Slave):
    """`pins` has bit 0 for PIOA and bit 1 for PIOB."""

    families = (0x3A,)
    chip = "DS2413"
    rom_commands = Slave.rom_commands | Slave.with_resume | Slave.with_overdrive

    def __init__(self, rom: RomId) -> None:
        self.pins = Pins(2)
        super().__init__(rom)

    def brown_out(self) -> None:
        super().brown_out()
        self.pins.power_on()

    @property
    def status(self) -> int:
        """Pin and latch of A, pin and latch of B from bit 0 on, and the complement above."""
        levels, latches = self.pins.levels, self.pins.latches
        low = levels & 1 | (latches & 1) << 1 | (levels & 2) << 1 | (latches & 2) << 2
        return low | (low ^ 0xF) << 4

    def function(self) -> Behaviour:
        command = yield from receive_byte()
        if command == PIO_ACCESS_READ:
            while True:
                yield from send_bytes(bytes((self.status,)))
        elif command == PIO_ACCESS_WRITE:
            yield from confirmed_writes(self.pins.drive, lambda: self.status)

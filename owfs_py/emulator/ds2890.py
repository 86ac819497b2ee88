"""DS2890, a potentiometer. Source: data sheet DS2890 (potentiometer function commands).

Not to be seen here: what a wiper without charge pump does.
"""

from __future__ import annotations

from owfs_py.bus.rom import RomId
from owfs_py.emulator.slave import (
    Behaviour,
    Selecting,
    Slave,
    receive_byte,
    send_bytes,
    send_forever,
)
from owfs_py.emulator.wire import LOW

READ_POSITION, WRITE_POSITION = 0xF0, 0x0F
READ_CONTROL, WRITE_CONTROL = 0xAA, 0x55
INCREMENT, DECREMENT = 0xC3, 0x99
RELEASE = 0x96

CHARGE_PUMP = 0x40
FIRST_WIPER = 0x0C
VALID_CONTROLS = (FIRST_WIPER, FIRST_WIPER | CHARGE_PUMP)
FEATURES = 0xF3
"""Linear, volatile, one potentiometer of 256 positions and 100 kΩ."""
HIGHEST = 0xFF


class DS2890(Slave):
    """`position` of the wiper and the control register; both are lost with the power."""

    families = (0x2C,)
    chip = "DS2890"
    rom_commands = Slave.rom_commands | Slave.with_resume | Slave.with_overdrive

    def __init__(self, rom: RomId) -> None:
        self.position = 0
        self.control = FIRST_WIPER
        super().__init__(rom)

    def brown_out(self) -> None:
        super().brown_out()
        self.position, self.control = 0, FIRST_WIPER

    def function(self) -> Behaviour:
        command = yield from receive_byte()
        if command == READ_POSITION:
            yield from send_bytes(bytes((self.control, self.position)))
            yield from send_forever(LOW)
        elif command == READ_CONTROL:
            yield from send_bytes(bytes((FEATURES, self.control)))
            yield from send_forever(LOW)
        elif command == WRITE_POSITION:
            position = yield from receive_byte()
            if (yield from self._released(position)):
                self.position = position
        elif command == WRITE_CONTROL:
            control = yield from receive_byte()
            if control in VALID_CONTROLS and (yield from self._released(control)):
                self.control = control
        else:
            yield from self._step_on(command)

    def _released(self, byte: int) -> Selecting:
        """Repeat what was heard; whether the master then tells to do it."""
        yield from send_bytes(bytes((byte,)))
        return (yield from receive_byte()) == RELEASE

    def _step_on(self, command: int) -> Behaviour:
        while command in (INCREMENT, DECREMENT):
            step = 1 if command == INCREMENT else -1
            self.position = max(0, min(HIGHEST, self.position + step))
            yield from send_bytes(bytes((self.position,)))
            command = yield from receive_byte()

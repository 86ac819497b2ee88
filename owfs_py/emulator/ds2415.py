"""The clocks DS2415 and DS2417. Source: their data sheets (device control byte, clock functions).

Without the interrupt output of the DS2417.
"""

from __future__ import annotations

from typing import ClassVar

from owfs_py.bus.rom import RomId
from owfs_py.emulator.slave import Behaviour, Slave, receive_byte, send_bytes

READ_CLOCK, WRITE_CLOCK = 0x66, 0x99

OSCILLATOR = 0x0C
OSCILLATOR_DECIDES = 0x08
"""When the two oscillator bits are written differently, this one counts."""
SECONDS = 1 << 32


class DS2415(Slave):
    """`control` is the device control byte, `seconds` the counter, which goes round."""

    families = (0x24,)
    chip = "DS2415"
    WRITABLE: ClassVar = 0xFC

    def __init__(self, rom: RomId) -> None:
        self.control = 0
        self._seconds = 0
        self._set_at = 0.0
        super().__init__(rom)

    @property
    def running(self) -> bool:
        return bool(self.control & OSCILLATOR)

    @property
    def seconds(self) -> int:
        passed = int(self.quartz() - self._set_at) if self.running else 0
        return (self._seconds + passed) % SECONDS

    @seconds.setter
    def seconds(self, value: int) -> None:
        self._seconds, self._set_at = value, self.quartz()

    def set_control(self, byte: int) -> None:
        """Write the control byte."""
        seconds = self.seconds
        running = byte & OSCILLATOR_DECIDES
        self.control = byte & self.WRITABLE & ~OSCILLATOR | (OSCILLATOR if running else 0)
        self.seconds = seconds

    def function(self) -> Behaviour:
        command = yield from receive_byte()
        if command == READ_CLOCK:
            answer = bytes((self.control,)) + self.seconds.to_bytes(4, "little")
            while True:
                yield from send_bytes(answer)
        elif command == WRITE_CLOCK:
            self.set_control((yield from receive_byte()))
            written = bytearray()
            while len(written) < 4:
                written.append((yield from receive_byte()))
            self.seconds = int.from_bytes(written, "little")


class DS2417(DS2415):
    """The one with an interrupt, of which bits 4 to 7 of the control byte tell."""

    families = (0x27,)
    chip = "DS2417"

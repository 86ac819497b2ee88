"""The weather head WS603: a DS2760 and a controller that looks for requests in its RAM.

Source: what owserver 3.2p4 expects of it; there is no public description. The sensors are what a
test says.
"""

from __future__ import annotations

from owfs_py.bus.rom import RomId
from owfs_py.emulator.ds27xx import DS2760

REQUEST, ANSWER = 0x80, 0x88
PARAMETERS, READINGS, LIGHT, WIND_CALIBRATION, DIRECTION_CALIBRATION = 0xA0, 0xA1, 0xA2, 0xA3, 0xA4
LENGTHS = {PARAMETERS: 0, READINGS: 0, LIGHT: 4, WIND_CALIBRATION: 1, DIRECTION_CALIBRATION: 1}
"""Bytes of parameters that follow a command."""
WIND_FACTOR, DIRECTION_OFFSET = 1, 2  # in `parameters`
ANSWER_TIME = 0.015
"""Seconds."""


class WS603(DS2760):
    """`readings` are wind count, direction, LED status, light, voltage; `parameters` LED model,
    calibrations of wind and direction, threshold of light, and one byte that means nothing.
    """

    chip = "WS603"

    def __init__(self, rom: RomId) -> None:
        self.readings = bytearray((100, 7, 3, 120, 200))
        self.parameters = bytearray((1, 110, 4, 60, 0))
        self.lights = bytes(4)
        """What LED/control was set to."""
        self.stubborn = False
        """Fault: calibrations stay as they are."""
        self._due: tuple[float, int] | None = None
        super().__init__(rom)

    @property
    def registers(self) -> bytearray:
        registers = super().registers
        if self._due is not None and self.wire.now() >= self._due[0]:
            command = self._due[1]
            self._due = None
            content = self.readings if command == READINGS else self.parameters
            answer = bytes((command,)) + content
            registers[ANSWER : ANSWER + len(answer) + 1] = answer + bytes((sum(answer) & 0xFF,))
        return registers

    def store(self, address: int, byte: int) -> None:
        super().store(address, byte)
        registers = self._registers
        command = registers[REQUEST]
        size = 1 + LENGTHS.get(command, 0)
        if command not in LENGTHS or address != REQUEST + size + 1:
            return
        body = bytes(registers[REQUEST : REQUEST + size])
        ending = bytes((sum(body) & 0xFF, (command & 0x0F) * 16 + 0x0E))
        if registers[REQUEST + size : REQUEST + size + 2] == ending:
            self._obey(command, body[1:])

    def _obey(self, command: int, given: bytes) -> None:
        if command in (PARAMETERS, READINGS):
            self._due = (self.wire.now() + ANSWER_TIME, command)
        elif command == LIGHT:
            self.lights = given
        elif not self.stubborn:
            at = WIND_FACTOR if command == WIND_CALIBRATION else DIRECTION_OFFSET
            self.parameters[at] = given[0]

"""The voltmeter T8A, which speaks as a DS2406 and has eight inputs.

Source: what owserver 3.2p4 expects of it; there is no public description.
"""

from __future__ import annotations

from typing import ClassVar

from owfs_py.bus.rom import RomId
from owfs_py.emulator.ds2406 import CHANNEL_ACCESS, DS2406
from owfs_py.emulator.slave import Behaviour, Functions, inverted_crc16, receive_byte, send_bytes

CONVERT = 0xA6
MARK = b"\0A189"
INPUTS = 8
FULL_SCALE = 5.0
"""Volts, in 12 bits."""
STEPS = 1 << 12


def _mirrored(value: int, bits: int) -> int:
    return int(f"{value:0{bits}b}"[::-1], 2) ^ ((1 << bits) - 1)


class T8A(DS2406):
    """`volts` are those at its inputs."""

    chip = "T8A"

    def __init__(self, rom: RomId) -> None:
        super().__init__(rom)
        self.volts = [0.0] * INPUTS
        self.memory[: len(MARK)] = MARK
        self.spoiled_crcs = 0
        """Fault: so many coming CRCs are wrong."""

    def _measure(self) -> Behaviour:
        control = yield from receive_byte()
        reserved = yield from receive_byte()
        if control != CONVERT:
            yield from self._access(control, reserved)
            return
        chosen = yield from receive_byte()
        raw = min(STEPS - 1, round(self.volts[chosen >> 2] / FULL_SCALE * STEPS))
        upper, lower = _mirrored(raw >> 4, 8), 0xF0 | _mirrored(raw & 0xF, 4)
        answer = bytes((0xFF, 0xFF, 0xFF, 0xFF, upper, 0xFF, lower))
        crc = inverted_crc16(bytes((chosen,)) + answer)
        if self.spoiled_crcs:
            self.spoiled_crcs -= 1
            crc = bytes(2)
        yield from send_bytes(answer + crc)

    functions: ClassVar[Functions] = DS2406.functions | {CHANNEL_ACCESS: _measure}

"""The Cython core's work in straightforward Python, for comparison only: nothing else uses it.

Same interfaces and results as owfs_py._crc and owfs_py._search (Maxim application notes 27, 187).
"""

from __future__ import annotations


def _table(polynomial: int) -> list[int]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (polynomial if value & 1 else 0)
        table.append(value)
    return table


_CRC8 = _table(0x8C)  # x^8 + x^5 + x^4 + 1, reflected
_CRC16 = _table(0xA001)  # x^16 + x^15 + x^2 + 1, reflected


def crc8(data: bytes) -> int:
    """By table, as fast as plain Python gets."""
    crc = 0
    for byte in data:
        crc = _CRC8[crc ^ byte]
    return crc


def crc16(data: bytes) -> int:
    """By table, not inverted."""
    crc = 0
    for byte in data:
        crc = crc >> 8 ^ _CRC16[(crc ^ byte) & 0xFF]
    return crc


class RomSearch:
    """A search over all slaves of a bus."""

    def __init__(self) -> None:
        self._rom = 0
        self._last_discrepancy = -1
        self.done = False

    @property
    def _path(self) -> int:
        if self._last_discrepancy < 0:
            return 0
        turn = 1 << self._last_discrepancy
        return self._rom & (turn - 1) | turn

    def accelerator_request(self) -> bytes:
        """Bit 2n+1 is direction n."""
        path, request = self._path, 0
        for position in range(64):
            request |= (path >> position & 1) << (2 * position + 1)
        return request.to_bytes(16, "little")

    def advance(self, rom: bytes, conflicts: int) -> bool:
        """Take the result of a pass; False, and nothing changed, if it cannot be right."""
        value = int.from_bytes(rom, "little")
        if rom[0] == 0 or crc8(rom) != 0:
            return False
        walked = (2 << self._last_discrepancy) - 1 if self._last_discrepancy >= 0 else 0
        if (value ^ self._path) & walked:
            return False
        self._rom = value
        self._last_discrepancy = (conflicts & ~value).bit_length() - 1
        self.done = self._last_discrepancy < 0
        return True

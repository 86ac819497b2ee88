"""DS2505 and DS2506, 16 and 64 kbit of EPROM with a status memory.

Sources: data sheets DS2505, DS2506 (memory maps, status memory, function flow charts). Without the
faster commands for writing.
"""

from __future__ import annotations

from typing import ClassVar

from owfs_py.emulator.ds2502 import (
    DS2502,
    PAGE,
    READ_MEMORY,
    READ_STATUS,
    UNPROGRAMMED,
    WRITE_MEMORY,
    WRITE_STATUS,
    Cell,
)
from owfs_py.emulator.slave import (
    Behaviour,
    Functions,
    Slave,
    inverted_crc16,
    send_bytes,
    send_forever,
)
from owfs_py.emulator.wire import LISTEN

EXTENDED_READ = 0xA5

# Status memory: a bit for each page that protects it, one that protects its redirection, one for
# the use of programs; then a byte for each page, its redirection.
PROTECTION, REDIRECTION_PROTECTION, USED, REDIRECTION = 0x000, 0x020, 0x040, 0x100


class DS2505(DS2502):
    """Also DS1985. Status bytes between the four areas do not exist and read as ones."""

    families = (0x0B,)
    chip = "DS2505"
    SIZE = 2048
    STATUS_PAGE: ClassVar[int] = 8
    """Bytes of the status memory to a CRC."""

    @property
    def pages(self) -> int:
        return self.SIZE // PAGE

    def _new_status(self) -> bytearray:
        return bytearray((UNPROGRAMMED,)) * (REDIRECTION + self.pages)

    def _is_protected(self, cell: Cell) -> bool:
        if cell.content is self.memory:
            return not self._bit_of(PROTECTION, cell.address // PAGE)
        if cell.address >= REDIRECTION:
            return not self._bit_of(REDIRECTION_PROTECTION, cell.address - REDIRECTION)
        offset = cell.address % REDIRECTION_PROTECTION
        return cell.address >= USED + self.pages // 8 or offset >= self.pages // 8

    def _bit_of(self, area: int, page: int) -> int:
        return self.status[area + page // 8] >> page % 8 & 1

    def _crc(self, data: bytes | bytearray) -> bytes:
        return inverted_crc16(data)

    def _before_further_byte(self, address: int) -> bytes:
        return address.to_bytes(2, "little")

    def _read_pages(self, command: int, content: bytearray, chunk: int) -> Behaviour:
        """Bytes with a CRC at each multiple of `chunk`, the first one over the command, too."""
        seen = bytearray()
        address = yield from self._address(command, seen)
        while address < len(content):
            end = (address // chunk + 1) * chunk
            yield from send_bytes(content[address:end])
            yield from self._send_crc(seen + content[address:end])
            seen.clear()
            address = end
        yield from send_forever(LISTEN)

    def _extended_read(self) -> Behaviour:
        seen = bytearray()
        address = yield from self._address(EXTENDED_READ, seen)
        while address < self.SIZE:
            end = (address // PAGE + 1) * PAGE
            redirection = self.status[REDIRECTION + address // PAGE :][:1]
            yield from send_bytes(redirection)
            yield from self._send_crc(seen + redirection)
            yield from send_bytes(self.memory[address:end])
            yield from self._send_crc(self.memory[address:end])
            seen.clear()
            address = end
        yield from send_forever(LISTEN)

    functions: ClassVar[Functions] = {
        READ_MEMORY: lambda self: self._read_pages(READ_MEMORY, self.memory, self.SIZE),
        EXTENDED_READ: _extended_read,
        READ_STATUS: lambda self: self._read_pages(READ_STATUS, self.status, self.STATUS_PAGE),
        WRITE_MEMORY: DS2502.functions[WRITE_MEMORY],
        WRITE_STATUS: DS2502.functions[WRITE_STATUS],
    }


class DS2506(DS2505):
    """Also DS1986."""

    families = (0x0F,)
    chip = "DS2506"
    SIZE = 8192
    STATUS_PAGE = 32
    rom_commands = Slave.rom_commands | Slave.with_overdrive


class DS1985U(DS2505):
    """One that comes programmed by the maker."""

    families = (0x8B,)
    chip = "DS1985U"


class DS1986U(DS2506):
    """One that comes programmed by the maker."""

    families = (0x8F,)
    chip = "DS1986U"

"""DS2502, 1 kbit of EPROM. Source: data sheet DS2502 (memory map, function flow charts)."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from owfs_py._crc import crc8
from owfs_py.bus.rom import RomId
from owfs_py.emulator.slave import (
    Behaviour,
    Functions,
    Receiving,
    Slave,
    receive_address,
    receive_byte,
    send_bytes,
)
from owfs_py.emulator.wire import POLL

READ_MEMORY = 0xF0
READ_DATA_WITH_CRC = 0xC3
WRITE_MEMORY = 0x0F
READ_STATUS = 0xAA
WRITE_STATUS = 0x55

PAGE = 32
STATUS_SIZE = 8
UNPROGRAMMED = 0xFF


class Cell(NamedTuple):
    """What a program pulse would program."""

    content: bytearray
    address: int
    wanted: int


class DS2502(Slave):
    """Also DS1982. Bits go from 1 to 0 by a program pulse and never back.

    `status`: byte 0 protects page n if its bit n is 0; bytes 1 to 4 are for redirection, which
    the chip leaves to the bus master; byte 7 reads 0.
    """

    families = (0x09,)
    chip = "DS2502"
    SIZE: ClassVar[int] = 128

    def __init__(self, rom: RomId) -> None:
        self.memory = bytearray((UNPROGRAMMED,)) * self.SIZE
        self.status = self._new_status()
        self.spoiled_crcs = 0
        """Fault: so many coming CRCs are wrong."""
        self.weak_cells = 0
        """Fault: so many coming pulses program nothing."""
        self._cell: Cell | None = None
        self._bit = 0
        super().__init__(rom)

    def _new_status(self) -> bytearray:
        return bytearray((UNPROGRAMMED,)) * (STATUS_SIZE - 1) + b"\0"

    def on_reset(self) -> None:
        self._cell = None

    def brown_out(self) -> None:
        super().brown_out()
        self._cell = None

    def on_program_pulse(self) -> None:
        if self._cell is None:
            return
        if self.weak_cells:
            self.weak_cells -= 1
        elif not self._is_protected(self._cell):
            self._cell.content[self._cell.address] &= self._cell.wanted

    def _is_protected(self, cell: Cell) -> bool:
        page_bit = 1 << cell.address // PAGE
        return cell.content is self.memory and not self.status[0] & page_bit

    def busy(self) -> bool:
        # Only now, after the pulse, is it known what the cell holds.
        cell = self._cell
        return cell is not None and not cell.content[cell.address] >> self._bit & 1

    def _address(self, command: int, seen: bytearray) -> Receiving:
        """The address behind a command; what the CRC covers is put into `seen`."""
        address = yield from receive_address()
        seen += bytes((command, *address.to_bytes(2, "little")))
        return address

    def _crc(self, data: bytes | bytearray) -> bytes:
        return bytes((crc8(data),))

    def _send_crc(self, data: bytes | bytearray) -> Behaviour:
        crc = bytearray(self._crc(data))
        if self.spoiled_crcs:
            self.spoiled_crcs -= 1
            crc[0] ^= 0xFF
        yield from send_bytes(crc)

    def _read(self, command: int, content: bytearray, chunk: int) -> Behaviour:
        seen = bytearray()
        address = yield from self._address(command, seen)
        yield from self._send_crc(seen)
        while address < len(content):
            end = (address // chunk + 1) * chunk
            yield from send_bytes(content[address:end])
            yield from self._send_crc(content[address:end])
            address = end

    def _write(self, command: int, content: bytearray) -> Behaviour:
        seen = bytearray()
        address = yield from self._address(command, seen)
        while address < len(content):
            byte = yield from receive_byte()
            yield from self._send_crc(seen + bytes((byte,)))
            self._cell = Cell(content, address, byte)
            for self._bit in range(8):
                yield POLL
            address += 1
            seen = bytearray(self._before_further_byte(address))

    def _before_further_byte(self, address: int) -> bytes:
        """What the CRC of each byte but the first one covers before it."""
        return bytes((address & 0xFF,))

    functions: ClassVar[Functions] = {
        READ_MEMORY: lambda self: self._read(READ_MEMORY, self.memory, self.SIZE),
        READ_DATA_WITH_CRC: lambda self: self._read(READ_DATA_WITH_CRC, self.memory, PAGE),
        READ_STATUS: lambda self: self._read(READ_STATUS, self.status, STATUS_SIZE),
        WRITE_MEMORY: lambda self: self._write(WRITE_MEMORY, self.memory),
        WRITE_STATUS: lambda self: self._write(WRITE_STATUS, self.status),
    }


class DS1982U(DS2502):
    """One whose first page comes programmed with a node address."""

    families = (0x89,)
    chip = "DS1982U"

"""DS2502, 1 kbit of EPROM. Source: data sheet DS2502 (memory map, function flow charts)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from owfs_py._crc import crc8
from owfs_py.bus.rom import RomId
from owfs_py.emulator.slave import Behaviour, Receiving, Slave, receive_byte, send_bytes

READ_MEMORY = 0xF0
READ_DATA_WITH_CRC = 0xC3
WRITE_MEMORY = 0x0F
READ_STATUS = 0xAA
WRITE_STATUS = 0x55

SIZE, PAGE = 128, 32
STATUS_SIZE = 8
UNPROGRAMMED = 0xFF


class DS2502(Slave):
    """Also DS1982. Bits go from 1 to 0 by a program pulse and never back.

    `status`: byte 0 protects page n if its bit n is 0; bytes 1 to 4 are for redirection, which
    the chip leaves to the bus master; byte 7 reads 0.
    """

    families = (0x09,)
    chip = "DS2502"

    def __init__(self, rom: RomId) -> None:
        self.memory = bytearray((UNPROGRAMMED,)) * SIZE
        self.status = bytearray((UNPROGRAMMED,)) * (STATUS_SIZE - 1) + b"\0"
        self.spoiled_crcs = 0
        """Fault: so many coming CRCs are wrong."""
        self.weak_cells = 0
        """Fault: so many coming pulses program nothing."""
        self._program: Callable[[], None] | None = None
        super().__init__(rom)

    def on_reset(self) -> None:
        self._program = None

    def brown_out(self) -> None:
        super().brown_out()
        self._program = None

    def on_program_pulse(self) -> None:
        program, self._program = self._program, None
        if program is not None and self.weak_cells:
            self.weak_cells -= 1
        elif program is not None:
            program()

    def function(self) -> Behaviour:
        command = yield from receive_byte()
        answer = self.functions.get(command)
        if answer is not None:
            yield from answer(self, bytes((command,)))

    def _address(self, command: bytes, seen: bytearray) -> Receiving:
        """Two bytes of address; what the CRC-8 covers is put into `seen`."""
        low = yield from receive_byte()
        high = yield from receive_byte()
        seen += command + bytes((low, high))
        return low | high << 8

    def _send_crc(self, data: bytes | bytearray) -> Behaviour:
        crc = crc8(data)
        if self.spoiled_crcs:
            self.spoiled_crcs -= 1
            crc ^= 0xFF
        yield from send_bytes(bytes((crc,)))

    def _read(self, command: bytes, content: bytearray, chunk: int) -> Behaviour:
        seen = bytearray()
        address = yield from self._address(command, seen)
        yield from self._send_crc(seen)
        while address < len(content):
            end = (address // chunk + 1) * chunk
            yield from send_bytes(content[address:end])
            yield from self._send_crc(content[address:end])
            address = end

    def _write(self, command: bytes, content: bytearray) -> Behaviour:
        seen = bytearray()
        address = yield from self._address(command, seen)
        while address < len(content):
            byte = yield from receive_byte()
            yield from self._send_crc(seen + bytes((byte,)))
            self._program = lambda at=address, value=byte: self._clear_bits(content, at, value)  # type: ignore[misc]  # mypy cannot infer it
            yield from self._read_back(content, address)
            address += 1
            # The CRC of each further byte begins with the low byte of its address.
            seen = bytearray((address & 0xFF,))

    def _read_back(self, content: bytearray, address: int) -> Behaviour:
        for n in range(8):
            # Only now, after the pulse, is it known what the cell holds.
            yield POLL if n >= 0 else LISTEN

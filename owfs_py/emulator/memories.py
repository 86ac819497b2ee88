"""Memories behind a scratchpad: DS2433, DS2431, DS28EC20, and what others build on it.

Sources: data sheets DS2433, DS2431, DS28EC20 (memory map, memory function flow charts). Bytes are
taken and sent in the order of those charts, with address registers, flags and CRC-16.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, NamedTuple

from owfs_py.bus.rom import RomId
from owfs_py.emulator.slave import (
    Behaviour,
    Functions,
    Receiving,
    Selecting,
    Slave,
    inverted_crc16,
    receive_address,
    receive_byte,
    send_bytes,
    send_forever,
)
from owfs_py.emulator.wire import CLOCK_TOLERANCE, LISTEN, POLL

WRITE_SCRATCHPAD = 0x0F
COPY_SCRATCHPAD = 0x55
READ_SCRATCHPAD = 0xAA
READ_MEMORY = 0xF0

# The register E/S: the end offset in its low bits, and flags.
PARTIAL = 0x20  # the last byte was not complete, or power failed since
OVERFLOWN = 0x40  # there were bytes behind the end of the scratchpad
ACCEPTED = 0x80  # what is in the scratchpad has been copied

ERASED = 0xFF
PAGE = 32
"""Bytes; the same for all of them that send pages with a CRC-16."""


class _Copy(NamedTuple):
    """A copy under way: when it is done, and what it brings where."""

    end: float
    address: int
    data: bytes


class ScratchpadChip(Slave):
    """Memory that is written through a scratchpad. A copy that is disturbed is lost.

    `memory` is all that Read Memory shows, from address 0 on.
    """

    SIZE: ClassVar[int]
    """Bytes of `memory`."""
    ROW: ClassVar[int] = 32
    """Bytes of the scratchpad."""
    COPY_TIME: ClassVar[float] = 0.0
    """Seconds, maximum."""
    PATTERN: ClassVar[int] = 0x55
    """What a finished copy sends again and again: ones and zeros in turn, or zeros."""
    CONTENT: ClassVar[int] = ERASED
    SCRATCHPAD_CRC: ClassVar[bool] = False
    """Whether reading the scratchpad to its end gives a CRC-16."""
    PARTIAL: ClassVar[int] = PARTIAL
    """The flag of incomplete bytes, above the bits of the end offset."""
    OVERFLOW_FLAG: ClassVar[bool] = False
    """Whether writing past the end of the scratchpad sets a flag; else there comes a CRC-16."""

    def __init__(self, rom: RomId) -> None:
        self._memory = bytearray((self.CONTENT,)) * self.SIZE
        self._scratchpad = bytearray(self.ROW)
        self._target = bytearray(2)
        self._end_and_status = self.PARTIAL
        self._copying: _Copy | None = None
        self.disturbed_copies = 0
        """How often a copy was not left the time that it takes."""
        self.spoiled_crcs = 0
        """Fault: so many coming CRCs are wrong."""
        super().__init__(rom)

    @property
    def memory(self) -> bytearray:
        """The memory as it is now; may be changed."""
        self._finish_copy()
        self._go_on()
        return self._memory

    def brown_out(self) -> None:
        super().brown_out()
        self._finish_copy(disturbed=True)
        self._end_and_status |= self.PARTIAL

    def on_reset(self) -> None:
        self._finish_copy(disturbed=True)

    def busy(self) -> bool:
        return self._end_and_status & ACCEPTED != 0 and not self._finish_copy(disturbed=True)

    # The scratchpad

    def _write_scratchpad(self) -> Behaviour:
        for n in range(2):
            self._target[n] = yield from receive_byte()
        self._end_and_status = 0
        received = bytearray((WRITE_SCRATCHPAD, *self._target))
        for offset in range(self._offset, self.ROW):
            received.append((yield from self._receive_flagged(offset)))
            self._scratchpad[offset] = self._admitted(self._row + offset, received[-1])
        if self.OVERFLOW_FLAG:
            yield LISTEN
            self._end_and_status |= OVERFLOWN
            return
        yield from self.send_crc(received)

    def _receive_flagged(self, offset: int) -> Receiving:
        """A byte; the flag stays set if it never becomes complete."""
        value = 0
        for n in range(8):
            value |= (yield LISTEN) << n
            self._end_and_status = offset | (self.PARTIAL if n < 7 else 0)
        return value

    def _read_scratchpad(self) -> Behaviour:
        sent = bytes((*self._target, self._end_and_status)) + self._scratchpad[self._offset :]
        yield from send_bytes(sent)
        if self.SCRATCHPAD_CRC:
            yield from self.send_crc(bytes((READ_SCRATCHPAD,)) + sent)

    def _copy_scratchpad(self) -> Behaviour:
        for expected in (*self._target, self._end_and_status):
            if (yield from receive_byte()) != expected:
                return
        if not (yield from self._is_authorized()):
            return
        start, end = self._offset, self._end_and_status % self.ROW
        if self._end_and_status & self.PARTIAL or not self._may_copy(start, end):
            return
        self._end_and_status |= ACCEPTED
        data = bytes(self._scratchpad[start : end + 1])
        self._copying = _Copy(self.wire.now() + self.COPY_TIME, self._row + start, data)
        while True:
            for n in range(8):
                yield LISTEN if self.PATTERN >> n & 1 else POLL

    def _finish_copy(self, *, disturbed: bool = False) -> bool:
        """Store what time has copied. True if a copy that is `disturbed` now was lost by that."""
        copy = self._copying
        if copy is None:
            return False
        if self.wire.now() >= copy.end - CLOCK_TOLERANCE:
            self._copying = None
            self._store(copy.address, copy.data)
        elif disturbed:
            self._copying = None
            self._end_and_status &= ~ACCEPTED
            self.disturbed_copies += 1
            return True
        return False

    # What chips differ in

    def _go_on(self) -> None:
        """Do what a chip that does something by itself should have done by now."""

    @property
    def _offset(self) -> int:
        """Where in the scratchpad the target address lies."""
        return self._target[0] % self.ROW

    @property
    def _row(self) -> int:
        """The address of the row that the target address lies in."""
        return int.from_bytes(self._target, "little") - self._offset

    def _admitted(self, address: int, byte: int) -> int:
        """What the scratchpad takes of a byte meant for `address`."""
        return byte

    def _is_authorized(self) -> Selecting:
        """Slots behind the address of a copy that tell whether it may begin."""
        return True
        yield  # makes it a generator

    def _may_copy(self, start: int, end: int) -> bool:
        """Whether these offsets of the scratchpad, the last one included, can be copied."""
        return start <= end

    def _store(self, address: int, data: bytes) -> None:
        stop = min(address + len(data), self.SIZE)
        if address < stop:
            self._memory[address:stop] = data[: stop - address]

    # Reading

    def _read_memory(self) -> Behaviour:
        address = yield from receive_address()
        yield from send_bytes(self.memory[address:])
        yield from send_forever(LISTEN)

    def _send_pages(
        self, command: int, address: int, content: Callable[[int, int], bytes | bytearray]
    ) -> Behaviour:
        """From an address on, page by page, `content` from there to the end of the page.

        Behind each is its CRC-16; the first also covers the command and the address.
        """
        seen = bytes((command, *address.to_bytes(2, "little")))
        while address < self.SIZE:
            end = (address // PAGE + 1) * PAGE
            sent = content(address, end)
            yield from send_bytes(sent)
            yield from self.send_crc(seen + sent)
            seen = b""
            address = end
        yield from send_forever(LISTEN)

    def crc_of(self, data: bytes | bytearray) -> bytes:
        """The inverted CRC-16 of `data`."""
        low, high = inverted_crc16(data)
        if self.spoiled_crcs:
            self.spoiled_crcs -= 1
            low ^= 0xFF
        return bytes((low, high))

    def send_crc(self, data: bytes | bytearray) -> Behaviour:
        """The same, slot by slot."""
        yield from send_bytes(self.crc_of(data))

    functions: ClassVar[Functions] = {
        WRITE_SCRATCHPAD: _write_scratchpad,
        READ_SCRATCHPAD: _read_scratchpad,
        COPY_SCRATCHPAD: _copy_scratchpad,
        READ_MEMORY: _read_memory,
    }


class DS2433(ScratchpadChip):
    """4096 bits of EEPROM, also DS1973."""

    families = (0x23,)
    chip = "DS2433"
    SIZE = 512
    COPY_TIME = 0.005
    rom_commands = Slave.rom_commands | Slave.with_overdrive


class DS28EC20(ScratchpadChip):
    """20480 bits of EEPROM. Without its write protection."""

    families = (0x43,)
    chip = "DS28EC20"
    SIZE = 2560
    COPY_TIME = 0.010
    PATTERN = 0xAA
    SCRATCHPAD_CRC = True
    rom_commands = Slave.rom_commands | Slave.with_overdrive | Slave.with_resume


class DS2431(ScratchpadChip):
    """1024 bits of EEPROM, copied in rows of eight bytes, also DS1972.

    The four bytes from PROTECTION on stand for a page each and may protect it.
    """

    families = (0x2D,)
    chip = "DS2431"
    SIZE = 0x90
    ROW = 8
    COPY_TIME = 0.0125
    PATTERN = 0xAA
    SCRATCHPAD_CRC = True
    rom_commands = Slave.rom_commands | Slave.with_overdrive | Slave.with_resume

    PAGES = 4
    PROTECTION = 0x80
    WRITE_PROTECTED, EPROM_MODE = 0x55, 0xAA

    def _protection(self, address: int) -> int:
        page = address // PAGE
        return self.memory[self.PROTECTION + page] if page < self.PAGES else 0

    def _admitted(self, address: int, byte: int) -> int:
        match self._protection(address):
            case self.WRITE_PROTECTED:
                return self.memory[address]
            case self.EPROM_MODE:
                return self.memory[address] & byte
        return byte

    def _may_copy(self, start: int, end: int) -> bool:
        whole = start == 0 and end == self.ROW - 1
        return whole and self._protection(self._row) != self.WRITE_PROTECTED

"""BAE0910 and BAE0911, the automation engines of Pascal Baerten.

Source: the maker's lists of commands and registers, by way of owserver's documentation; data
sheet CAT9554 (registers). Registers have their high byte first, addresses their low one. What
changes anything is done when the command has been confirmed. What the lists leave open is assumed
where it says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from owfs_py.bus.rom import RomId
from owfs_py.emulator.slave import (
    Behaviour,
    Functions,
    Slave,
    inverted_crc16,
    receive_byte,
    send_bytes,
)

CONFIRMATION = 0xBC
MEMORY_SIZE = 0x10000
BLOCK = 32
PAGE = 512
SECTOR = 512
ERASED = 0xFF

# What a poll answers.
GOOD, BAD, BUSY = 0x00, 0x01, 0xFF

# Functions of Write-Read, Sequential Write, Sequential Read.
IIC, IIC_END = 0x00, 0x01
WRITE_SECTOR, END_WRITING, READ_SECTOR, END_READING = 0x02, 0x03, 0x04, 0x05
LCD, SECTOR_DATA, SERIAL = 0x00, 0x02, 0x04

# Sub-commands of the extended command.
FIRMWARE_DATA, FIRMWARE_START = 0xBA, 0xBB

CAT9554 = 0x40
"""The address of the expander that is tied to the engine's bus."""


class Bae(Slave):
    """`memory` is all that Read and Write show. Devices beside it: `lcd` and `serial` are what was
    sent there, `card` holds the sectors that were written, `expander` the registers of a CAT9554.
    """

    families = (0xFC,)
    TYPE: ClassVar[int]
    EEPROM: ClassVar[range]

    def __init__(self, rom: RomId) -> None:
        self.device_version, self.bootstrap_version = 7, 0x10
        self.chip_type = 2
        self.memory = bytearray(MEMORY_SIZE)
        for address in self.EEPROM:
            self.memory[address] = ERASED
        self.commands: list[bytes] = []
        """The payloads of all extended commands."""
        self.firmware = bytearray()
        self.lcd = bytearray()
        self.serial = bytearray()
        self.card: dict[int, bytearray] = {}
        self.expander = bytearray((0x00, 0xFF, 0x00, 0xFF))
        """Registers 0 to 3; what is in the first one, the inputs, is made when it is read."""
        self.expander_levels = 0xFF
        """What its pins are when it does not drive them."""
        self.busy_polls = 0
        """So many polls find it at work after each command."""
        self.result = GOOD
        """Fault: what polls answer when it is done."""
        self.spoiled_crcs = 0
        """Fault: so many coming CRCs are wrong."""
        self.worn = False
        """Fault: what is written does not get into the memory."""
        self.deaf = False
        """Fault: confirmations are not heard."""
        self.in_alarm = False
        self._answer = b""
        self._polls_left = 0
        self._sector = self._place = 0
        super().__init__(rom)

    def alarming(self) -> bool:
        return self.in_alarm

    def put(self, address: int, value: int, size: int) -> None:
        """Let a register of so many bytes hold a number."""
        self.memory[address : address + size] = value.to_bytes(size, "big")

    def get(self, address: int, size: int) -> int:
        return int.from_bytes(self.memory[address : address + size], "big")

    # Parts of commands

    def _check(self, data: bytes) -> Behaviour:
        """The CRC of all that was said, and heard."""
        check = inverted_crc16(data)
        if self.spoiled_crcs:
            self.spoiled_crcs -= 1
            check = bytes(byte ^ 0xFF for byte in check)
        yield from send_bytes(check)

    def _receive(self, count: int, data: bytearray) -> Behaviour:
        for _ in range(count):
            data.append((yield from receive_byte()))

    def _confirmed(self, data: bytes, act: Callable[[], None]) -> Behaviour:
        """Tell the CRC, and act if that is confirmed."""
        yield from self._check(data)
        if (yield from receive_byte()) == CONFIRMATION and not self.deaf:
            act()

    # Memory

    def _two_bytes(self, command: int, first: int, second: int) -> Behaviour:
        data = bytes((first, second))
        yield from send_bytes(data)
        yield from self._check(bytes((command,)) + data)

    def _version(self) -> Behaviour:
        return self._two_bytes(0x11, self.device_version, self.bootstrap_version)

    def _type(self) -> Behaviour:
        return self._two_bytes(0x12, self.TYPE, self.chip_type)

    def _read(self) -> Behaviour:
        said = bytearray((0x14,))
        yield from self._receive(3, said)
        address, count = said[1] | said[2] << 8, said[3]
        if not 0 < count <= BLOCK:
            return
        data = self.memory[address : address + count]
        yield from send_bytes(data)
        yield from self._check(bytes(said) + data)

    def _write(self) -> Behaviour:
        said = bytearray((0x15,))
        yield from self._receive(3, said)
        address, count = said[1] | said[2] << 8, said[3]
        if not 0 < count <= BLOCK:
            return
        yield from self._receive(count, said)
        yield from self._confirmed(bytes(said), lambda: self._store(address, said[4:]))

    def _store(self, address: int, data: bytes | bytearray) -> None:
        if not self.worn:
            self.memory[address : address + len(data)] = data

    def _erase(self) -> Behaviour:
        said = bytearray((0x16,))
        yield from self._receive(2, said)
        address = said[1] | said[2] << 8

        def act() -> None:
            if address in self.EEPROM:
                self._store(address, bytes([ERASED]) * PAGE)

        yield from self._confirmed(bytes(said), act)

    # Extended command: also how new firmware comes

    def _extended(self) -> Behaviour:
        said = bytearray((0x13,))
        yield from self._receive(1, said)
        yield from self._receive(said[1] + 1, said)
        yield from self._confirmed(bytes(said), lambda: self._obey(bytes(said[2:])))

    def _obey(self, payload: bytes) -> None:
        self.commands.append(payload)
        if payload[0] == FIRMWARE_START:
            self.firmware.clear()
        elif payload[0] == FIRMWARE_DATA:
            self.firmware += payload[1:]

    # Sequences: a command, then polls for its result

    def _write_read(self) -> Behaviour:
        said = bytearray((0x17,))
        yield from self._receive(3, said)
        yield from self._receive(said[1], said)
        function, size, data = said[2], said[3], bytes(said[4:])
        yield from self._confirmed(bytes(said), lambda: self._begin(function, size, data))

    def _sequential_write(self) -> Behaviour:
        said = bytearray((0x18,))
        yield from self._receive(2, said)
        yield from self._receive(said[1], said)
        yield from self._confirmed(bytes(said), lambda: self._go_on(said[2], bytes(said[3:])))

    def _sequential_read(self) -> Behaviour:
        said = bytearray((0x19,))
        yield from self._receive(2, said)
        yield from self._confirmed(bytes(said), lambda: self._give(said[2], said[1]))

    def _done(self, answer: bytes = b"") -> None:
        self._answer = answer
        self._polls_left = self.busy_polls

    def _begin(self, function: int, size: int, data: bytes) -> None:
        self._done()
        if function == IIC and data[:1] == bytes((CAT9554,)):
            register = data[1]
            self.expander[register : register + len(data) - 2] = data[2:]
            _, outputs, polarity, inputs = self.expander
            self.expander[0] = (outputs & ~inputs | self.expander_levels & inputs) ^ polarity
            self._done(bytes(self.expander[register : register + size]))
        elif function in (WRITE_SECTOR, READ_SECTOR):
            self._sector, self._place = int.from_bytes(data, "big") // SECTOR, 0
            self.card.setdefault(self._sector, bytearray(SECTOR))

    def _go_on(self, function: int, data: bytes) -> None:
        self._done()
        if function == LCD:
            self.lcd += data
        elif function == SERIAL:
            self.serial += data
        elif function == SECTOR_DATA:
            self.card[self._sector][self._place : self._place + len(data)] = data
            self._place += len(data)

    def _give(self, function: int, size: int) -> None:
        sector = self.card.get(self._sector, bytearray(SECTOR))
        self._done(bytes(sector[self._place : self._place + size]))
        self._place += size

    def _poll(self) -> Behaviour:
        if self._polls_left:
            self._polls_left -= 1
            yield from send_bytes(bytes((BUSY,)))
            return
        data = bytes((self.result, len(self._answer))) + self._answer
        yield from send_bytes(data)
        yield from self._check(b"\x1a" + data)

    functions: ClassVar[Functions] = {
        0x11: _version,
        0x12: _type,
        0x13: _extended,
        0x14: _read,
        0x15: _write,
        0x16: _erase,
        0x17: _write_read,
        0x18: _sequential_write,
        0x19: _sequential_read,
        0x1A: _poll,
    }
    rom_commands = Slave.rom_commands | Slave.with_resume


class BAE0910(Bae):
    chip = "BAE0910"
    TYPE = 2
    EEPROM = range(0xE000, 0xE000 + 2 * PAGE)


class BAE0911(Bae):
    chip = "BAE0911"
    TYPE = 3
    EEPROM = range(8 * PAGE)

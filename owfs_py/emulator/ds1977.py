"""DS1977, 32 kbytes of EEPROM behind two passwords.

Source: data sheet DS1977 (memory map, memory/control function flow charts).
"""

from __future__ import annotations

from typing import ClassVar

from owfs_py.bus.rom import RomId
from owfs_py.emulator.memories import (
    ACCEPTED,
    COPY_SCRATCHPAD,
    READ_SCRATCHPAD,
    WRITE_SCRATCHPAD,
    ScratchpadChip,
)
from owfs_py.emulator.slave import (
    Behaviour,
    Functions,
    Selecting,
    Slave,
    receive_address,
    receive_byte,
    send_bytes,
    send_forever,
)
from owfs_py.emulator.wire import CLOCK_TOLERANCE, LISTEN, POLL

COPY_WITH_PASSWORD = 0x99
READ_WITH_PASSWORD = 0x69
VERIFY_PASSWORD = 0xC3
READ_VERSION = 0xCC

PAGE = 64
READ_PASSWORD, FULL_PASSWORD, CONTROL = 0x7FC0, 0x7FC8, 0x7FD0
PASSWORD_SIZE = 8
NO_FUNCTION = 0x7FD1
ENABLED = 0xAA
VERIFIED = 0xAA
READ_TIME, COPY_TIME = 0.005, 0.010
"""Seconds of strong pull-up that it takes after the password."""


class DS1977(ScratchpadChip):
    """`memory` has the passwords and the register that enables them, too, at their addresses."""

    families = (0x37,)
    chip = "DS1977"
    SIZE = 0x8000
    ROW = PAGE
    COPY_TIME = COPY_TIME
    PATTERN = 0xAA
    PARTIAL = 0x40
    SCRATCHPAD_CRC = True
    VERSION: ClassVar = 0x21
    rom_commands = Slave.rom_commands | Slave.with_overdrive | Slave.with_resume

    def __init__(self, rom: RomId) -> None:
        self._fed_since = 0.0
        self._fed = 0.0
        self._reading = False
        super().__init__(rom)

    def _password(self, address: int) -> bytes:
        return bytes(self.memory[address : address + PASSWORD_SIZE])

    # What it wants to be fed for

    def on_reset(self) -> None:
        super().on_reset()
        self._reading = False

    def on_strong_pullup(self, on: bool) -> None:
        if on:
            self._fed_since = self.wire.now()
        else:
            self._fed = self.wire.now() - self._fed_since

    def _was_fed(self, seconds: float) -> bool:
        return self._fed >= seconds - CLOCK_TOLERANCE

    def busy(self) -> bool:
        if self._reading:
            return self._was_fed(READ_TIME)
        self._finish_copy(disturbed=True)
        return self._end_and_status & ACCEPTED != 0

    def _store(self, address: int, data: bytes) -> None:
        if self._was_fed(COPY_TIME):
            super()._store(address, data)
        else:
            self._end_and_status &= ~ACCEPTED

    def _send_when_fed(self, data: bytes) -> Behaviour:
        """Bytes that only a chip that was fed can send; else ones."""
        self._reading = True
        for byte in data:
            for n in range(8):
                yield LISTEN if byte >> n & 1 else POLL

    # Functions

    def _receive_password(self, *addresses: int) -> Selecting:
        """Whether the next bytes are a password at one of these addresses."""
        received = bytearray()
        for _ in range(PASSWORD_SIZE):
            received.append((yield from receive_byte()))
        self._fed = 0.0
        return any(received == self._password(address) for address in addresses)

    def _opens(self, *addresses: int) -> Selecting:
        """The same, or no password is wanted."""
        matches = yield from self._receive_password(*addresses)
        return matches or self.memory[CONTROL] != ENABLED

    def _is_authorized(self) -> Selecting:
        return self._opens(FULL_PASSWORD)

    def _read_with_password(self) -> Behaviour:
        address = yield from receive_address()
        if not (yield from self._opens(READ_PASSWORD, FULL_PASSWORD)):
            return
        end = (address // PAGE + 1) * PAGE
        shown = bytearray(self.memory)
        shown[READ_PASSWORD:CONTROL] = b"\xff" * (CONTROL - READ_PASSWORD)
        shown[NO_FUNCTION:] = b"\xff" * (self.SIZE - NO_FUNCTION)
        data = bytes(shown[address:end])
        counted = bytes((READ_WITH_PASSWORD,)) + address.to_bytes(2, "little") + data
        yield from self._send_when_fed(data + self.crc_of(counted))
        yield from send_forever(LISTEN)

    def _verify_password(self) -> Behaviour:
        address = yield from receive_address()
        matches = yield from self._receive_password(address)
        while matches and address in (READ_PASSWORD, FULL_PASSWORD):
            yield from self._send_when_fed(bytes((VERIFIED,)))

    def _read_version(self) -> Behaviour:
        if (yield from receive_address()) == 0:
            yield from send_bytes(bytes((self.VERSION, self.VERSION)))

    functions: ClassVar[Functions] = {
        WRITE_SCRATCHPAD: ScratchpadChip.functions[WRITE_SCRATCHPAD],
        READ_SCRATCHPAD: ScratchpadChip.functions[READ_SCRATCHPAD],
        COPY_WITH_PASSWORD: ScratchpadChip.functions[COPY_SCRATCHPAD],
        READ_WITH_PASSWORD: _read_with_password,
        VERIFY_PASSWORD: _verify_password,
        READ_VERSION: _read_version,
    }

"""DS2430A, also DS1971: 32 bytes of EEPROM and an application register.

Source: data sheet DS2430A (memory map, memory function flow chart).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from owfs_py.bus.rom import RomId
from owfs_py.emulator.memories import ERASED
from owfs_py.emulator.slave import (
    Behaviour,
    Functions,
    Slave,
    receive_byte,
    send_bytes,
    send_forever,
)
from owfs_py.emulator.wire import CLOCK_TOLERANCE, LISTEN

WRITE_SCRATCHPAD, READ_SCRATCHPAD, COPY_SCRATCHPAD = 0x0F, 0xAA, 0x55
READ_MEMORY = 0xF0
WRITE_APPLICATION, READ_APPLICATION, LOCK_APPLICATION = 0x99, 0xC3, 0x5A
READ_STATUS = 0x66
VALIDATION_KEY, STATUS_KEY = 0xA5, 0x00
OPEN, LOCKED = 0xFF, 0xFC
SIZE, REGISTER_SIZE = 32, 8
PROGRAMMING_TIME = 0.010
"""Seconds in which the line must not go low."""


class DS2430A(Slave):
    """`register` is what the application register gives: its scratchpad until it is `locked`."""

    families = (0x14,)
    chip = "DS2430A"

    def __init__(self, rom: RomId) -> None:
        self._memory = bytearray((ERASED,)) * SIZE
        self._scratchpad = bytearray(SIZE)
        self.register = bytearray((ERASED,)) * REGISTER_SIZE
        self.locked = False
        self._copy: tuple[float, Callable[[], None]] | None = None
        self.disturbed_copies = 0
        """How often a copy was not left the time that it takes."""
        super().__init__(rom)

    @property
    def memory(self) -> bytearray:
        """The memory as it is now; may be changed."""
        self._finish_copy()
        return self._memory

    def on_reset(self) -> None:
        self._finish_copy(disturbed=True)

    def brown_out(self) -> None:
        super().brown_out()
        self._finish_copy(disturbed=True)
        if not self.locked:
            self.register[:] = bytes((ERASED,)) * REGISTER_SIZE

    def _finish_copy(self, *, disturbed: bool = False) -> None:
        if self._copy is None:
            return
        end, store = self._copy
        if self.wire.now() >= end - CLOCK_TOLERANCE:
            self._copy = None
            store()
        elif disturbed:
            self._copy = None
            self.disturbed_copies += 1

    def _receive(self, content: bytearray) -> Behaviour:
        """An address and bytes from there on; behind the last comes the first."""
        address = (yield from receive_byte()) % len(content)
        while True:
            content[address] = yield from receive_byte()
            address = (address + 1) % len(content)

    def _send(self, content: bytearray) -> Behaviour:
        address = (yield from receive_byte()) % len(content)
        while True:
            yield from send_bytes(content[address:])
            address = 0

    def _read_memory(self) -> Behaviour:
        self._scratchpad[:] = self.memory
        yield from self._send(self._scratchpad)

    def _write_application(self) -> Behaviour:
        lost = bytearray(REGISTER_SIZE)
        yield from self._receive(lost if self.locked else self.register)

    def _after_key(self, store: Callable[[], None]) -> Behaviour:
        if (yield from receive_byte()) == VALIDATION_KEY:
            self._copy = (self.wire.now() + PROGRAMMING_TIME, store)
            yield from send_forever(LISTEN)

    def _store(self) -> None:
        self._memory[:] = self._scratchpad

    def _lock(self) -> None:
        self.locked = True

    def _read_status(self) -> Behaviour:
        if (yield from receive_byte()) == STATUS_KEY:
            yield from send_bytes(bytes((LOCKED if self.locked else OPEN,)))

    functions: ClassVar[Functions] = {
        WRITE_SCRATCHPAD: lambda self: self._receive(self._scratchpad),
        READ_SCRATCHPAD: lambda self: self._send(self._scratchpad),
        COPY_SCRATCHPAD: lambda self: self._after_key(self._store),
        READ_MEMORY: _read_memory,
        WRITE_APPLICATION: _write_application,
        READ_APPLICATION: lambda self: self._send(self.register),
        LOCK_APPLICATION: lambda self: self._after_key(self._lock),
        READ_STATUS: _read_status,
    }

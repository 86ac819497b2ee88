"""DS1963L and DS1963S, memories that count the writes to their pages.

Sources: data sheets DS1963L, DS1963S (memory maps, memory function flow charts). Of the SHA
functions of the latter only what reading a page does to the scratchpad.
"""

from __future__ import annotations

import abc
from typing import ClassVar

from owfs_py.bus.rom import RomId
from owfs_py.emulator.memories import (
    COPY_SCRATCHPAD,
    PAGE,
    READ_MEMORY,
    READ_SCRATCHPAD,
    WRITE_SCRATCHPAD,
    ScratchpadChip,
)
from owfs_py.emulator.slave import (
    Behaviour,
    Functions,
    Slave,
    receive_address,
    receive_byte,
    send_bytes,
    send_forever,
)
from owfs_py.emulator.wire import LISTEN

READ_WITH_COUNTER = 0xA5
COPY_SCRATCHPAD_1963L = 0x5A
ERASE_SCRATCHPAD = 0xC3

NO_COUNTER = 0xFFFFFFFF  # what pages without a counter send
FULL_COUNTER = 0xFFFFFFFF  # they do not roll over
ERASED_PATTERN = 0xAA  # zeros and ones in turn, when the scratchpad is erased


class CountedMemory(ScratchpadChip, abc.ABC):
    """`counters` by page: how often each was written, for those pages that count."""

    SIZE = 512
    CONTENT = 0
    COUNTING: ClassVar[range]

    def __init__(self, rom: RomId) -> None:
        self.counters = dict.fromkeys(self.COUNTING, 0)
        super().__init__(rom)

    def _store(self, address: int, data: bytes) -> None:
        super()._store(address, data)
        page = address // PAGE
        if page in self.counters:
            self.counters[page] = min(self.counters[page] + 1, FULL_COUNTER)

    @abc.abstractmethod
    def _behind(self, page: int) -> bytes:
        """What comes after the counter of a page."""

    def _with_counters(self, start: int, end: int) -> bytearray:
        """From an address to the end of its page, and counters."""
        page = start // PAGE
        counter = self.counters.get(page, NO_COUNTER).to_bytes(4, "little")
        return self.memory[start:end] + counter + self._behind(page)


class DS1963L(CountedMemory):
    """`tamper_bits` are 55 until somebody opens the case."""

    families = (0x1A,)
    chip = "DS1963L"
    COUNTING = range(12, 16)
    rom_commands = Slave.rom_commands | Slave.with_overdrive

    def __init__(self, rom: RomId) -> None:
        self.tamper_bits = b"\x55\x55\x55\x55"
        super().__init__(rom)

    def _behind(self, page: int) -> bytes:
        return self.tamper_bits

    def _read_with_counter(self) -> Behaviour:
        address = yield from receive_address()
        yield from self._send_pages(READ_WITH_COUNTER, address, self._with_counters)

    functions: ClassVar[Functions] = {
        WRITE_SCRATCHPAD: ScratchpadChip.functions[WRITE_SCRATCHPAD],
        READ_SCRATCHPAD: ScratchpadChip.functions[READ_SCRATCHPAD],
        COPY_SCRATCHPAD_1963L: ScratchpadChip.functions[COPY_SCRATCHPAD],
        READ_MEMORY: ScratchpadChip.functions[READ_MEMORY],
        READ_WITH_COUNTER: _read_with_counter,
    }


class DS1963S(CountedMemory):
    """`hidden`: the scratchpad may hold a secret computation, and lets nobody see or write it.

    `secret_counters` by secret, eight of them: how often it was changed.
    """

    families = (0x18,)
    chip = "DS1963S"
    COUNTING = range(8, 16)
    SECRETS: ClassVar = 8
    SCRATCHPAD_CRC = True
    rom_commands = Slave.rom_commands | Slave.with_overdrive | Slave.with_resume

    def __init__(self, rom: RomId) -> None:
        self.hidden = True
        self.secret_counters = [0] * self.SECRETS
        super().__init__(rom)

    def brown_out(self) -> None:
        super().brown_out()
        self.hidden = True

    def _behind(self, page: int) -> bytes:
        return self.secret_counters[page % self.SECRETS].to_bytes(4, "little")

    def _admitted(self, address: int, byte: int) -> int:
        return self._scratchpad[address % self.ROW] if self.hidden else byte

    def _may_copy(self, start: int, end: int) -> bool:
        return not self.hidden and super()._may_copy(start, end)

    def _read_scratchpad(self) -> Behaviour:
        if not self.hidden:
            yield from super()._read_scratchpad()
            return
        head = bytes((*self._target, self._end_and_status))
        sent = head + b"\xff" * (self.ROW - self._offset)
        yield from send_bytes(sent)
        yield from self.send_crc(bytes((READ_SCRATCHPAD,)) + sent)

    def _erase_scratchpad(self) -> Behaviour:
        for n in range(2):
            self._target[n] = yield from receive_byte()
        self._scratchpad[:] = b"\xff" * self.ROW
        self.hidden = False
        while True:
            yield from send_bytes(bytes((ERASED_PATTERN,)))

    def _read_authenticated_page(self) -> Behaviour:
        address = yield from receive_address()
        if address >= self.SIZE:
            return
        sent = self._with_counters(address, (address // PAGE + 1) * PAGE)
        yield from send_bytes(sent)
        yield from self.send_crc(bytes((READ_WITH_COUNTER, *address.to_bytes(2, "little"))) + sent)
        self.hidden = True
        yield from send_forever(LISTEN)

    functions: ClassVar[Functions] = ScratchpadChip.functions | {
        READ_SCRATCHPAD: _read_scratchpad,
        ERASE_SCRATCHPAD: _erase_scratchpad,
        READ_WITH_COUNTER: _read_authenticated_page,
    }

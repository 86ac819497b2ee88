"""DS2423, a memory with counters. Source: data sheet DS2423 (memory map, function flow charts)."""

from __future__ import annotations

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
)

READ_MEMORY_AND_COUNTER = 0xA5
COPY_SCRATCHPAD_HERE = 0x5A

NO_COUNTER = 0xFFFFFFFF  # what pages without a counter send
ZEROS = bytes(4)


class DS2423(ScratchpadChip):
    """`counters` by page: 12 and 13 count copies to their page, 14 and 15 the inputs A and B."""

    families = (0x1D,)
    chip = "DS2423"
    SIZE = 512
    CONTENT = 0
    rom_commands = Slave.rom_commands | Slave.with_overdrive

    WRITE_COUNTERS: ClassVar = (12, 13)
    INPUTS: ClassVar = {"A": 14, "B": 15}

    def __init__(self, rom: RomId) -> None:
        self.counters = dict.fromkeys((*self.WRITE_COUNTERS, *self.INPUTS.values()), 0)
        super().__init__(rom)

    def count(self, letter: str, times: int = 1) -> None:
        """Pulses on input A or B."""
        page = self.INPUTS[letter]
        self.counters[page] = (self.counters[page] + times) % (NO_COUNTER + 1)

    def _store(self, address: int, data: bytes) -> None:
        super()._store(address, data)
        page = address // PAGE
        if page in self.WRITE_COUNTERS:
            self.counters[page] += 1

    def _read_with_counter(self) -> Behaviour:
        address = yield from receive_address()
        yield from self._send_pages(READ_MEMORY_AND_COUNTER, address, self._with_counter)

    def _with_counter(self, start: int, end: int) -> bytearray:
        counter = self.counters.get(start // PAGE, NO_COUNTER)
        return self.memory[start:end] + counter.to_bytes(4, "little") + ZEROS

    functions: ClassVar[Functions] = {
        WRITE_SCRATCHPAD: ScratchpadChip.functions[WRITE_SCRATCHPAD],
        READ_SCRATCHPAD: ScratchpadChip.functions[READ_SCRATCHPAD],
        COPY_SCRATCHPAD_HERE: ScratchpadChip.functions[COPY_SCRATCHPAD],
        READ_MEMORY: ScratchpadChip.functions[READ_MEMORY],
        READ_MEMORY_AND_COUNTER: _read_with_counter,
    }

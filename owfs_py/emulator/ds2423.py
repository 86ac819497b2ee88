"""DS2423, a memory with counters. Source: data sheet DS2423 (memory map, function flow charts)."""

from __future__ import annotations

from typing import ClassVar

from owfs_py.bus.rom import RomId
from owfs_py.emulator.memories import (
    COPY_SCRATCHPAD,
    READ_MEMORY,
    READ_SCRATCHPAD,
    WRITE_SCRATCHPAD,
    ScratchpadChip,
)
from owfs_py.emulator.slave import Behaviour, Slave, send_bytes, send_forever
from owfs_py.emulator.wire import LISTEN

READ_MEMORY_AND_COUNTER = 0xA5
COPY_SCRATCHPAD_HERE = 0x5A

PAGE = 32
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
        address = yield from self._read_address()
        counted = bytearray((READ_MEMORY_AND_COUNTER,)) + address.to_bytes(2, "little")
        while address < self.SIZE:
            page = address // PAGE
            end = (page + 1) * PAGE
            counter = self.counters.get(page, NO_COUNTER)
            sent = self.memory[address:end] + counter.to_bytes(4, "little") + ZEROS
            yield from send_bytes(sent)
            yield from self.send_crc(counted + sent)
            counted.clear()
            address = end
        yield from send_forever(LISTEN)

    functions: ClassVar = {
        WRITE_SCRATCHPAD: ScratchpadChip.functions[WRITE_SCRATCHPAD],
        READ_SCRATCHPAD: ScratchpadChip.functions[READ_SCRATCHPAD],
        COPY_SCRATCHPAD_HERE: ScratchpadChip.functions[COPY_SCRATCHPAD],
        READ_MEMORY: ScratchpadChip.functions[READ_MEMORY],
        READ_MEMORY_AND_COUNTER: _read_with_counter,
    }

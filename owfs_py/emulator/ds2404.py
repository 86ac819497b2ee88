"""DS2404, also DS1994: a memory with a clock, an interval timer, a cycle counter and alarms.

Source: data sheets DS2404, DS1994 (memory map, status and control register, write protection and
programmable expiration). Without its 3-wire port and its interrupts between resets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from owfs_py.bus.rom import RomId
from owfs_py.emulator.ds199x import BatteryMemory
from owfs_py.emulator.memories import READ_MEMORY, READ_SCRATCHPAD, WRITE_SCRATCHPAD
from owfs_py.emulator.slave import (
    Behaviour,
    Functions,
    receive_address,
    receive_byte,
    send_bytes,
    send_forever,
)
from owfs_py.emulator.wire import LISTEN

STATUS, CONTROL = 0x0200, 0x0201
CLOCK, INTERVAL, CYCLES = 0x0202, 0x0207, 0x020C
ALARMS_OFFSET = 0x0E
"""Between a counter and its alarm."""
CLOCK_SIZE, CYCLES_SIZE = 5, 4
TICKS = 256  # a second

FLAGS = 0x07  # in the status: clock, interval timer, cycle counter; cleared when they are read
SILENCED = 0x38  # in the status, in the same order: alarms that nobody is told of
SILENCED_SHIFT = 3

# Bits of the control register; the first three in the order of the flags.
PROTECTED, READ_ONLY, RUNNING, AUTO, STOPPED, LONG_DELAY = 0x07, 0x08, 0x10, 0x20, 0x40, 0x80
PROTECT_CLOCK, PROTECT_INTERVAL, PROTECT_CYCLES = 0x01, 0x02, 0x04
COPIES_TO_PROTECT = 3
"""So often in a row the scratchpad must be copied to set the bits PROTECTED."""


@dataclass(slots=True)
class _Ticker:
    """A counter of 256ths of a second: what it was when it was last looked at, and when."""

    address: int
    protection: int
    ticks: int = 0
    since: float = 0.0


class DS2404(BatteryMemory):
    """The line counts as high without end for the interval timer's automatic mode."""

    families = (0x04,)
    chip = "DS2404"
    SIZE = 0x021E

    def __init__(self, rom: RomId) -> None:
        self._tickers = (_Ticker(CLOCK, PROTECT_CLOCK), _Ticker(INTERVAL, PROTECT_INTERVAL))
        self._copies = 0
        self._expired = False
        super().__init__(rom)

    @property
    def seconds(self) -> int:
        """What the clock shows."""
        return int.from_bytes(self.memory[CLOCK + 1 : CLOCK + CLOCK_SIZE], "little")

    @seconds.setter
    def seconds(self, value: int) -> None:
        self._go_on()
        self._set(self._tickers[0], value * TICKS)

    def cycle(self, times: int = 1) -> None:
        """The line went low for long, and came back."""
        for _ in range(times):
            count = self._number(CYCLES, CYCLES_SIZE) + 1
            self._put(CYCLES, count, CYCLES_SIZE)
            if count == self._number(CYCLES + ALARMS_OFFSET, CYCLES_SIZE):
                self._raise_alarm(PROTECT_CYCLES)

    def alarming(self) -> bool:
        status = self.memory[STATUS]
        return status & FLAGS & ~(status >> SILENCED_SHIFT) != 0

    def on_reset(self) -> None:
        super().on_reset()
        self.alarm_presence = self.alarming()

    # Counting

    def _number(self, address: int, size: int) -> int:
        return int.from_bytes(self._memory[address : address + size], "little")

    def _put(self, address: int, value: int, size: int) -> None:
        value %= 1 << 8 * size
        self._memory[address : address + size] = value.to_bytes(size, "little")

    def _is_counting(self, ticker: _Ticker) -> bool:
        control = self._memory[CONTROL]
        if not control & RUNNING:
            return False
        return ticker.address == CLOCK or bool(control & AUTO) or not control & STOPPED

    def _go_on(self) -> None:
        """Do what should have been done by now."""
        now = self.quartz()
        for ticker in self._tickers:
            if not self._is_counting(ticker):
                ticker.since = now
                continue
            passed = int((now - ticker.since) * TICKS)
            alarm = self._number(ticker.address + ALARMS_OFFSET, CLOCK_SIZE)
            if ticker.ticks < alarm <= ticker.ticks + passed:
                self._raise_alarm(ticker.protection)
            ticker.ticks += passed
            ticker.since += passed / TICKS
            self._put(ticker.address, ticker.ticks, CLOCK_SIZE)

    def _set(self, ticker: _Ticker, ticks: int) -> None:
        ticker.ticks, ticker.since = ticks, self.quartz()
        self._put(ticker.address, ticks, CLOCK_SIZE)

    def _raise_alarm(self, flag: int) -> None:
        self._memory[STATUS] |= flag
        self._expired |= bool(self._memory[CONTROL] & PROTECTED & flag)

    # Writing

    def _write_scratchpad(self) -> Behaviour:
        self._copies = 0
        yield from super()._write_scratchpad()

    def _store(self, address: int, data: bytes) -> None:
        self._copies += 1
        self._go_on()
        for at, byte in enumerate(data, address):
            if at < STATUS:
                self._memory[at] = byte
            elif at == STATUS:
                self._memory[at] = self._memory[at] & FLAGS | byte & SILENCED
            elif at == CONTROL:
                self._memory[at] = self._control(byte)
            elif at < self.SIZE and not self._memory[CONTROL] & _protection_of(at):
                self._memory[at] = byte
        for ticker in self._tickers:
            if address < ticker.address + CLOCK_SIZE and address + len(data) > ticker.address:
                self._set(ticker, self._number(ticker.address, CLOCK_SIZE))

    def _control(self, byte: int) -> int:
        """What becomes of a byte written to the control register."""
        old = self._memory[CONTROL]
        protected = old & PROTECTED
        if not protected:
            allowed = PROTECTED if self._copies == COPIES_TO_PROTECT else 0
            return byte & ~PROTECTED | byte & allowed
        kept = PROTECTED | READ_ONLY
        if protected & PROTECT_INTERVAL:
            kept |= AUTO
            byte &= ~STOPPED
        if protected & PROTECT_CYCLES:
            kept |= LONG_DELAY
        return byte & ~kept | old & (kept | RUNNING)

    # Reading

    def function(self) -> Behaviour:
        if not self._expired:
            yield from super().function()
            return
        command = yield from receive_byte()
        if self._memory[CONTROL] & READ_ONLY and command in (READ_MEMORY, READ_SCRATCHPAD):
            yield from self.functions[command](self)

    def _read_memory(self) -> Behaviour:
        address = yield from receive_address()
        for at, byte in enumerate(bytes(self.memory[address:]), address):
            yield from send_bytes(bytes((byte,)))
            if at == STATUS:
                self._memory[STATUS] &= ~FLAGS
        yield from send_forever(LISTEN)

    functions: ClassVar[Functions] = BatteryMemory.functions | {
        WRITE_SCRATCHPAD: _write_scratchpad,
        READ_MEMORY: _read_memory,
    }


def _protection_of(address: int) -> int:
    """The bit that protects a register from being written."""
    if address >= CLOCK + ALARMS_OFFSET:
        address -= ALARMS_OFFSET
    if address >= CYCLES:
        return PROTECT_CYCLES
    return PROTECT_INTERVAL if address >= INTERVAL else PROTECT_CLOCK

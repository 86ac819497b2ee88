"""DS1WM: a 1-Wire master as it is synthesised into a chip, by its registers in physical memory.

The registers are in ds1wmregisters.py, and how one gets at them in registermap.py.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from owfs_py._search import RomSearch
from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.errors import BusError, BusNotRespondingError, SearchError
from owfs_py.bus.masters import ds1wmregisters as codes
from owfs_py.bus.masters.base import BusMaster, Can
from owfs_py.bus.masters.ds1wmregisters import Registers
from owfs_py.bus.masters.opening import why_not
from owfs_py.bus.masters.registermap import OpenWindow, integer, physical

NOBODY = b"\xff" * 8


@dataclass
class Block:
    """The registers as all bus masters that use them share them."""

    open_window: OpenWindow
    registers: Registers | None = None
    users: set[BusMaster] = field(default_factory=set)
    lock: threading.RLock = field(default_factory=threading.RLock)


class DS1WM(BusMaster):
    """A DS1WM with a clock of 10 MHz.

    `address` is the physical address of its registers as C writes numbers, `0x40010000`;
    `open_window` opens them elsewhere. ValueError for an address that cannot be.
    """

    name, version = "DS1WM", 39
    can = Can.STRONG_PULLUP | Can.OVERDRIVE | Can.BRANCHES
    settings = {  # noqa: RUF012  nobody changes it
        "DS1WM/long_line_mode": "long_line_mode",
        "DS1WM/pulse_presence_mask": "pulse_presence_mask",
    }
    divisor: int | None = codes.DIVISOR_10_MHZ
    """Of the clock; None if there is nothing to set."""
    pullup = codes.PULLUP_ENABLE
    """What the control register says of the strong pull-up, which is off."""

    def __init__(
        self,
        address: str,
        clock: Clock = REAL_CLOCK,
        *,
        open_window: OpenWindow | None = None,
    ) -> None:
        super().__init__(address, clock)
        self.long_line_mode = False
        """Samples are taken later, for a line that is long."""
        self.pulse_presence_mask = True
        """Presence pulses get a smooth edge, for a line that reflects it."""
        self._start = self._find_start(address)
        self._overdrive = False
        self._block = Block(open_window or physical())

    def _find_start(self, address: str) -> int:
        """Where the registers begin."""
        start = integer(address)
        if not start:
            raise ValueError("a DS1WM has no registers at address 0")
        return start

    def open(self) -> None:
        """Get at the registers, and set them up."""
        self._overdrive = False
        block = self._block
        with block.lock:
            try:
                if block.registers is None:
                    window = block.open_window(self._start, codes.COUNT)
                    block.registers = Registers(window, self.clock, self.address)
                self._select(block.registers)
                block.registers.set_up(self._control, self.divisor)
            except OSError as error:
                raise BusNotRespondingError(
                    f"{self.address}: cannot be opened: {why_not(error)}"
                ) from error
            except BusError as error:
                self._give_back()
                reason = str(error).removeprefix(f"{self.address}: ")
                raise BusNotRespondingError(f"{self.address}: no {self.name}: {reason}") from error
            block.users.add(self)

    def close(self) -> None:
        with self._block.lock:
            self._block.users.discard(self)
            if not self._block.users:
                self._give_back()

    def _give_back(self) -> None:
        registers, self._block.registers = self._block.registers, None
        if registers is not None:
            registers.close()

    @property
    def _control(self) -> int:
        return (
            self.pullup
            | (codes.LONG_LINE if self.long_line_mode else 0)
            | (codes.PRESENCE_MASK if self.pulse_presence_mask else 0)
            | (codes.OVERDRIVE if self._overdrive else 0)
        )

    @contextmanager
    def _in_use(self) -> Iterator[Registers]:
        """The registers, for us alone and as we want them; BusError if the chip loses them."""
        with self._block.lock:
            registers = self._block.registers
            if registers is None:
                raise BusError(f"{self.address}: not open")
            self._select(registers)
            registers.configure(self._control)
            yield registers
            registers.check()

    def _select(self, registers: Registers) -> None:
        """Make what follows be for our own line, if there are others."""

    # The bus

    def reset(self) -> bool:
        with self._in_use() as registers:
            return registers.reset()

    def reset_exchange(self, data: bytes) -> bytes | None:
        with self._in_use() as registers:
            return registers.exchange(data) if registers.reset() else None

    def exchange(self, data: bytes) -> bytes:
        with self._in_use() as registers:
            return registers.exchange(data)

    def touch_bits(self, bits: Sequence[int]) -> list[int]:
        with self._in_use() as registers:
            return registers.touch(bits)

    def search_pass(self, command: int, search: RomSearch) -> tuple[bytes, int] | None:
        with self._in_use() as registers:
            back = registers.exchange(bytes([command]))[0]
            answer = registers.accelerated(search.accelerator_request())
        if back != command:
            raise SearchError(f"{self.address}: search command {command:02x} reads {back:02x}")
        rom, conflicts = search.accelerator_answer(answer)
        return None if rom == NOBODY else (rom, conflicts)

    def power_byte(self, byte: int, seconds: float) -> int:
        with self._in_use() as registers, registers.also(codes.PULLUP_ON):
            back = registers.exchange(bytes([byte]))[0]
            self.clock.wait(seconds)
        return back

    def set_overdrive(self, on: bool) -> None:
        self._overdrive = on

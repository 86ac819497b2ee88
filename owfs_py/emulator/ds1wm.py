"""DS1WM, a 1-Wire master synthesised into a chip, and K1WM, one with many lines: registers to read
and write. No memory that they are mapped to.

Source: DS1WM data sheet. Activity on a wire is done at once; its results show when the time that it
takes has passed.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence

from owfs_py.emulator.wire import Wire

# Seconds, at regular and overdrive speed: a reset with the presence pulse, a time slot.
RESET_TIME = (1.2e-3, 0.13e-3)
SLOT_TIME = (75e-6, 12e-6)
NOTHING = 0x00
"""What a register reads that has nothing to tell."""
_READ_SLOT = 1
_SEARCH_POSITIONS = 4  # in a byte


class Register(enum.IntEnum):
    """The registers, a byte each."""

    COMMAND = 0
    BUFFER = 1
    INTERRUPT = 2
    INTERRUPT_ENABLE = 3
    CLOCK_DIVISOR = 4  # or the channel
    CONTROL = 5


class Command(enum.IntFlag):
    """Bits of the command register."""

    RESET = 0x01
    ACCELERATOR = 0x02
    FORCE_LOW = 0x04
    LINE = 0x08


class Flag(enum.IntFlag):
    """Bits of the interrupt register. Reading it clears PRESENCE_DETECTED and SHORT."""

    PRESENCE_DETECTED = 0x01
    NO_PRESENCE = 0x02
    TRANSMIT_EMPTY = 0x04
    SHIFT_EMPTY = 0x08
    RECEIVE_FULL = 0x10
    RECEIVE_SHIFT_FULL = 0x20
    SHORT = 0x40
    LINE_LOW = 0x80


class Control(enum.IntFlag):
    """Bits of the control register."""

    LONG_LINE = 0x01
    PRESENCE_MASK = 0x02
    FORCE_LOW_ENABLE = 0x04
    PULLUP_ENABLE = 0x08
    PULLUP_ON = 0x10
    BIT_MODE = 0x20
    OVERDRIVE = 0x40


CLOCK_ON = 0x80
"""In the clock divisor: without it nothing goes on."""


class DS1WM:
    """The registers between a processor and `wire`.

    A K1WM has `wires`, one of which is chosen in place of a clock; its buffer always holds whole
    bytes, and it feeds nobody.
    """

    def __init__(self, *wires: Wire, has_channels: bool = False) -> None:
        self.wires: Sequence[Wire] = wires
        self.has_channels = has_channels
        self.lost = 0
        """Bytes that came while others were being sent, or were not fetched in time."""
        self.power_up()

    def power_up(self) -> None:
        """All registers at their defaults."""
        for wire in self.wires:
            wire.strong_pullup(False)
        self.registers = bytearray(len(Register))
        self._received: int | None = None
        self._flags = Flag.NO_PRESENCE
        self._busy_until = float("-inf")
        self._coming = Flag(0)

    @property
    def wire(self) -> Wire:
        """The line that is used."""
        if not self.has_channels:
            return self.wires[0]
        return self.wires[self.registers[Register.CLOCK_DIVISOR] % len(self.wires)]

    @property
    def control(self) -> Control:
        """The control register."""
        return Control(self.registers[Register.CONTROL])

    @property
    def is_accelerating(self) -> bool:
        """Whether bytes are taken for positions of a search."""
        return bool(self.registers[Register.COMMAND] & Command.ACCELERATOR)

    def __getitem__(self, number: int) -> int:
        """Read a register."""
        match number:
            case Register.BUFFER:
                received, self._received = self._received, None
                return NOTHING if received is None or self._is_busy() else received
            case Register.INTERRUPT:
                return self._read_flags()
            case Register.COMMAND:
                level = 0 if self.wire.faults.short else Command.LINE
                return self.registers[number] | level
        return self.registers[number]

    def __setitem__(self, number: int, value: int) -> None:
        """Write a register."""
        if number == Register.BUFFER:
            self._send(value)
            return
        self.registers[number] = value
        if number == Register.COMMAND and value & Command.RESET:
            self._reset()
        elif number == Register.CONTROL:
            self.wire.strong_pullup(self._feeds)

    @property
    def _feeds(self) -> bool:
        wanted = Control.PULLUP_ENABLE | Control.PULLUP_ON
        return self.control & wanted == wanted and not self.has_channels

    def _is_busy(self) -> bool:
        return self.wire.now() < self._busy_until

    def _read_flags(self) -> int:
        if self._is_busy():
            return int(self._flags | (Flag.LINE_LOW if self.wire.faults.short else Flag(0)))
        flags = self._flags | self._coming | Flag.TRANSMIT_EMPTY | Flag.SHIFT_EMPTY
        if self._received is not None:
            flags |= Flag.RECEIVE_FULL
        self._coming = Flag(0)
        return int(flags)

    # 1-Wire

    @property
    def _runs(self) -> bool:
        return self.has_channels or bool(self.registers[Register.CLOCK_DIVISOR] & CLOCK_ON)

    def _take(self, seconds: tuple[float, float]) -> None:
        self.wire.settle()
        overdrive = Control.OVERDRIVE in self.control
        self._busy_until = max(self._busy_until, self.wire.now()) + seconds[overdrive]

    def _reset(self) -> None:
        self.registers[Register.COMMAND] = 0  # the accelerator ends, too
        if not self._runs:
            return
        present = self.wire.reset(overdrive=Control.OVERDRIVE in self.control)
        self._take(RESET_TIME)
        self._flags = Flag(0) if present else Flag.NO_PRESENCE
        self._coming = Flag.PRESENCE_DETECTED
        if self.wire.faults.short:
            self._coming |= Flag.SHORT

    def _send(self, value: int) -> None:
        if not self._runs:
            return
        if self._is_busy() or self._received is not None:
            self.lost += 1
        self.wire.set_overdrive(Control.OVERDRIVE in self.control)
        if self.is_accelerating:
            self._received, slots = self._search(value), 3 * _SEARCH_POSITIONS
        elif Control.BIT_MODE in self.control and not self.has_channels:
            self._received, slots = self.wire.slot(value & 1), 1
        else:
            self._received, slots = self.wire.byte(value), 8
        for _ in range(slots):
            self._take(SLOT_TIME)
        if self._feeds:
            self.wire.strong_pullup(True)

    def _search(self, request: int) -> int:
        """Four positions: pairs of an unused bit and a direction, answered by conflict and way."""
        answer = 0
        for shift in range(0, 2 * _SEARCH_POSITIONS, 2):
            first, second = self.wire.slot(_READ_SLOT), self.wire.slot(_READ_SLOT)
            conflict = first == second
            way = first if first or second else request >> shift + 1 & 1
            self.wire.slot(way)
            answer |= (conflict | way << 1) << shift
        return answer

"""The DS2490 USB bridge as a chip: vendor commands and endpoints on one side, a wire on the other.

Source: DS2490 data sheet. No USB (that is libusb/host.py), and of the communication commands only
those that act on bits, bytes, blocks and searches; the others stall, as unknown ones do.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from owfs_py.emulator.wire import Wire

# bRequest: the three kinds of commands.
CONTROL_COMMAND, COMMUNICATION_COMMAND, MODE_COMMAND = range(3)

# Control commands (appendix 1).
RESET_DEVICE = 0x00
START_EXECUTION = 0x01
RESUME_EXECUTION = 0x02
HALT_WHEN_IDLE = 0x03
HALT_WHEN_DONE = 0x04
FLUSH_COMMANDS = 0x07
FLUSH_RECEIVED = 0x08
FLUSH_TO_SEND = 0x09

# Communication commands (appendix 2) are coded in the low byte, less the bits that modify them.
SET_DURATION = 0x12
BIT_IO = 0x20
PULSE = 0x30
ONE_WIRE_RESET = 0x42
BYTE_IO = 0x52
BLOCK_IO = 0x74
SEARCH_ACCESS = 0xF4
IMMEDIATE = 0x0001
CODE_MASK = 0x00F6
OPTION = 0x0008
"""TYPE of pulses (12 V instead of 5 V), D of bits, SE of resets, SM of searches."""
RESET_FIRST = 0x0100
NO_DATA = 0x0200
ALWAYS_TELL = 0x0400
CLEAR_ON_ERROR = 0x0800
PULLUP_AFTER = 0x1000
RETURN_DISCREPANCIES = 0x4000

# Mode commands (appendix 3).
ENABLE_PULSE = 0
ENABLE_SPEED_CHANGE = 1
SPEED = 2
PULLUP_DURATION = 3
SLEW_RATE = 4
PROGRAM_PULSE_DURATION = 5
WRITE_1_LOW_TIME = 6
SAMPLE_OFFSET = 7
DEFAULTS = {
    ENABLE_PULSE: 0,
    ENABLE_SPEED_CHANGE: 0,
    SPEED: 0,
    PULLUP_DURATION: 0x20,  # 512 ms
    SLEW_RATE: 0,
    PROGRAM_PULSE_DURATION: 0x40,  # 512 µs
    WRITE_1_LOW_TIME: 0,
    SAMPLE_OFFSET: 0,
}
"""After power-on. All but the pulses' durations are 0 here to show who relies on them."""
PULLUP_ENABLED, PROGRAM_PULSE_ENABLED = 0x2, 0x1
OVERDRIVE = 2
PULLUP_UNIT = 16e-3  # seconds
PROGRAM_PULSE_UNIT = 8e-6

# Device status flags, byte 8 of the state registers.
PULLUP_ACTIVE = 0x01
PROGRAM_PULSE_ACTIVE = 0x02
PROGRAM_VOLTAGE_PRESENT = 0x04
HALTED = 0x10
IDLE = 0x20

# Results, after the 16 state registers.
DEVICE_DETECTED = 0xA5
NO_PRESENCE = 0x01
SHORT = 0x02
ALARM_PRESENCE = 0x04
NO_PROGRAM_VOLTAGE = 0x08
END_OF_SEARCH = 0x80

FIFO_SIZE = 128
MAX_COMMANDS = 4  # of four bytes each, in a FIFO of 16
MAX_RESULTS = 16
ROM_SIZE = 8
ROM_BITS = 64

Work = Iterator[None]
"""A communication command in progress; it yields when it cannot go on for now."""


class StallError(Exception):
    """The chip refuses this control transfer."""


class DS2490:
    """The chip between a USB host and `wire`; time slots take no time but that of the wire."""

    def __init__(self, wire: Wire, *, program_voltage: bool = False) -> None:
        self.wire = wire
        self.program_voltage = program_voltage
        self._executors: dict[int, Callable[[int, int], Work]] = {
            SET_DURATION: self._set_duration,
            BIT_IO: self._bit_io,
            PULSE: self._pulse,
            ONE_WIRE_RESET: self._one_wire_reset,
            BYTE_IO: self._byte_io,
            BLOCK_IO: self._block_io,
            SEARCH_ACCESS: self._search_access,
        }
        self.power_up()

    def power_up(self) -> None:
        """Everything at its defaults; devices that are on the line are noticed."""
        self._reset_device()
        if self.wire.slaves:
            self._results.append(DEVICE_DETECTED)

    def _reset_device(self) -> None:
        self.wire.strong_pullup(False)
        self.modes = dict(DEFAULTS)
        self._halted = self._started = self._ending_pulse = False
        self._pulse_flag = 0
        self._commands: deque[tuple[int, int]] = deque(maxlen=MAX_COMMANDS)
        self._current: tuple[int, int] | None = None
        self._work: Work = iter(())
        self._to_send: deque[int] = deque()
        self._received: deque[int] = deque(maxlen=FIFO_SIZE)
        self._results: deque[int] = deque(maxlen=MAX_RESULTS)
        self._buffers: dict[int, deque[Any]] = {
            FLUSH_COMMANDS: self._commands,
            FLUSH_RECEIVED: self._received,
            FLUSH_TO_SEND: self._to_send,
        }

    # The host's side

    def control(self, request: int, value: int, index: int) -> None:
        """A vendor command on endpoint 0. Raises StallError for one that is unknown."""
        if request == CONTROL_COMMAND:
            self._control(value)
        elif request == COMMUNICATION_COMMAND and value & CODE_MASK in self._executors:
            self._commands.append((value, index))
        elif request == MODE_COMMAND and value in self.modes:
            self.modes[value] = index & 0xFF
        else:
            raise StallError(f"request {request:02x}, value {value:04x}")
        self._execute()

    def write(self, data: bytes) -> int:
        """Endpoint 2: bytes for the wire; how many of them there was room for."""
        taken = data[: FIFO_SIZE - len(self._to_send)]
        self._to_send.extend(taken)
        self._execute()
        return len(taken)

    def read(self, size: int) -> bytes:
        """Endpoint 3: up to `size` bytes that came from the wire."""
        return bytes(self._received.popleft() for _ in range(min(size, len(self._received))))

    def status(self) -> bytes:
        """Endpoint 1: the 16 state registers, and the results that were not read before."""
        modes = self.modes
        enabled = modes[ENABLE_PULSE]
        registers = bytes(
            (
                bool(enabled & PULLUP_ENABLED)
                | bool(enabled & PROGRAM_PULSE_ENABLED) << 1
                | bool(modes[ENABLE_SPEED_CHANGE]) << 2,
                modes[SPEED],
                modes[PULLUP_DURATION],
                modes[PROGRAM_PULSE_DURATION],
                modes[SLEW_RATE],
                modes[WRITE_1_LOW_TIME],
                modes[SAMPLE_OFFSET],
                0,
                self._flags(),
                *(self._current or (0, 0))[0].to_bytes(2, "little"),
                4 * len(self._commands),
                len(self._to_send),
                len(self._received),
                0,
                0,
            )
        )
        results = bytes(self._results)
        self._results.clear()
        return registers + results

    def _flags(self) -> int:
        flags = self._pulse_flag
        if self.program_voltage:
            flags |= PROGRAM_VOLTAGE_PRESENT
        if self._halted:
            flags |= HALTED
        if self._current is None and not self._commands:
            flags |= IDLE
        return flags

    def _control(self, value: int) -> None:
        if value == RESET_DEVICE:
            self._reset_device()
        elif value == START_EXECUTION:
            self._started = True
        elif value == RESUME_EXECUTION:
            self._halted = False
        elif value in (HALT_WHEN_IDLE, HALT_WHEN_DONE):
            self._halted = self._ending_pulse = True
        elif value in self._buffers:
            self._buffers[value].clear()
        else:
            raise StallError(f"control command {value:04x}")

    # Commands in their order

    def _execute(self) -> None:
        while True:
            if self._current is not None:
                for _ in self._work:
                    return
                self._current = None
            if self._halted or not self._commands:
                break
            if not (self._commands[0][0] & IMMEDIATE or self._started):
                break
            self._current = value, index = self._commands.popleft()
            self._work = self._executors[value & CODE_MASK](value, index)
        if not self._commands:
            self._started = False

    def _finish(self, value: int, result: int) -> None:
        if result or value & ALWAYS_TELL:
            self._results.append(result)
        if result & ~END_OF_SEARCH and value & CLEAR_ON_ERROR:
            for buffer in self._buffers.values():
                buffer.clear()

    def _set_duration(self, value: int, index: int) -> Work:
        mode = PROGRAM_PULSE_DURATION if value & OPTION else PULLUP_DURATION
        self.modes[mode] = index & 0xFF
        self._finish(value, 0)
        yield from ()

    def _one_wire_reset(self, value: int, index: int) -> Work:
        if value & OPTION and self.modes[ENABLE_SPEED_CHANGE]:
            self.modes[SPEED] = index & 0x3
        self._finish(value, self._reset_pulse())
        yield from ()

    def _reset_pulse(self) -> int:
        present = self.wire.reset(overdrive=self.modes[SPEED] == OVERDRIVE)
        if self.wire.faults.short:
            return SHORT
        if not present:
            return NO_PRESENCE
        return ALARM_PRESENCE if self.wire.alarm_presence else 0

    def _slots(self) -> None:
        self.wire.set_overdrive(self.modes[SPEED] == OVERDRIVE)

    def _bit_io(self, value: int, index: int) -> Work:
        self._slots()
        self._give(value, self.wire.slot(1 if value & OPTION else 0))
        yield from self._pullup_after(value)

    def _byte_io(self, value: int, index: int) -> Work:
        self._slots()
        self._give(value, self.wire.byte(index & 0xFF))
        yield from self._pullup_after(value)

    def _block_io(self, value: int, index: int) -> Work:
        self._slots()
        for _ in range(index):
            while not self._to_send:
                yield
            self._give(value, self.wire.byte(self._to_send.popleft()))
        yield from self._pullup_after(value)

    def _give(self, value: int, byte: int) -> None:
        if not value & NO_DATA:
            self._received.append(byte)

    # Searches

    def _search_access(self, value: int, index: int) -> Work:
        command, wanted = index & 0xFF, index >> 8
        while len(self._to_send) < ROM_SIZE:
            yield
        path = int.from_bytes((self._to_send.popleft() for _ in range(ROM_SIZE)), "little")
        result = self._reset_pulse() if value & RESET_FIRST else 0
        if not result & (SHORT | NO_PRESENCE):
            result |= self._search(value, command, wanted, path)
        self._finish(value, result)

    def _search(self, value: int, command: int, wanted: int, path: int) -> int:
        for found in range(wanted):
            if found and self._reset_pulse() & (SHORT | NO_PRESENCE):
                return END_OF_SEARCH
            rom, conflicts = self._pass(command, path)
            if rom is None:
                return END_OF_SEARCH
            if value & OPTION:
                self._received.extend(rom.to_bytes(ROM_SIZE, "little"))
            untaken = conflicts & ~rom
            if not untaken:
                return END_OF_SEARCH if found + 1 < wanted else 0
            last = 1 << untaken.bit_length() - 1
            path = rom & last - 1 | last
        if value & RETURN_DISCREPANCIES:
            self._received.extend(conflicts.to_bytes(ROM_SIZE, "little"))
        return 0

    def _pass(self, command: int, path: int) -> tuple[int | None, int]:
        """The id at the end of `path`, None if nobody takes part, and the conflicts met."""
        self._slots()
        self.wire.byte(command)
        rom = conflicts = 0
        for position in range(ROM_BITS):
            first, second = self.wire.slot(1), self.wire.slot(1)
            if first and second and position == 0:
                return None, 0
            bit = first
            if not first and not second:
                conflicts |= 1 << position
                bit = path >> position & 1
            self.wire.slot(bit)
            rom |= bit << position
        return rom, conflicts

    # Pulses

    def _pulse(self, value: int, index: int) -> Work:
        if not value & OPTION:
            yield from self._strong_pullup()
            self._finish(value, 0)
        elif not self.program_voltage:
            self._finish(value, NO_PROGRAM_VOLTAGE)
        else:
            if self.modes[ENABLE_PULSE] & PROGRAM_PULSE_ENABLED:
                self.wire.program_pulse()
                duration = self.modes[PROGRAM_PULSE_DURATION] * PROGRAM_PULSE_UNIT
                yield from self._hold(PROGRAM_PULSE_ACTIVE, duration or math.inf)
            self._finish(value, 0)

    def _pullup_after(self, value: int) -> Work:
        if value & PULLUP_AFTER:
            yield from self._strong_pullup()
        self._finish(value, 0)

    def _strong_pullup(self) -> Work:
        if not self.modes[ENABLE_PULSE] & PULLUP_ENABLED:
            return
        self.wire.strong_pullup(True)
        yield from self._hold(PULLUP_ACTIVE, self.modes[PULLUP_DURATION] * PULLUP_UNIT or math.inf)
        self.wire.strong_pullup(False)

    def _hold(self, flag: int, seconds: float) -> Work:
        """A pulse of this duration; an endless one ends when execution is halted."""
        if not math.isinf(seconds):
            self.wire.settle()
            self.wire.clock.wait(seconds)
            return
        self._pulse_flag = flag
        self._ending_pulse = False
        while not self._ending_pulse:
            yield
        self._pulse_flag = 0

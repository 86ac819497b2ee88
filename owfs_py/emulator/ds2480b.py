"""The DS2480B serial line driver as a chip: bytes in at a baud rate, bytes out. No port, no pty.

Source: DS2480B data sheet (command codes: table 2 and following; parameters: tables 4-6).
Activity on the wire is done at once. Pulses of predefined duration are waited for on the wire's
clock before the next byte is looked at.
"""

from __future__ import annotations

import enum
import math

from owfs_py.emulator.wire import Wire

DATA_MODE = 0xE1
COMMAND_MODE = 0xE3
TERMINATE_PULSE = 0xF1
TIMING_BYTE = 0xC1
"""The first byte after power-up or master reset; measured, not answered."""

BAUD_RATES = (9600, 19200, 57600, 115200)
BITS_PER_CHARACTER = 10  # with start and stop bit

# Communication commands are 1ffxssx1: function, speed.
_FUNCTION = 0xE0
_SINGLE_BIT, _SEARCH_ACCELERATOR, _RESET, _PULSE = 0x80, 0xA0, 0xC0, 0xE0
_SPEED = 0x0C
_OVERDRIVE = 0x08
_PULSE_SPEED = 0x0C  # what a pulse command has there
_FLAG = 0x10  # data bit; accelerator on; 12 V pulse
_PULLUP = 0x02  # strong pull-up after the bit; pull-ups after data bytes armed

_RESET_ANSWER = 0xC0
_PROGRAM_VOLTAGE_PRESENT = 0x20
_SHORT, _PRESENCE, _ALARM_PRESENCE, _NO_PRESENCE = range(4)
_PULLUP_ANSWER = 0xEC

GARBAGE = 0xFE
"""What a byte sent at another baud rate arrives as here: some byte, not the right one."""


class Parameter(enum.IntEnum):
    """Parameter codes of configuration commands."""

    READ = 0
    SLEW_RATE = 1
    PROGRAM_PULSE_DURATION = 2
    PULLUP_DURATION = 3
    WRITE_1_LOW_TIME = 4
    SAMPLE_OFFSET = 5
    LOAD = 6
    BAUD_RATE = 7


# Value codes after power-up: 15 V/µs, 512 µs, 524 ms, 8 µs, 3 µs, 3.0 mA, 9600 baud.
DEFAULTS = {
    Parameter.SLEW_RATE: 0,
    Parameter.PROGRAM_PULSE_DURATION: 4,
    Parameter.PULLUP_DURATION: 4,
    Parameter.WRITE_1_LOW_TIME: 0,
    Parameter.SAMPLE_OFFSET: 0,
    Parameter.LOAD: 4,
    Parameter.BAUD_RATE: 0,
}
# Seconds by value code. 6 must not be used with pull-ups ("unexpected results"): here like 7.
PULLUP_DURATIONS = (0.0164, 0.0655, 0.131, 0.262, 0.524, 1.048, math.inf, math.inf)
PROGRAM_PULSE_DURATIONS = (32e-6, 64e-6, 128e-6, 256e-6, 512e-6, 1024e-6, 2048e-6, math.inf)


class _Mode(enum.Enum):
    UNCALIBRATED = enum.auto()  # waits for the timing byte
    COMMAND = enum.auto()
    DATA = enum.auto()
    CHECK = enum.auto()  # data mode, had one E3: is it data or the way out?


class DS2480B:
    """The chip between a UART and `wire`.

    `chip_id` is the revision that every reset tells (3: DS9097U and all newer DS2480B; 2: older;
    7 is used by adapters that imitate the chip). Version-dependent names are the host's affair.
    """

    def __init__(self, wire: Wire, *, chip_id: int = 3, program_voltage: bool = False) -> None:
        self.wire = wire
        self.chip_id = chip_id
        self.program_voltage = program_voltage
        self.overruns = 0
        """How many bytes were lost because the host was too fast."""
        self.power_up()

    def power_up(self) -> None:
        """Power-on or master reset: all parameters at their defaults, 9600 baud."""
        self.wire.strong_pullup(False)
        self.parameters = dict(DEFAULTS)
        self._mode = _Mode.UNCALIBRATED
        self._accelerator = False
        self._search_failed = False
        self._armed = False
        self._endless_pulse_answer: int | None = None

    def send_break(self) -> None:
        """A break on the host's TXD is a master reset."""
        self.power_up()

    @property
    def baud(self) -> int:
        """The baud rate that the chip talks at."""
        return BAUD_RATES[self.parameters[Parameter.BAUD_RATE] & 3]

    def receive(self, data: bytes, baud: int) -> bytes:
        """Take bytes that the host sent at `baud`; what the host receives meanwhile.

        At another rate than the chip's own nothing sensible crosses: slower bytes look like a
        break (a master reset), faster ones like noise, and answers arrive as garbage. The bytes
        are taken to follow each other without pause; one that finds the chip busy and its
        buffer full is lost (`overruns`).
        """
        answers = bytearray()
        arrives = starts = ready = 0.0
        for byte in data:
            arrives += BITS_PER_CHARACTER / baud
            if starts > arrives:
                self.overruns += 1
                continue
            starts = max(arrives, ready)
            before = self.wire.counts.signal_time
            answers += self._hear(byte, baud)
            ready = starts + self.wire.counts.signal_time - before
        return bytes(answers)

    def _hear(self, byte: int, baud: int) -> bytes:
        if baud < self.baud:
            self.power_up()
        if baud != self.baud:
            return b""
        answer = self._take(byte)
        return answer if baud == self.baud else bytes((GARBAGE,)) * len(answer)

    # Modes

    def _take(self, byte: int) -> bytes:
        if self._mode is _Mode.UNCALIBRATED:
            if byte & ~_SPEED == TIMING_BYTE:
                self._mode = _Mode.COMMAND
            return b""
        if self._endless_pulse_answer is not None and byte not in (TERMINATE_PULSE, COMMAND_MODE):
            return b""
        if self._mode is _Mode.DATA:
            if byte == COMMAND_MODE:
                self._mode = _Mode.CHECK
                return b""
            return self._data(byte)
        if self._mode is _Mode.CHECK:
            if byte == COMMAND_MODE:
                self._mode = _Mode.DATA
                return self._data(byte)
            self._mode = _Mode.COMMAND
        return self._command(byte)

    def _command(self, byte: int) -> bytes:
        if byte == DATA_MODE:
            self._mode = _Mode.DATA
        elif byte == TERMINATE_PULSE:
            return self._terminate_pulse()
        elif byte & 1 and byte != COMMAND_MODE:
            if not byte & 0x80:
                return self._configure(byte)
            return self._communicate(byte)
        return b""

    def _configure(self, byte: int) -> bytes:
        code, value = byte >> 4, byte >> 1 & 7
        if code != Parameter.READ:
            self.parameters[Parameter(code)] = value
            return bytes((byte & 0xFE,))
        if value == Parameter.READ:
            return b""
        return bytes((self.parameters[Parameter(value)] << 1,))

    def _communicate(self, byte: int) -> bytes:
        function = byte & _FUNCTION
        if function == _PULSE:
            return self._pulse(byte) if byte & _SPEED == _PULSE_SPEED else b""
        overdrive = byte & _SPEED == _OVERDRIVE
        if function == _RESET:
            return self._reset(overdrive)
        self.wire.set_overdrive(overdrive)
        if function == _SINGLE_BIT:
            return self._single_bit(byte)
        self._accelerator = bool(byte & _FLAG)
        self._search_failed = False
        return b""

    # 1-Wire activity

    def _reset(self, overdrive: bool) -> bytes:
        present = self.wire.reset(overdrive=overdrive)
        if self.wire.faults.short:
            result = _SHORT
        elif not present:
            result = _NO_PRESENCE
        else:
            result = _ALARM_PRESENCE if self.wire.alarm_presence else _PRESENCE
        voltage = _PROGRAM_VOLTAGE_PRESENT if self.program_voltage else 0
        return bytes((_RESET_ANSWER | voltage | self.chip_id << 2 | result,))

    def _single_bit(self, byte: int) -> bytes:
        level = self.wire.slot(1 if byte & _FLAG else 0)
        answer = bytes((byte & 0xFC | (3 if level else 0),))
        if byte & _PULLUP:
            answer += self._strong_pullup(_PULLUP_ANSWER)
        return answer

    def _data(self, byte: int) -> bytes:
        if self._accelerator:
            return self._search(byte)
        answer = bytes((self.wire.byte(byte),))
        if self._armed:
            answer += self._strong_pullup(_PULLUP_ANSWER)
        return answer

    def _search(self, byte: int) -> bytes:
        """Four positions of a ROM search: pairs of an unused bit and a direction, LSB first."""
        answer = 0
        for shift in range(0, 8, 2):
            direction = byte >> shift + 1 & 1
            first, second = self.wire.slot(1), self.wire.slot(1)
            if first and second:
                self._search_failed = True
            conflict = first == second
            taken = direction if conflict else first
            if self._search_failed:
                conflict, taken = True, 1
            self.wire.slot(taken)
            answer |= (conflict | taken << 1) << shift
        return bytes((answer,))

    # Pulses

    def _pulse(self, byte: int) -> bytes:
        answer = byte & 0xFC
        if byte & _FLAG:
            return self._program_pulse(answer)
        self._armed = bool(byte & _PULLUP)
        return self._strong_pullup(answer)

    def _strong_pullup(self, answer: int) -> bytes:
        self.wire.strong_pullup(True)
        duration = PULLUP_DURATIONS[self.parameters[Parameter.PULLUP_DURATION]]
        return self._last(duration, answer)

    def _program_pulse(self, answer: int) -> bytes:
        if self.program_voltage:
            self.wire.program_pulse()
        duration = PROGRAM_PULSE_DURATIONS[self.parameters[Parameter.PROGRAM_PULSE_DURATION]]
        return self._last(duration, answer)

    def _last(self, seconds: float, answer: int) -> bytes:
        """The answer of a pulse comes when it ends; an endless one ends with F1."""
        self._endless_pulse_answer = answer
        if math.isinf(seconds):
            return b""
        self.wire.settle()
        self.wire.clock.wait(seconds)
        return self._terminate_pulse()

    def _terminate_pulse(self) -> bytes:
        answer, self._endless_pulse_answer = self._endless_pulse_answer, None
        self.wire.strong_pullup(False)
        return b"" if answer is None else bytes((answer,))

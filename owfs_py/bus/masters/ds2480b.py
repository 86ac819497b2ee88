"""DS2480B: the serial 1-Wire line driver in a DS9097U and in many USB adapters.

Codes are from the DS2480B data sheet. Echoes of data bytes are not compared here, the core does
that; answers to commands are.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from owfs_py._search import RomSearch
from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.errors import (
    BusError,
    BusShortError,
    NotSupportedError,
    SearchError,
)
from owfs_py.bus.masters.base import Can
from owfs_py.bus.masters.serialline import (
    DEFAULT_TIMEOUT,
    START_RATE,
    PortFactory,
    SerialMaster,
)

# Mode switches; neither is answered. A data byte 0xE3 is sent twice.
DATA_MODE = 0xE1
COMMAND_MODE = 0xE3

# Commands, to be or-ed with the 1-Wire speed where they have one ("Communication commands").
RESET = 0xC1
SINGLE_BIT = 0x81
SINGLE_BIT_ONE = 0x10
SINGLE_BIT_PULLUP = 0x02
ACCELERATOR_OFF = 0xA1
ACCELERATOR_ON = 0xB1
PULSE_12V = 0xFD
PULSE_5V_AND_DISARM = 0xED
PULSE_END = 0xF1

# Answers.
RESET_ANSWER_MASK, RESET_ANSWER = 0xC0, 0xC0
RESET_ANSWER_12V = 0x20
BIT_ANSWER_MASK = PULSE_ANSWER_MASK = 0xFC
PULLUP_ANSWER_MASK, PULLUP_ANSWER = 0xF0, 0xE0

# Configuration (tables 3 to 5): 0ppp vvv1 writes value v of parameter p and answers 0ppp vvv0.
SET_12V_PULSE_512_US = 0x29
SET_5V_PULSE_INFINITE = 0x3F
SET_WRITE_1_LOW_10_US = 0x45
SET_SAMPLE_OFFSET_8_US = 0x5B
SETTINGS = bytes(
    (SET_WRITE_1_LOW_10_US, SET_SAMPLE_OFFSET_8_US, SET_5V_PULSE_INFINITE, SET_12V_PULSE_512_US)
)
SETTINGS_ANSWER = bytes(code & 0xFE for code in SETTINGS)
SET_RATE = 0x71
READ_RATE = 0x0F
RATE_CODES = {9600: 0x0, 19200: 0x2, 57600: 0x4, 115200: 0x6}
REVERSED_POLARITY = 0x8

# Seconds, rounded up. A slot as configured above: 10 µs low, 8 to the sample, 49 high.
SLOT_TIME = 70e-6
OVERDRIVE_SLOT_TIME = 10.5e-6
RESET_TIME = 1.2e-3
OVERDRIVE_RESET_TIME = 0.15e-3
CALIBRATION_TIME = 0.005  # for the first byte after power-on or break, and for a new rate
RATE_CHANGE_TIME = 0.03  # until the answer has come, or never will be legible
PROBE_TIMEOUT = 0.2
REMOTE_PROBE_TIMEOUT = 1.0

BITS_PER_CHARACTER = 10
SLOTS_PER_BYTE = 8
SLOTS_PER_ACCELERATOR_BYTE = 12
MAX_CHUNK = 256  # bytes under way at once, so that the operating system's buffers do

BAUDRATE_SETTING = "serial/baudrate"

_NOBODY = b"\xff" * 8
_MODE_BYTE = bytes([COMMAND_MODE])

Piece = tuple[bytes, int]
"""Bytes to be sent together and how many bytes answer them."""


class Speed(enum.IntEnum):
    """1-Wire speed as in bits 2 and 3 of a command."""

    REGULAR = 0x0
    FLEXIBLE = 0x4
    OVERDRIVE = 0x8


class ResetAnswer(enum.IntEnum):
    """Bits 0 and 1 of the answer to a reset."""

    SHORT = 0
    PRESENCE = 1
    ALARM = 2
    NOBODY = 3


_NAMES = {2: "DS9097U", 3: "DS9097U", 7: "LINK(emulate mode)"}
_OTHER_NAME = "DS2480B based"


class _EchoError(BusError):
    """What was sent came back: no DS2480B, but maybe a DS9097."""


class DS2480B(SerialMaster):
    """A DS2480B on a serial port.

    `flextime` chooses flexible over regular speed slots, `reverse_polarity` inverts the chip's
    TXD. `baudrate` is the UART rate at those speeds, `overdrive_baudrate` in overdrive; if the
    chip cannot be reached at one, the next lower is taken. The attributes of these names
    (`wanted_baudrate`) may be changed; they hold from the next `open` on.

    9600 Bd is the rate of choice outside overdrive: the chip buffers one byte only, and at 9600 a
    byte never comes before the one before it is through, so that any block is one write and one
    read. At higher rates blocks go out in pieces as long as the buffer bears, each a round trip.
    """

    can = Can.STRONG_PULLUP | Can.PROGRAM_PULSE | Can.OVERDRIVE | Can.BRANCHES
    settings = {  # noqa: RUF012  nobody changes it
        BAUDRATE_SETTING: "wanted_baudrate",
        "serial/flexible_timing": "flextime",
        "serial/reverse_polarity": "reverse_polarity",
    }

    def __init__(
        self,
        address: str,
        clock: Clock = REAL_CLOCK,
        *,
        port: PortFactory | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        hardflow: bool = False,
        flextime: bool = True,
        reverse_polarity: bool = False,
        baudrate: int = START_RATE,
        overdrive_baudrate: int = max(RATE_CODES),
    ) -> None:
        super().__init__(address, clock, port=port, timeout=timeout, hardflow=hardflow)
        self.name = _OTHER_NAME
        self.version = 0
        self.baudrate = START_RATE
        """The UART rate in use."""
        self.wanted_baudrate = baudrate
        self.overdrive_baudrate = overdrive_baudrate
        self.flextime = flextime
        self.reverse_polarity = reverse_polarity
        self._failed_rate = max(RATE_CODES) + 1
        self._speed = Speed.REGULAR
        self._data_mode = False
        self._has_12v = False

    def setting(self, name: str) -> Any:
        # The rate wanted may have proved to be too high.
        return self.baudrate if name == BAUDRATE_SETTING else super().setting(name)

    # Opening: is a DS2480B there, and how fast can we talk?

    def open(self) -> None:
        """Find the chip or give up, both within about a second; configure it."""
        self._speed = self._plain_speed()
        self._failed_rate = max(RATE_CODES) + 1
        self.line.open()
        try:
            self._find()
            self._choose_rate(self.wanted_baudrate)
            self._reset_once()
        except BusError as error:
            raise self._absent("DS2480B", error) from error
        self.name = _NAMES.get(self.version, _OTHER_NAME)

    def _find(self) -> None:
        """Bring the chip from any state to command mode at 9600 Bd, configured."""
        with self._short_timeout():
            try:
                self._wake()
            except BusError as error:
                # It may listen at another rate, which a break ends.
                if self.line.fixed_rate or isinstance(error, _EchoError):
                    raise
                self.line.send_break()
                self._wake()
            if self.reverse_polarity:
                self._try_rate(START_RATE)

    def _wake(self) -> None:
        line = self.line
        line.set_rate(START_RATE)
        self.baudrate = START_RATE
        # The first byte after power-on or a break only calibrates the chip's clock. To a chip left
        # in data mode or in a pulse these bytes do no harm.
        line.write(bytes([RESET]))
        self.clock.wait(CALIBRATION_TIME)
        line.write(bytes([PULSE_END]))
        line.drain(CALIBRATION_TIME)
        # COMMAND_MODE does nothing in command mode, and a passive adapter echoes it.
        request = bytes([COMMAND_MODE, ACCELERATOR_OFF | self._speed]) + SETTINGS
        line.write(request)
        self._data_mode = False
        if line.read_until(SETTINGS_ANSWER, request).endswith(request):
            raise _EchoError(f"{self.address}: echoes like a passive adapter")
        # Whoever had the chip before may have left pull-ups after each data byte armed.
        self._end_pullup(bytes([PULSE_5V_AND_DISARM]))

    def _choose_rate(self, wanted: int) -> None:
        """Change to the highest rate up to `wanted` at which the chip answers."""
        if self.line.fixed_rate:
            return
        rates = [rate for rate in RATE_CODES if rate <= wanted and rate < self._failed_rate]
        for rate in sorted(rates, reverse=True):
            if rate == self.baudrate:
                return
            try:
                with self._short_timeout():
                    self._try_rate(rate)
                return
            except BusError:
                self._failed_rate = rate
                self._find()

    def _try_rate(self, rate: int) -> None:
        code = RATE_CODES[rate] | (REVERSED_POLARITY if self.reverse_polarity else 0)
        # The answer may come at either rate, so it says nothing.
        self.line.write(self._enter_command_mode() + bytes([SET_RATE | code]))
        self.line.await_input(RATE_CHANGE_TIME)
        self.line.set_rate(rate)
        self.baudrate = rate
        self.line.drain(CALIBRATION_TIME)
        answer = self._command(bytes([READ_RATE]), 1)[0]
        if answer != code:
            raise BusError(f"{self.address}: set {rate} Bd, chip reports {answer:02x}")

    @contextmanager
    def _short_timeout(self) -> Iterator[None]:
        """What is there answers configuration commands at once."""
        line = self.line
        line.timeout = min(self.timeout, REMOTE_PROBE_TIMEOUT if line.remote else PROBE_TIMEOUT)
        try:
            yield
        finally:
            line.timeout = self.timeout

    # The bus

    def reset(self) -> bool:
        answer = self._reset_once()
        if answer is ResetAnswer.SHORT:
            raise BusShortError(f"{self.address}: the 1-Wire line is shorted")
        return answer is not ResetAnswer.NOBODY

    def _reset_once(self) -> ResetAnswer:
        self.line.discard()
        return self._reset_answer(self._command(bytes([RESET | self._speed]), 1)[0])

    def _reset_answer(self, answer: int) -> ResetAnswer:
        if answer & RESET_ANSWER_MASK != RESET_ANSWER:
            raise BusError(f"{self.address}: {answer:02x} is no answer to a reset")
        self.version = answer >> 2 & 7
        self._has_12v = bool(answer & RESET_ANSWER_12V)
        return ResetAnswer(answer & 3)

    def reset_exchange(self, data: bytes) -> bytes | None:
        if self.long_resets or not self._reset_can_lead():
            return super().reset_exchange(data)
        head, tail = data[:MAX_CHUNK], data[MAX_CHUNK:]
        self.line.discard()
        reset = self._enter_command_mode() + bytes([RESET | self._speed])
        self.line.write(reset + self._enter_data_mode() + _doubled(head))
        answer = self._reset_answer(self.line.read_exactly(1)[0])
        if answer is ResetAnswer.SHORT:
            self.line.drain(CALIBRATION_TIME)
            raise BusShortError(f"{self.address}: the 1-Wire line is shorted")
        if answer is ResetAnswer.ALARM:
            # A DS2404's alarm prolongs the reset to milliseconds, so that bytes can get lost.
            self.long_resets = True
            self.line.drain(CALIBRATION_TIME)
            return super().reset_exchange(data)
        back = self.line.read_exactly(len(head))
        return None if answer is ResetAnswer.NOBODY else back + self.exchange(tail)

    def exchange(self, data: bytes) -> bytes:
        pieces = [(self._enter_data_mode(), 0), *_data_pieces(data)]
        return self._stream(pieces, SLOTS_PER_BYTE) if data else b""

    def touch_bits(self, bits: Sequence[int]) -> list[int]:
        return self._single_bits(bytes(self._bit_command(bit) for bit in bits))

    def _bit_command(self, bit: int) -> int:
        return SINGLE_BIT | (SINGLE_BIT_ONE if bit else 0) | self._speed

    def _single_bits(self, commands: bytes) -> list[int]:
        pieces = [(self._enter_command_mode(), 0), *((bytes([code]), 1) for code in commands)]
        answers = self._stream(pieces, 1)
        for command, answer in zip(commands, answers, strict=True):
            if (command ^ answer) & BIT_ANSWER_MASK or answer & 3 not in (0, 3):
                raise BusError(f"{self.address}: {answer:02x} is no answer to {command:02x}")
        return [answer & 1 for answer in answers]

    def search_pass(self, command: int, search: RomSearch) -> tuple[bytes, int] | None:
        pieces = [
            (self._enter_data_mode(), 0),
            *_data_pieces(bytes([command])),
            (self._enter_command_mode(), 0),
            (bytes([ACCELERATOR_ON | self._speed]), 0),
            (self._enter_data_mode(), 0),
            *_data_pieces(search.accelerator_request()),
            (self._enter_command_mode(), 0),
            (bytes([ACCELERATOR_OFF | self._speed]), 0),
        ]
        back = self._stream(pieces, SLOTS_PER_ACCELERATOR_BYTE)
        if back[0] != command:
            raise SearchError(
                f"{self.address}: search command {command:02x} read back {back[0]:02x}"
            )
        rom, conflicts = search.accelerator_answer(back[1:])
        return None if rom == _NOBODY else (rom, conflicts)

    def power_byte(self, byte: int, seconds: float) -> int:
        commands = bytearray(self._bit_command(byte >> n & 1) for n in range(8))
        commands[-1] |= SINGLE_BIT_PULLUP
        levels = self._single_bits(bytes(commands))
        self.clock.wait(seconds)
        self._end_pullup()
        return sum(level << n for n, level in enumerate(levels))

    def _end_pullup(self, before: bytes = b"") -> None:
        answer = self._command(before + bytes([PULSE_END]), 1)[0]
        if answer & PULLUP_ANSWER_MASK != PULLUP_ANSWER:
            raise BusError(f"{self.address}: {answer:02x} is no answer to the end of a pull-up")

    def program_pulse(self) -> None:
        if not self._has_12v:
            raise NotSupportedError(f"{self.name} at {self.address} has no 12 V supply")
        answer = self._command(bytes([PULSE_12V]), 1)[0]
        if (answer ^ PULSE_12V) & PULSE_ANSWER_MASK:
            raise BusError(f"{self.address}: {answer:02x} is no answer to a program pulse")

    def set_overdrive(self, on: bool) -> None:
        self._speed = Speed.OVERDRIVE if on else self._plain_speed()
        if not on:
            self._choose_rate(self.wanted_baudrate)
        # Data mode takes its 1-Wire speed from this command; it is not answered.
        self.line.write(self._enter_command_mode() + bytes([ACCELERATOR_OFF | self._speed]))
        if on:
            self._choose_rate(self.overdrive_baudrate)

    def _plain_speed(self) -> Speed:
        return Speed.FLEXIBLE if self.flextime else Speed.REGULAR

    # Bytes to and from the chip

    def _enter_command_mode(self) -> bytes:
        needed, self._data_mode = self._data_mode, False
        return _MODE_BYTE if needed else b""

    def _enter_data_mode(self) -> bytes:
        needed, self._data_mode = not self._data_mode, True
        return bytes([DATA_MODE]) if needed else b""

    def _command(self, commands: bytes, answers: int) -> bytes:
        return self._talk(self._enter_command_mode() + commands, answers)

    def _stream(self, pieces: Iterable[Piece], slots: int) -> bytes:
        """Send pieces, of up to so many slots each, in as few writes as the chip bears."""
        limit = self._burst(slots)
        back = wire = b""
        due = 0
        for sent, answers in pieces:
            if wire and len(wire) + len(sent) > limit:
                back += self._talk(wire, due)
                wire, due = b"", 0
            wire += sent
            due += answers
        return back + self._talk(wire, due)

    def _talk(self, data: bytes, answers: int) -> bytes:
        if self.line.waiting():
            raise BusError(f"{self.address}: bytes came that nobody asked for")
        self.line.write(data)
        return self.line.read_exactly(answers)

    def _burst(self, slots: int) -> int:
        """How many bytes, of up to so many slots each, may be sent without awaiting answers.

        The chip works on one byte and buffers one. Byte k+1 arrives k+1 character times after the
        start and must find the buffer empty: the chip has taken byte k, after k-1 byte times.
        """
        arrival = BITS_PER_CHARACTER / self.baudrate
        work = slots * (OVERDRIVE_SLOT_TIME if self._speed is Speed.OVERDRIVE else SLOT_TIME)
        if work <= arrival:
            return MAX_CHUNK
        return min(MAX_CHUNK, 2 + int(arrival / (work - arrival)))

    def _reset_can_lead(self) -> bool:
        """Whether data may follow a reset at once: it is over when the second byte after it comes
        (the first is buffered), and no data byte outruns the one before it."""
        overdrive = self._speed is Speed.OVERDRIVE
        duration = OVERDRIVE_RESET_TIME if overdrive else RESET_TIME
        in_time = 2 * BITS_PER_CHARACTER / self.baudrate >= duration
        return in_time and self._burst(SLOTS_PER_BYTE) == MAX_CHUNK


def _data_pieces(data: bytes) -> Iterator[Piece]:
    return ((_doubled(data[n : n + 1]), 1) for n in range(len(data)))


def _doubled(data: bytes) -> bytes:
    return data.replace(_MODE_BYTE, _MODE_BYTE * 2)

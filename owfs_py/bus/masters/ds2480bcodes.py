"""The language of the DS2480B: commands, settings, their answers, how fast one may be told them.

All is from the chip's data sheet. Nothing here touches a port; ds2480bchip.py does.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from typing import NamedTuple

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

BITS_PER_CHARACTER = 10
SLOTS_PER_BYTE = 8
SLOTS_PER_ACCELERATOR_BYTE = 12
MAX_CHUNK = 256  # bytes under way at once, so that the operating system's buffers do


class Speed(enum.IntEnum):
    """1-Wire speed as in bits 2 and 3 of a command."""

    REGULAR = 0x0
    FLEXIBLE = 0x4
    OVERDRIVE = 0x8


# Commands as bytes


class Piece(NamedTuple):
    """Bytes to be sent together, and how many bytes answer them."""

    sent: bytes
    answers: int


class Encoder:
    """Commands and data as pieces to be sent, with the switches of mode that they need.

    It begins in command mode, and trusts that all it gives is sent in that order.
    """

    def __init__(self) -> None:
        self._data_mode = False

    def commands(self, codes: Iterable[int], *, answered: bool = True) -> list[Piece]:
        """A piece a command; each is answered by a byte, or none is."""
        return self._in_mode(False, [Piece(bytes([code]), int(answered)) for code in codes])

    def data(self, data: bytes) -> list[Piece]:
        """A piece a byte, which another byte answers."""
        doubled = bytes([COMMAND_MODE] * 2)
        pieces = [
            Piece(doubled if byte == COMMAND_MODE else bytes([byte]), answers=1) for byte in data
        ]
        return self._in_mode(True, pieces)

    def _in_mode(self, data_mode: bool, pieces: list[Piece]) -> list[Piece]:
        if data_mode is not self._data_mode:
            self._data_mode = data_mode
            pieces.insert(0, Piece(bytes([DATA_MODE if data_mode else COMMAND_MODE]), answers=0))
        return pieces


def bit_commands(bits: Iterable[int], speed: Speed) -> bytes:
    """The command for each time slot."""
    return bytes(SINGLE_BIT | (SINGLE_BIT_ONE if bit else 0) | speed for bit in bits)


def power_commands(byte: int, speed: Speed) -> bytes:
    """The commands for the slots of `byte`, after the last of which the pull-up comes on."""
    *first, last = bit_commands((byte >> n & 1 for n in range(8)), speed)
    return bytes((*first, last | SINGLE_BIT_PULLUP))


# Answers


class Answer(NamedTuple):
    """What may answer something: one of `codes`, where `mask` has ones."""

    to: str
    codes: Sequence[int]
    mask: int = 0xFF

    def fits(self, answer: int) -> bool:
        return answer & self.mask in self.codes


RESET_ANSWER = Answer("a reset", (0xC0,), mask=0xC0)
PULLUP_ANSWER = Answer("the end of a pull-up", (0xE0,), mask=0xF0)
PROGRAM_ANSWER = Answer("a program pulse", (0xFC,), mask=0xFC)


def bit_answer(command: int) -> Answer:
    """The command without its pull-up, and the level in both of the lowest bits."""
    echo = command & 0xFC
    return Answer(f"{command:02x}", (echo, echo | 3))


def rate_answer(rate_code: int) -> Answer:
    """The rate that was set, when it is read back."""
    return Answer(f"rate {rate_code:02x} being read back", (rate_code,))


class Presence(enum.IntEnum):
    """Bits 0 and 1 of the answer to a reset."""

    SHORT = 0
    PRESENCE = 1
    ALARM = 2
    NOBODY = 3


class ResetResult(NamedTuple):
    """What a RESET_ANSWER tells."""

    presence: Presence
    chip_id: int
    has_12v: bool


def reset_result(answer: int) -> ResetResult:
    return ResetResult(Presence(answer & 3), chip_id=answer >> 2 & 7, has_12v=bool(answer & 0x20))


# How fast bytes may follow each other


def burst(slots: int, baudrate: int, speed: Speed) -> int:
    """How many bytes, of up to so many slots each, may be sent without awaiting answers.

    The chip works on one byte and buffers one. Byte k+1 arrives k+1 character times after the
    start and must find the buffer empty: the chip has taken byte k, after k-1 byte times.
    """
    arrival = BITS_PER_CHARACTER / baudrate
    work = slots * (OVERDRIVE_SLOT_TIME if speed is Speed.OVERDRIVE else SLOT_TIME)
    if work <= arrival:
        return MAX_CHUNK
    return min(MAX_CHUNK, 2 + int(arrival / (work - arrival)))


def may_follow_reset(baudrate: int, speed: Speed) -> bool:
    """Whether data may follow a reset at once: it is over when the second byte after it comes
    (the first is buffered), and no data byte outruns the one before it."""
    duration = OVERDRIVE_RESET_TIME if speed is Speed.OVERDRIVE else RESET_TIME
    in_time = 2 * BITS_PER_CHARACTER / baudrate >= duration
    return in_time and burst(SLOTS_PER_BYTE, baudrate, speed) == MAX_CHUNK

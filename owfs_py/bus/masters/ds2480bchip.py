"""A DS2480B on a serial line: found in any state, configured, brought to a rate, and talked to.

What is said to it is for ds2480b.py, which is the bus master; the codes are in ds2480bcodes.py.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from owfs_py.bus.errors import BusError
from owfs_py.bus.masters.ds2480bcodes import (
    ACCELERATOR_OFF,
    COMMAND_MODE,
    PULLUP_ANSWER,
    PULSE_5V_AND_DISARM,
    PULSE_END,
    RATE_CODES,
    READ_RATE,
    RESET,
    REVERSED_POLARITY,
    SET_RATE,
    SETTINGS,
    SETTINGS_ANSWER,
    Answer,
    Encoder,
    Piece,
    Speed,
    burst,
    rate_answer,
)
from owfs_py.bus.masters.serialline import SerialLine
from owfs_py.bus.masters.serialport import START_RATE

# Seconds.
CALIBRATION_TIME = 0.005  # for the first byte after power-on or break, and for a new rate
RATE_CHANGE_TIME = 0.03  # until the answer has come, or never will be legible


class EchoError(BusError):
    """What was sent came back: no DS2480B, but maybe a DS9097."""


class Chip:
    """The chip on `line`. All methods raise BusError; `find` comes first.

    Pieces are made by `encoder`, and must all be sent, in that order: by `stream` as a rule.
    """

    def __init__(self, line: SerialLine) -> None:
        self.line = line
        self.speed = Speed.REGULAR
        """1-Wire speed."""
        self.baudrate = START_RATE
        """Of the serial line, in bits a second."""
        self.encoder = Encoder()
        self._reversed_polarity = False
        self._failed_rate = math.inf

    # Finding and configuring

    def find(self, speed: Speed, *, reversed_polarity: bool) -> None:
        """Bring the chip from any state to command mode at START_RATE, configured.

        Gives up within a second.
        """
        self.speed, self._reversed_polarity = speed, reversed_polarity
        self._failed_rate = math.inf
        self._find()

    def choose_rate(self, wanted: int) -> None:
        """Change to the highest rate up to `wanted` (or else the lowest) that gets through."""
        if self.line.fixed_rate:
            return
        for rate in sorted(RATE_CODES, reverse=True):
            if rate > max(wanted, START_RATE) or rate >= self._failed_rate:
                continue
            if rate == self.baudrate:
                return
            try:
                self._try_rate(rate)
                return
            except BusError:
                self._failed_rate = rate
                self._find()

    def _find(self) -> None:
        with self.line.probing():
            try:
                self._wake()
            except EchoError:
                raise
            except BusError:
                # It may listen at another rate, which a break ends.
                if self.line.fixed_rate:
                    raise
                self.line.send_break()
                self._wake()
            if self._reversed_polarity:
                self._try_rate(START_RATE)

    def _wake(self) -> None:
        line = self.line
        line.set_rate(START_RATE)
        self.baudrate = START_RATE
        # The first byte after power-on or a break only calibrates the chip's clock. A chip left in
        # the middle of a pulse or in data mode, or both, leaves them with the other two.
        line.write(bytes([RESET]))
        line.clock.wait(CALIBRATION_TIME)
        line.write(bytes([COMMAND_MODE, PULSE_END]))
        line.drain(CALIBRATION_TIME)
        # COMMAND_MODE does nothing in command mode, and a passive adapter echoes it.
        request = bytes([COMMAND_MODE, ACCELERATOR_OFF | self.speed]) + SETTINGS
        line.write(request)
        if line.read_until(SETTINGS_ANSWER, request).endswith(request):
            raise EchoError(f"{line.address}: echoes like a passive adapter")
        self.encoder = Encoder()
        # Whoever had the chip before may have left pull-ups after each data byte armed.
        self.tell(PULSE_5V_AND_DISARM)
        self.end_pullup()

    def _try_rate(self, rate: int) -> None:
        code = RATE_CODES[rate] | (REVERSED_POLARITY if self._reversed_polarity else 0)
        # The answer may come at either rate, so it says nothing.
        self.tell(SET_RATE | code)
        self.line.await_input(RATE_CHANGE_TIME)
        self.line.set_rate(rate)
        self.baudrate = rate
        self.line.drain(CALIBRATION_TIME)
        with self.line.probing():
            self.ask(READ_RATE, rate_answer(code))

    # Talking

    def set_speed(self, speed: Speed) -> None:
        """Change the 1-Wire speed of data bytes, and of the commands that the caller makes."""
        self.speed = speed
        self.tell(ACCELERATOR_OFF | speed)

    def end_pullup(self) -> None:
        """End the strong pull-up."""
        self.ask(PULSE_END, PULLUP_ANSWER)

    def tell(self, command: int) -> None:
        """Send a command that is not answered, or not legibly."""
        self.stream(self.encoder.commands([command], answered=False))

    def ask(self, command: int, expected: Answer) -> int:
        """The answer to a command."""
        return self.expect(expected, self.stream(self.encoder.commands([command]))[0])

    def expect(self, expected: Answer, answer: int) -> int:
        """This answer; BusError if it is none."""
        if not expected.fits(answer):
            raise BusError(f"{self.line.address}: {answer:02x} is no answer to {expected.to}")
        return answer

    def stream(self, pieces: Iterable[Piece], slots: int = 0) -> bytes:
        """Send pieces, of up to so many slots each, in as few writes as the chip bears."""
        limit = burst(slots, self.baudrate, self.speed)
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
            raise BusError(f"{self.line.address}: bytes came that nobody asked for")
        self.line.write(data)
        return self.line.read_exactly(answers)

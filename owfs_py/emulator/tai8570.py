"""The barometer TAI8570: two DS2406 that talk over three wires to an MS5534.

Sources: data sheets MS5534A, MS5534B (serial interface, figures of the sequences), TAI8570. The
clock is at PIO-A of both switches; PIO-B of the writer is the sensor's input, that of the reader
its output.
"""

from __future__ import annotations

from collections.abc import Callable

from owfs_py._crc import crc16
from owfs_py.bus.rom import RomId
from owfs_py.emulator.ds2406 import DS2406
from owfs_py.emulator.switches import Pins
from owfs_py.emulator.wire import Wire

CONVERSION_TIME = 0.035
"""Seconds, maximum."""
WORD_BITS = 16
PAGE_SIZE = 32
CLOCK, DATA = 0b01, 0b10  # PIO-A and PIO-B


def _bits(text: str) -> tuple[int, ...]:
    return tuple(int(bit) for bit in text.replace(" ", ""))


RESET = _bits("1010101010101010 00000")
WORDS = tuple(_bits(f"111 {setup} 0000") for setup in ("010101", "010110", "011001", "011010"))
PRESSURE, TEMPERATURE = _bits("1111 0100 0000"), _bits("1111 0010 0000")
LONGEST = len(RESET)


class MS5534:
    """`words` are its calibration, `pressure` and `temperature` D1 and D2 as it measures them.

    It hears a bit, or puts out the next one, whenever the clock rises. `now` tells the time.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self.words = [50426, 9504, 48029, 55432]  # an example of the data sheet
        self.pressure, self.temperature = 17000, 22500
        self.conversion_time = CONVERSION_TIME
        self.missing = False
        """Fault: nothing pulls its output low."""
        self.slow = False
        """Fault: it never ends a conversion."""
        self.resets = 0
        self.conversions = 0
        self._now = now
        self._heard: list[int] = []
        self._sending: list[int] = []
        self._output = 1
        self._ready_at: float | None = None
        self._result = 0

    @property
    def output(self) -> int:
        """The level at DOUT: low at the end of a conversion."""
        if self.missing:
            return 1
        if self._ready_at is not None:
            return int(self.slow or self._now() < self._ready_at)
        return self._output

    def clock_rises(self, data: int) -> None:
        self._heard = [*self._heard[-LONGEST:], data]
        if self._said(RESET):
            self.resets += 1
            self._sending, self._ready_at, self._output = [], None, 1
            return
        if self._ready_at is not None:
            if self.output:
                return  # it is busy
            self._ready_at = None
            self._send(self._result)
        if self._sending:
            self._output = self._sending.pop(0)
            return
        self._output = 1
        self._obey()

    def _send(self, word: int) -> None:
        self._sending = [word >> n & 1 for n in reversed(range(WORD_BITS))]

    def _said(self, command: tuple[int, ...]) -> bool:
        return tuple(self._heard[-len(command) :]) == command

    def _obey(self) -> None:
        for command, word in zip(WORDS, self.words, strict=True):
            if self._said(command):
                self._send(word)
        for command, value in ((PRESSURE, self.pressure), (TEMPERATURE, self.temperature)):
            if self._said(command):
                self.conversions += 1
                self._result = value
                self._ready_at = self._now() + self.conversion_time


class _JointPins(Pins):
    """Pins of one of the switches: what they are at depends on the others, too."""

    def __init__(self, board: TAI8570, *, reads: bool) -> None:
        self._board = board
        self._reads = reads
        super().__init__(2)

    @property
    def levels(self) -> int:
        clock, data_in, data_out = self._board.lines()
        data = data_out if self._reads else data_in
        return clock * CLOCK | data * DATA

    def drive(self, latches: int) -> None:
        before = self._board.lines()[0]
        super().drive(latches)
        clock, data_in, _ = self._board.lines()
        if clock > before:
            self._board.sensor.clock_rises(data_in)


class TAI8570:
    """Both switches and the sensor. `writer` has a supply, `reader` has none."""

    def __init__(self, wire: Wire, writer: RomId, reader: RomId) -> None:
        self.sensor = MS5534(wire.now)
        self.writer, self.reader = DS2406(writer), DS2406(reader, powered=False)
        for chip, partner in ((self.writer, reader), (self.reader, writer)):
            chip.memory[:PAGE_SIZE] = packet(0, bytes(7) + b"8570")
            chip.memory[PAGE_SIZE : 2 * PAGE_SIZE] = packet(1, partner)
        # Either asks for the levels of the other, which has its pins before and after that.
        self.writer.pins = _JointPins(self, reads=False)
        self.reader.pins = _JointPins(self, reads=True)
        wire.attach(self.writer)
        wire.attach(self.reader)

    def lines(self) -> tuple[int, int, int]:
        """The levels of clock, the sensor's input and its output."""
        writer, reader = self.writer.pins.latches, self.reader.pins.latches
        clock = int(bool(writer & reader & CLOCK))
        return clock, int(bool(writer & DATA)), int(bool(reader & DATA)) & self.sensor.output


def packet(page: int, content: bytes) -> bytes:
    """A page as 1-Wire File Structure packets are: length, content, inverted CRC-16."""
    body = bytes((len(content),)) + content
    # The CRC begins with the number of the page.
    seeded = bytes((body[0] ^ page,)) + body[1:]
    return (body + (crc16(seeded) ^ 0xFFFF).to_bytes(2, "little")).ljust(PAGE_SIZE, b"\xff")

"""DS2480B: the serial 1-Wire line driver in a DS9097U and in many USB adapters, as a bus master.

How the chip is found and talked to is ds2480bchip.py's. Echoes of data bytes are not compared
here, the core does that; answers to commands are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

from owfs_py._search import RomSearch
from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.errors import BusShortError, NotSupportedError, SearchError
from owfs_py.bus.masters.base import Can
from owfs_py.bus.masters.ds2480bchip import CALIBRATION_TIME, Chip
from owfs_py.bus.masters.ds2480bcodes import (
    ACCELERATOR_OFF,
    ACCELERATOR_ON,
    MAX_CHUNK,
    PROGRAM_ANSWER,
    PULSE_12V,
    RATE_CODES,
    RESET,
    RESET_ANSWER,
    SLOTS_PER_ACCELERATOR_BYTE,
    SLOTS_PER_BYTE,
    Presence,
    Speed,
    bit_answer,
    bit_commands,
    may_follow_reset,
    power_commands,
    reset_result,
)
from owfs_py.bus.masters.serialmaster import PortOptions, SerialMaster
from owfs_py.bus.masters.serialport import START_RATE

BAUDRATE_SETTING = "serial/baudrate"
WORTH_ANOTHER_RATE = 24
"""Bytes at START_RATE that take as long as two changes of the rate."""

# Names by the chip's id, which is also owserver's number.
_NAMES = {2: "DS9097U", 3: "DS9097U", 7: "LINK(emulate mode)"}
_OTHER_NAME = "DS2480B based"

_NOBODY = b"\xff" * 8


class DS2480B(SerialMaster):
    """A DS2480B on a serial port.

    `flextime` chooses flexible over regular speed slots, `reverse_polarity` inverts the chip's
    TXD. `baudrate` is the UART rate, `overdrive_baudrate` that for long blocks in overdrive; if
    the chip cannot be reached at one, the next lower is taken. The attributes of these names
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
        flextime: bool = True,
        reverse_polarity: bool = False,
        baudrate: int = START_RATE,
        overdrive_baudrate: int = max(RATE_CODES),
        **port_options: Unpack[PortOptions],
    ) -> None:
        super().__init__(address, clock, **port_options)
        self.name = _OTHER_NAME
        self.version = 0
        self.wanted_baudrate = baudrate
        self.overdrive_baudrate = overdrive_baudrate
        self.flextime = flextime
        self.reverse_polarity = reverse_polarity
        self._chip = Chip(self.line)
        self._has_12v = False

    @property
    def baudrate(self) -> int:
        """The UART rate in use."""
        return self._chip.baudrate

    def setting(self, name: str) -> Any:
        # The rate wanted may have proved to be too high.
        return self.baudrate if name == BAUDRATE_SETTING else super().setting(name)

    def open(self) -> None:
        """Find the chip or give up, both within about a second; configure it."""
        with self._finding("DS2480B"):
            self._chip.find(self._plain_speed(), reversed_polarity=self.reverse_polarity)
            self._chip.choose_rate(self.wanted_baudrate)
            self._reset_once()
        self.name = _NAMES.get(self.version, _OTHER_NAME)

    def reset(self) -> bool:
        return self._is_present(self._reset_once())

    def _reset_once(self) -> Presence:
        self.line.discard()
        return self._note_reset(self._chip.ask(RESET | self._chip.speed, RESET_ANSWER))

    def _note_reset(self, answer: int) -> Presence:
        presence, self.version, self._has_12v = reset_result(answer)
        return presence

    def _is_present(self, presence: Presence) -> bool:
        if presence is Presence.SHORT:
            raise BusShortError(f"{self.address}: the 1-Wire line is shorted")
        return presence is not Presence.NOBODY

    def reset_exchange(self, data: bytes) -> bytes | None:
        self._hurry(len(data))
        chip = self._chip
        if self.long_resets or not may_follow_reset(chip.baudrate, chip.speed):
            return super().reset_exchange(data)
        head, tail = data[:MAX_CHUNK], data[MAX_CHUNK:]
        self.line.discard()
        pieces = chip.encoder.commands([RESET | chip.speed]) + chip.encoder.data(head)
        self.line.write(b"".join(piece.sent for piece in pieces))
        answer = chip.expect(RESET_ANSWER, self.line.read_exactly(1)[0])
        presence = self._note_reset(answer)
        if presence in (Presence.SHORT, Presence.ALARM):
            self.line.drain(CALIBRATION_TIME)
        is_present = self._is_present(presence)
        if presence is Presence.ALARM:
            # A DS2404's alarm prolongs the reset to milliseconds, so that bytes can get lost.
            self.long_resets = True
            return super().reset_exchange(data)
        back = self.line.read_exactly(len(head))
        return back + self.exchange(tail) if is_present else None

    def exchange(self, data: bytes) -> bytes:
        self._hurry(len(data))
        return self._chip.stream(self._chip.encoder.data(data), SLOTS_PER_BYTE) if data else b""

    def touch_bits(self, bits: Sequence[int]) -> list[int]:
        return self._single_bits(bit_commands(bits, self._chip.speed))

    def _single_bits(self, commands: bytes) -> list[int]:
        answers = self._chip.stream(self._chip.encoder.commands(commands), slots=1)
        return [
            self._chip.expect(bit_answer(command), answer) & 1
            for command, answer in zip(commands, answers, strict=True)
        ]

    def search_pass(self, command: int, search: RomSearch) -> tuple[bytes, int] | None:
        encoder, speed = self._chip.encoder, self._chip.speed
        pieces = [
            *encoder.data(bytes([command])),
            *encoder.commands([ACCELERATOR_ON | speed], answered=False),
            *encoder.data(search.accelerator_request()),
            *encoder.commands([ACCELERATOR_OFF | speed], answered=False),
        ]
        back = self._chip.stream(pieces, SLOTS_PER_ACCELERATOR_BYTE)
        if back[0] != command:
            raise SearchError(
                f"{self.address}: search command {command:02x} read back {back[0]:02x}"
            )
        rom, conflicts = search.accelerator_answer(back[1:])
        return None if rom == _NOBODY else (rom, conflicts)

    def power_byte(self, byte: int, seconds: float) -> int:
        levels = self._single_bits(power_commands(byte, self._chip.speed))
        self.clock.wait(seconds)
        self._chip.end_pullup()
        return sum(level << n for n, level in enumerate(levels))

    def program_pulse(self) -> None:
        if not self._has_12v:
            raise NotSupportedError(f"{self.name} at {self.address} has no 12 V supply")
        self._chip.ask(PULSE_12V, PROGRAM_ANSWER)

    def set_overdrive(self, on: bool) -> None:
        self._chip.set_speed(Speed.OVERDRIVE if on else self._plain_speed())
        if not on:
            self._chip.choose_rate(self.wanted_baudrate)

    def _hurry(self, size: int) -> None:
        """Before so many bytes: in overdrive the UART, not the wire, is what keeps them back."""
        if self._chip.speed is Speed.OVERDRIVE and size >= WORTH_ANOTHER_RATE:
            self._chip.choose_rate(self.overdrive_baudrate)

    def _plain_speed(self) -> Speed:
        return Speed.FLEXIBLE if self.flextime else Speed.REGULAR

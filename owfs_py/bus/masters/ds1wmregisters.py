"""The DS1WM by its registers: set-up, resets, bytes and bits, the search accelerator.

Source: DS1WM data sheet, and Maxim application note 5507. Where the registers are, and what a bus
master makes of them, is in ds1wm.py and k1wm.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from owfs_py.bus.clock import Clock
from owfs_py.bus.errors import BusError, BusShortError, BusTimeoutError
from owfs_py.bus.masters.registermap import Window

COUNT = 6
COMMAND, BUFFER, INTERRUPT, INTERRUPT_ENABLE, CLOCK_DIVISOR, CONTROL = range(COUNT)
"""The registers; in place of CLOCK_DIVISOR a K1WM has the number of the channel."""

# COMMAND
WIRE_RESET = 0x01
ACCELERATOR = 0x02

# INTERRUPT
PRESENCE_DETECTED = 0x01  # or not: a reset is over; reading clears it
NO_PRESENCE = 0x02
TRANSMIT_EMPTY = 0x04
SHIFT_EMPTY = 0x08
RECEIVE_FULL = 0x10
SHORT = 0x40
GONE = 0xFF
"""Never all at once: what an empty place reads."""

# CONTROL
LONG_LINE = 0x01
PRESENCE_MASK = 0x02
PULLUP_ENABLE = 0x08
PULLUP_ON = 0x10  # whenever the line is idle
BIT_MODE = 0x20
OVERDRIVE = 0x40

DIVISOR_10_MHZ = 0x86
"""Clock on, and the divisor for 10 MHz: what owserver 3.2p4 assumes every DS1WM to have."""

# Seconds, at regular and at overdrive speed: a reset with its presence pulse, a time slot.
RESET_TIME = (1.262e-3, 0.137e-3)
SLOT_TIME = (86e-6, 15e-6)
TIMEOUT = 0.01
"""Seconds within which anything is done."""


class Registers:
    """The registers of a chip in use. Methods raise BusError, and its kinds, if it fails.

    `place` names it in messages.
    """

    def __init__(self, window: Window, clock: Clock, place: str) -> None:
        self._window = window
        self._clock = clock
        self._place = place
        self._control = 0

    def close(self) -> None:
        """Give the registers back."""
        self._window.close()

    def set_up(self, control: int, divisor: int | None) -> None:
        """Stop whatever goes on; begin at `control`, with `divisor` if there is a clock to set."""
        window = self._window
        window[COMMAND] = 0
        window[INTERRUPT_ENABLE] = 0
        if divisor is not None:
            window[CLOCK_DIVISOR] = 0
        self.configure(control)
        if divisor is not None:
            window[CLOCK_DIVISOR] = divisor
        self._await(SHIFT_EMPTY)
        _ = window[BUFFER]

    def select(self, channel: int) -> None:
        """What follows is for this channel of a K1WM."""
        self._window[CLOCK_DIVISOR] = channel

    def configure(self, control: int) -> None:
        """What the control register shall be from now on."""
        self._set_control(control)
        self.check()

    def _set_control(self, control: int) -> None:
        self._control = control
        self._window[CONTROL] = control

    def check(self) -> None:
        """BusError if the control register is not as it was written: is the chip still there?"""
        now = self._window[CONTROL]
        if now != self._control:
            raise BusError(
                f"{self._place}: the control register is {now:02x} instead of {self._control:02x}"
            )

    @contextmanager
    def also(self, flag: int) -> Iterator[None]:
        """Inside, this bit of the control register is set, too."""
        before = self._control
        self._set_control(before | flag)
        try:
            yield
        finally:
            self._set_control(before)

    def reset(self) -> bool:
        """Reset pulse; True if a presence pulse followed."""
        _ = self._window[INTERRUPT]  # of a reset before
        self._window[COMMAND] = WIRE_RESET
        self._clock.wait(self._time(RESET_TIME))
        flags = self._await(PRESENCE_DETECTED | SHORT)
        if flags & SHORT:
            raise BusShortError(f"{self._place}: the 1-Wire line is shorted")
        return not flags & NO_PRESENCE

    def exchange(self, data: bytes) -> bytes:
        """Eight slots a byte, LSB first; what was read."""
        return bytes(map(self._exchange, data))

    def touch(self, bits: Sequence[int]) -> list[int]:
        """One slot a bit; the levels sampled."""
        with self.also(BIT_MODE):
            return [self._exchange(bit) & 1 for bit in bits]

    def accelerated(self, request: bytes) -> bytes:
        """Four positions of a ROM search a byte, as `RomSearch.accelerator_request` has them."""
        self._window[COMMAND] = ACCELERATOR
        try:
            return self.exchange(request)
        finally:
            self._window[COMMAND] = 0

    def _exchange(self, byte: int) -> int:
        if self._await(TRANSMIT_EMPTY) & RECEIVE_FULL:
            _ = self._window[BUFFER]
        self._window[BUFFER] = byte
        self._clock.wait(8 * self._time(SLOT_TIME))
        self._await(RECEIVE_FULL)
        return self._window[BUFFER]

    def _time(self, times: tuple[float, float]) -> float:
        return times[bool(self._control & OVERDRIVE)]

    def _await(self, wanted: int) -> int:
        """The flags, as soon as one of those wanted is set."""
        give_up = self._clock.now() + TIMEOUT
        while True:
            flags = self._window[INTERRUPT]
            if flags == GONE:
                raise BusError(f"{self._place}: nothing but ones are read")
            if flags & wanted:
                return flags
            if self._clock.now() >= give_up:
                raise BusTimeoutError(
                    f"{self._place}: interrupt flags are {flags:02x}, without any of {wanted:02x},"
                    f" for {TIMEOUT:g} s"
                )
            self._clock.wait(self._time(SLOT_TIME))

"""DS1821, a thermostat that talks without a ROM id: its commands follow the reset at once.

Source: data sheet DS1821 (status/configuration register, command set, high-resolution readings).
Without the thermostat's output.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import ClassVar

from owfs_py.bus.rom import RomId
from owfs_py.emulator.slave import (
    Behaviour,
    Functions,
    Slave,
    receive_byte,
    send_bits,
    send_bytes,
    send_forever,
)
from owfs_py.emulator.wire import CLOCK_TOLERANCE, LISTEN

START_CONVERT, STOP_CONVERT = 0xEE, 0x22
READ_TEMPERATURE, READ_COUNTER, LOAD_COUNTER = 0xAA, 0xA0, 0x41
WRITE_HIGH, WRITE_LOW, READ_HIGH, READ_LOW = 0x01, 0x02, 0xA1, 0xA2
WRITE_STATUS, READ_STATUS = 0x0C, 0xAC

ONE_SHOT, POLARITY, THERMOSTAT, LOW_FLAG, HIGH_FLAG = 0x01, 0x02, 0x04, 0x08, 0x10
NV_BUSY, ONE, DONE = 0x20, 0x40, 0x80
WRITABLE = ONE_SHOT | POLARITY | THERMOSTAT | LOW_FLAG | HIGH_FLAG

CONVERSION_TIME, EEPROM_WRITE_TIME = 1.0, 0.010
"""Seconds, maximum."""
COUNTER_BITS, COUNTER_MASK = 9, 0x1FF


class DS1821(Slave):
    """`temperature` in °C; `per_degree` counts are one degree; `high` and `low` in whole degrees.

    With the thermostat bit set it is silent from the next power-on on.
    """

    families = (0x00,)  # which no chip has: it stands for none
    chip = "DS1821"

    def __init__(self, rom: RomId, *, per_degree: int = 240) -> None:
        self.temperature = 20.0
        self.per_degree = per_degree
        self.high, self.low = 25, 15
        self.configuration = ONE_SHOT
        self.storing_time = EEPROM_WRITE_TIME
        """Seconds until it takes the next write."""
        self.lost_writes = 0
        """How often it was written while it still stored what was written before."""
        self._stored_until = 0.0
        self._register, self._counter = 0, 0
        self._converting_until: float | None = None
        self._silent = False
        super().__init__(rom)

    def brown_out(self) -> None:
        super().brown_out()
        self._converting_until = None
        self._silent = bool(self.configuration & THERMOSTAT)

    @property
    def status(self) -> int:
        self._settle()
        busy = NV_BUSY if self._is_storing else 0
        done = DONE if self._converting_until is None else 0
        return self.configuration | busy | ONE | done

    @property
    def _is_storing(self) -> bool:
        return self.wire.now() < self._stored_until - CLOCK_TOLERANCE

    def _settle(self) -> None:
        until = self._converting_until
        if until is None or self.wire.now() < until - CLOCK_TOLERANCE:
            return
        degrees = self.temperature
        self._register = math.floor(degrees + 0.5)
        share = degrees - self._register + 0.5
        self._counter = round(self.per_degree * (1 - share))
        self._note_limits()
        if self.configuration & ONE_SHOT:
            self._converting_until = None

    def _note_limits(self) -> None:
        if self._register > self.high:
            self.configuration |= HIGH_FLAG
        if self._register < self.low:
            self.configuration |= LOW_FLAG

    # Functions

    def talk(self) -> Behaviour:
        if self._silent:
            return
        command = yield from receive_byte()
        self._settle()
        answer = self.functions.get(command)
        if answer is not None:
            yield from answer(self)

    def _start(self) -> Behaviour:
        self._converting_until = self.wire.now() + CONVERSION_TIME
        self.wire.counts.conversions += 1
        yield from send_forever(LISTEN)

    def _stop(self) -> Behaviour:
        self._converting_until = None
        yield from send_forever(LISTEN)

    def _send_register(self) -> Behaviour:
        yield from send_bytes(self._register.to_bytes(1, "little", signed=True))

    def _send_counter(self) -> Behaviour:
        yield from send_bits(self._counter & COUNTER_MASK, COUNTER_BITS)

    def _load_counter(self) -> Behaviour:
        self._counter = self.per_degree
        yield from send_forever(LISTEN)

    def _store(self, name: str, change: Callable[[int], int]) -> Behaviour:
        byte = yield from receive_byte()
        if self._is_storing:
            self.lost_writes += 1
            return
        setattr(self, name, change(byte))
        self._stored_until = self.wire.now() + self.storing_time

    def _send_limit(self, degrees: int) -> Behaviour:
        yield from send_bytes(degrees.to_bytes(1, "little", signed=True))

    functions: ClassVar[Functions] = {
        START_CONVERT: _start,
        STOP_CONVERT: _stop,
        READ_TEMPERATURE: _send_register,
        READ_COUNTER: _send_counter,
        LOAD_COUNTER: _load_counter,
        WRITE_HIGH: lambda self: self._store("high", _signed),
        WRITE_LOW: lambda self: self._store("low", _signed),
        READ_HIGH: lambda self: self._send_limit(self.high),
        READ_LOW: lambda self: self._send_limit(self.low),
        WRITE_STATUS: lambda self: self._store("configuration", lambda byte: byte & WRITABLE),
        READ_STATUS: lambda self: send_bytes(bytes((self.status,))),
    }


def _signed(byte: int) -> int:
    return byte - 256 if byte > 127 else byte

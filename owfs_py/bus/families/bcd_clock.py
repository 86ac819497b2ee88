"""Clocks that count in BCD, as loggers have them: registers to seconds since 1970 (UTC) and back.

It knows no chip, only what the registers of a clock mean. Source: data sheets DS1921G and DS1923
("Real-Time Clock Registers").
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from owfs_py.bus.errors import InvalidValueError

TWELVE_HOURS = 0x40  # in the hour: counts to 12, with
AFTERNOON = 0x20
CENTURY = 0x80  # in the month: 20xx, else 19xx
MONTH_BITS = 0x1F
YEARS_IN_CENTURY = 100
FIRST = datetime(1900, 1, 1, tzinfo=UTC).timestamp()
END = datetime(2100, 1, 1, tzinfo=UTC).timestamp()


class ClockRegisters(NamedTuple):
    """One byte each; the weekday is 1 on Sundays."""

    second: int
    minute: int
    hour: int
    weekday: int
    day: int
    month: int
    year: int

    def seconds(self) -> int:
        """Seconds since 1970 UTC. InvalidValueError if this is no date."""
        century = 2000 if self.month & CENTURY else 1900
        return _seconds(self, century + _decimal(self.year))

    def seconds_near(self, now: float) -> int:
        """The same for registers without century: the one within 50 years of `now`."""
        this_year = datetime.fromtimestamp(now, UTC).year
        earliest = this_year - YEARS_IN_CENTURY // 2
        year = earliest + (_decimal(self.year) - earliest) % YEARS_IN_CENTURY
        return _seconds(self, year)


def registers_of(seconds: int) -> ClockRegisters:
    """What a clock shows at that time. InvalidValueError for a year that it cannot show."""
    if not FIRST <= seconds < END:
        raise InvalidValueError(f"the clock shows the years 1900 to 2099, not {seconds} s")
    moment = datetime.fromtimestamp(seconds, UTC)
    century, year = divmod(moment.year, YEARS_IN_CENTURY)
    return ClockRegisters(
        _bcd(moment.second),
        _bcd(moment.minute),
        _bcd(moment.hour),
        moment.isoweekday() % 7 + 1,
        _bcd(moment.day),
        _bcd(moment.month) | (CENTURY if century == 20 else 0),
        _bcd(year),
    )


def _seconds(registers: ClockRegisters, year: int) -> int:
    try:
        moment = datetime(
            year,
            _decimal(registers.month & MONTH_BITS),
            _decimal(registers.day),
            _hour(registers.hour),
            _decimal(registers.minute),
            _decimal(registers.second),
            tzinfo=UTC,
        )
    except ValueError as error:
        raise InvalidValueError(f"the clock shows no date: {bytes(registers).hex(' ')}") from error
    return int(moment.timestamp())


def _hour(register: int) -> int:
    if not register & TWELVE_HOURS:
        return _decimal(register)
    afternoon = 12 if register & AFTERNOON else 0
    return _decimal(register & ~(TWELVE_HOURS | AFTERNOON)) % 12 + afternoon


def _decimal(bcd: int) -> int:
    tens, ones = divmod(bcd, 16)
    if tens > 9 or ones > 9:
        raise InvalidValueError(f"not a decimal number: {bcd:02X}")
    return tens * 10 + ones


def _bcd(number: int) -> int:
    tens, ones = divmod(number, 10)
    return tens << 4 | ones

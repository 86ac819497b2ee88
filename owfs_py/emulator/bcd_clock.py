"""The clock registers of data loggers, in BCD and with the century in the month. No chip by itself.

Source: data sheets DS1921G and DS1923 ("Real-Time Clock Registers"). Hours are always 0 to 23.
"""

from __future__ import annotations

import calendar
import time
from collections.abc import Iterable

CENTURY = 0x80  # in the month
MONTH_BITS = 0x1F
WEEKDAY = 3
"""The place of the register that not all of them have."""


def registers_of(seconds: int) -> bytes:
    """Second, minute, hour, weekday (1 on Sundays), day, month, year, by seconds since 1970."""
    moment = time.gmtime(seconds)
    century = CENTURY if moment.tm_year >= 2000 else 0
    return bytes(
        (
            _bcd(moment.tm_sec),
            _bcd(moment.tm_min),
            _bcd(moment.tm_hour),
            (moment.tm_wday + 1) % 7 + 1,
            _bcd(moment.tm_mday),
            _bcd(moment.tm_mon) | century,
            _bcd(moment.tm_year % 100),
        )
    )


def seconds_of(registers: Iterable[int]) -> int:
    """Seconds since 1970 by these seven registers; the weekday does not count."""
    second, minute, hour, _, day, month, year = registers
    moment = (
        (2000 if month & CENTURY else 1900) + _decimal(year),
        max(1, min(12, _decimal(month & MONTH_BITS))),
        _decimal(day),
        _decimal(hour),
        _decimal(minute),
        _decimal(second),
    )
    return calendar.timegm(moment)


def _bcd(number: int) -> int:
    return number // 10 << 4 | number % 10


def _decimal(bcd: int) -> int:
    return (bcd >> 4) * 10 + (bcd & 15)

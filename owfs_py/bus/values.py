"""The text forms of values: what owserver writes for each kind, and what it reads.

Nothing here knows a chip or a path; properties.py says which property has which kind.
"""

from __future__ import annotations

import calendar
import enum
import math
import re
import time
from collections.abc import Callable
from typing import Any

from owfs_py.bus.errors import (
    EmptyValueError,
    InvalidValueError,
    MessageSizeError,
    OutOfRangeError,
)
from owfs_py.bus.view import PressureScale, TemperatureScale, View


class Kind(enum.Enum):
    """The kinds of a property; the letters are those of /structure."""

    DIRECTORY = "D"
    INTEGER = "i"
    UNSIGNED = "u"
    FLOAT = "f"
    ALIAS = "l"
    TEXT = "a"
    BINARY = "b"
    YESNO = "y"
    DATE = "d"
    TEMPERATURE = "t"
    GAP = "g"
    PRESSURE = "p"


NUMBER_WIDTH = 12
DATE_WIDTH = 24

FIXED_SIZES = {
    Kind.DIRECTORY: 8,
    Kind.INTEGER: NUMBER_WIDTH,
    Kind.UNSIGNED: NUMBER_WIDTH,
    Kind.FLOAT: NUMBER_WIDTH,
    Kind.TEMPERATURE: NUMBER_WIDTH,
    Kind.GAP: NUMBER_WIDTH,
    Kind.PRESSURE: NUMBER_WIDTH,
    Kind.YESNO: 1,
    Kind.DATE: DATE_WIDTH,
}

NUMBERS = frozenset(
    (Kind.INTEGER, Kind.UNSIGNED, Kind.FLOAT, Kind.TEMPERATURE, Kind.GAP, Kind.PRESSURE)
)
BYTES = frozenset((Kind.TEXT, Kind.ALIAS, Kind.BINARY))

_KELVIN_OFFSET = 273.15
_FAHRENHEIT_OFFSET = 32.0
_RANKINE_OFFSET = 459.67

# mbar times this, by scale.
_PRESSURE_FACTORS = {
    PressureScale.MBAR: 1.0,
    PressureScale.ATM: 0.00098692316931,
    PressureScale.MMHG: 0.7500615613,
    PressureScale.INHG: 0.029529983071,
    PressureScale.PSI: 0.014503773801,
    PressureScale.PA: 100.0,
}


def to_scale(kind: Kind, value: float, view: View) -> float:
    """From °C or mbar to the scale of `view`; other kinds are left alone."""
    if kind is Kind.TEMPERATURE:
        match view.temperature_scale:
            case TemperatureScale.FAHRENHEIT:
                return 1.8 * value + _FAHRENHEIT_OFFSET
            case TemperatureScale.KELVIN:
                return value + _KELVIN_OFFSET
            case TemperatureScale.RANKINE:
                return 1.8 * value + _FAHRENHEIT_OFFSET + _RANKINE_OFFSET
    elif kind is Kind.GAP:
        if view.temperature_scale in (TemperatureScale.FAHRENHEIT, TemperatureScale.RANKINE):
            return 1.8 * value
    elif kind is Kind.PRESSURE:
        return value * _PRESSURE_FACTORS[view.pressure_scale]
    return value


def from_scale(kind: Kind, value: float, view: View) -> float:
    """The inverse of `to_scale`."""
    if kind is Kind.TEMPERATURE:
        match view.temperature_scale:
            case TemperatureScale.FAHRENHEIT:
                return (value - _FAHRENHEIT_OFFSET) / 1.8
            case TemperatureScale.KELVIN:
                return value - _KELVIN_OFFSET
            case TemperatureScale.RANKINE:
                return (value - _FAHRENHEIT_OFFSET - _RANKINE_OFFSET) / 1.8
    elif kind is Kind.GAP:
        if view.temperature_scale in (TemperatureScale.FAHRENHEIT, TemperatureScale.RANKINE):
            return value / 1.8
    elif kind is Kind.PRESSURE:
        return value / _PRESSURE_FACTORS[view.pressure_scale]
    return value


def format_value(kind: Kind, value: Any, view: View) -> bytes:
    """One element as owserver writes it; numbers padded to 12 unless the view trims.

    Raises MessageSizeError for a number that needs more than 12 characters.
    """
    if kind in BYTES:
        return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")
    if kind is Kind.YESNO:
        return b"1" if int(value) & 1 else b"0"
    if kind is Kind.DATE:
        return time.asctime(time.localtime(value)).encode()
    if kind is Kind.INTEGER or kind is Kind.UNSIGNED:
        text = str(int(value))
    else:
        text = f"{to_scale(kind, value, view):G}"
    if len(text) > NUMBER_WIDTH:
        raise MessageSizeError(f"{text} has more than {NUMBER_WIDTH} characters")
    return (text if view.trim else text.rjust(NUMBER_WIDTH)).encode()


def parse_value(kind: Kind, data: bytes, view: View, now: Callable[[], float] = time.time) -> Any:
    """One element as a client wrote it, with owserver's tolerance for text after it.

    Raises InvalidValueError or OutOfRangeError.
    """
    match kind:
        case Kind.INTEGER | Kind.UNSIGNED:
            return _parse_integer(data, signed=kind is Kind.INTEGER)
        case Kind.FLOAT | Kind.TEMPERATURE | Kind.GAP | Kind.PRESSURE:
            return from_scale(kind, parse_float(data), view)
        case Kind.YESNO:
            return _parse_yesno(data)
        case Kind.DATE:
            return _parse_date(data, now)
        case Kind.TEXT | Kind.ALIAS | Kind.BINARY:
            return data
        case Kind.DIRECTORY:
            raise InvalidValueError("a directory has no value")


_INTEGER = re.compile(rb"[ \t\n\v\f\r]*([+-]?\d+)")
_FLOAT = re.compile(
    rb"[ \t\n\v\f\r]*([+-]?)(?:"
    rb"(0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)(?:[pP][+-]?\d+)?)"
    rb"|((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    rb"|(inf(?:inity)?|nan))",
    re.IGNORECASE,
)


def _parse_integer(data: bytes, *, signed: bool) -> int:
    match = _INTEGER.match(data)
    if match is None:
        raise InvalidValueError(f"not a whole number: {data[:40]!r}")
    value = int(match[1])
    if not -(1 << 63) <= value < 1 << 63:
        raise OutOfRangeError(f"{value} has more than 64 bits")
    # The C program keeps 32 bits; clients rely on -1 for all ones.
    value &= 0xFFFFFFFF
    return value - (1 << 32) if signed and value >> 31 else value


def parse_float(data: bytes) -> float:
    """A C floating constant at the start of `data`. Raises as `parse_value` does."""
    match = _FLOAT.match(data)
    if match is None:
        raise InvalidValueError(f"not a number: {data[:40]!r}")
    sign, hexadecimal, decimal, special = match.groups()
    if hexadecimal:
        try:
            value = float.fromhex(hexadecimal.decode())
        except OverflowError as error:
            raise OutOfRangeError(f"too large: {hexadecimal[:40]!r}") from error
    elif decimal:
        value = float(decimal)
        digits = decimal.lower().partition(b"e")[0]
        if math.isinf(value) or (value == 0.0 and digits.strip(b"0.")):
            raise OutOfRangeError(f"too large or too small: {decimal[:40]!r}")
    else:
        value = float(special)
    return -value if sign == b"-" else value


def _parse_yesno(data: bytes) -> bool:
    match = _INTEGER.match(data)
    if match is not None:
        return int(match[1]) != 0
    text = data.partition(b"\0")[0].lstrip(b" \t").lower()
    if not text:
        raise EmptyValueError("empty where 1 or 0, yes or no, on or off is wanted")
    for word, value in ((b"y", True), (b"n", False), (b"on", True), (b"off", False)):
        if text.startswith(word):
            return value
    raise InvalidValueError(f"not yes or no: {data[:40]!r}")


_DATE_FORMS = ("%H:%M:%S %a %b %d %Y", "%b %d %Y %H:%M:%S", "%a %b %d %Y %H:%M:%S",
               "%a %b %d %H:%M:%S %Y", "%m/%d/%y %H:%M:%S")  # fmt: skip

_DIGITS_AND_COLONS = re.compile(r"[\d:]+", re.ASCII)
_FULL_NAMES = (*calendar.day_name, *calendar.month_name[1:])
_SHORT_NAMES = {name.lower(): name[:3] for name in _FULL_NAMES}


def _parse_date(data: bytes, now: Callable[[], float]) -> int:
    if len(data) < 2 or data[:1] in (b"\n", b"\0"):
        return int(now())
    text = data.decode("ascii", "replace").split("\0")[0]
    words = [_SHORT_NAMES.get(word.lower(), word) for word in text.split()]
    for form in _DATE_FORMS:
        *head, last = words[: form.count(" ") + 1] or [""]
        # What follows the last number does not count.
        number = _DIGITS_AND_COLONS.match(last)
        try:
            parsed = time.strptime(" ".join([*head, number[0] if number else last]), form)
        except ValueError:
            continue
        return int(time.mktime((*parsed[:8], -1)))
    raise InvalidValueError(f"not a date: {data[:40]!r}")

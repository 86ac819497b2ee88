"""What the barometer chips MS5534 and MS5540 measure, from their numbers. No chip is asked here.

Sources: data sheets MS5534A, MS5534B, MS5540 (calibration words, calculation). These have tenths
of a degree and of a millibar; here it is °C and millibar.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Self

COLD, HOT = 200, 450
"""Tenths of a degree below and above which the MS5540 is corrected."""


class Calibration(NamedTuple):
    """C1 to C6 of the sensor."""

    sensitivity: int
    offset: int
    sensitivity_slope: int
    offset_slope: int
    reference: int
    temperature_slope: int

    @classmethod
    def from_words(cls, words: Sequence[int]) -> Self:
        """From the four words of the sensor's memory."""
        first, second, third, fourth = words
        return cls(
            first >> 1,
            (third & 0x3F) << 6 | fourth & 0x3F,
            fourth >> 6,
            third >> 6,
            (first & 1) << 10 | second >> 6,
            second & 0x3F,
        )


def _plain_difference(d2: int, c: Calibration) -> float:
    """How far D2 is from what it is at 20 °C."""
    return d2 - (8 * c.reference + 20224)


def _bent_difference(d2: int, c: Calibration) -> float:
    """The same with the correction of the MS5534B for the cold."""
    difference = _plain_difference(d2, c)
    return difference if difference >= 0 else difference - (difference / 256) ** 2


def _degrees(difference: float, c: Calibration) -> float:
    return (200 + difference * (c.temperature_slope + 50) / 1024) / 10


def _millibar(d1: int, difference: float, c: Calibration) -> float:
    offset = 4 * c.offset + (c.offset_slope - 512) * difference / 4096
    sensitivity = 24576 + c.sensitivity + c.sensitivity_slope * difference / 1024
    return 250 + (sensitivity * (d1 - 7168) / 16384 - offset) / 32


def _second_order(tenths: float, c: Calibration) -> float:
    """Tenths of a degree by which the MS5540 errs in cold and heat."""
    if tenths < COLD:
        return 11 * (c.temperature_slope + 24) * ((COLD - tenths) / 1024) ** 2
    if tenths > HOT:
        return 3 * (c.temperature_slope + 24) * ((HOT - tenths) / 1024) ** 2
    return 0.0


class Formula(NamedTuple):
    """What is made of D1 and D2."""

    degrees: Callable[[int, Calibration], float]
    """From D2."""
    millibar: Callable[[int, int, Calibration], float]
    """From D1 and D2."""


def _plain_degrees(d2: int, c: Calibration) -> float:
    return _degrees(_plain_difference(d2, c), c)


def _plain_millibar(d1: int, d2: int, c: Calibration) -> float:
    return _millibar(d1, _plain_difference(d2, c), c)


def _degrees_of_ms5534b(d2: int, c: Calibration) -> float:
    difference = _bent_difference(d2, c)
    return _degrees(difference, c) + min(difference, 0) / 256 / 10


def _millibar_of_ms5534b(d1: int, d2: int, c: Calibration) -> float:
    return _millibar(d1, _bent_difference(d2, c), c)


def _degrees_of_ms5540(d2: int, c: Calibration) -> float:
    tenths = 10 * _plain_degrees(d2, c)
    return (tenths - _second_order(tenths, c)) / 10


def _millibar_of_ms5540(d1: int, d2: int, c: Calibration) -> float:
    degrees, tenths = 10 * _plain_degrees(d2, c), 10 * _plain_millibar(d1, d2, c)
    less = _second_order(degrees, c)
    if degrees < COLD:
        less *= 3 * (tenths - 3500) / 16384
    else:
        less *= (tenths - 10000) / 8192
    return (tenths - less) / 10


PLAIN = Formula(_plain_degrees, _plain_millibar)
"""For the MS5534A."""
DA5534 = Formula(_degrees_of_ms5534b, _millibar_of_ms5534b)
"""For the MS5534B, whose data sheet has a correction for the cold."""
DA5540 = Formula(_degrees_of_ms5540, _millibar_of_ms5540)
"""For the MS5540, whose data sheet has one for the heat, too."""

"""Thermocouples against the tables of NIST Monograph 175 and the fits of owserver 3.2p4."""

from __future__ import annotations

import math

import pytest

from owfs_py.bus.errors import OutOfRangeError
from owfs_py.bus.families.thermocouples import REFERENCE_FUNCTIONS, THERMOCOUPLES, Thermocouple

BY_LETTER = {kind.letter: kind for kind in THERMOCOUPLES}
TABLE_STEP = 0.001
"""mV: the tables have three decimals."""

# °C: mV
TABLES = {
    "B": {100: 0.033, 500: 1.242, 1000: 4.834, 1500: 10.099, 1820: 13.820},
    "E": {-270: -9.835, -100: -5.237, 25: 1.495, 100: 6.319, 500: 37.005, 1000: 76.373},
    "J": {-210: -8.095, -100: -4.633, 25: 1.277, 100: 5.269, 500: 27.393, 1200: 69.553},
    "K": {-270: -6.458, -100: -3.554, 25: 1.000, 100: 4.096, 500: 20.644, 1000: 41.276},
    "N": {-270: -4.345, -100: -2.407, 25: 0.659, 100: 2.774, 500: 16.748, 1300: 47.513},
    "R": {-50: -0.226, 25: 0.141, 100: 0.647, 500: 4.471, 1000: 10.506, 1700: 20.222},
    "S": {-50: -0.236, 25: 0.143, 100: 0.646, 500: 4.233, 1000: 9.587, 1700: 17.947},
    "T": {-270: -6.258, -100: -3.379, 25: 0.992, 100: 4.279, 200: 9.288, 400: 20.872},
}

# What 3.2p4 answers with the cold end at 0 °C, by mV; its own polynomials.
MILLIVOLTS = (-1, 0, 1, 5, 10, 18, 40)
OWSERVER = {
    "B": (None, None, 451.6, 1018.2, 1492.5, None, None),
    "E": (-17.385, -0.019, 16.845, 80.194, 152.895, 260.752, 536.963),
    "J": (-20.085, 0.005, 19.614, 95.064, 185.997, 330.238, 713.912),
    "K": (-25.838, -0.046, 24.916, 121.944, 246.266, 437.766, 967.281),
    "N": (-39.292, 0.067, 37.625, 171.655, 318.565, 532.554, 1097.65),
    "R": (None, -0.004, 145.043, 548.085, 961.518, 1539.18, None),
    "S": (None, 0.007, 146.335, 576.539, 1035.58, 1704.94, None),
    "T": (-26.670, -0.021, 25.178, 115.273, 213.258, 352.975, None),
}
ERROR_OF_OWSERVER = 0.35
"""°C, of its fits; type B, where a degree is but a few µV, more."""
ERROR_OF_TYPE_B = 2.1

any_type = pytest.mark.parametrize("kind", THERMOCOUPLES, ids=lambda kind: f"type {kind.letter}")


@any_type
def test_voltages_are_those_of_the_tables(kind: Thermocouple) -> None:
    for degrees, millivolts in TABLES[kind.letter].items():
        assert kind.millivolts(degrees) == pytest.approx(millivolts, abs=TABLE_STEP / 2 + 1e-6)


@any_type
def test_temperatures_are_those_of_the_tables(kind: Thermocouple) -> None:
    for degrees, millivolts in TABLES[kind.letter].items():
        if kind.low < degrees < kind.high and degrees > kind.rises_from:
            slope = kind.millivolts(degrees + 0.5) - kind.millivolts(degrees - 0.5)
            assert kind.celsius(millivolts) == pytest.approx(degrees, abs=TABLE_STEP / slope)


@any_type
def test_the_inverse_is_exact(kind: Thermocouple) -> None:
    lowest = max(kind.low, kind.rises_from)
    for n in range(101):
        degrees = lowest + (kind.high - lowest) * n / 100
        millivolts = kind.millivolts(kind.celsius(kind.millivolts(degrees)))
        assert millivolts == pytest.approx(kind.millivolts(degrees), abs=1e-6)


@any_type
def test_pieces_join(kind: Thermocouple) -> None:
    for piece in REFERENCE_FUNCTIONS[kind.letter][:-1]:
        before, after = (kind.millivolts(piece.upto + way) for way in (-1e-9, 1e-9))
        assert after == pytest.approx(before, abs=1e-5)


@any_type
def test_owserver_is_near(kind: Thermocouple) -> None:
    error = ERROR_OF_TYPE_B if kind.letter == "B" else ERROR_OF_OWSERVER
    for millivolts, theirs in zip(MILLIVOLTS, OWSERVER[kind.letter], strict=True):
        if theirs is not None:
            assert kind.celsius(millivolts) == pytest.approx(theirs, abs=error)


@any_type
def test_what_no_temperature_gives_is_refused(kind: Thermocouple) -> None:
    lowest = kind.millivolts(max(kind.low, kind.rises_from))
    for millivolts in (lowest - 0.001, kind.millivolts(kind.high) + 0.001, math.nan):
        with pytest.raises(OutOfRangeError):
            kind.celsius(millivolts)


def test_type_b_is_read_above_its_lowest_voltage() -> None:
    kind = BY_LETTER["B"]
    assert kind.celsius(0.0) == pytest.approx(42.13, abs=0.01)
    around = [kind.millivolts(kind.rises_from + n) for n in (-1, 0, 1)]
    assert min(around) == around[1]


def test_a_cold_end_may_be_colder_than_the_range() -> None:
    assert BY_LETTER["B"].millivolts(-10) == pytest.approx(0.003, abs=0.001)

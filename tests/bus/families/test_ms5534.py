"""Pressure and temperature from the numbers of an MS5534."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from owfs_py.bus.families.ms5534 import DA5534, DA5540, PLAIN, Calibration, Formula

EXAMPLE = Calibration(23470, 1324, 737, 393, 628, 25)
"""Of the data sheet MS5534B, where D1 16460 and D2 27856 are 39.1 °C and 971.6 mbar."""
D1, D2 = 16460, 27856
REFERENCE = 8 * 628 + 20224
"""D2 at 20 °C."""


def test_words_are_taken_apart() -> None:
    """As the data sheet packs them: C1 15 bits, C5 11, C6 6, C4 10, C3 10, C2 12 in two halves."""
    words = (
        23470 << 1 | 628 >> 10,
        (628 & 0x3FF) << 6 | 25,
        393 << 6 | 1324 >> 6,
        737 << 6 | 1324 & 0x3F,
    )
    assert Calibration.from_words(words) == EXAMPLE


@pytest.mark.parametrize("formula", [PLAIN, DA5534, DA5540])
def test_example_of_the_data_sheet(formula: Formula) -> None:
    assert formula.degrees(D2, EXAMPLE) == pytest.approx(39.1, abs=0.05)
    assert formula.millibar(D1, D2, EXAMPLE) == pytest.approx(971.6, abs=0.1)


@pytest.mark.parametrize("formula", [PLAIN, DA5534, DA5540])
def test_at_20_degrees_nothing_is_corrected(formula: Formula) -> None:
    assert formula.degrees(REFERENCE, EXAMPLE) == pytest.approx(20.0)
    assert formula.millibar(D1, REFERENCE, EXAMPLE) == pytest.approx(
        PLAIN.millibar(D1, REFERENCE, EXAMPLE)
    )


@pytest.mark.parametrize(
    ("formula", "difference", "degrees"),
    [
        (PLAIN, -4096, -10.0),
        # 4096 / 256 = 16, squared 256 more: 200 - 4352 * 75 / 1024 - 17 tenths
        (DA5534, -4096, -13.575),
        # 300 tenths below: 11 * 49 * (300 / 1024)² = 46.26 tenths less
        (DA5540, -4096, -14.626),
        (PLAIN, 8192, 80.0),
        (DA5534, 8192, 80.0),
        # 350 tenths above: 3 * 49 * (350 / 1024)² = 17.17 tenths less
        (DA5540, 8192, 78.283),
        (DA5540, 2048, 35.0),
    ],
)
def test_cold_and_heat(formula: Formula, difference: int, degrees: float) -> None:
    assert formula.degrees(REFERENCE + difference, EXAMPLE) == pytest.approx(degrees, abs=1e-3)


@pytest.mark.parametrize(
    ("difference", "share"),
    [  # of the tenths of a degree that are corrected, 46.262 in the cold, 17.173 in the heat
        (-4096, lambda tenths: 46.262 * 3 * (tenths - 3500) / 16384),
        (2048, lambda tenths: 0.0),
        (8192, lambda tenths: 17.173 * (tenths - 10000) / 8192),
    ],
)
def test_pressure_of_the_ms5540_is_corrected_too(
    difference: int, share: Callable[[float], float]
) -> None:
    d2 = REFERENCE + difference
    plain, found = (10 * formula.millibar(D1, d2, EXAMPLE) for formula in (PLAIN, DA5540))
    assert plain - found == pytest.approx(share(plain), abs=0.01)

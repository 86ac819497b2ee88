"""Clocks in BCD: registers to seconds and back."""

from __future__ import annotations

import calendar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from owfs_py.bus.errors import InvalidValueError
from owfs_py.bus.families.bcd_clock import ClockRegisters, registers_of

FIRST = calendar.timegm((1900, 1, 1, 0, 0, 0))
LAST = calendar.timegm((2099, 12, 31, 23, 59, 59))


def registers(text: str) -> ClockRegisters:
    return ClockRegisters(*bytes.fromhex(text))


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        ((2026, 11, 22, 12, 34, 56), "56341201229126"),
        ((1999, 12, 31, 23, 59, 59), "59592306311299"),
        ((2000, 2, 29, 0, 0, 0), "00000003298200"),
    ],
)
def test_a_moment_in_registers(moment: tuple[int, ...], text: str) -> None:
    assert registers_of(calendar.timegm(moment)) == registers(text)
    assert registers(text).seconds() == calendar.timegm(moment)


@given(st.integers(FIRST, LAST))
def test_what_is_set_is_shown(seconds: int) -> None:
    assert registers_of(seconds).seconds() == seconds


@pytest.mark.parametrize(
    ("hour", "shown"), [("52", 0), ("41", 1), ("51", 11), ("72", 12), ("61", 13), ("71", 23)]
)
def test_hours_of_a_clock_that_counts_to_12(hour: str, shown: int) -> None:
    seconds = registers(f"0000{hour}01229126").seconds()
    assert seconds == calendar.timegm((2026, 11, 22, shown, 0, 0))


@pytest.mark.parametrize(
    "text",
    ["00000000000000", "60000001229126", "00002501229126", "00000001328126", "0A000001229126"],
)  # fmt: skip
def test_registers_that_show_no_date(text: str) -> None:
    with pytest.raises(InvalidValueError):
        registers(text).seconds()


@pytest.mark.parametrize("seconds", [FIRST - 1, LAST + 1, 1 << 62])
def test_moments_that_registers_cannot_show(seconds: int) -> None:
    with pytest.raises(InvalidValueError):
        registers_of(seconds)


@pytest.mark.parametrize(("now", "year"), [(2026, 2026), (2000, 2026), (1980, 2026), (1970, 1926)])
def test_a_date_without_century_is_near(now: int, year: int) -> None:
    seconds = registers("00001200221126").seconds_near(calendar.timegm((now, 7, 1, 0, 0, 0)))
    assert seconds == calendar.timegm((year, 11, 22, 12, 0, 0))

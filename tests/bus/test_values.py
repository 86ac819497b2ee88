"""Text forms of values; the expected texts are those of owserver 3.2p4 (--tester)."""

from __future__ import annotations

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from owfs_py.bus.errors import (
    EmptyValueError,
    InvalidValueError,
    MessageSizeError,
    OutOfRangeError,
)
from owfs_py.bus.values import Kind, format_value, from_scale, parse_value, to_scale
from owfs_py.bus.view import DEFAULT_VIEW, PressureScale, TemperatureScale, View

TRIM = View(trim=True)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (4, "           4"),
        (0.1, "         0.1"),
        (123456, "      123456"),
        (1234567, " 1.23457E+06"),
        (-1234567.8, "-1.23457E+06"),
        (0.0001, "      0.0001"),
        (0.00001, "       1E-05"),
        (99999.95, "     99999.9"),
        (999999.5, "       1E+06"),
        (1e300, "      1E+300"),
        (-0.0, "          -0"),
        (math.nan, "         NAN"),
        (math.inf, "         INF"),
        (-math.inf, "        -INF"),
    ],
)
def test_floats_are_written_with_six_digits_in_twelve_columns(value: float, text: str) -> None:
    assert format_value(Kind.FLOAT, value, DEFAULT_VIEW) == text.encode()
    assert format_value(Kind.FLOAT, value, TRIM) == text.strip().encode()


def test_a_number_too_long_for_its_columns_is_refused() -> None:
    with pytest.raises(MessageSizeError):
        format_value(Kind.FLOAT, -1.23456e-100, DEFAULT_VIEW)


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (Kind.INTEGER, -7, b"          -7"),
        (Kind.UNSIGNED, 4294967295, b"  4294967295"),
        (Kind.YESNO, 3, b"1"),
        (Kind.YESNO, False, b"0"),
        (Kind.TEXT, "DS18B20", b"DS18B20"),
        (Kind.BINARY, b"\x00\xff", b"\x00\xff"),
    ],
)
def test_other_kinds(kind: Kind, value: object, text: bytes) -> None:
    assert format_value(kind, value, DEFAULT_VIEW) == text


@pytest.mark.parametrize(
    ("scale", "temperature", "gap"),
    [
        (TemperatureScale.CELSIUS, 100.0, 10.0),
        (TemperatureScale.FAHRENHEIT, 212.0, 18.0),
        (TemperatureScale.KELVIN, 373.15, 10.0),
        (TemperatureScale.RANKINE, 671.67, 18.0),
    ],
)
def test_temperature_scales(scale: TemperatureScale, temperature: float, gap: float) -> None:
    view = View(temperature_scale=scale)
    assert to_scale(Kind.TEMPERATURE, 100.0, view) == pytest.approx(temperature)
    assert to_scale(Kind.GAP, 10.0, view) == pytest.approx(gap)


@given(
    st.floats(-300, 300),
    st.sampled_from(TemperatureScale),
    st.sampled_from(PressureScale),
    st.sampled_from([Kind.TEMPERATURE, Kind.GAP, Kind.PRESSURE, Kind.FLOAT]),
)
def test_scales_have_inverses(
    value: float, temperature: TemperatureScale, pressure: PressureScale, kind: Kind
) -> None:
    view = View(temperature_scale=temperature, pressure_scale=pressure)
    assert from_scale(kind, to_scale(kind, value, view), view) == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"12", 12),
        (b" \t\n+7 apples", 7),
        (b"1.5", 1),
        (b"0x7", 0),
        (b"-1", 4294967295),
        (b"4294967296", 0),
    ],
)
def test_unsigned_numbers_are_read_as_c_does(data: bytes, value: int) -> None:
    assert parse_value(Kind.UNSIGNED, data, DEFAULT_VIEW) == value


@pytest.mark.parametrize(
    ("data", "value"),
    [(b"1e3x", 1000.0), (b" .5", 0.5), (b"0x10", 16.0), (b"-inf", -math.inf), (b"3.", 3.0)],
)
def test_floats_are_read_as_c_does(data: bytes, value: float) -> None:
    assert parse_value(Kind.FLOAT, data, DEFAULT_VIEW) == value


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"1", True),
        (b"0", False),
        (b"-1", True),
        (b"0.9", False),
        (b"yes", True),
        (b" Nothing", False),
        (b"ON", True),
        (b"off", False),
    ],
)
def test_yes_and_no(data: bytes, value: bool) -> None:
    assert parse_value(Kind.YESNO, data, DEFAULT_VIEW) is value


@pytest.mark.parametrize(
    ("kind", "data", "error"),
    [
        (Kind.INTEGER, b"x", InvalidValueError),
        (Kind.INTEGER, b"", InvalidValueError),
        (Kind.INTEGER, b"99999999999999999999", OutOfRangeError),
        (Kind.FLOAT, b"warm", InvalidValueError),
        (Kind.FLOAT, b"1e400", OutOfRangeError),
        (Kind.FLOAT, b"1e-400", OutOfRangeError),
        (Kind.YESNO, b" ", EmptyValueError),
        (Kind.YESNO, b"true", InvalidValueError),
        (Kind.YESNO, b"of", InvalidValueError),
        (Kind.DATE, b"1700000000", InvalidValueError),
        (Kind.DATE, b"2026-11-22", InvalidValueError),
    ],
)
def test_what_does_not_parse(kind: Kind, data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        parse_value(kind, data, DEFAULT_VIEW)


MOMENT = 1174645623


@pytest.mark.parametrize(
    "form",
    [
        "%H:%M:%S %a %b %d %Y",
        "%b %d %Y %H:%M:%S",
        "%a %b %d %Y %H:%M:%S",
        "%a %b %d %H:%M:%S %Y",
        "%m/%d/%y %H:%M:%S",
        "%A %B %d %H:%M:%S %Y and more",
    ],
)
def test_dates_in_every_form(form: str) -> None:
    text = time.strftime(form, time.localtime(MOMENT))
    assert parse_value(Kind.DATE, text.encode(), DEFAULT_VIEW) == MOMENT


@pytest.mark.parametrize("data", [b"", b"x", b"\nlater"])
def test_no_date_is_now(data: bytes) -> None:
    assert parse_value(Kind.DATE, data, DEFAULT_VIEW, now=lambda: 12.7) == 12


def test_what_follows_a_date_does_not_count() -> None:
    text = time.strftime("%a %b %d %H:%M:%S %Y,surplus text", time.localtime(MOMENT))
    assert parse_value(Kind.DATE, text.encode(), DEFAULT_VIEW) == MOMENT


def test_a_date_is_written_in_local_time() -> None:
    text = format_value(Kind.DATE, MOMENT, DEFAULT_VIEW)
    assert text.decode() == time.strftime("%a %b %e %H:%M:%S %Y", time.localtime(MOMENT))
    assert len(text) == 24


def test_a_nul_alone_is_empty() -> None:
    with pytest.raises(EmptyValueError):
        parse_value(Kind.YESNO, b"\0", DEFAULT_VIEW)

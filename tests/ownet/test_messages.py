"""Words, flags and texts of the protocol, and the addresses of servers."""

import itertools

import pytest

from owfs_py.bus import errors
from owfs_py.bus.view import DEFAULT_VIEW, PressureScale, TemperatureScale, View
from owfs_py.ownet.address import server_address
from owfs_py.ownet.messages import (
    MAX_BODY,
    Header,
    decode_path,
    encode_path,
    flags_of_view,
    request_frame,
    view_of_flags,
)
from owfs_py.ownet.returncodes import MAX_CODE, error_of, text_of


def test_flags_and_view_are_inverse():
    for scale, pressure, form, bits in itertools.product(
        TemperatureScale, PressureScale, range(6), range(8)
    ):
        view = View(scale, pressure, form, bool(bits & 1), bool(bits & 2), bool(bits & 4))
        assert view_of_flags(flags_of_view(view)) == view


def test_stock_clients_flags():
    assert flags_of_view(View(bus_list=True)) == 0x10A
    assert view_of_flags(0x10A) == View(bus_list=True)


@pytest.mark.parametrize("flags", [0, 0x1, 0x4, 0x8, 0x10, 0x80, 0xFE00, 0xE00000])
def test_bits_without_meaning_change_nothing(flags):
    assert view_of_flags(flags) == DEFAULT_VIEW


def test_unknown_scales_are_harmless():
    assert view_of_flags(0xFFFFFFFF).pressure_scale == PressureScale.MBAR
    assert view_of_flags(0xFFFFFFFF).rom_format == 255


def test_header_round_trip():
    header = Header(0x10001, 3, -22, 0xFFFFFFFF, -1, -(2**31))
    assert Header.parse(header.pack()) == header


def test_request_frame_counts_tokens_and_refuses_too_much():
    frame = request_frame(2, b"/a", tokens=(b"t" * 16,) * 2)
    assert Header.parse(frame[:24]).version == 0x10002
    assert frame[24:] == b"/a" + b"t" * 32
    with pytest.raises(ValueError, match="too large"):
        request_frame(2, bytes(MAX_BODY - 15), tokens=(b"t" * 16,))


def test_paths_of_any_bytes_survive():
    every = bytes(range(1, 256))
    assert encode_path(decode_path(every)) == every


def test_texts_of_return_codes():
    assert text_of(0) == "Good result"
    assert text_of(1) == "Startup - command line parameters invalid"
    assert text_of(100) == "Unassigned error 100"
    assert text_of(MAX_CODE) == "Error number out of range"


@pytest.mark.parametrize(
    ("ret", "kind"),
    [
        (-1, errors.PathError),
        (-2, errors.DeviceGoneError),
        (-5, errors.BusError),
        (-20, errors.NotDirectoryError),
        (-21, errors.IsDirectoryError),
        (-22, errors.InvalidValueError),
        (-30, errors.ReadOnlyError),
        (-34, errors.OutOfRangeError),
        (-90, errors.MessageSizeError),
        (-95, errors.NotSupportedError),
        (-103, errors.BusNotRespondingError),
        (-42, errors.OneWireError),
    ],
)
def test_return_codes_become_exceptions(ret, kind):
    error = error_of(ret, "box:4304: READ /x")
    assert type(error) is kind
    assert error.code == -ret
    assert "box:4304: READ /x" in str(error)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("4305", ("localhost", 4305)),
        ("box", ("box", 4304)),
        ("10.0.0.1", ("10.0.0.1", 4304)),
        ("box:4305", ("box", 4305)),
        ("[::1]:4305", ("::1", 4305)),
        ("[::1]", ("::1", 4304)),
        ("http", ("localhost", 80)),
    ],
)
def test_server_addresses(text, where):
    assert server_address(text) == where


@pytest.mark.parametrize("text", ["", ":4304", "box:99999", "box:nosuch", "70000"])
def test_senseless_server_addresses(text):
    with pytest.raises(ValueError, match=r".+"):
        server_address(text)

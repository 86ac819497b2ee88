"""What is sent to an HA5, and what its answers mean."""

from __future__ import annotations

import pytest

from owfs_py.bus.masters import ha5codes as codes


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/dev/ttyUSB0", ("/dev/ttyUSB0", "")),
        ("/dev/ttyUSB0:c", ("/dev/ttyUSB0", "c")),
        ("/dev/ttyUSB0:Acg", ("/dev/ttyUSB0", "acg")),
        ("/dev/ttyUSB0:cac", ("/dev/ttyUSB0", "ca")),
        ("/dev/ttyUSB0:all", ("/dev/ttyUSB0", codes.LETTERS)),
        ("/dev/ttyUSB0:*", ("/dev/ttyUSB0", codes.LETTERS)),
        (
            "/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0-port0",
            ("/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0-port0", ""),
        ),
        (
            "/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0-port0:b",
            ("/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0-port0", "b"),
        ),
        ("host", ("host", "")),
        ("host:10001", ("host:10001", "")),
        ("host:10001:ab", ("host:10001", "ab")),
        ("[fe80::1]:10001:ab", ("[fe80::1]:10001", "ab")),
        ("rfc2217://host:2217", ("rfc2217://host:2217", "")),
        ("rfc2217://host:2217:d", ("rfc2217://host:2217", "d")),
    ],
)
def test_letters_follow_the_place_of_the_line(address: str, expected: tuple[str, str]) -> None:
    assert codes.split_address(address) == expected


@pytest.mark.parametrize(
    ("wanted", "used"),
    [(1200, 1200), (2400, 1200), (19200, 19200), (57600, 38400), (230400, 115200), (300, 1200)],
)
def test_the_rate_wanted_or_the_next_lower(wanted: int, used: int) -> None:
    assert codes.rate(wanted) == used


def test_frames_have_a_letter_and_a_checksum() -> None:
    # As owserver 3.2p4 sends them.
    assert codes.frame("a", codes.PROBE) == b"aW01FFA5\r"
    assert codes.frame("c", codes.RESET) == b"cRB5\r"
    scratchpad = codes.BYTES + codes.block("BE" + "FF" * 9)
    assert codes.frame("a", scratchpad) == b"aW0ABEFFFFFFFFFFFFFFFFFF9C\r"
    assert codes.frame("a", codes.SEARCHES[0xF0]) == b"aS,FF6C\r"
    assert codes.frame("a", codes.SEARCHES[0xEC]) == b"aC,FF5C\r"


def test_a_probe_tells_whether_there_are_checksums() -> None:
    assert codes.checks("FF8C") is True
    assert codes.checks("00") is False


@pytest.mark.parametrize("answer", ["", "F", "FF8", "FF8D", "FF8C8C", "ff", "OK", "FF\n"])
def test_what_is_no_answer_to_a_probe(answer: str) -> None:
    with pytest.raises(ValueError, match=r"HA5|checksum"):
        codes.checks(answer)


def test_checksums_are_taken_off_when_they_are_right() -> None:
    assert codes.checked("B4FF02") == "B4FF"
    for wrong in ("B4FF03", "B4FF", "02", ""):
        with pytest.raises(ValueError, match="checksum"):
            codes.checked(wrong)


def test_presence_and_levels() -> None:
    assert (codes.presence("P"), codes.presence("N")) == (True, False)
    assert (codes.level("0"), codes.level("1")) == (0, 1)
    for meaning in (codes.presence, codes.level):
        for wrong in ("", "X", "PN", "01"):
            with pytest.raises(ValueError, match="no answer"):
                meaning(wrong)

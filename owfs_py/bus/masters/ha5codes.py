"""The language of the HA5: frames with a unit's letter and a checksum, and what answers mean.

All is from the HA5 User Manual. Nothing here touches a port; ha5.py does. What reads an answer
raises ValueError if it is none.
"""

from __future__ import annotations

import re
import string

from owfs_py.bus.masters.base import ALARM_SEARCH, READ_BYTE, SEARCH_ROM

LETTERS = string.ascii_lowercase
"""Of the units that there can be on one line."""

RESET = "R"
BIT = "B"
BYTES = "W"
ADDRESS = "A"
SEARCHES = {SEARCH_ROM: "S,FF", ALARM_SEARCH: "C,FF"}  # as many devices as there are
END = b"\r"

MAX_BLOCK = 32
"""Bytes that one command takes."""
RATES = (1200, 19200, 38400, 115200)
START_RATE = 115200
"""Bits a second that an HA5 is delivered with."""
BITS_PER_CHARACTER = 10
CHECKSUM_SIZE = 2

_PRESENCE = {"P": True, "N": False}
_LEVELS = {"0": 0, "1": 1}
_ADDRESS = re.compile(r"(.+):([a-z]+|\*)\Z", re.IGNORECASE)


def block(digits: str) -> str:
    """The argument of a command that takes bytes."""
    return f"{len(digits) // 2:02X}{digits}"


PROBE = BYTES + block(READ_BYTE.hex().upper())
"""Harmless to whoever is on the bus, and answered in a way that tells how a unit is set."""


def split_address(address: str) -> tuple[str, str]:
    """Where the line is, and the letters after it: PORT[:LETTERS], PORT:all or PORT:*."""
    match = _ADDRESS.match(address)
    if match is None:
        return address, ""
    letters = match[2].lower()
    if letters in ("all", "*"):
        return match[1], LETTERS
    return match[1], "".join(dict.fromkeys(letters))


def rate(wanted: int) -> int:
    """Of RATES the one that is wanted, or the next lower one; the lowest if there is none."""
    return max((rate for rate in RATES if rate <= wanted), default=RATES[0])


def seconds(text: bytes, baudrate: int) -> float:
    """How long so much text is on its way."""
    return len(text) * BITS_PER_CHARACTER / baudrate


def checksum(text: str) -> str:
    """The sum of the characters modulo 256, as two digits."""
    return f"{sum(text.encode('latin-1')) & 0xFF:02X}"


def frame(letter: str, command: str) -> bytes:
    """What is sent to a unit. Without use for it the unit overlooks the checksum."""
    text = letter + command
    return (text + checksum(text)).encode() + END


def checks(answer: str) -> bool:
    """Whether the answer to PROBE has a checksum, which must be right then."""
    if not re.fullmatch("[0-9A-F]{2}([0-9A-F]{2})?", answer):
        raise ValueError(f"{answer!r} is no answer of an HA5")
    has_checksum = len(answer) > 2 * len(READ_BYTE)
    if has_checksum:
        checked(answer)
    return has_checksum


def checked(answer: str) -> str:
    """What comes before the checksum."""
    text, check = answer[:-CHECKSUM_SIZE], answer[-CHECKSUM_SIZE:]
    if check != checksum(text):
        raise ValueError(f"{answer!r} has a wrong checksum")
    return text


def presence(answer: str) -> bool:
    """Whether a reset saw somebody."""
    if answer not in _PRESENCE:
        raise ValueError(f"{answer!r} is no answer to a reset")
    return _PRESENCE[answer]


def level(answer: str) -> int:
    """The bit read back."""
    if answer not in _LEVELS:
        raise ValueError(f"{answer!r} is no answer to a bit")
    return _LEVELS[answer]

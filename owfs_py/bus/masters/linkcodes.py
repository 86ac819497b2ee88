"""The language of the LINK family in ASCII mode: commands, what answers mean, and version texts.

All is from the LINK Family Manual, version 1.6. Nothing here touches a port; link.py does. What
reads an answer raises ValueError if it is none.
"""

from __future__ import annotations

import re

from owfs_py.bus.errors import SearchError
from owfs_py.bus.masters.base import ALARM_SEARCH, SEARCH_ROM
from owfs_py.bus.masters.listing import rom_from_digits
from owfs_py.bus.rom import RomId

IDENTIFY = b" "
RESET = b"r"
BYTES = b"b"
BITS = b"j"
POWER_BYTE = b"p"
CHOOSE_SEARCH = {SEARCH_ROM: b"tF0", ALARM_SEARCH: b"tEC"}
FIRST, NEXT = b"f", b"n"
AUX_COMMANDS = {True: b"d", False: b"z"}
SENSE_AUX = b"&"
END = b"\r"

MAX_BLOCK = 32
"""Bytes or bits that one command takes."""

# At higher rates the 1-Wire line does not keep up with a block (manual, "Data Rate").
RATE_COMMANDS = {9600: b"", 19200: b","}
BITS_PER_CHARACTER = 10

_MARKS = "?,"
"""What some firmware puts before or after what an answer is about."""
_YES, _NO, _SHORT = "P", "N", "S"
_NOBODY_FOUND = ("N", "E")
_FOUND = re.compile(r"([+-]),([0-9A-Fa-f]{16})\Z")

# Words in the version text, then name and owserver's number, on a serial line and of a hub.
VERSIONS = (
    ("1.0", ("LINK v1.0", 11), ("LinkHub-E v1.0", 18)),
    ("1.1", ("LINK v1.1", 12), ("LinkHub-E v1.1", 18)),
    ("1.2", ("LINK v1.2", 13), None),
    ("VM12a", ("LINK OEM v1.2a", 13), None),
    ("VM12", ("LINK OEM v1.2", 13), None),
    ("1.3", ("LinkUSB V1.3", 14), None),
    ("1.4", ("LinkUSB V1.4", 15), None),
    ("1.5", ("LinkUSB V1.5", 16), None),
)
OTHER = ("Other LINK", 17)


def line_of(received: bytes) -> str:
    """The answer in what came up to and with a line feed; hubs add to it after its CR."""
    return received.split(END)[0].decode("latin-1")


def identity(text: str, *, hub: bool) -> tuple[str, int]:
    """Name and owserver's number of a LINK by its version text, or of a hub's."""
    for word, serial, of_hub in VERSIONS:
        if word in text:
            return of_hub if hub and of_hub else serial
    if "link" not in text.lower():
        raise ValueError(f"{text!r} is no version of a LINK")
    return OTHER


def presence(answer: str) -> bool | None:
    """Whether a reset saw somebody; None for a short circuit."""
    meanings = {_YES: True, _NO: False, _SHORT: None}
    if answer not in meanings:
        raise ValueError(f"{answer!r} is no answer to a reset")
    return meanings[answer]


def data(answer: str, count: int) -> bytes:
    """The bytes read back."""
    digits = answer.strip(_MARKS)
    if not re.fullmatch(f"(?:[0-9A-Fa-f]{{2}}){{{count}}}", digits):
        raise ValueError(f"{answer!r} is no answer to {count} bytes")
    return bytes.fromhex(digits)


def levels(answer: str, count: int) -> list[int]:
    """The bits read back."""
    digits = answer.strip(_MARKS)
    if not re.fullmatch(f"[01]{{{count}}}", digits):
        raise ValueError(f"{answer!r} is no answer to {count} bits")
    return [int(digit) for digit in digits]


def confirm_search(answer: str, command: int) -> None:
    """Nothing, if the kind of search was taken."""
    if answer.strip(_MARKS) != f"{command:02X}":
        raise ValueError(f"{answer!r} confirms no search {command:02X}")


def found(answer: str) -> tuple[RomId, bool] | None:
    """The id found and whether more follow; None if nobody is. Raises SearchError."""
    if answer in _NOBODY_FOUND:
        return None
    match = _FOUND.match(answer)
    if match is None:
        raise SearchError(f"{answer!r} is no answer to a search")
    return rom_from_digits(match[2]), match[1] == "+"


def aux_level(answer: str) -> bool:
    """The level of the auxiliary line."""
    if answer not in ("0", "1"):
        raise ValueError(f"{answer!r} is no level of the auxiliary line")
    return answer == "1"

"""What the PBM says beside what a LINK does (linkcodes.py): channels, who it is, licences.

The commands are those that owserver 3.2p4 gives; there is no public description of them. Nothing
here touches a port. What reads an answer raises ValueError if it is none.
"""

from __future__ import annotations

import re

from owfs_py.bus.masters import linkcodes
from owfs_py.bus.rom import RomId

CHANNELS = ("1", "2", "3")
CHOOSE_CHANNEL = b"c"
FIRMWARE = b"i"
FEATURES = b"ks\n"
ACTIVATE = b"ka"

RATE_COMMANDS = {
    9600: b"",
    19200: b",",
    38400: b"`",
    57600: b"^",
    115200: b"=",
    230400: b"$",
}
MORE, CUT = "+", "*"
"""Marks before an id: others follow; others would follow, but are not told."""

_IDENTITY = re.compile(r"BM\b.*\[ *(\d+) *\]")
_FIRMWARE = re.compile(r"Version: *(\d+)\.(\d+)")


def serial_number(text: str) -> int:
    """The serial number in what a PBM says that it is, `1W BM (3 Port) [12345678]`."""
    match = _IDENTITY.search(text)
    if match is None:
        raise ValueError(f"{text!r} is not what a PBM calls itself")
    return int(match[1])


def firmware(answer: str) -> str:
    """The version of the firmware as owserver prints it, `1.005`."""
    match = _FIRMWARE.search(answer)
    if match is None:
        raise ValueError(f"{answer!r} tells no version of the firmware")
    return f"{int(match[1])}.{int(match[2]):03d}"


def confirm_channel(answer: str) -> None:
    """Nothing, if a channel was taken: what the one character means is not known."""
    if len(answer) != 1:
        raise ValueError(f"{answer!r} confirms no channel")


def found(answer: str) -> tuple[RomId, str] | None:
    """The id found and the mark before it; None if nobody is. Raises SearchError."""
    mark, rest = answer[:1], answer[1:]
    told = linkcodes.found(f"{MORE}{rest}" if mark == CUT else answer)
    return None if told is None else (told[0], mark)

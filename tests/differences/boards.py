"""The lines of tests/deliberate_differences.py for DS2405 (05) and what speaks as a DS2406 (12).

Only tests/interop/test_real_chips_boards.py, which has them on a bus, meets them; each of its
tests says which.
"""

from __future__ import annotations

from tests.deliberate_differences import INVALID, Deliberate, when
from tests.interop.differential import DIRALL, READ, Answer, Request

SINCE = "0.1.0"
WRONG_MODEL = -2
ABSURD = 1e9


def _is_unsigned_cold(request: Request, theirs: Answer, ours: Answer) -> bool:
    value = when(READ, r"/DA55(34|40)/(temperature|pressure)", theirs=0, ours=0)
    return value(request, theirs, ours) and abs(float(theirs.text)) > ABSURD > float(ours.text)


def _is_t8a_listed(request: Request, theirs: Answer, ours: Answer) -> bool:
    listing = when(DIRALL, r"/12\.\w+(/T8A)?", theirs=0, ours=0)
    more = set(ours.entries) - set(theirs.entries)
    return listing(request, theirs, ours) and bool(more) and all(b"/T8A" in name for name in more)


COLD = Deliberate(
    "the corrections for a barometer in the cold are those of its data sheet",
    "3.2p4 takes a difference that is negative there for an unsigned number",
    SINCE,
    _is_unsigned_cold,
)
NO_BAROMETER = Deliberate(
    "one constant of what is no barometer is -2, as all of them are",
    "3.2p4 answers -22",
    SINCE,
    when(READ, r"/TAI8570/C\.\d", theirs=INVALID, ours=WRONG_MODEL),
)
ALARM_OF_A_BAROMETER = Deliberate(
    "the alarm settings of the switches of a barometer stay as they are",
    "3.2p4 writes their channel info byte, which looks different, as their status",
    SINCE,
    when(READ, r"/set_alarm", theirs=0, ours=0),
)
LISTED_T8A = Deliberate(
    "a T8A is listed",
    "3.2p4 looks for its mark in more bytes than it has room for, and does not find it",
    SINCE,
    _is_t8a_listed,
)
SENSED = Deliberate(
    "sensed is read anew when the switch was switched",
    "3.2p4 goes on answering what it was before, until it leaves the cache",
    SINCE,
    when(READ, r"/sensed", theirs=0, ours=0),
)

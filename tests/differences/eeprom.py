"""The lines of tests/deliberate_differences.py for the EEPROMs 14, 1C and 37.

Only tests/interop/test_real_chips_eeprom.py, which has these chips on a bus, meets them; each of
its tests says which.
"""

from __future__ import annotations

from tests.deliberate_differences import INVALID, Deliberate, when
from tests.interop.differential import READ, WRITE, Answer, Request

SINCE = "0.1.0"


def _is_nothing_for_something(request: Request, theirs: Answer, ours: Answer) -> bool:
    register = when(READ, r"/14\.\w+/application", theirs=0, ours=0)
    return register(request, theirs, ours) and theirs.text == b"" != ours.text


APPLICATION = Deliberate(
    "the application register of a DS2430A can be read under /uncached and with an offset",
    "3.2p4 reads it and answers no bytes",
    SINCE,
    _is_nothing_for_something,
)
LOCKED = Deliberate(
    "writing a locked application register is -22",
    "3.2p4 does not look whether anything was stored",
    SINCE,
    when(WRITE, r"/14\.\w+/application", theirs=0, ours=INVALID),
)
NOT_MEMORY = Deliberate(
    "writing `memory` where a DS28E04 has its registers is -22",
    "the chip does not copy to these; 3.2p4 does not look whether it did",
    SINCE,
    when(WRITE, r"/1C\.\w+/memory", theirs=0, ours=INVALID),
)
ALARM_OF_SWITCHES = Deliberate(
    "set_alarm of a DS28E04 reads as it was written",
    "3.2p4 reads where it should write, which sets all registers to ones, and takes the tens for"
    " ones when it reads",
    SINCE,
    when(READ, r"/1C\.\w+/set_alarm", theirs=0, ours=0),
)
POWER_ON_CLEARED = Deliberate(
    "por of a DS28E04 is cleared by writing it",
    "3.2p4 reads where it should write, and fails",
    SINCE,
    when(WRITE, r"/1C\.\w+/por", theirs=INVALID, ours=0),
)
POWER_ON = Deliberate(
    "por of a DS28E04 is 0 when it was cleared",
    "3.2p4 could not clear it",
    SINCE,
    when(READ, r"/1C\.\w+/por", theirs=0, ours=0),
)
LOCKER_READ = Deliberate(
    "a DS1977 can be read",
    "3.2p4 sends another command, with which the chip verifies passwords",
    SINCE,
    when(READ, r"/37\.\w+/(memory|pages/page\.\d+|set_password/enabled)", theirs=INVALID, ours=0),
)
LOCKER_VERSION = Deliberate(
    "the version of a DS1977 is that of the chip",
    "3.2p4 takes the echo of its own command for it, which is 0",
    SINCE,
    when(READ, r"/37\.\w+/version", theirs=0, ours=0),
)
LOCKER_PASSWORD = Deliberate(
    "a DS1977 is written with the full password",
    "3.2p4 mixes up the two passwords, and sends the one for reading",
    SINCE,
    when(WRITE, r"/37\.\w+/(memory|set_password/enabled)", theirs=INVALID, ours=0),
)

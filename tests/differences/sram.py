"""The lines of tests/deliberate_differences.py for memories with a battery (04 18 1A).

Only tests/interop/test_real_chips_sram.py, which has these chips on a bus, meets them; each of
its tests says which.
"""

from __future__ import annotations

from tests.deliberate_differences import INVALID, Deliberate, when
from tests.interop.differential import READ, WRITE

SINCE = "0.1.0"

ALARMS_KEPT = Deliberate(
    "reading or writing a DS2404's set_alarm loses no alarm",
    "both are in one register, whose reading clears the alarms; 3.2p4 forgets those it has seen",
    SINCE,
    when(READ, r"/04\.\w+/alarm", theirs=0, ours=0),
)
NO_SUCH_DATE = Deliberate(
    "a date before 1970 or after 2106 is refused",
    "a DS2404 counts seconds since 1970; 3.2p4 stores some of the bits and reports success",
    SINCE,
    when(WRITE, r"/04\.\w+/date", theirs=0, ours=INVALID),
)
PROTECTED = Deliberate(
    "readonly/clock, interval and cycle protect",
    "a DS2404 wants the scratchpad to be copied three times in a row for that; 3.2p4 copies once,"
    " which does nothing, and reports success",
    SINCE,
    when(READ, r"/04\.\w+/readonly/\w+", theirs=0, ours=0),
)
WRITE_TO_PROTECTED = Deliberate(
    "what a DS2404 refuses because it is protected is -22",
    "3.2p4 does not look whether anything was stored (nor did it protect anything)",
    SINCE,
    when(WRITE, r"/04\.\w+/(readonly/\w+|udate)", theirs=0, ours=INVALID),
)
PROTECTED_TIME = Deliberate(
    "the clock of a DS2404 whose clock is protected is what it was",
    "3.2p4 did not protect it",
    SINCE,
    when(READ, r"/04\.\w+/udate", theirs=0, ours=0),
)
COUNT_AFTER_WRITE = Deliberate(
    "how often a page was written is right at once after it was written",
    "3.2p4 serves the count of before for as long as its cache keeps it",
    SINCE,
    when(READ, r"/1A\.\w+/pages/count\.\w+", theirs=0, ours=0),
)
COUNTS_OF_A_KEY = Deliberate(
    "a DS1963S counts the writes to its pages",
    "behind the count there is another one; 3.2p4 takes it for tamper-detect bits and fails",
    SINCE,
    when(READ, r"/18\.\w+/pages/count\.\w+", theirs=INVALID, ours=0),
)
KEY_WRITTEN = Deliberate(
    "a DS1963S can be written",
    "3.2p4 neither erases the scratchpad, which hides what is written to it, nor knows the copy"
    " command",
    SINCE,
    when(WRITE, r"/18\.\w+/(memory|pages/page\.\w+)", theirs=INVALID, ours=0),
)
WRITTEN_KEY = Deliberate(
    "a DS1963S holds what was written",
    "3.2p4 could not write it",
    SINCE,
    when(READ, r"/18\.\w+/memory", theirs=0, ours=0),
)
DIES = Deliberate(
    "the memory of a DS2404 can be read and written",
    "3.2p4 reads or writes it and dies",
    SINCE,
    lambda request, theirs, ours: theirs.closed and (ours.ret or 0) >= 0,
)

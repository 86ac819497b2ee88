"""The lines of tests/deliberate_differences.py for memories, counters and loggers (09 1D 21 23 2D).

Only tests/interop/test_real_chips_memory.py, which has these chips on a bus, meets them; each of
its tests says which.
"""

from __future__ import annotations

from tests.deliberate_differences import INVALID, TOO_LARGE, Deliberate, when
from tests.interop.differential import READ, WRITE, Answer, Request

SINCE = "0.1.0"
BUSY = -16
ROW_OF_DS2431 = 8
DATE_OF_MISSION = r"/21\.\w+/(mission|log|overtemp)/(u?date|end)(\.\w+)?"


def _is_unaligned_write(request: Request, theirs: Answer, ours: Answer) -> bool:
    failed = when(WRITE, r"/2D\.\w+/(memory|pages/page\.\d+)", theirs=INVALID, ours=0)
    return request.offset % ROW_OF_DS2431 != 0 and failed(request, theirs, ours)


def _is_nothing_for_something(request: Request, theirs: Answer, ours: Answer) -> bool:
    page = when(READ, r"/[08]9\.\w+/pages/page\.\w+", theirs=0, ours=0)
    return page(request, theirs, ours) and theirs.text == b"" != ours.text


PART_OF_PAGES = Deliberate(
    "a part of all pages is a part of the memory",
    "3.2p4 refuses it (-90)",
    SINCE,
    when(READ, r"/pages/page\.ALL", theirs=TOO_LARGE, ours=0),
)
UNALIGNED_WRITE = Deliberate(
    "a DS2431 can be written from any address on",
    "3.2p4 compares what it wrote in the wrong place and fails",
    SINCE,
    _is_unaligned_write,
)
PAGE_OF_EPROM = Deliberate(
    "pages of an EPROM can be read under /uncached and with an offset",
    "3.2p4 reads them and answers no bytes",
    SINCE,
    _is_nothing_for_something,
)
CLOCK = Deliberate(
    "months of a logger's clock are 1 to 12, and there is no daylight saving time in it",
    "3.2p4 counts months from 0, and leaves the mark of daylight saving time to chance",
    SINCE,
    when(READ, r"/21\.\w+/clock/u?date", theirs=0, ours=0),
)
MISSION_DATE = Deliberate(
    "the date of a mission counts months from 1",
    "3.2p4 counts them from 0",
    SINCE,
    when(READ, DATE_OF_MISSION, theirs=0, ours=0),
)
NO_MISSION_DATE = Deliberate(
    "a logger that was on no mission has no date of one",
    "3.2p4 answers the last day of 1999",
    SINCE,
    when(READ, r"/21\.\w+/(mission|log|overtemp)/(u?date|end)(\.\w+)?", theirs=0, ours=INVALID),
)
OUT_OF_RANGE = Deliberate(
    "a logger's thresholds, start delay and alarm take what fits only",
    "3.2p4 stores some of the bits of the number and reports success",
    SINCE,
    when(WRITE, r"/(overtemp/temperature|mission/delay|alarm_\w+)", theirs=0, ours=INVALID),
)
ALARM_TRIGGER = Deliberate(
    "alarm_trigger reads as it was written",
    "3.2p4 reads 4 for 1, 2 and 3",
    SINCE,
    when(READ, r"/21\.\w+/alarm_trigger", theirs=0, ours=0),
)
ALARM_STATE = Deliberate(
    "alarm_state tells the alarms",
    "3.2p4 tells the interval between samples",
    SINCE,
    when(READ, r"/21\.\w+/alarm_state", theirs=0, ours=0),
)
ALARM_STATE_WRITTEN = Deliberate(
    "writing alarm_state clears alarms, and cannot raise them",
    "in 3.2p4 that starts a mission with so many minutes between samples",
    SINCE,
    when(WRITE, r"/21\.\w+/alarm_state", theirs=0, ours=INVALID),
)
NOTHING_DONE = Deliberate(
    "an alarm cannot be raised by writing 1, nor a mission begun without an interval",
    "3.2p4 reports success, and the chip does nothing",
    SINCE,
    when(WRITE, r"/21\.\w+/mission/(temphigh|running)", theirs=0, ours=INVALID),
)
IN_MISSION = Deliberate(
    "while a mission is under way what the chip does not let be changed is -16",
    "3.2p4 reports success, and the chip does nothing; for the date it answers -22",
    SINCE,
    when(
        WRITE,
        r"/21\.\w+/(mission/(rollover|clear|frequency)|alarm_hour|clock/(running|date))",
        ours=BUSY,
    ),
)

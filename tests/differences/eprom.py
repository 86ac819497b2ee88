"""The lines of tests/deliberate_differences.py for the larger EPROMs (0B 0F 8B 8F).

Only tests/interop/test_real_chips_eprom.py, which has these chips on a bus, meets them; each of
its tests says which.
"""

from __future__ import annotations

from tests.deliberate_differences import INVALID, Deliberate, when
from tests.interop.differential import READ, WRITE

SINCE = "0.1.0"
CHIP = r"/[08][BF]\.\w+"

NOT_PROGRAMMED = Deliberate(
    "bytes of an EPROM that are not what was written are -22",
    "3.2p4 does not look, and reports success where a page is protected or a zero stays a zero",
    SINCE,
    when(WRITE, CHIP + r"/(memory|status/page\.\d+)", theirs=0, ours=INVALID),
)
STATUS_PAGE = Deliberate(
    "a page of the status is written where it is read",
    "3.2p4 programs page 0 whatever page is meant",
    SINCE,
    when(READ, CHIP + r"/status/page\.\d+", theirs=0, ours=0),
)

"""The line of tests/deliberate_differences.py for a bus on which overdrive is switched on.

Only tests/interop/test_overdrive.py, which does that, meets it.
"""

from __future__ import annotations

from tests.deliberate_differences import Deliberate
from tests.interop.differential import Answer, Request


def _is_lost(request: Request, theirs: Answer, ours: Answer) -> bool:
    if (ours.ret or 0) < 0:
        return False
    refused = (theirs.ret or 0) < 0
    empty = theirs.text != b"" and not theirs.text.strip(b"\xff")
    return refused or empty or len(theirs.entries) < len(ours.entries)


LOST_AT_OVERDRIVE = Deliberate(
    "devices answer with interface/settings/overdrive on",
    "3.2p4 resets and selects at overdrive speed devices that were never brought to it: it finds"
    " none, answers -2 and -1, or takes the silence for a memory full of FF",
    "0.1.0",
    _is_lost,
)

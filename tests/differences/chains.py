"""The lines of tests/deliberate_differences.py for an owserver on top of another one.

Only tests/interop/test_relays.py, where both stand above owserver 3.2p4, meets them.
"""

from __future__ import annotations

from tests.deliberate_differences import BAD_PATH, NOT_SUPPORTED, Deliberate, when
from tests.interop.differential import PRESENCE, READ, WRITE, Answer, Request

SINCE = "0.1.0"
IS_DIRECTORY = -21


def _has_names_below_the_path(request: Request, theirs: Answer, ours: Answer) -> bool:
    below = request.path + b"/"
    return (
        below.startswith(b"/uncached/bus.0/")
        and any(name.startswith(b"/bus.0" + below) for name in theirs.entries)
        and all(name.startswith(below) for name in ours.entries)
    )


READ_INTERFACE = Deliberate(
    "a directory below another server's interface is a directory when it is read",
    "3.2p4 finds no such path",
    SINCE,
    when(READ, r"/bus\.0/interface(/\w+)?", theirs=BAD_PATH, ours=IS_DIRECTORY),
)
WRITE_DIRECTORY = Deliberate(
    "a directory of another server cannot be written, as at that server itself",
    "3.2p4 answers -95",
    SINCE,
    when(WRITE, r"/bus\.0/system", theirs=NOT_SUPPORTED, ours=IS_DIRECTORY),
)
PRESENCE_OF_NO_BUS = Deliberate(
    "a bus that another server does not have is not present",
    "3.2p4 answers success",
    SINCE,
    when(PRESENCE, r"/bus\.0/bus\.1", theirs=0, ours=BAD_PATH),
)
PATHS_LISTED = Deliberate(
    "what is listed below /uncached/bus.0 has that path",
    "3.2p4 puts the bus in front once more",
    SINCE,
    _has_names_below_the_path,
)

"""The lines of tests/deliberate_differences.py for external sensors.

Only tests/interop/test_external.py, which declares some for both servers, meets them; each of its
tests says which.
"""

from __future__ import annotations

from tests.deliberate_differences import BAD_PATH, INVALID, NOT_SUPPORTED, Deliberate, when
from tests.interop.differential import DIRALL, READ, WRITE, Answer, Request

SINCE = "0.1.0"
NO_ENTITY, IO_ERROR, MESSAGE_SIZE = -2, -5, -90


def _is_error_of_its_own(request: Request, theirs: Answer, ours: Answer) -> bool:
    own = (IO_ERROR, INVALID, NOT_SUPPORTED, MESSAGE_SIZE)
    return theirs.ret in (NO_ENTITY, INVALID) and ours.ret in own


def _works(kind: int, path: str, what: str, why: str) -> Deliberate:
    """A line for what 3.2p4 cannot do at all."""
    return Deliberate(what, why, SINCE, when(kind, path, theirs=NO_ENTITY, ours=0))


def _is_shape(request: Request, theirs: Answer, ours: Answer) -> bool:
    return b"/strange" in request.path or request.path.startswith(b"/structure/odd")


ERRORS = Deliberate(
    "each error has a return code of its own",
    "3.2p4 answers all that goes wrong with -2, or with -22 if the path names the bus",
    SINCE,
    _is_error_of_its_own,
)
FAILED_WRITE = Deliberate(
    "a command that could not write is told",
    "3.2p4 never looks how it ended",
    SINCE,
    when(WRITE, "/(missing|fails)", theirs=0, ours=IO_ERROR),
)
FAILED_TEXT = Deliberate(
    "a text that no command could tell is an error",
    "3.2p4 makes it one of zeros",
    SINCE,
    when(READ, "/lost", theirs=0, ours=IO_ERROR),
)
NUMBER_WRITTEN = _works(
    READ,
    "/(number|each.1)",
    "a command gets the whole number that was written",
    "3.2p4 pads it to 12 columns and gives as many bytes as the client sent: mostly blanks",
)
WORDS = _works(
    READ,
    "/(word|spaced)",
    "yes or no may be a word",
    "3.2p4 reads one byte",
)
ELEMENTS_READ = _works(
    READ,
    r"/(whole|halves)\.[0-2]",
    "single elements of an aggregate are read",
    "3.2p4 reads one byte of all",
)
ELEMENTS_WRITTEN = _works(
    WRITE,
    r"/(whole|halves)\.(ALL|[0-2])",
    "an aggregate is written, and single elements of it",
    "3.2p4 cannot",
)
AGGREGATE_AFTER = Deliberate(
    "what was written is there",
    "3.2p4 has emptied what it was to write",
    SINCE,
    when(READ, r"/(whole|halves)\.(ALL|[0-2])"),
)
UNITS = Deliberate(
    "commands speak of degrees Celsius and millibars",
    "3.2p4 takes their numbers to be in whatever unit the client wants",
    SINCE,
    when(READ, "/(heat|gap|air)", theirs=0, ours=0),
)
DATE_WRITTEN = _works(
    WRITE, "/moment", "a date is written", "3.2p4 wants 24 bytes of a client, and cuts the date"
)
SHAPES = Deliberate(
    "C is three elements, 12 is twelve, -1 and - are sparse",
    "3.2p4 makes C two, takes what begins with 0 or 1 for a scalar, and knows no sparse ones",
    SINCE,
    _is_shape,
)
QUOTING = Deliberate(
    "each word reaches the command as it is, also an empty one",
    "3.2p4 lets the shell take the words apart, and run what is in them",
    SINCE,
    when(READ, "/echoes", theirs=0, ours=0),
)
CACHED_APART = Deliberate(
    "each sensor has values of its own in the cache",
    "3.2p4 takes that of another one of the family",
    SINCE,
    when(READ, "/two/counted", theirs=0, ours=0),
)
CACHED_PART = Deliberate(
    "a part of a text is not kept for the whole",
    "3.2p4 takes the beginning that somebody asked for to be all from then on",
    SINCE,
    when(READ, "/two/keptText", theirs=0, ours=0),
)
LONG_NUMBER = Deliberate(
    "all that a command writes is read",
    "3.2p4 reads 12 bytes, or fewer if the client wants fewer, and takes them for the number",
    SINCE,
    when(READ, "/(wide|long)"),
)
OUT_OF_REACH = Deliberate(
    "what no path can reach is not listed: it is reported when the daemon starts",
    "3.2p4 lists sensors that look like chips or have the name of a directory, and type D",
    SINCE,
    lambda request, theirs, ours: (
        request.type == DIRALL and len(theirs.entries) > len(ours.entries) > 0
    ),
)
OUT_OF_REACH_PATH = Deliberate(
    "they have no paths",
    "in 3.2p4 there is a tree in a tree under type D",
    SINCE,
    lambda request, theirs, ours: request.path.endswith(b"/D") and ours.ret == BAD_PATH,
)

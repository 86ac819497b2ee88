"""What OneWire answers: a value, a listing, a place. Plain tuples that say how long they hold.

Times are seconds of the clock in use (time.monotonic() in a daemon); 0.0 means that the answer
may not be kept at all.
"""

from __future__ import annotations

from typing import NamedTuple


class Reading(NamedTuple):
    """The value of a property as it goes to a client, already cut to size and offset."""

    data: bytes
    valid_until: float


class Listing(NamedTuple):
    """A directory: full paths as the client would ask for them."""

    entries: list[str]
    flags: int
    """owserver's directory flags: what some device in the list can do."""
    valid_until: float


class Located(NamedTuple):
    """The device that a path belongs to."""

    rom: bytes
    """Eight bytes, all zero if the path names no device."""
    valid_until: float

"""The cache: values, directories and device locations; one place, one clock.

It stores what was good and when it was true; how long that holds is decided at look-up by the
life of its class, so that a change of a time-out takes effect at once.
"""

from __future__ import annotations

import enum
import sys
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, NamedTuple

from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.statistics import Level


class Life(enum.Enum):
    """Classes of lifetime; each but the first and last two is an option of its own."""

    NEVER = enum.auto()
    VOLATILE = enum.auto()
    STABLE = enum.auto()
    DIRECTORY = enum.auto()
    PRESENCE = enum.auto()
    SECOND = enum.auto()
    PERSISTENT = enum.auto()


@dataclass(slots=True)
class Timeouts:
    """Lifetimes in seconds; 0 switches a class off. The defaults are owserver's."""

    volatile: float = 15
    stable: float = 300
    directory: float = 60
    presence: float = 120
    stale: float = 0
    """How long after its end an entry is kept for when nobody can tell a better one."""

    def of(self, life: Life) -> float:
        match life:
            case Life.VOLATILE:
                return self.volatile
            case Life.STABLE:
                return self.stable
            case Life.DIRECTORY:
                return self.directory
            case Life.PRESENCE:
                return self.presence
            case Life.SECOND:
                return 1.0
            case Life.PERSISTENT:
                return float("inf")
            case Life.NEVER:
                return 0.0


class Entry(NamedTuple):
    """A value, its class, and the time at which it was true."""

    value: Any
    life: Life
    since: float
    size: int


@dataclass(slots=True)
class UseCounts:
    """How the cache was used for one kind of thing."""

    tries: int = 0
    hits: int = 0
    added: int = 0
    expired: int = 0
    """Look-ups that found something too old."""
    deleted: int = 0


class CacheCounts:
    """How the cache was used, by owserver's kinds, for /statistics/cache."""

    def __init__(self) -> None:
        self.external = UseCounts()
        """Values of properties."""
        self.internal = UseCounts()
        """What is known about chips beside, and what all devices of a bus answered at once."""
        self.directory = UseCounts()
        """What is on a bus."""
        self.device = UseCounts()
        """On which bus a device is."""
        self.additions = 0
        self.passing = Level()
        """Entries that some day do not hold any more."""
        self.persistent = Level()
        """Entries that are kept for ever."""
        self.clearings = 0
        self._by_word = {
            "directory": self.directory,
            "location": self.device,
            "simultaneous": self.internal,
        }

    def of(self, key: Hashable) -> UseCounts:
        """The counts of an entry by its key: a tuple that begins with a device or with a word."""
        if not isinstance(key, tuple):
            return self.external
        if isinstance(key[0], str):
            return self._by_word.get(key[0], self.external)
        return self.internal if key[1] == FACT else self.external

    def level(self, life: Life) -> Level:
        """The entries that are kept as long as one of class `life`."""
        return self.persistent if life is Life.PERSISTENT else self.passing


FACT = "fact:"
"""The second word in the key of something about a device that is no property."""


ENTRY_OVERHEAD = 200
"""Bytes that an entry costs beside its value: key, tuple and two links (CPython 3.11, 64 bit)."""


class Cache:
    """Entries by key, the least recently stored first; at most `max_bytes` (0: no limit)."""

    def __init__(
        self, timeouts: Timeouts | None = None, clock: Clock = REAL_CLOCK, max_bytes: int = 0
    ) -> None:
        self.timeouts = timeouts or Timeouts()
        self.clock = clock
        self.max_bytes = max_bytes
        self.counts = CacheCounts()
        self.bytes = 0
        self._entries: OrderedDict[Hashable, Entry] = OrderedDict()
        self._sweep_at = 0.0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable, not_before: float = float("-inf")) -> Entry | None:
        """The entry under `key` if it still holds and was true at `not_before` or later."""
        counts = self.counts.of(key)
        counts.tries += 1
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry.since < not_before or self.until(entry) <= self.clock.now():
            counts.expired += 1
            return None
        counts.hits += 1
        return entry

    def last(self, key: Hashable) -> Entry | None:
        """The entry under `key` even if it ceased to hold, at most `timeouts.stale` ago."""
        entry = self._entries.get(key)
        if entry is None or self._end(entry) <= self.clock.now():
            return None
        return entry

    def _end(self, entry: Entry) -> float:
        """The time from which `entry` is of no use to anybody."""
        return self.until(entry) + self.timeouts.stale

    def would_change(self, key: Hashable, value: Any) -> bool:
        """Whether something else holds under `key` at the moment."""
        entry = self._entries.get(key)
        return entry is not None and entry.value != value and self.until(entry) > self.clock.now()

    def until(self, entry: Entry) -> float:
        """The time at which `entry` ceases to hold."""
        return entry.since + self.timeouts.of(entry.life)

    def put(self, key: Hashable, value: Any, life: Life, since: float | None = None) -> float:
        """Store `value`, true at `since` (now if None). Returns the time until which it holds."""
        now = self.clock.now()
        entry = Entry(value, life, now if since is None else since, sys.getsizeof(value))
        until = self.until(entry)
        if until <= now:
            self.drop(key)
            return until
        self._remove(key)
        self._entries[key] = entry
        self.bytes += entry.size + ENTRY_OVERHEAD
        self.counts.additions += 1
        self.counts.of(key).added += 1
        self.counts.level(life).rise()
        if now >= self._sweep_at:
            self._sweep(now)
        if self.max_bytes:
            self._shrink()
        return until

    def drop(self, key: Hashable) -> None:
        """Forget the entry under `key`, if there is one."""
        if self._remove(key):
            self.counts.of(key).deleted += 1

    def clear(self) -> None:
        """Forget everything that is not kept for ever."""
        self.counts.clearings += 1
        for key in [k for k, e in self._entries.items() if e.life is not Life.PERSISTENT]:
            self._remove(key)

    def _remove(self, key: Hashable) -> bool:
        entry = self._entries.pop(key, None)
        if entry is None:
            return False
        self.bytes -= entry.size + ENTRY_OVERHEAD
        self.counts.level(entry.life).fall()
        return True

    def _sweep(self, now: float) -> None:
        # Now and then, so that what nobody asks for any more does not stay for good.
        for key in [k for k, e in self._entries.items() if self._end(e) <= now]:
            self._remove(key)
        self._sweep_at = now + max(self.timeouts.volatile, 1.0)

    def _shrink(self) -> None:
        for key, entry in list(self._entries.items()):
            if self.bytes <= self.max_bytes:
                return
            if entry.life is not Life.PERSISTENT:
                self._remove(key)

"""Counters of what happened, for /statistics and /bus.N/interface/statistics.

Plain numbers: whoever does the work raises them, the virtual directories show them. How the
cache was used is counted in cache.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from owfs_py.bus.errors import OneWireError, PathError
from owfs_py.bus.returncodes import MAX_CODE

ATTEMPTS = 3
"""First, second and third attempts are counted apart."""

GOOD = 0
BAD_PATH = 27
"""A path that names nothing is a 1 on the wire but is counted here, as owserver does."""


def _tries() -> list[int]:
    return [0] * ATTEMPTS


@dataclass(slots=True)
class Level:
    """Something of which there are now more, now fewer: requests at work, entries of a cache."""

    now: int = 0
    max: int = 0
    num: int = 0
    """How many there were in all."""
    sum: int = 0
    """`now` as each of them found it, added up: sum / num is how many there were on average."""

    def rise(self) -> None:
        self.now += 1
        self.num += 1
        self.sum += self.now
        if self.now > self.max:
            self.max = self.now

    def fall(self) -> None:
        self.now -= 1


@dataclass(slots=True)
class BusCounts:
    """What happened on one bus, counted in its thread and in that of the event loop."""

    resets: int = 0
    shorts: int = 0
    reset_errors: int = 0
    select_errors: int = 0
    errors: int = 0
    """Transfers that the bus master failed to do."""
    echo_errors: int = 0
    """Transfers after which something else came back than was sent."""
    timeouts: int = 0
    open_errors: int = 0
    reconnects: int = 0
    reconnect_errors: int = 0
    pullup_errors: int = 0
    program_errors: int = 0
    locks: int = 0
    unlocks: int = 0
    overdrive_attempts: int = 0
    overdrive_failures: int = 0
    """Transactions tried at overdrive speed, and those of them done at regular speed then."""
    bus_time: float = 0.0
    """Seconds during which the bus was at work for somebody."""
    search_errors: list[int] = field(default_factory=_tries)
    """First, second and third failures of one pass."""
    crc8_tries: int = 0
    crc8_errors: int = 0
    crc16_tries: int = 0
    crc16_errors: int = 0
    writes: int = 0
    """Properties written."""
    read_repeats: list[int] = field(default_factory=_tries)
    """Transactions by attempts; the first attempts are not counted here."""
    write_repeats: list[int] = field(default_factory=_tries)
    network_read_errors: int = 0
    network_connection_errors: int = 0
    """The last two are for buses behind a network."""

    @property
    def transfer_errors(self) -> int:
        """Everything sent or read that went wrong."""
        return self.errors + self.echo_errors


@dataclass(slots=True)
class BufferCounts:
    """What a buffer in front of another server did."""

    hits: int = 0
    """Values and listings that were known."""
    joined: int = 0
    """Reads that waited for the answer to another one."""
    passed: int = 0
    """Requests for values and listings that the other server was sent."""
    stale: int = 0
    """Answers older than they should be, because nobody could be asked."""
    renewed: int = 0
    """Values asked for ahead of time."""
    renewed_asked: int = 0
    """Those of them that a client asked for afterwards."""


@dataclass(slots=True)
class TransferCounts:
    """Values read or written."""

    tries: int = 0
    """Requests on good paths, also of directories."""
    calls: int = 0
    """Those of them that were about a property and were worked on."""
    success: int = 0
    bytes: int = 0
    """Of the successful ones."""


@dataclass(slots=True)
class DirectoryCounts:
    """Listings made, and what was in them."""

    bus_calls: int = 0
    bus_entries: int = 0
    device_calls: int = 0
    device_entries: int = 0
    max_depth: int = 0
    """The most couplers (DS2409) one behind the other that a path led through."""


class Requests:
    """One kind of request: a context in which each is worked on, for many at the same time."""

    __slots__ = ("_levels", "_responses")

    def __init__(self, responses: list[int], *levels: Level) -> None:
        self._responses = responses
        self._levels = levels

    def __enter__(self) -> None:
        for level in self._levels:
            level.rise()

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        for level in self._levels:
            level.fall()
        if error is None:
            self._responses[GOOD] += 1
        elif isinstance(error, OneWireError):
            self._responses[BAD_PATH if isinstance(error, PathError) else error.code] += 1


class Statistics:
    """All counts of one OneWire that do not belong to a bus or to the cache."""

    def __init__(self, started: float) -> None:
        self.started = started
        """When, by the clock of the OneWire."""
        self.read = TransferCounts()
        self.cached = TransferCounts()
        """Reads that somebody above answered without asking: part of `read` as well."""
        self.write = TransferCounts()
        self.directory = DirectoryCounts()
        self.overall = Level()
        self.reads = Level()
        self.writes = Level()
        self.listings = Level()
        self.responses = [0] * (MAX_CODE + 1)
        """Answers by return code."""
        self.reading = Requests(self.responses, self.reads, self.overall)
        self.writing = Requests(self.responses, self.writes, self.overall)
        self.listing = Requests(self.responses, self.listings, self.overall)
        self.locating = Requests(self.responses)
        self.collectors: list[Callable[[], None]] = []
        """Called before any count is shown: they add what was counted elsewhere."""

    def collect(self) -> None:
        """Bring all counts up to date."""
        for collector in self.collectors:
            collector()

    def add_cached_reads(self, count: int, size: int) -> None:
        """`count` reads, `size` bytes in all, were answered with what was answered before."""
        for counts in (self.read, self.cached):
            counts.tries += count
            counts.success += count
            counts.bytes += size
        self._add_alone(count, self.reads)

    def add_cached_listings(self, count: int) -> None:
        """`count` listings were answered with what was answered before."""
        self._add_alone(count, self.listings)

    def _add_alone(self, count: int, level: Level) -> None:
        """Requests that took no time, so that each was alone."""
        for each in (level, self.overall):
            each.num += count
            each.sum += count
            each.max = max(each.max, min(count, 1))
        self.responses[GOOD] += count

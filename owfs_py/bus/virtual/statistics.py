"""/statistics: what this process has done since it started, by owserver's names.

Everything is counted where it happens (owfs_py.bus.statistics, owfs_py.bus.cache); here it is
only shown. What owserver counts of parts that this program has not is 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from owfs_py.bus.buffer import Buffer
from owfs_py.bus.cache import CacheCounts
from owfs_py.bus.properties import Change, Property, Table, Visible
from owfs_py.bus.returncodes import MAX_CODE
from owfs_py.bus.statistics import ATTEMPTS, BufferCounts, BusCounts, Level, Statistics
from owfs_py.bus.values import Kind
from owfs_py.bus.virtual.tables import UNSIGNED_MASK, array, counter, counters

if TYPE_CHECKING:
    from owfs_py.bus.virtual import Place

USES = ("added", "deleted", "expired", "hits", "tries")
LEVELS = ("max", "now", "num", "sum")
TRANSFERS = ("bytes", "calls", "success")

FLIPS_AT_START = 1
FLIPS_OF_CLEARING = 2
"""owserver has two generations of entries; to forget all it changes generation twice."""


def _counts(place: Place) -> Statistics:
    place.onewire.statistics.collect()
    return place.onewire.statistics


def _total(place: Place, count: Callable[[BusCounts], int]) -> int:
    return sum(count(bus.counts) for bus in place.onewire.buses.values())


def _cache_counts(place: Place) -> CacheCounts:
    return place.onewire.cache.counts


def _flips(place: Place) -> int:
    return FLIPS_AT_START + FLIPS_OF_CLEARING * _cache_counts(place).clearings


_CACHE = (
    counter("cache/additions", lambda place: _cache_counts(place).additions),
    counter("cache/flips", _flips),
    *counters("cache/device", USES, lambda place: _cache_counts(place).device),
    *counters("cache/directory", USES, lambda place: _cache_counts(place).directory),
    *counters("cache/external", USES, lambda place: _cache_counts(place).external),
    *counters("cache/internal", USES, lambda place: _cache_counts(place).internal),
    *counters("cache/persistent", LEVELS, lambda place: _cache_counts(place).persistent),
    *counters("cache/primary", LEVELS, lambda place: _cache_counts(place).passing),
    # There is one generation here, which is the young one.
    *counters("cache/secondary", LEVELS, lambda place: Level()),
)

_DIRECTORY = (
    counter("directory/bus/calls", lambda place: _counts(place).directory.bus_calls),
    counter("directory/bus/entries", lambda place: _counts(place).directory.bus_entries),
    counter("directory/device/calls", lambda place: _counts(place).directory.device_calls),
    counter("directory/device/entries", lambda place: _counts(place).directory.device_entries),
    counter("directory/maxdepth", lambda place: _counts(place).directory.max_depth),
)

# By the name below /statistics/errors, what is added up over all buses.
_ERRORS_OF_BUSES: dict[str, Callable[[BusCounts], int]] = {
    "BUS_detect_errors": lambda counts: counts.open_errors,
    "BUS_echo_errors": lambda counts: counts.echo_errors,
    "BUS_level_errors": lambda counts: counts.pullup_errors,
    "BUS_next_errors": lambda counts: sum(counts.search_errors),
    "BUS_readin_data_errors": lambda counts: counts.transfer_errors,
    "CRC16_errors": lambda counts: counts.crc16_errors,
    "CRC16_tries": lambda counts: counts.crc16_tries,
    "CRC8_errors": lambda counts: counts.crc8_errors,
    "CRC8_tries": lambda counts: counts.crc8_tries,
    "NET_connection_errors": lambda counts: counts.network_connection_errors,
    "NET_read_errors": lambda counts: counts.network_read_errors,
}

_NEVER = (
    "BUS_bit_errors",
    "BUS_byte_errors",
    "BUS_next_alarm_errors",
    "BUS_status_errors",
    "BUS_tcsetattr_errors",
    "DS2480_level_docheck_errors",
    "DS2480_read_fd_isset",
    "DS2480_read_null",
    "DS2480_read_read",
    "NET_accept_errors",
)


def _bus_total(name: str, count: Callable[[BusCounts], int]) -> Property:
    return counter(f"errors/{name}", lambda place: _total(place, count))


_ERRORS = (
    *(_bus_total(name, count) for name, count in _ERRORS_OF_BUSES.items()),
    *(counter(f"errors/{name}", lambda place: 0) for name in _NEVER),
    Property("errors/max_delay", Kind.FLOAT, Change.STATISTIC, read=lambda place: 0),
)


def _tries(
    name: str, first: Callable[[Place], int], repeats: Callable[[BusCounts], list[int]]
) -> Property:
    """How often something was tried for the first, second and third time."""

    def tries(place: Place, attempt: int) -> int:
        count = _total(place, lambda counts: repeats(counts)[attempt]) if attempt else first(place)
        return count & UNSIGNED_MASK

    return array(name, Kind.UNSIGNED, ATTEMPTS, tries)


_READ = (
    *counters("read", TRANSFERS, lambda place: _counts(place).read),
    _tries(
        "read/tries",
        lambda place: _counts(place).read.tries,
        lambda counts: counts.read_repeats,
    ),
    counter("read/cachebytes", lambda place: _counts(place).cached.bytes),
    counter("read/cachesuccess", lambda place: _counts(place).cached.success),
)

_WRITE = (
    *counters("write", TRANSFERS, lambda place: _counts(place).write),
    _tries(
        "write/tries",
        lambda place: _total(place, lambda counts: counts.writes),
        lambda counts: counts.write_repeats,
    ),
)

_RETURN_CODES = array(
    "return_codes/responses",
    Kind.UNSIGNED,
    MAX_CODE + 1,
    lambda place, code: _counts(place).responses[code] & UNSIGNED_MASK,
)

_THREADS = (
    *counters("threads/directory", LEVELS, lambda place: _counts(place).listings),
    *counters("threads/overall", LEVELS, lambda place: _counts(place).overall),
    *counters("threads/read", LEVELS, lambda place: _counts(place).reads),
    *counters("threads/write", LEVELS, lambda place: _counts(place).writes),
)


def _of_buffers(name: str) -> Property:
    """What the buffers in front of other servers did. Not listed, since owserver has none."""

    def total(place: Place) -> int:
        buses = place.onewire.buses.values()
        return sum(getattr(bus.buffered, name) for bus in buses if isinstance(bus, Buffer))

    return replace(counter(f"buffer/{name}", total), visible=Visible.HIDDEN)


_BUFFERS = tuple(_of_buffers(count.name) for count in fields(BufferCounts))

TABLE = Table(
    "statistics",
    (*_BUFFERS, *_CACHE, *_DIRECTORY, *_ERRORS, *_READ, _RETURN_CODES, *_THREADS, *_WRITE),
)

"""The Cython core against the same in plain Python: CRC-8, CRC-16 and the ROM search."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks import plain
from benchmarks.tables import Tables
from owfs_py._crc import crc8, crc16
from owfs_py._search import RomSearch
from owfs_py.bus.rom import RomId

TITLE: Final = "Cython core against plain Python"
COLUMNS: Final = ("Cython", "Python", "ratio")
PLAIN_ROUNDS: Final = 5

SCRATCHPAD: Final = bytes(range(9))
"""As long as what is checked after every reading of a DS18B20."""
MEMORY: Final = bytes(range(256)) * 2
"""As long as all of a DS2433."""
ROMS: Final = [RomId.make(0x28, n.to_bytes(6, "little")) for n in range(1, 21)]


def passes(roms: Sequence[bytes]) -> list[tuple[bytes, int]]:
    """What a bus master reports of each pass over these slaves: the id, and where they differed."""
    values = sorted(
        (int.from_bytes(rom, "little") for rom in roms), key=lambda value: f"{value:064b}"[::-1]
    )
    found = []
    for value in values:
        conflicts = 0
        for position in range(64):
            below = (1 << position) - 1
            others = [other for other in values if not (other ^ value) & below]
            bits = {other >> position & 1 for other in others}
            conflicts |= (len(bits) - 1) << position
        found.append((value.to_bytes(8, "little"), conflicts))
    return found


def search_all(search: Any, results: Sequence[tuple[bytes, int]]) -> int:
    """Walk a whole search, asking for the next path before each pass; the number found."""
    found = 0
    while not search.done:
        rom, conflicts = results[found]
        assert len(search.accelerator_request()) == 16
        assert search.advance(rom, conflicts)
        found += 1
    assert found == len(results)
    return found


PASSES: Final = passes(ROMS)


def seconds_of(work: Callable[[], object], repeats: int) -> float:
    def one() -> float:
        began = time.perf_counter()
        for _ in range(repeats):
            work()
        return (time.perf_counter() - began) / repeats

    return statistics.median(one() for _ in range(PLAIN_ROUNDS))


@pytest.mark.parametrize(
    ("name", "ours", "other", "repeats"),
    [
        pytest.param(
            "CRC-8 of 9 bytes",
            lambda: crc8(SCRATCHPAD),
            lambda: plain.crc8(SCRATCHPAD),
            1000,
            id="crc8",
        ),
        pytest.param(
            "CRC-16 of 512 bytes",
            lambda: crc16(MEMORY),
            lambda: plain.crc16(MEMORY),
            50,
            id="crc16",
        ),
        pytest.param(
            "ROM search, 20 slaves",
            lambda: search_all(RomSearch(), PASSES),
            lambda: search_all(plain.RomSearch(), PASSES),
            20,
            id="search",
        ),
    ],
)
def test_against_plain_python(
    benchmark: BenchmarkFixture,
    tables: Tables,
    name: str,
    ours: Callable[[], object],
    other: Callable[[], object],
    repeats: int,
) -> None:
    expected = other()
    plain_seconds = seconds_of(other, repeats)
    assert benchmark(ours) == expected
    seconds = benchmark.stats.stats.median
    benchmark.extra_info |= {"ratio": plain_seconds / seconds, "plain_python": plain_seconds}
    microseconds = (f"{value * 1e6:.2f} us" for value in (seconds, plain_seconds))
    tables.add(TITLE, COLUMNS, name, *microseconds, f"{plain_seconds / seconds:.0f}")

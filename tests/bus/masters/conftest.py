"""Fixtures: the serial adapters of the contract, closed and open; each adapter there is, closed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from owfs_py.bus.masters.base import Can
from tests.bus.masters.adapters import PROGRAMMERS, one_of, where
from tests.bus.masters.bench import ADAPTERS, Bench


@pytest.fixture(params=ADAPTERS.values(), ids=ADAPTERS.keys())
def closed_bench(request: pytest.FixtureRequest) -> Bench:
    return Bench(*request.param)


@pytest.fixture
def bench(closed_bench: Bench) -> Iterator[Bench]:
    closed_bench.master.open()
    yield closed_bench
    closed_bench.master.close()


adapter = where(lambda can: True)
branching = where(lambda can: Can.BRANCHES in can)
branchless = where(lambda can: Can.BRANCHES not in can)
feeding = where(lambda can: Can.STRONG_PULLUP in can)
starving = where(lambda can: Can.STRONG_PULLUP not in can)
fast = where(lambda can: Can.OVERDRIVE in can)
slow = where(lambda can: Can.OVERDRIVE not in can)
programmer = one_of(PROGRAMMERS)

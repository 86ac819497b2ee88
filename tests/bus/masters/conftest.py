"""Fixtures: each adapter of the contract, closed and open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.bus.masters.bench import ADAPTERS, Bench


@pytest.fixture(params=ADAPTERS.values(), ids=ADAPTERS.keys())
def closed_bench(request: pytest.FixtureRequest) -> Bench:
    return Bench(*request.param)


@pytest.fixture
def bench(closed_bench: Bench) -> Iterator[Bench]:
    closed_bench.master.open()
    yield closed_bench
    closed_bench.master.close()

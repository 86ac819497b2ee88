"""Resets, slots and conversions that requests cost on the bus: this library and owserver 3.2p4.

Counted on an emulated wire, hence exact and the same on every machine; docs/bus-cost.md holds them.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.adapters import ADAPTERS, DS2480B, Adapter
from benchmarks.buscosts import SCENARIOS, Costs, Scenario, by_way_of_an_adapter
from benchmarks.buses import with_ours, with_reference
from benchmarks.costtables import (
    COLUMNS,
    Measured,
    as_document,
    columns_for,
    figures_for,
    figures_of_ours,
    figures_of_reference,
    without_measured_figures,
)
from benchmarks.tables import Tables

DOCUMENT: Final = Path(__file__).parent.parent / "docs" / "bus-cost.md"
TITLE: Final = "Bus cost: owserver 3.2p4 | owfs_py"
OUR_ROUNDS: Final = 3
TWENTY: Final = 20
SIDE_BY_SIDE: Final = 8
"""So many owservers at once: with each adapter a minute, in which they mostly wait."""
TIME_LIMIT: Final = 300
"""Seconds: reading twenty sensors one by one takes owserver 3.2p4 sixteen, three times over."""


@dataclass
class Results:
    """What the benchmarks of this module gathered."""

    everything: Measured = field(default_factory=Measured)
    by_adapter: dict[Adapter, Measured] = field(default_factory=dict)


@pytest.fixture(scope="module")
def results() -> Results:
    return Results()


@pytest.fixture(scope="module")
def references() -> dict[Adapter, Costs]:
    """What owserver 3.2p4 costs by way of each adapter."""
    measure = partial(with_reference, by_way_of_an_adapter, sensors=TWENTY)
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        return dict(zip(ADAPTERS, pool.map(measure, ADAPTERS), strict=True))


@pytest.mark.timeout(TIME_LIMIT)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.work.__name__)
def test_cost_on_the_bus(
    benchmark: BenchmarkFixture, scenario: Scenario, results: Results, tables: Tables
) -> None:
    what = (scenario.work, DS2480B, scenario.sensors, scenario.parasitic)
    ours = benchmark.pedantic(with_ours, args=what, rounds=OUR_ROUNDS)
    reference = with_reference(*what)
    assert ours.keys() == reference.keys()
    for name, cost in ours.items():
        figures = (*figures_of_reference(reference[name]), *figures_of_ours(cost))
        tables.add(TITLE, COLUMNS[1:], name, *figures)
    results.everything.reference |= reference
    results.everything.ours |= ours
    benchmark.extra_info |= {"owserver 3.2p4": as_numbers(reference), "owfs_py": as_numbers(ours)}


@pytest.mark.timeout(TIME_LIMIT)
@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.name)
def test_cost_by_way_of_an_adapter(
    benchmark: BenchmarkFixture,
    adapter: Adapter,
    references: dict[Adapter, Costs],
    results: Results,
    tables: Tables,
) -> None:
    what = (by_way_of_an_adapter, adapter, TWENTY)
    ours = benchmark.pedantic(with_ours, args=what, rounds=OUR_ROUNDS)
    reference = references[adapter]
    assert ours.keys() == reference.keys()
    for name, cost in ours.items():
        figures = figures_for(adapter, reference[name], cost)
        tables.add(f"{TITLE}, {adapter.name}", columns_for(adapter), name, *figures)
    results.by_adapter[adapter] = Measured(reference, ours)
    benchmark.extra_info |= {"owserver 3.2p4": as_numbers(reference), "owfs_py": as_numbers(ours)}


def as_numbers(costs: Costs) -> dict[str, tuple[int, int, int, int, float]]:
    return {
        name: (
            cost.resets,
            cost.slots + cost.polling_slots,
            cost.conversions,
            cost.crossed,
            cost.seconds,
        )
        for name, cost in costs.items()
    }


def test_the_document_tells_what_was_measured(
    results: Results, pytestconfig: pytest.Config
) -> None:
    if not results.everything.ours or len(results.by_adapter) < len(ADAPTERS):
        pytest.fail("run together with the benchmarks of this module")
    document = as_document(results.everything, results.by_adapter)
    if pytestconfig.getoption("--write-docs"):
        DOCUMENT.write_text(document, encoding="utf-8")
    written = DOCUMENT.read_text(encoding="utf-8")
    assert without_measured_figures(written) == without_measured_figures(document)

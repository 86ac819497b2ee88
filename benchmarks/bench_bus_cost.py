"""Resets, slots and conversions that requests cost on the bus: this library and owserver 3.2p4.

Counted on an emulated wire, hence exact and the same on every machine; docs/bus-cost.md holds them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.buscosts import SCENARIOS, Cost, Costs, Scenario
from benchmarks.buses import VOLATILE, with_ours, with_reference
from benchmarks.tables import Tables, markdown

DOCUMENT: Final = Path(__file__).parent.parent / "docs" / "bus-cost.md"
TITLE: Final = "Bus cost: owserver 3.2p4 | owfs_py"
FIGURES: Final = ("resets", "slots", "conversions", "time")
COLUMNS: Final = ("", *FIGURES, *FIGURES)
OUR_ROUNDS: Final = 3
TIME_LIMIT: Final = 300
"""Seconds: reading twenty sensors one by one takes owserver 3.2p4 sixteen, three times over."""

TEXT: Final = f"""\
# What requests cost on the bus

Written by `bin/bench --write-docs`; `bin/bench` compares it with what it measures. The counts come
from an emulated wire with a DS2480B, so they are exact and do not depend on the machine.
On the left owserver 3.2p4, on the right owfs_py; both on the same bus of DS18B20 at 12 bits, with
external power unless the table says otherwise, and with values cached for {VOLATILE} s.

- **slots** are time slots, of 70 µs; a reset takes 960 µs. While a sensor converts owserver 3.2p4
  holds the bus and keeps asking whether it is done: that is the number behind the ≈, which depends
  on the machine's timers.
- **conversions** are those of all chips together: one that is shared by twenty sensors counts as
  twenty, though it is a single command and takes no longer than one.
- **time** is how long whoever asked had to wait: measured (≈) for owserver 3.2p4, and computed from
  the data sheets' times for owfs_py, which this benchmark runs on a virtual clock.

{{table}}
"""


def figures_of_reference(cost: Cost) -> tuple[str, ...]:
    polling = f" + ≈{cost.polling_slots}" if cost.polling_slots else ""
    seconds = f"≈{cost.seconds:.2f} s"
    return str(cost.resets), f"{cost.slots}{polling}", str(cost.conversions), seconds


def figures_of_ours(cost: Cost) -> tuple[str, ...]:
    seconds = f"{cost.seconds:.2f} s"
    return str(cost.resets), str(cost.slots + cost.polling_slots), str(cost.conversions), seconds


def as_document(reference: Costs, ours: Costs) -> str:
    rows = [
        (name, *figures_of_reference(reference[name]), *figures_of_ours(ours[name]))
        for name in ours
    ]
    return TEXT.format(table=markdown(COLUMNS, rows))


def without_measured_figures(document: str) -> str:
    """What must not change from run to run."""
    return re.sub(r"[ -]+", " ", re.sub(r"≈[\d.]+", "≈", document))


@pytest.fixture(scope="module")
def measured() -> tuple[Costs, Costs]:
    """The costs of owserver 3.2p4 and of ours, gathered by the benchmarks of this module."""
    return {}, {}


@pytest.mark.timeout(TIME_LIMIT)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.work.__name__)
def test_cost_on_the_bus(
    benchmark: BenchmarkFixture,
    scenario: Scenario,
    measured: tuple[Costs, Costs],
    tables: Tables,
) -> None:
    what = (scenario.work, scenario.sensors, scenario.parasitic)
    ours = benchmark.pedantic(with_ours, args=what, rounds=OUR_ROUNDS)
    reference = with_reference(*what)
    assert ours.keys() == reference.keys()
    for name, cost in ours.items():
        tables.add(
            TITLE, COLUMNS[1:], name, *figures_of_reference(reference[name]), *figures_of_ours(cost)
        )
    for costs, found in zip(measured, (reference, ours), strict=True):
        costs |= found
    benchmark.extra_info |= {"owserver 3.2p4": as_numbers(reference), "owfs_py": as_numbers(ours)}


def as_numbers(costs: Costs) -> dict[str, tuple[int, int, int, float]]:
    return {
        name: (cost.resets, cost.slots + cost.polling_slots, cost.conversions, cost.seconds)
        for name, cost in costs.items()
    }


def test_the_document_tells_what_was_measured(
    measured: tuple[Costs, Costs], pytestconfig: pytest.Config
) -> None:
    if len(measured[0]) < 2:
        pytest.fail("run together with the benchmarks of this module")
    document = as_document(*measured)
    if pytestconfig.getoption("--write-docs"):
        DOCUMENT.write_text(document, encoding="utf-8")
    written = DOCUMENT.read_text(encoding="utf-8")
    assert without_measured_figures(written) == without_measured_figures(document)

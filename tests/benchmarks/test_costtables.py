"""How costs are written down: what is exact, what is measured, and what may differ next time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from benchmarks.adapters import ADAPTERS, DS2480B, Adapter
from benchmarks.buscosts import Cost
from benchmarks.costtables import (
    Measured,
    as_document,
    columns_for,
    figures_for,
    figures_of_ours,
    figures_of_reference,
    without_measured_figures,
)

CHEAP = Cost(resets=2, slots=232, polling_slots=0, conversions=1, seconds=0.78, crossed=66)
DEAR = Cost(resets=3, slots=320, polling_slots=128, conversions=1, seconds=0.81, crossed=124)
VARYING = next(adapter for adapter in ADAPTERS if adapter.varies)


def document(reference: Cost, ours: Cost = CHEAP, adapter: Adapter = DS2480B) -> str:
    measured = Measured({"temperature": reference}, {"temperature": ours})
    return as_document(measured, {adapter: measured})


def test_slots_that_only_ask_whether_a_conversion_is_over_are_apart() -> None:
    assert figures_of_reference(DEAR) == ("3", "320 + ≈128", "1", "≈0.81 s")
    assert figures_of_reference(CHEAP) == ("2", "232", "1", "≈0.78 s")
    assert figures_of_ours(DEAR) == ("3", "448", "1", "0.81 s")


def test_so_is_what_crosses_for_them() -> None:
    row = figures_for(DS2480B, DEAR, CHEAP)
    assert row[:5] == ("3", "320 + ≈128", "1", "92 + ≈32", "≈0.81 s")
    assert row[5:] == ("2", "232", "1", "66", "0.78 s")
    assert len(columns_for(DS2480B)) == len(row)


def test_what_varies_of_what_crosses_is_measured() -> None:
    assert figures_for(VARYING, DEAR, CHEAP)[3] == "≈124"


def test_each_adapter_has_a_table_that_names_what_is_counted() -> None:
    measured = Measured({"temperature": DEAR}, {"temperature": CHEAP})
    text = as_document(measured, dict.fromkeys(ADAPTERS, measured))
    for adapter in ADAPTERS:
        _, _, table = text.partition(f"### {adapter.name}\n\n")
        assert table.split("\n", 1)[0].count(f" {adapter.unit} ") == 2


@pytest.mark.parametrize(
    "change",
    [{"polling_slots": 1360, "crossed": 124 + 154 * 2}, {"seconds": 16.1}],
    ids=["polls", "time"],
)
def test_measured_figures_may_change(change: dict[str, Any]) -> None:
    before, after = document(DEAR), document(replace(DEAR, **change))
    assert before != after
    assert without_measured_figures(before) == without_measured_figures(after)


@pytest.mark.parametrize("name", ["resets", "slots", "conversions", "crossed"])
def test_counts_may_not(name: str) -> None:
    dearer = replace(DEAR, **{name: getattr(DEAR, name) + 1})
    assert without_measured_figures(document(DEAR)) != without_measured_figures(document(dearer))


def test_nothing_of_ours_may_change() -> None:
    slower = replace(CHEAP, seconds=0.79)
    changed = document(DEAR, slower)
    assert without_measured_figures(document(DEAR)) != without_measured_figures(changed)

"""The contract for adapters that select and search by themselves and have no single time slots.

Modules of such adapters derive from these classes and bring the fixture `closed_bench`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from owfs_py._search import RomSearch
from owfs_py.bus.errors import NotSupportedError
from owfs_py.bus.masters.base import READ_BYTE
from tests.bus.masters import test_contract as contract
from tests.bus.masters import test_contract_failures as failures
from tests.bus.masters.bench import Bench, search_all
from tests.bus.masters.test_contract import MATCH_ROM, READ_ROM, READ_SCRATCHPAD, SKIP_ROM

_LONG = MATCH_ROM + bytes(8) + READ_BYTE * 300
OPERATIONS = {name: job for name, job in failures.OPERATIONS.items() if name != "bits"} | {
    "select": lambda bench: bench.master.reset_exchange(MATCH_ROM + bytes(8)),
    "select and bytes": lambda bench: bench.master.reset_exchange(_LONG),
    "whole transaction": lambda bench: bench.master.transact(MATCH_ROM + bytes(8) + READ_BYTE),
}


@pytest.fixture(params=list(OPERATIONS.values()), ids=list(OPERATIONS))
def operation(request: pytest.FixtureRequest) -> Callable[[Bench], object]:
    job: Callable[[Bench], object] = request.param
    return job


class Selecting(contract.TestSlots):
    """For those that do have single time slots."""

    RESETS = 1
    """Of what it takes to address a device."""

    def test_the_device_that_is_addressed_answers(self, bench: Bench) -> None:
        chips = bench.thermometers(3)
        before = bench.wire.counts.snapshot()
        for chip in chips:
            head = MATCH_ROM + chip.rom + READ_SCRATCHPAD
            back = bench.master.reset_exchange(head + READ_BYTE * 9)
            assert back == head + chip.scratchpad
        cost = bench.wire.counts - before
        assert (cost.resets, cost.slots) == (3 * self.RESETS, 3 * 8 * 19)
        assert bench.master.reset_exchange(SKIP_ROM) == SKIP_ROM


class Slots(Selecting):
    def _no_bits(self, bench: Bench, *args: Any) -> None:
        with pytest.raises(NotSupportedError, match="no single time slots"):
            bench.master.touch_bits([1, 0])

    def test_bits_are_sampled_lsb_first(self, bench: Bench) -> None:
        self._no_bits(bench)

    def test_bits_and_bytes_mix(self, bench: Bench) -> None:
        self._no_bits(bench)

    def test_bits_of_any_number_come_back(self, bench: Bench) -> None:
        self._no_bits(bench)


class Search(contract.TestSearch):
    def test_works_on_after_a_search(self, bench: Bench) -> None:
        (chip,) = bench.thermometers(1)
        search_all(bench.master)
        assert bench.master.reset_exchange(READ_ROM + READ_BYTE * 8) == READ_ROM + chip.rom


Power = contract.PlainPower


class Opening(failures.TestOpening):
    def test_opening_again_finds_the_adapter_in_whatever_state(self, bench: Bench) -> None:
        (chip,) = bench.thermometers(1)
        for leave in (
            lambda: bench.master.exchange(b"\x01"),
            lambda: bench.master.reset_exchange(MATCH_ROM + chip.rom),
            lambda: bench.master.reset_search_pass(0xF0, RomSearch()),
        ):
            leave()
            bench.master.close()
            bench.master.open()
            assert bench.master.reset_exchange(READ_ROM + READ_BYTE * 8) == READ_ROM + chip.rom

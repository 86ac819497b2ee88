"""The HA7E and HA7S: the contract, what they cannot tell, addressing the same device again."""

from __future__ import annotations

from typing import Any

import pytest

from owfs_py.bus.errors import (
    BusNotRespondingError,
    BusShortError,
    CommunicationError,
)
from owfs_py.bus.masters import open_master
from owfs_py.bus.masters.base import READ_BYTE, Can
from owfs_py.emulator import ha7e
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.tcp import TcpAdapter
from owfs_py.emulator.wire import Wire
from tests.bus.masters import addressing, checks
from tests.bus.masters import test_contract as contract
from tests.bus.masters import test_contract_failures as failures
from tests.bus.masters.addressing import operation  # noqa: F401  a fixture
from tests.bus.masters.bench import Bench, search_all
from tests.bus.masters.test_contract import MATCH_ROM, READ_ROM, READ_SCRATCHPAD


@pytest.fixture
def closed_bench() -> Bench:
    return Bench("ha7e", {}, ha7e.HA7E)


class TestResetAndPresence(contract.TestResetAndPresence):
    def test_empty_bus_is_no_error(self, bench: Bench) -> None:
        # Nor can it be told from one with devices.
        assert bench.master.reset() is True
        assert bench.master.reset_exchange(READ_ROM + READ_BYTE * 8) == READ_ROM + READ_BYTE * 8
        assert bench.master.exchange(READ_BYTE) == b"\xff"
        assert search_all(bench.master) == []

    def test_short_is_told_and_the_adapter_survives_it(self, bench: Bench) -> None:
        (chip,) = bench.thermometers(1)
        bench.wire.faults.short = True
        # The echo tells it, and a search that finds nobody.
        assert bench.master.reset_exchange(READ_ROM + READ_BYTE * 8) == bytes(9)
        with pytest.raises(BusShortError):
            search_all(bench.master)
        bench.wire.faults.short = False
        assert bench.master.reset_exchange(READ_ROM + READ_BYTE * 8) == READ_ROM + chip.rom


TestSlots = addressing.Slots


class TestSearch(addressing.Search):
    @pytest.mark.parametrize("wrong", [b"Z0ABCDEF12345678", b"00" * 8, b"280102", b"?"])
    def test_what_is_no_id_is_refused(self, bench: Bench, wrong: bytes) -> None:
        checks.refuses_as_an_id(bench, wrong + b"\r")

    def test_a_search_that_never_ends_is_given_up(self, bench: Bench) -> None:
        checks.gives_up_a_search_without_end(bench, lambda digits: digits + b"\r")


TestPower = addressing.Power
TestFailures = failures.TestFailures


class TestOpening(addressing.Opening):
    @pytest.mark.parametrize(
        "begun", [b"W12", b"W01CC", b"A00", b"A" + b"0" * 16, b"P", b"S", b"\xe3\xc1"]
    )
    def test_finds_it_in_the_middle_of_a_command(self, bench: Bench, begun: bytes) -> None:
        checks.finds_it_after(bench, begun)

    @pytest.mark.parametrize(
        ("answer", "reason"),
        [(b"OK\r", "'OK' is no answer to a reset"), (b"\r", "'' is no answer to 1 bytes")],
    )
    def test_something_else_that_talks_is_no_ha7e(
        self, closed_bench: Bench, answer: bytes, reason: str
    ) -> None:
        closed_bench.meddler.change = lambda _: answer
        with pytest.raises(BusNotRespondingError, match=f"no HA7E or HA7S: {reason}"):
            closed_bench.master.open()

    def test_an_adapter_that_is_given_back_may_save_power(self, bench: Bench) -> None:
        adapter = bench.adapter
        assert isinstance(adapter, ha7e.HA7E)
        assert not adapter.powered_down
        bench.master.close()
        assert adapter.powered_down

    def test_what_is_not_found_is_not_told_to(self, closed_bench: Bench) -> None:
        closed_bench.meddler.change = lambda _: b"OK\r"
        with pytest.raises(BusNotRespondingError):
            closed_bench.master.open()
        assert closed_bench.port.written == b"\rR"


class TestSelecting:
    def _sent(self, bench: Bench, *data: bytes) -> bytes:
        bench.port.written = b""
        for block in data:
            bench.master.reset_exchange(block)
        return bench.port.written

    def test_the_same_device_is_addressed_without_its_id(self, bench: Bench) -> None:
        one, other = bench.thermometers(2)
        address = MATCH_ROM + one.rom
        assert self._sent(bench, address).startswith(b"A" + one.rom[::-1].hex().upper().encode())
        assert self._sent(bench, address) == b"M"
        assert self._sent(bench, READ_ROM, address) == b"RW0133\rM"
        assert self._sent(bench, MATCH_ROM + other.rom, address).count(b"A") == 2

    def test_after_a_search_the_id_is_told(self, bench: Bench) -> None:
        one, _ = bench.thermometers(2)
        address = MATCH_ROM + one.rom
        bench.master.reset_exchange(address)
        search_all(bench.master)
        back = bench.master.reset_exchange(address + READ_SCRATCHPAD + READ_BYTE * 9)
        assert back == address + READ_SCRATCHPAD + one.scratchpad

    def test_an_adapter_that_forgot_the_device_is_told_once_more(self, bench: Bench) -> None:
        (chip,) = bench.thermometers(1)
        address = MATCH_ROM + chip.rom
        bench.master.reset_exchange(address)
        bench.adapter.power_up()
        with pytest.raises(CommunicationError, match="answers to address"):
            bench.master.reset_exchange(address)
        back = bench.master.reset_exchange(address + READ_SCRATCHPAD + READ_BYTE * 9)
        assert back == address + READ_SCRATCHPAD + chip.scratchpad


def test_works_behind_a_bridge_and_survives_a_lost_connection() -> None:
    wire = Wire()
    chips = [make_slave("28", index=n) for n in range(3)]
    for chip in chips:
        wire.attach(chip)
    with TcpAdapter(ha7e.HA7E(wire, any_rate=True)) as bridge:
        master: Any = open_master(f"ha7e://{bridge.address}", timeout=0.5)
        master.open()
        checks.survives_lost_connections(master, bridge, [chip.rom for chip in chips])


def test_is_known_by_name_and_number_and_what_it_can(closed_bench: Bench) -> None:
    master = closed_bench.master
    assert (master.name, master.version, master.can) == ("HA7E/S", 24, Can.NOTHING)

"""The HA5: the contract with and without checksums, letters, rates, branches, units in a row."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from owfs_py._crc import crc8
from owfs_py._search import RomSearch
from owfs_py.bus.errors import (
    BusError,
    BusNotRespondingError,
    CommunicationError,
    NotSupportedError,
    SearchError,
)
from owfs_py.bus.masters.base import READ_BYTE, SEARCH_ROM, Can
from owfs_py.bus.masters.ha5 import HA5
from owfs_py.bus.rom import RomId
from owfs_py.emulator import ha5
from owfs_py.emulator.ds2409 import DS2409
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.wire import Wire
from tests.bus.masters import addressing, checks
from tests.bus.masters import test_contract as contract
from tests.bus.masters import test_contract_failures as failures
from tests.bus.masters.bench import Bench, FlakyPort, attach_thermometers, search_all
from tests.bus.masters.test_contract import MATCH_ROM, READ_SCRATCHPAD

OPERATIONS = failures.OPERATIONS | addressing.OPERATIONS
operation = pytest.fixture(params=list(OPERATIONS.values()), ids=list(OPERATIONS))(
    lambda request: request.param
)

MODES = {"with checksums": True, "without": False}


@pytest.fixture(params=list(MODES.values()), ids=list(MODES))
def closed_bench(request: pytest.FixtureRequest) -> Bench:
    return Bench("ha5", {}, lambda wire: ha5.HA5(wire, checks=request.param))


class TestResetAndPresence(contract.TestResetAndPresence):
    @pytest.mark.parametrize("odd", [b"X\r", b"PP\r", b"\r"])
    def test_an_odd_answer_is_refused(self, bench: Bench, odd: bytes) -> None:
        bench.meddler.change = lambda answer: odd
        with pytest.raises(BusError, match="no answer to a reset"):
            bench.master.reset()


class TestSlots(addressing.Selecting):
    def test_an_id_that_is_repeated_otherwise_is_an_error(self) -> None:
        bench = Bench("ha5", {}, lambda wire: ha5.HA5(wire, checks=False))
        (chip,) = bench.thermometers(1)
        bench.master.open()
        bench.meddler.change = lambda answer: answer.replace(b"28\r", b"29\r")
        with pytest.raises(CommunicationError, match="answers to address"):
            bench.master.reset_exchange(MATCH_ROM + chip.rom)

    def test_a_wrong_checksum_is_an_error(self) -> None:
        bench = Bench("ha5", {}, ha5.HA5)
        bench.master.open()
        bench.meddler.change = lambda answer: answer.replace(b"8C\r", b"8D\r")
        with pytest.raises(BusError, match="'FF8D' has a wrong checksum"):
            bench.master.exchange(READ_BYTE)


class TestSearch(contract.TestSearch):
    def test_what_is_no_id_is_refused_and_nothing_of_the_list_is_left(self, bench: Bench) -> None:
        bench.thermometers(3)
        ids = [rom.hex() for rom in search_all(bench.master)]
        assert len(ids) == 3
        bench.meddler.change = lambda answer: answer.replace(b"28", b"29")
        with pytest.raises((SearchError, BusError)):
            search_all(bench.master)
        bench.meddler.change = bytes
        assert bench.master.exchange(b"\x0f") == b"\x0f"

    def test_a_search_that_never_ends_is_given_up(self, bench: Bench) -> None:
        bench.thermometers(1)
        bench.meddler.change = lambda answer: answer[:-1] * 2000
        with pytest.raises(SearchError, match="does not end"):
            search_all(bench.master)


TestPower = addressing.Power
TestFailures = failures.TestFailures


class TestOpening(failures.TestOpening):
    @pytest.mark.parametrize("begun", [b"aW12", b"a", b"aA00", b"aW01FFA5", b"aS,FF6C"])
    def test_finds_it_in_the_middle_of_a_command(self, bench: Bench, begun: bytes) -> None:
        checks.finds_it_after(bench, begun)

    @pytest.mark.parametrize("answer", [b"OK\r", b"FF00\r", b"FF8C8C\r"])
    def test_something_else_that_talks_is_no_ha5(self, closed_bench: Bench, answer: bytes) -> None:
        closed_bench.meddler.change = lambda _: answer
        with pytest.raises(BusNotRespondingError, match=f"no HA5: '{answer[:-1].decode()}'"):
            closed_bench.master.open()


@pytest.mark.parametrize("checks", [True, False])
def test_whether_there_are_checksums_is_told_and_is_not_for_us_to_change(checks: bool) -> None:
    bench = Bench("ha5", {}, lambda wire: ha5.HA5(wire, checks=checks))
    bench.master.open()
    assert bench.master.setting("ha5/checksum") is checks
    assert bench.master.setting("ha5/channel") == "a"
    bench.master.change_setting("ha5/checksum", checks)
    with pytest.raises(NotSupportedError, match="on the HA5 itself"):
        bench.master.change_setting("ha5/checksum", not checks)


def test_is_known_by_name_and_number_and_what_it_can() -> None:
    master = HA5("/dev/ttyUSB0")
    assert (master.name, master.version, master.can) == ("HA5", 23, Can.BRANCHES)


class TestRates:
    @pytest.mark.parametrize("rate", [1200, 19200, 38400, 115200])
    def test_the_rate_that_the_unit_is_set_to(self, rate: int) -> None:
        bench = Bench("ha5", {"baudrate": rate}, lambda wire: ha5.HA5(wire, baud=rate))
        (chip,) = bench.thermometers(1)
        bench.master.open()
        assert search_all(bench.master) == [chip.rom]

    def test_another_rate_finds_nobody(self) -> None:
        bench = Bench("ha5", {"baudrate": 19200}, ha5.HA5)
        with pytest.raises(BusNotRespondingError, match="no HA5: no answer"):
            bench.master.open()


def test_devices_on_a_branch_are_found() -> None:
    bench = Bench("ha5", {}, ha5.HA5)
    coupler = DS2409(RomId.make(0x1F, bytes(6)))
    bench.wire.attach(coupler)
    chips = [make_slave("28", index=n) for n in range(2)]
    for chip in chips:
        coupler.main.attach(chip)
    bench.thermometers(1)
    bench.master.open()
    smart_on = MATCH_ROM + coupler.rom + b"\xcc" + READ_BYTE * 3
    search, found = RomSearch(), []
    while not search.done:
        assert bench.master.reset_exchange(smart_on) is not None
        result = bench.master.search_pass(0xF0, search)
        assert result is not None
        assert search.advance(*result)
        found.append(RomId(result[0]))
    assert sorted(found) == sorted(chip.rom for chip in chips)


class Row:
    """Units with one, two and three thermometers on one line."""

    letters = "acz"

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.wires = {letter: Wire(self.clock) for letter in self.letters}
        roms = attach_thermometers(self.wires.values())
        self.roms = dict(zip(self.wires, roms, strict=True))
        self.adapter = ha5.HA5(self.wires)
        self.port = FlakyPort(self.adapter)
        self.port.close()
        self.opened = 0

    def open_port(self) -> FlakyPort:
        self.port.open()
        self.opened += 1
        return self.port

    def unit(self, letters: str, beside: HA5 | None = None) -> HA5:
        options: Any = {} if beside is not None else {"port": self.open_port}
        address = f"emulated:{letters}" if letters else "emulated"
        return HA5(address, self.clock, beside=beside, timeout=0.5, **options)


@pytest.fixture
def row() -> Row:
    return Row()


@pytest.fixture
def buses(row: Row) -> Iterator[list[HA5]]:
    first = row.unit(row.letters[0])
    buses = [first, *(row.unit(letter, first) for letter in row.letters[1:])]
    for bus in buses:
        bus.open()
    yield buses
    for bus in buses:
        bus.close()


class TestRow:
    def test_each_is_a_bus_and_all_share_one_port(self, row: Row, buses: list[HA5]) -> None:
        assert {bus.channel: sorted(search_all(bus)) for bus in buses} == row.roms
        assert [bus.address for bus in buses] == ["emulated"] * 3
        assert row.opened == 1

    @pytest.mark.parametrize(
        ("letters", "heard"), [("", "a"), ("all", "acz"), ("zya", "za"), ("bc", "c"), ("z", "z")]
    )
    def test_letters_are_tried_in_turn(self, row: Row, letters: str, heard: str) -> None:
        bus = row.unit(letters)
        bus.open()
        assert (bus.channel, bus.channels) == (heard[0], heard)
        assert sorted(search_all(bus)) == row.roms[heard[0]]

    def test_a_letter_once_known_is_kept(self, row: Row) -> None:
        bus = row.unit("")
        bus.open()
        bus.close()
        del row.adapter.units["a"]
        with pytest.raises(BusNotRespondingError):
            bus.open()
        assert bus.channel == "a"

    def test_a_letter_that_nobody_has_is_told(self, row: Row) -> None:
        for letters in ("b", "xyb"):
            with pytest.raises(BusNotRespondingError, match="emulated: no HA5: no answer"):
                row.unit(letters).open()
        assert not row.port.is_open

    def test_one_that_is_missing_does_not_disturb_the_others(
        self, row: Row, buses: list[HA5]
    ) -> None:
        del row.adapter.units["c"]
        with pytest.raises(BusError):
            buses[1].reset()
        buses[1].close()
        with pytest.raises(BusNotRespondingError):
            buses[1].open()
        assert sorted(search_all(buses[0])) == row.roms["a"]

    def test_a_port_pulled_out_is_opened_again_by_whoever_notices(
        self, row: Row, buses: list[HA5]
    ) -> None:
        row.port.unplug()
        with pytest.raises(BusError):
            buses[2].reset()
        buses[2].close()
        with pytest.raises(BusNotRespondingError):
            buses[2].open()
        row.port.plug()
        buses[2].open()
        assert {bus.channel: sorted(search_all(bus)) for bus in buses} == row.roms

    def test_the_last_one_closes_the_port(self, row: Row, buses: list[HA5]) -> None:
        for bus in buses:
            assert row.port.is_open
            bus.close()
        assert not row.port.is_open

    def test_a_job_on_one_keeps_nobody_waiting(self, row: Row, buses: list[HA5]) -> None:
        head = MATCH_ROM + row.roms["a"][0] + READ_SCRATCHPAD
        with buses[0].turn():
            assert buses[0].reset_exchange(head) == head
            with buses[1].turn():
                assert sorted(search_all(buses[1])) == row.roms["c"]
            back = buses[0].exchange(READ_BYTE * 9)
        assert back != READ_BYTE * 9
        assert crc8(back) == 0

    def test_commands_of_several_threads_do_not_mix(self, row: Row, buses: list[HA5]) -> None:
        found: dict[str, set[tuple[RomId, ...]]] = {letter: set() for letter in row.letters}

        def search(bus: HA5) -> None:
            for _ in range(50):
                found[bus.channel].add(tuple(sorted(bus.list_roms(SEARCH_ROM))))

        threads = [threading.Thread(target=search, args=(bus,)) for bus in buses]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == {letter: {tuple(roms)} for letter, roms in row.roms.items()}

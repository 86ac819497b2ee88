"""The MasterHub: the contract, channels, what it refuses, TCP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from owfs_py.bus.errors import (
    BusError,
    BusNotRespondingError,
    CommunicationError,
)
from owfs_py.bus.masters.base import READ_BYTE, Can
from owfs_py.bus.masters.masterhub import MAX_BLOCK, MasterHub
from owfs_py.emulator import masterhub
from owfs_py.emulator.tcp import TcpAdapter
from owfs_py.emulator.wire import Wire
from tests.bus.masters import addressing, checks
from tests.bus.masters import test_contract as contract
from tests.bus.masters import test_contract_failures as failures
from tests.bus.masters.addressing import operation  # noqa: F401  a fixture
from tests.bus.masters.bench import Bench, attach_thermometers, search_all
from tests.bus.masters.test_contract import MATCH_ROM


def hub(wire: Wire) -> masterhub.MasterHub:
    """With devices, if any, on its first channel only."""
    return masterhub.MasterHub({"1": wire, **{other: Wire(wire.clock) for other in "234W"}})


@pytest.fixture
def closed_bench() -> Bench:
    return Bench("masterhub", {}, hub)


class TestResetAndPresence(contract.TestResetAndPresence):
    @pytest.mark.parametrize("odd", [b"+ Maybe\r\n?", b"! Presence\r\n?", b"+\r\n?", b"\r\n?"])
    def test_an_odd_answer_is_refused(self, bench: Bench, odd: bytes) -> None:
        bench.meddler.change = lambda answer: odd
        with pytest.raises(BusError, match="answer"):
            bench.master.reset()


class TestSlots(addressing.Slots):
    def test_addressing_on_an_empty_bus_tells_that_nobody_is_there(self, bench: Bench) -> None:
        assert bench.master.reset_exchange(MATCH_ROM + bytes(8) + READ_BYTE) is None

    def test_an_address_that_is_refused_is_an_error(self, bench: Bench) -> None:
        (chip,) = bench.thermometers(1)
        bench.meddler.change = lambda answer: answer.replace(b"+\r", b"! Error\r")
        with pytest.raises(CommunicationError, match="'! Error' answers to an address"):
            bench.master.reset_exchange(MATCH_ROM + chip.rom)

    def test_no_command_is_longer_than_it_takes(self, bench: Bench) -> None:
        bench.port.written = b""
        bench.master.exchange(bytes(200))
        longest = max(map(len, bench.port.written.split(b"\r")))
        assert longest == len("W1") + 2 * MAX_BLOCK


class TestSearch(addressing.Search):
    @pytest.mark.parametrize("wrong", [b"Z0ABCDEF12345678", b"00" * 8, b"280102", b"No"])
    def test_what_is_no_id_is_refused(self, bench: Bench, wrong: bytes) -> None:
        checks.refuses_as_an_id(bench, b"+ " + wrong + b"\r\n?")

    def test_a_search_that_never_ends_is_given_up(self, bench: Bench) -> None:
        checks.gives_up_a_search_without_end(bench, lambda digits: b"+ %s\r\n?" % digits)


TestPower = addressing.Power
TestFailures = failures.TestFailures


class TestOpening(addressing.Opening):
    @pytest.mark.parametrize("begun", [b"W112", b"A1", b"r", b"x", b"\xe3\xc1"])
    def test_finds_it_in_the_middle_of_a_command(self, bench: Bench, begun: bytes) -> None:
        checks.finds_it_after(bench, begun)

    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            (b"OK\r\n?", "'OK' answers to 's'"),
            (b"! What\r\n?", "'! What' answers to 's'"),
            (b"+\r\n?", "'' is no list of channels"),
            (b"+ A\r\n?", "'A' is no list of channels"),
            (b"+ 1234\r\n?", "'1234' is no list of channels"),
            (b"+ A12-4\r\n?", "'A12-4' is no list of channels"),
            (b"login:", r"no answer|came instead"),
        ],
    )
    def test_something_else_that_talks_is_no_masterhub(
        self, closed_bench: Bench, answer: bytes, reason: str
    ) -> None:
        closed_bench.meddler.change = lambda _: answer
        with pytest.raises(BusNotRespondingError, match=f"no MasterHub: .*({reason})"):
            closed_bench.master.open()


class Hub:
    """Channels with one, two and three thermometers, on TCP."""

    def __init__(self) -> None:
        self.wires = {channel: Wire() for channel in "12W"}
        roms = attach_thermometers(self.wires.values())
        self.roms = dict(zip(self.wires, roms, strict=True))
        self.tcp = TcpAdapter(masterhub.MasterHub(self.wires))


@pytest.fixture
def unit() -> Iterator[Hub]:
    unit = Hub()
    with unit.tcp:
        yield unit


class TestChannels:
    def test_the_first_is_used_and_the_others_are_told(self, unit: Hub) -> None:
        bus = MasterHub(unit.tcp.address)
        assert (bus.name, bus.channels) == ("MasterHub", "")
        bus.open()
        assert (bus.name, bus.channel, bus.channels) == ("MasterHub(1)", "1", "12W")
        assert sorted(search_all(bus)) == unit.roms["1"]
        bus.close()

    def test_each_is_a_bus_and_all_share_one_connection(self, unit: Hub) -> None:
        first = MasterHub(unit.tcp.address)
        buses = [first, *(MasterHub(unit.tcp.address, channel=c, beside=first) for c in "2W")]
        for bus in buses:
            bus.open()
        assert {bus.channel: sorted(search_all(bus)) for bus in buses} == unit.roms
        assert [bus.name for bus in buses] == ["MasterHub(1)", "MasterHub(2)", "MasterHub(W)"]
        assert unit.tcp.connections == 1
        for bus in buses:
            bus.close()

    def test_a_job_on_one_keeps_the_others_waiting(self, unit: Hub) -> None:
        first = MasterHub(unit.tcp.address)
        second = MasterHub(unit.tcp.address, channel="2", beside=first)
        first.open()
        checks.keeps_the_other_waiting(first, second)
        first.close()

    def test_a_lost_connection_is_opened_once_for_all(self, unit: Hub) -> None:
        first = MasterHub(unit.tcp.address, timeout=0.5)
        second = MasterHub(unit.tcp.address, channel="2", beside=first)
        first.open()
        second.open()
        unit.tcp.unplug()
        with pytest.raises(BusError):
            second.reset()
        second.close()
        with pytest.raises(BusNotRespondingError, match=unit.tcp.address):
            second.open()
        unit.tcp.plug()
        second.open()
        assert sorted(search_all(first)) == unit.roms["1"]
        assert unit.tcp.connections == 2
        first.close()
        second.close()

    def test_one_that_is_not_there_is_told(self, unit: Hub) -> None:
        with pytest.raises(BusNotRespondingError, match="channel '3' is not among '12W'"):
            MasterHub(unit.tcp.address, channel="3").open()


def test_is_known_by_number_and_what_it_can() -> None:
    master = MasterHub("/dev/ttyACM0")
    assert (master.version, master.can) == (19, Can.NOTHING)

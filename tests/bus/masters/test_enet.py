"""OW-SERVER-ENET and ENET-2: the contract, channels on one connection, discovery."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from owfs_py.bus.errors import (
    BusError,
    BusNotRespondingError,
    BusShortError,
    CommunicationError,
)
from owfs_py.bus.masters import enet as driver
from owfs_py.bus.masters import enetfind, open_master
from owfs_py.emulator import enet
from owfs_py.emulator.tcp import TcpAdapter
from owfs_py.emulator.wire import Wire
from tests.bus.masters import addressing, checks
from tests.bus.masters import test_contract as contract
from tests.bus.masters import test_contract_failures as failures
from tests.bus.masters.addressing import operation  # noqa: F401  a fixture
from tests.bus.masters.announcer import Announcer
from tests.bus.masters.bench import Bench, attach_thermometers, search_all
from tests.bus.masters.test_contract import MATCH_ROM, READ_BYTE

MODELS = {
    "ENET": lambda wire: enet.Enet(wire),
    "ENET-2": lambda wire: enet.Enet(wire, Wire(wire.clock), Wire(wire.clock)),
}


@pytest.fixture(params=list(MODELS.values()), ids=list(MODELS))
def closed_bench(request: pytest.FixtureRequest) -> Bench:
    return Bench("enet", {}, request.param)


class TestResetAndPresence(contract.TestResetAndPresence):
    def test_an_odd_answer_is_no_short(self, bench: Bench) -> None:
        bench.meddler.change = lambda answer: b"PP\r\n"
        with pytest.raises(BusError, match="'PP' is no answer to a reset") as caught:
            bench.master.reset()
        assert not isinstance(caught.value, BusShortError)


class TestSlots(addressing.Slots):
    RESETS = 2  # with a command of its own, which tells whether anybody is there

    def test_addressing_on_an_empty_bus_tells_that_nobody_is_there(self, bench: Bench) -> None:
        assert bench.master.reset_exchange(MATCH_ROM + bytes(8) + READ_BYTE) is None

    def test_an_address_that_is_refused_is_an_error(self, bench: Bench) -> None:
        (chip,) = bench.thermometers(1)
        bench.meddler.change = lambda answer: answer.replace(b"+", b"?")
        with pytest.raises(CommunicationError, match="address"):
            bench.master.reset_exchange(MATCH_ROM + chip.rom)


class TestSearch(addressing.Search):
    @pytest.mark.parametrize("wrong", [b"Z0ABCDEF12345678", b"00" * 8, b"280102", b"", b"?"])
    def test_what_is_no_id_is_refused(self, bench: Bench, wrong: bytes) -> None:
        checks.refuses_as_an_id(bench, wrong + b"\r\n")

    def test_a_search_that_never_ends_is_given_up(self, bench: Bench) -> None:
        checks.gives_up_a_search_without_end(bench, lambda digits: digits + b"\r\n")


TestPower = addressing.Power
TestFailures = failures.TestFailures


class TestOpening(addressing.Opening):
    @pytest.mark.parametrize("begun", [b"W12", b"A00", b"W1", b"\x00\xc2"])
    def test_finds_it_in_the_middle_of_a_command(self, bench: Bench, begun: bytes) -> None:
        checks.finds_it_after(bench, begun)

    def test_something_else_that_talks_is_no_enet(self, closed_bench: Bench) -> None:
        closed_bench.meddler.change = lambda answer: b"login:\r\n"
        with pytest.raises(BusNotRespondingError, match="no OW-SERVER-ENET: 'login:'"):
            closed_bench.master.open()


class Enet2:
    """Three wires with one, two and three thermometers behind an ENET-2 on TCP."""

    def __init__(self) -> None:
        self.wires = [Wire() for _ in driver.CHANNELS]
        self.roms = attach_thermometers(self.wires)
        self.tcp = TcpAdapter(enet.Enet(*self.wires))

    def announcement(self) -> bytes:
        return enet.announcement(int(self.tcp.address.split(":")[1]), channels=True)


@pytest.fixture
def enet2() -> Iterator[Enet2]:
    unit = Enet2()
    with unit.tcp:
        yield unit


@pytest.fixture
def buses(enet2: Enet2, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[driver.Enet]]:
    with Announcer(enet2.announcement()) as announcer:
        monkeypatch.setattr(enetfind, "DISCOVERY_PORT", announcer.endpoint[1])
        unit = enetfind.unit_at(enet2.tcp.address)
        assert announcer.question == enet.QUESTION
    found = enetfind.drivers(unit, timeout=0.5)
    yield found
    for bus in found:
        bus.close()


class TestChannels:
    def test_each_is_a_bus_and_all_share_one_connection(
        self, enet2: Enet2, buses: list[driver.Enet]
    ) -> None:
        for bus in buses:
            bus.open()
        assert [sorted(search_all(bus)) for bus in buses] == enet2.roms
        assert [bus.address for bus in buses] == [enet2.tcp.address] * 3
        assert enet2.tcp.connections == 1

    def test_a_job_on_one_keeps_the_others_waiting(self, buses: list[driver.Enet]) -> None:
        for bus in buses:
            bus.open()
        checks.keeps_the_other_waiting(buses[0], buses[1])

    def test_a_lost_connection_is_noticed_by_all_and_opened_once(
        self, enet2: Enet2, buses: list[driver.Enet]
    ) -> None:
        for bus in buses:
            bus.open()
        enet2.tcp.unplug()
        with pytest.raises(BusError):
            buses[0].reset()
        buses[0].close()
        with pytest.raises(BusNotRespondingError, match=enet2.tcp.address):
            buses[0].open()
        with pytest.raises(BusError, match="not open"):
            buses[1].reset()
        enet2.tcp.plug()
        for bus in buses:
            bus.open()
        assert [sorted(search_all(bus)) for bus in buses] == enet2.roms
        assert enet2.tcp.connections == 2

    def test_one_can_be_named(self, enet2: Enet2) -> None:
        bus = driver.Enet(f"{enet2.tcp.address}/2")
        bus.open()
        assert sorted(search_all(bus)) == enet2.roms[1]
        bus.close()

    @pytest.mark.parametrize("channel", ["0", "4", "x", "12"])
    def test_there_are_three(self, channel: str) -> None:
        with pytest.raises(ValueError, match="no channel"):
            driver.Enet(f"somewhere/{channel}")


class TestDiscovery:
    @pytest.fixture(autouse=True)
    def _on_loopback(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(enetfind, "EVERYBODY", "127.0.0.1")
        monkeypatch.setattr(enetfind, "DISCOVERY_SECONDS", 0.1)

    @contextmanager
    def _answers(self, monkeypatch: pytest.MonkeyPatch, *answers: bytes) -> Iterator[None]:
        with Announcer(*answers) as announcer:
            monkeypatch.setattr(enetfind, "DISCOVERY_PORT", announcer.endpoint[1])
            yield

    def test_all_that_answer_are_found_once_each(self, monkeypatch: pytest.MonkeyPatch) -> None:
        first, second = enet.announcement(8080), enet.announcement(9090, channels=True)
        with self._answers(monkeypatch, enet.announcement(0), first, first, second):
            found = enetfind.units()
        buses = [bus.address for unit in found for bus in enetfind.drivers(unit)]
        assert buses == ["127.0.0.1:8080", *["127.0.0.1:9090"] * 3]

    @pytest.mark.parametrize(
        "odd",
        [
            b"",
            b"{}",
            b"[]",
            b"null",
            b"\xff",
            b"[" * 2000,
            *(b'{"TCPIntfPort": %b}' % port for port in (b'"x"', b'"-5"', b'"65536"', b"1e999")),
        ],
    )
    def test_an_odd_answer_hides_nobody(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, odd: bytes
    ) -> None:
        with caplog.at_level("INFO"), self._answers(monkeypatch, odd, enet.announcement(8080)):
            assert enetfind.units() == [enetfind.Unit("127.0.0.1:8080", has_channels=False)]
            assert enetfind.unit_at("127.0.0.1").has_channels is False
        assert caplog.text.count("an odd answer from 127.0.0.1: b") == 2

    @pytest.mark.parametrize("known", ["localhost", "127.0.0.1", "localhost:8080"])
    def test_those_that_are_known_are_left_out(
        self, monkeypatch: pytest.MonkeyPatch, known: str
    ) -> None:
        with self._answers(monkeypatch, enet.announcement(8080), enet.announcement(9090)):
            found = enetfind.units([known, "", "all", ":80"])
        assert found == [enetfind.Unit("127.0.0.1:9090", has_channels=False)]

    def test_one_that_is_switched_off_is_told_of_once(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        enetfind._tell_disabled.cache_clear()
        with self._answers(monkeypatch, enet.announcement(0)):
            assert enetfind.units() == enetfind.units() == []
        assert caplog.text.count("127.0.0.1 has its 1-Wire interface switched off") == 1

    def test_nobody_answering_is_no_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with self._answers(monkeypatch):
            assert enetfind.units() == []

    def test_a_network_that_cannot_be_asked_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(enetfind, "EVERYBODY", "256.0.0.0")
        with pytest.raises(BusNotRespondingError, match="cannot look for an OW-SERVER-ENET"):
            enetfind.units()

    def test_the_port_given_is_the_one_used(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with self._answers(monkeypatch, enet.announcement(8080, channels=True)):
            unit = enetfind.unit_at("127.0.0.1:8081")
        assert unit == enetfind.Unit("127.0.0.1:8081", has_channels=True)

    @pytest.mark.parametrize("channels", [1, 3])
    def test_one_that_does_not_answer_is_asked_over_its_connection(
        self, monkeypatch: pytest.MonkeyPatch, channels: int
    ) -> None:
        with TcpAdapter(enet.Enet(*(Wire() for _ in range(channels)))) as tcp:
            with self._answers(monkeypatch):
                unit = enetfind.unit_at(tcp.address)
            assert unit == enetfind.Unit(tcp.address, has_channels=channels > 1)
            tcp.unplug()
            with self._answers(monkeypatch), pytest.raises(BusNotRespondingError):
                enetfind.unit_at(tcp.address)

    @pytest.mark.parametrize("address", [":80", "host:port"])
    def test_what_is_no_address_is_refused(self, address: str) -> None:
        with pytest.raises(ValueError, match="not HOST"):
            enetfind.unit_at(address)
        with pytest.raises(ValueError, match="not HOST"):
            driver.Enet(address)


def test_the_time_out_for_networks_is_ours() -> None:
    master = open_master("enet://somewhere")
    assert isinstance(master, driver.Enet)
    master.set_timeout("network", 3)
    assert master.line.timeout == 4
    master.set_timeout("serial", 9)
    assert master.line.timeout == 4

"""The HA7Net: the contract on web pages without a network, odd pages, discovery."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from owfs_py.bus.errors import (
    BusError,
    BusNotRespondingError,
    BusShortError,
    BusTimeoutError,
    SearchError,
)
from owfs_py.bus.masters import ha7netfind, ha7pages, open_master
from owfs_py.bus.masters.base import READ_BYTE
from owfs_py.emulator import ha7net
from owfs_py.emulator.tcp import TcpAdapter
from owfs_py.emulator.wire import Wire
from tests.bus.masters import addressing
from tests.bus.masters import test_contract as contract
from tests.bus.masters import test_contract_failures as failures
from tests.bus.masters.addressing import operation  # noqa: F401  a fixture
from tests.bus.masters.announcer import Announcer
from tests.bus.masters.bench import TIMEOUT, Bench, search_all
from tests.bus.masters.ha7bench import HA7Bench
from tests.bus.masters.test_contract import MATCH_ROM, READ_ROM
from tests.bus.masters.test_contract_failures import SLACK


@pytest.fixture(params=[True, False], ids=["with locks", "without"])
def closed_bench(request: pytest.FixtureRequest) -> HA7Bench:
    return HA7Bench("ha7net", {"with_locks": request.param}, "")


class TestResetAndPresence(contract.TestResetAndPresence):
    def test_empty_bus_is_no_error(self, bench: Bench) -> None:
        # Nor can it be told from one with devices.
        assert bench.master.reset() is True
        assert bench.master.reset_exchange(READ_ROM + READ_BYTE * 8) == READ_ROM + READ_BYTE * 8
        assert bench.master.transact(READ_ROM + READ_BYTE * 8) == READ_ROM + READ_BYTE * 8
        assert bench.master.exchange(READ_BYTE) == b"\xff"
        assert search_all(bench.master) == []

    def test_short_is_told_by_the_block_that_selects_a_device(self, bench: Bench) -> None:
        (chip,) = bench.thermometers(1)
        bench.wire.faults.short = True
        for exchange in (bench.master.reset_exchange, bench.master.transact):
            with pytest.raises(BusShortError):
                exchange(MATCH_ROM + chip.rom + READ_BYTE)


class TestSlots(addressing.Slots):
    pass


class TestSearch(addressing.Search):
    def test_an_id_with_a_wrong_crc_is_refused(self, bench: Bench) -> None:
        bench.thermometers(2)
        bench.meddler.change = lambda answer: answer.replace(b'28">', b'29">')
        with pytest.raises(SearchError):
            search_all(bench.master)


class TestPower(addressing.Power):
    pass


class TestFailures(failures.TestFailures):
    def test_a_late_answer_is_a_bus_error_and_is_never_taken_for_another(
        self,
        bench: Bench,
        operation: Callable[[Bench], object],  # noqa: F811  the fixture
    ) -> None:
        # It goes down with its connection.
        (chip,) = bench.thermometers(1)
        bench.meddler.change = lambda answer: b""
        with pytest.raises(BusTimeoutError):
            operation(bench)
        bench.meddler.change = bytes
        assert bench.master.reset_exchange(READ_ROM + READ_BYTE * 8) == READ_ROM + chip.rom


class TestOpening(addressing.Opening):
    def test_nobody_there_is_told_quickly_with_port_and_reason(self, closed_bench: Bench) -> None:
        closed_bench.port.silent = True
        start = closed_bench.clock.now()
        with pytest.raises(BusNotRespondingError, match="emulated: no HA7Net: no answer"):
            closed_bench.master.open()
        assert closed_bench.clock.now() - start < TIMEOUT + SLACK
        assert not closed_bench.port.is_open


class TestPages:
    @pytest.mark.parametrize(
        ("change", "told"),
        [
            (lambda page: page.replace(b"200 OK", b"500 Oops"), "status 500 Oops"),
            (lambda page: page.replace(b"HTTP/1.1", b"FTP"), "FTP"),
            (lambda page: page.replace(b"</html>", b"<!---->"), "end of the page is missing"),
            (lambda page: page[:-20], "end of the page is missing"),
            (
                lambda page: page.replace(b'VALUE="01"', b'VALUE="0" '),
                "'0' is no answer to 1 bytes",
            ),
            (lambda page: page.replace(b'VALUE="01"', b'VALUE="zz"'), "'zz' is no answer"),
            (lambda page: page.replace(b"ResultData", b"SomethingX"), "'' is no answer"),
            (lambda page: b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 2_000_000, "does not end"),
        ],
    )
    def test_odd_ones_are_bus_errors(
        self, bench: HA7Bench, change: Callable[[bytes], bytes], told: str
    ) -> None:
        bench.meddler.change = change
        block = MATCH_ROM + bytes(8) + b"\x01"
        for ask in (
            lambda: bench.master.exchange(b"\x01"),
            lambda: bench.master.reset_exchange(block),
            lambda: bench.master.transact(block),
        ):
            with pytest.raises(BusError, match=f"emulated: .*{told}"):
                ask()

    def test_pages_without_length_and_in_another_style_are_read(self, bench: HA7Bench) -> None:
        bench.meddler.change = lambda page: (
            b"HTTP/1.0 200 OK\r\n\r\n"
            + page.split(b"\r\n\r\n", 1)[1]
            .replace(b"INPUT", b"input")
            .replace(b"</html", b"</HTML")
        )
        assert bench.master.exchange(b"\x01") == b"\x01"

    @pytest.mark.parametrize(
        "beginning",
        [
            b"",
            b"HTTP/1.1 ",
            b"HTTP/1.1 100 Continue\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nX: ",
            b"HTTP/1.1 200 OK\r\n\r\n",
        ],
    )
    def test_one_that_trickles_in_is_given_up_wherever_it_does(
        self, bench: HA7Bench, beginning: bytes
    ) -> None:
        bench.meddler.change = lambda page: beginning + b"x" * 60_000
        bench.port.piece, bench.port.pause = 1, TIMEOUT * 0.7
        start = bench.clock.now()
        with pytest.raises(BusTimeoutError, match="does not end"):
            bench.master.reset()
        assert bench.clock.now() - start == pytest.approx(TIMEOUT + ha7pages.PAGE_SECONDS)

    def test_one_that_is_slow_is_read(self, bench: HA7Bench) -> None:
        bench.port.piece, bench.port.pause = 20, TIMEOUT / 10
        assert bench.master.exchange(b"\x01") == b"\x01"


@pytest.mark.parametrize("address", [":80", "ha7.lan:noport", "ha7.lan:70000", "70000"])
def test_impossible_addresses_are_refused_at_once(address: str) -> None:
    with pytest.raises(ValueError, match="not HOST"):
        open_master(f"ha7net://{address}")


class TestDiscovery:
    @pytest.fixture(autouse=True)
    def _short(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        monkeypatch.setattr(ha7netfind, "DISCOVERY_SECONDS", 0.05)
        return iter([None])

    def test_the_first_that_answers_rightly_is_used(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with TcpAdapter(ha7net.HA7Net(Wire()), one_answer=True) as adapter:
            right = ha7net.announcement(int(adapter.address.split(":")[1]))
            wrong = (right[:-1], b"XX" + right[2:], ha7net.announcement(0), b"")
            with Announcer(*wrong, right) as announcer:
                monkeypatch.setattr(ha7netfind, "MULTICAST", announcer.endpoint)
                monkeypatch.setattr(ha7netfind, "DISCOVERY_SECONDS", 5.0)
                master = open_master("ha7net://")
                master.open()
                assert master.address == adapter.address
                assert master.exchange(b"\x0f") == b"\x0f"
                master.close()
            assert announcer.question == ha7net.QUESTION

    def test_nobody_answering_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with Announcer() as announcer:
            monkeypatch.setattr(ha7netfind, "MULTICAST", announcer.endpoint)
            with pytest.raises(BusNotRespondingError, match="no HA7Net answers"):
                open_master("ha7net://").open()

    def test_a_network_that_cannot_be_asked_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ha7netfind, "MULTICAST", ("256.0.0.0", 1))
        with pytest.raises(BusNotRespondingError, match="cannot look for an HA7Net"):
            open_master("ha7net://").open()


class TestNetwork:
    def test_works_over_tcp_and_survives_a_lost_connection(self) -> None:
        with TcpAdapter(ha7net.HA7Net(Wire()), one_answer=True) as adapter:
            master = open_master(f"ha7net://{adapter.address}", timeout=0.5)
            master.open()
            assert master.reset_exchange(MATCH_ROM + bytes(8) + b"\x01")[-1] == 1
            adapter.drop_after = 30
            with pytest.raises(BusError):
                master.reset()
            assert master.reset() is True
            adapter.silent = True
            with pytest.raises(BusTimeoutError, match=r"within 0\.5 s"):
                master.reset()
            adapter.unplug()
            with pytest.raises(BusError, match="refused"):
                master.reset()
            adapter.silent = False
            adapter.plug()
            master.open()
            assert master.reset() is True

"""The HA7Net: the contract on web pages without a network, locks, odd pages, discovery."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from owfs_py._search import RomSearch
from owfs_py.bus.errors import BusError, BusNotRespondingError, BusTimeoutError, SearchError
from owfs_py.bus.masters import ha7net as driver
from owfs_py.bus.masters import ha7pages, open_master
from owfs_py.bus.masters.base import READ_BYTE, SEARCH_ROM
from owfs_py.bus.masters.discovery import Endpoint, endpoint
from owfs_py.bus.onewire import OneWire
from owfs_py.emulator import ha7net
from owfs_py.emulator.tcp import TcpAdapter
from owfs_py.emulator.virtualtime import run
from owfs_py.emulator.wire import Wire
from tests.bus.masters import addressing
from tests.bus.masters import test_contract as contract
from tests.bus.masters import test_contract_failures as failures
from tests.bus.masters.addressing import operation  # noqa: F401  a fixture
from tests.bus.masters.announcer import Announcer
from tests.bus.masters.bench import TIMEOUT, Bench, search_all
from tests.bus.masters.ha7bench import Connection, HA7Bench
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
        assert bench.master.exchange(READ_BYTE) == b"\xff"
        assert search_all(bench.master) == []


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


class TestLocks:
    def test_a_job_takes_the_lock_and_gives_it_back(self, bench: HA7Bench) -> None:
        given = bench.ha7net.locks_given
        with bench.master.turn():
            bench.master.exchange(b"\x01")
            assert bench.ha7net.is_locked == bench.ha7net.with_locks
            bench.master.exchange(b"\x02")
        assert not bench.ha7net.is_locked
        assert bench.ha7net.locks_given - given == bench.ha7net.with_locks

    def test_a_job_that_fails_gives_it_back(self, bench: HA7Bench) -> None:
        def job() -> None:
            with bench.master.turn():
                bench.master.reset()
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            job()
        assert not bench.ha7net.is_locked

    def test_all_passes_of_a_search_are_one_page_without_a_lock(self, bench: HA7Bench) -> None:
        bench.thermometers(5)
        bench.ha7net.requests.clear()
        search, passes = RomSearch(), 0
        while not search.done:
            with bench.master.turn():
                found = bench.master.reset_search_pass(SEARCH_ROM, search)
            assert found is not None
            assert search.advance(*found)
            passes += 1
        assert passes == 5
        assert bench.ha7net.requests == ["/1Wire/Search.html"]

    def test_somebody_else_is_waited_for_but_not_for_ever(self) -> None:
        bench = HA7Bench("ha7net", {}, "")
        bench.master.open()
        other = driver.HA7Net("other", bench.clock, dial=bench.port.connect)
        other.open()
        for job in (bench.master.reset, lambda: search_all(bench.master)):
            start = bench.clock.now()
            with other.turn():
                other.reset()
                with (
                    pytest.raises(BusError, match="GetLock: Locked by another"),
                    bench.master.turn(),
                ):
                    job()
            assert TIMEOUT <= bench.clock.now() - start <= TIMEOUT + SLACK
        with bench.master.turn():
            bench.master.reset()
            with pytest.raises(BusError, match="Locked"):
                other.reset()

    def test_a_lock_that_was_lost_is_an_error(self) -> None:
        bench = HA7Bench("ha7net", {}, "")
        bench.master.open()
        other = driver.HA7Net("other", bench.clock, dial=bench.port.connect)
        other.open()
        with bench.master.turn():
            bench.master.reset()
            bench.clock.advance(ha7net.LOCK_SECONDS + 1)
            with other.turn():
                other.reset()
                with pytest.raises(BusError, match="Locked"):
                    bench.master.exchange(b"\x01")

    def test_one_that_could_not_be_given_back_is_used_on(self) -> None:
        bench = HA7Bench("ha7net", {}, "")
        bench.master.open()
        with bench.master.turn():
            bench.master.reset()
            bench.port.calls_left = 0
        bench.plug()
        assert bench.ha7net.is_locked
        with bench.master.turn():
            bench.master.reset()
        assert not bench.ha7net.is_locked

    def test_one_that_a_failure_left_is_given_back_by_opening(self) -> None:
        bench = HA7Bench("ha7net", {}, "")
        bench.master.open()

        def job() -> None:
            with bench.master.turn():
                bench.master.reset()
                bench.port.silent = True
                bench.master.reset()

        with pytest.raises(BusTimeoutError):
            job()
        assert bench.ha7net.is_locked
        start = bench.clock.now()
        bench.master.close()
        with pytest.raises(BusNotRespondingError):
            bench.master.open()
        assert bench.clock.now() - start <= TIMEOUT
        bench.port.silent = False
        bench.master.open()
        assert not bench.ha7net.is_locked


def test_a_bus_holds_the_lock_for_a_transaction_and_no_longer() -> None:
    bench = HA7Bench("ha7net", {}, "")
    (chip,) = bench.thermometers(1, temperature=21.5)

    async def main() -> bytes:
        async with OneWire(bench.master, clock=bench.clock) as onewire:
            assert f"/{chip.rom}" in (await onewire.dir("/")).entries
            return (await onewire.read(f"/{chip.rom}/temperature")).data

    assert float(run(main(), bench.clock)) == 21.5
    commands = [path.partition(".html")[0].rpartition("/")[2] for path in bench.ha7net.requests]
    held = "".join({"GetLock": "(", "ReleaseLock": ")"}.get(command, ".") for command in commands)
    assert re.fullmatch(r"\(\)\.(\(\.+\))+", held)
    assert bench.clock.now() - 1000 < 2.0


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
        with pytest.raises(BusError, match=f"emulated: .*{told}"):
            bench.master.exchange(b"\x01")

    def test_pages_without_length_and_in_another_style_are_read(self, bench: HA7Bench) -> None:
        bench.meddler.change = lambda page: (
            b"HTTP/1.0 200 OK\r\n\r\n"
            + page.split(b"\r\n\r\n", 1)[1]
            .replace(b"INPUT", b"input")
            .replace(b"</html", b"</HTML")
        )
        assert bench.master.exchange(b"\x01") == b"\x01"

    def test_a_page_that_trickles_in_is_given_up(self, bench: HA7Bench) -> None:
        endless = io.BytesIO(b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 100_000)

        class Slow(Connection):
            def makefile(self, mode: str) -> Any:
                return Trickle(endless.getvalue())

        class Trickle(io.BytesIO):
            def read1(self, size: int | None = -1) -> bytes:
                bench.clock.advance(0.01)
                return self.read(1)

        assert isinstance(bench.master, driver.HA7Net)
        bench.master._pages.dial = lambda to, timeout: Slow(bench.port, timeout)  # type: ignore
        start = bench.clock.now()
        with pytest.raises(BusError, match="does not end"):
            bench.master.reset()
        assert bench.clock.now() - start < ha7pages.PAGE_SECONDS + SLACK


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("ha7.lan", ("ha7.lan", 80)),
        ("ha7.lan:8080", ("ha7.lan", 8080)),
        ("[::1]", ("::1", 80)),
        ("[::1]:81", ("::1", 81)),
    ],
)
def test_addresses(address: str, expected: Endpoint) -> None:
    assert endpoint(address, driver.DEFAULT_PORT) == expected


@pytest.mark.parametrize("address", [":80", "ha7.lan:", "ha7.lan:http", "ha7.lan:70000"])
def test_impossible_addresses_are_refused_at_once(address: str) -> None:
    with pytest.raises(ValueError, match="not HOST"):
        open_master(f"ha7net://{address}")


class TestDiscovery:
    @pytest.fixture(autouse=True)
    def _short(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        monkeypatch.setattr(driver, "DISCOVERY_SECONDS", 0.05)
        return iter([None])

    def test_the_first_that_answers_rightly_is_used(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with TcpAdapter(ha7net.HA7Net(Wire()), one_answer=True) as adapter:
            right = ha7net.announcement(int(adapter.address.split(":")[1]))
            wrong = (right[:-1], b"XX" + right[2:], ha7net.announcement(0), b"")
            with Announcer(*wrong, right) as announcer:
                monkeypatch.setattr(driver, "MULTICAST", announcer.endpoint)
                monkeypatch.setattr(driver, "DISCOVERY_SECONDS", 5.0)
                master = open_master("ha7net://")
                master.open()
                assert master.address == adapter.address
                assert master.exchange(b"\x0f") == b"\x0f"
                master.close()
            assert announcer.question == ha7net.QUESTION

    def test_nobody_answering_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with Announcer() as announcer:
            monkeypatch.setattr(driver, "MULTICAST", announcer.endpoint)
            with pytest.raises(BusNotRespondingError, match="no HA7Net answers"):
                open_master("ha7net://").open()

    def test_a_network_that_cannot_be_asked_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(driver, "MULTICAST", ("256.0.0.0", 1))
        with pytest.raises(BusNotRespondingError, match="cannot look for an HA7Net"):
            open_master("ha7net://").open()


class TestNetwork:
    def test_works_over_tcp_and_survives_a_lost_connection(self) -> None:
        with TcpAdapter(ha7net.HA7Net(Wire()), one_answer=True) as adapter:
            master = open_master(f"ha7net://{adapter.address}", timeout=0.05)
            master.open()
            assert master.reset_exchange(MATCH_ROM + bytes(8) + b"\x01")[-1] == 1
            adapter.drop_after = 30
            with pytest.raises(BusError):
                master.reset()
            assert master.reset() is True
            adapter.silent = True
            with pytest.raises(BusTimeoutError, match=r"within 0\.05 s"):
                master.reset()
            adapter.unplug()
            with pytest.raises(BusError, match="refused"):
                master.reset()
            adapter.silent = False
            adapter.plug()
            master.open()
            assert master.reset() is True

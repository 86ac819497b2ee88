"""The LINK: the contract, its firmware's oddities, versions, rates, auxiliary line, TCP."""

from __future__ import annotations

from typing import Any

import pytest

from owfs_py.bus.errors import BusError, BusNotRespondingError, SearchError
from owfs_py.bus.masters import link as link_driver
from owfs_py.bus.masters import open_master
from owfs_py.bus.onewire import OneWire
from owfs_py.emulator import link
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.tcp import TcpAdapter
from owfs_py.emulator.virtualtime import run
from owfs_py.emulator.wire import Wire
from tests.bus.masters import checks
from tests.bus.masters import test_contract as contract
from tests.bus.masters import test_contract_failures as failures
from tests.bus.masters.bench import Bench, search_all
from tests.bus.masters.test_contract_failures import operation  # noqa: F401  a fixture

FIRMWARES: dict[str, dict[str, Any]] = {
    "plain": {},
    "with marks": {"data_mark": "?", "search_mark": ","},
}


def bench_of(options: dict[str, Any] | None = None, **chip: Any) -> Bench:
    return Bench("link", options or {}, lambda wire: link.Link(wire, **chip))


@pytest.fixture(params=FIRMWARES.values(), ids=FIRMWARES.keys())
def closed_bench(request: pytest.FixtureRequest) -> Bench:
    return bench_of(**request.param)


TestResetAndPresence = contract.TestResetAndPresence
TestSlots = contract.TestSlots


class TestSearch(contract.TestSearch):
    def test_an_id_with_a_wrong_crc_is_refused(self, bench: Bench) -> None:
        bench.thermometers(2)
        bench.meddler.change = lambda answer: answer.replace(b"28\r", b"29\r")
        with pytest.raises(SearchError):
            search_all(bench.master)
        bench.meddler.change = lambda answer: (
            b"+,0000000000000000\r\n" if b"28" in answer else answer
        )
        with pytest.raises(SearchError):
            search_all(bench.master)

    def test_a_search_that_never_ends_is_given_up(self, bench: Bench) -> None:
        bench.thermometers(1)
        bench.meddler.change = lambda answer: answer.replace(b"-,", b"+,").replace(
            b"N\r", bench.wire.slaves[0].rom[::-1].hex().encode() + b"\r"
        )
        with pytest.raises(SearchError):
            search_all(bench.master)

    def test_a_slave_that_answers_no_search_is_not_overlooked_silently(self, bench: Bench) -> None:
        checks.tells_of_slaves_that_answer_no_search(bench)


TestPower = contract.PlainPower
TestFailures = failures.TestFailures


class TestOpening(failures.TestOpening):
    @pytest.mark.parametrize("begun", [b"b12", b"b1", b"j0110", b"p44", b"t", b"\xe3\xb5\xe1"])
    def test_finds_it_in_the_middle_of_a_command(self, bench: Bench, begun: bytes) -> None:
        checks.finds_it_after(bench, begun)


@pytest.mark.parametrize(
    ("text", "name", "version"),
    [
        ("LINK v1.0", "LINK v1.0", 11),
        ("LINK v1.1", "LINK v1.1", 12),
        ("1.2", "LINK v1.2", 13),
        ("VM12a", "LINK OEM v1.2a", 13),
        ("VM12", "LINK OEM v1.2", 13),
        ("LinkUSB V1.3", "LinkUSB V1.3", 14),
        ("V1.4", "LinkUSB V1.4", 15),
        ("LinkUSB V1.5", "LinkUSB V1.5", 16),
        ("some Link V9.9", "Other LINK", 17),
    ],
)
def test_is_named_by_its_version(text: str, name: str, version: int) -> None:
    bench = bench_of(version=text)
    bench.master.open()
    assert (bench.master.name, bench.master.version) == (name, version)


def test_something_else_that_talks_is_no_link() -> None:
    bench = bench_of(version="Modem")
    with pytest.raises(BusNotRespondingError, match="'Modem' is no version of a LINK"):
        bench.master.open()


class TestRates:
    @pytest.mark.parametrize(("wanted", "used"), [(9600, 9600), (19200, 19200), (57600, 19200)])
    def test_the_rate_wanted_or_the_next_lower_that_the_line_bears(
        self, wanted: int, used: int
    ) -> None:
        bench = bench_of({"baudrate": wanted})
        (chip,) = bench.thermometers(1)
        bench.master.open()
        assert bench.port.baudrate == bench.master.setting("serial/baudrate") == used
        assert search_all(bench.master) == [chip.rom]

    def test_a_change_holds_from_open_on(self) -> None:
        bench = bench_of()
        bench.master.open()
        bench.master.change_setting("serial/baudrate", 19200)
        assert bench.master.setting("serial/baudrate") == 9600
        bench.master.close()
        bench.master.open()
        assert bench.master.setting("serial/baudrate") == 19200

    def test_left_at_the_rate_it_starts_with(self) -> None:
        bench = bench_of({"baudrate": 19200})
        adapter = bench.adapter
        assert isinstance(adapter, link.Link)
        bench.master.open()
        assert adapter.baud == 19200
        bench.master.close()
        assert adapter.baud == 9600
        bench.master.open()
        bench.port.unplug()
        bench.master.close()
        assert not bench.port.is_open

    def test_found_at_whatever_rate_it_was_left(self) -> None:
        bench = bench_of()
        bench.adapter.receive(b"^", 9600)
        bench.master.open()
        assert bench.port.baudrate == 9600
        assert bench.master.reset() is False

    def test_falls_back_if_the_higher_rate_does_not_work(self) -> None:
        bench = bench_of({"baudrate": 19200})
        bench.meddler.fastest = 9600
        bench.master.open()
        assert bench.port.baudrate == bench.master.setting("serial/baudrate") == 9600
        assert bench.master.reset() is False


class TestAuxiliaryLine:
    def test_is_driven_as_told_from_open_on(self) -> None:
        bench = bench_of()
        adapter = bench.adapter
        assert isinstance(adapter, link.Link)
        bench.master.change_setting("link/auxctrl", True)
        bench.master.open()
        assert adapter.aux_driven == 1
        bench.master.change_setting("link/auxctrl", False)
        bench.master.close()
        bench.master.open()
        assert adapter.aux_driven == 0

    def test_is_sensed(self) -> None:
        bench = bench_of()
        adapter = bench.adapter
        assert isinstance(adapter, link.Link)
        bench.master.open()
        assert bench.master.setting("link/auxsense") is True
        adapter.aux = 0
        assert bench.master.setting("link/auxsense") is False
        bench.meddler.change = lambda answer: b"x\r\n"
        with pytest.raises(BusError, match="level"):
            bench.master.setting("link/auxsense")


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("/dev/ttyUSB0", "/dev/ttyUSB0"),
        ("/dev/serial/by-path/pci-0000:00:14.0", "/dev/serial/by-path/pci-0000:00:14.0"),
        ("hub.lan", "socket://hub.lan:10001"),
        ("hub.lan:1234", "socket://hub.lan:1234"),
        ("192.168.1.2", "socket://192.168.1.2:10001"),
        ("[fe80::1]", "socket://[fe80::1]:10001"),
        ("[fe80::1]:1234", "socket://[fe80::1]:1234"),
        ("rfc2217://lan:2217", "rfc2217://lan:2217"),
    ],
)
def test_addresses(address: str, url: str) -> None:
    master = link_driver.Link(address)
    assert (master.address, master.line.url) == (address, url)


class TestHub:
    def test_works_over_tcp_and_survives_a_lost_connection(self) -> None:
        wire = Wire()
        chips = [make_slave("28", index=n) for n in range(3)]
        for chip in chips:
            wire.attach(chip)
        roms = sorted(chip.rom for chip in chips)
        with TcpAdapter(link.Link(wire, version="LinkHub-E v1.1", any_rate=True)) as hub:
            master = open_master(f"link://{hub.address}", timeout=0.5)
            master.open()
            assert (master.name, master.version) == ("LinkHub-E v1.1", 18)
            checks.survives_lost_connections(master, hub, roms)

    def test_silence_is_told_in_time(self) -> None:
        with TcpAdapter(link.Link(Wire(), any_rate=True)) as hub:
            master = open_master(f"link://{hub.address}", timeout=0.5)
            master.open()
            hub.silent = True
            with pytest.raises(BusError, match=r"no answer within 0\.5 s"):
                master.reset()
            master.close()


def test_a_bus_asks_for_the_level_of_the_auxiliary_line_and_drives_it() -> None:
    bench = bench_of()
    adapter = bench.adapter
    assert isinstance(adapter, link.Link)
    settings = "/bus.0/interface/settings/link"

    async def main() -> None:
        async with OneWire(bench.master, clock=bench.clock) as onewire:
            assert (await onewire.read(f"{settings}/auxsense")).data.strip() == b"1"
            adapter.aux = 0
            assert (await onewire.read(f"{settings}/auxsense")).data.strip() == b"0"
            await onewire.write(f"{settings}/auxctrl", b"1")
            assert adapter.aux_driven == 1

    run(main(), bench.clock)


class TestBridge:
    """A LINK on a serial line behind a bridge that speaks telnet with serial control."""

    @pytest.mark.parametrize(
        ("spec", "rate"),
        [("link://{}", 9600), ("link+rfc2217://{}", 9600), ("link+rfc2217://{}", 19200)],
    )
    def test_works_with_its_serial_control_and_without(self, spec: str, rate: int) -> None:
        checks.works_behind_a_bridge(link.Link(Wire(), version="LINK v1.1"), spec, rate)

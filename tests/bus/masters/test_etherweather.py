"""The EtherWeather: the contract, odd packets, long blocks, a lost connection."""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import (
    BusError,
    BusNotRespondingError,
    SearchError,
)
from owfs_py.bus.masters import open_master
from owfs_py.bus.masters.base import ALARM_SEARCH, READ_BYTE
from owfs_py.bus.onewire import OneWire
from owfs_py.emulator.etherweather import EtherWeather
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.tcp import TcpAdapter
from owfs_py.emulator.virtualtime import run
from owfs_py.emulator.wire import Wire
from tests.bus.masters import checks
from tests.bus.masters import test_contract as contract
from tests.bus.masters import test_contract_failures as failures
from tests.bus.masters.bench import Bench, search_all
from tests.bus.masters.connectedbench import ConnectedBench
from tests.bus.masters.test_contract import CONVERT_T, READ_ROM, SKIP_ROM
from tests.bus.masters.test_contract_failures import operation  # noqa: F401  a fixture

LONGEST_PACKET = 66


@pytest.fixture
def closed_bench() -> Bench:
    return ConnectedBench("etherweather", {}, EtherWeather)


class TestResetAndPresence(contract.TestResetAndPresence):
    def test_empty_bus_is_no_error(self, bench: Bench) -> None:
        # Nor can it be told from one with devices.
        assert bench.master.reset() is True
        assert bench.master.reset_exchange(READ_ROM + READ_BYTE * 8) == READ_ROM + READ_BYTE * 8
        assert search_all(bench.master) == search_all(bench.master, ALARM_SEARCH) == []

    def test_short_is_told_and_the_adapter_survives_it(self, bench: Bench) -> None:
        # It shows only in what is read, where no echo fits and no id has a family.
        (chip,) = bench.thermometers(1)
        bench.wire.faults.short = True
        assert bench.master.reset_exchange(READ_ROM + READ_BYTE * 8) == bytes(9)
        with pytest.raises(BusError):
            search_all(bench.master)
        bench.wire.faults.short = False
        assert bench.master.reset_exchange(READ_ROM + READ_BYTE * 8) == READ_ROM + chip.rom


class TestSlots(contract.TestSlots):
    def test_no_packet_is_longer_than_what_is_known_to_work(self, bench: Bench) -> None:
        for job in (
            lambda: bench.master.exchange(bytes(300)),
            lambda: bench.master.touch_bits([0] * 300),
        ):
            bench.port.written = b""
            job()
            packets, rest = [], bench.port.written
            while rest:
                packets.append(rest[: 1 + rest[0]])
                rest = rest[1 + rest[0] :]
            assert max(map(len, packets)) == LONGEST_PACKET


class TestSearch(contract.TestSearch):
    @pytest.mark.parametrize("place", [0x40, 0x7F, 0x80, 0xFD])
    def test_a_discrepancy_at_no_bit_is_refused(self, bench: Bench, place: int) -> None:
        bench.thermometers(2)
        bench.meddler.change = lambda answer: (
            answer[:-1] + bytes([place]) if len(answer) == 11 else answer
        )
        with pytest.raises(SearchError, match="no answer to a search"):
            search_all(bench.master)

    def test_slaves_that_are_lost_on_the_way_are_an_error(self, bench: Bench) -> None:
        bench.thermometers(2)
        answers = 0

        def lost(answer: bytes) -> bytes:
            nonlocal answers
            answers += len(answer) == 11
            return bytes([10]) + b"A" + bytes(8) + b"\xff" if answers == 2 else answer

        bench.meddler.change = lost
        with pytest.raises(SearchError):
            search_all(bench.master)


class TestPower(contract.PlainPower):
    @pytest.mark.parametrize(("wanted", "given"), [(0.01, 0.5), (0.5, 0.5), (0.75, 1.0)])
    def test_lasts_for_whole_halves_of_a_second(
        self, bench: Bench, wanted: float, given: float
    ) -> None:
        bench.master.reset_exchange(SKIP_ROM)
        assert bench.master.power_byte(CONVERT_T, wanted) == CONVERT_T
        assert bench.wire.counts.pullup_time == pytest.approx(given)


class TestFailures(failures.TestFailures):
    @pytest.mark.parametrize("answer", [b"\x02B", b"\x01r", b"\x00R", b"OK"])
    def test_a_packet_that_answers_something_else_is_an_error(
        self, bench: Bench, answer: bytes
    ) -> None:
        bench.meddler.change = lambda given: answer
        with pytest.raises(BusError, match="answers 01 52"):
            bench.master.reset()


class TestOpening(failures.TestOpening):
    def test_something_else_that_talks_is_no_etherweather(self, closed_bench: Bench) -> None:
        closed_bench.meddler.change = lambda answer: b"login:"
        with pytest.raises(BusNotRespondingError, match="no EtherWeather: 6c 6f answers 01 52"):
            closed_bench.master.open()


def test_works_over_tcp_and_survives_a_lost_connection() -> None:
    wire = Wire()
    chips = [make_slave("28", index=n) for n in range(3)]
    for chip in chips:
        wire.attach(chip)
    roms = sorted(chip.rom for chip in chips)
    with TcpAdapter(EtherWeather(wire), telnet=False) as unit:
        master = open_master(f"etherweather://{unit.address}", timeout=0.5)
        master.open()
        assert (master.name, master.version) == ("EtherWeather", 26)
        assert master.exchange(b"\xff\xff\xf0\x00") == b"\xff\xff\xf0\x00"
        checks.survives_lost_connections(master, unit, roms)


def test_the_core_tells_an_empty_bus_and_a_missing_device() -> None:
    bench = ConnectedBench("etherweather", {}, EtherWeather)
    (chip,) = bench.thermometers(1, temperature=21.5)

    async def main() -> None:
        async with OneWire(bench.master, clock=bench.clock) as onewire:
            assert f"/{chip.rom}" in (await onewire.dir("/")).entries
            assert float((await onewire.read(f"/{chip.rom}/temperature")).data) == 21.5
            chip.absent = True
            assert f"/{chip.rom}" not in (await onewire.dir("/uncached")).entries
            assert (await onewire.read(f"/uncached/{chip.rom}/present")).data == b"0"

    run(main(), bench.clock)

"""The HA7Net: how many requests there are, which of them need its lock, and what others do."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from owfs_py._search import RomSearch
from owfs_py.bus.cache import Timeouts
from owfs_py.bus.errors import BusError, BusNotRespondingError, BusTimeoutError
from owfs_py.bus.masters import ha7net as driver
from owfs_py.bus.masters.base import READ_BYTE, SEARCH_ROM
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.rom import RomId
from owfs_py.emulator import ha7net
from owfs_py.emulator.virtualtime import run
from tests.bus.masters.bench import TIMEOUT, search_all
from tests.bus.masters.ha7bench import HA7Bench
from tests.bus.masters.test_contract import MATCH_ROM, READ_ROM, READ_SCRATCHPAD, SKIP_ROM
from tests.bus.masters.test_contract_failures import SLACK


@pytest.fixture(params=[True, False], ids=["with locks", "without"])
def closed_bench(request: pytest.FixtureRequest) -> HA7Bench:
    return HA7Bench("ha7net", {"with_locks": request.param}, "")


@contextlib.contextmanager
def asked(bench: HA7Bench) -> Iterator[list[str]]:
    """The commands that the HA7Net is given inside, with brackets for its lock."""
    commands: list[str] = []
    before = len(bench.ha7net.requests)
    yield commands
    for path in bench.ha7net.requests[before:]:
        command, _, query = path.removeprefix("/1Wire/").partition(".html")
        if command == "WriteBlock" and "Address=" in query:
            command = "WriteBlock Address"
        commands.append({"GetLock": "(", "ReleaseLock": ")"}.get(command, command))


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
        for job in (
            bench.master.reset,
            lambda: search_all(bench.master),
            lambda: bench.master.transact(MATCH_ROM + bytes(8) + READ_BYTE),
        ):
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


class TestRequests:
    """How many there are, and which need the lock."""

    @pytest.mark.parametrize(
        ("length", "commands"),
        [
            (0, ["AddressDevice"]),
            (1, ["WriteBlock Address"]),
            (32, ["WriteBlock Address"]),
            (33, ["WriteBlock Address", "WriteBlock"]),
            (65, ["WriteBlock Address", "WriteBlock", "WriteBlock"]),
        ],
    )
    def test_a_device_is_selected_by_the_block_that_is_for_it(
        self, bench: HA7Bench, length: int, commands: list[str]
    ) -> None:
        (chip,) = bench.thermometers(1)
        rest = (READ_SCRATCHPAD + READ_BYTE * 64)[:length]
        with asked(bench) as requests:
            back = bench.master.reset_exchange(MATCH_ROM + chip.rom + rest)
        assert back is not None
        assert back[9:] == (READ_SCRATCHPAD + chip.scratchpad + READ_BYTE * 64)[:length]
        assert requests == commands

    @pytest.mark.parametrize(
        ("data", "commands"),
        [
            (MATCH_ROM + bytes(8) + READ_BYTE * 32, ["WriteBlock Address"]),
            (MATCH_ROM + bytes(8) + READ_BYTE * 33, ["(", "WriteBlock Address", "WriteBlock", ")"]),
            (SKIP_ROM + READ_SCRATCHPAD, ["(", "Reset", "WriteBlock", ")"]),
            (READ_ROM + READ_BYTE * 8, ["(", "Reset", "WriteBlock", ")"]),
        ],
    )
    def test_only_what_is_one_request_needs_no_lock(
        self, bench: HA7Bench, data: bytes, commands: list[str]
    ) -> None:
        with asked(bench) as requests, bench.master.turn():
            assert bench.master.transact(data) == data
        if not bench.ha7net.with_locks:
            commands = [command for command in commands if command not in "()"]
        assert requests == commands

    def test_one_on_which_others_build_needs_it(self) -> None:
        bench = HA7Bench("ha7net", {}, "")
        bench.master.open()
        with asked(bench) as requests, bench.master.turn():
            bench.master.reset_exchange(MATCH_ROM + bytes(8) + READ_BYTE)
            bench.master.exchange(READ_BYTE)
            bench.master.transact(MATCH_ROM + bytes(8) + READ_BYTE)
        block = "WriteBlock Address"
        assert requests == ["(", block, "WriteBlock", block, ")"]
        assert all("LockID=" in path for path in bench.ha7net.requests[-4:])

    def test_nobody_at_the_address_reads_as_ones(self, bench: HA7Bench) -> None:
        bench.thermometers(2)
        nobody = MATCH_ROM + RomId.make(0x28, b"nobody") + READ_SCRATCHPAD + READ_BYTE * 9
        assert bench.master.reset_exchange(nobody) == nobody
        assert bench.master.transact(nobody) == nobody

    def test_twenty_thermometers(self) -> None:
        bench = HA7Bench("ha7net", {}, "")
        chips = bench.thermometers(20, temperature=21.5)
        for chip in chips:
            chip.set_limits(-10, 40)  # or their values after power-on would be read for them

        async def main() -> None:
            async with OneWire(bench.master, clock=bench.clock) as onewire:

                async def read(path: str) -> float:
                    return float((await onewire.read(path)).data)

                async def sweep() -> None:
                    for chip in chips:
                        assert await read(f"/{chip.rom}/temperature") == 21.5

                with asked(bench) as requests:
                    assert len((await onewire.dir("/uncached")).entries) >= len(chips)
                assert requests == ["Search"]
                await sweep()
                first = f"/uncached/{chips[0].rom}"
                with asked(bench) as requests:
                    await read(f"{first}/latesttemp")
                assert requests == ["WriteBlock Address"]
                with asked(bench) as requests:
                    await read(f"{first}/temperature")
                assert requests == ["WriteBlock Address"] * 2
                await asyncio.sleep(Timeouts().volatile + 1)
                with asked(bench) as requests:
                    await sweep()
                everybody = ["(", "Reset", "WriteBlock", ")"]
                assert requests == everybody + ["WriteBlock Address"] * 20

        run(main(), bench.clock)


class TestTwoPrograms:
    """At the same HA7Net, which is one bus to both."""

    def test_what_is_read_meanwhile_is_not_mixed_with_what_the_other_reads(self) -> None:
        bench = HA7Bench("ha7net", {}, "")
        ours, theirs = bench.thermometers(2)
        ours.set_limits(-10, 40)
        bench.master.open()
        other = driver.HA7Net("other", bench.clock, dial=bench.port.connect)
        other.open()
        read: list[bytes] = []

        def the_other() -> Iterator[None]:
            with other.turn():
                other.reset_exchange(MATCH_ROM + theirs.rom + READ_SCRATCHPAD)
                yield
                read.append(other.exchange(READ_BYTE * 4))
                yield
                read.append(other.exchange(READ_BYTE * 5))
            yield

        steps = the_other()
        next(steps)

        def wait(seconds: float) -> None:
            bench.clock.wait(seconds)
            next(steps, None)

        head = MATCH_ROM + ours.rom + READ_SCRATCHPAD
        with pytest.MonkeyPatch.context() as patch, asked(bench) as requests:
            patch.setattr(bench.master, "clock", SimpleNamespace(now=bench.clock.now, wait=wait))
            with bench.master.turn():
                assert bench.master.transact(head + READ_BYTE * 9) == head + ours.scratchpad
        assert b"".join(read) == theirs.scratchpad
        block = "WriteBlock Address"
        # Refused, and so it asks for the lock until it gets it.
        assert requests == [block, "(", "WriteBlock", "(", "WriteBlock", ")", "(", block, ")"]
        assert not bench.ha7net.is_locked

    def test_what_is_read_in_one_request_keeps_nobody_waiting(self) -> None:
        bench = HA7Bench("ha7net", {}, "")
        (chip,) = bench.thermometers(1)
        bench.master.open()
        other = driver.HA7Net("other", bench.clock, dial=bench.port.connect)
        other.open()
        start = bench.clock.now()
        block = MATCH_ROM + chip.rom + READ_SCRATCHPAD + READ_BYTE * 9
        with bench.master.turn(), other.turn():
            for master in (bench.master, other, bench.master):
                assert master.transact(block) == block[:10] + chip.scratchpad
        assert bench.clock.now() == start

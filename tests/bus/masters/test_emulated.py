"""The emulated bus for trying things out: the contract on its pseudo-terminal, and being lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from owfs_py.bus.errors import BusError, BusTimeoutError
from owfs_py.bus.masters import open_master
from owfs_py.bus.masters.base import READ_BYTE
from owfs_py.bus.masters.emulated import Emulated
from owfs_py.bus.onewire import OneWire
from tests.bus.masters import test_contract as contract
from tests.bus.masters.bench import Bench, search_all
from tests.bus.masters.test_contract import READ_ROM


@dataclass
class ImpatientClock:
    """The real clock, but it jumps over long waits. A pseudo-terminal needs the short ones."""

    longest: float = 0.05
    """Seconds."""
    skipped: float = 0.0

    def now(self) -> float:
        return time.monotonic() + self.skipped

    def wait(self, seconds: float) -> None:
        if seconds > self.longest:
            self.skipped += seconds
        elif seconds > 0:
            time.sleep(seconds)


@dataclass
class EmulatedBench(Bench):
    """The bus master that brings its own wire."""

    kind: str = "emulate"
    options: dict[str, object] = field(default_factory=dict)
    chip: str = "ds2480b"
    clock: ImpatientClock = field(default_factory=ImpatientClock)  # type: ignore[assignment]

    def __post_init__(self) -> None:
        master = open_master("emulate://", clock=self.clock)
        assert isinstance(master, Emulated)
        self.master: Emulated = master
        self.pty = master._pty
        self.wire = master.emulation.wire


@pytest.fixture
def closed_bench() -> Iterator[EmulatedBench]:
    bench = EmulatedBench()
    yield bench
    bench.master.close()
    bench.pty.close()


TestResetAndPresence = contract.TestResetAndPresence
TestSlots = contract.TestSlots
TestSearch = contract.TestSearch
TestPower = contract.TestPower


class TestFailures:
    def test_one_that_is_gone_is_a_bus_error_and_comes_back_when_it_is_opened(
        self, bench: EmulatedBench
    ) -> None:
        (chip,) = bench.thermometers(1)
        bench.pty.unplug()
        for operation in (bench.master.reset, lambda: search_all(bench.master)):
            with pytest.raises(BusError):
                operation()
        bench.master.close()
        bench.master.open()
        assert bench.master.reset_exchange(READ_ROM + READ_BYTE * 8) == READ_ROM + chip.rom

    def test_silence_is_told_in_time(self, bench: EmulatedBench) -> None:
        bench.master.set_timeout("serial", 0.05)
        bench.pty.silent = True
        with pytest.raises(BusTimeoutError, match=r"within 0\.05 s"):
            bench.master.reset()
        bench.pty.silent = False
        bench.master.close()
        bench.master.open()
        assert bench.master.reset() is False

    def test_the_core_has_it_back_at_once(self, closed_bench: EmulatedBench) -> None:
        # Fed from the line, so that conversions are waited for with the clock that jumps.
        chip = closed_bench.thermometers(1, parasitic=True)[0]

        async def main() -> None:
            async with OneWire(closed_bench.master, clock=closed_bench.clock) as ow:
                assert f"/{chip.rom}" in (await ow.dir("/")).entries
                for degrees in (21.5, -3.25):
                    chip.temperature = degrees
                    reading = await ow.read(f"/uncached/{chip.rom}/temperature")
                    assert float(reading.data) == degrees
                    closed_bench.pty.unplug()

        asyncio.run(main())

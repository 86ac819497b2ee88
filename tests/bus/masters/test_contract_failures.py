"""What every bus master must do when something fails: the contract of BusMaster, continued.

Adapters, ports and lines that fail, garbled answers, opening in whatever state.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from random import Random

import pytest

from owfs_py.bus.errors import (
    BusError,
    BusNotRespondingError,
    BusTimeoutError,
    CommunicationError,
)
from owfs_py.bus.masters.base import ALARM_SEARCH, READ_BYTE
from tests.bus.masters.bench import TIMEOUT, Bench, search_all
from tests.bus.masters.test_contract import CONVERT_T, READ_ROM

ACCELERATOR_ON_AND_DATA_MODE, STRONG_PULLUP_ARMED = b"\xe3\xb5\xe1", b"\xe3\xef"  # DS2480B
SLACK = 1.0  # detection and time-outs may add up to so much
GARBLED_ANSWERS = 12
"""So many different ones for each operation."""

OPERATIONS: dict[str, Callable[[Bench], object]] = {
    "reset": lambda bench: bench.master.reset(),
    "bits": lambda bench: bench.master.touch_bits([1, 0, 1, 1]),
    "bytes": lambda bench: bench.master.exchange(b"\xe3\x01\x02" * 100),
    "reset and bytes": lambda bench: bench.master.reset_exchange(READ_ROM + READ_BYTE * 8),
    "search": lambda bench: search_all(bench.master),
    "alarm search": lambda bench: search_all(bench.master, ALARM_SEARCH),
    "strong pull-up": lambda bench: bench.master.power_byte(CONVERT_T, 0.01),
}


@pytest.fixture(params=OPERATIONS.values(), ids=OPERATIONS.keys())
def operation(request: pytest.FixtureRequest) -> Callable[[Bench], object]:
    return request.param


class TestFailures:
    @pytest.mark.no_cover  # the same lines thousands of times
    def test_an_adapter_pulled_out_anywhere_is_a_bus_error_and_can_be_reopened(
        self, bench: Bench, operation: Callable[[Bench], object]
    ) -> None:
        (chip,) = bench.thermometers(1)
        failures = 0
        # An I2C bus takes thousands of calls, for the same things again and again.
        for calls in (*range(60), *range(60, 10_000, 61)):
            bench.port.calls_left = calls
            try:
                operation(bench)
                break
            except (BusError, CommunicationError):
                failures += 1
            bench.master.close()
            with pytest.raises(BusNotRespondingError, match="emulated"):
                bench.master.open()
            bench.plug()
            bench.master.open()
            assert bench.master.reset_exchange(READ_ROM + READ_BYTE * 8) == READ_ROM + chip.rom
        assert failures >= 2

    def test_no_answer_is_a_bus_error_in_time(
        self, bench: Bench, operation: Callable[[Bench], object]
    ) -> None:
        (chip,) = bench.thermometers(1)
        bench.port.silent = True
        start = bench.clock.now()
        with pytest.raises(BusTimeoutError):
            operation(bench)
        assert bench.clock.now() - start <= TIMEOUT + SLACK
        bench.master.close()
        with pytest.raises(BusNotRespondingError):
            bench.master.open()
        bench.port.silent = False
        bench.master.open()
        assert bench.master.reset_exchange(READ_ROM + READ_BYTE * 8) == READ_ROM + chip.rom

    def test_half_an_answer_is_a_bus_error_in_time(
        self, bench: Bench, operation: Callable[[Bench], object]
    ) -> None:
        bench.thermometers(1)
        bench.meddler.change = lambda answer: answer[: len(answer) // 2]
        start = bench.clock.now()
        with pytest.raises(BusError):
            operation(bench)
        assert bench.clock.now() - start <= TIMEOUT + SLACK

    def test_a_late_answer_is_a_bus_error_and_is_never_taken_for_another(
        self, bench: Bench, operation: Callable[[Bench], object]
    ) -> None:
        (chip,) = bench.thermometers(1)
        held: list[bytes] = [b""]

        def one_behind(answer: bytes) -> bytes:
            held.append(answer)
            return held.pop(0)

        bench.meddler.change = one_behind
        with pytest.raises(BusError):
            operation(bench)
        bench.master.close()
        bench.meddler.change = lambda answer: held.pop() + answer if held else answer
        with contextlib.suppress(BusNotRespondingError):
            bench.master.open()
        bench.master.open()
        assert bench.master.reset_exchange(READ_ROM + READ_BYTE * 8) == READ_ROM + chip.rom

    def test_bytes_that_nobody_asked_for_never_shift_the_answers(
        self, bench: Bench, operation: Callable[[Bench], object]
    ) -> None:
        (chip,) = bench.thermometers(1)
        bench.meddler.change = lambda answer: answer + b"\x55" if answer else b""
        with self._reopened_after_bus_error(bench):
            operation(bench)
        bench.meddler.change = bytes
        with self._reopened_after_bus_error(bench):
            assert bench.master.exchange(b"\x01\x02") == b"\x01\x02"
        assert bench.master.reset_exchange(READ_ROM + READ_BYTE * 8) == READ_ROM + chip.rom

    @contextlib.contextmanager
    def _reopened_after_bus_error(self, bench: Bench) -> Iterator[None]:
        try:
            yield
        except (BusError, CommunicationError):
            bench.master.close()
            bench.meddler.change = bytes
            bench.master.open()

    @pytest.mark.no_cover
    def test_nonsense_for_an_answer_raises_nothing_else_and_in_time(
        self, bench: Bench, operation: Callable[[Bench], object]
    ) -> None:
        (chip,) = bench.thermometers(1)
        random = Random(0)

        def garble(answer: bytes) -> bytes:
            size = len(answer) + random.choice((-1, 0, 0, 0, 1))
            return random.randbytes(max(size, 0)) if answer else b""

        for _ in range(GARBLED_ANSWERS):
            bench.meddler.change = garble
            start = bench.clock.now()
            with contextlib.suppress(BusError, CommunicationError):
                operation(bench)
            assert bench.clock.now() - start <= TIMEOUT + SLACK
            bench.meddler.change = bytes
            bench.master.close()
            bench.master.open()
            assert bench.master.reset_exchange(READ_ROM + READ_BYTE * 8) == READ_ROM + chip.rom

    @pytest.mark.parametrize("flipped", [0x01, 0x02, 0x10, 0x80])
    def test_noise_on_the_serial_line_never_gives_a_wrong_reset_bit_or_id(
        self, bench: Bench, flipped: int
    ) -> None:
        roms = sorted(chip.rom for chip in bench.thermometers(3))
        for victim in range(30):
            count = -1

            def garble(answer: bytes, victim: int = victim) -> bytes:
                nonlocal count
                out = bytearray(answer)
                for n in range(len(out)):
                    count += 1
                    if count == victim:
                        out[n] ^= flipped & (1 << bench.port.bytesize) - 1
                return bytes(out)

            bench.meddler.change = garble
            try:
                assert set(search_all(bench.master)) <= set(roms)
            except (BusError, CommunicationError):
                pass
            finally:
                bench.meddler.change = bytes
                bench.master.close()
                bench.master.open()
            assert sorted(search_all(bench.master)) == roms

    def test_using_a_closed_master_is_a_bus_error(
        self, closed_bench: Bench, operation: Callable[[Bench], object]
    ) -> None:
        with pytest.raises(BusError, match="not open"):
            operation(closed_bench)

    def test_closing_twice_or_unopened_does_no_harm(self, closed_bench: Bench) -> None:
        closed_bench.master.close()
        closed_bench.master.open()
        closed_bench.master.close()
        closed_bench.master.close()
        assert not closed_bench.port.is_open


class TestOpening:
    def test_nobody_there_is_told_quickly_with_port_and_reason(self, closed_bench: Bench) -> None:
        closed_bench.port.silent = True
        start = closed_bench.clock.now()
        with pytest.raises(BusNotRespondingError, match="emulated: no"):
            closed_bench.master.open()
        limit = 3.0 if closed_bench.kind == "serial" else 1.1
        assert closed_bench.clock.now() - start < limit
        assert not closed_bench.port.is_open

    def test_opening_takes_a_few_hundred_milliseconds_at_most(self, closed_bench: Bench) -> None:
        start = closed_bench.clock.now()
        closed_bench.master.open()
        assert closed_bench.clock.now() - start < 0.3

    def test_a_port_that_is_not_there_is_told_once(self, closed_bench: Bench) -> None:
        closed_bench.port.unplug()
        with pytest.raises(BusNotRespondingError) as caught:
            closed_bench.master.open()
        told = str(caught.value)
        assert told.count("No such file or directory") + told.count("Connection refused") == 1
        assert "Errno" not in told
        assert told.count(closed_bench.master.place) == 1

    def test_opening_again_finds_the_adapter_in_whatever_state(self, bench: Bench) -> None:
        (chip,) = bench.thermometers(1)
        for leave in (
            lambda: bench.master.exchange(b"\x01"),
            lambda: bench.master.touch_bits([1]),
            lambda: bench.port.write(ACCELERATOR_ON_AND_DATA_MODE),
            lambda: bench.port.write(STRONG_PULLUP_ARMED),
        ):
            leave()
            bench.master.close()
            bench.master.open()
            assert bench.master.reset_exchange(READ_ROM + READ_BYTE * 8) == READ_ROM + chip.rom

"""What every bus master must do: the contract of BusMaster, on an emulated wire."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from random import Random

import pytest

from owfs_py.bus.errors import (
    BusError,
    BusNotRespondingError,
    BusShortError,
    BusTimeoutError,
    CommunicationError,
)
from owfs_py.bus.masters.base import ALARM_SEARCH, READ_BYTE, Can
from owfs_py.emulator.thermometers import DS18B20
from tests.bus.masters.bench import TIMEOUT, Bench, search_all

MATCH_ROM, SKIP_ROM, READ_ROM = b"\x55", b"\xcc", b"\x33"
CONVERT_T, READ_SCRATCHPAD, WRITE_SCRATCHPAD = 0x44, b"\xbe", b"\x4e"
CONVERSION_SECONDS = 0.75
ACCELERATOR_ON_AND_DATA_MODE, STRONG_PULLUP_ARMED = b"\xe3\xb5\xe1", b"\xe3\xef"  # DS2480B
SLACK = 1.0  # detection and time-outs may add up to so much
ANY_LENGTH = range(131)
FAR_BEYOND = (255, 256, 257, 300, 1000)
"""Numbers of bytes or bits. Adapters take 32 to 256 at once."""
GARBLED_ANSWERS = 12
"""So many different ones for each operation."""


class TestResetAndPresence:
    def test_presence_of_one_and_of_many(self, bench: Bench) -> None:
        bench.thermometers(1)
        assert bench.master.reset() is True
        bench.thermometers(20)
        assert bench.master.reset() is True

    def test_empty_bus_is_no_error(self, bench: Bench) -> None:
        assert bench.master.reset() is False
        assert bench.master.reset_exchange(READ_ROM + READ_BYTE * 8) is None
        assert bench.master.exchange(READ_BYTE) == b"\xff"
        assert search_all(bench.master) == []

    def test_short_is_told_and_the_adapter_survives_it(self, bench: Bench) -> None:
        (chip,) = bench.thermometers(1)
        bench.wire.faults.short = True
        with pytest.raises(BusShortError):
            bench.master.reset()
        with pytest.raises(BusShortError):
            bench.master.reset_exchange(READ_ROM + READ_BYTE * 8)
        bench.wire.faults.short = False
        assert bench.master.reset_exchange(READ_ROM + READ_BYTE * 8) == READ_ROM + chip.rom

    def test_opens_on_a_shorted_line(self, closed_bench: Bench) -> None:
        closed_bench.wire.faults.short = True
        closed_bench.master.open()
        closed_bench.wire.faults.short = False
        closed_bench.thermometers(1)
        assert closed_bench.master.reset()


class TestSlots:
    def test_one_slave_tells_its_id(self, bench: Bench) -> None:
        (chip,) = bench.thermometers(1)
        assert bench.master.reset()
        assert bench.master.exchange(READ_ROM + READ_BYTE * 8) == READ_ROM + chip.rom
        assert bench.master.reset_exchange(READ_ROM + READ_BYTE * 8) == READ_ROM + chip.rom

    def test_bits_are_sampled_lsb_first(self, bench: Bench) -> None:
        (chip,) = bench.thermometers(1)
        bench.master.reset()
        assert bench.master.touch_bits([1, 1, 0, 0, 1, 1, 0, 0]) == [1, 1, 0, 0, 1, 1, 0, 0]
        bits = bench.master.touch_bits([1] * 64)
        assert bits == [chip.rom[n >> 3] >> (n & 7) & 1 for n in range(64)]

    def test_bits_and_bytes_mix(self, bench: Bench) -> None:
        (chip,) = bench.thermometers(1)
        bench.master.reset()
        bench.master.exchange(READ_ROM)
        assert bench.master.touch_bits([1] * 4) == [chip.rom[0] >> n & 1 for n in range(4)]
        rest = int.from_bytes(chip.rom, "little") >> 4
        assert bench.master.exchange(READ_BYTE * 7) == rest.to_bytes(8, "little")[:7]

    @pytest.mark.no_cover  # the same lines hundreds of times
    def test_blocks_of_any_length_come_back(self, bench: Bench) -> None:
        for length in (*ANY_LENGTH, *FAR_BEYOND):
            block = bytes((0xE3, 0xE1, 0xF1, 0xC1, 0x00, 0xFF, 0x55)[n % 7] for n in range(length))
            before = bench.wire.counts.slots
            assert bench.master.exchange(block) == block
            assert bench.wire.counts.slots - before == 8 * length

    @pytest.mark.no_cover
    def test_blocks_of_any_length_after_a_reset(self, bench: Bench) -> None:
        bench.thermometers(1)
        for length in (*ANY_LENGTH, *FAR_BEYOND):
            block = (b"\x00" + b"\xe3" * length)[:length]
            before = bench.wire.counts.snapshot()
            assert bench.master.reset_exchange(block) == block
            cost = bench.wire.counts - before
            assert (cost.resets, cost.slots) == (1, 8 * length)

    def test_every_byte_value_comes_back(self, bench: Bench) -> None:
        block = bytes(range(256))
        assert bench.master.exchange(block) == block

    @pytest.mark.no_cover
    def test_bits_of_any_number_come_back(self, bench: Bench) -> None:
        for length in (*ANY_LENGTH, *FAR_BEYOND):
            bits = [n * n % 3 % 2 for n in range(length)]
            assert bench.master.touch_bits(bits) == bits

    def test_resets_and_slots_are_those_asked_for(self, bench: Bench) -> None:
        bench.thermometers(1)
        before = bench.wire.counts.snapshot()
        bench.master.reset_exchange(READ_ROM + READ_BYTE * 8)
        cost = bench.wire.counts - before
        assert (cost.resets, cost.slots) == (1, 72)


class TestSearch:
    def _chips_with_limits(self, bench: Bench) -> list[DS18B20]:
        chips = bench.thermometers(5, temperature=20.0)
        for chip in chips:
            chip.set_limits(-10, 50)
        return chips

    @pytest.mark.parametrize("count", [1, 2, 5, 20])
    def test_finds_all_slaves(self, bench: Bench, count: int) -> None:
        chips = bench.thermometers(count)
        assert sorted(search_all(bench.master)) == sorted(chip.rom for chip in chips)

    def test_a_pass_costs_a_reset_and_200_slots(self, bench: Bench) -> None:
        bench.thermometers(5)
        before = bench.wire.counts.snapshot()
        search_all(bench.master)
        cost = bench.wire.counts - before
        assert (cost.resets, cost.slots) == (5, 1000)

    def test_alarm_search_finds_the_one_of_five_that_alarms(self, bench: Bench) -> None:
        chips = self._chips_with_limits(bench)
        hot = chips[3]
        hot.temperature = 90.0
        bench.master.reset_exchange(SKIP_ROM + bytes([CONVERT_T]))
        bench.clock.wait(CONVERSION_SECONDS)
        assert search_all(bench.master, ALARM_SEARCH) == [hot.rom]

    def test_alarm_search_with_no_alarm_finds_nobody(self, bench: Bench) -> None:
        self._chips_with_limits(bench)
        bench.master.reset_exchange(SKIP_ROM + bytes([CONVERT_T]))
        bench.clock.wait(CONVERSION_SECONDS)
        assert search_all(bench.master, ALARM_SEARCH) == []

    def test_works_on_after_a_search(self, bench: Bench) -> None:
        (chip,) = bench.thermometers(1)
        search_all(bench.master)
        assert bench.master.touch_bits([1, 0]) == [1, 0]
        assert bench.master.reset_exchange(READ_ROM + READ_BYTE * 8) == READ_ROM + chip.rom

    def test_the_slave_found_is_selected(self, bench: Bench) -> None:
        (chip,) = bench.thermometers(1)
        search_all(bench.master)
        assert bench.master.exchange(READ_SCRATCHPAD + READ_BYTE * 9)[1:] == chip.scratchpad

    @pytest.mark.parametrize("position", [0, 1, 31, 62])
    def test_slaves_that_fall_silent_are_not_taken_for_an_id(
        self, bench: Bench, position: int
    ) -> None:
        chips = bench.thermometers(2)
        # Noise in the slot with the direction throws out both slaves.
        for noisy in range(3 * position, 3 * position + 3):
            bench.wire.faults.noisy_slots = {bench.wire.counts.slots + 8 + noisy}
            try:
                found = search_all(bench.master)
            except (BusError, CommunicationError):
                continue
            assert set(found) <= {chip.rom for chip in chips}


class TestPower:
    def _convert(self, bench: Bench, chip: DS18B20, seconds: float) -> float:
        assert bench.master.reset_exchange(MATCH_ROM + chip.rom) == MATCH_ROM + chip.rom
        assert bench.master.power_byte(CONVERT_T, seconds) == CONVERT_T
        back = bench.master.reset_exchange(MATCH_ROM + chip.rom + READ_SCRATCHPAD + READ_BYTE * 9)
        assert back is not None
        return int.from_bytes(back[10:12], "little", signed=True) / 16

    def test_a_parasitic_thermometer_converts_if_fed(self, bench: Bench) -> None:
        chip = bench.thermometers(3, parasitic=True, temperature=21.5)[1]
        fed = Can.STRONG_PULLUP in bench.master.can
        assert self._convert(bench, chip, CONVERSION_SECONDS) == (21.5 if fed else 85.0)
        assert chip.brown_outs == (0 if fed else 1)

    def test_power_lasts_as_long_as_told(self, bench: Bench) -> None:
        bench.thermometers(1)
        start, before = bench.clock.now(), bench.wire.counts.pullup_time
        bench.master.reset_exchange(SKIP_ROM)
        bench.master.power_byte(CONVERT_T, 0.5)
        assert 0.5 <= bench.clock.now() - start < 0.55
        if Can.STRONG_PULLUP in bench.master.can:
            assert bench.wire.counts.pullup_time - before == pytest.approx(0.5, abs=0.01)

    def test_an_externally_powered_one_converts_on_any_adapter(self, bench: Bench) -> None:
        chip = bench.thermometers(2, temperature=-10.125)[0]
        assert self._convert(bench, chip, CONVERSION_SECONDS) == -10.125


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
        for calls in (*range(60), *range(60, 10_000, 17)):
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
        assert str(caught.value).count("could not open port") == 1

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

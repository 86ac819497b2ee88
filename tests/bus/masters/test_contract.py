"""What every bus master must do: the contract of BusMaster, on an emulated wire.

What it must do when something fails is in test_contract_failures.py.
"""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import (
    BusError,
    BusShortError,
    CommunicationError,
    NotSupportedError,
)
from owfs_py.bus.masters.base import ALARM_SEARCH, READ_BYTE, Can
from owfs_py.emulator.thermometers import DS18B20
from tests.bus.masters.bench import Bench, search_all

MATCH_ROM, SKIP_ROM, READ_ROM = b"\x55", b"\xcc", b"\x33"
CONVERT_T, READ_SCRATCHPAD, WRITE_SCRATCHPAD = 0x44, b"\xbe", b"\x4e"
CONVERSION_SECONDS = 0.75
ANY_LENGTH = range(131)
FAR_BEYOND = (255, 256, 257, 300, 1000)
"""Numbers of bytes or bits. Adapters take 32 to 256 at once."""


class TestResetAndPresence:
    def test_presence_of_one_and_of_many(self, bench: Bench) -> None:
        bench.thermometers(1)
        assert bench.master.reset() is True
        bench.thermometers(20)
        assert bench.master.reset() is True

    def test_empty_bus_is_no_error(self, bench: Bench) -> None:
        assert bench.master.reset() is False
        assert bench.master.reset_exchange(READ_ROM + READ_BYTE * 8) is None
        assert bench.master.transact(READ_ROM + READ_BYTE * 8) is None
        assert bench.master.exchange(READ_BYTE) == b"\xff"
        assert search_all(bench.master) == []

    def test_short_is_told_and_the_adapter_survives_it(self, bench: Bench) -> None:
        (chip,) = bench.thermometers(1)
        bench.wire.faults.short = True
        with pytest.raises(BusShortError):
            bench.master.reset()
        with pytest.raises(BusShortError):
            bench.master.reset_exchange(READ_ROM + READ_BYTE * 8)
        with pytest.raises(BusShortError):
            bench.master.transact(READ_ROM + READ_BYTE * 8)
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

    def test_what_nothing_builds_on_is_the_same_on_the_wire(self, bench: Bench) -> None:
        for chip in bench.thermometers(2):
            head = MATCH_ROM + chip.rom
            told = READ_SCRATCHPAD + chip.scratchpad + READ_BYTE * 60
            for length in (0, 1, 10, 32, 33, 70):
                data = head + (READ_SCRATCHPAD + READ_BYTE * 69)[:length]
                costs = []
                for exchange in (bench.master.reset_exchange, bench.master.transact):
                    before = bench.wire.counts.snapshot()
                    assert exchange(data) == head + told[:length]
                    cost = bench.wire.counts - before
                    costs.append((cost.resets, cost.slots))
                assert costs[0] == costs[1]

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


class PlainPower(TestPower):
    """For adapters with neither overdrive nor 12 V."""

    def test_has_neither_overdrive_nor_program_pulse(self, bench: Bench) -> None:
        with pytest.raises(NotSupportedError):
            bench.master.set_overdrive(True)
        with pytest.raises(NotSupportedError):
            bench.master.program_pulse()

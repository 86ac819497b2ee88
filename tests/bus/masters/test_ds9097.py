"""DS9097: characters that are resets and slots, and what can be told from their echo."""

from __future__ import annotations

from typing import Any

import pytest

from owfs_py.bus.errors import BusNotRespondingError, NotSupportedError
from owfs_py.bus.masters import open_master
from owfs_py.bus.masters.base import Can
from tests.bus.masters.bench import Bench, answered_by_each_byte, search_all


def opened(**options: Any) -> Bench:
    bench = Bench("ds9097", options, "ds9097")
    bench.master.open()
    bench.port.written = b""
    bench.port.writes = 0
    return bench


class TestBytesOnTheLine:
    @pytest.mark.parametrize("data_bits", [6, 8])
    def test_a_slot_is_a_character(self, data_bits: int) -> None:
        bench = opened(data_bits=data_bits)
        bench.master.touch_bits([1, 0])
        # With 3F for a 1, a port that goes on with 8 bits would make a second slot at its end.
        assert bench.port.written == b"\xff\x00"
        assert (bench.port.baudrate, bench.port.bytesize) == (115200, data_bits)

    def test_a_reset_is_a_character_at_9600(self) -> None:
        bench = opened()
        rates: list[tuple[int, int]] = []

        def note(answer: bytes) -> bytes:
            rates.append((bench.port.baudrate, bench.port.bytesize))
            return answer

        bench.meddler.change = note
        bench.master.reset()
        assert bench.port.written == b"\xf0"
        assert rates == [(9600, 8)]

    def test_a_block_is_one_write_up_to_a_bound(self) -> None:
        bench = opened()
        bench.master.exchange(bytes(32))
        assert bench.port.writes == 1
        bench.master.exchange(bytes(64))
        assert bench.port.writes == 3

    def test_a_search_waits_once_a_bit_and_not_at_all_on_the_known_path(self) -> None:
        bench = opened()
        chips = bench.thermometers(1)
        search_all(bench.master)
        assert bench.port.writes == 1 + 1 + 64
        bench.port.writes = 0
        chips += bench.thermometers(2)[1:]
        search_all(bench.master)
        assert bench.port.writes < 2 * (1 + 1 + 64)


class TestAnswers:
    def test_the_low_half_of_a_reset_is_ours_and_must_be_low(self) -> None:
        bench = opened()
        results = answered_by_each_byte(bench, bench.master.reset)
        assert results == {answer: answer != 0xF0 for answer in range(0x10, 0x100, 0x10)}

    def test_only_a_line_that_rises_once_is_a_slot(self) -> None:
        bench = opened(data_bits=8)
        results = answered_by_each_byte(bench, lambda: bench.master.touch_bits([1]))
        assert results == {0xFF << n & 0xFF: [n == 0] for n in range(9)}

    def test_a_zero_must_come_back_as_it_was_sent(self) -> None:
        bench = opened(data_bits=8)
        results = answered_by_each_byte(bench, lambda: bench.master.touch_bits([0]))
        assert results == {0x00: [0]}


class TestWhatItCannot:
    def test_no_pull_up_no_pulse_no_overdrive(self) -> None:
        bench = opened()
        assert bench.master.can == Can.BRANCHES
        with pytest.raises(NotSupportedError):
            bench.master.program_pulse()
        with pytest.raises(NotSupportedError):
            bench.master.set_overdrive(True)
        bench.master.set_overdrive(False)

    def test_a_bridge_that_cannot_change_speed_is_refused(self) -> None:
        bench = Bench("ds9097", {}, "ds9097")
        bench.master.line.fixed_rate = True
        with pytest.raises(BusNotRespondingError, match="changes of speed"):
            bench.master.open()

    def test_a_port_that_refuses_6_bits_gets_8(self) -> None:
        bench = Bench("ds9097", {}, "ds9097")
        bench.thermometers(2)
        bench.port.refused_bytesize = 6
        bench.master.open()
        assert bench.port.bytesize == 8
        assert len(search_all(bench.master)) == 2

    def test_6_bits_asked_for_and_refused_is_told(self) -> None:
        bench = Bench("ds9097", {"data_bits": 6}, "ds9097")
        bench.port.refused_bytesize = 6
        with pytest.raises(BusNotRespondingError, match="6 data bits"):
            bench.master.open()

    @pytest.mark.parametrize("data_bits", [5, 7, 9])
    def test_slots_have_6_or_8_bits(self, data_bits: int) -> None:
        with pytest.raises(ValueError, match="6 or 8"):
            open_master("ds9097:///dev/null", data_bits=data_bits)


def test_has_the_name_that_the_user_gave_it() -> None:
    bench = opened(name="HA4B")
    assert (bench.master.name, bench.master.version) == ("HA4B", 0)

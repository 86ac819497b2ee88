"""The emulated weather head."""

from __future__ import annotations

import pytest

from owfs_py.emulator.ws603 import ANSWER_TIME, WS603
from tests.emulator.chipbench import ChipBench


@pytest.fixture
def bench() -> ChipBench[WS603]:
    return ChipBench(WS603)


def test_it_answers_after_a_while_and_with_a_sum(bench: ChipBench[WS603]) -> None:
    bench.chip.readings[:] = b"\x64\x01\x02\x03\x04"
    bench.ask("6c 80 a1 a1 1e")
    assert bench.ask("69 88", 7) == bytes(7)
    bench.clock.advance(ANSWER_TIME)
    assert bench.ask("69 88", 7).hex() == "a164010203040f"


def test_parameters_have_a_command_of_their_own(bench: ChipBench[WS603]) -> None:
    bench.ask("6c 80 a0 a0 0e")
    bench.clock.advance(ANSWER_TIME)
    assert bench.ask("69 88", 2).hex() == "a001"


@pytest.mark.parametrize("request_", ["a1 a0 1e", "a1 a1 0e", "b1 b1 1e"])
def test_a_request_with_a_wrong_sum_or_end_is_not_answered(
    bench: ChipBench[WS603], request_: str
) -> None:
    bench.ask(f"6c 80 {request_}")
    bench.clock.advance(1)
    assert bench.ask("69 88", 7) == bytes(7)


def test_calibrations_are_parameters(bench: ChipBench[WS603]) -> None:
    bench.ask("6c 80 a3 78 1b 3e")
    bench.ask("6c 80 a4 05 a9 4e")
    assert bench.chip.parameters[1:3] == b"\x78\x05"


def test_lights_are_set(bench: ChipBench[WS603]) -> None:
    bench.ask("6c 80 a2 01 02 03 04 ac 2e")
    assert bench.chip.lights == b"\x01\x02\x03\x04"


def test_the_rest_is_a_ds2760(bench: ChipBench[WS603]) -> None:
    bench.chip.celsius = 1
    assert bench.ask("69 18", 2).hex() == "0100"

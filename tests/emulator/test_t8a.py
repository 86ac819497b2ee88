"""The emulated voltmeter T8A."""

from __future__ import annotations

import pytest

from owfs_py._crc import crc16
from owfs_py.emulator.t8a import T8A
from tests.emulator.chipbench import CRC16_GOOD, ChipBench


@pytest.fixture
def bench() -> ChipBench[T8A]:
    return ChipBench(T8A)


@pytest.mark.parametrize(
    ("channel", "volts", "upper", "lower"),
    [(0, 3.24097, 0x5A, 0xF0), (7, 0.0, 0xFF, 0xFF), (3, 5.0, 0x00, 0xF0), (1, 2.5, 0xFE, 0xFF)],
)
def test_a_voltage_comes_mirrored_and_complemented(
    bench: ChipBench[T8A], channel: int, volts: float, upper: int, lower: int
) -> None:
    bench.chip.volts[channel] = volts
    chosen = 4 * channel + 2
    answer = bench.ask(f"f5 a6 ff {chosen:02x}", 9)
    assert crc16(bytes((chosen,)) + answer) == CRC16_GOOD
    assert (answer[4], answer[6]) == (upper, lower)


def test_it_says_what_it_is(bench: ChipBench[T8A]) -> None:
    assert bench.ask_crc16("f0 7b 00", 5) == b"\xff" * 5
    assert bench.ask("f0 01 00", 4) == b"A189"


def test_the_rest_is_a_ds2406(bench: ChipBench[T8A]) -> None:
    assert bench.ask_crc16("f5 4d ff", 2)[0] == 0b11001111


def test_a_crc_can_be_spoiled(bench: ChipBench[T8A]) -> None:
    bench.chip.spoiled_crcs = 1
    assert [crc16(b"\x02" + bench.ask("f5 a6 ff 02", 9)) == CRC16_GOOD for _ in range(2)] == [
        False,
        True,
    ]

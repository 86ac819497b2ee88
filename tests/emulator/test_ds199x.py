"""The emulated memories with a battery against their data sheets."""

from __future__ import annotations

import pytest

from owfs_py.emulator.ds199x import DS1992, DS1993, DS1995, DS1996, BatteryMemory
from tests.emulator.chipbench import ChipBench

SIZES: dict[type[BatteryMemory], int] = {DS1992: 128, DS1993: 512, DS1995: 2048, DS1996: 8192}


@pytest.fixture(params=SIZES, ids=lambda kind: kind.chip)
def bench(request: pytest.FixtureRequest) -> ChipBench[BatteryMemory]:
    return ChipBench(request.param)


def test_a_memory_is_read_to_its_end_and_gives_ones_behind_it(
    bench: ChipBench[BatteryMemory],
) -> None:
    size = SIZES[type(bench.chip)]
    bench.chip.memory[-2:] = b"yz"
    address = (size - 2).to_bytes(2, "little").hex()
    assert bench.ask(f"F0 {address}", 4) == b"yz\xff\xff"


def test_the_example_of_the_data_sheet(bench: ChipBench[BatteryMemory]) -> None:
    """Two bytes to 0026h and 0027h."""
    bench.ask("0F 26 00 12 34")
    assert bench.ask("AA", 5) == bytes.fromhex("26 00 07 12 34")
    assert bench.chip.memory[0x26:0x28] == bytes(2), "nothing was copied yet"
    assert bench.ask("55 26 00 07", 2) == bytes(2), "zeros when it is done"
    assert bench.chip.memory[0x25:0x29] == bytes.fromhex("00 12 34 00")
    assert bench.ask("AA", 3) == bytes.fromhex("26 00 87"), "the authorization was accepted"


def test_a_wrong_authorization_copies_nothing(bench: ChipBench[BatteryMemory]) -> None:
    bench.ask("0F 26 00 12 34")
    assert bench.ask("55 26 00 06", 1) == b"\xff"
    assert not any(bench.chip.memory)


def test_a_full_scratchpad_gives_no_crc_and_flags_what_comes_behind_it(
    bench: ChipBench[BatteryMemory],
) -> None:
    bench.ask("0F 1E 00 12 34")
    assert bench.ask("AA", 3) == bytes.fromhex("1E 00 1F")
    bench.ask("0F 1E 00 12 34 56")
    assert bench.ask("AA", 5) == bytes.fromhex("1E 00 5F 12 34")


def test_an_incomplete_byte_is_flagged(bench: ChipBench[BatteryMemory]) -> None:
    bench.ask("0F 26 00 12")
    bench.wire.slot(1)
    assert bench.ask("AA", 3) == bytes.fromhex("26 00 27")
    assert bench.ask("55 26 00 27", 1) == b"\xff"

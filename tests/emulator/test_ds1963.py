"""The emulated DS1963L and DS1963S against their data sheets."""

from __future__ import annotations

import pytest

from owfs_py._crc import crc16
from owfs_py.emulator.ds1963 import DS1963L, DS1963S, CountedMemory
from tests.emulator.chipbench import CRC16_GOOD, ChipBench


@pytest.fixture(params=[DS1963L, DS1963S], ids=lambda kind: kind.chip)
def bench(request: pytest.FixtureRequest) -> ChipBench[CountedMemory]:
    bench: ChipBench[CountedMemory] = ChipBench(request.param)
    bench.chip.memory[:] = bytes(n % 251 for n in range(512))
    return bench


@pytest.fixture
def purse() -> ChipBench[DS1963L]:
    return ChipBench(DS1963L)


@pytest.fixture
def key() -> ChipBench[DS1963S]:
    return ChipBench(DS1963S)


def test_a_page_is_read_with_its_counters_and_a_crc(bench: ChipBench[CountedMemory]) -> None:
    bench.chip.counters[13] = 0x01020304
    answer = bench.ask_crc16("A5 BE 01", 2 + 8)
    assert answer[:2] == bytes((0x1BE % 251, 0x1BF % 251))
    assert answer[2:6] == bytes.fromhex("04 03 02 01")


def test_pages_without_a_counter_say_all_ones(bench: ChipBench[CountedMemory]) -> None:
    assert bench.ask_crc16("A5 1F 00", 1 + 8)[1:5] == b"\xff" * 4


def test_the_memory_is_read_without_counters_too(bench: ChipBench[CountedMemory]) -> None:
    assert bench.ask("F0 FD 01", 4) == bytes(n % 251 for n in range(0x1FD, 0x200)) + b"\xff"


def test_the_next_page_of_a_purse_follows_with_a_crc_of_its_own(
    purse: ChipBench[DS1963L],
) -> None:
    answer = purse.ask("A5 C0 01", 2 * 42 + 2)
    assert crc16(bytes.fromhex("A5 C0 01") + answer[:42]) == CRC16_GOOD
    assert crc16(answer[42:84]) == CRC16_GOOD
    assert answer[36:40] == b"\x55" * 4
    assert answer[84:] == b"\xff\xff"


def test_a_purse_counts_copies_to_the_last_four_pages(purse: ChipBench[DS1963L]) -> None:
    for page in range(11, 16):
        target = (page * 32).to_bytes(2, "little").hex()
        purse.ask(f"0F {target} AB")
        assert purse.ask(f"5A {target} 00", 1) == b"\x55"
    assert purse.chip.counters == dict.fromkeys(range(12, 16), 1)


def test_counters_do_not_roll_over(purse: ChipBench[DS1963L]) -> None:
    purse.chip.counters[12] = 0xFFFFFFFE
    for _ in range(2):
        purse.ask("0F 80 01 AB")
        assert purse.ask("5A 80 01 00", 1) == b"\x55"
    assert purse.chip.counters[12] == 0xFFFFFFFF


def test_a_purse_has_a_copy_command_of_its_own(purse: ChipBench[DS1963L]) -> None:
    purse.ask("0F 00 00 AB")
    assert purse.ask("55 00 00 00", 1) == b"\xff"


def write(key: ChipBench[DS1963S]) -> bytes:
    """Copy a byte to page 8; what the chip says to that."""
    key.ask("0F 00 01 AB")
    return key.ask("55 00 01 00", 1)


def test_a_key_hides_its_scratchpad_until_it_is_erased(key: ChipBench[DS1963S]) -> None:
    assert write(key) == b"\xff"
    assert key.ask_crc16("AA", 3 + 32) == bytes.fromhex("00 01 00") + b"\xff" * 32
    assert key.ask("C3 00 01", 2) in (b"\xaa\xaa", b"\x55\x55")
    assert write(key) == b"\x55"
    assert key.ask_crc16("AA", 3 + 32)[:4] == bytes.fromhex("00 01 80 AB")
    assert key.chip.memory[0x100] == 0xAB
    assert key.chip.counters[8] == 1


def test_a_key_hides_its_scratchpad_again_when_a_page_was_read(key: ChipBench[DS1963S]) -> None:
    key.ask("C3 00 00", 2)
    key.ask_crc16("A5 1F 00", 1 + 8)
    key.master.read(1)
    assert write(key) == b"\xff"


def test_behind_the_counter_of_a_page_a_key_says_that_of_its_secret(
    key: ChipBench[DS1963S],
) -> None:
    key.chip.secret_counters[5] = 7
    assert key.ask_crc16("A5 BF 01", 1 + 8)[5:] == bytes((7, 0, 0, 0)), "of page 13"
    assert key.ask("A5 00 02", 2) == b"\xff\xff", "secrets are never shown"

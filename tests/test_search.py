"""RomSearch: the rules of Maxim application note 187, on simulated sets of slaves."""

import itertools
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from owfs_py._search import RomSearch
from owfs_py.bus.rom import RomId

rom_ids = st.builds(RomId.make, st.integers(1, 255), st.binary(min_size=6, max_size=6))


def wire_bits(rom: bytes) -> list[int]:
    return [rom[n >> 3] >> (n & 7) & 1 for n in range(64)]


def walk(slaves: Iterable[bytes], search: RomSearch) -> tuple[bytes, int]:
    """One pass over slaves as the bus would go, bit by bit."""
    taking_part = [wire_bits(slave) for slave in slaves]
    rom = conflicts = 0
    for n in range(64):
        values = {bits[n] for bits in taking_part}
        if len(values) == 2:
            conflicts |= 1 << n
            bit = search.direction(n)
        else:
            (bit,) = values
        rom |= bit << n
        taking_part = [bits for bits in taking_part if bits[n] == bit]
    return rom.to_bytes(8, "little"), conflicts


def find_all(slaves: Iterable[bytes]) -> list[bytes]:
    slaves = list(slaves)
    search, found = RomSearch(), []
    for _ in slaves:
        rom, conflicts = walk(slaves, search)
        assert search.advance(rom, conflicts)
        found.append(rom)
        if search.done:
            break
    assert search.done
    return found


def in_search_order(slaves: Iterable[bytes]) -> list[bytes]:
    """0 goes before 1 at each branch: the order of ids read as bits, first bit first."""
    return sorted(slaves, key=wire_bits)


@given(st.sets(rom_ids, min_size=1, max_size=40))
def test_each_pass_finds_one_slave_zeros_first(slaves: set[RomId]) -> None:
    assert find_all(slaves) == in_search_order(slaves)


@given(st.integers(1, 255), st.integers(0, 2**48 - 64), st.integers(2, 40))
def test_neighbouring_serial_numbers_are_all_found(family: int, first: int, count: int) -> None:
    slaves = [RomId.make(family, (first + n).to_bytes(6, "little")) for n in range(count)]
    assert find_all(slaves) == in_search_order(slaves)


def test_four_slaves_in_the_order_of_the_data_sheets_example() -> None:
    # "ROM search example" of the 1-Wire data sheets: ids that begin, as bits on the wire, with
    # 00110101, 10101010, 11110101 and 00010001 are found fourth, first, second, third.
    rom1, rom2, rom3, rom4 = (
        RomId.make(int(bits[::-1], 2), b"\x00" * 6)
        for bits in ("00110101", "10101010", "11110101", "00010001")
    )
    assert find_all([rom1, rom2, rom3, rom4]) == [rom4, rom1, rom2, rom3]


def test_direction_repeats_the_old_bits_turns_to_one_at_the_last_discrepancy_then_zero() -> None:
    first = RomId.make(0b0000_1010, b"\xff" * 6)
    search = RomSearch()
    assert search.advance(first, conflicts=0b0101)  # zero was taken at bits 0 and 2
    assert search.last_discrepancy == 2
    assert [search.direction(n) for n in range(5)] == [0, 1, 1, 0, 0]
    assert search.path == bytes([0b110, 0, 0, 0, 0, 0, 0, 0])


def test_a_fresh_search_takes_zero_everywhere() -> None:
    search = RomSearch()
    assert search.path == bytes(8)
    assert search.last_discrepancy == -1
    assert not search.done


def test_a_conflict_where_one_was_taken_is_no_discrepancy() -> None:
    search = RomSearch()
    assert search.advance(RomId.make(0b0001, bytes(6)), conflicts=0b0001)
    assert search.done


@pytest.mark.parametrize(
    "rom",
    [
        pytest.param(bytes(8), id="all zero has family 0 and a right CRC"),
        pytest.param(b"\xff" * 8, id="nobody answered"),
        pytest.param(RomId.make(0x28, bytes(6))[:7] + b"\x00", id="wrong CRC"),
    ],
)
def test_an_impossible_id_is_refused_and_the_pass_can_be_repeated(rom: bytes) -> None:
    slaves = in_search_order(RomId.make(0x28, bytes([n, 0, 0, 0, 0, 0])) for n in range(3))
    search = RomSearch()
    assert search.advance(*walk(slaves, search))
    before = (search.path, search.last_discrepancy, search.done)
    assert not search.advance(rom, 0)
    assert (search.path, search.last_discrepancy, search.done) == before
    assert walk(slaves, search)[0] == slaves[1]


def test_an_id_off_the_path_is_refused() -> None:
    slaves = in_search_order(RomId.make(0x28, bytes([n, 0, 0, 0, 0, 0])) for n in range(3))
    search = RomSearch()
    assert search.advance(*walk(slaves, search))
    assert not search.advance(slaves[0], 0)


@pytest.mark.parametrize("size", [0, 7, 9])
def test_an_id_has_eight_bytes(size: int) -> None:
    with pytest.raises(ValueError, match="8 bytes"):
        RomSearch().advance(bytes(size), 0)


def accelerator(slaves: Iterable[bytes], request: bytes) -> bytes:
    """A DS2480B's answer: for each bit the conflict flag and the bit taken."""
    taking_part = [wire_bits(slave) for slave in slaves]
    answer = bytearray(16)
    for n in range(64):
        values = {bits[n] for bits in taking_part}
        shift = (n & 3) * 2
        wanted = request[n >> 2] >> (shift + 1) & 1
        bit = wanted if len(values) == 2 else min(values)
        answer[n >> 2] |= (len(values) == 2) << shift | bit << (shift + 1)
        taking_part = [bits for bits in taking_part if bits[n] == bit]
    return bytes(answer)


@given(st.sets(rom_ids, min_size=1, max_size=20))
def test_the_accelerator_finds_the_same_in_the_same_order(slaves: set[RomId]) -> None:
    search, found = RomSearch(), []
    for _ in slaves:
        answer = accelerator(slaves, search.accelerator_request())
        rom, conflicts = search.accelerator_answer(answer)
        assert (rom, conflicts) == walk(slaves, search)
        assert search.advance(rom, conflicts)
        found.append(rom)
    assert search.done
    assert found == in_search_order(slaves)


def test_accelerator_bytes_as_recorded_from_owserver() -> None:
    # Two DS18B20; the answer to an all-zero request, and the begin of the next request.
    search = RomSearch()
    assert search.accelerator_request() == bytes(16)
    answer = bytes.fromhex("80 08 01 00 a2 a0 8a 88 20 00 00 00 00 00 0a 2a")
    rom, conflicts = search.accelerator_answer(answer)
    assert rom[:7] == bytes.fromhex("2800CDAB040000")
    assert search.advance(rom, conflicts)
    assert search.accelerator_request()[:4] == bytes.fromhex("80080200")


@pytest.mark.parametrize("size", [0, 15, 17])
def test_an_accelerator_answer_has_sixteen_bytes(size: int) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        RomSearch.accelerator_answer(bytes(size))


def test_a_hundred_slaves_need_a_hundred_passes() -> None:
    slaves = [
        RomId.make(family, bytes([n, 0, 0, 0, 0, 0]))
        for family, n in itertools.product((0x10, 0x28), range(50))
    ]
    assert find_all(slaves) == in_search_order(slaves)

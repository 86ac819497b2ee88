"""Lists of ids served as passes of a search; ids as 16 digits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from owfs_py._search import RomSearch
from owfs_py.bus.errors import SearchError
from owfs_py.bus.masters.base import ALARM_SEARCH, SEARCH_ROM, Can
from owfs_py.bus.masters.listing import ListingMaster, rom_digits, rom_from_digits, step
from owfs_py.bus.rom import RomId
from owfs_py.emulator.romsearch import find_all
from owfs_py.emulator.slave import Slave
from owfs_py.emulator.wire import Wire

ROMS = st.builds(
    RomId.make, st.integers(1, 255), st.binary(min_size=6, max_size=6).map(lambda b: b[:1] * 6)
)


class Listing(ListingMaster):
    """Tells the ids it was made with, and counts how often it is asked."""

    name, version, can = "listing", 0, Can.NOTHING

    def __init__(self, *roms: RomId) -> None:
        super().__init__("listing")
        self.roms = list(roms)
        self.asked: list[int] = []

    def list_roms(self, command: int) -> list[RomId]:
        self.asked.append(command)
        return list(self.roms)

    def open(self) -> None: ...
    def reset(self) -> bool:
        raise AssertionError("a list needs no reset")

    def touch_bits(self, bits: object) -> list[int]:
        raise AssertionError("a list needs no slots")


def walk(master: ListingMaster, command: int = SEARCH_ROM) -> list[RomId]:
    search, found = RomSearch(), []
    while not search.done:
        result = master.reset_search_pass(command, search)
        if result is None:
            break
        assert search.advance(*result)
        found.append(RomId(result[0]))
    return found


@given(st.lists(ROMS, min_size=1, max_size=12, unique=True))
def test_the_passes_find_everybody_in_the_order_of_a_search_on_the_wire(roms: list[RomId]) -> None:
    wire = Wire()
    for rom in roms:
        wire.attach(Slave(rom))
    master = Listing(*roms)
    assert walk(master) == find_all(wire, SEARCH_ROM)
    assert master.asked == [SEARCH_ROM]


def test_nobody_is_nobody() -> None:
    assert walk(Listing(), ALARM_SEARCH) == []


def test_a_pass_that_is_repeated_asks_for_the_list_again() -> None:
    master = Listing(RomId.make(0x28, bytes(6)))
    search = RomSearch()
    first = master.reset_search_pass(SEARCH_ROM, search)
    assert master.reset_search_pass(SEARCH_ROM, search) == first
    assert len(master.asked) == 2


def test_searches_that_run_at_the_same_time_do_not_mix() -> None:
    one, other = RomId.make(0x28, bytes(6)), RomId.make(0x10, b"\1" * 6)
    master = Listing(one, other)
    search, alarm_search = RomSearch(), RomSearch()
    first = master.reset_search_pass(SEARCH_ROM, search)
    assert first is not None
    assert search.advance(*first)
    master.roms = [other]
    assert master.reset_search_pass(ALARM_SEARCH, alarm_search) == (other, 0)
    master.roms = [one, other]
    second = master.reset_search_pass(SEARCH_ROM, search)
    assert second is not None
    assert {first[0], second[0]} == {one, other}


def test_a_list_from_before_closing_is_not_gone_on_with() -> None:
    roms = [RomId.make(0x28, bytes([n] * 6)) for n in (1, 2)]
    master = Listing(*roms)
    search = RomSearch()
    first = master.reset_search_pass(SEARCH_ROM, search)
    assert first is not None
    assert search.advance(*first)
    master.close()
    master.roms = [rom for rom in roms if rom == first[0]]
    second = master.reset_search_pass(SEARCH_ROM, search)
    assert second is not None
    assert not search.advance(*second)


def test_who_left_in_the_middle_of_a_search_makes_it_begin_anew() -> None:
    roms = [RomId.make(0x28, bytes([n] * 6)) for n in (1, 2)]
    search = RomSearch()
    first = step(roms, search)
    assert search.advance(*first)
    gone = [rom for rom in roms if rom == first[0]]
    assert not search.advance(*step(gone, search))


def test_digits_are_crc_first() -> None:
    rom = RomId.make(0x28, b"\1\2\3\4\5\6")
    assert rom_digits(rom) == f"{rom.crc:02X}06050403020128"
    assert rom_from_digits(rom_digits(rom)) == rom


@pytest.mark.parametrize("text", ["", "00" * 8, "28" * 8, "xx" * 8, "28" * 7, "28" * 9])
def test_what_is_no_id_is_a_search_error(text: str) -> None:
    with pytest.raises(SearchError, match="no ROM id"):
        rom_from_digits(text)

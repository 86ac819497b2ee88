"""What answers of a LINK mean, with the marks that some firmware adds, and what is none."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from owfs_py.bus.errors import SearchError
from owfs_py.bus.masters import linkcodes as codes

ID_DIGITS = "9E00000004ABCD28"  # the last of these is the family code


@pytest.mark.parametrize(
    ("received", "line"),
    [(b"P\r\n", "P"), (b"P\rS0\n", "P"), (b"\r\n", ""), (b"\xffP\r\n", "\xffP")],
)
def test_an_answer_ends_with_its_carriage_return(received: bytes, line: str) -> None:
    assert codes.line_of(received) == line


@pytest.mark.parametrize("marked", ["01FFE3", "01FFE3?", ",01FFE3", "01ffe3"])
def test_bytes_come_with_marks_or_without(marked: str) -> None:
    assert codes.data(marked, 3) == b"\x01\xff\xe3"


@pytest.mark.parametrize("marked", ["0110", "0110?", ",0110"])
def test_bits_come_with_marks_or_without(marked: str) -> None:
    assert codes.levels(marked, 4) == [0, 1, 1, 0]


def test_searches_are_confirmed_with_marks_or_without() -> None:
    codes.confirm_search("F0", 0xF0)
    codes.confirm_search(",EC", 0xEC)


def test_a_reset_tells_presence_or_a_short_circuit() -> None:
    assert [codes.presence(answer) for answer in "PNS"] == [True, False, None]


def test_ids_are_told_from_the_last_byte_on() -> None:
    rom = bytes.fromhex(ID_DIGITS)[::-1]
    digits = ID_DIGITS[2:]
    crc = next(n for n in range(256) if _is_id(f"{n:02X}{digits}"))
    found = codes.found(f"+,{crc:02X}{digits}")
    assert found is not None
    assert (found[0][:7], found[1]) == (rom[:7], True)
    assert codes.found(f"-,{crc:02x}{digits.lower()}") == (found[0], False)


def _is_id(digits: str) -> bool:
    try:
        return codes.found(f"-,{digits}") is not None
    except SearchError:
        return False


@pytest.mark.parametrize("answer", ["N", "E"])
def test_nobody_found(answer: str) -> None:
    assert codes.found(answer) is None


@pytest.mark.parametrize(
    "answer",
    ["", "+", f"+{ID_DIGITS}", f"?,{ID_DIGITS}", f"+,{ID_DIGITS}0", "-,0000000000000000", "NN"],
)
def test_what_is_no_id_is_a_search_error(answer: str) -> None:
    with pytest.raises(SearchError):
        codes.found(answer)


MEANINGS: dict[str, Callable[[str], object]] = {
    "presence": codes.presence,
    "two bytes": partial(codes.data, count=2),
    "two bits": partial(codes.levels, count=2),
    "search": partial(codes.confirm_search, command=0xF0),
    "aux": codes.aux_level,
    "version": partial(codes.identity, hub=False),
}


@pytest.mark.parametrize(
    "answer", ["", "?", "PP", "01FF0", "01 FF", "0 1", "012", "+1-2", "\xff", "EC", "x" * 1000]
)
@pytest.mark.parametrize("meaning", MEANINGS.values(), ids=MEANINGS.keys())
def test_what_is_no_answer_is_told_with_what_came(
    meaning: Callable[[str], object], answer: str
) -> None:
    with pytest.raises(ValueError, match="no "):
        meaning(answer)


def test_a_hub_has_names_of_its_own_for_two_versions_only() -> None:
    assert codes.identity("LinkHub-E v1.1", hub=True) == ("LinkHub-E v1.1", 18)
    assert codes.identity("LINK v1.1", hub=False) == ("LINK v1.1", 12)
    assert codes.identity("LinkUSB V1.5", hub=True) == ("LinkUSB V1.5", 16)

"""Values of external sensors: what commands are asked, and what their answers are taken for."""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import (
    CommunicationError,
    MessageSizeError,
    OneWireError,
)
from owfs_py.bus.properties import Array, Change, Fetch
from owfs_py.bus.values import Kind
from owfs_py.bus.view import PressureScale, TemperatureScale, View
from tests.bus.externalbench import Bench, Call, on, prop

FAHRENHEIT = View(TemperatureScale.FAHRENHEIT)
NUL = b"\0"


# Reading


def test_a_command_is_told_what_is_wanted() -> None:
    async def test(bench: Bench) -> None:
        await bench.says(b"1")
        assert bench.commands.calls == [
            Call("get", ["one", "p", "0", "read", "12", "0", "data of one", "data of p"], b"")
        ]
        await bench.says(b"1", "/two/p")
        assert bench.commands.calls[-1].arguments[6:] == ["", "data of p"]

    on(test, prop(Kind.INTEGER))


@pytest.mark.parametrize(
    ("kind", "output", "text"),
    [
        (Kind.INTEGER, b"\n  -17 apples\n", b"         -17"),
        (Kind.INTEGER, b"99999999999", b"  1215752191"),
        (Kind.UNSIGNED, b"-17", b"  4294967279"),
        (Kind.FLOAT, b"             123.456789", b"     123.457"),
        (Kind.TEMPERATURE, b"21.5\n", b"        21.5"),
        (Kind.PRESSURE, b"1013", b"        1013"),
        (Kind.YESNO, b"on\n", b"1"),
        (Kind.YESNO, b"  off\n", b"0"),
        (Kind.YESNO, b"no", b"0"),
        (Kind.YESNO, b"2", b"1"),
        (Kind.DATE, b"Mon Jan  1 01:02:03 2024\n", b"Mon Jan  1 01:02:03 2024"),
        (Kind.DATE, b"\nMon Jul  1 01:02:03 2024\n", b"Mon Jul  1 01:02:03 2024"),
    ],
)
def test_what_a_command_writes_is_the_value(kind: Kind, output: bytes, text: bytes) -> None:
    assert on(lambda bench: bench.says(output), prop(kind)) == text


def test_a_command_speaks_of_celsius_and_mbar_whatever_the_client_wants() -> None:
    async def test(bench: Bench) -> None:
        assert (await bench.says(b"10", view=FAHRENHEIT)).strip() == b"50"
        assert (await bench.says(b"10", "/one/gap", view=FAHRENHEIT)).strip() == b"18"
        pascal = View(pressure_scale=PressureScale.PA)
        assert (await bench.says(b"10", "/one/air", view=pascal)).strip() == b"1000"
        assert (await bench.write("/one/p", b"50", view=FAHRENHEIT)).written == b"10"
        assert (await bench.write("/one/gap", b"18", view=FAHRENHEIT)).written == b"10"
        assert (await bench.write("/one/air", b"1000", view=pascal)).written == b"10"

    on(
        test,
        prop(Kind.TEMPERATURE),
        prop(Kind.GAP, name="gap"),
        prop(Kind.PRESSURE, name="air"),
    )


def test_a_text_has_its_whole_length() -> None:
    async def test(bench: Bench) -> None:
        assert await bench.says(b"hello\n") == b"hello\n" + NUL * 4
        assert await bench.says(b"") == NUL * 10
        assert await bench.says(b"hello, all the world") == b"hello, all"

    on(test, prop(Kind.TEXT, size=10))


def test_a_part_of_a_text_is_the_commands_matter() -> None:
    async def test(bench: Bench) -> None:
        assert await bench.says(b"llo wo", size=3, offset=2) == b"llo"
        assert bench.commands.words == ["one", "p", "0", "read", "3", "2"]
        await bench.says(b"", size=30, offset=9)
        assert bench.commands.words == ["one", "p", "0", "read", "1", "9"]
        calls = len(bench.commands.calls)
        assert await bench.says(b"x", offset=10) == b""
        assert await bench.says(b"x", offset=-1) == b""
        assert len(bench.commands.calls) == calls

    on(test, prop(Kind.BINARY, size=10))


def test_a_part_is_not_taken_for_the_whole() -> None:
    async def test(bench: Bench) -> None:
        assert await bench.says(b"he", size=2) == b"he"
        assert await bench.says(b"hello") == b"hello"
        assert await bench.says(b"other", size=2, offset=1) == b"el"

    on(test, prop(Kind.TEXT, Change.STABLE, size=5))


def test_a_number_is_asked_for_as_a_whole() -> None:
    async def test(bench: Bench) -> None:
        assert await bench.says(b"1234567", size=3, offset=9) == b"567"
        assert bench.commands.words[4:] == ["12", "0"]
        with pytest.raises(MessageSizeError):
            await bench.says(b"Mon Jan  1 01:02:03 2024", "/one/date", size=10)

    on(test, prop(Kind.INTEGER), prop(Kind.DATE, name="date"))


# Arrays


def test_elements_that_are_separate_are_asked_for_one_by_one() -> None:
    async def test(bench: Bench) -> None:
        assert await bench.says(b"5", "/one/p.2") == b"           5"
        assert bench.commands.words == ["one", "p", "2", "read", "12", "0"]
        bench.commands.calls.clear()
        assert await bench.says(b"5", "/one/p.ALL") == b",".join([b"           5"] * 3)
        assert [call.arguments[2] for call in bench.commands.calls] == ["0", "1", "2"]

    on(test, prop(Kind.INTEGER, array=Array(3)))


def test_an_aggregate_comes_in_one_go_also_for_one_element() -> None:
    async def test(bench: Bench) -> None:
        assert (
            await bench.says(b"5, 6,7\n", "/one/p.ALL") == b"           5,           6,           7"
        )
        assert bench.commands.words == ["one", "p", "-1", "read", "38", "0"]
        assert await bench.says(b"5,6,7", "/one/p.1") == b"           6"
        assert len(bench.commands.calls) == 2
        with pytest.raises(CommunicationError, match="3 values are wanted, got 2"):
            await bench.says(b"5,6", "/one/p.1")

    on(test, prop(Kind.INTEGER, array=Array(3, Fetch.TOGETHER)))


def test_an_aggregate_of_texts_is_cut_at_its_commas() -> None:
    async def test(bench: Bench) -> None:
        assert await bench.says(b"ab,cd,ef", "/one/p.ALL") == b"ab,cd,ef\0\0"
        assert await bench.says(b"ab,cd,ef", "/one/p.1") == b"cd"
        assert await bench.says(b"aabbcc", "/one/b.ALL") == b"aabbcc"
        assert await bench.says(b"aabbcc", "/one/b.2") == b"cc"

    together = Array(3, Fetch.TOGETHER)
    on(
        test,
        prop(Kind.TEXT, size=4, array=together),
        prop(Kind.BINARY, name="b", size=2, array=together),
    )


def test_a_sparse_array_takes_any_index() -> None:
    async def test(bench: Bench) -> None:
        assert await bench.says(b"5", "/one/p.4711") == b"           5"
        assert bench.commands.words[2] == "4711"
        assert await bench.says(b"5", "/one/t.$(reboot) x") == b"           5"
        assert bench.commands.words[2] == "$(reboot) x"  # quoting is the matter of Scripts
        assert (await bench.onewire.dir("/one")).entries[1:3] == ["/one/p.000", "/one/t.xxx"]
        assert (await bench.write("/one/t.front", b"3")).arguments[2] == "front"

    on(
        test,
        prop(Kind.INTEGER, array=Array(0, Fetch.SPARSE)),
        prop(Kind.INTEGER, name="t", array=Array(-1, Fetch.SPARSE)),
    )


# Writing


@pytest.mark.parametrize(
    ("kind", "data", "written"),
    [
        (Kind.INTEGER, b"5", b"5"),
        (Kind.INTEGER, b"  -123456789 ", b"-123456789"),
        (Kind.UNSIGNED, b"4294967295", b"4294967295"),
        (Kind.FLOAT, b"21.5", b"21.5"),
        (Kind.FLOAT, b"1234567.25", b"1234567.25"),
        (Kind.YESNO, b"yes", b"1"),
        (Kind.YESNO, b"off", b"0"),
        (Kind.DATE, b"Jan 1 2024 01:02:03", b"Mon Jan  1 01:02:03 2024"),
        (Kind.TEXT, b"hello", b"hello"),
        (Kind.TEXT, b"hello, all the world", b"hello, all"),
        (Kind.BINARY, b"\0\xff", b"\0\xff"),
    ],
)
def test_a_command_gets_the_whole_value(kind: Kind, data: bytes, written: bytes) -> None:
    size = 10 if kind in (Kind.TEXT, Kind.BINARY) else 0
    call = on(lambda bench: bench.write("/one/p", data), prop(kind, size=size))
    assert call.command == "set"
    assert call.written == written
    told = ["one", "p", "0", "write", str(len(written)), "0", "data of one", "data of p"]
    assert call.arguments == told


def test_the_offset_of_a_text_is_passed_on() -> None:
    async def test(bench: Bench) -> None:
        call = await bench.write("/one/p", b"hello", offset=7)
        assert (call.arguments[4:6], call.written) == (["3", "7"], b"hel")

    on(test, prop(Kind.TEXT, size=10))


def test_elements_are_written_one_by_one_or_all_together() -> None:
    async def test(bench: Bench) -> None:
        await bench.write("/one/p.ALL", b"1,2,3")
        calls = [(call.arguments[2], call.written) for call in bench.commands.calls]
        assert calls == [("0", b"1"), ("1", b"2"), ("2", b"3")]
        call = await bench.write("/one/t.ALL", b"1,2,3")
        assert (call.arguments[2:5], call.written) == (["-1", "write", "5"], b"1,2,3")

    on(
        test,
        prop(Kind.INTEGER, array=Array(3)),
        prop(Kind.INTEGER, name="t", array=Array(3, Fetch.TOGETHER)),
    )


def test_one_element_of_an_aggregate_is_written_with_the_others_as_they_are_now() -> None:
    async def test(bench: Bench) -> None:
        assert await bench.says(b"5,6,7", "/one/p.0") == b"           5"
        bench.commands.output = b"8,9,10"
        call = await bench.write("/one/p.1", b"1")
        assert call.written == b"8,1,10"
        bench.commands.output = b"ab,cd,ef"
        call = await bench.write("/one/t.0", b"x")
        assert call.written == b"x,cd,ef"

    together = Array(3, Fetch.TOGETHER)
    on(
        test,
        prop(Kind.INTEGER, Change.STABLE, array=together),
        prop(Kind.TEXT, name="t", size=8, array=together),
    )


def test_what_does_not_parse_reaches_no_command() -> None:
    async def test(bench: Bench) -> None:
        with pytest.raises(OneWireError) as refused:
            await bench.onewire.write("/one/p", b"hot")
        assert refused.value.code == 22
        assert bench.commands.calls == []

    on(test, prop(Kind.TEMPERATURE))

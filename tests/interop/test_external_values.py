"""Values of external sensors: what owserver 3.2p4 and our daemon read, write and keep.

Commands are real processes, so this is real time.
"""

from __future__ import annotations

import pytest

from tests.differences.external import (
    AGGREGATE_AFTER,
    CACHED_APART,
    CACHED_PART,
    DATE_WRITTEN,
    ELEMENTS_READ,
    ELEMENTS_WRITTEN,
    ERRORS,
    FAILED_TEXT,
    FAILED_WRITE,
    LONG_NUMBER,
    NUMBER_WRITTEN,
    SHAPES,
    UNITS,
    WORDS,
)
from tests.interop.differential import (
    DIRALL,
    FAHRENHEIT,
    GET,
    PRESSURE_SCALE_SHIFT,
    READ,
    TRIM,
    UNCACHED,
    USUAL_FLAGS,
    ask,
    read,
    write,
)
from tests.interop.sensorpair import THINGS, Pair, reads, values

pytestmark = pytest.mark.timeout(120)

PASCAL = USUAL_FLAGS | 5 << PRESSURE_SCALE_SHIFT


# Reading


def test_the_same_values_by_every_way(pair: Pair) -> None:
    paths = [f"/{way}one/{name}" for name in THINGS for way in ("", "bus.0/", "alarm/")]
    pair.agree(*(read(path, flags=USUAL_FLAGS | UNCACHED) for path in paths))
    pair.agree(*reads("one", *THINGS, flags=USUAL_FLAGS | UNCACHED | TRIM))
    pair.agree(*(ask(GET, f"/uncached/one/{name}") for name in THINGS))


def test_the_same_parts_of_texts(pair: Pair) -> None:
    for size, offset in ((3, 0), (3, 2), (30, 5), (1, 7), (5, 8), (5, 20), (3, -1), (0, 0)):
        names = ("text", "bytes", "texts.1")
        pair.agree(*reads("one", *names, size=size, offset=offset))


def test_errors_have_codes_of_their_own(pair: Pair) -> None:
    names = ("empty", "nonsense", "missing", "killed", "few.ALL")
    cases = pair.agree(*reads("ill", *names), *reads("bus.0/ill", *names), but=[ERRORS])
    codes = [case.ours.ret for case in cases]
    assert codes == [-22, -22, -5, -5, -22] * 2
    cases = pair.agree(*reads("one", "writeonly", "nothing"), but=[ERRORS])
    assert {case.ours.ret for case in cases} == {-95}
    (case,) = pair.agree(read("/one/each.ALL", size=3), but=[ERRORS])
    assert case.ours.ret == -90
    pair.agree(*reads("ill", "grumbles", "emptyText", "wrong"))


def test_a_text_that_cannot_be_told_is_an_error(pair: Pair) -> None:
    pair.agree(read("/ill/lost"), but=[FAILED_TEXT])


def test_yes_and_no_may_be_words(pair: Pair) -> None:
    cases = pair.agree(*reads("one", "word", "spaced"), but=[WORDS])
    assert values(cases) == [b"1", b"1"]


def test_a_date_is_read_as_it_is_written(pair: Pair) -> None:
    # What 3.2p4 reads may be an hour off, or not: it looks at memory that it never set.
    for state in pair.states:
        (state / "two-moment-0").write_text("Mon Jul  1 01:02:03 2024\n")
    case = pair.ask(read("/two/moment"))
    assert case.ours.text == b"Mon Jul  1 01:02:03 2024"


def test_commands_speak_of_celsius_and_millibars(pair: Pair) -> None:
    requests = (*reads("two", "heat", "gap", flags=FAHRENHEIT), read("/two/air", flags=PASCAL))
    assert values(pair.agree(*requests, but=[UNITS])) == [b"70.7", b"18", b"100000"]
    pair.agree(write("/two/heat", b"         100", flags=FAHRENHEIT))
    kept = [(state / "two-heat-0").read_bytes().strip() for state in pair.states]
    assert kept == [b"100", b"37.7777777778"]


def test_a_number_is_all_that_the_command_wrote(pair: Pair) -> None:
    cases = pair.agree(*reads("one", "wide", "long"), but=[LONG_NUMBER])
    assert values(cases) == [b"21.125", b""]
    assert cases[1].ours.ret == -22


def test_single_elements_of_an_aggregate_are_read(pair: Pair) -> None:
    cases = pair.agree(*reads("two", "whole.0", "whole.2", "halves.1"), but=[ELEMENTS_READ])
    assert values(cases) == [b"1", b"3", b"cd"]


def test_the_shapes_of_arrays(pair: Pair) -> None:
    listings = [ask(DIRALL, path) for path in ("/strange", "/structure/odd")]
    names = ("letters.ALL", "letters.C", "together.C", "single.A", "twelve.11", "twelve.ALL",
             "sparse.4711", "named.a b")  # fmt: skip
    cases = pair.agree(*listings, *reads("strange", *names), but=[SHAPES])
    assert [case.ours.ret for case in cases if case.request.type == READ] == [
        38, 12, 12, 12, 12, 155, 12, 12
    ]  # fmt: skip
    assert cases[-1].calls[1] == ["strange named a b read 12 0 d5 5"]
    pair.agree(*reads("strange", "letters.A", "letters.B", "letters.D", "letters.0", "letters"))
    pair.agree(*reads("structure/odd", "letters.A"), but=[SHAPES])


# Writing


def test_the_same_writes(pair: Pair) -> None:
    full = (
        ("number", b"          -7"), ("float", b"       1.625"), ("flag", b"yes"), ("flag", b"0"),
        ("text", b"hello"), ("text", b"hello, all you people"), ("bytes", b"\0\1\2"),
        ("each.0", b"           9"), ("each.ALL", b"1,2,3"), ("texts.2", b"xyz"),
        ("texts.ALL", b"a,b,c"), ("place/near", b"          12"), ("writeonly", b"          12"),
        ("text", b""), ("unsigned", b"  4294967295"),
    )  # fmt: skip
    for name, data in full:
        pair.agree(write(f"/one/{name}", data), write(f"/bus.0/one/{name}", data))
        if name != "writeonly":
            pair.agree(read(f"/one/{name}"))
    pair.agree(write("/one/text", b"hello", offset=3), write("/one/text", b"hello", offset=18))


def test_what_cannot_be_written(pair: Pair) -> None:
    pair.agree(
        *(write(f"/one/{name}", b"5") for name in ("readonly", "nothing", "type", "family")),
        but=[ERRORS],
    )
    pair.agree(
        write("/one/number", b"five"),
        write("/one/heat", b""),
        write("/one/flag", b""),
        write("/one/readonly", b"five"),
        write("/one/each.ALL", b"1,2"),
        write("/one", b"5"),
        write("/one/place", b"5"),
        write("/one/three", b"5"),
        write("/structure/things/number", b"5"),
    )


def test_a_number_reaches_its_command_as_it_was_written(pair: Pair) -> None:
    for name in ("number", "each.1"):
        pair.agree(write(f"/two/{name}", b"42"))
    cases = pair.agree(*reads("two", "number", "each.1"), but=[NUMBER_WRITTEN])
    assert values(cases) == [b"42", b"42"]
    assert (pair.states[1] / "two-number-0").read_bytes() == b"42"


def test_a_date_reaches_its_command(pair: Pair) -> None:
    pair.agree(write("/one/moment", b"Jan 1 2024 01:02:03"), but=[DATE_WRITTEN])
    assert (pair.states[1] / "one-moment-0").read_bytes() == b"Mon Jan  1 01:02:03 2024"


def test_an_aggregate_is_written_and_so_are_its_elements(pair: Pair) -> None:
    cases = pair.agree(
        write("/one/whole.ALL", b"4,5,6"),
        write("/one/whole.1", b"7.5"),
        write("/one/halves.2", b"zz"),
        but=[ELEMENTS_WRITTEN],
    )
    assert [case.ours.ret for case in cases] == [0, 0, 0]
    cases = pair.agree(*reads("one", "whole.ALL", "halves.2"), but=[AGGREGATE_AFTER])
    assert b"".join(cases[0].ours.text.split()) == b"4,7.5,6"
    assert cases[1].ours.text.strip(b"\0") == b"zz"


def test_a_write_that_failed_is_told(pair: Pair) -> None:
    pair.agree(write("/ill/missing", b"5"), write("/ill/fails", b"5"), but=[FAILED_WRITE])


# The cache


def test_the_same_values_come_from_the_cache(pair: Pair) -> None:
    pair.agree(*reads("one", "counted", "counted"))
    pair.agree(read("/uncached/one/counted"), read("/one/counted"), read("/alarm/one/counted"))
    pair.agree(read("/one/counted", flags=USUAL_FLAGS | UNCACHED), read("/one/counted"))
    for name in ("fixed", "passing"):
        path = f"/two/{name}"
        pair.agree(read(f"/uncached{path}"), read(path), read(path))


def test_each_sensor_has_values_of_its_own(pair: Pair) -> None:
    for state in pair.states:
        (state / "two-counted-0").unlink(missing_ok=True)
    for client in pair.clients:
        for _ in range(2):
            client.ask(read("/uncached/one/counted"))
    (case,) = pair.agree(read("/two/counted"), but=[CACHED_APART])
    assert case.ours.text.strip() == b"1"


def test_a_part_of_a_text_is_not_kept_for_the_whole(pair: Pair) -> None:
    pair.agree(read("/two/keptText", size=3))
    (case,) = pair.agree(read("/two/keptText"), but=[CACHED_PART])
    assert case.ours.text == b"abcdefghij"


def test_what_was_written_is_read_anew(pair: Pair) -> None:
    path = "/one/newText"
    pair.agree(read(path), write(path, b"zyxwvutsrq"), read(path), read(path))

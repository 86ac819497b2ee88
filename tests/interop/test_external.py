"""External sensors: owserver 3.2p4 and our daemon with the same lines and the same commands.

Commands are real processes, so this is real time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

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
    OUT_OF_REACH,
    OUT_OF_REACH_PATH,
    QUOTING,
    SHAPES,
    UNITS,
    WORDS,
)
from tests.interop.differential import (
    DIR,
    DIRALL,
    DIRALLSLASH,
    GET,
    GETSLASH,
    PRESENCE,
    PRESSURE_SCALE_SHIFT,
    READ,
    TEMPERATURE_SCALE_SHIFT,
    TRIM,
    UNCACHED,
    USUAL_FLAGS,
    RawClient,
    Request,
    ask,
    read,
    write,
)
from tests.interop.ourserver import OurDaemon
from tests.interop.realserver import RealOwserver
from tests.interop.sensorpair import LINES, THINGS, Case, Pair, start

pytestmark = pytest.mark.timeout(120)

FAHRENHEIT = USUAL_FLAGS | 1 << TEMPERATURE_SCALE_SHIFT
PASCAL = USUAL_FLAGS | 5 << PRESSURE_SCALE_SHIFT
LISTINGS = (DIR, DIRALL, DIRALLSLASH, GET, GETSLASH, PRESENCE, READ)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with ExitStack() as stack:
        pair = start(stack, tmp_path_factory.mktemp("external"), LINES)
        yield pair
        ours = pair.servers[1]
        ours.stop()
        assert "Traceback" not in ours.log
        assert "unexpected" not in ours.log


def reads(sensor: str, *names: str, **more: int) -> list[Request]:
    return [read(f"/{sensor}/{name}", **more) for name in names]


def values(cases: Sequence[Case]) -> list[bytes]:
    """What we answered, without the padding of numbers."""
    return [case.ours.text.strip() for case in cases]


# The tree


def test_the_same_directories(pair: Pair) -> None:
    paths = (
        "/", "/uncached", "/text", "/unaliased", "/bus.0", "/alarm", "/bus.0/alarm", "/one",
        "/bus.0/two", "/uncached/one", "/alarm/one", "/text/one", "/one/place", "/one/place/far",
        "/one/", "/ill", "/a name, with comma", "/One", "/three", "/one/three", "/one/present",
        "/one/address", "/one/settings", "/one/uncached", "/settings/one", "/one/one",
        "/bus.1/one", "/structure", "/structure/things", "/structure/things/place",
        "/structure/broken", "/structure/two", "/bus.0/interface", "/bus.0/interface/settings",
        "/bus.0/interface/statistics", "/bus.0/simultaneous",
    )  # fmt: skip
    pair.agree(*(ask(kind, path) for path in paths for kind in LISTINGS))


def test_the_same_rows_in_structure_and_presence_of_all_that_is_listed(pair: Pair) -> None:
    def listed(directory: str) -> Iterator[str]:
        for entry in pair.clients[0].ask(ask(DIRALLSLASH, directory)).entries:
            path = entry.decode()
            if path.endswith("/"):
                yield from listed(path.removesuffix("/"))
            else:
                yield path

    rows = [*listed("/structure/things"), *listed("/structure/broken")]
    assert len(rows) > len(THINGS)
    pair.agree(*map(read, rows))
    for kind in (PRESENCE, DIR, DIRALL):
        pair.agree(*(ask(kind, path) for path in (*listed("/one"), *listed("/bus.0/ill"))))


def test_the_bus_is_the_same_and_so_are_its_settings(pair: Pair) -> None:
    settings = ("address", "name", "version", "overdrive", "ds2404_found", "reconnect")
    cases = pair.agree(*reads("bus.0/interface/settings", *settings))
    assert values(cases)[:3] == [b"external", b"External", b"37"]


def test_a_bus_is_numbered_where_its_first_sensor_is_declared(tmp_path: Path) -> None:
    lines = "tester = 10\nscript: p, things, q, , u\nsensor: one, things\ntester = 28\n"
    with ExitStack() as stack:
        pair = start(stack, tmp_path, lines)
        pair.agree(*reads("", "bus.0/interface/settings/name", "bus.1/interface/settings/name"))
        pair.agree(ask(DIRALL, "/bus.1"), ask(DIRALL, "/bus.0/one"), ask(DIRALL, "/bus.2"))
        pair.agree(ask(PRESENCE, "/bus.2/one"), read("/bus.2/one/type"))


def test_a_family_of_the_name_of_a_chip_is_another_one(tmp_path: Path) -> None:
    lines = "sensor: mine, 28\nscript: heat, 28, t, , v, echo 5;:\ntester = 28\n"
    with ExitStack() as stack:
        pair = start(stack, tmp_path, lines)
        pair.agree(*(ask(DIRALL, path) for path in ("/mine", "/structure/28", "/28.000028D70000")))
        pair.agree(read("/mine/heat"), read("/mine/family"), read("/28.000028D70000/family"))


@pytest.mark.parametrize("options", [[], ["--buffer", "-w"]], ids=["plain", "buffer"])
def test_a_server_behind_another_has_its_sensors(tmp_path: Path, options: list[str]) -> None:
    lines = "sensor: one, things\nscript: heat, things, t, , v, echo 21.5;:, cat >/dev/null;:\n"
    with ExitStack() as stack:
        pair = start(stack, tmp_path, lines)
        for server, client in zip(pair.servers, pair.clients, strict=True):
            below = stack.enter_context(OurDaemon([f"--server={server.address}", *options]))
            asking = stack.enter_context(RawClient(below.port))
            for request in (
                read("/one/heat"),
                read("/one/heat", flags=FAHRENHEIT),
                read("/uncached/one/type"),
                read("/one/cold"),
                write("/one/heat", b"          20"),
                ask(DIRALL, "/one"),
                ask(PRESENCE, "/one"),
                ask(PRESENCE, "/two"),
            ):
                assert asking.ask(request) == client.ask(request), request


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


# Quoting, time and mistakes


def test_words_reach_a_command_as_they_are(tmp_path: Path) -> None:
    lines = (
        "sensor: $(echo >$STATE.name), things, , a  b\n"
        "script: echoes, things, a100, , u, printf '<%s>', , x y;echo >$STATE.data\n"
    )
    with ExitStack() as stack:
        pair = start(stack, tmp_path, lines)
        (case,) = pair.agree(read("/$(echo >$STATE.name)/echoes"), but=[QUOTING])
    assert case.ours.text.rstrip(b"\0") == (
        b"<$(echo >$STATE.name)><echoes><0><read><100><0><a  b><x y;echo >$STATE.data>"
    )
    created = {path.name for path in tmp_path.iterdir()}
    assert {"theirs.name", "theirs.data"} < created, "3.2p4 runs what is in the words"
    assert {"ours.name", "ours.data"}.isdisjoint(created)


def test_a_command_that_hangs_keeps_nobody_for_ever(tmp_path: Path) -> None:
    lines = "sensor: one, things\nscript: slow, things, i, , u, sleep 100;:, sleep 100;:\n"
    config = tmp_path / "owfs.conf"
    config.write_text(lines)
    args = ["--external", f"--configuration={config}", "--script_timeout=1"]
    with OurDaemon(args) as ours, RawClient(ours.port) as client:
        for request in (read("/one/slow"), write("/one/slow", b"5")):
            began = time.monotonic()
            assert client.ask(request).ret == -5
            assert time.monotonic() - began < 5
        assert client.ask(read("/one/type")).text == b"external"


def test_lines_before_the_option_do_not_count(tmp_path: Path) -> None:
    config = tmp_path / "owfs.conf"
    config.write_text("sensor: one, things\nexternal\nsensor: two, things\ntester = 28\n")
    with ExitStack() as stack:
        args = [f"--configuration={config}", "--external"]
        theirs = stack.enter_context(RealOwserver(args))
        ours = stack.enter_context(OurDaemon(args))
        listings = []
        for server in (theirs, ours):
            client = stack.enter_context(RawClient(server.port))
            listings.append(client.ask(ask(DIRALL, "/bus.0")).entries)
        assert listings[0] == listings[1] == [b"/bus.0/interface", b"/bus.0/two"]
        ours.stop()
        assert ours.log.count("external sensors are ignored") == 1


def test_what_no_path_can_reach_is_left_out_and_told(tmp_path: Path) -> None:
    lines = (
        "sensor: one, things\nsensor: settings, things\nsensor: 10.010203040506, things\n"
        "script: D, things, D, , u, echo 5;:\n"
    )
    with ExitStack() as stack:
        pair = start(stack, tmp_path, lines)
        pair.agree(ask(DIRALL, "/bus.0"), ask(DIRALL, "/one"), but=[OUT_OF_REACH])
        pair.agree(ask(PRESENCE, "/one/D"), but=[OUT_OF_REACH_PATH])
        assert pair.servers[1].log.count("line ignored") == 3

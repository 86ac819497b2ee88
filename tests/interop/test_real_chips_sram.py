"""owserver 3.2p4 and our daemon on equal chips: 04, 06, 08, 0A, 0C, 18, 1A, property by property.

They must answer the same or as tests/differences/sram.py says, leave the same in the
chips, and ours must not ask more of the bus than 3.2p4 does.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.ds1963 import DS1963L, CountedMemory
from owfs_py.emulator.ds2404 import DS2404, STATUS
from owfs_py.emulator.memories import ScratchpadChip
from tests.differences.memories import PART_OF_PAGES
from tests.differences.sram import (
    ALARMS_KEPT,
    COUNT_AFTER_WRITE,
    COUNTS_OF_A_KEY,
    DIES,
    KEY_WRITTEN,
    NO_SUCH_DATE,
    PROTECTED,
    PROTECTED_TIME,
    WRITE_TO_PROTECTED,
    WRITTEN_KEY,
)
from tests.interop.differential import DIRALL, Request, ask, read, write
from tests.interop.memorychips import is_written_the_same, memories
from tests.interop.twins import Case, Twins, prepared, reads, too_dear, twins, writes

pytestmark = pytest.mark.timeout(120)

SIZES = {0x08: 128, 0x06: 512, 0x0A: 2048, 0x0C: 8192, 0x1A: 512}
NOON = 1795348800  # 22 November 2026, UTC
VERIFICATION = 1
"""Resets: 3.2p4 does not look whether a DS2404 took what was written to its registers."""


def fill(bus: Emulation) -> None:
    for chip in bus.slaves:
        if isinstance(chip, ScratchpadChip):
            chip.memory[:128] = bytes(range(128))
        if isinstance(chip, CountedMemory):
            chip.counters.update({12: 1000, 13: 4294967295})
        if isinstance(chip, DS2404):
            chip.seconds = NOON


@pytest.fixture(scope="module")
def both() -> Iterator[Twins]:
    with twins(prepared("08,06,0A,0C,1A,18,04", fill)) as found:
        yield found


def whole(page: str, family: int) -> list[Request]:
    """All pages together, but for a memory of 256 of them."""
    return [read(f"{page}.ALL")] if SIZES.get(family, 0) < SIZES[0x0C] else []


@pytest.mark.parametrize("family", [*SIZES, 0x18])
def test_memories_read_the_same(both: Twins, family: int) -> None:
    path = both.device(family)
    memory, page = f"{path}/memory", f"{path}/pages/page"
    both.agree(read(f"{path}/type"), ask(DIRALL, path))
    cases = both.agree(
        *reads(path, "memory", "pages/page.2"),
        read(memory, size=10, offset=28),
        read(memory, size=10, offset=500000),
        read(f"{page}.1", size=5, offset=30),
        *whole(page, family),
        read(f"{page}.ALL", offset=5),
        read(f"{page}.999"),
        but=(PART_OF_PAGES,),
    )
    assert too_dear(cases) == []


@pytest.mark.parametrize("family", SIZES)
def test_memories_are_written_the_same(both: Twins, family: int) -> None:
    is_written_the_same(both, family, SIZES[family])


def test_counts_of_a_purse(both: Twins) -> None:
    path = both.device(0x1A)
    names = ("pages/count.12", "pages/count.13", "pages/count.3", "pages/count.ALL")
    assert too_dear(both.agree(*reads(path, *names))) == []
    both.agree(
        write(f"{path}/pages/count.12", b"1"),
        write(f"{path}/pages/page.12", b"paid"),
        read(f"{path}/pages/count.12"),
        but=(COUNT_AFTER_WRITE,),
    )
    for chip in both.chips(0x1A, DS1963L):
        chip.tamper_bits = b"\x55\x55\x55\x45"
    both.agree(*(read(f"/uncached{path}/pages/{name}.13") for name in ("page", "count")))


def test_counts_and_secrets_of_a_key(both: Twins) -> None:
    path = both.device(0x18)
    names = ("pages/count.13", "pages/count.3", "pages/count.ALL")
    both.agree(*reads(path, *names), but=(COUNTS_OF_A_KEY,))
    both.agree(
        *(
            request
            for name in ("password", "pages/password")
            for request in (read(f"{path}/{name}"), write(f"{path}/{name}", b"12345678"))
        )
    )


def test_a_key_is_written(both: Twins) -> None:
    path = both.device(0x18)
    before = memories(both, 0x18)[0]
    both.agree(
        write(f"{path}/memory", b"abc", offset=30),
        write(f"{path}/pages/page.9", bytes(range(32))),
        read(f"{path}/memory"),
        but=(KEY_WRITTEN, WRITTEN_KEY),
    )
    theirs, ours = memories(both, 0x18)
    assert theirs == before
    assert (ours[30:33], ours[288:320]) == (b"abc", bytes(range(32)))


# The DS2404

COUNTERS = ("udate", "date", "interval/udate", "interval/date", "cycle", "trigger/udate",
            "trigger/date", "trigger/interval_udate", "trigger/interval_date",
            "trigger/cycle")  # fmt: skip
CONTROL = ("readonly/clock", "readonly/interval", "readonly/cycle", "readonly/memory", "running",
           "auto", "start", "delay")  # fmt: skip
DATE = b"Sun Nov 22 12:00:00 2026"


def registers(both: Twins) -> list[bytes]:
    return [bytes(chip.memory[STATUS:]) for chip in both.chips(0x04, DS2404)]


def verified(cases: list[Case]) -> list[str]:
    """Those that cost us more than 3.2p4, and more than what proves that registers were written."""
    return [
        str(case)
        for case in cases
        if case.too_dear
        and case.our_cost.resets > case.their_cost.resets + VERIFICATION
        and b"-1" not in case.request.data  # all ones, so that the chip is looked for
    ]


def test_a_clock_is_read_the_same(both: Twins) -> None:
    path = both.device(0x04)
    both.agree(read(f"{path}/type"), ask(DIRALL, path), ask(DIRALL, f"{path}/trigger"))
    both.agree(read("/bus.0/interface/settings/ds2404_found"))
    cases = both.agree(*reads(path, *COUNTERS, *CONTROL, "alarm", "set_alarm"))
    assert too_dear(cases) == []


def test_a_clock_is_set_the_same(both: Twins) -> None:
    path = both.device(0x04)
    cases = both.agree(
        *writes(
            path,
            ("udate", b"1000000000"),
            ("date", b"today"),
            ("udate", b"x"),
            ("udate", b"-1"),
            ("udate", b"5000000000"),
            ("interval/udate", b"17"),
            ("cycle", b"99"),
            ("cycle", b"-1"),
            ("trigger/udate", b"17"),
            ("trigger/interval_udate", b"18"),
            ("trigger/cycle", b"19"),
            ("alarm", b"1"),
            *(("set_alarm", text) for text in (b"111", b"101", b"0", b"2", b"1111", b"x")),
            *((name, text) for name in CONTROL[3:] for text in (b"1", b"1", b"0")),
            ("running", b"x"),
        )
    )
    assert verified(cases) == []
    theirs, ours = registers(both)
    assert ours == theirs
    both.agree(write(f"{path}/date", b"Sun Nov 22 12:00:00 1961"), but=(NO_SUCH_DATE,))


def test_a_clock_is_set_to_the_time_of_the_machine(both: Twins) -> None:
    path = both.device(0x04)
    before = int(time.time())
    cases = both.ask([write(f"{path}/date", b""), read(f"{path}/udate")])
    after = int(time.time())
    answers = (cases[1].theirs, cases[1].ours)
    assert [before <= int(answer.text) <= after for answer in answers] == [True, True]


def test_dates_are_set_as_they_were_given(both: Twins) -> None:
    """3.2p4 leaves the mark of daylight saving time to chance, and may be an hour off."""
    names = ("date", "interval/date", "trigger/date", "trigger/interval_date")
    cases = both.ask(writes(both.device(0x04), *((name, DATE) for name in names)))
    assert [case.theirs.ret for case in cases[::2]] == [0] * len(names)
    assert [case.ours.text for case in cases[1::2]] == [DATE] * len(names)
    theirs, ours = both.chips(0x04, DS2404)
    theirs.memory[STATUS:] = ours.memory[STATUS:]


def test_alarms_of_a_clock(both: Twins) -> None:
    path = both.device(0x04)
    for chip in both.chips(0x04, DS2404):
        chip.memory[STATUS] |= 0b101
    both.agree(ask(DIRALL, "/alarm"), read(f"/uncached{path}/alarm"), ask(DIRALL, "/alarm"))
    for chip in both.chips(0x04, DS2404):
        chip.memory[STATUS] |= 0b010
    both.agree(
        read(f"/uncached{path}/set_alarm"), read(f"/uncached{path}/alarm"), but=(ALARMS_KEPT,)
    )


def test_a_clock_is_protected(both: Twins) -> None:
    both.agree(
        *writes(
            both.device(0x04),
            ("readonly/clock", b"0"),
            ("readonly/clock", b"1"),
            ("udate", b"77"),
            ("readonly/clock", b"0"),
        ),
        but=(PROTECTED, WRITE_TO_PROTECTED, PROTECTED_TIME),
    )


def test_only_3_2p4_dies_of_the_memory_of_a_clock() -> None:
    with twins(prepared("04,01", fill)) as found:
        path = found.device(0x04)
        found.agree(read(f"{path}/type"))
        found.agree(write(f"{path}/memory", b"abc", offset=30), but=(DIES,))
        _, ours = memories(found, 0x04)
        assert ours[30:33] == b"abc"

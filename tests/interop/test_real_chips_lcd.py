"""owserver 3.2p4 and our daemon on equal chips: FF, property by property.

They must answer the same or as tests/differences/soft_devices.py says, and leave the
same in the chips. Ours costs more only where it sees to it that what was written is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.swart_lcd import SwartLcd
from tests.differences.soft_devices import LCD_BYTE
from tests.interop.differential import DIRALL, WRITE, ask, read, write
from tests.interop.twins import Case, Twins, prepared, reads, too_dear, twins, writes

pytestmark = pytest.mark.timeout(120)

LCD = 0xFF
FOREIGN_LOW = 0b0111
"""Levels of the pins when somebody else holds one low."""


def prepare(bus: Emulation) -> None:
    for chip in bus.slaves:
        assert isinstance(chip, SwartLcd)
        chip.memory[:] = bytes((address * 37 + 11) % 251 for address in range(chip.MEMORY_SIZE))


@pytest.fixture(scope="module")
def both() -> Iterator[Twins]:
    with twins(prepared("LCD", prepare)) as found:
        yield found


def chips(both: Twins) -> tuple[SwartLcd, SwartLcd]:
    return both.chips(LCD, SwartLcd)


def same_inside(both: Twins) -> bool:
    theirs, ours = chips(both)
    assert (theirs.unheard, ours.unheard) == (0, 0)
    return (
        theirs.display == ours.display
        and theirs.memory == ours.memory
        and theirs.pins.latches == ours.pins.latches
        and (theirs.is_on, theirs.backlight) == (ours.is_on, ours.backlight)
        and theirs.counts == ours.counts
    )


def dear(cases: Sequence[Case], more: int) -> list[str]:
    """The writes that cost us more resets than them and `more` for looking what came of it."""
    return [
        str(case)
        for case in cases
        if case.request.type == WRITE
        and case.ours.ret == 0
        and case.our_cost.resets > case.their_cost.resets + more
    ]


def test_everything_is_read_the_same(both: Twins) -> None:
    path = both.device(LCD)
    names = ("version", "register", "data", "gpio.ALL", "gpio.BYTE", "gpio.3", "memory", "type",
             "LCDon", "backlight", "line16.0", "line20.ALL", "line40.1", "screen16", "screen20",
             "screen40")  # fmt: skip
    cases = both.agree(ask(DIRALL, path), *reads(path, *names))
    cases += both.agree(
        read(f"{path}/memory", size=20, offset=10),
        read(f"{path}/memory", size=20, offset=100),
        read(f"{path}/memory", size=20, offset=112),
        read(f"{path}/version", size=5, offset=3),
        read(f"{path}/gpio.4"),
    )
    assert too_dear(cases) == []


def test_counters(both: Twins) -> None:
    path = both.device(LCD)
    names = ("counters.ALL", "counters.2", "cumulative.ALL", "cumulative.3")
    for chip in chips(both):
        chip.counts = [1, 2, 3, 1000]
    cases = both.agree(*reads(path, *names))
    for name in names:
        for chip in chips(both):
            chip.counts = [0, 65535, 65535, 7]
        cases += both.agree(read(f"/uncached{path}/{name}"))
    assert too_dear(cases) == []
    assert same_inside(both)


def test_sums_of_counters_can_be_set(both: Twins) -> None:
    path = both.device(LCD)
    cases = both.agree(
        *writes(
            path,
            ("cumulative.ALL", b"1,2,3,4"),
            ("cumulative.ALL", b"1,2"),
            ("cumulative.1", b"50"),
            ("cumulative.1", b"many"),
            ("cumulative.0", b"-1"),
            ("cumulative.4", b"1"),
        ),
        write(f"{path}/counters.0", b"1"),
        write(f"{path}/counters.ALL", b"1,2,3,4"),
        read(f"/uncached{path}/cumulative.ALL"),
    )
    # What was counted meanwhile is asked for when one sum is set.
    assert dear(cases, 2) == []


def test_switches_and_registers(both: Twins) -> None:
    path = both.device(LCD)
    cases = []
    for name, data in (
        ("LCDon", b"1"),
        ("backlight", b"yes"),
        ("LCDon", b"0"),
        ("LCDon", b"maybe"),
        ("backlight", b""),
        ("register", b"194"),
        ("data", b"65"),
        ("data", b"x"),
        ("register", b""),
        ("register", b"128"),
    ):
        cases += both.agree(*writes(path, (name, data)))
        assert same_inside(both)
    assert dear(cases, 1) == []
    before = bytes(chips(both)[1].display)
    both.agree(
        write(f"{path}/data", b"300"),
        write(f"{path}/data", b"-1"),
        write(f"{path}/register", b"300"),
        but=(LCD_BYTE,),
    )
    theirs, ours = chips(both)
    assert ours.display == before
    theirs.display[:], theirs.address = before, ours.address


def test_pins(both: Twins) -> None:
    path = both.device(LCD)
    cases = both.agree(
        *writes(
            path,
            ("gpio.BYTE", b"5"),
            ("gpio.1", b"1"),
            ("gpio.ALL", b"1,0,0,1"),
            ("gpio.ALL", b"1,0"),
            ("gpio.BYTE", b"255"),
            ("gpio.BYTE", b"0"),
            ("gpio.BYTE", b"x"),
            ("gpio.4", b"1"),
        )
    )
    assert same_inside(both)
    assert dear(cases, 2) == []
    for chip in chips(both):
        chip.pins.pulled_up = FOREIGN_LOW
    both.agree(read(f"{path}/gpio.ALL"), write(f"{path}/gpio.3", b"0"), read(f"{path}/gpio.BYTE"))


def test_the_memory_is_written(both: Twins) -> None:
    path = both.device(LCD)
    cases = both.agree(
        write(f"{path}/memory", b"0123456789abcdefghijkl", offset=10),
        read(f"{path}/memory"),
        write(f"{path}/memory", b"X", offset=111),
        write(f"{path}/memory", b"the end", offset=109),
        write(f"{path}/memory", b"behind", offset=112),
        write(f"{path}/memory", bytes(range(112))),
        read(f"{path}/memory", size=30, offset=90),
    )
    assert same_inside(both)
    pieces = 7
    assert dear(cases, 3 * pieces) == []
    assert dear(cases[1:5], 3) == []


LONG = b"a long text that wraps at the width of the display since it has no newline in it " * 2


@pytest.mark.parametrize("width", [16, 20, 40])
def test_texts(both: Twins, width: int) -> None:
    path = both.device(LCD)
    last = 1 if width == 40 else 3
    all_lines = b",".join([b"one", b"two", b"three", b"four"][: last + 1])
    line, screen = f"{path}/line{width}", f"{path}/screen{width}"
    for request in (
        write(f"{line}.0", b"Hello"),
        write(f"{line}.{last}", b"Hello, you out there, my friends, whom I never saw"),
        write(f"{line}.1", b""),
        write(f"{line}.1", b"abc", offset=2),
        write(f"{line}.1", b"abc", offset=width - 1),
        write(f"{line}.1", b"abc", offset=width),
        write(f"{line}.1", b"abc", offset=1000),
        write(f"{line}.1", b"abc", offset=-1),
        write(f"{line}.{last + 1}", b"abc"),
        write(f"{line}.ALL", all_lines),
        write(f"{line}.ALL", all_lines + b",five"),
        write(f"{line}.ALL", b"one"),
        write(f"{line}.0", b"a\nb\0c"),
        write(screen, b"Hello"),
        write(screen, b"one\ntwo\nthree\nfour\nfive"),
        write(screen, LONG),
        write(screen, b"a\n\nb"),
        write(screen, b"\n"),
        write(screen, b""),
        write(screen, b"abc", offset=2),
    ):
        pieces = 4 * ((width + 15) // 16)
        [case] = both.agree(request)
        assert dear([case], pieces) == []
        assert same_inside(both), request


def test_a_newline_behind_a_full_line_ends_it(both: Twins) -> None:
    both.agree(write(f"{both.device(LCD)}/screen16", b"0123456789abcdef\nnext"))
    theirs, ours = chips(both)
    assert ours.text(0x40, 4) == b"next"
    assert theirs.text(0x10, 4) == b"next"

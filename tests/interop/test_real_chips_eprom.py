"""owserver 3.2p4 and our daemon on equal EPROMs: 0B, 0F, 8B, 8F, property by property.

More than one byte of the status is written by ours alone: 3.2p4 never answers that, nor anything
else about its bus from then on.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.ds2505 import DS2505
from tests.differences.eprom import NOT_PROGRAMMED, STATUS_PAGE
from tests.differences.memories import PART_OF_PAGES
from tests.interop.differential import DIRALL, ask, read, write
from tests.interop.programming import programming
from tests.interop.twins import Twins, reads, too_dear, twins

pytestmark = pytest.mark.timeout(120)

FAMILIES = (0x0B, 0x0F, 0x8B, 0x8F)


def make() -> Emulation:
    """EPROMs of which page 3 is protected."""
    bus = programming("0B,0F,8B,8F")
    for chip in bus.slaves:
        assert isinstance(chip, DS2505)
        chip.memory[:512] = bytes(n * 7 % 251 for n in range(512))
        chip.status[0], chip.status[0x21], chip.status[0x40] = 0xF7, 0xFE, 0x55
    return bus


@pytest.fixture(scope="module")
def both() -> Iterator[Twins]:
    with twins(make) as found:
        yield found


def contents(both: Twins, family: int) -> list[bytes]:
    return [bytes(chip.memory + chip.status) for chip in both.chips(family, DS2505)]


@pytest.mark.parametrize("family", FAMILIES)
def test_eproms_read_the_same(both: Twins, family: int) -> None:
    path = both.device(family)
    both.agree(read(f"{path}/type"), ask(DIRALL, path), ask(DIRALL, f"{path}/status"))
    names = ("pages/page.1", "status/page.0", "status/page.4", "status/page.8", "status/page.10",
             "status/page.ALL", "status/page.11")  # fmt: skip
    cases = both.agree(
        *reads(path, *names),
        read(f"{path}/memory", size=100, offset=20),
        read(f"{path}/memory", size=10, offset=508),
        read(f"{path}/status/page.0", size=3, offset=2),
        read(f"{path}/pages/page.1", size=5, offset=30),
        read(f"{path}/pages/page.ALL", offset=5),
        but=(PART_OF_PAGES,),
    )
    assert too_dear(cases) == []


def test_an_eprom_reads_the_same_to_its_end(both: Twins) -> None:
    path = both.device(0x0B)
    cases = both.agree(*reads(path, "memory"), read(f"{path}/pages/page.ALL"))
    assert too_dear(cases) == []


@pytest.mark.parametrize("family", FAMILIES)
def test_eproms_are_programmed_the_same(both: Twins, family: int) -> None:
    path = both.device(family)
    pulses = [bus.wire.counts.program_pulses for bus in (both.theirs, both.ours)]
    both.agree(
        write(f"{path}/memory", b"\0\0\0\x07", offset=30),
        write(f"{path}/pages/page.40", b"\x12\x34\x56", offset=4),
        write(f"{path}/pages/page.40", b""),
        write(f"{path}/pages/page.ALL", b"\0"),
        write(f"{path}/status/page.0", b"\xef", offset=1),
        write(f"{path}/status/page.ALL", b"\0"),
        read(f"{path}/memory", size=100),
        read(f"{path}/status/page.0"),
    )
    theirs, ours = contents(both, family)
    assert ours == theirs
    assert ours[30:34] == b"\0\0\0\x07"
    now = [bus.wire.counts.program_pulses for bus in (both.theirs, both.ours)]
    their_pulses, our_pulses = (n - was for n, was in zip(now, pulses, strict=True))
    assert our_pulses == their_pulses


@pytest.mark.parametrize("family", FAMILIES)
def test_what_cannot_be_programmed_is_told(both: Twins, family: int) -> None:
    path = both.device(family)
    before = contents(both, family)[1]
    both.agree(
        write(f"{path}/memory", b"\0", offset=100),
        write(f"{path}/memory", b"\xff\0", offset=1),
        write(f"{path}/status/page.0", b"\xff"),
        but=(NOT_PROGRAMMED,),
    )
    assert contents(both, family)[1] == before
    theirs, ours = both.chips(family, DS2505)
    theirs.memory[:] = ours.memory


@pytest.mark.parametrize("family", FAMILIES)
def test_a_page_of_the_status_is_written_where_it_is_read(both: Twins, family: int) -> None:
    path = both.device(family)
    theirs, ours = both.chips(family, DS2505)
    page = 0x40 // ours.STATUS_PAGE
    both.agree(
        write(f"{path}/status/page.{page}", b"\xf8", offset=1),
        read(f"{path}/status/page.{page}"),
        but=(STATUS_PAGE,),
    )
    assert ours.status[0x41] == 0xF8
    theirs.status[:] = ours.status

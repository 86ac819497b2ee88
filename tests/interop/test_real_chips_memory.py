"""owserver 3.2p4 and our daemon on equal chips: 09, 1D, 21, 23, 2D, 43, property by property.

They must answer the same or as tests/differences/memories.py says, leave the same in
the chips, and ours must not ask more of the bus than 3.2p4 does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.ds1921 import CONTROL, DS1921, STATUS
from owfs_py.emulator.ds2423 import DS2423
from owfs_py.emulator.ds2502 import DS2502
from owfs_py.emulator.memories import ScratchpadChip
from tests.deliberate_differences import Deliberate
from tests.differences.memories import (
    ALARM_STATE,
    ALARM_STATE_WRITTEN,
    ALARM_TRIGGER,
    CLOCK,
    IN_MISSION,
    MISSION_DATE,
    NO_MISSION_DATE,
    NOTHING_DONE,
    OUT_OF_RANGE,
    PAGE_OF_EPROM,
    PART_OF_PAGES,
    UNALIGNED_WRITE,
)
from tests.interop.differential import Request, read, write
from tests.interop.memorychips import is_written_the_same, memories
from tests.interop.programming import programming
from tests.interop.twins import Twins, too_dear, twins

pytestmark = pytest.mark.timeout(120)

SIZES = {0x23: 512, 0x2D: 128, 0x43: 2560, 0x1D: 512}
NOON = 1795348800  # 22 November 2026, UTC


def make() -> Emulation:
    """A bus with a chip of each family, in a state of its own."""
    bus = programming("23,2D,43,1D,09,89,21")
    for chip in bus.slaves:
        if isinstance(chip, ScratchpadChip):
            chip.memory[:128] = bytes(range(128))
        if isinstance(chip, DS2502):
            chip.memory[:] = bytes(range(128, 256))
        if isinstance(chip, DS2423):
            chip.counters.update({12: 5, 13: 6, 14: 1000, 15: 2000})
        if isinstance(chip, DS1921):
            chip.memory[CONTROL] = 0
            chip.seconds = NOON
            chip.temperature = 23.5
    return bus


@pytest.fixture(scope="module")
def both() -> Iterator[Twins]:
    with twins(make) as found:
        yield found


@pytest.mark.parametrize("family", [*SIZES, 0x09, 0x89, 0x21])
def test_memories_read_the_same(both: Twins, family: int) -> None:
    path, size = both.device(family), SIZES.get(family, 128)
    memory, page = f"{path}/memory", f"{path}/pages/page"
    both.agree(read(f"{path}/type"))
    cases = both.agree(
        read(memory),
        read(f"/uncached{memory}"),
        read(memory, size=10, offset=28),
        read(memory, size=1, offset=size - 1),
        read(memory, size=10, offset=5000),
        read(f"{page}.1"),
        read(f"{page}.1", size=5, offset=30),
        read(f"/uncached{page}.2"),
        read(f"{page}.ALL"),
        read(f"{page}.ALL", size=10),
        read(f"{page}.ALL", offset=5),
        read(f"{page}.ALL", offset=5000),
        read(f"{page}.999"),
        but=(PART_OF_PAGES, PAGE_OF_EPROM) if family in (0x09, 0x89) else (PART_OF_PAGES,),
    )
    assert too_dear(cases) == []


@pytest.mark.parametrize("family", SIZES)
def test_memories_are_written_the_same(both: Twins, family: int) -> None:
    both.agree(read(f"{both.device(family)}/type"))
    is_written_the_same(both, family, SIZES[family])


@pytest.mark.parametrize(("offset", "size"), [(26, 3), (28, 10), (63, 1)])
@pytest.mark.parametrize("family", SIZES)
def test_any_bytes_can_be_written(both: Twins, family: int, offset: int, size: int) -> None:
    chips = both.chips(family, ScratchpadChip)
    before = memories(both, family)
    both.agree(
        write(f"{both.device(family)}/memory", bytes(size), offset=offset),
        but=(UNALIGNED_WRITE,) if family == 0x2D else (),
    )
    theirs, ours = memories(both, family)
    wanted = bytearray(before[1])
    wanted[offset : offset + size] = bytes(size)
    assert ours == wanted
    if family != 0x2D:
        assert ours == theirs
    chips[0].memory[:] = chips[1].memory


def test_counters(both: Twins) -> None:
    path = both.device(0x1D)
    chips = both.chips(0x1D, DS2423)

    def count(a: int, b: int) -> None:
        for chip in chips:
            chip.count("A", a)
            chip.count("B", b)

    names = ("counter.A", "counter.B", "counter.ALL", "counters.ALL", "counters.b", "mincount",
             "pages/count.12", "pages/count.3", "pages/count.ALL")  # fmt: skip
    cases = both.agree(read(f"{path}/type"), *(read(f"{path}/{name}") for name in names))
    count(5, 3)
    cases += both.agree(*(read(f"/uncached{path}/{name}") for name in names))
    cases += both.agree(write(f"{path}/mincount", b"77"), read(f"{path}/mincount"))
    count(5, 30)
    cases += both.agree(
        read(f"/uncached{path}/mincount"),
        write(f"{path}/mincount", b"-5"),
        read(f"/uncached{path}/mincount"),
        write(f"{path}/mincount", b"x"),
        write(f"{path}/counter.A", b"1"),
        read(f"{path}/counter.C"),
    )
    assert too_dear(cases) == []


def test_an_eprom_is_programmed_the_same(both: Twins) -> None:
    path = both.device(0x09)
    both.agree(
        read(f"{path}/type"),
        write(f"{path}/memory", b"\x00\x1c\x1f\x20", offset=0x1D),
        write(f"{path}/pages/page.3", b"\xe0\xe1\x02", offset=0),
        write(f"{path}/pages/page.3", b""),
        read(f"{path}/memory"),
    )
    theirs, ours = memories(both, 0x09)
    assert ours == theirs
    assert ours[0x1D:0x21] == b"\x00\x1c\x1f\x20"


def test_a_zero_of_an_eprom_never_becomes_a_one(both: Twins) -> None:
    path = both.device(0x09)
    theirs, ours = both.chips(0x09, DS2502)
    before = bytes(ours.memory)
    pulses = both.ours.wire.counts.program_pulses
    both.agree(read(f"{path}/type"), write(f"{path}/memory", b"\x3f", offset=0x50))
    assert ours.memory == before
    assert both.ours.wire.counts.program_pulses == pulses
    # 3.2p4 programmed what it could, three times.
    theirs.memory[:] = ours.memory


def test_a_node_address(both: Twins) -> None:
    path = both.device(0x89)
    both.agree(
        *(read(f"{path}/{name}") for name in ("project", "mac_e", "mac_fw")),
        read(f"{path}/mac_fw", size=3, offset=2),
        write(f"{path}/project", b"x"),
    )


CONSTANT = ("about/resolution", "about/templow", "about/temphigh", "about/version",
            "histogram/elements", "histogram/gap", "histogram/temperature.ALL")  # fmt: skip
SETTINGS = ("clock/running", "mission/enable", "mission/rollover", "mission/frequency",
            "mission/delay", "set_alarm/templow", "set_alarm/temphigh", "set_alarm/date",
            "alarm_second", "alarm_minute", "alarm_hour", "alarm_dow", "alarm_trigger",
            "overtemp/temperature", "undertemp/temperature")  # fmt: skip
MISSION = ("mission/running", "mission/sampling", "mission/samples", "mission/templow",
           "mission/temphigh", "mission/timer", "mission/date", "mission/udate", "about/samples",
           "about/measuring", "log/elements", "log/temperature.3", "log/date.3", "log/udate.0",
           "histogram/counts.ALL", "histogram/counts.31", "overtemp/count.ALL",
           "overtemp/count.2", "overtemp/date.ALL", "overtemp/end.1", "overtemp/elements",
           "undertemp/count.ALL", "undertemp/elements", "temperature", "clock/date",
           "alarm_state", "set_alarm/trigger", "mission/clear")  # fmt: skip


def registers(both: Twins) -> list[bytes]:
    """What users set, of both loggers."""
    return [memory[0x207:0x20F] + memory[0x212:0x215] for memory in memories(both, 0x21)]


def changes(both: Twins, *pairs: tuple[str, bytes], but: Sequence[Deliberate] = ()) -> None:
    """Write each, and see what both make of it."""
    path = both.device(0x21)
    requests: list[Request] = []
    for name, data in pairs:
        requests += (write(f"{path}/{name}", data), read(f"/uncached{path}/{name}"))
    both.agree(*requests, but=but)


def test_a_logger_is_read_the_same(both: Twins) -> None:
    path = both.device(0x21)
    names = (*CONSTANT, *SETTINGS, *MISSION)
    both.agree(read(f"{path}/type"))
    cases = both.agree(
        *(read(f"/uncached{path}/{name}") for name in names),
        but=(CLOCK, NO_MISSION_DATE),
    )
    assert too_dear(cases) == []
    # What has not changed comes from the cache.
    cases = both.agree(*(read(f"{path}/{name}") for name in SETTINGS if name != "alarm_trigger"))
    assert too_dear(cases) == []


def test_a_logger_is_set_the_same(both: Twins) -> None:
    changes(both, ("clock/date", b"Sun Nov 22 12:00:00 2026"), ("clock/udate", b"1600100000"))
    changes(both, ("clock/running", b"0"), ("clock/running", b"1"))
    changes(
        both,
        ("overtemp/temperature", b"22"),
        ("undertemp/temperature", b"18.3"),
        ("mission/rollover", b"1"),
        ("mission/enable", b"0"),
        ("mission/enable", b"1"),
        ("mission/delay", b"2"),
        ("mission/delay", b"0"),
        ("alarm_second", b"17"),
        ("alarm_minute", b"18"),
        ("alarm_hour", b"0"),
        ("alarm_dow", b"3"),
        *((f"set_alarm/{name}", b"1") for name in ("temphigh", "templow", "date", "trigger")),
        *(("alarm_trigger", b"%d" % n) for n in (1, 2, 3, 9, 0, 4)),
        ("mission/temphigh", b"0"),
        ("mission/frequency", b"256"),
        ("mission/clear", b"0"),
        ("about/samples", b"1"),
        but=(ALARM_TRIGGER,),
    )
    theirs, ours = registers(both)
    assert ours == theirs


def test_a_logger_refuses_what_3_2p4_only_seems_to_store(both: Twins) -> None:
    path = both.device(0x21)
    before = registers(both)[1]
    both.agree(
        *(
            write(f"{path}/{name}", data)
            for name, data in (
                ("overtemp/temperature", b"100"),
                ("mission/delay", b"70000"),
                ("alarm_minute", b"255"),
                ("mission/temphigh", b"1"),
                ("mission/running", b"1"),
            )
        ),
        but=(OUT_OF_RANGE, NOTHING_DONE),
    )
    theirs, ours = both.chips(0x21, DS1921)
    assert registers(both)[1] == before
    theirs.memory[0x207:0x215] = ours.memory[0x207:0x215]


def test_a_mission_goes_the_same(both: Twins) -> None:
    path = both.device(0x21)
    changes(both, ("mission/clear", b"1"))
    for chip in both.chips(0x21, DS1921):
        chip.seconds = NOON
    changes(both, ("mission/frequency", b"1"))
    for chip in both.chips(0x21, DS1921):
        assert chip.memory[STATUS] & 0x20
    names = (*CONSTANT, *SETTINGS, *MISSION)
    requests = [read(f"/uncached{path}/{name}") for name in names]
    both.agree(*requests, but=(CLOCK, MISSION_DATE, ALARM_STATE))
    both.agree(
        *(
            write(f"{path}/{name}", data)
            for name, data in (
                ("clock/date", b"Sun Nov 22 12:00:00 2026"),
                ("clock/udate", b"1600100000"),
                ("clock/running", b"1"),
                ("overtemp/temperature", b"3"),
                ("mission/delay", b"2"),
                ("mission/rollover", b"0"),
                ("alarm_hour", b"3"),
            )
        ),
        but=(IN_MISSION,),
    )
    assert registers(both)[0] == registers(both)[1]
    changes(both, ("mission/running", b"0"), ("mission/easystart", b"5"))
    both.agree(*(read(f"/uncached{path}/{name}") for name in SETTINGS))
    changes(both, ("mission/frequency", b"0"))
    changes(
        both,
        ("alarm_state", b"0"),
        ("alarm_state", b"7"),
        but=(ALARM_STATE, ALARM_STATE_WRITTEN),
    )

"""Overdrive switched on at owserver 3.2p4 and at our daemon, on equal buses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.memories import DS2431
from tests.differences.overdrive import LOST_AT_OVERDRIVE
from tests.interop.differential import DIRALL, Request, ask, read, write
from tests.interop.twins import Twins, prepared, twins

pytestmark = pytest.mark.timeout(60)

SETTING = "/bus.0/interface/settings/overdrive"
PAGE = bytes(range(32))


def fill(bus: Emulation) -> None:
    for slave in bus.slaves:
        if isinstance(slave, DS2431):
            slave.memory[:32] = PAGE


@pytest.fixture
def mixed() -> Iterator[Twins]:
    with twins(prepared("28,29,2D,3A", fill)) as found:
        yield found


def requests(bus: Twins) -> list[Request]:
    properties = {0x28: "latesttemp", 0x29: "sensed.BYTE", 0x2D: "pages/page.0", 0x3A: "PIO.ALL"}
    devices = {family: bus.device(family) for family in properties}
    return [
        *[read(f"/uncached{devices[family]}/{name}") for family, name in properties.items()],
        ask(DIRALL, "/uncached"),
    ]


def test_the_setting_costs_3_2p4_its_devices_and_us_no_answer(mixed: Twins) -> None:
    mixed.agree(ask(DIRALL, "/"))
    regular = mixed.agree(*requests(mixed))
    mixed.agree(write(SETTING, b"1"), read(SETTING))
    fast = mixed.agree(*requests(mixed), but=[LOST_AT_OVERDRIVE])
    assert [case.ours for case in fast] == [case.theirs for case in regular]
    assert all(case.theirs != case.ours for case in fast)
    assert [case.our_cost.overdrive_slots > 0 for case in fast] == [False, True, True, True, False]
    mixed.agree(write(SETTING, b"0"), read(SETTING))
    again = mixed.agree(*requests(mixed))
    assert [case.our_cost for case in again] == [case.our_cost for case in regular]


def test_what_is_written_at_overdrive_speed_3_2p4_reads_at_regular_speed(mixed: Twins) -> None:
    memory = f"{mixed.device(0x2D)}/memory"
    mixed.ask([write(SETTING, b"1")])
    (case,) = mixed.ask([write(memory, PAGE[::-1], offset=64)])
    assert case.ours.ret == 0
    assert case.our_cost.overdrive_slots > 0
    mixed.ask([write(SETTING, b"0")])
    theirs, ours = mixed.chips(0x2D, DS2431)
    theirs.memory[:] = ours.memory
    (case,) = mixed.agree(read(f"/uncached{memory}"))
    assert case.theirs.text[64:96] == PAGE[::-1]

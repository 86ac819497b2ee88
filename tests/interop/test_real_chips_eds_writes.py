"""owserver 3.2p4 and our daemon on equal chips: what users write to all models of 7E.

They must answer the same or as tests/differences/third_party.py says, and leave the same
in the chips. Neither keeps volatile values: 3.2p4 changes parts of registers in its cache.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from owfs_py.bus.properties import Property
from owfs_py.bus.values import Kind
from tests.differences.third_party import (
    CHANNEL_ALARMS,
    LIGHT,
    NO_THRESHOLD,
    OUT_OF_RANGE,
    READ_ONLY,
    THRESHOLDS,
    VIBRATION,
    WRITTEN_THRESHOLDS,
)
from tests.interop.differential import WRITE, Request, read, write
from tests.interop.edsbuses import METERS, NAMES, chips, device, make, properties
from tests.interop.twins import Case, Twins, twins

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def both() -> Iterator[Twins]:
    with twins(make, hurried=True) as found:
        found.agree(write("/settings/timeout/volatile", b"0"))
        yield found


def good(name: str, prop: Property) -> Sequence[bytes]:
    """Numbers that a register takes."""
    word = prop.name.rpartition("/")[2]
    match prop.kind:
        case Kind.YESNO:
            return b"1", b"0", b"1"
        case Kind.UNSIGNED:
            return (b"3", b"1") if word == "control" else (b"1", b"200")
        case _ if "current" in word:
            return b"0.0035", b"0.02", b"0.031999"
        case _ if "volts" in word:
            return b"3.5", b"31.9995", b"-0.0001"
        case _:
            return b"25.3", b"-10.7", b"-0.0001", b"-1.5"


def outside(name: str, prop: Property) -> Sequence[bytes]:
    """Numbers that it has no room for."""
    word = prop.name.rpartition("/")[2]
    match prop.kind:
        case Kind.YESNO:
            return ()
        case Kind.UNSIGNED:
            return (b"7", b"-1") if word == "control" else (b"20000000", b"-1")
        case _ if "current" in word or "volts" in word:
            return b"40", b"-1"
        case _:
            return b"5000", b"-5000", b"nan"


SPECIAL = ("light_hi", "light_hi ", "light_low", "vib_hi", "vib_low")
"""Limits that 3.2p4 writes otherwise; each has a test of its own."""


def writable(name: str) -> list[tuple[str, Property]]:
    """Registers of a model, and bits of them, one by one."""
    return [
        (path, prop)
        for path, prop in properties(name)
        if "w" in prop.access
        and prop.kind is not Kind.BINARY
        and not path.endswith((".ALL", ".BYTE", "alarm/clear"))
        and not (path.endswith(SPECIAL) and "threshold" in path)
        and not path.startswith("EDS0090/set_alarm")
    ]


def dear(cases: Sequence[Case]) -> list[str]:
    """The writes that cost us more resets than them.

    One more for an element of a bit field in a register that has others as well: these are looked
    at once more.
    """
    return [
        str(case)
        for case in cases
        if case.request.type == WRITE
        and case.ours.ret == 0
        and case.our_cost.resets > case.their_cost.resets + _is_element_of_alarms(case.request)
    ]


def _is_element_of_alarms(request: Request) -> bool:
    return b"/set_alarm/" in request.path and request.path[-1:].isdigit()


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_written_the_same(both: Twins, name: str) -> None:
    path, (theirs, ours) = device(both, name), chips(both, name)
    cases = both.agree(
        *(
            request
            for each, prop in writable(name)
            for data in good(name, prop)
            for request in (write(f"{path}/{each}", data), read(f"/uncached{path}/{each}"))
        )
    )
    assert dear(cases) == []
    assert ours.memory == theirs.memory
    before = bytes(ours.memory)
    both.agree(
        *(
            write(f"{path}/{each}", data)
            for each, prop in writable(name)
            for data in (*outside(name, prop), b"x", b"")
        ),
        but=(OUT_OF_RANGE,),
    )
    assert ours.memory == before
    theirs.memory[:] = before


MEMORIES = {name: ["memory", "pages/page"] for name in NAMES}
for each in METERS:
    MEMORIES[each] += [f"{each}/memory", f"{each}/pages/page"]


@pytest.mark.parametrize("name", NAMES)
def test_the_memory_is_written_the_same(both: Twins, name: str) -> None:
    path, (theirs, ours) = device(both, name), chips(both, name)
    requests: list[Request] = []
    for memory, page in zip(MEMORIES[name][::2], MEMORIES[name][1::2], strict=True):
        pages = 3 if memory == "memory" else 5
        last = pages - 1
        requests += (
            write(f"{path}/{memory}", b"abc", offset=32 * last + 17),
            write(f"{path}/{memory}", b"the end", offset=32 * pages - 4),
            write(f"{path}/{memory}", b"behind", offset=32 * pages),
            write(f"{path}/{page}.{last}", b"defghi", offset=23),
            write(f"{path}/{page}.{last}", b"page end", offset=24),
            write(f"{path}/{page}.{last}", b"x", offset=40),
            write(f"{path}/{page}.{pages}", b"x"),
            write(f"{path}/{page}.ALL", b"too short"),
            read(f"{path}/{memory}", size=50, offset=32 * last - 10),
            read(f"{path}/{page}.{last}", size=7, offset=20),
        )
    if name in METERS:
        # The memory that all have ends where they only measure.
        requests = [each for each in requests if f"{name}/" in each.path.decode()]
    cases = both.agree(*requests)
    assert dear(cases) == []
    assert ours.memory == theirs.memory


def test_two_pages_are_written_at_once(both: Twins) -> None:
    path, (theirs, ours) = device(both, "EDS0082"), chips(both, "EDS0082")
    data = bytes(range(40))
    both.agree(write(f"{path}/EDS0082/memory", data, offset=0x6A))
    assert ours.memory == theirs.memory
    assert ours.memory[0x6A : 0x6A + len(data)] == data


def test_what_the_chip_did_not_take_is_reported(both: Twins) -> None:
    path, (_, ours) = device(both, "EDS0064"), chips(both, "EDS0064")
    before = bytes(ours.memory)
    both.agree(write(f"{path}/memory", b"x", offset=5), but=(READ_ONLY,))
    assert ours.memory == before


@pytest.mark.parametrize("name", METERS)
def test_bit_fields_of_meters(both: Twins, name: str) -> None:
    path, (theirs, ours) = f"{device(both, name)}/{name}", chips(both, name)
    count = len(ours.QUANTITIES)
    some, fewer = b",".join([b"1", b"0"] * (count // 2)), b"1,1"
    quantity = "current" if name in ("EDS0080", "EDS0083") else "volts"
    cases = both.agree(
        *(
            request
            for limit in (f"set_alarm/{quantity}_hi", f"set_alarm/{quantity}_low")
            for request in (
                write(f"{path}/{limit}.BYTE", b"5"),
                write(f"{path}/{limit}.BYTE", b"258"),
                write(f"{path}/{limit}.BYTE", b"-1"),
                write(f"{path}/{limit}.BYTE", b"x"),
                write(f"{path}/{limit}.ALL", some),
                write(f"{path}/{limit}.ALL", fewer),
                write(f"{path}/{limit}.{count}", b"1"),
                read(f"{path}/{limit}.BYTE"),
                read(f"{path}/set_alarm/alarm_function"),
            )
        )
    )
    assert dear(cases) == []
    assert ours.memory == theirs.memory


@pytest.mark.parametrize("name", METERS)
def test_a_meter_has_a_threshold_for_each_channel(both: Twins, name: str) -> None:
    path, (theirs, ours) = f"{device(both, name)}/{name}", chips(both, name)
    count = len(ours.QUANTITIES)
    quantity = "current" if name in ("EDS0080", "EDS0083") else "volts"
    threshold = f"{path}/threshold/{quantity}_low"
    values = b",".join([b"0.01"] * count)
    both.agree(
        write(f"{threshold}.ALL", values),
        read(f"{threshold}.ALL"),
        read(f"{threshold}.{count}"),
        but=(WRITTEN_THRESHOLDS, THRESHOLDS, NO_THRESHOLD),
    )
    assert [ours.get(quantity.low) for quantity in ours.QUANTITIES.values()] == pytest.approx(
        [0.01] * count, abs=1 / 2048
    )
    theirs.memory[:] = ours.memory


def test_bit_fields_of_channels(both: Twins) -> None:
    path, (theirs, ours) = device(both, "EDS0090") + "/EDS0090", chips(both, "EDS0090")
    cases = both.agree(
        *(
            request
            for field in ("latch/reset", "output/set", "output/reset", "counter/reset")
            for request in (
                write(f"{path}/{field}.BYTE", b"5"),
                write(f"{path}/{field}.ALL", b"1,0,1,0,1,0,1,0"),
                write(f"{path}/{field}.ALL", b"1,1"),
                write(f"{path}/{field}.8", b"1"),
                read(f"{path}/{field}.BYTE"),
                read(f"{path}/output/off.ALL"),
                read(f"{path}/latch/state.BYTE"),
                read(f"/uncached{path}/counter/pulses.ALL"),
            )
        )
    )
    assert dear(cases) == []
    assert ours.memory == theirs.memory


def test_alarms_of_channels_are_chosen_one_by_one(both: Twins) -> None:
    path, (theirs, ours) = device(both, "EDS0090") + "/EDS0090", chips(both, "EDS0090")
    both.agree(
        write(f"{path}/set_alarm/hi.BYTE", b"255"),
        write(f"{path}/set_alarm/low.BYTE", b"0"),
        write(f"{path}/set_alarm/low.7", b"1"),
        read(f"/uncached{path}/set_alarm/hi.BYTE"),
        read(f"/uncached{path}/set_alarm/low.BYTE"),
        but=(CHANNEL_ALARMS,),
    )
    assert ours.get(ours.SEARCHED) == 0b1101_0101_0101_0101
    both.agree(
        write(f"{path}/set_alarm/alarm_function", b"70000"),
        write(f"{path}/set_alarm/alarm_function", b"0"),
        but=(OUT_OF_RANGE,),
    )
    assert ours.get(ours.SEARCHED) == 0
    theirs.memory[:] = ours.memory


def test_limits_of_light_have_three_bytes(both: Twins) -> None:
    path, (theirs, ours) = device(both, "EDS0067") + "/EDS0067", chips(both, "EDS0067")
    both.agree(
        *(
            request
            for name in ("light_hi ", "light_low")
            for data in (b"70000", b"20000000", b"-1", b"x")
            for request in (
                write(f"{path}/threshold/{name}", data),
                read(f"/uncached{path}/threshold/{name}"),
            )
        ),
        but=(LIGHT, OUT_OF_RANGE),
    )
    assert [ours.get(limit) for limit in ours.QUANTITIES["light"][1:3]] == [70000, 70000]
    theirs.memory[:] = ours.memory


def test_limits_of_vibration_do_not_overlap(both: Twins) -> None:
    path, (theirs, ours) = device(both, "EDS0070") + "/EDS0070", chips(both, "EDS0070")
    both.agree(
        write(f"{path}/threshold/vib_hi", b"1000"),
        write(f"{path}/threshold/vib_low", b"20"),
        write(f"{path}/threshold/vib_low", b"70000"),
        write(f"{path}/threshold/vib_low", b"x"),
        read(f"/uncached{path}/threshold/vib_hi"),
        but=(VIBRATION, OUT_OF_RANGE),
    )
    assert [ours.get(limit) for limit in ours.QUANTITIES["vibration"][1:3]] == [1000, 20]
    theirs.memory[:] = ours.memory

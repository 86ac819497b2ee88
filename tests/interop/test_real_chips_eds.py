"""owserver 3.2p4 and our daemon on equal chips: all models of 7E are read, property by property.

They must answer the same or as tests/differences/third_party.py says, and ours must not
ask more of the bus.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from owfs_py.bus.properties import Property
from owfs_py.emulator.embedded_data_systems import EDS, EDS0068
from tests.deliberate_differences import Deliberate
from tests.differences.third_party import (
    CHANNEL_ALARMS,
    LISTED_THRESHOLDS,
    NAME_OF_LIGHT_HI,
    OTHERS_FLAG,
    TEMPERATURE_ALARM,
    THRESHOLDS,
    VIBRATION,
    WORDS,
)
from tests.interop.differential import DIRALL, ask, read, write
from tests.interop.edsbuses import METERS, NAMES, ROOM, device, make, properties, strangers
from tests.interop.twins import Case, Twins, twins

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def both() -> Iterator[Twins]:
    with twins(make, hurried=True) as found:
        yield found


READ_BUT: dict[str, Sequence[Deliberate]] = {
    **dict.fromkeys(ROOM, (WORDS,)),
    **dict.fromkeys(METERS, (THRESHOLDS,)),
    "EDS0065": (WORDS, TEMPERATURE_ALARM),
    "EDS0067": (WORDS, NAME_OF_LIGHT_HI),
    "EDS0068": (WORDS, TEMPERATURE_ALARM),
    "EDS0070": (WORDS, VIBRATION),
    "EDS0090": (CHANNEL_ALARMS,),
}


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_read_the_same(both: Twins, name: str) -> None:
    path, but = device(both, name), READ_BUT.get(name, ())
    readable = [(word, prop) for word, prop in properties(name) if "r" in prop.access]
    assert len(readable) > 20
    fresh = both.agree(*(read(f"/uncached{path}/{word}") for word, _ in readable), but=but)
    both.agree(*(read(f"{path}/{word}") for word, _ in readable), but=but)
    # 3.2p4 keeps bit fields for a while, too.
    kept = both.ask(read(f"{path}/{word}") for word, prop in readable if not is_field(prop))
    same = [case for case in fresh + kept if case.theirs == case.ours]
    assert [str(case) for case in same if case.too_dear and not is_word_for_byte(case)] == []


def is_field(prop: Property) -> bool:
    return prop.array is not None and prop.array.bits


def is_word_for_byte(case: Case) -> bool:
    """Whether the right register is larger than the one that 3.2p4 reads."""
    wrong = (b"/EDS0065/alarm/temp_hi", b"/EDS0068/alarm/temp_hi", b"/EDS0090/set_alarm/")
    return any(path in case.request.path for path in wrong)


@pytest.mark.parametrize("name", NAMES)
def test_only_the_model_s_directory_is_listed(both: Twins, name: str) -> None:
    path = device(both, name)
    below = sorted({word.rpartition("/")[0] for word, _ in properties(name)} - {""})
    cases = both.agree(
        ask(DIRALL, path),
        *(ask(DIRALL, f"{path}/{directory}") for directory in below),
        but=(LISTED_THRESHOLDS,) if name in METERS else (),
    )
    models = [entry for entry in cases[0].ours.entries if b"/EDS" in entry]
    assert models == [f"{path}/{name}".encode()]


def test_an_unknown_model_has_what_all_have(both: Twins) -> None:
    path = f"/{strangers(both)[0].rom}"
    listing, kind = both.agree(ask(DIRALL, path), read(f"{path}/device_type"))
    assert kind.ours.text == b"EDS0091"
    assert not [entry for entry in listing.ours.entries if b"EDS" in entry]


def test_registers_of_other_models_can_be_read(both: Twins) -> None:
    path = device(both, "EDS0068")
    both.agree(read(f"{path}/EDS0064/temperature"), read(f"{path}/EDS0082/volts.2"))


def test_a_flag_that_somebody_else_set_stays(both: Twins) -> None:
    path = f"/{strangers(both)[0].rom}/EDS0064/set_alarm"
    for chip in strangers(both):
        chip.put(chip.SEARCHED, 0)
    both.agree(read(f"{path}/temp_hi"))
    for chip in strangers(both):
        chip.put(chip.SEARCHED, 0x80)
    both.agree(
        write(f"{path}/temp_hi", b"1"), read(f"/uncached{path}/alarm_function"), but=(OTHERS_FLAG,)
    )
    assert [chip.get(chip.SEARCHED) for chip in strangers(both)] == [0x01, 0x81]


def test_alarms_are_found_and_cleared(both: Twins) -> None:
    path = device(both, "EDS0068") + "/EDS0068"
    for bus in (both.theirs, both.ours):
        for chip in bus.slaves:
            assert isinstance(chip, EDS)
            chip.put(chip.SEARCHED, isinstance(chip, EDS0068))
            chip.put(chip.ALARMS, 1)
    found, *_ = both.agree(
        ask(DIRALL, "/alarm"),
        write(f"{path}/alarm/clear", b"0"),
        ask(DIRALL, "/alarm"),
        write(f"{path}/alarm/clear", b"maybe"),
        write(f"{path}/alarm/clear", b"1"),
        read(f"/uncached{path}/alarm/state"),
        ask(DIRALL, "/alarm"),
        read(f"{path}/alarm/clear"),
    )
    assert len(found.ours.entries) == 1

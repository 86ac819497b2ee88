"""owserver 3.2p4 and our daemon on a DS1821 each, the chip without ROM id, property by property.

Where the two are meant to differ tests/differences/analog.py or a test says how.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.ds1821 import DS1821
from tests.deliberate_differences import BUSY_ADDRESS, NO_DEVICE
from tests.differences.analog import NINE_BITS, NO_THERMOSTAT_LIMIT
from tests.interop.differential import DIRALL, Request, ask, read, write
from tests.interop.twins import Twins, prepared, too_dear, twins

pytestmark = pytest.mark.timeout(120)

THERMOSTAT = "/bus.0/thermostat"
NAMES = ("temperature", "temphigh", "templow", "1shot", "polarity", "thermostatmode",
         "templowflag", "temphighflag", "type")  # fmt: skip
STORING_TIME = 0.012
"""Seconds for which 3.2p4 does not wait: what it writes next would be lost."""


def warm_up(bus: Emulation) -> None:
    (chip,) = bus.slaves
    assert isinstance(chip, DS1821)
    chip.temperature = 21.3


@pytest.fixture(scope="module")
def both() -> Iterator[Twins]:
    with twins(prepared("DS1821", warm_up)) as found:
        yield found


def fresh(*names: str) -> list[Request]:
    return [read(f"/uncached{THERMOSTAT}/{name}") for name in names]


def states(both: Twins) -> list[tuple[int, ...]]:
    return [
        (chip.configuration, chip.high, chip.low, chip.lost_writes)
        for chip in both.chips(0x00, DS1821)
    ]


def test_ds1821_is_read_the_same(both: Twins) -> None:
    both.agree(ask(DIRALL, THERMOSTAT), ask(DIRALL, "/thermostat"), ask(DIRALL, "/bus.0"))
    both.agree(*(read(f"{THERMOSTAT}/{name}") for name in NAMES))
    assert too_dear(both.agree(*fresh(*NAMES[1:]))) == []


def test_the_path_need_not_name_the_bus(both: Twins) -> None:
    for case in both.ask(read(f"/thermostat/{name}") for name in NAMES):
        assert case.theirs.ret == BUSY_ADDRESS
        assert (case.ours.ret or 0) > 0
    (case,) = both.ask([write("/thermostat/polarity", b"0")])
    assert (case.theirs.ret, case.ours.ret) == (NO_DEVICE, 0)


def test_ds1821_is_written_the_same(both: Twins) -> None:
    for name, data in (
        ("temphigh", b"30.6"), ("templow", b"-5.6"), ("polarity", b"1"), ("polarity", b"0"),
        ("templowflag", b"1"), ("templowflag", b"0"), ("temphighflag", b"1"),
        ("temphighflag", b"0"), ("thermostatmode", b"1"), ("thermostatmode", b"0"),
        ("1shot", b"0"), ("temperature", b"1"), ("polarity", b"x"),
    ):  # fmt: skip
        both.agree(write(f"{THERMOSTAT}/{name}", data))
        time.sleep(STORING_TIME)
        both.agree(*fresh(name))
        theirs, ours = states(both)
        assert ours == theirs, name
    both.agree(write(f"{THERMOSTAT}/1shot", b"1"))
    time.sleep(STORING_TIME)


def test_what_no_limit_can_be_is_refused(both: Twins) -> None:
    limits = (write(f"{THERMOSTAT}/temphigh", data) for data in (b"200", b"nan"))
    both.agree(*limits, but=(NO_THERMOSTAT_LIMIT,))


def test_the_counter_has_nine_bits(both: Twins) -> None:
    for chip in both.chips(0x00, DS1821):
        chip.per_degree = 400
    (case,) = both.agree(*fresh("temperature"), but=(NINE_BITS,))
    assert case.ours.text.strip() == b"21.3"


def test_two_writes_at_once_are_both_stored(both: Twins) -> None:
    """3.2p4 does not wait until the first one is in the EEPROM."""
    theirs, _ = both.chips(0x00, DS1821)
    theirs.storing_time = 60.0  # however slow this machine is
    both.ask(write(f"{THERMOSTAT}/{name}", b"7") for name in ("temphigh", "templow"))
    _, ours = states(both)
    assert theirs.lost_writes > 0
    assert ours[1:] == (7, 7, 0)

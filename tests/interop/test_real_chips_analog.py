"""owserver 3.2p4 and our daemon on equal chips: 1B 20 24 27 2C 41, property by property.

They must answer the same or as tests/differences/analog.py says, leave the same in the
chips, and ours must not ask more of the bus than 3.2p4 does.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.ds1923 import (
    CLOCK_CONTROL,
    DS1923,
    MISSION_CONTROL,
    OSCILLATOR,
    REGISTERS,
    SAMPLE_RATE,
)
from owfs_py.emulator.ds2415 import DS2415
from owfs_py.emulator.ds2436 import DS2436, EEPROM_WRITE_TIME
from owfs_py.emulator.ds2450 import DS2450
from owfs_py.emulator.ds2890 import DS2890
from owfs_py.emulator.slave import Slave
from tests.deliberate_differences import INVALID
from tests.differences.analog import (
    BEYOND_PAGE,
    CLOCK_41,
    CO2_STATUS,
    CO2_VDD,
    CYCLES,
    DELAY_41,
    DELAY_41_TOO_LONG,
    EIGHT_BITS,
    IN_MISSION_41,
    NEGATIVE_INTERVAL,
    ONLY_WHAT_IS_MEANT,
    PAGE_OF_DS2436,
    RUNNING_41,
    VOLTAGE_LIMIT,
)
from tests.interop.differential import DIRALL, Request, ask, read, write
from tests.interop.twins import Twins, prepared, too_dear, twins, writes

pytestmark = pytest.mark.timeout(120)

NOON = 1795348800  # 22 November 2026, UTC


def prepare(bus: Emulation) -> None:
    for chip in bus.slaves:
        match chip:
            case DS2450():
                chip.volts = [1.0, 2.0, 3.3, 4.999]
            case DS2415():
                # Standing still, so that no second passes between one answer and the other.
                chip.set_control(0x90 if chip.chip == "DS2415" else 0x20)
                chip.seconds = 1600000000
            case DS2890():
                chip.position = 77
            case DS2436():
                chip.memory[0][:], chip.memory[1][:] = bytes(range(24)), b"abcdefgh"
                chip.count, chip.volts = 300, 7.21
            case DS1923():
                chip.memory[CLOCK_CONTROL], chip.memory[MISSION_CONTROL] = OSCILLATOR, 0xCC
                chip.memory[SAMPLE_RATE] = 5
                chip.seconds, chip.temperature, chip.humidity = NOON, 23.4375, 43.21
        chip.brown_out()


@pytest.fixture(scope="module")
def both() -> Iterator[Twins]:
    with twins(prepared("20,24,27,2C,1B,41", prepare)) as found:
        yield found


def fresh(path: str, *names: str) -> list[Request]:
    return [read(f"/uncached{path}/{name}") for name in names]


def states(both: Twins, family: int, *names: str) -> list[list[Any]]:
    """These attributes of the chip, of theirs and of ours."""
    return [[getattr(chip, name) for name in names] for chip in both.chips(family, Slave)]


# Voltages

VOLTS = ("volt.A", "volt.ALL", "volt2.B", "volt2.ALL", "8bit/volt2.C", "8bit/volt.ALL")
LATEST = ("latestvolt.A", "latestvolt.ALL", "latestvolt2.D", "8bit/latestvolt.D",
          "8bit/latestvolt2.ALL")  # fmt: skip
REGISTERS_20 = ("power", "PIO.A", "PIO.ALL", "set_alarm/volthigh.A", "set_alarm/volthigh.ALL",
                "set_alarm/voltlow.ALL", "set_alarm/volt2high.C", "set_alarm/volt2low.D",
                "set_alarm/high.ALL", "set_alarm/low.B", "set_alarm/unset", "alarm/high.ALL",
                "alarm/low.D", "memory", "pages/page.1", "pages/page.ALL")  # fmt: skip


def test_ds2450_is_read_the_same(both: Twins) -> None:
    path = both.device(0x20)
    both.agree(
        *(ask(DIRALL, f"{path}{end}") for end in ("", "/8bit", "/CO2", "/alarm", "/set_alarm")),
        read(f"{path}/type"),
    )
    cases = both.agree(*fresh(path, "volt.B", *LATEST[:3], *REGISTERS_20))
    cases += both.agree(*fresh(path, *VOLTS), *(read(f"{path}/{name}") for name in VOLTS))
    cases += both.agree(*fresh(path, "CO2/ppm", "CO2/status"))
    cases += both.agree(*fresh(path, "CO2/Vdd"), but=(CO2_VDD,))
    assert too_dear(cases) == []
    # 3.2p4 left it at eight bits.
    both.agree(*fresh(path, "8bit/volt.A"))
    both.agree(*fresh(path, *LATEST, "memory", "pages/page.1"), but=(EIGHT_BITS,))
    both.agree(*fresh(path, "volt.A", *LATEST[:3]), read(f"{path}/memory", size=10, offset=5))


SETTINGS_20 = (
    ("set_alarm/volthigh.B", b"3.3"), ("set_alarm/volt2high.C", b"1.999"),
    ("set_alarm/voltlow.ALL", b"1,1.5,2,2.5"), ("set_alarm/volt2low.A", b"0"),
    ("set_alarm/high.B", b"0"), ("set_alarm/high.ALL", b"1,0,1,0"), ("set_alarm/low.D", b"0"),
    ("alarm/high.A", b"0"), ("alarm/low.ALL", b"0,0,0,0"), ("power", b"1"), ("power", b"0"),
    ("PIO.A", b"0"), ("PIO.ALL", b"0,1,0,1"), ("PIO.A", b"1"), ("set_alarm/volthigh.A", b"x"),
    ("pages/page.3", b"12345678"), ("pages/page.2", b"\x01\xff\x02\xfe\x03\xfd\x04\xfc"),
)  # fmt: skip


@pytest.mark.parametrize("was_reset", [True, False])
def test_ds2450_is_written_the_same(both: Twins, was_reset: bool) -> None:
    path = both.device(0x20)
    both.agree(*fresh(path, "volt.A"))
    for name, data in SETTINGS_20:
        for chip in both.chips(0x20, DS2450):
            chip.was_reset = was_reset
        both.agree(*writes(path, (name, data)))
        theirs, ours = states(both, 0x20, "memory")
        assert ours == theirs, name
    cases = both.agree(
        *(write(f"{path}/set_alarm/unset", data) for data in (b"0", b"1")),
        write(f"{path}/pages/page.2", b"xyz", offset=2),
        write(f"{path}/memory", b"0123456789", offset=22),
        write(f"{path}/volt.A", b"1"),
        write(f"{path}/CO2/Vdd", b"1"),
    )
    assert too_dear(cases) == []
    theirs, ours = states(both, 0x20, "memory")
    assert ours == theirs


def test_a_voltage_that_no_limit_can_have_is_refused(both: Twins) -> None:
    path = both.device(0x20)
    names = ("voltlow.A", "volt2high.B", "voltlow.D", "volthigh.C")
    values = (b"-1", b"2.6", b"5.12", b"nan")
    requests = [
        write(f"{path}/set_alarm/{name}", data) for name, data in zip(names, values, strict=True)
    ]
    before = bytes(states(both, 0x20, "memory")[1][0])
    both.agree(*requests, but=(VOLTAGE_LIMIT,))
    assert bytes(states(both, 0x20, "memory")[1][0]) == before


def test_a_co2_sensor_that_works(both: Twins) -> None:
    for chip in both.chips(0x20, DS2450):
        chip.volts[1] = 3.2
    (case,) = both.agree(*fresh(both.device(0x20), "CO2/status"), but=(CO2_STATUS,))
    assert case.ours.text.strip() == b"1"


def test_flags_and_results_cannot_be_raised(both: Twins) -> None:
    path = both.device(0x20)
    requests = (write(f"{path}/alarm/high.A", b"1"), write(f"{path}/memory", b"abc"))
    assert {case.ours.ret for case in both.agree(*requests)} == {INVALID}


def test_voltages_of_everybody(both: Twins) -> None:
    """What the command for all has measured need not be measured again, which 3.2p4 does."""
    path = both.device(0x20)
    both.agree(*fresh(path, "volt.A"))
    both.agree(write("/simultaneous/voltage", b"1"))
    for chip in both.chips(0x20, DS2450):
        chip.volts[0] = 4.5
    (case,) = both.ask([read(f"{path}/volt.A")])
    assert case.ours.text.strip() == b"1.00002"
    assert case.our_cost.conversions == 0
    (case,) = both.ask([read("/simultaneous/voltage")])
    assert (case.theirs.text, case.ours.text) == (b"0", b"1")


# Clocks


def test_clocks_are_read_the_same(both: Twins) -> None:
    for family in (0x24, 0x27):
        path = both.device(family)
        both.agree(ask(DIRALL, path), read(f"{path}/type"))
        names = ("udate", "date", "running", "ControlRegister", "user", "enable", "interval",
                 "itime")  # fmt: skip
        cases = both.agree(*fresh(path, *names))
        assert too_dear(cases) == []
        both.agree(*(read(f"{path}/{name}") for name in names))


SETTINGS_24 = (
    ("udate", b"1700000000"), ("udate", b"-5"), ("date", b"yesterday"), ("running", b"1"),
    ("running", b"0"), ("user", b"5"), ("user", b"99"), ("user", b"-1"), ("user", b"x"),
    ("ControlRegister", b"243"), ("ControlRegister", b"300"),
)  # fmt: skip
SETTINGS_27 = (
    ("udate", b"7"), ("running", b"1"), ("running", b"0"), ("enable", b"1"), ("enable", b"0"),
    ("interval", b"5"), ("interval", b"9"), ("interval", b"-1"), ("itime", b"0"),
    ("itime", b"30"), ("itime", b"33"), ("itime", b"70000"), ("itime", b"200000"),
    ("itime", b"1"),
)  # fmt: skip


@pytest.mark.parametrize(("family", "settings"), [(0x24, SETTINGS_24), (0x27, SETTINGS_27)])
def test_clocks_are_set_the_same(
    both: Twins, family: int, settings: tuple[tuple[str, bytes], ...]
) -> None:
    path = both.device(family)
    for name, data in settings:
        both.agree(*writes(path, (name, data)))
        theirs, ours = states(both, family, "control")
        assert ours == theirs, (name, data)


def test_a_date_is_set_as_it_was_given(both: Twins) -> None:
    """3.2p4 leaves the mark of daylight saving time to chance, and may be an hour off."""
    date = b"Sun Nov 22 12:00:00 2026"
    path = both.device(0x24)
    _, case = both.ask(writes(path, ("date", date)))
    assert (case.theirs.ret, case.ours.text) == (len(date), date)


def test_an_interval_is_not_negative(both: Twins) -> None:
    both.agree(write(f"{both.device(0x27)}/itime", b"-4"), but=(NEGATIVE_INTERVAL,))


# The potentiometer


def test_ds2890_is_the_same(both: Twins) -> None:
    path = both.device(0x2C)
    both.agree(ask(DIRALL, path), read(f"{path}/type"))
    cases = both.agree(*fresh(path, "wiper", "chargepump"))
    assert too_dear(cases) == []
    for name, data in (
        ("wiper", b"200"), ("wiper", b"300"), ("wiper", b"-1"), ("wiper", b"0"),
        ("chargepump", b"1"), ("chargepump", b"0"), ("chargepump", b"x"),
    ):  # fmt: skip
        both.agree(*writes(path, (name, data)))
        theirs, ours = states(both, 0x2C, "position", "control")
        assert ours == theirs


# The battery chip, without its temperature, which 3.2p4 does not survive


def stored(both: Twins) -> list[list[Any]]:
    time.sleep(EEPROM_WRITE_TIME)
    for chip in both.chips(0x1B, DS2436):
        chip.settle()
    return states(both, 0x1B, "memory", "count", "locked")


def test_ds2436_is_read_the_same(both: Twins) -> None:
    path = both.device(0x1B)
    pages = [f"pages/page.{n}" for n in ("0", "1", "2", "ALL")]
    both.agree(ask(DIRALL, path), read(f"{path}/type"))
    cases = both.agree(*fresh(path, "volts", "counter/increment"))
    cases += both.agree(*(read(f"{path}/{page}") for page in pages))
    cases += both.agree(*fresh(path, "counter/cycles"), but=(CYCLES,))
    cases += both.agree(*fresh(path, *pages), but=(PAGE_OF_DS2436,))
    assert too_dear(cases) == []
    assert cases[6].ours.text.strip() == b"300"


def test_ds2436_is_written_the_same(both: Twins) -> None:
    path = both.device(0x1B)
    for name, data, offset in (
        ("pages/page.0", b"xyz", 2), ("pages/page.1", b"12345678", 0), ("pages/page.2", b"qq", 6),
        ("pages/page.0", bytes(range(24)), 0), ("counter/increment", b"1", 0),
        ("counter/increment", b"0", 0), ("counter/reset", b"0", 0), ("counter/reset", b"1", 0),
        ("counter/cycles", b"1", 0), ("volts", b"1", 0),
    ):  # fmt: skip
        both.agree(write(f"{path}/{name}", data, offset=offset))
        theirs, ours = stored(both)
        assert ours == theirs, name
    both.agree(
        write(f"{path}/pages/page.0", bytes(32)),
        write(f"{path}/pages/page.1", b"AB", offset=7),
        but=(BEYOND_PAGE,),
    )


# The logger

MISSION = ("mission/running", "mission/rollover", "mission/delay", "mission/samplingtemp",
           "mission/samplinghumidity")  # fmt: skip


def test_ds1923_is_read_the_same(both: Twins) -> None:
    path = both.device(0x41)
    both.agree(ask(DIRALL, path), ask(DIRALL, f"{path}/mission"), read(f"{path}/type"))
    both.agree(*fresh(path, "temperature"))
    cases = both.agree(*fresh(path, "temperature", "humidity", *MISSION))
    cases += both.agree(*fresh(path, "pages/page.0", "pages/page.17"))
    cases += both.agree(read(f"{path}/pages/page.1", size=5, offset=3))
    cases += both.agree(*fresh(path, "clock/date", "clock/udate"), but=(CLOCK_41,))
    cases += both.agree(*fresh(path, "clock/running"), but=(RUNNING_41,))
    assert too_dear(cases) == []
    both.agree(read(f"{path}/temperature"), read(f"{path}/humidity"))


def test_ds1923_is_written_and_nothing_else_is(both: Twins) -> None:
    path = both.device(0x41)
    both.agree(
        *writes(path, ("pages/page.1", bytes(range(32)))),
        write(f"{path}/pages/page.2", b"hello", offset=27),
        *fresh(path, "pages/page.2"),
    )
    before = bytes(states(both, 0x41, "memory")[1][0][REGISTERS:])
    both.agree(
        *(write(f"{path}/{name}", data) for name, data in (
            ("clock/udate", b"1600000000"), ("clock/date", b"Sun Nov 22 12:00:00 2026"),
            ("clock/date", b"yesterday"), ("clock/running", b"0"), ("clock/running", b"1"),
            ("mission/rollover", b"1"), ("mission/delay", b"5"), ("mission/delay", b"70000"),
            ("mission/samplingtemp", b"1"), ("temperature", b"1"),
        ))
    )  # fmt: skip
    after = states(both, 0x41, "memory")[1][0][REGISTERS:]
    assert after[6:0x12] == before[6:0x12]
    assert after[0x12:0x19].hex(" ") == "01 dc 00 c0 70 11 01"
    both.agree(*fresh(path, "mission/delay"), but=(DELAY_41,))
    both.agree(write(f"{path}/mission/delay", b"17000000"), but=(DELAY_41_TOO_LONG,))
    both.agree(*fresh(path, "pages/page.16"), but=(ONLY_WHAT_IS_MEANT,))


def test_a_mission_begins_and_ends(both: Twins) -> None:
    """With 3.2p4 it does not begin, since it has stopped the clock and cleared the rate."""
    path = both.device(0x41)
    both.agree(write(f"{path}/mission/delay", b"3"), write(f"{path}/mission/running", b"1"))
    both.agree(*fresh(path, *MISSION), but=(ONLY_WHAT_IS_MEANT,))
    assert states(both, 0x41, "in_mission") == [[False], [True]]
    for chip in both.chips(0x41, DS1923):
        chip.begin_mission(delay=3600)
    both.agree(*fresh(path, "mission/running", "temperature", "humidity"))
    both.agree(
        *(write(f"{path}/{name}", b"7") for name in ("clock/udate", "mission/delay")),
        *(write(f"{path}/{name}", b"0") for name in ("clock/running", "mission/rollover")),
        write(f"{path}/pages/page.16", b"5", offset=9),
        but=(IN_MISSION_41,),
    )
    both.agree(write(f"{path}/mission/running", b"0"))
    assert states(both, 0x41, "in_mission") == [[False], [False]]

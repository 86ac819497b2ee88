"""owserver 3.2p4 and our daemon on equal chips: 3B and 42, property by property.

They must answer the same or as tests/differences/analog.py says, leave the same in the
chips, and ours must not ask more of the bus than 3.2p4 does.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.ds28ea00 import DS28EA00
from owfs_py.emulator.ds1825 import (
    DS1825,
    MAX31826,
    MAX31850,
    OPEN_CIRCUIT,
    SHORT_TO_GROUND,
    SHORT_TO_SUPPLY,
)
from owfs_py.emulator.slave import Slave
from tests.deliberate_differences import INVALID
from tests.differences.analog import (
    FIXED_RESOLUTION,
    MAX31826_MEMORY,
    MAX31826_TEMPERATURE,
    NO_LIMIT,
    OTHER_MODEL_READ,
    OTHER_MODEL_WRITE,
    OTHER_SWITCH,
    THERMOCOUPLE,
)
from tests.interop.differential import DIRALL, Request, ask, read, write
from tests.interop.eeprom import stores
from tests.interop.twins import Twins, prepared, too_dear, twins, writes

pytestmark = pytest.mark.timeout(120)

LOCATIONS = {DS1825: 5, MAX31826: 3, MAX31850: 15}


def prepare(bus: Emulation) -> None:
    for chip in bus.slaves:
        if isinstance(chip, DS1825 | MAX31826 | MAX31850 | DS28EA00):
            chip.temperature = 21.3125
            chip.parasitic = False
        if isinstance(chip, DS1825 | MAX31826 | MAX31850):
            chip.location = LOCATIONS[type(chip)]
            chip.brown_out()
        if isinstance(chip, MAX31826):
            chip.memory[:] = bytes(range(128))
        if isinstance(chip, MAX31850):
            chip.thermocouple = 99.25


@pytest.fixture(scope="module")
def both() -> Iterator[Twins]:
    with twins(prepared("DS1825,MAX31826,MAX31850,42", prepare)) as found:
        yield found


def chips(both: Twins, kind: type[Slave]) -> tuple[Slave, Slave]:
    theirs, ours = (
        next(chip for chip in bus.slaves if isinstance(chip, kind))
        for bus in (both.theirs, both.ours)
    )
    return theirs, ours


def path_of(both: Twins, kind: type[Slave]) -> str:
    return f"/{chips(both, kind)[0].rom}"


def fresh(path: str, *names: str) -> list[Request]:
    return [read(f"/uncached{path}/{name}") for name in names]


LIMITS = ("temphigh", "templow")
SOONER = ("fasttemp", "temperature9", "temperature10")
"""What takes less than the 0.75 s of twelve bits, on chips where that is a difference."""
MEASURED = (*SOONER, "temperature11", "temperature12", "temperature")
LATEST = ("latesttemp", "tempres", "power")
SCRATCHPAD = ("prog_addr", "scratchpad", "flagfield")
MEMORY = ("memory", "pages/page.3", "pages/page.ALL")
FLAGS = ("fault", "open_circuit", "ground_short", "vdd_short")


def test_ds1825_is_read_the_same(both: Twins) -> None:
    path = path_of(both, DS1825)
    both.agree(ask(DIRALL, path), read(f"{path}/type"), read(f"{path}/temperature"))
    cases = both.agree(*fresh(path, *SOONER, *LATEST, *SCRATCHPAD, *LIMITS))
    assert too_dear(cases) == []
    both.agree(*(read(f"{path}/{name}") for name in (*SOONER, *LATEST, *SCRATCHPAD, *LIMITS)))


def test_ds1825_is_written_the_same(both: Twins) -> None:
    path = path_of(both, DS1825)
    settings = (
        ("temphigh", b"30.7"), ("templow", b"-5.9"), ("tempres", b"10"), ("tempres", b"12"),
        ("tempres", b"13"), ("temphigh", b"x"), ("prog_addr", b"1"), ("temperature", b"1"),
        ("power", b"1"),
    )  # fmt: skip
    both.agree(*writes(path, *settings), write(f"{path}/scratchpad", b"1"))
    for chip in chips(both, DS1825):
        assert isinstance(chip, DS1825)
        assert stores(chip, bytes((30, 0xFB, 0x70 | LOCATIONS[DS1825])))
    both.agree(write(f"{path}/temphigh", b"200"), write(f"{path}/templow", b"nan"), but=(NO_LIMIT,))


def test_a_limit_leaves_the_resolution_in_the_eeprom_alone(both: Twins) -> None:
    """3.2p4 stores the one that was set for the last reading along with the limit."""
    path = path_of(both, DS1825)
    both.agree(
        write(f"{path}/temphigh", b"30"),
        *fresh(path, "temperature9"),
        write(f"{path}/templow", b"-7"),
    )
    theirs, ours = chips(both, DS1825)
    assert isinstance(theirs, DS1825)
    assert isinstance(ours, DS1825)
    assert stores(ours, bytes((30, 0xF9, 0x70 | LOCATIONS[DS1825])))
    assert stores(theirs, bytes((30, 0xF9, 0x10 | LOCATIONS[DS1825])))


def test_max31826_is_read_the_same(both: Twins) -> None:
    path = path_of(both, MAX31826)
    both.agree(ask(DIRALL, path), read(f"{path}/type"))
    cases = both.agree(
        *fresh(path, "tempres", "power", "prog_addr", *MEMORY),
        read(f"{path}/memory", size=10, offset=20),
        read(f"{path}/memory", size=9, offset=125),
    )
    assert too_dear(cases) == []
    both.agree(*fresh(path, *MEASURED, "latesttemp"), but=(MAX31826_TEMPERATURE,))
    both.agree(*fresh(path, "scratchpad", "flagfield"))


def test_max31826_is_written_where_3_2p4_fails(both: Twins) -> None:
    path = path_of(both, MAX31826)
    both.agree(
        write(f"{path}/pages/page.2", b"abcdefgh"),
        write(f"{path}/pages/page.3", b"xyz", offset=2),
        write(f"{path}/memory", b"0123456789", offset=60),
        but=(MAX31826_MEMORY,),
    )
    theirs, ours = chips(both, MAX31826)
    assert isinstance(theirs, MAX31826)
    assert isinstance(ours, MAX31826)
    wanted = bytearray(range(128))
    assert theirs.memory == wanted
    wanted[16:24], wanted[26:29], wanted[60:70] = b"abcdefgh", b"xyz", b"0123456789"
    assert ours.memory == wanted
    both.agree(
        write(f"{path}/memory", b"x", offset=128),
        write(f"{path}/tempres", b"12"),
        write(f"{path}/tempres", b"13"),
        write(f"{path}/prog_addr", b"1"),
    )


def test_max31850_is_read_the_same(both: Twins) -> None:
    path = path_of(both, MAX31850)
    both.agree(ask(DIRALL, path), read(f"{path}/type"), *fresh(path, "prog_addr"))
    cases = both.agree(*fresh(path, *MEASURED, *LATEST, *SCRATCHPAD, *FLAGS))
    cases += both.agree(*fresh(path, "thermocouple"), but=(THERMOCOUPLE,))
    assert too_dear(cases) == []
    assert cases[-1].ours.text.strip() == b"99.25"


def test_a_broken_thermocouple_is_told_the_same(both: Twins) -> None:
    path = path_of(both, MAX31850)
    for faults in (SHORT_TO_GROUND, SHORT_TO_SUPPLY | SHORT_TO_GROUND, OPEN_CIRCUIT):
        for chip in chips(both, MAX31850):
            assert isinstance(chip, MAX31850)
            chip.faults = faults
        both.agree(*fresh(path, "temperature", *FLAGS, "flagfield"))
    (case,) = both.agree(*fresh(f"/bus.0{path}", "thermocouple"))
    assert case.ours.ret == INVALID


@pytest.mark.parametrize("kind", [MAX31826, MAX31850])
def test_a_fixed_resolution_cannot_be_set(both: Twins, kind: type[Slave]) -> None:
    path = path_of(both, kind)
    both.agree(*writes(path, ("tempres", b"9")), but=(FIXED_RESOLUTION,))


def test_what_another_model_has_is_refused(both: Twins) -> None:
    for kind, names in (
        (DS1825, (*MEMORY, *FLAGS, "thermocouple")),
        (MAX31826, (*LIMITS, *FLAGS)),
        (MAX31850, (*LIMITS, *MEMORY)),
    ):
        path = f"/bus.0{path_of(both, kind)}"
        both.agree(*fresh(path, *names), but=(OTHER_MODEL_READ,))
    both.agree(
        write(f"{path_of(both, MAX31850)}/pages/page.2", b"x"),
        write(f"{path_of(both, MAX31826)}/temphigh", b"1"),
        but=(OTHER_MODEL_WRITE,),
    )


PINS = ("PIO.BYTE", "PIO.ALL", "PIO.A", "latch.BYTE", "latch.ALL", "latch.B", "sensed.BYTE",
        "sensed.ALL", "sensed.A", "piostate")  # fmt: skip


def test_ds28ea00_is_read_the_same(both: Twins) -> None:
    path = both.device(0x42)
    both.agree(ask(DIRALL, path), read(f"{path}/type"), read(f"{path}/temperature"))
    cases = both.agree(*fresh(path, *SOONER, *LATEST, *LIMITS, *PINS))
    assert too_dear(cases) == []
    both.agree(*(read(f"{path}/{name}") for name in (*SOONER, *LATEST, *LIMITS, *PINS)))


def pins(both: Twins) -> list[int]:
    return [chip.pins.latches for chip in both.chips(0x42, DS28EA00)]


def test_ds28ea00_is_written_the_same(both: Twins) -> None:
    path = both.device(0x42)
    for name, data in (
        ("PIO.A", b"1"), ("PIO.BYTE", b"2"), ("PIO.ALL", b"1,1"), ("latch.B", b"0"),
        ("latch.BYTE", b"7"), ("latch.ALL", b"0,1"), ("PIO.B", b"0"), ("sensed.A", b"1"),
        ("piostate", b"3"), ("PIO.A", b"x"), ("temphigh", b"30.7"), ("templow", b"-3"),
        ("tempres", b"9"), ("tempres", b"12"),
    ):  # fmt: skip
        both.agree(*writes(path, (name, data)))
        theirs, ours = pins(both)
        assert ours == theirs
    for chip in both.chips(0x42, DS28EA00):
        assert stores(chip, bytes((30, 0xFD, 0x7F)))
    both.agree(write(f"{path}/temphigh", b"128"), but=(NO_LIMIT,))


def test_one_switch_is_not_set_to_what_somebody_else_does_with_it(both: Twins) -> None:
    path = both.device(0x42)
    both.agree(write(f"{path}/PIO.BYTE", b"0"))
    for chip in both.chips(0x42, DS28EA00):
        chip.pins.pulled_up = 0b01
    both.agree(*fresh(path, "PIO.ALL"), write(f"{path}/PIO.A", b"1"))
    assert pins(both) == [0b00, 0b10]
    both.agree(*fresh(path, "latch.ALL"), but=(OTHER_SWITCH,))


def test_conversions_for_everybody_reach_them(both: Twins) -> None:
    for bus in (both.theirs, both.ours):
        for chip in bus.slaves:
            assert isinstance(chip, DS1825 | MAX31826 | MAX31850 | DS28EA00)
            chip.temperature = 30.5
    both.agree(ask(DIRALL, "/uncached"))  # both know that they are there, whatever came before
    before = [len(bus.slaves) + bus.wire.counts.conversions for bus in (both.theirs, both.ours)]
    both.agree(write("/simultaneous/temperature", b"1"))
    after = [bus.wire.counts.conversions for bus in (both.theirs, both.ours)]
    assert after == before
    paths = [path_of(both, kind) for kind in (DS1825, MAX31850, DS28EA00)]
    cases = both.agree(*(read(f"{path}/temperature") for path in paths))
    assert too_dear(cases) == []
    assert {case.ours.text.strip() for case in cases} == {b"30.5"}

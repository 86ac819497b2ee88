"""owserver 3.2p4 and our daemon on equal chips: 2E, 30, 31, 32, 35, 36, 3D, 51.

They must answer the same or as tests/differences/batteries.py says, and leave the same
in the chips; reading must not cost us more. Writing does: 3.2p4 does not look what became of it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from owfs_py.bus.families import find_family
from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.ds27xx import BatteryChip
from tests.deliberate_differences import Deliberate
from tests.differences.batteries import (
    ACTIVE_EMPTY,
    BIAS_OF_DS2770,
    BIAS_OF_DS2781,
    DS2770,
    LARGE_BIAS_OF_DS2781,
    LOCKED,
    NO_MEMORY,
    NO_TEMPERATURE,
    PAGE,
    POWER_ON,
    READ_ONLY_BIT,
    SENSED,
    SWITCHED_OFF,
    THERMOCOUPLE,
    TOO_LARGE,
    UNLOCKING,
    UNSIGNED,
)
from tests.differences.memories import PART_OF_PAGES
from tests.interop.differential import DIRALL, ask, read, write
from tests.interop.twins import Twins, prepared, reads, too_dear, twins, writes

pytestmark = pytest.mark.timeout(120)

FAMILIES = (0x2E, 0x30, 0x31, 0x32, 0x35, 0x36, 0x3D, 0x51)
WITH_EEPROM = tuple(code for code in FAMILIES if code != 0x36)
STATUS, COUNTER = 0x01, slice(0x10, 0x12)
TYPES = "BEJKNRST"

# By family: what has a unit and can be written, what is a bit and can be, and which of these bits
# the chip lets be cleared only, or not be changed at all.
NUMBERS = {
    0x2E: ("volthours", "vbias", "timer", "amphours", "currentbias"),
    0x30: ("volthours", "vbias", "amphours", "currentbias"),
    0x32: ("volthours", "vbias"),
    0x35: ("volthours", "vbias", "alarm_set"),
    0x36: ("volthours",),
    0x3D: ("volthours", "vbias", "vis_offset"),
    0x51: ("volthours", "vbias", "amphours", "currentbias"),
}
FLAGS = {
    0x2E: "defaultpmod",
    0x30: "ce de defaultpmod defaultswen",
    0x31: "ce de ot",
    0x32: "nben uven pmod rnaop dc",
    0x35: "defaultpmod",
    0x36: "smod",
    0x3D: "uven pmod",
    0x51: "defaultpmod",
}
CLEARED = {0x30: "ov uv coc doc", 0x31: "ov uv doc", 0x32: "uvf porf", 0x3D: "uvf porf",
           0x51: "por"}  # fmt: skip
FIXED = {0x2E: "cstat0 pmod cini ctype", 0x30: "cc dc", 0x31: "cc dc",
         0x32: "chgtf aef sef learnf", 0x35: "uven ios uben", 0x3D: "sef",
         0x51: "uven"}  # fmt: skip


def prepare(bus: Emulation) -> None:
    for chip in bus.slaves:
        assert isinstance(chip, BatteryChip)
        chip.copy_time = 0.0  # 3.2p4 does not wait for it
        chip.volts, chip.sense_volts, chip.celsius = 3.9, 0.0101, -12.4
        for block in chip.BLOCKS:
            chip.eeprom[block.start : block.stop] = bytes(block)
            chip.recall(block)
        chip.registers[COUNTER] = b"\x12\x34"


@pytest.fixture(scope="module")
def batteries() -> Iterator[Twins]:
    with twins(prepared("2E,30,31,32,35,36,3D,51", prepare)) as found:
        yield found


def chips(both: Twins, family: int) -> tuple[BatteryChip, BatteryChip]:
    return both.chips(family, BatteryChip)


def align(both: Twins, family: int) -> None:
    """Let the other chip hold what ours does."""
    theirs, ours = chips(both, family)
    theirs.eeprom[:] = ours.eeprom
    theirs.registers[:] = ours.registers
    theirs.pins.drive(ours.pins.latches)


def test_nothing_else_is_listed(batteries: Twins) -> None:
    batteries.agree(*(ask(DIRALL, batteries.device(family)) for family in FAMILIES))


@pytest.mark.parametrize("family", FAMILIES)
def test_all_is_read_the_same(batteries: Twins, family: int) -> None:
    path = batteries.device(family)
    table = find_family(family)
    own = [
        prop.name + (".ALL" if prop.array else "")
        for prop in table.properties
        if find_family(0x01).get(prop.name) is None and not prop.name.startswith("WS603/")
    ]
    but: dict[int, tuple[Deliberate, ...]] = {
        0x2E: (DS2770,),
        0x30: (THERMOCOUPLE,),
        0x31: (),
        0x32: (THERMOCOUPLE,),
        0x35: (THERMOCOUPLE, POWER_ON),
        0x36: (),
        0x3D: (THERMOCOUPLE,),
        0x51: (THERMOCOUPLE,),
    }
    page = (PAGE,) if family in WITH_EEPROM else ()
    batteries.agree(read(f"{path}/type"))
    cases = batteries.agree(*reads(path, *own), but=(*but[family], *page))
    # Some that 3.2p4 answers wrong it answers without asking.
    assert (
        too_dear(case for case in cases if case.their_cost.resets or case.our_cost.resets != 1)
        == []
    )


@pytest.mark.parametrize(("family", "degrees", "sense"), [(0x30, 21.0, 0.003), (0x35, 60, 0.012)])
def test_thermocouples(batteries: Twins, family: int, degrees: float, sense: float) -> None:
    path = batteries.device(family)
    for chip in chips(batteries, family):
        chip.celsius, chip.sense_volts = degrees, sense
    requests = [read(f"/uncached{path}/type{letter}/temperature") for letter in TYPES]
    cases = batteries.agree(*requests, but=(THERMOCOUPLE,))
    assert too_dear(cases) == []


def test_a_voltage_that_is_no_temperature(batteries: Twins) -> None:
    path = batteries.device(0x51)
    for chip in chips(batteries, 0x51):
        chip.sense_volts = -0.0635
    requests = [read(f"/uncached{path}/type{letter}/temperature") for letter in TYPES]
    batteries.agree(*requests, but=(NO_TEMPERATURE,))


@pytest.mark.parametrize("family", NUMBERS)
def test_numbers_are_written_the_same(batteries: Twins, family: int) -> None:
    path = batteries.device(family)
    batteries.agree(read(f"{path}/type"))
    but: dict[int, tuple[Deliberate, ...]] = {0x2E: (DS2770,), 0x3D: (BIAS_OF_DS2781,)}
    for name in NUMBERS[family]:
        signed = not (name == "timer" or (name == "volthours" and family in (0x32, 0x3D)))
        values = [b"0.0001", b"0.00015 and more", b"0", *([b"-0.00011"] * signed), b"x", b""]
        differs = "bias" in name and not (family == 0x3D and name != "vbias")
        batteries.agree(
            *writes(path, *((name, value) for value in values)),
            but=but.get(family, ()) if differs else (),
        )
    theirs, ours = chips(batteries, family)
    assert ours.registers[COUNTER] == theirs.registers[COUNTER]
    if family not in (0x2E, 0x3D):
        assert ours.registers == theirs.registers
    # 3.2p4 leaves a bias in the shadow RAM, where the next loss of power finds it.
    assert all(ours.eeprom[at] == ours.registers[at] for block in ours.BLOCKS for at in block)
    align(batteries, family)


@pytest.mark.parametrize("family", NUMBERS)
def test_numbers_that_do_not_fit(batteries: Twins, family: int) -> None:
    path = batteries.device(family)
    batteries.agree(read(f"{path}/type"))
    but: dict[int, tuple[Deliberate, ...]] = {
        0x2E: (TOO_LARGE, BIAS_OF_DS2770),
        0x3D: (TOO_LARGE, LARGE_BIAS_OF_DS2781),
    }
    batteries.agree(
        *(
            write(f"{path}/{name}", data)
            for name in NUMBERS[family]
            for data in (b"1e5", b"-1e5", b"inf", b"nan")
        ),
        but=but.get(family, (TOO_LARGE,)),
    )
    align(batteries, family)


def test_counters_without_a_sign(batteries: Twins) -> None:
    for family, at in ((0x32, 0x10), (0x3D, 0x10), (0x2E, 0x02)):
        for chip in chips(batteries, family):
            chip.registers[at : at + 2] = b"\xc0\x00"
    names = {0x32: "volthours", 0x3D: "volthours", 0x2E: "timer"}
    requests = [read(f"/uncached{batteries.device(code)}/{name}") for code, name in names.items()]
    cases = batteries.agree(*requests, but=(UNSIGNED,))
    assert [case.ours.text.strip() for case in cases] == [b"0.3072", b"0.3072", b"768"]


@pytest.mark.parametrize("family", FAMILIES)
def test_flags_are_written_the_same(batteries: Twins, family: int) -> None:
    path = batteries.device(family)
    batteries.agree(read(f"{path}/type"))
    pairs = [
        (name, data)
        for name in FLAGS[family].split()
        for data in (b"1", b"no", b"-3", b"0", b"off", b"yes", b"x", b"")
    ]
    cleared = [
        (name, data) for name in CLEARED.get(family, "").split() for data in (b"0", b"0", b"x")
    ]
    batteries.agree(*writes(path, *pairs, *cleared))
    theirs, ours = chips(batteries, family)
    assert ours.registers == theirs.registers
    if fixed := [name for names in (CLEARED, FIXED) for name in names.get(family, "").split()]:
        batteries.agree(*writes(path, *((name, b"1") for name in fixed)), but=(READ_ONLY_BIT,))
        assert ours.registers == theirs.registers


def test_active_empty_flag(batteries: Twins) -> None:
    for chip in chips(batteries, 0x3D):
        chip.registers[STATUS] = 0x40
    batteries.agree(*reads(batteries.device(0x3D), "aef", "sef"), but=(ACTIVE_EMPTY,))


@pytest.mark.parametrize("family", [0x30, 0x32, 0x35, 0x36, 0x3D, 0x51])
def test_pins(batteries: Twins, family: int) -> None:
    path = batteries.device(family)
    batteries.agree(read(f"{path}/type"))
    theirs, ours = chips(batteries, family)
    for data in (b"1", b"1", b"0", b"x", b"yes"):
        batteries.agree(write(f"{path}/PIO", data), read(f"/uncached{path}/sensed"))
        assert ours.pins.latches == theirs.pins.latches
    for chip in (theirs, ours):
        chip.pins.pulled_up = 0
    batteries.agree(write(f"{path}/PIO", b"0"), *reads(path, "PIO"))
    assert ours.pins.latches == theirs.pins.latches == 1
    if family == 0x36:
        return
    batteries.agree(read(f"/uncached{path}/sensed"))
    for chip in (theirs, ours):
        chip.pins.pulled_up = 1
    batteries.agree(write(f"{path}/PIO", b"0"), read(f"{path}/sensed"), but=(SENSED,))


def test_a_charger(batteries: Twins) -> None:
    path = batteries.device(0x2E)
    align(batteries, 0x2E)
    for name, data in (("charge", b"1"), ("charge", b"0"), ("refresh", b"0"), ("refresh", b"1")):
        batteries.agree(
            write(f"{path}/{name}", data), *reads(path, name),
            *(read(f"/uncached{path}/{bit}") for bit in ("cstat1", "cstat0", "pmod")),
        )  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES)
def test_memory_is_written_the_same(batteries: Twins, family: int) -> None:
    path = batteries.device(family)
    theirs, ours = chips(batteries, family)
    align(batteries, family)
    memory, page = f"{path}/memory", f"{path}/pages/page"
    batteries.agree(read(f"{path}/type"))
    requests = [read(memory, size=10, offset=28), read(memory, size=1, offset=255),
                read(memory, size=10, offset=5000), write(memory, b"", offset=5),
                write(memory, b"x", offset=256), write(memory, b"abc", offset=-1)]  # fmt: skip
    if family in WITH_EEPROM:
        requests += [
            write(memory, b"ab", offset=0x20),
            write(f"{page}.0", b"12"),
            write(f"{page}.1", b"Q", offset=2),
            write(f"{page}.1", bytes(range(200, 250)), offset=3),
            write(f"{page}.9", b"x"),
            write(f"{page}.ALL", b"x"),
            read(f"{page}.0", size=3),
            read(memory),
        ]
    batteries.agree(*requests)
    assert ours.registers == theirs.registers
    if family != 0x2E:  # 3.2p4 never copies there
        assert ours.eeprom == theirs.eeprom
    if family in WITH_EEPROM:
        batteries.agree(read(f"{page}.ALL", offset=5), but=(PART_OF_PAGES,))
        batteries.agree(read(f"{page}.0", size=3, offset=1), but=(PAGE,))
    batteries.agree(write(memory, b"x", offset=0xF0), but=(NO_MEMORY,))


def test_every_block_of_the_eeprom_is_stored(batteries: Twins) -> None:
    """3.2p4 stores the first that a write touches."""
    path = batteries.device(0x35)
    batteries.agree(read(f"{path}/type"), write(f"{path}/memory", bytes(40), offset=0x3C))
    theirs, ours = chips(batteries, 0x35)
    assert theirs.eeprom[0x3C:0x64] != ours.eeprom[0x3C:0x64] == bytes(40)


@pytest.mark.parametrize("family", [0x30, 0x31])
def test_reading_does_not_switch_a_battery_on(batteries: Twins, family: int) -> None:
    path = batteries.device(family)
    for chip in chips(batteries, family):
        chip.eeprom[0x30] = 0x03
        chip.recall(chip.BLOCKS[1])
    batteries.agree(read(f"{path}/type"), *writes(path, ("ce", b"0"), ("de", b"0")))
    batteries.agree(read(f"{path}/pages/page.1"))
    batteries.agree(
        *(read(f"/uncached{path}/{name}") for name in ("ce", "de")), but=(SWITCHED_OFF,)
    )


@pytest.mark.parametrize("family", WITH_EEPROM)
def test_locks(batteries: Twins, family: int) -> None:
    """Last: 3.2p4 spoils registers by it."""
    path = batteries.device(family)
    batteries.agree(read(f"{path}/type"), *writes(path, ("lock.1", b"x")))
    batteries.agree(*writes(path, ("lock.1", b"1"), ("lock.0", b"")), but=(LOCKED,))
    batteries.agree(
        write(f"{path}/lock.1", b"0"), read(f"{path}/lock.ALL"), read(f"{path}/lock.9"),
        but=(UNLOCKING, LOCKED),
    )  # fmt: skip
    theirs, ours = chips(batteries, family)
    assert [chip.is_locked(1) for chip in (theirs, ours)] == [False, True]
    batteries.agree(write(f"{path}/pages/page.1", b"\x11\x22"), but=(NO_MEMORY,))
    first = ours.BLOCKS[1].start
    assert ours.registers[first : first + 2] != b"\x11\x22"

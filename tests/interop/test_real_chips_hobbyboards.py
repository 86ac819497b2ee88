"""owserver 3.2p4 and our daemon on equal chips: EE and EF, property by property.

They must answer the same or as tests/differences/soft_devices.py says, and leave the
same in the chips; ours must not ask more of the bus, but that it reads what it wrote.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from owfs_py.bus.families import family_of
from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.hobbyboards import (
    Barometer,
    HobbyBoard,
    Hub,
    Hygrometer,
    MoistureMeter,
    SixThermometers,
    UviMeter,
)
from tests.differences.soft_devices import (
    HOBBY_COMMANDS,
    HOBBY_RANGE,
    HOBBY_SET,
    HOBBY_SETTINGS,
    HUB_BYTE,
    UVI_OFFSET,
)
from tests.interop.differential import DIRALL, WRITE, ask, read, write
from tests.interop.twins import Case, Twins, prepared, too_dear, twins, writes

pytestmark = pytest.mark.timeout(120)

# By number on the bus.
UVI, MOISTURE, OLD_MOISTURE, HUB, BAROMETER, HYGROMETER, SIX, STRANGER = range(8)
SPECS = ("HB_UVI_METER,HB_MOISTURE_METER,HB_MOISTURE_METER,HB_HUB,HB_BAROMETER,HB_HUMIDITY,"
         "HB_MULTITEMP,HB_MULTITEMP")  # fmt: skip
DIRECTORIES = {UVI: "UVI", MOISTURE: "moisture", OLD_MOISTURE: "moisture", HUB: "hub",
               BAROMETER: "barometer", HYGROMETER: "humidity", SIX: "multitemp"}  # fmt: skip
FIRST, UNKNOWN = 0, 10

VALUES: dict[type[HobbyBoard], dict[int, tuple[int, ...]]] = {
    UviMeter: {UviMeter.TEMPERATURE: (43,), UviMeter.TEMPERATURE_OFFSET: (-300,),
               UviMeter.UVI: (37,), UviMeter.UVI_OFFSET: (5,), UviMeter.IN_CASE: (1,)},
    MoistureMeter: {MoistureMeter.SENSORS: (0, 20, 200, 254), MoistureMeter.LEAVES: (0xF5,),
                    MoistureMeter.LEAST: (500,), MoistureMeter.MOST: (60000,),
                    MoistureMeter.RAW: (1, 256, 40000, 65279)},
    Hub: {Hub.BRANCHES: (0x05,), Hub.SHORTS: (0x02,), Hub.CONFIG: (0x40,)},
    Barometer: {Barometer.TEMPERATURE: (-105,), Barometer.PRESSURE: (101,),
                Barometer.PRESSURE_ALTITUDE: (-12,), Barometer.ALTITUDE: (430,)},
    Hygrometer: {Hygrometer.TEMPERATURE: (215,), Hygrometer.CORRECTED: (4567,),
                 Hygrometer.RAW: (-4711,), Hygrometer.OFFSET: (-150,)},
    SixThermometers: {SixThermometers.TEMPERATURES: (0, 1, -2, 850, -400, 1250)},
}  # fmt: skip


def set_values(bus: Emulation) -> None:
    for chip in bus.slaves:
        assert isinstance(chip, HobbyBoard)
        for register, values in VALUES[type(chip)].items():
            chip.put(register, *values)
        if HobbyBoard in type(chip).__mro__[2:]:
            chip.registers[SixThermometers.LOCATION][:] = b"cellar".ljust(21, b"\0")
    numbered(bus, MOISTURE).version = (1, 80)
    numbered(bus, OLD_MOISTURE).version = (1, 79)
    numbered(bus, STRANGER).TYPE = UNKNOWN  # type: ignore[misc]  # of this one only


def numbered(bus: Emulation, number: int) -> HobbyBoard:
    chip = bus.slaves[number]
    assert isinstance(chip, HobbyBoard)
    return chip


def chips(both: Twins, number: int) -> tuple[HobbyBoard, HobbyBoard]:
    return numbered(both.theirs, number), numbered(both.ours, number)


def device(both: Twins, number: int) -> str:
    return f"/{chips(both, number)[0].rom}"


@pytest.fixture(scope="module")
def both() -> Iterator[Twins]:
    with twins(prepared(SPECS, set_values)) as found:
        yield found


def same_inside(both: Twins, number: int) -> bool:
    theirs, ours = chips(both, number)
    return theirs.registers == ours.registers


def properties(both: Twins, number: int, access: str) -> list[str]:
    """What a device has and can be read or written, with all endings."""
    family = family_of(chips(both, number)[0].rom)
    directory = DIRECTORIES.get(number, "type")
    return [
        prop.name + ending
        for prop in family.properties
        if prop.name.startswith((directory, "type", "version"))
        or (number == UVI and prop.name.startswith("temperature"))
        if access in prop.access
        for ending in prop.extensions()
    ]


@pytest.mark.parametrize("number", range(STRANGER + 1))
def test_everything_is_read_the_same(both: Twins, number: int) -> None:
    path = device(both, number)
    names = properties(both, number, "r")
    cases = both.agree(
        ask(DIRALL, path),
        *(ask(DIRALL, f"{path}/{name}") for name in [DIRECTORIES.get(number)] if name),
        *(read(f"{way}{path}/{name}") for way in ("/uncached", "") for name in names),
        *(read(f"{path}/{name}") for name in properties(both, number, "w")),
    )
    assert len(names) >= 4
    assert too_dear(cases) == []


def test_old_firmware_has_other_commands(both: Twins) -> None:
    for number in (MOISTURE, OLD_MOISTURE):
        path = f"{device(both, number)}/moisture"
        cases = both.agree(
            *writes(
                path,
                ("is_moisture.BYTE", b"5"),
                ("is_moisture.1", b"1"),
                ("is_moisture.ALL", b"0,1,1,0"),
                ("is_moisture.ALL", b"0,1"),
                ("is_moisture.BYTE", b"250"),
                ("is_moisture.4", b"1"),
                ("is_leaf.BYTE", b"3"),
                ("is_leaf.0", b"0"),
                ("is_leaf.1", b"x"),
                ("calibrate/min", b"300"),
                ("calibrate/max", b"65279"),
                ("calibrate/max", b"many"),
                ("calibrate/raw.0", b"1"),
            )
        )
        assert same_inside(both, number)
        assert dear(cases) == []
        before = chips(both, number)[0].registers[MoistureMeter.LEAST].copy()
        both.agree(
            write(f"{path}/calibrate/min", b"70000"),
            write(f"{path}/calibrate/min", b"-1"),
            but=(HOBBY_RANGE,),
        )
        assert chips(both, number)[1].registers[MoistureMeter.LEAST] == before


def dear(cases: Sequence[Case]) -> list[str]:
    """The writes that cost us more resets than them and one for reading what was written."""
    return [
        str(case)
        for case in cases
        if case.request.type == WRITE
        and case.theirs.ret == case.ours.ret == 0
        and case.our_cost.resets > case.their_cost.resets + 1
    ]


def test_branches_of_a_hub(both: Twins) -> None:
    path = f"{device(both, HUB)}/hub"
    cases = both.agree(
        *writes(
            path,
            ("branch.BYTE", b"1"),
            ("branch.BYTE", b"3"),
            ("config", b"3"),
            ("branch.BYTE", b"12"),
            ("branch.BYTE", b"0"),
            ("branch.2", b"1"),
            ("branch.0", b"1"),
            ("branch.2", b"0"),
            ("branch.ALL", b"0,1,0,1"),
            ("branch.ALL", b"0,1"),
            ("branch.BYTE", b"255"),
            ("branch.BYTE", b"x"),
            ("config", b"x"),
            ("short.0", b"1"),
        )
    )
    assert same_inside(both, HUB)
    # Whether branches are on one at a time is looked at before they are set.
    assert [line for line in dear(cases) if "branch" not in line] == []
    assert all(case.our_cost.resets <= case.their_cost.resets + 2 for case in cases)
    both.agree(write(f"{path}/config", b"300"), but=(HOBBY_RANGE,))
    theirs, ours = chips(both, HUB)
    theirs.registers[Hub.CONFIG][:] = ours.registers[Hub.CONFIG]


def test_other_bits_of_a_hub_are_not_shown(both: Twins) -> None:
    path = f"{device(both, HUB)}/hub"
    for chip in chips(both, HUB):
        chip.put(Hub.BRANCHES, 0xA6)
        chip.put(Hub.SHORTS, 0x51)
    both.agree(
        read(f"{path}/branch.BYTE"),
        read(f"{path}/short.BYTE"),
        read(f"{path}/branch.ALL"),
        read(f"{path}/short.3"),
        but=(HUB_BYTE,),
    )


SET: dict[int, tuple[tuple[str, bytes], ...]] = {
    UVI: (
        ("temperature_offset", b"1.3"),
        ("temperature_offset", b"-0.75"),
        ("UVI/UVI_offset", b"-0.5"),
        ("UVI/in_case", b"0"),
        ("UVI/in_case", b"1"),
    ),
    BAROMETER: (
        ("barometer/altitude", b"-300"),
        ("barometer/config", b"17"),
        ("barometer/polling_frequency", b"9"),
        ("barometer/location", b"attic"),
    ),
    HYGROMETER: (
        ("humidity/humidity_offset", b"-2.5"),
        ("humidity/config", b"255"),
        ("humidity/polling_frequency", b"9"),
        ("humidity/location", b"attic"),
    ),
    SIX: (("multitemp/polling_frequency", b"9"), ("multitemp/location", b"attic")),
}
STORED = {
    UVI: {UviMeter.TEMPERATURE_OFFSET: "fe ff", UviMeter.UVI_OFFSET: "fb", UviMeter.IN_CASE: "ff"},
    BAROMETER: {Barometer.ALTITUDE: "d4 fe", Barometer.CONFIG: "11", Barometer.POLLING: "09"},
    HYGROMETER: {Hygrometer.OFFSET: "06 ff", Hygrometer.CONFIG: "ff", Hygrometer.POLLING: "09"},
    SIX: {SixThermometers.POLLING: "09"},
}


@pytest.mark.parametrize("number", SET)
def test_what_3_2p4_cannot_set(both: Twins, number: int) -> None:
    path, (_, ours) = device(both, number), chips(both, number)
    both.agree(*writes(path, *SET[number]), but=(HOBBY_SETTINGS, HOBBY_SET))
    for register, data in STORED[number].items():
        assert ours.registers[register].hex(" ") == data
    refused = [(name, b"x") for name, _ in SET[number] if "location" not in name]
    both.agree(*writes(path, *refused), but=(HOBBY_SET,))


def test_an_offset_may_be_negative(both: Twins) -> None:
    path = f"/uncached{device(both, UVI)}/UVI/UVI_offset"
    for offset, answer in ((-5, b"-0.5"), (-1, b"-0.1")):
        for chip in chips(both, UVI):
            chip.put(UviMeter.UVI_OFFSET, offset)
        [case] = both.agree(read(path), but=(UVI_OFFSET,))
        assert case.ours.text.strip() == answer


@pytest.mark.parametrize("number", [BAROMETER, HYGROMETER, SIX])
def test_what_3_2p4_cannot_order(both: Twins, number: int) -> None:
    path = f"{device(both, number)}/{DIRECTORIES[number]}"
    both.agree(
        *(
            write(f"{path}/{name}", data)
            for name in ("reboot", "reset")
            for data in (b"0", b"1", b"x", b"")
        ),
        but=(HOBBY_COMMANDS,),
    )
    ours = chips(both, number)[1]
    assert getattr(ours, "reboots", 0) == 1
    assert ours.registers[SixThermometers.LOCATION] == bytes(21)


@pytest.mark.parametrize("number", [BAROMETER, HYGROMETER, SIX])
def test_who_is_not_ready_is_asked_again(both: Twins, number: int) -> None:
    path = f"/uncached{device(both, number)}/{DIRECTORIES[number]}/polling_available"
    for times in (1, 3):
        for chip in chips(both, number):
            chip.not_ready = times
        assert too_dear(both.agree(read(path))) == []


def test_ones_are_believed_after_a_while(both: Twins) -> None:
    path = device(both, BAROMETER)
    for chip in chips(both, BAROMETER):
        chip.put(Barometer.ALTITUDE, -1)
        chip.put(Barometer.TEMPERATURE, 0xFF)
    for name, resets in (("altitude", 4), ("temperature", 1)):
        [case] = both.agree(read(f"/uncached{path}/barometer/{name}"))
        assert case.their_cost.resets == 10
        assert case.our_cost.resets == resets

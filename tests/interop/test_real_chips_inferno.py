"""owserver 3.2p4 and our daemon on equal chips: ED, property by property.

They must answer the same or as tests/differences/soft_devices.py says, and leave the
same in the chips; ours must not ask more of the bus. 3.2p4 reads on behind what was written: texts
end with a zero here, and what is written for relays, of which it dies now and then, is left out.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.inferno_embedded import Inferno, RgbwController, SwitchMaster
from owfs_py.emulator.slave import Slave
from tests.differences.soft_devices import (
    ACTIVATIONS,
    FADE,
    RELAY_PORTS,
    SOFT_FIRMWARE,
    SOFT_STRANGER,
    SOFT_STRANGER_WRITTEN,
    SOFT_TEXTS,
    SOFT_VALUES,
    SOFT_VERSION,
    SWITCH_TYPE,
)
from tests.interop.differential import DIRALL, ask, read, write
from tests.interop.twins import Twins, prepared, too_dear, twins, writes

pytestmark = pytest.mark.timeout(120)

RGBW, UPDATER, SWITCHES, STRANGER = range(4)
APPLICATION = slice(0x1000, 0x3000)


def prepare(bus: Emulation) -> None:
    controller, updater, master, stranger = bus.slaves
    assert isinstance(controller, RgbwController)
    controller.channels = [bytes((*range(n, n + 6), 0)) for n in range(4)]
    assert isinstance(updater, Inferno)
    updater.polls = 0
    assert isinstance(master, SwitchMaster)
    master.leds = [0x03, 0xF0]
    master.states[:], master.modes[:] = b"\x01\x02\x03\x04\x05\xff", b"\x02\x01\x00\x02\x01\x00"
    master.timeouts[:] = b"\x00\x0a\x64\xff\x01\x02"
    assert isinstance(stranger, Inferno)
    stranger.TYPE = 77  # type: ignore[misc]  # of this one only


@pytest.fixture(scope="module")
def both() -> Iterator[Twins]:
    with twins(prepared("IE_RGBW,IE_UPDATER,IE_SWITCHES,IE_RGBW", prepare), hurried=True) as found:
        yield found


def chips(both: Twins, number: int) -> tuple[Slave, Slave]:
    return both.theirs.slaves[number], both.ours.slaves[number]


def controllers(both: Twins) -> tuple[RgbwController, RgbwController]:
    theirs, ours = chips(both, RGBW)
    assert isinstance(theirs, RgbwController)
    assert isinstance(ours, RgbwController)
    return theirs, ours


def updaters(both: Twins) -> tuple[Inferno, Inferno]:
    theirs, ours = chips(both, UPDATER)
    assert isinstance(theirs, Inferno)
    assert isinstance(ours, Inferno)
    return theirs, ours


def masters(both: Twins) -> tuple[SwitchMaster, SwitchMaster]:
    theirs, ours = chips(both, SWITCHES)
    assert isinstance(theirs, SwitchMaster)
    assert isinstance(ours, SwitchMaster)
    return theirs, ours


def device(both: Twins, number: int) -> str:
    return f"/{chips(both, number)[0].rom}"


PORTS = [f"{word}{n}" for word in ("switch_port", "led_port", "relay_port", "relay_timeout",
                                   "relay_mode") for n in range(2)]  # fmt: skip
READABLE = {
    RGBW: ["rgbw_channels", *(f"rgbw_channel{n}" for n in range(4)), "rgbw_all_off"],
    UPDATER: ["firmware_bootloader_size", "firmware_range", "update_firmware", "erase_firmware",
              "exit_firmware_update"],
    SWITCHES: ["switch_ports", "switch_channels", "led_ports", "led_channels", "relay_ports",
               "relay_channels", "switch_refresh_activations", "set_switch_type", *PORTS],
}  # fmt: skip


@pytest.mark.parametrize("number", READABLE)
def test_everything_is_read_the_same(both: Twins, number: int) -> None:
    path = device(both, number)
    names = ["type", "device", "version", "status", "enter_firmware_update", *READABLE[number]]
    cases = both.agree(*(read(f"{path}/{name}") for name in names))
    cases += both.agree(*(read(f"/uncached{path}/{name}") for name in names), but=(SOFT_TEXTS,))
    # A channel has one byte more than 3.2p4 reads.
    assert [case for case in too_dear(cases) if "rgbw_channel" not in case] == []
    cases = both.agree(ask(DIRALL, path), but=(RELAY_PORTS,) if number == SWITCHES else ())
    assert too_dear(cases) == []


def test_one_of_an_unknown_type(both: Twins) -> None:
    path = device(both, STRANGER)
    both.agree(
        ask(DIRALL, path),
        read(f"{path}/status"),
        read(f"{path}/version"),
        read(f"{path}/device"),
        read(f"{path}/rgbw_channels"),
        read(f"{path}/switch_port0"),
        but=(SOFT_VERSION, SOFT_STRANGER),
    )


def test_channels_of_a_controller(both: Twins) -> None:
    path = device(both, RGBW)
    theirs, ours = controllers(both)
    cases = both.agree(
        ask(DIRALL, path),  # so that both know what it is
        *writes(
            path,
            ("rgbw_channel1", b"1,20,255,0,500\0"),
            ("rgbw_channel0", b"  1,  2,  3,  4,   65535\0"),
            ("rgbw_channel2", b"1,2,3,4,16777216\0"),
            ("rgbw_channel2", b"1,2,3\0"),
            ("rgbw_channel2", b"x\0"),
            ("rgbw_all_off", b"0"),
            ("rgbw_all_off", b"maybe"),
        ),
        write(f"{path}/rgbw_channel9", b"1,2,3,4,5\0"),
        read(f"{path}/rgbw_channel9"),
    )
    assert [case for case in too_dear(cases) if "rgbw_channel" not in case] == []
    assert theirs.channels == ours.channels
    both.agree(*writes(path, ("rgbw_channel3", b"1,2,3,4,16777215\0")), but=(FADE,))
    assert theirs.channels == ours.channels
    both.agree(
        write(f"{path}/rgbw_channel2", b"300,2,3,4,5\0"),
        write(f"{path}/rgbw_channel2", b"-1,2,3,4,5\0"),
        write(f"{path}/rgbw_channel2", b"1,2,3,4,5,6\0"),
        but=(SOFT_VALUES,),
    )
    both.agree(write(f"{path}/rgbw_all_off", b"1"))
    assert theirs.channels == ours.channels == [bytes(7)] * 4


def test_ports_of_leds(both: Twins) -> None:
    path = device(both, SWITCHES)
    theirs, ours = masters(both)
    cases = []
    for data in (b"1,0,1,0,1,0,1,0", b"1", b"", b"1,1,1,1,1,1,1,1,1,1,1\0", b"10101\0"):
        cases += both.agree(*writes(path, ("led_port0", data)))
        assert (theirs.leds, theirs.commands) == (ours.leds, ours.commands)
    assert too_dear(cases) == []
    before = list(ours.leds)
    both.agree(write(f"{path}/led_port0", b"x\0"), but=(SOFT_VALUES,))
    assert ours.leds == before
    both.agree(
        read(f"{path}/led_port5"),
        write(f"{path}/led_port5", b"1\0"),
        read(f"{path}/relay_port2"),
        but=(SOFT_STRANGER, SOFT_STRANGER_WRITTEN),
    )
    theirs.leds = list(ours.leds)


def test_activations_are_remembered(both: Twins) -> None:
    path = device(both, SWITCHES)
    for chip in masters(both):
        chip.activations = [0x81, 0x02]
    cases = both.agree(
        write(f"{path}/switch_refresh_activations", b"0"),
        write(f"{path}/switch_refresh_activations", b"maybe"),
        write(f"{path}/switch_refresh_activations", b"1"),
        read(f"/uncached{path}/status"),
        read(f"{path}/switch_port0"),
        read(f"{path}/switch_port1"),
        but=(ACTIVATIONS,),
    )
    assert cases[-2].ours.text.rstrip(b"\0") == b"1,0,0,0,0,0,0,1"
    assert [chip.activations for chip in masters(both)] == [[0, 0], [0, 0]]


def test_types_of_switches(both: Twins) -> None:
    path = f"{device(both, SWITCHES)}/set_switch_type"
    theirs, ours = masters(both)
    both.agree(
        *(write(path, data) for data in (b"0,1,2\0", b"1,7,3", b"0,1,9", b"x")),
        but=(SWITCH_TYPE,),
    )
    assert ours.switch_types == {(0, 1): 2, (1, 7): 3}
    assert ours.switch_types != theirs.switch_types


# The updater

IMAGE = bytes(n * 7 % 256 for n in range(1100))


def test_firmware_is_written(both: Twins) -> None:
    path = f"{device(both, UPDATER)}/update_firmware"
    theirs, ours = updaters(both)
    cases = both.agree(write(path, IMAGE))
    assert ours.flash == theirs.flash
    assert ours.flash[0x1000 : 0x1000 + len(IMAGE)] == IMAGE
    assert cases[0].our_cost.resets <= cases[0].their_cost.resets
    both.agree(write(path, bytes(0x2001)), but=(SOFT_FIRMWARE,))
    assert ours.flash[0x1000 : 0x1000 + len(IMAGE)] == IMAGE
    theirs.flash[:] = ours.flash


def test_firmware_is_erased(both: Twins) -> None:
    path = device(both, UPDATER)
    theirs, ours = updaters(both)
    both.agree(
        write(f"{path}/erase_firmware", b"0"),
        write(f"{path}/erase_firmware", b"maybe"),
        write(f"{path}/erase_firmware", b"1"),
    )
    assert ours.flash == theirs.flash
    assert set(ours.flash[APPLICATION]) == {0xFF}


def test_the_updater_is_left_and_entered(both: Twins) -> None:
    path = device(both, UPDATER)
    theirs, ours = updaters(both)
    for name, data, updating in (
        ("exit_firmware_update", b"0", True),
        ("exit_firmware_update", b"1", False),
        ("enter_firmware_update", b"0", False),
        ("enter_firmware_update", b"maybe", False),
        ("enter_firmware_update", b"1", True),
    ):
        both.agree(write(f"{path}/{name}", data))
        assert (theirs.updating, ours.updating) == (updating, updating)

"""owserver 3.2p4 and our daemon on equal chips: 12, 29, 3A, displays, property by property.

Where the two are meant to differ a test of its own says how.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.ds2406 import DS2406
from owfs_py.emulator.ds2408 import DS2408
from owfs_py.emulator.ds2413 import DS2413
from owfs_py.emulator.switches import Pins
from tests.interop.differential import DIRALL, ask, write
from tests.interop.twins import Twins, prepared, reads, too_dear, twins, writes

pytestmark = pytest.mark.timeout(120)


def set_pins(bus: Emulation) -> None:
    for slave in bus.slaves:
        pins = slave.pins  # type: ignore[attr-defined]
        pins.drive(0b01)
        pins.pulled_up = 0b10


@pytest.fixture(scope="module")
def switches() -> Iterator[Twins]:
    with twins(prepared("29,3A,12", set_pins)) as found:
        yield found


def test_ds2408(switches: Twins) -> None:
    device = switches.device(0x29)
    names = ("PIO.BYTE", "PIO.ALL", "PIO.3", "sensed.BYTE", "sensed.1", "latch.ALL", "power",
             "por", "strobe", "set_alarm", "out_of_testmode", "PIO.8")  # fmt: skip
    assert too_dear(switches.agree(*[ask(DIRALL, device), *reads(device, *names)])) == []
    switches.agree(
        *writes(
            device,
            ("PIO.3", b"1"),
            ("PIO.BYTE", b"5"),
            ("PIO.BYTE", b"256"),
            ("PIO.ALL", b"1,0,1,0,1,0,1,0"),
            ("por", b"0"),
            ("por", b"1"),
            ("strobe", b"1"),
            ("set_alarm", b"123456789"),
            ("set_alarm", b"112"),
            ("latch.BYTE", b"0"),
            ("latch.2", b"0"),
            ("out_of_testmode", b"1"),
            ("sensed.BYTE", b"1"),
        )
    )
    theirs, ours = switches.chips(0x29, DS2408)
    assert theirs.registers == ours.registers


def test_ds2413(switches: Twins) -> None:
    device = switches.device(0x3A)
    names = ("PIO.BYTE", "PIO.A", "sensed.ALL", "sensed.B", "piostate", "PIO.C")
    assert too_dear(switches.agree(*[ask(DIRALL, device), *reads(device, *names)])) == []
    switches.agree(
        *writes(
            device,
            ("PIO.A", b"1"),
            ("PIO.BYTE", b"7"),
            ("PIO.ALL", b"0,1"),
            ("piostate", b"9"),
            ("sensed.A", b"1"),
        )
    )
    theirs, ours = switches.chips(0x3A, DS2413)
    assert theirs.status == ours.status


def test_ds2406(switches: Twins) -> None:
    device = switches.device(0x12)
    names = ("PIO.BYTE", "PIO.B", "sensed.ALL", "flipflop.ALL", "latch.BYTE", "power", "channels",
             "set_alarm", "infobyte")  # fmt: skip
    assert too_dear(switches.agree(*[ask(DIRALL, device), *reads(device, *names)])) == []
    switches.agree(*reads(device, "memory", "pages/page.1", "pages/page.ALL"))
    switches.agree(
        *writes(
            device,
            ("PIO.A", b"1"),
            ("PIO.BYTE", b"7"),
            ("set_alarm", b"331"),
            ("set_alarm", b"999"),
            ("set_alarm", b"4321"),
            ("latch.BYTE", b"1"),
            ("latch.A", b"0"),
            ("power", b"1"),
        )
    )
    theirs, ours = switches.chips(0x12, DS2406)
    assert theirs.status == ours.status


def test_alarms_of_switches(switches: Twins) -> None:
    device = switches.device(0x29)
    switches.agree(write(f"{device}/por", b"0"), write(f"{device}/set_alarm", b"100000000"))
    switches.agree(ask(DIRALL, "/alarm"))


class Watched(Pins):
    """Pins whose outputs are written down."""

    def __init__(self) -> None:
        super().__init__(8)
        self.seen = bytearray()

    def drive(self, latches: int) -> None:
        self.seen.append(latches)
        super().drive(latches)


def watch_pins(bus: Emulation) -> None:
    for chip in bus.slaves:
        assert isinstance(chip, DS2408)
        chip.pins = Watched()
        chip.control = 0x04  # which 3.2p4 does not see to for LCD_M


DISPLAYED = {
    "LCD_M": (("clear", b"1"), ("home", b"1"), ("screen", b"Hi"), ("screen", b"\x81"),
              ("message", b"Yo")),
    "LCD_H": (("clear", b"1"), ("home", b"0"), ("screen", b"A\0"), ("message", b"B"),
              ("screenyx", b"2,3:C"), ("screenyx", b"5:D"), ("screenyx", b"\x02\x03E"),
              ("screenyx", b"\0\0F"), ("screenyx", b"9,1:F"), ("screenyx", b"x"),
              ("redefchar.1", b"abc")),
}  # fmt: skip


def test_displays() -> None:
    with twins(prepared("29,29", watch_pins)) as found:
        for number, (display, pairs) in enumerate(DISPLAYED.items()):
            chips = found.theirs.slaves[number], found.ours.slaves[number]
            requests = [write(f"/{chips[0].rom}/{display}/{name}", data) for name, data in pairs]
            found.agree(*requests)
            theirs, ours = (chip.pins.seen for chip in chips)  # type: ignore[attr-defined]
            assert ours.hex(" ") == theirs.hex(" ")
            assert ours

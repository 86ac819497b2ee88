"""The ROM layer that all emulated chips share."""

from __future__ import annotations

from typing import ClassVar

import pytest

from owfs_py.bus.rom import RomId
from owfs_py.emulator.ds2401 import DS2401
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.slave import Behaviour, RomCommands, Slave, receive_byte, send_bytes
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.wire import Counts, Wire
from tests.emulator.wiremaster import WireMaster


class Parrot(Slave):
    """A chip with every ROM command and one function: say a byte back, inverted."""

    families = (0xAA,)
    chip = "Parrot"
    rom_commands: ClassVar[RomCommands] = (
        Slave.rom_commands | Slave.with_resume | Slave.with_overdrive
    )

    def function(self) -> Behaviour:
        heard = yield from receive_byte()
        yield from send_bytes(bytes([heard ^ 0xFF]))


def parrot(number: int) -> Parrot:
    return Parrot(RomId.make(0xAA, number.to_bytes(6, "little")))


@pytest.fixture
def wire() -> Wire:
    return Wire(VirtualClock())


@pytest.fixture
def master(wire: Wire) -> WireMaster:
    return WireMaster(wire)


def hears(master: WireMaster) -> bool:
    """Whether some parrot is selected."""
    master.write(b"\x5a")
    return master.read(1) == b"\xa5"


def test_read_rom_gives_the_id_of_a_single_slave_and_selects_it(
    wire: Wire, master: WireMaster
) -> None:
    wire.attach(parrot(1))
    master.reset()
    master.write(b"\x33")
    assert master.read(8) == wire.slaves[0].rom
    assert hears(master)


@pytest.mark.parametrize("command", [0x33, 0x0F])
def test_a_serial_number_chip_knows_both_read_rom_commands(
    wire: Wire, master: WireMaster, command: int
) -> None:
    wire.attach(make_slave("01"))
    assert isinstance(wire.slaves[0], DS2401)
    master.reset()
    master.write(bytes([command]))
    assert master.read(8) == wire.slaves[0].rom
    assert master.read(2) == b"\xff\xff"


def test_match_rom_selects_one_of_several(wire: Wire, master: WireMaster) -> None:
    for number in range(3):
        wire.attach(parrot(number))
    master.select(wire.slaves[1].rom)
    assert hears(master)
    master.select(RomId.make(0xAA, b"nobody"))
    assert not hears(master)


def test_skip_rom_selects_all(wire: Wire, master: WireMaster) -> None:
    wire.attach(parrot(1))
    wire.attach(parrot(2))
    master.reset()
    master.write(b"\xcc")
    assert hears(master)


def test_an_unknown_rom_command_is_ignored_until_the_next_reset(
    wire: Wire, master: WireMaster
) -> None:
    wire.attach(parrot(1))
    master.reset()
    master.write(b"\x99")
    assert not hears(master)
    master.reset()
    master.write(b"\xcc")
    assert hears(master)


def test_a_slave_found_by_a_search_is_selected(wire: Wire, master: WireMaster) -> None:
    wire.attach(parrot(1))
    wire.attach(parrot(2))
    assert len(master.search()) == 2
    assert hears(master)


def test_an_alarm_search_is_answered_by_alarming_slaves_only(
    wire: Wire, master: WireMaster
) -> None:
    class Alarmed(Parrot):
        def alarming(self) -> bool:
            return True

    wire.attach(parrot(1))
    assert master.search(0xEC) == []
    wire.attach(Alarmed(RomId.make(0xAA, b"alarm!")))
    assert master.search(0xEC) == [wire.slaves[1].rom]


def test_resume_selects_the_slave_that_was_matched_last(wire: Wire, master: WireMaster) -> None:
    wire.attach(parrot(1))
    wire.attach(parrot(2))
    master.reset()
    master.write(b"\xa5")
    assert not hears(master)
    master.select(wire.slaves[0].rom)
    for _ in range(2):
        master.reset()
        master.write(b"\xa5")
        assert hears(master)
    master.reset()
    master.write(b"\xcc")
    master.reset()
    master.write(b"\xa5")
    assert not hears(master)


def test_overdrive_skip_brings_slaves_to_overdrive_until_a_standard_reset(
    wire: Wire, master: WireMaster
) -> None:
    wire.attach(parrot(1))
    assert not wire.reset(overdrive=True)
    master.reset()
    master.write(b"\x3c")
    wire.set_overdrive(True)
    assert hears(master)
    assert wire.reset(overdrive=True)
    assert wire.counts == Counts(resets=3, slots=24, overdrive_resets=2, overdrive_slots=16)
    assert wire.reset()
    assert not wire.reset(overdrive=True)


def test_a_slave_in_overdrive_does_not_understand_standard_speed(
    wire: Wire, master: WireMaster
) -> None:
    wire.attach(parrot(1))
    master.reset()
    master.write(b"\x3c")
    assert not hears(master)


def test_overdrive_match_leaves_only_the_matched_slave_in_overdrive(
    wire: Wire, master: WireMaster
) -> None:
    wire.attach(parrot(1))
    wire.attach(parrot(2))
    master.reset()
    master.write(b"\x69")
    wire.set_overdrive(True)
    master.write(wire.slaves[1].rom)
    assert hears(master)
    assert [slave.overdrive for slave in wire.slaves] == [False, True]


def test_a_reset_at_overdrive_speed_is_noticed_in_overdrive_only(
    wire: Wire, master: WireMaster
) -> None:
    noticed = []

    class Noting(Parrot):
        def on_reset(self) -> None:
            noticed.append(self.rom)

    slaves = [Noting(RomId.make(0xAA, bytes([n]) * 6)) for n in range(2)]
    for slave in slaves:
        wire.attach(slave)
    master.reset()
    master.write(b"\x69")
    wire.set_overdrive(True)
    master.write(slaves[1].rom)
    noticed.clear()
    assert wire.reset(overdrive=True)
    assert noticed == [slaves[1].rom]
    assert wire.reset()
    assert noticed[1:] == [slave.rom for slave in slaves]


def test_a_slave_too_far_away_hears_nothing_at_overdrive_speed(
    wire: Wire, master: WireMaster
) -> None:
    wire.attach(parrot(1))
    wire.slaves[0].far = True
    master.reset()
    master.write(b"\x3c")
    wire.set_overdrive(True)
    assert not hears(master)
    assert not wire.reset(overdrive=True)
    assert wire.reset()
    master.write(b"\xcc")
    assert hears(master)


def test_the_names_and_addresses_of_slaves_are_those_of_the_tester_option() -> None:
    assert str(make_slave("28")) == str(make_slave("ds18b20"))
    assert make_slave("28").rom.text() == "28.000028D70000"
    assert make_slave("10", bus=3, index=258).rom.text() == "10.030010EF0201"
    assert make_slave("28.000801").rom.text() == "28.000801D70000"
    assert make_slave("28.00.08.01.02.03.04").rom.text() == "28.000801020304"
    assert make_slave("280008010203FF").rom.text() == "28.0008010203FF"


@pytest.mark.parametrize("spec", ["", "2", "FB", "DS9999", "28.0", "28.00112233445566"])
def test_an_unknown_chip_is_refused(spec: str) -> None:
    with pytest.raises(ValueError, match="chip"):
        make_slave(spec)

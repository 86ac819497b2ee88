"""The emulated DS2409 against its data sheet: who hears what behind a coupler."""

from __future__ import annotations

import pytest

from owfs_py.bus.rom import RomId
from owfs_py.emulator.ds2401 import DS2401
from owfs_py.emulator.ds2409 import DS2409
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.thermometers import DS18B20
from tests.emulator.chipbench import ChipBench


@pytest.fixture
def bench() -> ChipBench[DS2409]:
    return ChipBench(DS2409)


def plug(bench: ChipBench[DS2409], branch: str, spec: str, index: int = 9) -> RomId:
    slave = make_slave(spec, index=index)
    getattr(bench.chip, branch).attach(slave)
    return slave.rom


def test_nobody_behind_a_coupler_is_heard_at_first(bench: ChipBench[DS2409]) -> None:
    plug(bench, "main", "01")
    assert bench.master.search() == [bench.chip.rom]


@pytest.mark.parametrize(("branch", "command"), [("main", "cc"), ("aux", "33")])
def test_smart_on_connects_a_branch(bench: ChipBench[DS2409], branch: str, command: str) -> None:
    rom = plug(bench, branch, "01")
    assert bench.ask(f"{command} ff", 2) == bytes((0, int(command, 16)))
    assert set(bench.master.search()) == {bench.chip.rom, rom}


def test_smart_on_tells_of_an_empty_branch(bench: ChipBench[DS2409]) -> None:
    plug(bench, "aux", "01")
    assert bench.ask("cc ff", 2) == b"\xff\xcc"


def test_after_smart_on_the_branch_alone_waits_for_a_rom_command(
    bench: ChipBench[DS2409],
) -> None:
    rom = plug(bench, "main", "01")
    bench.wire.attach(make_slave("01", index=1))
    bench.ask("cc ff", 2)
    bench.master.write(b"\x33")
    assert bench.master.read(8) == rom


def test_connecting_one_branch_disconnects_the_other(bench: ChipBench[DS2409]) -> None:
    plug(bench, "main", "01", 1)
    rom = plug(bench, "aux", "01", 2)
    bench.ask("cc ff", 2)
    bench.ask("33 ff", 2)
    assert set(bench.master.search()) == {bench.chip.rom, rom}


def test_all_lines_off_is_confirmed(bench: ChipBench[DS2409]) -> None:
    plug(bench, "main", "01")
    bench.ask("cc ff", 2)
    bench.master.reset()
    bench.master.write(b"\xcc\x66")
    assert bench.master.read(1) == b"\x66"
    assert bench.master.search() == [bench.chip.rom]


def test_direct_on_connects_main_without_a_reset_of_it(bench: ChipBench[DS2409]) -> None:
    rom = plug(bench, "main", "01")
    assert bench.ask("a5", 1) == b"\xa5"
    assert set(bench.master.search()) == {bench.chip.rom, rom}


def test_a_device_on_a_branch_is_heard_through_couplers(bench: ChipBench[DS2409]) -> None:
    inner = DS2409(RomId.make(0x1F, bytes(6)))
    bench.chip.aux.attach(inner)
    leaf = make_slave("01", index=3)
    inner.main.attach(leaf)
    bench.ask("33 ff", 2)
    bench.master.write(b"\x55" + inner.rom + b"\xcc\xff")
    assert bench.master.read(2) == b"\x00\xcc"
    bench.master.write(b"\x33")
    assert bench.master.read(8) == leaf.rom
    assert set(bench.master.search()) == {bench.chip.rom, inner.rom, leaf.rom}
    bench.ask("66", 1)
    assert bench.master.search() == [bench.chip.rom]


def test_status_shows_branches_events_and_mode(bench: ChipBench[DS2409]) -> None:
    assert bench.ask("5a ff", 1).hex() == "0f"
    plug(bench, "aux", "01")
    assert bench.ask("5a ff", 1).hex() == "2f"
    bench.ask("33 ff", 2)
    assert bench.ask("5a ff", 1).hex() == "0b"
    for control, mode in (("20", 0x80), ("a0", 0xC0), ("40", 0x40), ("00", 0x00)):
        bench.ask(f"5a {control}", 1)
        assert bench.ask("5a ff", 1)[0] & 0xC0 == mode


def test_an_event_is_an_alarm_until_all_lines_are_told_off(bench: ChipBench[DS2409]) -> None:
    assert not bench.alarming()
    plug(bench, "main", "01")
    assert bench.alarming()
    bench.ask("66", 1)
    assert not bench.alarming()


def test_discharge_takes_the_power_of_both_branches(bench: ChipBench[DS2409]) -> None:
    thermometer = DS18B20(RomId.make(0x28, bytes(6)), parasitic=True)
    bench.chip.main.attach(thermometer)
    bench.ask("cc ff", 2)
    bench.master.select(thermometer.rom, b"\x4e\x01\x02\x7f")
    assert thermometer.scratchpad[2:4] == b"\x01\x02"
    bench.ask("99")
    assert thermometer.scratchpad[2:4] == thermometer.eeprom[:2] != b"\x01\x02"


def test_a_coupler_takes_its_branches_along_to_another_wire(bench: ChipBench[DS2409]) -> None:
    other = ChipBench(DS2401)
    rom = plug(bench, "main", "01")
    bench.wire.detach(bench.chip)
    other.wire.attach(bench.chip)
    other.master.select(bench.chip.rom, b"\xcc\xff")
    other.master.read(2)
    assert rom in other.master.search()


def test_who_leaves_a_branch_is_silent_at_once(bench: ChipBench[DS2409]) -> None:
    rom = plug(bench, "main", "01")
    bench.ask("cc ff", 2)
    bench.chip.main.detach(bench.chip.main.slaves[0])
    assert rom not in bench.master.search()

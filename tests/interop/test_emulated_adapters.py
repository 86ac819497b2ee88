"""Programs that nobody here wrote, on the emulated adapters: the proof that the emulator is right.

The real owserver 3.2p4 and digitemp must find every device and read every temperature to the last
bit. They run on pseudo-terminals, so this is real time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pytest

from owfs_py.emulator.bench import AdapterName, Emulation
from owfs_py.emulator.ds2401 import DS2401
from owfs_py.emulator.ds9097 import DS9097
from owfs_py.emulator.pty import PtyAdapter
from owfs_py.emulator.thermometers import DS18B20, DS18S20, Thermometer
from tests.interop.eeprom import stores
from tests.interop.realserver import RealOwserver, run

ADAPTERS: tuple[AdapterName, ...] = get_args(AdapterName)
OWSERVER_OPTIONS = {"DS2480B": "--device={}", "DS9097": "--passive={}"}
DIGITEMP = {"DS2480B": "digitemp_DS9097U", "DS9097": "digitemp_DS9097"}
FIFTY_DEVICES = ["28", "10", "22", "28", "01"] * 10

COLDEST, HOTTEST = -55 * 16, 125 * 16  # in sixteenths, like all temperatures below
MAX_CONVERSION = 0.75


@dataclass
class Rig:
    """An emulated adapter and the real owserver on it."""

    emulation: Emulation
    pty: PtyAdapter
    server: RealOwserver

    @property
    def thermometers(self) -> list[Thermometer]:
        return [slave for slave in self.emulation.slaves if isinstance(slave, Thermometer)]

    def device(self, kind: type[Thermometer]) -> Thermometer:
        """One that is exactly of this kind."""
        return next(chip for chip in self.thermometers if type(chip) is kind)

    def convert_all(self) -> None:
        """Let the real owserver start a conversion on all chips, and wait for its end."""
        self.server.owwrite("/simultaneous/temperature", "1")
        time.sleep(MAX_CONVERSION)

    def read(self, chip: Thermometer, name: str) -> str:
        return self.server.owread(f"/uncached/{chip.rom}/{name}")


def owserver_on(emulation: Emulation, adapter: AdapterName, *options: str) -> Iterator[Rig]:
    device = OWSERVER_OPTIONS[adapter]
    with emulation.pty() as pty, RealOwserver([device.format(pty.path), *options]) as server:
        yield Rig(emulation, pty, server)


@pytest.fixture(scope="module", params=ADAPTERS)
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """Fifty devices with external power."""
    yield from owserver_on(Emulation.from_list(FIFTY_DEVICES, adapter=request.param), request.param)


def as_owserver_prints(sixteenths: int) -> str:
    return f"{sixteenths / 16:.6G}"


def test_owserver_knows_the_adapter_by_its_name(rig: Rig) -> None:
    name = rig.server.owread("/bus.0/interface/settings/name")
    assert name == {"DS2480B": "DS9097U", "DS9097": "Passive"}[type(rig.emulation.adapter).__name__]


def test_owserver_finds_all_fifty_devices(rig: Rig) -> None:
    listed = [path for path in rig.server.owdir("/uncached") if path[10:12] in FIFTY_DEVICES]
    assert sorted(listed) == sorted(f"/uncached/{slave.rom}" for slave in rig.emulation.slaves)


def test_owserver_sees_a_device_come_and_go(rig: Rig) -> None:
    slave = next(slave for slave in rig.emulation.slaves if isinstance(slave, DS2401))
    slave.absent = True
    assert f"/uncached/{slave.rom}" not in rig.server.owdir("/uncached")
    slave.absent = False
    assert f"/uncached/{slave.rom}" in rig.server.owdir("/uncached")


def test_every_temperature_is_right_to_the_last_bit(rig: Rig) -> None:
    chips = rig.thermometers
    span = HOTTEST - COLDEST
    ladders = (
        [COLDEST + span * index // (len(chips) - 1) for index in range(len(chips))],
        [index - len(chips) // 2 for index in range(len(chips))],  # around 0, every sixteenth
        [-25 * 16 - index for index in range(len(chips))],
    )
    for ladder in ladders:
        for chip, sixteenths in zip(chips, ladder, strict=True):
            chip.sixteenths = sixteenths
        rig.convert_all()
        got = [rig.read(chip, "latesttemp") for chip in chips]
        assert got == [as_owserver_prints(sixteenths) for sixteenths in ladder]


@pytest.mark.parametrize("kind", [DS18B20, DS18S20])
def test_owserver_converts_a_single_chip(rig: Rig, kind: type[Thermometer]) -> None:
    chip = rig.device(kind)
    chip.sixteenths = -163
    asked = time.monotonic()
    before = rig.emulation.wire.counts.conversions
    assert rig.read(chip, "temperature") == as_owserver_prints(-163)
    assert rig.emulation.wire.counts.conversions == before + 1
    assert chip.history[-1].start >= asked
    assert chip.history[-1].end <= time.monotonic()


def test_owserver_converts_at_the_resolution_asked_for(rig: Rig) -> None:
    chip = rig.device(DS18B20)
    chip.sixteenths = 0x197
    assert rig.read(chip, "temperature9") == "25"
    assert chip.history[-1].end - chip.history[-1].start == pytest.approx(0.09375)
    assert rig.read(chip, "temperature10") == "25.25"
    assert rig.read(chip, "temperature12") == "25.4375"


def test_the_power_up_value_is_told_from_true_85_degrees_by_a_chip_only(rig: Rig) -> None:
    chip = rig.device(DS18B20)
    chip.brown_out()
    assert rig.read(chip, "latesttemp") == "85"
    assert chip.scratchpad[6] == 0x0C


@pytest.mark.parametrize("kind", [DS18B20, DS18S20])
def test_limits_are_written_to_the_eeprom_and_read_back(rig: Rig, kind: type[Thermometer]) -> None:
    chip = rig.device(kind)
    rig.server.owwrite(f"/{chip.rom}/temphigh", "33")
    rig.server.owwrite(f"/{chip.rom}/templow", "-12")
    assert stores(chip, bytes((33, 0x100 - 12)))
    assert rig.read(chip, "temphigh") == "33"
    assert rig.read(chip, "templow") == "-12"
    chip.brown_out()
    assert rig.read(chip, "templow") == "-12"


def test_the_alarm_directory_lists_exactly_the_chips_outside_their_limits(rig: Rig) -> None:
    for chip in rig.thermometers:
        chip.set_limits(-10, 40)
        chip.temperature = 20
    hot, cold = rig.device(DS18B20), rig.device(DS18S20)
    rig.convert_all()
    assert rig.server.owdir("/alarm") == []
    hot.temperature, cold.temperature = 40, -10.5
    rig.convert_all()
    assert sorted(rig.server.owdir("/alarm")) == sorted(f"/alarm/{c.rom}" for c in (hot, cold))


def test_power_scratchpad_and_trim_are_those_of_the_chip(rig: Rig) -> None:
    for kind in (DS18B20, DS18S20):
        chip = rig.device(kind)
        assert rig.read(chip, "power") == "1"
        chip.trim[:] = 0x9D, 0xBB
        assert int(rig.read(chip, "errata/trim")) == 0xBB9D


def test_a_search_costs_200_slots_and_a_reset_a_device(rig: Rig) -> None:
    # On a passive adapter owserver notices that it has all only after one reset more.
    one_more = isinstance(rig.emulation.adapter, DS9097)
    rig.server.owdir("/uncached")
    before = rig.emulation.wire.counts.snapshot()
    rig.server.owdir("/uncached")
    cost = rig.emulation.wire.counts - before
    assert (cost.resets, cost.slots) == (50 + one_more, 50 * 200)


def test_owserver_feeds_parasitic_chips_through_the_ds2480b() -> None:
    emulation = Emulation.from_list("28,10", parasitic=True)
    for rig in owserver_on(emulation, "DS2480B"):
        for chip, sixteenths in zip(rig.thermometers, (-1, 407), strict=True):
            chip.sixteenths = sixteenths
            assert rig.read(chip, "power") == "0"
            assert rig.read(chip, "temperature") == as_owserver_prints(sixteenths)
            rig.server.owwrite(f"/{chip.rom}/temphigh", "44")
            assert chip.eeprom[0] == 44
            assert chip.brown_outs == 0
        assert emulation.wire.counts.pullup_time > 2 * MAX_CONVERSION


def test_owserver_recovers_when_the_adapter_is_plugged_in_again() -> None:
    emulation = Emulation.from_list("28")
    device = f"/uncached/{emulation.slaves[0].rom}"
    for rig in owserver_on(emulation, "DS2480B", "--timeout_serial=1"):
        assert device in rig.server.owdir("/uncached")
        rig.pty.unplug()
        with pytest.raises(AssertionError, match="exit status 1"):
            rig.server.owdir("/uncached")
        rig.pty.plug()
        deadline = time.monotonic() + 20
        while True:
            try:
                assert device in rig.server.owdir("/uncached")
                return
            except AssertionError:
                if time.monotonic() > deadline:
                    raise


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_digitemp_finds_every_thermometer_and_reads_it_right(
    adapter: AdapterName, tmp_path: Path
) -> None:
    emulation = Emulation.from_list("28,10,10,22,01", adapter=adapter)
    expected = {}
    for slave, sixteenths in zip(emulation.slaves, (-162, -403, 85, 1999, 0), strict=True):
        if isinstance(slave, Thermometer):
            slave.sixteenths = sixteenths
            expected[slave.rom.hex().upper()] = sixteenths / 16
    with emulation.pty() as pty:
        digitemp = [DIGITEMP[adapter], "-q", "-s", pty.path, "-c", str(tmp_path / "digitemprc")]
        run([*digitemp, "-i"])
        lines = run([*digitemp, "-a", "-r", "760", "-o", "%R %.4C"]).splitlines()
    assert {rom: float(degrees) for rom, degrees in map(str.split, lines)} == expected


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_digitemp_finds_fifty_devices(adapter: AdapterName, tmp_path: Path) -> None:
    emulation = Emulation.from_list(FIFTY_DEVICES, adapter=adapter)
    with emulation.pty() as pty:
        output = run([DIGITEMP[adapter], "-s", pty.path, "-c", str(tmp_path / "rc"), "-w"])
    for slave in emulation.slaves:
        assert slave.rom.hex().upper() in output


def test_digitemp_feeds_parasitic_chips_through_the_ds2480b(tmp_path: Path) -> None:
    emulation = Emulation.from_list("28,10", parasitic=True)
    chips = [slave for slave in emulation.slaves if isinstance(slave, Thermometer)]
    for chip in chips:
        chip.sixteenths = -7
    with emulation.pty() as pty:
        digitemp = ["digitemp_DS9097U", "-q", "-s", pty.path, "-c", str(tmp_path / "digitemprc")]
        run([*digitemp, "-i"])
        lines = run([*digitemp, "-a", "-r", "800", "-o", "%.4C"]).split()
    assert [float(line) for line in lines] == [-0.4375, -0.4375]
    assert [chip.brown_outs for chip in chips] == [0, 0]

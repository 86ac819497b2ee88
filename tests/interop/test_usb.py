"""The emulated DS2490 on the stand-in libusb: owserver 3.2p4 takes it for real, and so do we.

What the real owserver does proves the emulator, what ours does on the same chips proves the driver.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.ds2490 import (
    DS2490,
    ENABLE_PULSE,
    ENABLE_SPEED_CHANGE,
    PROGRAM_PULSE_DURATION,
    PROGRAM_PULSE_ENABLED,
    PULLUP_DURATION,
    PULLUP_ENABLED,
    SAMPLE_OFFSET,
    SLEW_RATE,
    SPEED,
    WRITE_1_LOW_TIME,
)
from owfs_py.emulator.libusb import UsbDevice, UsbHost
from owfs_py.emulator.thermometers import DS18B20, DS18S20, Thermometer
from tests.interop.eeprom import stores
from tests.interop.ourserver import OurDaemon
from tests.interop.realserver import RealOwserver, StockClients

INSIDE = "81"  # the DS1420 in the adapter
TWENTY_DEVICES = ["28", "10", "22", "28", "01"] * 3 + ["28", "10", "22", "28", INSIDE]
COLDEST, HOTTEST = -55 * 16, 125 * 16  # in sixteenths of a degree
MAX_CONVERSION = 0.75
RECOVERY_TIME = 20.0
POLL = 0.1

Server = RealOwserver | OurDaemon


def real(host: UsbHost, *options: str) -> Server:
    return RealOwserver(list(options), host.environment())


def ours(host: UsbHost, *options: str) -> Server:
    return OurDaemon(list(options), environment=host.environment())


PROGRAMS: dict[str, Callable[..., Server]] = {"owserver 3.2p4": real, "ours": ours}


@pytest.fixture(scope="module", params=PROGRAMS.values(), ids=PROGRAMS.keys())
def program(request: pytest.FixtureRequest) -> Callable[..., Server]:
    start: Callable[..., Server] = request.param
    return start


@dataclass
class Rig(StockClients):
    """Emulated adapters on USB and a server on them."""

    host: UsbHost
    emulations: list[Emulation]
    server: Server

    @property
    def address(self) -> str:
        return self.server.address

    @property
    def device(self) -> UsbDevice:
        return self.host.devices[0]

    @property
    def thermometers(self) -> list[Thermometer]:
        slaves = (slave for emulation in self.emulations for slave in emulation.slaves)
        return [slave for slave in slaves if isinstance(slave, Thermometer)]

    def convert_all(self) -> None:
        self.owwrite("/simultaneous/temperature", "1")
        time.sleep(MAX_CONVERSION)


@contextmanager
def rig_of(
    program: Callable[..., Server], *options: str, buses: list[list[str]], parasitic: bool = False
) -> Iterator[Rig]:
    emulations = [
        Emulation.from_list(chips, bus=number, parasitic=parasitic)
        for number, chips in enumerate(buses)
    ]
    with UsbHost() as host:
        for emulation in emulations:
            host.add(DS2490(emulation.wire))
        with program(host, *options) as server:
            yield Rig(host, emulations, server)


@pytest.fixture(scope="module")
def rig(program: Callable[..., Server]) -> Iterator[Rig]:
    with rig_of(program, "-u", buses=[TWENTY_DEVICES]) as made:
        yield made


def roms(*emulations: Emulation) -> list[str]:
    return sorted(str(slave.rom) for emulation in emulations for slave in emulation.slaves)


def test_the_adapter_has_its_name_number_and_place(rig: Rig) -> None:
    assert rig.setting("name") == "DS9490"
    assert rig.setting("version") == "8"
    assert rig.setting("address") == f"1:{rig.device.address}"


def test_all_twenty_devices_are_found_and_the_one_inside_the_adapter(rig: Rig) -> None:
    assert rig.devices() == roms(*rig.emulations)
    assert sum(name.startswith(INSIDE) for name in rig.devices()) == 1


def test_every_temperature_is_right_to_the_last_bit(rig: Rig) -> None:
    chips = rig.thermometers
    span = HOTTEST - COLDEST
    ladders = (
        [COLDEST + span * index // (len(chips) - 1) for index in range(len(chips))],
        [index - len(chips) // 2 for index in range(len(chips))],
    )
    for ladder in ladders:
        for chip, sixteenths in zip(chips, ladder, strict=True):
            chip.sixteenths = sixteenths
        rig.convert_all()
        got = [rig.owread(f"/uncached/{chip.rom}/latesttemp") for chip in chips]
        assert got == [f"{sixteenths / 16:.6G}" for sixteenths in ladder]


def test_a_single_chip_converts(rig: Rig) -> None:
    chip = next(chip for chip in rig.thermometers if type(chip) is DS18S20)
    chip.sixteenths = -163
    assert rig.owread(f"/uncached/{chip.rom}/temperature") == "-10.1875"


def test_limits_are_written_to_the_eeprom_and_read_back(rig: Rig) -> None:
    chip = next(chip for chip in rig.thermometers if type(chip) is DS18B20)
    rig.owwrite(f"/{chip.rom}/temphigh", "33")
    rig.owwrite(f"/{chip.rom}/templow", "-12")
    assert stores(chip, bytes((33, 0x100 - 12)))
    assert rig.owread(f"/uncached/{chip.rom}/temphigh") == "33"


def test_the_alarm_directory_lists_exactly_the_chips_outside_their_limits(rig: Rig) -> None:
    for chip in rig.thermometers:
        chip.set_limits(-10, 40)
        chip.temperature = 20
    hot, cold = rig.thermometers[2], rig.thermometers[7]
    rig.convert_all()
    assert rig.owdir("/alarm") == []
    hot.temperature, cold.temperature = 40, -10.5
    rig.convert_all()
    assert sorted(rig.owdir("/alarm")) == sorted(f"/alarm/{c.rom}" for c in (hot, cold))


def test_settings_have_their_defaults_and_reach_the_chip(rig: Rig) -> None:
    assert rig.setting("usb/pulldownslewrate") == "4"
    assert rig.setting("usb/writeonelowtime") == "12"
    assert rig.setting("usb/datasampleoffset") == "7"
    assert rig.setting("usb/flexible_timing") == "1"
    rig.owwrite("/bus.0/interface/settings/usb/pulldownslewrate", "6")
    rig.owwrite("/bus.0/interface/settings/usb/datasampleoffset", "10")
    assert rig.setting("usb/pulldownslewrate") == "6"
    assert rig.setting("usb/datasampleoffset") == "10"
    assert rig.devices() == roms(*rig.emulations)
    modes = rig.device.chip.modes
    assert (modes[SLEW_RATE], modes[SAMPLE_OFFSET]) == (6, 7)


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ([], {SPEED: 1, SLEW_RATE: 4, WRITE_1_LOW_TIME: 4, SAMPLE_OFFSET: 4}),
        (
            ["--altUSB", "--usb_regulartime"],
            {SPEED: 0, SLEW_RATE: 3, WRITE_1_LOW_TIME: 2, SAMPLE_OFFSET: 5},
        ),
    ],
    ids=["normal", "alternate"],
)
def test_the_chip_is_set_up_like_this(
    program: Callable[..., Server], options: list[str], codes: dict[int, int]
) -> None:
    always = {
        ENABLE_PULSE: PULLUP_ENABLED | PROGRAM_PULSE_ENABLED,
        ENABLE_SPEED_CHANGE: 1,
        PULLUP_DURATION: 0,
        PROGRAM_PULSE_DURATION: 60,
    }
    with rig_of(program, "-u", *options, buses=[["28"]]) as rig:
        assert rig.device.chip.modes == always | codes


@pytest.mark.parametrize(
    ("name", "value"),
    [("pulldownslewrate", "8"), ("writeonelowtime", "7"), ("datasampleoffset", "11")],
)
def test_settings_out_of_range_are_refused(rig: Rig, name: str, value: str) -> None:
    before = rig.setting(f"usb/{name}")
    with pytest.raises(AssertionError, match="exit status 1"):
        rig.owwrite(f"/bus.0/interface/settings/usb/{name}", value)
    assert rig.setting(f"usb/{name}") == before


def test_parasitic_thermometers_are_fed_while_they_convert(program: Callable[..., Server]) -> None:
    with rig_of(program, "-u", buses=[["28"]], parasitic=True) as rig:
        (chip,) = rig.thermometers
        chip.sixteenths = 407
        assert rig.owread(f"/{chip.rom}/temperature") == "25.4375"
        assert chip.brown_outs == 0
        assert rig.emulations[0].wire.counts.pullup_time > MAX_CONVERSION


@pytest.mark.parametrize("option", ["-uall", "-uALL"])
def test_all_adapters_become_buses_in_their_order(
    program: Callable[..., Server], option: str
) -> None:
    with rig_of(program, option, buses=[["28", INSIDE], ["10", INSIDE]]) as rig:
        assert rig.devices() == roms(*rig.emulations)
        places = [f"1:{device.address}" for device in rig.host.devices]
        assert [rig.setting("address", bus) for bus in (0, 1)] == places


@pytest.mark.parametrize("option", ["-u2", "-u1:3", "--usb=2", "-u001:003", "-u01:3"])
def test_one_of_two_adapters_is_chosen(program: Callable[..., Server], option: str) -> None:
    with rig_of(program, option, buses=[["28", INSIDE], ["10", INSIDE]]) as rig:
        assert rig.devices() == roms(rig.emulations[1])


def test_an_adapter_that_is_plugged_in_again_is_found_again(
    program: Callable[..., Server],
) -> None:
    with rig_of(program, "-uall", "--timeout_usb=1", buses=[["28", INSIDE], ["10"]]) as rig:
        assert rig.devices() == roms(*rig.emulations)
        before = rig.device.address
        rig.device.unplug()
        rig.wait_until_listed(roms(rig.emulations[1]))
        rig.host.plug(rig.device)
        rig.wait_until_listed(roms(*rig.emulations))
        assert rig.setting("address") == f"1:{rig.device.address}" != f"1:{before}"


def test_the_kernels_driver_is_sent_away(program: Callable[..., Server]) -> None:
    emulation = Emulation.from_list("28")
    with UsbHost() as host:
        device = host.add(DS2490(emulation.wire))
        device.kernel_driver = True
        with program(host, "-u") as server:
            assert not device.kernel_driver
            assert Rig(host, [emulation], server).devices() == roms(emulation)


def test_adapters_that_are_plugged_in_later_become_buses(program: Callable[..., Server]) -> None:
    emulations = [
        Emulation.from_list([chip, INSIDE], bus=bus) for bus, chip in enumerate(("28", "10"))
    ]
    with UsbHost() as host, program(host, "--usb=Scan:1") as server:
        rig = Rig(host, emulations, server)
        assert rig.setting("name") == "USB scan"
        assert rig.setting("version") == "34"
        assert rig.setting("address") == "USB bus monitor"
        for number, emulation in enumerate(emulations, start=1):
            device = host.add(DS2490(emulation.wire))
            rig.wait_until_listed(roms(*emulations[:number]))
            assert rig.setting("address", number) == f"1:{device.address}"


def test_ours_knows_an_adapter_again_that_was_named_by_its_place() -> None:
    with rig_of(ours, "-u1:2", "--timeout_usb=1", buses=[["28", INSIDE]]) as rig:
        rig.device.unplug()
        with pytest.raises(AssertionError, match="exit status 1"):
            rig.devices()
        rig.host.plug(rig.device)
        assert rig.device.address != 2
        rig.wait_until_listed(roms(*rig.emulations))


def test_who_ends_leaves_the_adapter_to_others(program: Callable[..., Server]) -> None:
    with rig_of(program, "-u", buses=[["28"]]) as rig:
        assert rig.device.holder is not None
        rig.server.stop()
        deadline = time.monotonic() + RECOVERY_TIME
        while rig.device.holder is not None:
            assert time.monotonic() < deadline
            time.sleep(POLL)
        with program(rig.host, "-u") as server:
            assert Rig(rig.host, rig.emulations, server).devices() == roms(*rig.emulations)


def test_a_short_circuit_is_told_and_survived(program: Callable[..., Server]) -> None:
    with rig_of(program, "-u", buses=[["28"]]) as rig:
        rig.emulations[0].wire.faults.short = True
        with pytest.raises(AssertionError, match="exit status 1"):
            rig.owread(f"/uncached/{rig.thermometers[0].rom}/temperature")
        assert int(rig.owread("/bus.0/interface/statistics/shorts")) > 0
        rig.emulations[0].wire.faults.short = False
        rig.wait_until_listed(roms(*rig.emulations))

"""Option --i2c: which drivers it makes, and when."""

from __future__ import annotations

import pytest

from owfs_py.bus.masters import ds2482find
from owfs_py.bus.masters.ds2482 import DS2482
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.wired import WiredBus
from owfs_py.emulator import ds2482
from owfs_py.emulator.ds2482 import Model
from owfs_py.emulator.i2cdev import EmulatedSmbus, I2cBus
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.wire import Wire
from owfs_py.server.build import build_onewire
from owfs_py.server.commandline import read_command_line
from owfs_py.server.lifecycle import StartError

ADAPTER = "/dev/i2c-1"


@pytest.fixture(autouse=True)
def i2c(monkeypatch: pytest.MonkeyPatch) -> I2cBus:
    """An adapter with a DS2482-100 at 0x19 and a DS2482-800 at 0x1B."""
    clock = VirtualClock()
    bus = I2cBus(clock)
    bus.attach(0x19, ds2482.DS2482([Wire(clock)]))
    wires = [Wire(clock) for _ in range(8)]
    bus.attach(0x1B, ds2482.DS2482(wires, Model.DS2482_800))
    monkeypatch.setattr(ds2482find, "adapters", lambda: [ADAPTER])
    monkeypatch.setattr(ds2482find, "smbus2_connect", lambda: lambda path: EmulatedSmbus(bus))
    return bus


def built(*args: str) -> OneWire:
    return build_onewire(read_command_line(list(args)))


def drivers(*args: str) -> list[DS2482]:
    buses = built(*args).buses.values()
    masters = [bus.master for bus in buses if isinstance(bus, WiredBus)]
    return [master for master in masters if isinstance(master, DS2482)]


ONE = [("/dev/i2c-1:19", 0)]
EIGHT = [("/dev/i2c-1:1B", channel) for channel in range(8)]


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ("--i2c", ONE),
        ("-d /dev/i2c-1", ONE),
        ("--i2c=/dev/i2c-1:3", EIGHT),
        ("--i2c=/dev/i2c-1:all", ONE + EIGHT),
        ("--i2c=/dev/i2c-1:1 --i2c=/dev/i2c-1:3", ONE + EIGHT),
        ("--i2c=/dev/i2c-1:7", [("/dev/i2c-1:1F", 0)]),
    ],
)
def test_forms(args: str, expected: list[tuple[str, int]]) -> None:
    assert [(driver.address, driver.channel) for driver in drivers(*args.split())] == expected


def test_the_channels_of_a_chip_share_it() -> None:
    assert len({id(driver.chip) for driver in drivers("--i2c=/dev/i2c-1:3")}) == 1


def test_settings_of_the_chip() -> None:
    (driver,) = drivers("--i2c")
    assert (driver.active_pullup, driver.presence_pulse_masking) == (True, False)
    (driver,) = drivers("--i2c", "--no_APU", "--PPM")
    assert (driver.active_pullup, driver.presence_pulse_masking) == (False, True)


def test_traffic_is_logged_of_every_channel(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        for driver in drivers("--i2c=/dev/i2c-1:3", "--traffic"):
            driver.open()
            driver.reset()
    assert caplog.text.count("/dev/i2c-1:1B: reset -> no presence") == 8


def test_no_chip_where_none_is_named_is_told_with_the_option(i2c: I2cBus) -> None:
    i2c.chips.clear()
    with pytest.raises(StartError, match="option --i2c: no DS2482 found on /dev/i2c-1"):
        built("--i2c")


def test_an_address_that_cannot_be_is_told_with_the_option() -> None:
    with pytest.raises(StartError, match="option --i2c: /dev/i2c-1:9: no such I2C address"):
        built("--i2c=/dev/i2c-1:9")

"""Option --i2c: which drivers it makes, and when."""

from __future__ import annotations

import asyncio

import pytest

from owfs_py.bus.errors import BusNotRespondingError
from owfs_py.bus.masters import ds2482find
from owfs_py.bus.masters.ds2482 import DS2482
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.sought import Sought
from owfs_py.bus.wired import RECONNECT_LONGEST, WiredBus
from owfs_py.emulator import ds2482
from owfs_py.emulator.ds2482 import Model
from owfs_py.emulator.i2cdev import EmulatedSmbus, I2cBus
from owfs_py.emulator.virtualtime import VirtualClock, run
from owfs_py.emulator.wire import Wire
from owfs_py.server.build import build_onewire
from owfs_py.server.commandline import read_command_line
from owfs_py.server.options import OptionError

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

    def connect(path: str) -> EmulatedSmbus:
        return EmulatedSmbus(bus)

    monkeypatch.setattr(ds2482find, "smbus2_connect", lambda: connect)
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


def test_an_address_that_cannot_be_is_told_with_the_option() -> None:
    with pytest.raises(OptionError, match="option --i2c: /dev/i2c-1:9: no such I2C address"):
        built("--i2c=/dev/i2c-1:9")


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ("--i2c=/dev/i2c-1 -d /dev/i2c-1", ONE),
        ("--i2c=all:all --i2c=/dev/i2c-1:1", ONE + EIGHT),
        ("--i2c=/dev/i2c-1:3 --i2c=/dev/../dev/i2c-1:all", EIGHT + ONE),
        ("--i2c=/dev/i2c-1:7 --i2c=/dev/i2c-1:1F", [("/dev/i2c-1:1F", 0)]),  # not there yet
    ],
)
def test_a_chip_gets_one_bus(
    args: str, expected: list[tuple[str, int]], caplog: pytest.LogCaptureFixture
) -> None:
    found = drivers(*args.split())
    assert [(driver.address.replace("../dev/", ""), driver.channel) for driver in found] == expected
    assert "has a bus already" in caplog.text


def test_chips_in_use_are_not_disturbed_when_others_are_looked_for(i2c: I2cBus) -> None:
    (busy,) = drivers("--i2c")
    busy.open()
    chip = i2c.chips[0x19]
    assert isinstance(chip, ds2482.DS2482)
    as_it_was = chip.configuration
    assert as_it_was
    found = drivers("--i2c=all:all")
    assert [(driver.address, driver.channel) for driver in found] == ONE + EIGHT
    assert chip.configuration == as_it_was
    busy.close()


@pytest.mark.parametrize("option", ["--i2c", "--i2c=all", "--i2c=all:all"])
def test_chips_anywhere_are_looked_for_until_there_are_some(i2c: I2cBus, option: str) -> None:
    there = dict(i2c.chips)
    i2c.chips.clear()
    onewire = built("--tester=28", option, "--tester=10")
    assert isinstance(onewire.buses[1], Sought)

    async def scenario() -> None:
        async with onewire:
            with pytest.raises(BusNotRespondingError, match="DS2482-100 is being looked for"):
                await onewire.buses[1].search()
            i2c.chips.update(there)
            await asyncio.sleep(RECONNECT_LONGEST)
            assert onewire.buses[1].address == "/dev/i2c-1:19"
            assert len(onewire.buses) == 3 + (8 if option == "--i2c=all:all" else 0)

    run(scenario(), i2c.clock)

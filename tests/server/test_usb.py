"""Option -u: which drivers it makes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from unittest import mock

import pytest

from owfs_py.bus.host import LONGEST_TIMEOUT
from owfs_py.bus.masters import usbline
from owfs_py.bus.masters.ds2490 import DS2490
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.usbscan import UsbScan
from owfs_py.bus.wired import WiredBus
from owfs_py.emulator import ds2490
from owfs_py.emulator.libusb import UsbHost
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.wire import Wire
from owfs_py.server.build import build_onewire
from owfs_py.server.commandline import read_command_line
from owfs_py.server.lifecycle import StartError
from owfs_py.server.options import OptionError
from tests.bus.masters.usbbench import stand_in


@pytest.fixture(autouse=True)
def usb() -> Iterator[UsbHost]:
    """Three adapters, at 1:2, 1:3 and 1:4."""
    clock = VirtualClock()
    with stand_in(UsbHost(clock)) as host:
        for _ in range(3):
            host.add(ds2490.DS2490(Wire(clock)))
        yield host


def built(*args: str) -> OneWire:
    return build_onewire(read_command_line(list(args)))


def drivers(*args: str) -> list[DS2490]:
    buses = built(*args).buses.values()
    masters = [bus.master for bus in buses if isinstance(bus, WiredBus)]
    return [master for master in masters if isinstance(master, DS2490)]


@pytest.mark.parametrize(
    ("args", "addresses"),
    [
        ("-u", [""]),
        ("u", [""]),
        ("-u2", ["2"]),
        ("--usb=1:3", ["1:3"]),
        ("-u001:002", ["1:2"]),  # as lsusb prints it
        ("-u02", ["2"]),
        ("-uall", ["1", "2", "3"]),
        ("-uALL", ["1", "2", "3"]),
        ("--usb=*", ["1", "2", "3"]),
        ("-u -u", ["", "2"]),
        ("-u2 -u -u", ["2", "1", "3"]),
        ("-u1:2 -u", ["1:2", "2"]),
        ("-u001:002 -u", ["1:2", "2"]),
    ],
)
def test_forms(args: str, addresses: list[str]) -> None:
    assert [driver.address for driver in drivers(*args.split())] == addresses


def test_timing_and_time_out() -> None:
    (driver,) = drivers("-u", "--altUSB", "--usb_regulartime", "--timeout_usb=3")
    assert (driver.flextime, driver.timeout, driver.write_1_low) == (False, 3, 10)


def test_all_of_none_waits_for_one(usb: UsbHost) -> None:
    for device in usb.devices:
        device.unplug()
    assert [driver.address for driver in drivers("-uall")] == ["1"]


@pytest.mark.parametrize(
    ("option", "interval"), [("--usb=scan", 10), ("-uSCAN", 10), ("-uscan:3", 3), ("-uScan:1", 1)]
)
def test_scanning(option: str, interval: float) -> None:
    (bus,) = built(option).buses.values()
    assert isinstance(bus, UsbScan)
    assert bus.interval == interval


@pytest.mark.parametrize("value", ["scan:x", "scan:0", "scan:", "scan:1x", "1:x", "x:2", "1:2:3"])
def test_what_cannot_be_is_told_with_the_option(value: str) -> None:
    with pytest.raises(OptionError, match=f"option -u: '?{value}"):
        built(f"-u{value}")


@pytest.mark.parametrize(("asked", "used"), [("0", 1), ("7", 7), ("-1", LONGEST_TIMEOUT)])
def test_a_time_out_is_one_that_usb_takes(asked: str, used: int) -> None:
    (driver,) = drivers("-u", f"--timeout_usb={asked}")
    assert driver.timeout == used


def test_a_second_scanner_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    assert len(built("-uscan", "-uscan:5").buses) == 1
    assert "scanned already" in caplog.text


def test_traffic_is_logged(usb: UsbHost, caplog: pytest.LogCaptureFixture) -> None:
    (driver,) = drivers("-u", "--traffic")
    with caplog.at_level("DEBUG"):
        driver.open()
    driver.close()
    assert "1:2: reset" in caplog.text


def test_without_pyusb_the_command_that_installs_it_is_told() -> None:
    missing = dict.fromkeys(("usb", "usb.core", "usb.backend", "usb.backend.libusb1", "usb.util"))
    drivers = ("usbline", "ds2490choice", "ds2490chip", "ds2490")
    ours = (*(f"owfs_py.bus.masters.{name}" for name in drivers), "owfs_py.server.usb")
    with mock.patch.dict(sys.modules, missing):
        for name in ours:
            sys.modules.pop(name, None)
        with pytest.raises(StartError, match=r"option -u: .*pip install 'owfs_py\[usb\]'"):
            built("-u")


def test_without_libusb_all_adapters_are_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    with mock.patch.object(usbline.usb.backend.libusb1, "get_backend", return_value=None):
        assert len(drivers("-uall")) == 1
    assert "pip install 'owfs_py[usb]'" in caplog.text

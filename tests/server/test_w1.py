"""Option --w1: what it makes. Nothing is opened."""

from __future__ import annotations

import pytest

from owfs_py.bus.masters.w1netlink import W1Netlink
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.w1scan import W1Scan
from owfs_py.server.build import build_onewire
from owfs_py.server.commandline import read_command_line


def built(*args: str) -> OneWire:
    return build_onewire(read_command_line(list(args)))


@pytest.mark.parametrize("option", ["--w1", "--W1"])
def test_it_adds_the_bus_that_adds_the_others(option: str) -> None:
    (bus,) = built(option).buses.values()
    assert isinstance(bus, W1Scan)


def test_once_is_enough(caplog: pytest.LogCaptureFixture) -> None:
    assert len(built("--w1", "--w1").buses) == 1
    assert "there already" in caplog.text


@pytest.mark.parametrize(("options", "timeout"), [([], 30), (["--timeout_w1=7"], 7)])
def test_drivers_have_the_time_out(options: list[str], timeout: int) -> None:
    (bus,) = built("--w1", *options).buses.values()
    assert isinstance(bus, W1Scan)
    driver = bus._make(4)
    assert isinstance(driver, W1Netlink)
    assert (driver.number, driver.timeout) == (4, timeout)


def test_traffic_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    (bus,) = built("--w1", "--traffic").buses.values()
    assert isinstance(bus, W1Scan)
    with caplog.at_level("DEBUG"), pytest.raises(Exception, match="not open"):
        bus._make(4).reset()
    assert "w1_bus_master4: reset" in caplog.text

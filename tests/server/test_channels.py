"""Options --pbm, --k1wm, --ds1wm and --etherweather: which drivers and buses they make, and with
which numbers. None is opened here.
"""

from __future__ import annotations

import logging

import pytest

from owfs_py.bus.errors import BusError
from owfs_py.bus.masters.ds1wm import DS1WM
from owfs_py.bus.masters.etherweather import EtherWeather
from owfs_py.bus.masters.k1wm import K1WM
from owfs_py.bus.masters.pbm import Pbm
from owfs_py.bus.onewire import OneWire
from owfs_py.server.build import build_onewire
from owfs_py.server.commandline import read_command_line
from owfs_py.server.options import OptionError

PORT = "/dev/nosuch"


def built(*args: str) -> OneWire:
    return build_onewire(read_command_line(list(args)))


def names(*args: str) -> list[str]:
    """What the buses are called, by their numbers."""
    return [bus.kind for bus in built(*args).buses.values()]


def drivers(*args: str) -> list[object]:
    return [getattr(bus, "master", None) for bus in built(*args).buses.values()]


@pytest.mark.parametrize("name", ["pbm", "PBM"])
def test_every_spelling_of_a_pbm(name: str) -> None:
    first, second, third = drivers(f"--{name}={PORT}", "--timeout_serial=3")
    for driver, channel in ((first, "1"), (second, "2"), (third, "3")):
        assert isinstance(driver, Pbm)
        assert (driver.address, driver.channel, driver.timeout) == (PORT, channel, 3)
        assert driver.line is first.line  # type: ignore[attr-defined]  # seen above


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ((f"--pbm={PORT}",), ["PBM(0)", "PBM(1)", "PBM(2)"]),
        ((f"--pbm={PORT}:2",), ["PBM(1)"]),
        ((f"--pbm={PORT}", f"--ha7e={PORT}"), ["PBM(0)", "HA7E/S", "PBM(1)", "PBM(2)"]),
        ((f"--pbm={PORT}:2", f"--ha7e={PORT}"), ["PBM(1)", "HA7E/S"]),
        ((f"-d pbm://{PORT}:3",), ["PBM(2)"]),
        (("--k1wm=0x10",), ["K1WM(0)"]),
        (("--K1WM=0x10,3", f"--ha7e={PORT}"), ["K1WM(0)", "HA7E/S", "K1WM(1)", "K1WM(2)"]),
        (
            (f"--pbm={PORT}", "--k1wm=0,2"),
            ["PBM(0)", "K1WM(0)", "PBM(1)", "PBM(2)", "K1WM(1)"],
        ),
    ],
)
def test_further_channels_are_numbered_behind_all_options(
    args: tuple[str, ...], expected: list[str]
) -> None:
    assert names(*" ".join(args).split()) == expected


def test_channels_of_a_k1wm_share_its_registers() -> None:
    found = drivers("--k1wm=0x100,64")
    assert len(found) == 64
    for number, driver in enumerate(found):
        assert isinstance(driver, K1WM)
        assert (driver.address, driver.channel) == ("0x100", number)
    assert len({id(driver._block) for driver in found}) == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["ds1wm", "DS1WM"])
def test_every_spelling_of_a_ds1wm(name: str) -> None:
    (driver,) = drivers(f"--{name}=0x40010000")
    assert isinstance(driver, DS1WM)
    assert driver.address == "0x40010000"


@pytest.mark.parametrize("name", ["etherweather", "EtherWeather"])
def test_every_spelling_of_an_etherweather(name: str) -> None:
    (driver,) = drivers(f"--{name}=weather.lan", "--timeout_network=3")
    assert isinstance(driver, EtherWeather)
    assert (driver.address, driver.timeout) == ("weather.lan", 4)


@pytest.mark.parametrize(
    ("arg", "told"),
    [
        ("--ds1wm=0", "option --ds1wm: a DS1WM has no registers at address 0"),
        ("--ds1wm=here", "option --ds1wm: not a number: 'here'"),
        ("--k1wm=here", "option --k1wm: not a number: 'here'"),
        ("--k1wm=0x10,65", "option --k1wm: a K1WM has 1 to 64 channels, not 65"),
        ("--etherweather=host:noport", "option --etherweather: not HOST"),
        ("--pbm=:10001", "option --pbm: not HOST"),
        ("--xport=host:noport", "option --xport: not HOST"),
        ("--ha7net=a..b", "option --ha7net: not HOST"),
        ("--enet=a..b", "option --enet: not HOST"),
        ("--pbm=", "option --pbm: an empty value"),
        ("--pbm=127.0.0.1:99999", "option --pbm: not HOST"),
        ("-da..b", "option -d: not HOST"),
        ("-sa..b:4304", "option -s: not a host"),
    ],
)
def test_what_cannot_be_is_told_with_the_option(arg: str, told: str) -> None:
    with pytest.raises(OptionError, match=told):
        built(arg)


@pytest.mark.parametrize("arg", [f"--pbm={PORT}", "--k1wm=0,3"])
def test_traffic_is_logged_of_every_channel(arg: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for driver in drivers(arg, "--traffic"):
            assert isinstance(driver, Pbm | K1WM)
            with pytest.raises(BusError, match="not open"):
                driver.reset()
    assert caplog.text.count("reset -> BusError") == 3

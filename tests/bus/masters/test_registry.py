"""The registry: from a URL to a bus master, ours or a third party's."""

from __future__ import annotations

import importlib.metadata
import sys
from importlib.metadata import EntryPoint, EntryPoints
from types import ModuleType
from typing import Any

import pytest

from owfs_py.bus import masters
from owfs_py.bus.errors import BusError, BusNotRespondingError
from owfs_py.bus.masters import BusMaster, master_kinds, open_master
from owfs_py.bus.masters.autoserial import AutoSerial
from owfs_py.bus.masters.ds2480b import DS2480B
from owfs_py.bus.masters.ds9097 import DS9097
from owfs_py.emulator.virtualtime import VirtualClock
from tests.bus.masters.bench import Bench


@pytest.mark.parametrize(
    ("spec", "kind", "address"),
    [
        ("/dev/ttyUSB0", AutoSerial, "/dev/ttyUSB0"),
        ("ser2net.lan:2217", AutoSerial, "ser2net.lan:2217"),
        ("serial:///dev/ttyUSB0", AutoSerial, "/dev/ttyUSB0"),
        ("socket://lan:2217", AutoSerial, "socket://lan:2217"),
        ("rfc2217://lan:2217", AutoSerial, "rfc2217://lan:2217"),
        ("serial+socket://lan:2217", AutoSerial, "socket://lan:2217"),
        ("ds2480b:///dev/ttyUSB0", DS2480B, "/dev/ttyUSB0"),
        ("DS2480B:///dev/ttyUSB0", DS2480B, "/dev/ttyUSB0"),
        ("ds9097u:///dev/ttyUSB0", DS2480B, "/dev/ttyUSB0"),
        ("ds2480b://lan:2217", DS2480B, "lan:2217"),
        ("ds2480b+socket://lan:2217", DS2480B, "socket://lan:2217"),
        ("ds9097:///dev/ttyS0", DS9097, "/dev/ttyS0"),
    ],
)
def test_a_url_names_driver_and_port(spec: str, kind: type[BusMaster], address: str) -> None:
    clock = VirtualClock()
    master = open_master(spec, clock=clock)
    assert type(master) is kind
    assert master.address == address
    assert master.clock is clock


def test_options_reach_the_driver() -> None:
    master = open_master("ds2480b:///dev/ttyS0", timeout=2.5)
    assert isinstance(master, DS2480B)
    assert master.timeout == 2.5


def test_auto_detection_takes_the_options_of_both() -> None:
    open_master("/dev/ttyS0", flextime=False, data_bits=8, timeout=2.5)


def test_an_unknown_kind_is_told_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"'ds9999'.*ds2480b"):
        open_master("ds9999:///dev/ttyUSB0")


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(TypeError, match="colour"):
        open_master("/dev/ttyUSB0", colour="green")


class TestThirdParties:
    @pytest.fixture
    def third_party(self, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
        module = ModuleType("third_party_master")
        monkeypatch.setitem(sys.modules, module.__name__, module)
        points = EntryPoints(
            EntryPoint(name, f"{module.__name__}:make", masters.ENTRY_POINT_GROUP)
            for name in ("gpio", "ds2480b")
        )
        groups = {masters.ENTRY_POINT_GROUP: points}
        monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: groups[group])
        return module

    def test_an_entry_point_makes_a_bus_master(self, third_party: ModuleType) -> None:
        def make(address: str, **options: Any) -> tuple[str, dict[str, Any]]:
            return address, options

        third_party.make = make  # type: ignore[attr-defined]  # a module made for the test
        clock = VirtualClock()
        made = open_master("gpio://4", clock=clock, speed=3)
        assert made == ("4", {"clock": clock, "speed": 3})  # type: ignore[comparison-overlap]

    def test_ours_cannot_be_replaced(self, third_party: ModuleType) -> None:
        assert isinstance(open_master("ds2480b:///dev/ttyS0"), DS2480B)
        assert "gpio" in master_kinds()


class TestAutoSerial:
    @pytest.mark.parametrize(
        ("chip", "name", "driver"),
        [("ds2480b", "DS9097U", DS2480B), ("ds9097", "DS9097", DS9097)],
    )
    def test_tells_adapters_apart_within_3_seconds(
        self, chip: str, name: str, driver: type[BusMaster]
    ) -> None:
        bench = Bench("serial", {}, chip)
        assert isinstance(bench.master, AutoSerial)
        bench.thermometers(3)
        start = bench.clock.now()
        bench.master.open()
        assert bench.clock.now() - start < 1.0
        assert type(bench.master.driver) is driver
        assert (bench.master.name, bench.master.can) == (name, bench.master.driver.can)

    def test_finds_another_adapter_after_it_was_changed(self) -> None:
        bench = Bench("serial", {}, "ds9097")
        bench.master.open()
        bench.master.close()
        bench.meddler.adapter = Bench("serial", {}, "ds2480b").adapter
        bench.master.open()
        assert bench.master.name == "DS9097U"

    def test_nobody_there_names_port_and_all_that_was_tried(self) -> None:
        bench = Bench("serial", {}, "ds2480b")
        bench.port.silent = True
        with pytest.raises(BusNotRespondingError, match=r"^emulated: .*DS2480B.*; no DS9097"):
            bench.master.open()

    def test_a_port_that_does_not_exist(self) -> None:
        with pytest.raises(BusNotRespondingError, match=r"^/dev/no-such-port: cannot be opened"):
            open_master("/dev/no-such-port").open()

    def test_a_port_that_is_no_terminal(self, tmp_path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(BusNotRespondingError, match="file: cannot be opened"):
            open_master(str(tmp_path / "file")).open()

    def test_unopened_it_has_no_driver(self) -> None:
        with pytest.raises(BusError, match="not open"):
            open_master("/dev/ttyS0").reset()

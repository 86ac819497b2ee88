"""The log of what crosses between the core and a bus master."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from owfs_py._search import RomSearch
from owfs_py.bus.errors import BusShortError
from owfs_py.bus.masters import open_master
from owfs_py.bus.masters.base import SEARCH_ROM, BusMaster
from owfs_py.bus.masters.traffic import trace
from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.virtualtime import VirtualClock

ID = "28 00 00 28 D7 00 00 11"


@pytest.fixture(params=["DS2480B", "DS9097"])
def master(request: pytest.FixtureRequest) -> BusMaster:
    clock = VirtualClock()
    emulation = Emulation.from_list("28", clock=clock, adapter=request.param)
    kind = {"DS2480B": "ds2480b", "DS9097": "ds9097"}[request.param]
    master = open_master(
        f"{kind}:///dev/adapter", clock=clock, port=lambda *a, **k: emulation.port()
    )
    master.open()
    return master


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    caplog.set_level(logging.DEBUG, "owfs_py.traffic")
    return lambda: [record.getMessage() for record in caplog.records]


def test_each_operation_is_one_line_whatever_the_driver_makes_of_it(
    master: BusMaster, lines: Callable[[], list[str]]
) -> None:
    trace(master)
    assert master.reset()
    master.touch_bits([0, 0, 1, 1, 0, 0, 1, 1])
    assert master.reset_exchange(b"\x33" + b"\xff" * 8) is not None
    search = RomSearch()
    master.reset()
    found = master.search_pass(SEARCH_ROM, search)
    assert found is not None
    search.advance(*found)
    assert master.transact(b"\x33" + b"\xff" * 8) is not None
    master.reset_exchange(b"\xcc")
    master.power_byte(0x44, 0.75)
    assert lines() == [
        "/dev/adapter: reset -> presence",
        "/dev/adapter: touch bits 00110011 -> 00110011",
        f"/dev/adapter: reset exchange 33{' FF' * 8} -> 33 {ID}",
        "/dev/adapter: reset -> presence",
        f"/dev/adapter: search pass F0 after bit -1 -> {ID}, conflicts 0000000000000000",
        f"/dev/adapter: transact 33{' FF' * 8} -> 33 {ID}",
        "/dev/adapter: reset exchange CC -> CC",
        "/dev/adapter: power byte 44 0.75 s -> 44",
    ]


def test_an_error_is_in_the_log_and_raised(
    master: BusMaster, lines: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def short() -> bool:
        raise BusShortError("/dev/adapter: short circuit")

    monkeypatch.setattr(master, "reset", short)
    trace(master)
    with pytest.raises(BusShortError):
        master.reset()
    assert lines() == ["/dev/adapter: reset -> BusShortError: /dev/adapter: short circuit"]
    # The next operation is logged as well.
    master.exchange(b"\xff")
    assert len(lines()) == 2


def test_others_of_the_same_kind_are_not_logged(
    master: BusMaster, lines: Callable[[], list[str]]
) -> None:
    clock = VirtualClock()
    other = Emulation.from_list("28", clock=clock)
    neighbour = open_master("ds2480b:///dev/other", clock=clock, port=lambda *a, **k: other.port())
    neighbour.open()
    trace(master)
    neighbour.reset()
    assert lines() == []

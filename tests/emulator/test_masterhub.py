"""The emulated MasterHub: lines in, answers with a prompt out."""

from __future__ import annotations

import pytest

from owfs_py.emulator.masterhub import MAX_DIGITS, MasterHub
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.wire import Wire


@pytest.fixture
def wires() -> dict[str, Wire]:
    clock = VirtualClock()
    return {channel: Wire(clock) for channel in "12W"}


@pytest.fixture
def hub(wires: dict[str, Wire]) -> MasterHub:
    return MasterHub(wires)


def ask(hub: MasterHub, line: str) -> str:
    answer = hub.receive(f"{line}\r".encode()).decode()
    assert answer.endswith("\r\n?")
    return answer.removesuffix("\r\n?")


def test_what_the_hub_itself_is_asked(hub: MasterHub) -> None:
    assert ask(hub, "s") == "+"
    assert ask(hub, "a") == "+ A12W"
    assert ask(hub, "p") == "+"


def test_a_reset_tells_presence_on_its_channel(wires: dict[str, Wire], hub: MasterHub) -> None:
    wires["W"].attach(make_slave("28"))
    assert ask(hub, "r1") == "+ No Presence"
    assert ask(hub, "rW") == "+ Presence"


def test_bytes_are_written_and_read(wires: dict[str, Wire], hub: MasterHub) -> None:
    slave = make_slave("28")
    wires["2"].attach(slave)
    ask(hub, "r2")
    assert ask(hub, "W233ff") == f"+ 33{slave.rom[0]:02X}"


@pytest.mark.parametrize(
    "line", ["", "x", "r", "r3", "W1F", "W1xx", "A1001122", "W1" + "F" * (MAX_DIGITS + 2)]
)
def test_what_makes_no_sense_is_refused(wires: dict[str, Wire], hub: MasterHub, line: str) -> None:
    assert ask(hub, line) == "! Error"
    assert all(wire.counts.slots == 0 for wire in wires.values())


def test_a_device_is_addressed_after_a_reset(wires: dict[str, Wire], hub: MasterHub) -> None:
    slaves = [make_slave("28", index=n) for n in range(2)]
    for slave in slaves:
        wires["1"].attach(slave)
    ask(hub, "r1")
    assert ask(hub, f"A1{slaves[1].rom[::-1].hex()}") == "+"
    assert ask(hub, "W1BE" + "FF" * 9) != "+ BE" + "FF" * 9


def test_a_search_goes_on_where_it_began(wires: dict[str, Wire], hub: MasterHub) -> None:
    assert ask(hub, "N") == "+ No more devices"
    assert ask(hub, "F1") == "+ No devices found"
    slaves = [make_slave("28", index=n) for n in range(2)]
    for slave in slaves:
        wires["2"].attach(slave)
    found = [ask(hub, "F2"), ask(hub, "N")]
    assert sorted(found) == sorted(f"+ {slave.rom[::-1].hex().upper()}" for slave in slaves)
    assert ask(hub, "N") == "+ No more devices"
    assert ask(hub, "C2") == "+ No devices found"


def test_a_device_is_looked_for(wires: dict[str, Wire], hub: MasterHub) -> None:
    slave = make_slave("28")
    wires["1"].attach(slave)
    digits = slave.rom[::-1].hex()
    assert ask(hub, f"S1{digits}") == "+ Presence"
    assert ask(hub, f"S2{digits}") == "+ No Presence"


def test_somebody_who_connects_begins_afresh(hub: MasterHub) -> None:
    hub.receive(b"W1")
    hub.power_up()
    assert ask(hub, "s") == "+"

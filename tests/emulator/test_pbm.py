"""The emulated PBM: what it has beside a LINK's commands."""

from __future__ import annotations

import pytest

from owfs_py.emulator.pbm import PBM
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.wire import Wire

IDENTITY_SIZE, FIRMWARE_SIZE = 28, 37
"""Characters that owserver 3.2p4 waits for, line ends included."""


@pytest.fixture
def pbm() -> PBM:
    clock = VirtualClock()
    return PBM(*(Wire(clock) for _ in range(3)))


def test_it_says_who_it_is_in_as_many_characters_as_owserver_wants(pbm: PBM) -> None:
    identity = pbm.receive(b" ", 9600)
    assert identity == b"1W BM (3 Port) [12345678] \r\n"
    assert len(identity) == IDENTITY_SIZE
    firmware = pbm.receive(b"i", 9600)
    assert firmware.startswith(b"Version:1.005;")
    assert len(firmware) == FIRMWARE_SIZE


def test_commands_are_for_the_channel_that_was_chosen_last(pbm: PBM) -> None:
    pbm.wires[1].attach(make_slave("28"))
    assert pbm.receive(b"r", 9600) == b"N\r\n"
    assert pbm.receive(b"c2r", 9600) == b"2\r\nP\r\n"
    assert pbm.receive(b"b33\r", 9600) == b"33\r\n"
    assert pbm.receive(b"c3r", 9600) == b"3\r\nN\r\n"
    assert pbm.receive(b"c4r", 9600) == b"?\r\nN\r\n"
    assert [wire.counts.resets for wire in pbm.wires] == [1, 1, 2]


def test_a_single_wire_is_the_first_channel() -> None:
    wire = Wire(VirtualClock())
    wire.attach(make_slave("28"))
    assert PBM(wire).receive(b"rc2rc1r", 9600) == b"P\r\n2\r\nN\r\n1\r\nP\r\n"


def test_strong_pullup_ends_with_the_next_activity_on_its_line(pbm: PBM) -> None:
    clock = pbm.wire.clock
    assert pbm.receive(b"p44\r", 9600) == b"44\r\n"
    clock.wait(0.5)
    assert pbm.receive(b"c2r", 9600) == b"2\r\nN\r\n"
    clock.wait(0.25)
    pbm.receive(b"c1r", 9600)
    assert pbm.wires[0].counts.pullup_time == pytest.approx(0.75)


def test_a_list_that_is_cut_ends_with_a_mark_of_its_own(pbm: PBM) -> None:
    for index in range(4):
        pbm.wire.attach(make_slave("28", index=index))
    pbm.listed_at_most = 3
    for _ in range(2):
        answers = [pbm.receive(command, 9600) for command in (b"f", b"n", b"n")]
        assert [answer[:2] for answer in answers] == [b"+,", b"+,", b"*,"]
    pbm.listed_at_most = 4
    answers = [pbm.receive(command, 9600) for command in (b"f", b"n", b"n", b"n")]
    assert [answer[:2] for answer in answers] == [b"+,", b"+,", b"+,", b"-,"]


def test_features_are_told_and_codes_taken(pbm: PBM) -> None:
    assert pbm.receive(b"ks\n", 9600) == pbm.features.encode() + b"\r\n"
    assert pbm.receive(b"kaABC 12", 9600) == b""
    assert pbm.receive(b"\r", 9600) == b"OK\r\n"
    assert pbm.activation_code == "ABC 12"
    assert pbm.receive(b"kxr", 9600) == b"?\r\nN\r\n"


@pytest.mark.parametrize(("command", "rate"), [(b"=", 115200), (b"$", 230400), (b"^", 57600)])
def test_it_has_higher_rates_than_a_link_until_a_break(pbm: PBM, command: bytes, rate: int) -> None:
    pbm.receive(b"c2", 9600)
    assert pbm.receive(command, 9600) == b""
    assert pbm.receive(b"r", 9600) == b""
    assert pbm.receive(b"r", rate) == b"N\r\n"
    pbm.send_break()
    assert pbm.receive(b"r", 9600) == b"N\r\n"
    assert [wire.counts.resets for wire in pbm.wires] == [1, 1, 0]

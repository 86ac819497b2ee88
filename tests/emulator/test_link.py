"""The emulated LINK: characters in, lines out."""

from __future__ import annotations

import pytest

from owfs_py.emulator.link import MAX_BLOCK, Link
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.wire import Wire


@pytest.fixture
def wire() -> Wire:
    return Wire(VirtualClock())


@pytest.fixture
def link(wire: Wire) -> Link:
    return Link(wire)


def test_a_reset_tells_nobody_somebody_and_short(wire: Wire, link: Link) -> None:
    assert link.receive(b"r", 9600) == b"N\r\n"
    wire.attach(make_slave("28"))
    assert link.receive(b"r", 9600) == b"P\r\n"
    wire.faults.short = True
    assert link.receive(b"r", 9600) == b"S\r\n"
    assert (wire.counts.resets, wire.counts.slots) == (3, 0)


def test_bytes_and_bits_are_answered_at_the_end_of_the_line(wire: Wire, link: Link) -> None:
    slave = make_slave("28")
    wire.attach(slave)
    link.receive(b"r", 9600)
    assert link.receive(b"b33FF", 9600) == b""
    assert link.receive(b"ff\r", 9600) == f"33{slave.rom[:2].hex().upper()}\r\n".encode()
    bits = "".join(str(slave.rom[2] >> n & 1) for n in range(8))
    assert link.receive(b"j11111111\r", 9600) == f"{bits}\r\n".encode()
    assert wire.counts.slots == 32


def test_a_block_is_cut_at_its_limit(wire: Wire, link: Link) -> None:
    assert link.receive(b"b" + b"0F" * (MAX_BLOCK + 1) + b"\r", 9600) == b"0F" * MAX_BLOCK + b"\r\n"
    assert link.receive(b"j" + b"0" * (MAX_BLOCK + 1) + b"\r", 9600) == b"0" * MAX_BLOCK + b"\r\n"
    assert wire.counts.slots == 9 * MAX_BLOCK


def test_what_is_no_digit_ends_the_command(link: Link) -> None:
    assert link.receive(b"b1x", 9600) == b"?\r\n"
    assert link.receive(b"j2", 9600) == b"?\r\n"
    assert link.receive(b"r", 9600) == b"N\r\n"


@pytest.mark.parametrize(("command", "answer"), [(b"p44", b"44\r\n"), (b"~1", b"1\r\n")])
def test_strong_pullup_lasts_until_the_end_of_the_line(
    wire: Wire, link: Link, command: bytes, answer: bytes
) -> None:
    link.receive(command, 9600)
    wire.clock.wait(0.75)
    assert link.receive(b"\r", 9600) == answer
    assert wire.counts.pullup_time == pytest.approx(0.75)


def test_the_search_tells_crc_first_and_whether_more_follow(wire: Wire, link: Link) -> None:
    assert link.receive(b"f", 9600) == b"N\r\n"
    slaves = [make_slave("28", index=n) for n in range(2)]
    for slave in slaves:
        wire.attach(slave)
    answers = [link.receive(command, 9600).decode() for command in (b"f", b"n", b"n")]
    assert sorted(answer[2:-2] for answer in answers[:2]) == sorted(
        slave.rom[::-1].hex().upper() for slave in slaves
    )
    assert [answer[:2] for answer in answers[:2]] == ["+,", "-,"]
    assert answers[2] == "N\r\n"


def test_an_alarm_search_in_which_nobody_answers_tells_e(wire: Wire, link: Link) -> None:
    wire.attach(make_slave("01"))
    assert link.receive(b"tEC", 9600) == b"EC\r\n"
    assert link.receive(b"f", 9600) == b"E\r\n"


def test_firmware_that_adds_marks(wire: Wire) -> None:
    link = Link(wire, data_mark="?", search_mark=",")
    assert link.receive(b"tF0b01\r", 9600) == b",F0\r\n01?\r\n"


def test_it_hears_one_rate_only_until_told_or_a_break_comes(link: Link) -> None:
    assert link.receive(b"r", 19200) == b""
    assert link.receive(b",", 9600) == b""
    assert link.receive(b"r", 9600) == b""
    assert link.receive(b"r", 19200) == b"N\r\n"
    link.send_break()
    assert link.receive(b"r", 9600) == b"N\r\n"


def test_a_hub_hears_any_rate(wire: Wire) -> None:
    assert Link(wire, any_rate=True).receive(b"r", 115200) == b"N\r\n"


def test_the_auxiliary_line_is_driven_and_sensed(link: Link) -> None:
    assert link.receive(b"d", 9600) == b""
    assert link.aux_driven == 1
    link.receive(b"z", 9600)
    assert link.aux_driven == 0
    assert link.receive(b"&", 9600) == b"1\r\n"
    assert link.aux_driven is None

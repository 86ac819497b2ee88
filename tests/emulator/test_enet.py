"""The emulated OW-SERVER-ENET and ENET-2: lines in, lines out."""

from __future__ import annotations

import pytest

from owfs_py.emulator.enet import MAX_BLOCK, Enet, announcement
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.wire import Wire

ERROR = b"?\r\n"


@pytest.fixture
def wire() -> Wire:
    wire = Wire(VirtualClock())
    for index in range(2):
        wire.attach(make_slave("28", index=index))
    return wire


def digits(wire: Wire, number: int) -> bytes:
    return wire.slaves[number].rom[::-1].hex().upper().encode()


def test_a_reset_tells_nobody_somebody_and_error(wire: Wire) -> None:
    assert Enet(Wire(VirtualClock())).receive(b"R\r") == b"N\r\n"
    assert Enet(wire).receive(b"R\r") == b"P\r\n"
    wire.faults.short = True
    assert Enet(wire).receive(b"R\r") == ERROR


def test_an_address_selects_and_can_be_repeated(wire: Wire) -> None:
    unit = Enet(wire)
    assert unit.receive(b"M\r") == ERROR
    scratchpad = wire.slaves[1].scratchpad.hex().upper().encode()  # type: ignore[attr-defined]
    for command in (b"A" + digits(wire, 1), b"M"):
        assert unit.receive(command + b"\r") == b"+\r\n"
        answer = unit.receive(b"WBE" + b"FF" * 9 + b"\r")
        assert answer == b"BE" + scratchpad + b"\r\n"


def test_a_line_may_come_in_pieces_and_two_at_once(wire: Wire) -> None:
    unit = Enet(wire)
    assert unit.receive(b"W0") == b""
    assert unit.receive(b"1\rR\r") == b"01\r\nP\r\n"


def test_searches_tell_one_id_a_line(wire: Wire) -> None:
    unit = Enet(wire)
    answers = [unit.receive(command) for command in (b"S\r", b"s\r", b"s\r")]
    assert sorted(answers[:2]) == sorted(digits(wire, n) + b"\r\n" for n in range(2))
    assert answers[2] == b"!\r\n"
    wire.slaves[0].alarming = lambda: True  # type: ignore[method-assign]
    assert unit.receive(b"C\rc\r") == digits(wire, 0) + b"\r\n!\r\n"


@pytest.mark.parametrize(
    "line", [b"", b"X", b"R1", b"A12", b"Axx", b"Wx", b"W", b"W" + b"00" * (MAX_BLOCK + 1)]
)
def test_what_makes_no_sense_is_an_error(wire: Wire, line: bytes) -> None:
    assert Enet(wire).receive(line + b"\r") == ERROR


def test_each_channel_has_its_wire_and_its_state(wire: Wire) -> None:
    other = Wire(VirtualClock())
    unit = Enet(wire, other, Wire(VirtualClock()))
    assert unit.receive(b"R1\rR2\rR3\rR4\rR\r") == b"P\r\nN\r\nN\r\n" + ERROR * 2
    unit.receive(b"S1\r")
    assert unit.receive(b"s2\r") == b"!\r\n"
    other.attach(make_slave("10"))
    assert unit.receive(b"R2\r") == b"P\r\n"
    assert unit.receive(b"S2\r") == digits(other, 0) + b"\r\n"
    assert unit.receive(b"s1\r")[:16] in (digits(wire, 0), digits(wire, 1))


def test_who_connects_starts_afresh(wire: Wire) -> None:
    unit = Enet(wire)
    unit.receive(b"A" + digits(wire, 1) + b"\rW0")
    unit.power_up()
    assert unit.receive(b"M\r") == ERROR


def test_the_announcement_names_port_and_product() -> None:
    assert announcement(8080) == (
        b'{"IP": "127.0.0.1", "TCPIntfPort": "8080", "Product": "OWServer_Enet"}'
    )
    assert b"v2" in announcement(8080, channels=True)

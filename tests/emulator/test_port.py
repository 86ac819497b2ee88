"""The in-process serial port: pyserial's manners, time-outs on the clock, faults."""

from __future__ import annotations

from itertools import pairwise

import pytest
import serial

from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.ds2480b import DS2480B
from owfs_py.emulator.port import EmulatedPort
from owfs_py.emulator.virtualtime import VirtualClock


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def port(clock: VirtualClock) -> EmulatedPort:
    port = Emulation.from_list("28,10", clock=clock).port(timeout=2.0)
    port.write(b"\xc1")
    return port


def test_answers_are_there_at_once(port: EmulatedPort, clock: VirtualClock) -> None:
    begin = clock.now()
    assert port.write(b"\xc1\x0f") == 2
    assert port.in_waiting == 2
    assert port.read(2) == b"\xcd\x00"
    assert clock.now() == begin


def test_reading_more_than_there_is_waits_the_timeout(
    port: EmulatedPort, clock: VirtualClock
) -> None:
    begin = clock.now()
    port.write(b"\xc1")
    assert port.read(2) == b"\xcd"
    assert clock.now() == begin + 2.0
    port.timeout = 0
    assert port.read(2) == b""
    assert clock.now() == begin + 2.0


def test_reading_nothing_without_timeout_is_an_error_instead_of_a_hang(port: EmulatedPort) -> None:
    port.timeout = None
    with pytest.raises(serial.SerialException, match="for ever"):
        port.read(1)


def test_input_can_be_thrown_away(port: EmulatedPort) -> None:
    port.write(b"\xc1")
    port.reset_input_buffer()
    port.reset_output_buffer()
    port.flush()
    assert port.in_waiting == 0


def test_a_break_takes_its_time_and_resets_the_chip(
    port: EmulatedPort, clock: VirtualClock
) -> None:
    begin = clock.now()
    port.send_break(0.25)
    assert clock.now() == begin + 0.25
    port.write(b"\xc1\x0f")
    assert port.read(1) == b"\x00"


def test_an_adapter_without_dtr_and_rts_has_no_power(port: EmulatedPort) -> None:
    port.dtr = False
    port.write(b"\x0f")
    assert port.read(1) == b"\x00"
    port.rts = False
    port.write(b"\x0f")
    assert port.in_waiting == 0
    port.dtr = port.rts = True
    port.write(b"\xc1\x0f")
    assert port.read(1) == b"\x00"


def test_a_closed_port_refuses_and_opens_again(port: EmulatedPort) -> None:
    port.close()
    assert not port.is_open
    with pytest.raises(serial.SerialException):
        port.write(b"\xc1")
    port.open()
    port.write(b"\xc1")
    assert port.read(1) == b"\xcd"
    with pytest.raises(serial.SerialException, match="already open"):
        port.open()


def test_an_unplugged_port_fails_until_plugged_in_and_the_chip_starts_afresh(
    port: EmulatedPort,
) -> None:
    port.unplug()
    for call in (
        lambda: port.read(1),
        lambda: port.write(b"\xc1"),
        lambda: port.in_waiting,
        port.reset_input_buffer,
        port.send_break,
    ):
        with pytest.raises(serial.SerialException):
            call()
    port.close()
    with pytest.raises(serial.SerialException):
        port.open()
    port.plug()
    port.open()
    port.write(b"\xc1\x0f")
    assert port.read(1) == b"\x00"


def test_a_silent_line_swallows_everything(port: EmulatedPort) -> None:
    port.silent = True
    port.write(b"\xc1")
    port.send_break()
    assert port.read(1) == b""
    port.silent = False
    port.write(b"\xc1")
    assert port.read(1) == b"\xcd"


def test_six_bit_characters_lose_their_upper_bits(clock: VirtualClock) -> None:
    port = Emulation.from_list("28", clock=clock, adapter="DS9097").port(timeout=1)
    port.write(b"\xf0")
    assert port.read(1) == b"\xe0"
    port.baudrate, port.bytesize = 115200, 6
    port.write(b"\xff")
    assert port.read(1) == b"\x3f"


def test_costs_on_the_serial_line_are_counted(port: EmulatedPort) -> None:
    before = port.writes, port.bytes_written, port.bytes_read
    port.write(b"\xc1\xc1\xc1")
    port.read(2)
    after = port.writes, port.bytes_written, port.bytes_read
    assert tuple(b - a for a, b in zip(before, after, strict=True)) == (1, 3, 2)


def test_a_paced_wire_makes_writing_take_the_bus_time(clock: VirtualClock) -> None:
    emulation = Emulation.from_list("28", clock=clock, pace=True)
    port = emulation.port()
    begin = clock.now()
    port.write(b"\xc1\xc1\xe1\xcc")
    assert clock.now() - begin == pytest.approx(960e-6 + 8 * 70e-6)


def test_an_emulation_has_the_devices_of_its_list(clock: VirtualClock) -> None:
    emulation = Emulation.from_list("28, DS18S20 01", clock=clock, parasitic=True)
    assert [slave.chip for slave in emulation.slaves] == ["DS18B20", "DS18S20", "DS2401"]
    assert emulation.wire.slaves == emulation.slaves
    assert isinstance(emulation.adapter, DS2480B)
    assert Emulation.from_list("", clock=clock).slaves == []


def test_emulated_temperatures_wander_slowly_around_those_of_a_room(clock: VirtualClock) -> None:
    emulation = Emulation.from_list("28,28", clock=clock)
    first, second = (slave.temperature for slave in emulation.slaves)  # type: ignore[attr-defined]
    assert first != second
    seen = []
    for _ in range(24 * 60):
        clock.advance(60)
        seen.append(emulation.slaves[0].temperature)  # type: ignore[attr-defined]
    assert 5 < min(seen) < max(seen) < 35
    assert max(abs(a - b) for a, b in pairwise(seen)) < 2

"""The emulated EtherWeather: packets in, packets out."""

from __future__ import annotations

import pytest

from owfs_py.emulator.etherweather import EtherWeather
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.wire import Wire


@pytest.fixture
def wire() -> Wire:
    return Wire(VirtualClock())


@pytest.fixture
def adapter(wire: Wire) -> EtherWeather:
    return EtherWeather(wire)


def test_a_reset_tells_nothing(wire: Wire, adapter: EtherWeather) -> None:
    assert adapter.receive(b"\x01R") == b"\x01R"
    wire.attach(make_slave("28"))
    assert adapter.receive(b"\x01R") == b"\x01R"
    assert wire.counts.resets == 2


def test_bytes_and_bits_come_back(wire: Wire, adapter: EtherWeather) -> None:
    slave = make_slave("28")
    wire.attach(slave)
    adapter.receive(b"\x01R")
    assert adapter.receive(b"\x04B\x33\xff\xff") == b"\x04B\x33" + slave.rom[:2]
    bits = bytes(slave.rom[2] >> n & 1 for n in range(8))
    assert adapter.receive(b"\x09b" + b"\x01" * 8) == b"\x09b" + bits


def test_packets_may_come_in_pieces_and_together(adapter: EtherWeather) -> None:
    assert adapter.receive(b"\x03B\x01") == b""
    assert adapter.receive(b"\x02\x01R\x01") == b"\x03B\x01\x02\x01R"
    adapter.power_up()
    assert adapter.receive(b"\x01R") == b"\x01R"


@pytest.mark.parametrize("packet", [b"\x00", b"\x02Xy"])
def test_what_makes_no_sense_is_not_answered(adapter: EtherWeather, packet: bytes) -> None:
    assert adapter.receive(packet + b"\x01R") == b"\x01R"


def test_power_lasts_for_halves_of_a_second(wire: Wire, adapter: EtherWeather) -> None:
    start = wire.clock.now()
    assert adapter.receive(b"\x03P\x03\x44") == b"\x03P\x03\x44"
    assert wire.clock.now() - start == pytest.approx(1.5)
    assert wire.counts.pullup_time == pytest.approx(1.5)


def test_a_search_goes_from_discrepancy_to_discrepancy(wire: Wire, adapter: EtherWeather) -> None:
    slaves = [make_slave("28", index=index) for index in range(3)]
    for slave in slaves:
        wire.attach(slave)
    found, rom, place = [], bytes(8), 0x40
    while place != 0xFE:
        adapter.receive(b"\x01R")
        answer = adapter.receive(b"\x0aA" + rom + bytes([place]))
        assert answer[:2] == b"\x0aA"
        rom, place = answer[2:10], answer[10]
        found.append(rom)
    assert sorted(found) == sorted(slave.rom for slave in slaves)


@pytest.mark.parametrize("place", [0x40, 0xC0])
def test_a_search_tells_that_nobody_answers(adapter: EtherWeather, place: int) -> None:
    adapter.receive(b"\x01R")
    answer = adapter.receive(b"\x0aA" + bytes(8) + bytes([place]))
    assert answer == b"\x0aA" + bytes(8) + b"\xff"

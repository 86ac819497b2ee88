"""The wire at slot level: wired and, exact counts, pacing, faults."""

from __future__ import annotations

import time

import pytest

from owfs_py._search import RomSearch
from owfs_py.bus.rom import RomId
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.wire import RESET_TIME, SLOT_TIME, Counts, Wire
from tests.emulator.wiremaster import WireMaster


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def wire(clock: VirtualClock) -> Wire:
    return Wire(clock)


def populate(wire: Wire, *specs: str) -> list[RomId]:
    for index, spec in enumerate(specs):
        wire.attach(make_slave(spec, index=index))
    return [slave.rom for slave in wire.slaves]


def test_an_empty_wire_has_no_presence_and_reads_ones(wire: Wire) -> None:
    assert not wire.reset()
    assert wire.byte(0xFF) == 0xFF
    assert wire.byte(0xA7) == 0xA7


def test_two_slaves_answering_at_once_give_the_and_of_their_bits(wire: Wire) -> None:
    first, second = populate(wire, "28", "10")
    master = WireMaster(wire)
    assert master.reset()
    master.write(b"\x33")
    # Both are still listening to the same slots: the line shows the and, the other bits of
    # neither survive. Sending continues although the line differs, as on real chips.
    assert master.read(8) == bytes(a & b for a, b in zip(first, second, strict=True))


def test_a_search_finds_every_slave_and_costs_200_slots_and_a_reset_each(wire: Wire) -> None:
    roms = populate(wire, *["28", "10", "22", "01"] * 5)
    found = WireMaster(wire).search()
    assert sorted(found) == sorted(roms)
    assert wire.counts == Counts(resets=20, slots=4000)
    assert wire.counts.bus_time == pytest.approx(20 * 960e-6 + 4000 * 70e-6)


def test_a_search_of_twenty_slaves_takes_some_ten_milliseconds(wire: Wire) -> None:
    populate(wire, *["28"] * 20)
    master = WireMaster(wire)
    best = 1.0
    for _ in range(5):
        begin = time.process_time()
        master.search()
        best = min(best, time.process_time() - begin)
    assert best < 0.1  # about 0.01 on an idle machine


def test_counts_can_be_compared_with_a_snapshot(wire: Wire) -> None:
    populate(wire, "28")
    wire.reset()
    before = wire.counts.snapshot()
    wire.reset()
    wire.byte(0xCC)
    assert wire.counts - before == Counts(resets=1, slots=8)
    assert before == Counts(resets=1)


def test_an_unpaced_wire_counts_time_and_does_not_wait(wire: Wire, clock: VirtualClock) -> None:
    begin = clock.now()
    wire.reset()
    wire.byte(0xFF)
    wire.settle()
    assert clock.now() == begin


def test_a_paced_wire_lets_its_time_pass_on_the_clock(clock: VirtualClock) -> None:
    wire = Wire(clock, pace=True)
    begin = clock.now()
    wire.reset()
    wire.byte(0xFF)
    assert clock.now() == begin
    assert wire.now() == pytest.approx(begin + RESET_TIME + 8 * SLOT_TIME)
    wire.settle()
    assert clock.now() == pytest.approx(begin + RESET_TIME + 8 * SLOT_TIME)


def test_a_short_circuit_gives_zeros_and_no_presence_until_it_is_gone(wire: Wire) -> None:
    populate(wire, "28")
    wire.faults.short = True
    assert not wire.reset()
    assert wire.byte(0xFF) == 0
    wire.faults.short = False
    assert wire.reset()


def test_noise_hits_exactly_the_slots_asked_for(wire: Wire) -> None:
    wire.faults.noisy_slots = {1, 10}
    assert wire.byte(0xFF) == 0b11111101
    assert wire.byte(0x00) == 0b00000100
    assert wire.byte(0xFF) == 0xFF


def test_random_noise_is_the_same_in_every_run(clock: VirtualClock) -> None:
    def listen() -> bytes:
        wire = Wire(clock)
        wire.faults.bit_error_rate = 0.1
        return bytes(wire.byte(0xFF) for _ in range(100))

    first = listen()
    assert first == listen()
    wrong = sum((byte ^ 0xFF).bit_count() for byte in first)
    assert 40 < wrong < 120


def test_noise_of_a_long_line_is_at_overdrive_speed_only(wire: Wire) -> None:
    wire.faults.length_noise = 0.5
    assert bytes(wire.byte(0xFF) for _ in range(10)) == b"\xff" * 10
    wire.set_overdrive(True)
    assert bytes(wire.byte(0xFF) for _ in range(10)) != b"\xff" * 10


def test_a_search_through_noise_does_not_invent_devices(wire: Wire) -> None:
    roms = populate(wire, *["28"] * 5)
    wire.faults.bit_error_rate = 0.01
    master, found = WireMaster(wire), set()
    for _ in range(50):
        result = master.search_pass(RomSearch())
        if result is not None and RomSearch().advance(*result):
            found.add(RomId(result[0]))
    assert found
    assert found <= set(roms)


def test_a_detached_slave_is_gone_at_once_and_comes_back_attached(wire: Wire) -> None:
    populate(wire, "28")
    slave = wire.slaves[0]
    master = WireMaster(wire)
    master.select(slave.rom)
    master.write(b"\xbe")
    wire.detach(slave)
    assert master.read(9) == b"\xff" * 9
    assert not wire.reset()
    wire.attach(slave)
    assert wire.reset()


def test_an_absent_slave_does_not_answer(wire: Wire) -> None:
    one, other = populate(wire, "28", "28")
    wire.slaves[0].absent = True
    assert WireMaster(wire).search() == [other]
    wire.slaves[0].absent = False
    assert sorted(WireMaster(wire).search()) == sorted([one, other])


def test_strong_pullup_time_is_counted_and_ends_with_the_next_slot(
    wire: Wire, clock: VirtualClock
) -> None:
    wire.strong_pullup(True)
    clock.advance(0.5)
    wire.strong_pullup(True)
    clock.advance(0.25)
    wire.slot(1)
    clock.advance(1)
    wire.strong_pullup(False)
    assert wire.counts.pullup_time == pytest.approx(0.75)
    assert wire.counts.bus_time == pytest.approx(0.75 + SLOT_TIME)

"""The emulated DS1WM and K1WM: registers as the data sheet has them."""

from __future__ import annotations

import pytest

from owfs_py._search import RomSearch
from owfs_py.emulator.ds1wm import CLOCK_ON, DS1WM, Command, Control, Flag, Register
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.wire import Wire

IDLE = Flag.TRANSMIT_EMPTY | Flag.SHIFT_EMPTY
LONGEST = 2e-3
"""Seconds that a reset or a byte takes at most."""


@pytest.fixture
def chip() -> DS1WM:
    chip = DS1WM(Wire(VirtualClock()))
    chip[Register.CLOCK_DIVISOR] = CLOCK_ON
    return chip


def flags(chip: DS1WM) -> Flag:
    """The interrupt register when all is done."""
    chip.wire.clock.wait(LONGEST)
    return Flag(chip[Register.INTERRUPT])


def send(chip: DS1WM, value: int) -> int:
    """A byte out; what came in."""
    chip[Register.BUFFER] = value
    assert flags(chip) & Flag.RECEIVE_FULL
    return chip[Register.BUFFER]


def test_a_reset_takes_its_time_and_tells_presence_once(chip: DS1WM) -> None:
    for presence in (Flag.NO_PRESENCE, Flag(0)):
        chip[Register.COMMAND] = Command.RESET
        assert not Flag(chip[Register.INTERRUPT]) & (Flag.PRESENCE_DETECTED | IDLE)
        assert flags(chip) == IDLE | Flag.PRESENCE_DETECTED | presence
        assert flags(chip) == IDLE | presence
        assert not chip[Register.COMMAND] & Command.RESET
        chip.wire.attach(make_slave("28"))


def test_a_short_circuit_shows(chip: DS1WM) -> None:
    assert chip[Register.COMMAND] & Command.LINE
    chip.wire.faults.short = True
    chip[Register.COMMAND] = Command.RESET
    assert Flag(chip[Register.INTERRUPT]) & Flag.LINE_LOW
    assert flags(chip) & Flag.SHORT
    assert not chip[Register.COMMAND] & Command.LINE


def test_a_byte_is_there_after_eight_slots_until_it_is_fetched(chip: DS1WM) -> None:
    slave = make_slave("28")
    chip.wire.attach(slave)
    chip[Register.COMMAND] = Command.RESET
    assert flags(chip) & Flag.PRESENCE_DETECTED
    chip[Register.BUFFER] = 0x33
    assert not Flag(chip[Register.INTERRUPT]) & (Flag.RECEIVE_FULL | IDLE)
    assert flags(chip) == IDLE | Flag.RECEIVE_FULL
    assert flags(chip) == IDLE | Flag.RECEIVE_FULL
    assert chip[Register.BUFFER] == 0x33
    assert flags(chip) == IDLE
    assert [send(chip, 0xFF) for _ in range(8)] == list(slave.rom)
    assert chip.lost == 0


def test_bytes_that_come_too_early_are_counted(chip: DS1WM) -> None:
    chip[Register.BUFFER] = 1
    chip[Register.BUFFER] = 2
    flags(chip)
    chip[Register.BUFFER] = 3
    assert chip.lost == 2


def test_single_bits_in_bit_mode(chip: DS1WM) -> None:
    chip[Register.CONTROL] = Control.BIT_MODE
    assert [send(chip, bit) for bit in (1, 0, 1)] == [1, 0, 1]
    assert chip.wire.counts.slots == 3


def test_the_accelerator_walks_a_search_four_positions_a_byte(chip: DS1WM) -> None:
    slaves = [make_slave("28", index=index) for index in range(3)]
    for slave in slaves:
        chip.wire.attach(slave)
    search, found = RomSearch(), []
    while not search.done:
        chip[Register.COMMAND] = Command.RESET
        flags(chip)
        assert send(chip, 0xF0) == 0xF0
        chip[Register.COMMAND] = Command.ACCELERATOR
        answer = bytes(send(chip, byte) for byte in search.accelerator_request())
        rom, conflicts = search.accelerator_answer(answer)
        assert search.advance(rom, conflicts)
        found.append(rom)
    assert sorted(found) == sorted(slave.rom for slave in slaves)
    chip[Register.COMMAND] = Command.RESET
    assert not chip.is_accelerating


def test_the_line_is_fed_while_it_is_idle_if_both_bits_say_so(chip: DS1WM) -> None:
    clock = chip.wire.clock
    for control in (Control.PULLUP_ENABLE, Control.PULLUP_ON):
        chip[Register.CONTROL] = control
        clock.wait(1.0)
    assert chip.wire.counts.pullup_time == 0
    chip[Register.CONTROL] = Control.PULLUP_ENABLE | Control.PULLUP_ON
    clock.wait(0.5)
    send(chip, 0x44)
    clock.wait(0.25)
    chip[Register.CONTROL] = 0
    clock.wait(1.0)
    assert chip.wire.counts.pullup_time == pytest.approx(0.75, abs=0.01)


def test_overdrive_by_its_bit(chip: DS1WM) -> None:
    chip[Register.CONTROL] = Control.OVERDRIVE
    chip[Register.COMMAND] = Command.RESET
    chip.wire.clock.wait(0.2e-3)
    assert Flag(chip[Register.INTERRUPT]) & Flag.PRESENCE_DETECTED
    send(chip, 0)
    assert (chip.wire.counts.overdrive_resets, chip.wire.counts.overdrive_slots) == (1, 8)


def test_nothing_goes_on_without_a_clock(chip: DS1WM) -> None:
    chip[Register.CLOCK_DIVISOR] = 0x06
    chip[Register.COMMAND] = Command.RESET
    chip[Register.BUFFER] = 1
    assert flags(chip) == IDLE | Flag.NO_PRESENCE
    assert chip.wire.counts.resets == chip.wire.counts.slots == 0


def test_a_k1wm_has_channels_in_place_of_a_clock() -> None:
    clock = VirtualClock()
    chip = DS1WM(*(Wire(clock) for _ in range(3)), has_channels=True)
    chip.wires[2].attach(make_slave("28"))
    for channel, presence in ((0, Flag.NO_PRESENCE), (2, Flag(0))):
        chip[Register.CLOCK_DIVISOR] = channel
        chip[Register.COMMAND] = Command.RESET
        assert flags(chip) == IDLE | Flag.PRESENCE_DETECTED | presence
    chip[Register.CONTROL] = Control.BIT_MODE | Control.PULLUP_ENABLE | Control.PULLUP_ON
    send(chip, 0xFF)
    assert [wire.counts.resets for wire in chip.wires] == [1, 0, 1]
    assert chip.wires[2].counts.slots == 8
    assert chip.wires[2].counts.pullup_time == 0

"""The emulated DS2490: commands, states and results as its data sheet has them."""

from __future__ import annotations

import pytest

from owfs_py.emulator.ds2490 import DS2490, StallError
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.thermometers import DS18B20
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.wire import Counts, Wire

CONTROL, COMMUNICATION, MODE = range(3)
RESET = (COMMUNICATION, 0x084B)
REGULAR, OVERDRIVE = 0, 2


class Host:
    """A chip on a wire, and what a host does with it."""

    def __init__(self, *chips: str, program_voltage: bool = False) -> None:
        self.clock = VirtualClock()
        self.wire = Wire(self.clock)
        for index, chip in enumerate(chips):
            self.wire.attach(make_slave(chip, index=index))
        self.chip = DS2490(self.wire, program_voltage=program_voltage)
        self.chip.control(CONTROL, 0, 0)
        self.chip.control(MODE, 0, 3)
        self.chip.control(MODE, 1, 1)

    def reset(self, speed: int = REGULAR) -> list[int]:
        """The results of a 1-Wire reset."""
        self.chip.control(*RESET, speed)
        return list(self.chip.status()[16:])

    def block(self, data: bytes) -> bytes:
        self.chip.write(data)
        self.chip.control(COMMUNICATION, 0x0875, len(data))
        assert self.chip.status()[13] == len(data)
        return self.chip.read(len(data))

    def search(self, path: bytes = bytes(8), command: int = 0xF0, count: int = 1) -> bytes:
        self.chip.write(path)
        self.chip.control(COMMUNICATION, 0x48FD, count << 8 | command)
        return self.chip.read(self.chip.status()[13])

    @property
    def flags(self) -> int:
        return self.chip.status()[8]


def test_devices_are_noticed_at_power_on_once() -> None:
    host = Host("28")
    host.chip.power_up()
    assert host.chip.status()[16:] == b"\xa5"
    assert len(host.chip.status()) == 16
    empty = Host()
    empty.chip.power_up()
    assert len(empty.chip.status()) == 16


def test_a_reset_tells_only_of_what_is_wrong() -> None:
    host = Host("28")
    assert host.reset() == []
    host.wire.faults.short = True
    assert host.reset() == [0x02]
    assert Host().reset() == [0x01]


def test_a_reset_tells_of_success_if_asked() -> None:
    host = Host("28")
    host.chip.control(COMMUNICATION, 0x0C4B, REGULAR)
    assert list(host.chip.status()[16:]) == [0]


def test_blocks_bytes_and_bits_bring_back_what_the_line_was() -> None:
    host = Host("28")
    rom = host.wire.slaves[0].rom
    host.reset()
    assert host.block(b"\x33" + b"\xff" * 8) == b"\x33" + rom
    host.reset()
    host.chip.control(COMMUNICATION, 0x0053, 0x33)
    for bit in (1, 1, 1):
        host.chip.control(COMMUNICATION, 0x0021 | bit << 3, 0)
    assert host.chip.read(9) == bytes([0x33, *(rom[0] >> n & 1 for n in range(3))])


def test_a_block_waits_for_its_bytes() -> None:
    host = Host("28")
    host.chip.control(COMMUNICATION, 0x0075, 3)
    host.chip.write(b"\x01\x02")
    status = host.chip.status()
    assert (status[8] & 0x20, status[9:11], status[13]) == (0, b"\x75\x00", 2)
    host.chip.write(b"\x03")
    assert host.flags & 0x20
    assert host.chip.read(9) == b"\x01\x02\x03"


def test_buffers_hold_128_bytes() -> None:
    host = Host()
    assert host.chip.write(bytes(130)) == 128
    assert host.chip.status()[12] == 128
    host.chip.control(CONTROL, 9, 0)
    assert host.chip.status()[12] == 0


def test_commands_without_im_wait_for_the_start() -> None:
    host = Host("28")
    host.chip.control(COMMUNICATION, 0x084A, REGULAR)
    assert (host.wire.counts.resets, host.chip.status()[11]) == (0, 4)
    host.chip.control(CONTROL, 1, 0)
    assert (host.wire.counts.resets, host.chip.status()[11]) == (1, 0)


def test_while_halted_commands_wait() -> None:
    host = Host("28")
    host.chip.control(CONTROL, 3, 0)
    host.chip.control(*RESET, REGULAR)
    assert host.flags & 0x30 == 0x10
    host.chip.control(CONTROL, 2, 0)
    assert host.flags & 0x30 == 0x20
    assert host.wire.counts.resets == 1


def test_a_search_tells_id_and_discrepancies_until_the_last() -> None:
    host = Host("28", "28")
    roms = sorted(slave.rom for slave in host.wire.slaves)
    host.reset()
    first = host.search()
    assert first[:8] in roms
    assert len(first) == 16
    differ = int.from_bytes(roms[0], "little") ^ int.from_bytes(roms[1], "little")
    position = (differ & -differ).bit_length() - 1
    assert int.from_bytes(first[8:], "little") == 1 << position
    host.reset()
    path = int.from_bytes(first[:8], "little") & (1 << position) - 1 | 1 << position
    assert host.search(path.to_bytes(8, "little")) == next(r for r in roms if r != first[:8])
    assert host.wire.counts == Counts(resets=2, slots=400)


def test_a_search_for_several_finds_them_in_one_command() -> None:
    host = Host("28", "28", "28")
    host.reset()
    found = host.search(count=5)
    assert sorted(found[n : n + 8] for n in (0, 8, 16)) == sorted(
        slave.rom for slave in host.wire.slaves
    )
    assert len(found) == 24


def test_a_search_among_nobody_gives_nothing_but_its_end() -> None:
    host = Host("28")
    host.reset()
    host.chip.write(bytes(8))
    host.chip.control(COMMUNICATION, 0x48FD, 0x01EC)
    status = host.chip.status()
    assert (status[13], list(status[16:])) == (0, [0x80])


def test_an_endless_pullup_ends_when_execution_is_halted() -> None:
    host = Host("28")
    chip = host.wire.slaves[0]
    assert isinstance(chip, DS18B20)
    chip.parasitic = True
    host.chip.control(COMMUNICATION, 0x0013, 0)
    host.reset()
    host.block(b"\xcc")
    host.chip.control(COMMUNICATION, 0x1053, 0x44)
    assert host.chip.read(1) == b"\x44"
    assert host.flags & 0x21 == 0x01
    host.clock.advance(0.75)
    host.chip.control(CONTROL, 3, 0)
    host.chip.control(CONTROL, 2, 0)
    assert host.flags & 0x31 == 0x20
    assert host.wire.counts.pullup_time == pytest.approx(0.75)
    assert chip.brown_outs == 0


def test_a_pullup_has_the_duration_that_was_set_in_units_of_16_ms() -> None:
    host = Host("28")
    host.chip.control(MODE, 3, 2)
    host.chip.control(COMMUNICATION, 0x1053, 0xFF)
    assert host.wire.counts.pullup_time == pytest.approx(0.032)
    assert host.flags & 0x21 == 0x20


def test_pulses_must_be_enabled() -> None:
    host = Host("28", program_voltage=True)
    host.chip.control(MODE, 0, 0)
    host.chip.control(COMMUNICATION, 0x1053, 0xFF)
    host.chip.control(COMMUNICATION, 0x0039, 0)
    assert (host.wire.counts.pullup_time, host.wire.counts.program_pulses) == (0, 0)


def test_a_program_pulse_needs_12_volts() -> None:
    host = Host("28", program_voltage=True)
    assert host.flags & 0x04
    host.chip.control(COMMUNICATION, 0x0039, 0)
    assert host.wire.counts.program_pulses == 1
    poor = Host("28")
    poor.chip.control(COMMUNICATION, 0x0039, 0)
    status = poor.chip.status()
    assert (status[8] & 0x04, list(status[16:])) == (0, [0x08])


def test_speed_changes_only_if_that_is_enabled() -> None:
    host = Host("28")
    host.reset(OVERDRIVE)
    assert host.wire.counts.overdrive_resets == 1
    host.reset(REGULAR)
    host.chip.control(MODE, 1, 0)
    host.reset(OVERDRIVE)
    assert host.wire.counts.overdrive_resets == 1
    assert host.chip.status()[:2] == b"\x03\x00"


def test_an_error_clears_the_buffers_if_asked() -> None:
    host = Host()
    host.chip.write(b"\x01")
    host.chip.control(COMMUNICATION, 0x004B, REGULAR)
    assert host.chip.status()[12] == 1
    host.chip.control(*RESET, REGULAR)
    assert host.chip.status()[12] == 0


@pytest.mark.parametrize("command", [(CONTROL, 0x0C), (COMMUNICATION, 0x0065), (MODE, 9), (3, 0)])
def test_unknown_commands_stall(command: tuple[int, int]) -> None:
    with pytest.raises(StallError):
        Host().chip.control(*command, 0)


def test_a_device_reset_brings_the_defaults_back() -> None:
    host = Host("28")
    host.chip.control(MODE, 4, 7)
    host.chip.write(b"\x01")
    host.chip.control(CONTROL, 0, 0)
    status = host.chip.status()
    assert (status[0], status[2], status[4], status[12]) == (0, 0x20, 0, 0)

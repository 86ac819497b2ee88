"""The emulated DS2505 and DS2506 against their data sheets."""

from __future__ import annotations

import pytest

from owfs_py._crc import crc16
from owfs_py.emulator.ds2505 import DS2505, DS2506
from tests.emulator.chipbench import CRC16_GOOD, ChipBench

WRITE, WRITE_STATUS = "0F", "55"


class Bench(ChipBench[DS2505]):
    """A chip, and programming a byte of it."""

    def program(self, command: str, address: int, byte: int) -> int:
        """What the cell holds then."""
        head = bytes.fromhex(command) + address.to_bytes(2, "little") + bytes((byte,))
        assert crc16(head + self.ask(head.hex(), 2)) == CRC16_GOOD
        self.wire.program_pulse()
        return self.master.read(1)[0]


@pytest.fixture(params=[DS2505, DS2506], ids=lambda kind: kind.chip)
def bench(request: pytest.FixtureRequest) -> Bench:
    return Bench(request.param)


def test_the_memory_is_read_with_one_crc_at_its_end(bench: Bench) -> None:
    bench.chip.memory[-2:] = b"yz"
    address = (len(bench.chip.memory) - 2).to_bytes(2, "little").hex()
    assert bench.ask_crc16(f"F0 {address}", 2) == b"yz"
    assert bench.master.read(1) == b"\xff"


def test_the_status_is_read_with_a_crc_at_the_end_of_each_page(bench: Bench) -> None:
    size = bench.chip.STATUS_PAGE
    bench.chip.status[2] = 0x12
    answer = bench.ask("AA 02 00", size - 2 + 2 + size + 2)
    assert crc16(bytes.fromhex("AA 02 00") + answer[:size]) == CRC16_GOOD
    assert crc16(answer[size:]) == CRC16_GOOD
    assert answer[0] == 0x12


def test_an_extended_read_tells_of_redirection_first(bench: Bench) -> None:
    bench.chip.memory[0x20:0x60] = bytes(range(64))
    bench.chip.status[0x101] = 0xFC
    answer = bench.ask("A5 38 00", 3 + 8 + 2 + 3 + 32 + 2)
    assert crc16(bytes.fromhex("A5 38 00") + answer[:3]) == CRC16_GOOD
    assert answer[0] == 0xFC
    assert answer[3:11] == bytes(range(0x18, 0x20))
    assert crc16(answer[3:13]) == CRC16_GOOD
    assert crc16(answer[13:16]) == CRC16_GOOD
    assert answer[16:48] == bytes(range(32, 64))
    assert crc16(answer[16:]) == CRC16_GOOD


def test_a_pulse_turns_ones_to_zeros_and_nothing_back(bench: Bench) -> None:
    assert bench.program(WRITE, 0x7FF, 0x0F) == 0x0F
    assert bench.program(WRITE, 0x7FF, 0xF0) == 0x00
    assert bench.chip.memory[0x7FF] == 0


def test_writing_goes_on_at_the_next_address(bench: Bench) -> None:
    bench.program(WRITE, 0x1FF, 0x80)
    bench.master.write(b"\x81")
    assert crc16(b"\x00\x02\x81" + bench.master.read(2)) == CRC16_GOOD
    bench.wire.program_pulse()
    assert bench.master.read(1) == b"\x81"


def test_protected_pages_and_redirections_cannot_be_programmed(bench: Bench) -> None:
    assert bench.program(WRITE_STATUS, 0x001, 0xFD) == 0xFD
    assert bench.program(WRITE, 9 * 32, 0) == 0xFF
    assert bench.program(WRITE, 8 * 32, 0) == 0
    assert bench.program(WRITE_STATUS, 0x101, 0xFC) == 0xFC
    assert bench.program(WRITE_STATUS, 0x020, 0xFD) == 0xFD
    assert bench.program(WRITE_STATUS, 0x101, 0x00) == 0xFC


def test_between_the_areas_of_the_status_there_is_nothing_to_program(bench: Bench) -> None:
    used = len(bench.chip.memory) // 32 // 8
    assert bench.program(WRITE_STATUS, 0x40 + used - 1, 0) == 0
    assert bench.program(WRITE_STATUS, 0x40 + used, 0) == 0xFF


def test_a_weak_cell_wants_another_pulse(bench: Bench) -> None:
    bench.chip.weak_cells = 1
    assert bench.program(WRITE, 0, 0) == 0xFF
    assert bench.program(WRITE, 0, 0) == 0

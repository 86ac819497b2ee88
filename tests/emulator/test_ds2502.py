"""The emulated EPROM against its data sheet."""

from __future__ import annotations

import pytest

from owfs_py._crc import crc8
from owfs_py.emulator.ds2502 import DS2502
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.wire import Wire
from tests.emulator.wiremaster import WireMaster

READ_MEMORY, READ_PAGES, WRITE, READ_STATUS, WRITE_STATUS = b"\xf0", b"\xc3", b"\x0f", b"\xaa", b"U"


class Bench:
    """One chip on a wire."""

    def __init__(self) -> None:
        self.wire = Wire()
        chip = make_slave("09")
        assert isinstance(chip, DS2502)
        self.chip = chip
        self.wire.attach(chip)
        self.master = WireMaster(self.wire)

    def do(self, command: bytes, read: int) -> bytes:
        self.master.select(self.chip.rom, command)
        return self.master.read(read)

    def program(self, command: bytes, address: int, byte: int) -> int:
        """Program a byte; what the cell holds then."""
        head = command + bytes((address, 0, byte))
        assert crc8(head + self.do(head, 1)) == 0
        self.wire.program_pulse()
        return self.master.read(1)[0]


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.chip.memory[:] = bytes(range(128, 256))
    return bench


def test_pages_are_read_with_a_crc_each(bench: Bench) -> None:
    answer = bench.do(READ_PAGES + b"\x3c\x00", 1 + 4 + 1 + 32 + 1)
    assert crc8(READ_PAGES + b"\x3c\x00" + answer[:1]) == 0
    assert answer[1:5] == bytes(range(128 + 0x3C, 128 + 0x40))
    assert crc8(answer[1:6]) == 0
    assert answer[6:38] == bytes(range(128 + 0x40, 128 + 0x60))
    assert crc8(answer[6:]) == 0


def test_the_memory_is_read_with_one_crc_at_its_end(bench: Bench) -> None:
    answer = bench.do(READ_MEMORY + b"\x10\x00", 1 + 112 + 1 + 2)
    assert answer[1:113] == bytes(range(128 + 0x10, 256))
    assert crc8(answer[1:114]) == 0
    assert answer[114:] == b"\xff\xff"


def test_a_pulse_turns_ones_to_zeros_and_nothing_back(bench: Bench) -> None:
    assert bench.program(WRITE, 0x7F, 0x0F) == 0x0F
    assert bench.program(WRITE, 0x7F, 0xF0) == 0x00
    assert bench.chip.memory[0x7F] == 0


def test_nothing_happens_without_a_pulse_or_without_a_byte(bench: Bench) -> None:
    bench.do(WRITE + b"\x00\x00\x00", 2)
    assert bench.chip.memory[0] == 0x80
    bench.master.reset()
    bench.wire.program_pulse()
    assert bench.chip.memory[0] == 0x80


def test_writing_goes_on_at_the_next_address(bench: Bench) -> None:
    assert bench.program(WRITE, 0x10, 0x80) == 0x80
    bench.master.write(b"\x81")
    assert crc8(b"\x11\x81" + bench.master.read(1)) == 0, "it begins with the low address byte"
    bench.wire.program_pulse()
    assert bench.master.read(1) == b"\x81"


def test_a_protected_page_cannot_be_programmed(bench: Bench) -> None:
    assert bench.program(WRITE_STATUS, 0, 0xFD) == 0xFD
    assert bench.program(WRITE, 0x20, 0) == 0x80 + 0x20
    assert bench.program(WRITE, 0x40, 0) == 0
    status = bench.do(READ_STATUS + b"\x00\x00", 1 + 8 + 1)
    assert status[1:9] == b"\xfd\xff\xff\xff\xff\xff\xff\x00"
    assert crc8(status[1:]) == 0


def test_a_weak_cell_wants_another_pulse(bench: Bench) -> None:
    bench.chip.weak_cells = 1
    assert bench.program(WRITE, 0, 0) == 0x80
    assert bench.program(WRITE, 0, 0) == 0


def test_spoiled_crcs_are_wrong(bench: Bench) -> None:
    bench.chip.spoiled_crcs = 1
    assert crc8(READ_PAGES + b"\x00\x00" + bench.do(READ_PAGES + b"\x00\x00", 1)) != 0

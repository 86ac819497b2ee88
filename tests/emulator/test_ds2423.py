"""The emulated DS2423 against its data sheet."""

from __future__ import annotations

import pytest

from owfs_py._crc import crc16
from owfs_py.emulator.ds2423 import DS2423
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.wire import Wire
from tests.emulator.wiremaster import WireMaster

CRC16_GOOD = 0xB001
READ = b"\xa5"


class Bench:
    """One chip on a wire."""

    def __init__(self) -> None:
        self.wire = Wire()
        chip = make_slave("1D")
        assert isinstance(chip, DS2423)
        self.chip = chip
        self.wire.attach(chip)
        self.master = WireMaster(self.wire)

    def do(self, command: bytes, read: int = 0) -> bytes:
        self.master.select(self.chip.rom, command)
        return self.master.read(read)

    def counter(self, page: int) -> int:
        """The counter behind a page, read from the page's last byte on."""
        command = READ + (page * 32 + 31).to_bytes(2, "little")
        answer = self.do(command, 1 + 8 + 2)
        assert crc16(command + answer) == CRC16_GOOD
        assert answer[5:9] == bytes(4)
        return int.from_bytes(answer[1:5], "little")

    def store(self, address: int, data: bytes, copy: int) -> bytes:
        target = address.to_bytes(2, "little")
        self.do(b"\x0f" + target + data)
        return self.do(bytes([copy]) + target + bytes([(address + len(data) - 1) & 0x1F]), 1)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_inputs_are_counted_and_roll_over(bench: Bench) -> None:
    bench.chip.count("A", 1000)
    bench.chip.count("B", 0xFFFFFFFF)
    bench.chip.count("B", 3)
    assert (bench.counter(14), bench.counter(15)) == (1000, 2)


def test_pages_without_a_counter_say_all_ones(bench: Bench) -> None:
    assert [bench.counter(page) for page in (0, 11)] == [0xFFFFFFFF, 0xFFFFFFFF]


def test_copies_to_two_pages_are_counted(bench: Bench) -> None:
    for address in (12 * 32, 12 * 32 + 5, 13 * 32):
        assert bench.store(address, b"x", 0x5A) == b"\x55"
    assert (bench.counter(12), bench.counter(13)) == (2, 1)
    assert bench.chip.memory[12 * 32 + 5] == ord("x")


def test_the_copy_command_is_not_the_usual_one(bench: Bench) -> None:
    assert bench.store(0, b"x", 0x55) == b"\xff"
    assert bench.chip.memory[0] == 0


def test_reading_goes_on_with_the_next_page_and_a_crc_of_its_own(bench: Bench) -> None:
    bench.chip.memory[0x1C0:0x200] = bytes(range(64))
    command = READ + (0x1C0).to_bytes(2, "little")
    answer = bench.do(command, 2 * 42 + 2)
    assert crc16(command + answer[:42]) == CRC16_GOOD
    assert crc16(answer[42:84]) == CRC16_GOOD
    assert answer[:32] + answer[42:74] == bytes(range(64))
    assert answer[84:] == b"\xff\xff"

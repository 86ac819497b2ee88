"""The emulated automation engines against the lists of their commands."""

from __future__ import annotations

import pytest

from owfs_py._crc import crc16
from owfs_py.emulator.bae0910 import BAE0910, BAE0911, BUSY, Bae
from owfs_py.emulator.registry import make_slave
from tests.emulator.chipbench import CRC16_GOOD, ChipBench


class BaeBench(ChipBench[Bae]):
    def confirm(self, command: str) -> None:
        """A command, its CRC, the confirmation."""
        said = bytes.fromhex(command)
        assert crc16(said + self.ask(command, 2)) == CRC16_GOOD
        self.master.write(b"\xbc")

    def poll(self, size: int = 0) -> str:
        """Result, length and bytes."""
        return self.ask_crc16("1a", 2 + size).hex(" ")


@pytest.mark.parametrize(("model", "number"), [(BAE0910, "0202"), (BAE0911, "0302")])
def test_a_chip_says_what_it_is(model: type[Bae], number: str) -> None:
    bench = BaeBench(model)
    assert bench.ask_crc16("12", 2).hex() == number
    assert bench.ask_crc16("11", 2).hex() == "0710"


def test_the_family_code_stands_for_the_larger_one() -> None:
    assert type(make_slave("FC")) is BAE0911


def test_memory_is_written_when_that_is_confirmed() -> None:
    bench = BaeBench(BAE0911)
    bench.ask("15 00 7c 03 01 02 03", 2)
    assert bench.ask_crc16("14 00 7c 03", 3).hex() == "000000"
    bench.confirm("15 00 7c 03 01 02 03")
    assert bench.ask_crc16("14 00 7c 03", 3).hex() == "010203"
    assert bench.chip.get(0x7C00, 2) == 0x0102


def test_at_most_a_block_is_read_or_written() -> None:
    bench = BaeBench(BAE0910)
    assert len(bench.ask_crc16("14 00 00 20", 32)) == 32
    assert bench.ask("14 00 00 21", 3) == b"\xff" * 3
    assert bench.ask("15 00 00 00", 3) == b"\xff" * 3


@pytest.mark.parametrize(("model", "page"), [(BAE0910, "00 e2"), (BAE0911, "00 0e")])
def test_a_page_is_erased(model: type[Bae], page: str) -> None:
    bench = BaeBench(model)
    bench.confirm(f"15 {page} 02 12 34")
    assert bench.ask_crc16(f"14 {page} 03", 3).hex() == "1234ff"
    bench.confirm(f"16 {page}")
    assert bench.ask_crc16(f"14 {page} 03", 3).hex() == "ffffff"


def test_registers_are_not_erased() -> None:
    bench = BaeBench(BAE0910)
    bench.chip.put(2, 7, 1)
    bench.confirm("16 00 00")
    assert bench.chip.get(2, 1) == 7


def test_an_extended_command_has_its_length_less_one() -> None:
    bench = BaeBench(BAE0910)
    bench.confirm("13 02 01 02 03")
    bench.confirm("13 00 42")
    assert bench.chip.commands == [b"\x01\x02\x03", b"\x42"]


def test_firmware_comes_by_it() -> None:
    bench = BaeBench(BAE0911)
    for start in range(2):
        bench.confirm("13 20 bb" + bytes(32).hex())
        bench.confirm("13 20 ba" + bytes([start] * 32).hex())
    assert bench.chip.firmware == bytes([1] * 32)


def test_what_takes_its_time_is_polled_for() -> None:
    bench = BaeBench(BAE0911)
    bench.chip.busy_polls = 2
    bench.confirm("18 05 04" + b"hello".hex())
    assert [bench.ask("1a", 1)[0] for _ in range(2)] == [BUSY] * 2
    assert bench.poll() == "00 00"
    assert bench.poll() == "00 00"
    assert bench.chip.serial == b"hello"
    bench.chip.result = 5
    assert bench.poll() == "05 00"


def test_display_and_serial_line_get_what_is_sent() -> None:
    bench = BaeBench(BAE0911)
    bench.confirm("18 02 00 41 42")
    bench.confirm("18 01 04 43")
    assert bytes(bench.chip.lcd + bench.chip.serial) == b"ABC"


def test_an_expander_has_inputs_and_outputs() -> None:
    bench = BaeBench(BAE0911)
    bench.chip.expander_levels = 0xF5
    bench.confirm("17 03 00 00 40 01 0f")
    bench.confirm("17 03 00 00 40 03 f0")
    bench.confirm("17 02 00 01 40 01")
    assert bench.poll(1) == "00 01 0f"
    bench.confirm("17 02 00 01 40 00")
    assert bench.poll(1) == "00 01 ff"
    bench.confirm("17 00 01 00")
    assert bench.poll() == "00 00"


def test_sectors_of_a_card_are_written_and_read_in_pieces() -> None:
    bench = BaeBench(BAE0911)
    bench.confirm("17 04 02 00 00 00 06 00")
    bench.confirm("18 03 02 01 02 03")
    bench.confirm("18 01 02 04")
    bench.confirm("17 00 03 00")
    assert bench.chip.card[3][:5].hex() == "0102030400"
    bench.confirm("17 04 04 00 00 00 06 00")
    bench.confirm("19 02 00")
    assert bench.poll(2) == "00 02 01 02"
    bench.confirm("19 03 00")
    assert bench.poll(3) == "00 03 03 04 00"


def test_faults() -> None:
    bench = BaeBench(BAE0911)
    bench.chip.spoiled_crcs = 1
    answer = bench.ask("12", 4)
    assert crc16(b"\x12" + answer) != CRC16_GOOD
    bench.chip.worn = True
    bench.confirm("15 00 7c 01 01")
    bench.chip.worn, bench.chip.deaf = False, True
    bench.confirm("15 00 7c 01 01")
    assert bench.chip.get(0x7C00, 1) == 0
    bench.chip.in_alarm = True
    assert bench.alarming()

"""The emulated DS2450 against its data sheet."""

from __future__ import annotations

import pytest

from owfs_py._crc import crc16
from owfs_py.emulator.ds2450 import DS2450
from tests.emulator.chipbench import CRC16_GOOD, ChipBench

TIME_OF_16_BITS = 4 * 16 * 80e-6 + 160e-6


@pytest.fixture
def bench() -> ChipBench[DS2450]:
    return ChipBench(DS2450)


def read(bench: ChipBench[DS2450], address: int, size: int) -> bytes:
    return bench.ask_crc16(f"aa {address:02x} 00", size)


def convert(bench: ChipBench[DS2450], mask: int = 0x0F) -> None:
    bench.ask_crc16(f"3c {mask:02x} 00", 0)
    bench.clock.advance(TIME_OF_16_BITS)


def test_power_on_values(bench: ChipBench[DS2450]) -> None:
    assert read(bench, 0x00, 8) == bytes(8)
    assert read(bench, 0x08, 8).hex(" ") == "08 8c 08 8c 08 8c 08 8c"
    assert read(bench, 0x10, 8).hex(" ") == "00 ff 00 ff 00 ff 00 ff"
    assert bench.alarming(), "it wants to be set up"


def test_reading_goes_on_page_by_page(bench: ChipBench[DS2450]) -> None:
    answer = bench.ask("aa 0e 00", 2 + 2 + 8 + 2)
    assert crc16(b"\xaa\x0e\x00" + answer[:4]) == CRC16_GOOD
    assert crc16(answer[4:]) == CRC16_GOOD
    assert answer[4:12].hex() == "00ff00ff00ff00ff"


def test_writing_answers_a_crc_and_the_byte(bench: ChipBench[DS2450]) -> None:
    """The example of the data sheet: channel D for 12 bits, 5.12 V."""
    assert bench.ask_crc16("55 0e 00 0c", 0) == b""
    assert bench.master.read(1) == b"\x0c"
    bench.master.write(b"\x0d")
    crc = bench.master.read(2)
    assert crc16(b"\x0d" + crc, 0x000F) == CRC16_GOOD, "the address is loaded, not shifted in"
    assert bench.master.read(1) == b"\x0d"
    assert read(bench, 0x0E, 2).hex() == "0c0d"
    assert not bench.alarming()


@pytest.mark.parametrize(
    ("address", "byte", "stored"),
    [(0x00, 0x55, 0x00), (0x08, 0xFF, 0xCF), (0x09, 0x7F, 0x0D), (0x10, 0xFF, 0xFF)],
)
def test_some_bits_cannot_be_written(
    bench: ChipBench[DS2450], address: int, byte: int, stored: int
) -> None:
    bench.ask(f"55 {address:02x} 00 {byte:02x}", 3)
    assert bench.chip.memory[address] == stored


def test_the_power_on_bit_is_the_chip_s(bench: ChipBench[DS2450]) -> None:
    bench.ask("55 0b 00 0c", 3)
    assert read(bench, 0x08, 8).hex(" ") == "08 0c 08 0c 08 0c 08 0c"
    bench.chip.brown_out()
    assert read(bench, 0x0E, 2).hex(" ") == "08 8c"


@pytest.mark.parametrize(
    ("control", "second", "volts", "result"),
    [(0x00, 0x01, 2.56, 0x8000), (0x00, 0x00, 1.28, 0x8000), (0x08, 0x01, 3.3, 0xA500),
     (0x0C, 0x01, 3.3, 0xA500), (0x00, 0x00, 3.3, 0xFFFF), (0x08, 0x00, 9.9, 0xFF00),
     (0x00, 0x01, -1.0, 0x0000), (0x80, 0x01, 3.3, 0x0000), (0xC0, 0x01, 2.56, 0x8000)],
)  # fmt: skip
def test_results_by_resolution_range_and_output(
    bench: ChipBench[DS2450], control: int, second: int, volts: float, result: int
) -> None:
    bench.ask(f"55 0a 00 {control:02x}", 3)
    bench.master.write(bytes((second,)))
    bench.master.read(3)
    bench.chip.volts[1] = volts
    convert(bench)
    assert int.from_bytes(read(bench, 0x02, 6)[:2], "little") == result


def test_a_conversion_takes_its_time_and_tells_when_it_is_done(bench: ChipBench[DS2450]) -> None:
    bench.chip.volts = [2.56] * 4
    bench.ask("3c 0f 00", 2)
    assert bench.master.read(1) == b"\x00"
    bench.clock.advance(4 * 8 * 80e-6 + 160e-6 - 1e-4)
    assert bench.master.read(1) == b"\x00"
    bench.clock.advance(1e-4)
    assert bench.master.read(1) == b"\xff"
    assert read(bench, 0, 8) == b"\x00\xff" * 4


def test_only_the_inputs_in_the_mask_are_converted(bench: ChipBench[DS2450]) -> None:
    bench.chip.volts = [1.28] * 4
    convert(bench, 0b0101)
    assert read(bench, 0, 8).hex(" ") == "00 80 00 00 00 80 00 00"


def test_flags_are_set_by_conversions_and_cleared_by_writing(bench: ChipBench[DS2450]) -> None:
    bench.ask("55 10 00 64", 3)
    bench.ask("55 13 00 96", 3)
    bench.ask("55 0b 00 08", 3)
    bench.ask("55 09 00 04", 3)
    bench.chip.volts = [0.99, 1.52, 0.0, 0.0]
    assert not bench.alarming()
    convert(bench)
    assert bench.chip.memory[0x09] == 0x14
    assert bench.chip.memory[0x0B] == 0x28
    assert bench.alarming()
    bench.ask("55 09 00 04", 3)
    bench.ask("55 0b 00 08", 3)
    assert not bench.alarming()
    bench.ask("55 09 00 14", 3)
    assert bench.chip.memory[0x09] == 0x04, "they cannot be set"


def test_without_a_supply_a_conversion_must_be_fed() -> None:
    bench = ChipBench(DS2450, parasitic=True)
    bench.ask("55 09 00 0d", 3)
    bench.ask("3c 0f 00", 2)
    bench.ask("")
    assert bench.chip.brown_outs == 1
    assert bench.chip.was_reset
    bench.chip.volts[0] = 1.28
    crc = crc16(b"\x3c\x0f\x00") ^ 0xFFFF
    assert bench.ask("3c 0f 00", 1)[0] == crc & 0xFF
    bench.master.power(crc >> 8, TIME_OF_16_BITS)
    assert bench.chip.brown_outs == 1
    assert bench.chip.memory[1] == 0x80

"""The emulated DS1923 and DS1922 against their data sheets."""

from __future__ import annotations

import calendar

import pytest

from owfs_py._crc import crc16
from owfs_py.emulator.ds1923 import DS1922L, DS1922T, DS1923, OSCILLATOR
from tests.emulator.chipbench import CRC16_GOOD, ChipBench

PASSWORD = "ff" * 8
CLOCK_CONTROL, MISSION_CONTROL, STATUS = 0x212, 0x213, 0x215
CONVERSION_TIME = 0.666


@pytest.fixture
def bench() -> ChipBench[DS1923]:
    return ChipBench(DS1923)


def read(bench: ChipBench[DS1923], address: int, password: str = PASSWORD) -> bytes:
    """To the end of the page."""
    command = f"69 {address & 0xFF:02x} {address >> 8:02x}"
    size = 32 - address % 32
    answer = bench.ask(command + password, size + 2)
    assert crc16(bytes.fromhex(command) + answer) == CRC16_GOOD
    return answer[:-2]


def write(bench: ChipBench[DS1923], address: int, data: str, password: str = PASSWORD) -> bytes:
    """What the chip sends when it is told to copy."""
    size = len(bytes.fromhex(data))
    where = f"{address & 0xFF:02x} {address >> 8:02x}"
    bench.ask(f"0f {where} {data}")
    end = f"{(address + size - 1) % 32:02x}"
    assert bench.ask("aa", 3 + size) == bytes.fromhex(where + end + data)
    return bench.ask(f"99 {where} {end} {password}", 1)


def test_who_it_is() -> None:
    models = {DS1923: 0x20, DS1922L: 0x40, DS1922T: 0x60}
    for kind, model in models.items():
        assert read(ChipBench(kind), 0x226)[0] == model


def test_memory_is_written_by_way_of_the_scratchpad(bench: ChipBench[DS1923]) -> None:
    assert write(bench, 0x0025, "31 32 33") == b"\xaa"
    assert read(bench, 0x0024)[:5] == b"\x00123\x00"


def test_some_bits_of_registers_are_fixed(bench: ChipBench[DS1923]) -> None:
    assert read(bench, MISSION_CONTROL)[:3].hex() == "c000c0"
    assert write(bench, CLOCK_CONTROL, "ff 1f") == b"\xaa"
    assert read(bench, CLOCK_CONTROL)[:2].hex() == "03df"
    assert write(bench, 0x20C, "ff ff ff ff") == b"\xaa"
    assert read(bench, 0x20C)[:4] == bytes(4), "read only"


def test_the_clock(bench: ChipBench[DS1923]) -> None:
    write(bench, CLOCK_CONTROL, "01")
    write(bench, 0x200, "58 59 23 28 82 24")
    bench.clock.advance(3)
    assert read(bench, 0x200)[:6].hex(" ") == "01 00 00 29 82 24"
    assert bench.chip.seconds == calendar.timegm((2024, 2, 29, 0, 0, 1))
    write(bench, CLOCK_CONTROL, "00")
    bench.clock.advance(3)
    assert read(bench, 0x200)[0] == 1


@pytest.mark.parametrize(
    ("kind", "degrees", "coarse", "fine"),
    [(DS1923, 25.0, "00 84", "00 84"), (DS1923, -10.3125, "00 3d", "60 3d"),
     (DS1922L, 24.1875, "00 82", "60 82"), (DS1922T, 100.5, "00 cb", "00 cb")],
)  # fmt: skip
def test_temperatures(kind: type[DS1923], degrees: float, coarse: str, fine: str) -> None:
    bench = ChipBench(kind)
    bench.chip.temperature = degrees
    for control, register in (("01 c0", coarse), ("01 c4", fine)):
        write(bench, CLOCK_CONTROL, control)
        bench.ask("55 ff")
        bench.clock.advance(CONVERSION_TIME)
        assert read(bench, 0x20C)[:2] == bytes.fromhex(register)


@pytest.mark.parametrize(
    ("humidity", "coarse", "fine"), [(63.9, "00 94", "e0 94"), (14.0, "00 46", "c0 46")]
)
def test_humidity(bench: ChipBench[DS1923], humidity: float, coarse: str, fine: str) -> None:
    bench.chip.humidity = humidity
    for control, register in (("01 c0", coarse), ("01 c8", fine)):
        write(bench, CLOCK_CONTROL, control)
        bench.ask("55 ff")
        bench.clock.advance(CONVERSION_TIME)
        assert read(bench, 0x20E)[:2] == bytes.fromhex(register)


def test_a_conversion_without_the_oscillator_is_its_end(bench: ChipBench[DS1923]) -> None:
    bench.ask("55 ff")
    assert bench.chip.ruined
    assert bench.ask(f"69 00 00 {PASSWORD}", 4) == b"\xff" * 4


def begun(bench: ChipBench[DS1923]) -> bool:
    bench.ask(f"cc {PASSWORD} ff")
    return bool(read(bench, STATUS)[0] & 0x02)


def test_a_mission_wants_a_clock_a_rate_and_a_cleared_memory(bench: ChipBench[DS1923]) -> None:
    assert not begun(bench)
    write(bench, CLOCK_CONTROL, "01 c5")
    write(bench, 0x206, "05 00")
    assert not begun(bench)
    bench.ask(f"96 {PASSWORD} ff")
    assert read(bench, STATUS)[0] == 0xC8
    assert begun(bench)
    assert read(bench, STATUS)[0] == 0xC2
    bench.ask(f"33 {PASSWORD} ff")
    assert read(bench, STATUS)[0] == 0xC0


def test_samples_are_counted_from_the_end_of_the_delay_on(bench: ChipBench[DS1923]) -> None:
    bench.chip.memory[CLOCK_CONTROL] = OSCILLATOR
    bench.chip.seconds = calendar.timegm((2026, 11, 22, 12, 0, 0))
    write(bench, MISSION_CONTROL, "c1")
    write(bench, 0x206, "05 00")
    write(bench, 0x216, "02 00 00")
    bench.ask(f"96 {PASSWORD} ff")
    assert begun(bench)
    bench.clock.advance(119)
    assert read(bench, 0x220)[:3] == bytes(3)
    bench.clock.advance(1 + 2 * 300)
    assert read(bench, 0x220)[:6].hex() == "030000030000"
    assert read(bench, 0x219)[:6].hex(" ") == "00 02 12 22 91 26"
    assert write(bench, 0x206, "01") == b"\xff", "registers cannot be written now"
    assert write(bench, 0x000, "01") == b"\xaa", "memory can"


def test_passwords(bench: ChipBench[DS1923]) -> None:
    write(bench, 0x227, "aa" + "11" * 8 + "22" * 8)
    assert bench.ask(f"69 00 00 {PASSWORD}", 2) == b"\xff\xff"
    assert write(bench, 0x000, "31") == b"\xff"
    assert write(bench, 0x000, "31", "22" * 8) == b"\xaa"
    assert read(bench, 0x000, "22" * 8)[:1] == b"1"
    assert read(bench, 0x227, "22" * 8)[:17].hex() == "aa" + "00" * 16

"""The emulated SmartSlave of iButtonLink."""

from __future__ import annotations

import pytest

from owfs_py._crc import crc16
from owfs_py.emulator.ibuttonlink import PageCrc, SmartSlave
from tests.emulator.chipbench import CRC16_GOOD, ChipBench


def page(bench: ChipBench[SmartSlave]) -> bytes:
    return bench.ask("f0 00", 34)


def test_it_has_measured_nothing_at_first() -> None:
    bench = ChipBench(SmartSlave)
    assert page(bench)[:9].hex(" ") == "04 12 00 00 00 00 00 00 00"


def test_a_conversion_takes_its_time() -> None:
    bench = ChipBench(SmartSlave)
    bench.chip.temperature, bench.chip.humidity = -10.5, 55.25
    bench.ask("b4")
    bench.clock.wait(0.8)
    assert page(bench)[2:9].hex(" ") == "00 01 00 00 00 00 00"
    bench.clock.wait(0.1)
    assert page(bench)[2:9].hex(" ") == "00 00 fa c0 1b a0 01"
    bench.chip.brown_out()
    assert page(bench)[8] == 0


def test_everybody_can_be_told_to_convert() -> None:
    bench = ChipBench(SmartSlave)
    assert bench.master.reset()
    bench.master.write(b"\xcc\xb4")
    assert bench.chip.conversions == 1


@pytest.mark.parametrize(
    ("kind", "covered", "residue"),
    [
        (PageCrc.PLAIN, "", 0),
        (PageCrc.INVERTED, "", CRC16_GOOD),
        (PageCrc.COMMAND_TOO, "f0 00", CRC16_GOOD),
    ],
)
def test_kinds_of_crc(kind: PageCrc, covered: str, residue: int) -> None:
    bench = ChipBench(SmartSlave)
    bench.chip.crc = kind
    assert crc16(bytes.fromhex(covered) + page(bench)) == residue


def test_a_page_can_be_wrong() -> None:
    bench = ChipBench(SmartSlave)
    bench.chip.spoiled = 2
    pages = [page(bench) for _ in range(3)]
    assert len(set(pages)) == 3
    assert [crc16(each) == 0 for each in pages] == [False, False, True]


def test_the_led() -> None:
    bench = ChipBench(SmartSlave)
    bench.ask("a5 00 01")
    assert bench.chip.led
    bench.ask("a5 00 00")
    assert not bench.chip.led

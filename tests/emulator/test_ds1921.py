"""The emulated DS1921 against its data sheets."""

from __future__ import annotations

import calendar

import pytest

from owfs_py._crc import crc16
from owfs_py.emulator.ds1921 import DS1921
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.wire import Wire
from tests.emulator.wiremaster import WireMaster

CRC16_GOOD = 0xB001
MINUTE = 60
NOON = calendar.timegm((2026, 11, 22, 12, 0, 0))
CONTROL, STATUS, RATE, LOW, HIGH = 0x020E, 0x0214, 0x020D, 0x020B, 0x020C
IN_MISSION, CLEARED = 0x20, 0x40


class Bench:
    """One chip with a running clock on a wire."""

    def __init__(self, spec: str = "21") -> None:
        self.clock = VirtualClock()
        self.wire = Wire(self.clock)
        chip = make_slave(spec)
        assert isinstance(chip, DS1921)
        self.chip = chip
        self.wire.attach(chip)
        self.master = WireMaster(self.wire)
        self.write(CONTROL, b"\0")
        chip.seconds = NOON

    def do(self, command: bytes, read: int = 0) -> bytes:
        self.master.select(self.chip.rom, command)
        return self.master.read(read)

    def write(self, address: int, data: bytes) -> None:
        target = address.to_bytes(2, "little")
        self.do(b"\x0f" + target + data)
        end = bytes([(address + len(data) - 1) & 0x1F])
        assert self.do(b"\x55" + target + end, 1) == b"\x55"

    def read(self, address: int, size: int) -> bytes:
        """Bytes within a page."""
        command = b"\xa5" + address.to_bytes(2, "little")
        answer = self.do(command, 32 - address % 32 + 2)
        assert crc16(command + answer) == CRC16_GOOD
        return answer[:size]

    def number(self, address: int, size: int) -> int:
        return int.from_bytes(self.read(address, size), "little")

    def start(self, minutes: int = 1) -> None:
        self.write(RATE, bytes([minutes]))

    def clear(self) -> None:
        self.write(CONTROL, bytes([self.read(CONTROL, 1)[0] | 0x40]))
        self.do(b"\x3c")


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.mark.parametrize(
    ("serial", "degrees", "byte"),
    [("000000000000", -40, 0), ("000000000000", 20, 120), ("000000000000", 85, 250),
     ("000000002F3B", 26, 252), ("00000000204F", 15, 4)],
)  # fmt: skip
def test_a_forced_conversion_by_model(serial: str, degrees: float, byte: int) -> None:
    bench = Bench(f"21.{serial}")
    bench.chip.temperature = degrees
    bench.do(b"\x44")
    assert not bench.read(STATUS, 1)[0] & 0x80, "it measures"
    bench.clock.advance(0.36)
    assert bench.read(0x0211, 1)[0] == byte
    assert bench.read(STATUS, 1)[0] & 0x80


def test_the_clock_runs_and_can_be_set_and_stopped(bench: Bench) -> None:
    bench.clock.advance(61)
    assert bench.read(0x0200, 7).hex() == "01011201229126"
    bench.write(0x0200, bytes.fromhex("59592307319999"))
    bench.clock.advance(1)
    assert bench.read(0x0200, 7).hex() != "59592307319999"
    bench.write(CONTROL, b"\x80")
    stopped = bench.read(0x0200, 7)
    bench.clock.advance(100)
    assert bench.read(0x0200, 7) == stopped


def test_a_mission_takes_samples_at_its_interval(bench: Bench) -> None:
    began = bench.clock.now()
    bench.chip.temperature = lambda now: 20 + (now - began) / MINUTE
    bench.start(2)
    assert bench.read(STATUS, 1)[0] & (IN_MISSION | CLEARED) == IN_MISSION
    bench.clock.advance(10 * MINUTE)
    assert bench.number(0x021A, 3) == bench.number(0x021D, 3) == 6
    assert list(bench.read(0x1000, 7)) == [120, 124, 128, 132, 136, 140, 0]
    assert bench.read(0x0215, 5).hex() == "0012229126", "noon"
    assert [bench.number(0x0800 + 2 * n, 2) for n in range(29, 37)] == [0, 1, 1, 1, 1, 1, 1, 0]


def test_a_mission_can_begin_later(bench: Bench) -> None:
    bench.write(0x0212, b"\x03\x00")
    bench.start()
    bench.clock.advance(2 * MINUTE)
    assert (bench.read(STATUS, 1)[0] & IN_MISSION, bench.number(0x021A, 3)) == (IN_MISSION, 0)
    bench.clock.advance(2 * MINUTE)
    assert bench.number(0x021A, 3) == 2
    assert bench.read(0x0215, 1) == b"\x03"


@pytest.mark.parametrize("control", [0x10, 0x80], ids=["disabled", "clock stopped"])
def test_a_mission_does_not_begin(bench: Bench, control: int) -> None:
    bench.write(CONTROL, bytes([control]))
    bench.start()
    assert not bench.read(STATUS, 1)[0] & IN_MISSION


def test_a_second_mission_needs_a_cleared_memory(bench: Bench) -> None:
    bench.start()
    bench.clock.advance(MINUTE)
    bench.write(STATUS, b"\xdf")
    bench.start()
    assert not bench.read(STATUS, 1)[0] & (IN_MISSION | CLEARED)
    bench.do(b"\x3c")
    assert not bench.read(STATUS, 1)[0] & CLEARED, "clearing was not enabled"
    bench.clear()
    assert bench.number(0x021A, 3) == 0
    assert bench.number(0x021D, 3) == 2, "all samples ever are not forgotten"
    assert bench.number(0x0800 + 60, 2) == 0
    bench.start()
    assert bench.read(STATUS, 1)[0] & IN_MISSION


def test_a_mission_protects_the_registers_and_not_the_memory(bench: Bench) -> None:
    bench.start()
    bench.write(LOW, b"\x11")
    bench.write(0x0200, bytes(7))
    bench.write(0x0000, b"still")
    assert bench.read(LOW, 1) == b"\0"
    assert bench.chip.seconds == NOON
    assert bench.read(0, 5) == b"still"
    bench.do(b"\x44")
    assert bench.wire.counts.conversions == 0
    bench.clear()
    assert bench.read(STATUS, 1)[0] & IN_MISSION


def test_a_full_log_stops_or_rolls_over(bench: Bench) -> None:
    for control, first in ((0x00, 120), (0x08, 130)):
        bench.write(CONTROL, bytes([control]))
        bench.chip.temperature = 20
        bench.start()
        bench.clock.advance(2047 * MINUTE)
        assert bench.number(0x021A, 3) == 2048
        bench.chip.temperature = 25
        bench.clock.advance(MINUTE)
        assert list(bench.read(0x1000, 2)) == [first, 120]
        bench.write(STATUS, b"\xdf")
        bench.clear()


def test_alarms_are_flagged_noted_and_searched_for(bench: Bench) -> None:
    bench.write(LOW, bytes([100, 130]))
    bench.write(CONTROL, b"\x02")
    bench.start()
    for degrees in (20, 25, 26, 20, 26, 5):
        bench.chip.temperature = degrees
        bench.clock.advance(MINUTE)
        bench.read(STATUS, 1)
    assert bench.read(STATUS, 1)[0] & 7 == 6
    assert bench.read(0x0250, 9).hex() == "020000020500000100"
    assert bench.read(0x0220, 4).hex() == "06000001"
    assert bench.master.search(0xEC) == [bench.chip.rom]
    bench.write(STATUS, b"\xfd")
    assert bench.master.search(0xEC) == [], "low temperatures are not searched for"
    assert bench.read(STATUS, 1)[0] & IN_MISSION


def test_an_alarm_longer_than_its_counter_goes_on_in_another(bench: Bench) -> None:
    bench.write(LOW, b"\xff")
    bench.start()
    bench.clock.advance(300 * MINUTE)
    assert bench.read(0x0220, 8).hex() == "000000ff" + "ff00002e"

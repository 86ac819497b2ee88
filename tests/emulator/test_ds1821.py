"""The emulated DS1821 against its data sheet."""

from __future__ import annotations

import pytest

from owfs_py.emulator.ds1821 import DS1821
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.wire import Wire
from tests.emulator.wiremaster import WireMaster

EEPROM_WRITE_TIME = 0.010


class Bench:
    """The chip alone on a wire, told by commands without a ROM command before them."""

    def __init__(self, **options: int) -> None:
        self.clock = VirtualClock()
        self.wire = Wire(self.clock)
        chip = make_slave("DS1821", **options)
        assert isinstance(chip, DS1821)
        self.chip = chip
        self.wire.attach(chip)
        self.master = WireMaster(self.wire)

    def ask(self, command: str, read: int = 0) -> bytes:
        assert self.master.reset()
        self.master.write(bytes.fromhex(command))
        return self.master.read(read)

    def write(self, command: str) -> None:
        self.ask(command)
        self.clock.advance(EEPROM_WRITE_TIME)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_nobody_is_found_by_a_search(bench: Bench) -> None:
    assert bench.master.search() == []


def test_the_example_of_the_data_sheet(bench: Bench) -> None:
    bench.write("01 28")
    bench.write("02 0a")
    assert bench.ask("a1", 1) == b"\x28"
    assert bench.ask("a2", 1) == b"\x0a"
    bench.write("0c 06")
    assert bench.ask("ac", 1) == b"\xc6"
    bench.chip.brown_out()
    assert not bench.master.reset(), "it is a thermostat now"


def test_what_is_written_while_it_stores_is_lost(bench: Bench) -> None:
    bench.ask("01 28")
    assert bench.ask("ac", 1)[0] & 0x20
    bench.ask("02 0a")
    assert (bench.chip.high, bench.chip.low, bench.chip.lost_writes) == (0x28, 15, 1)


@pytest.mark.parametrize(
    ("degrees", "register", "remain"),
    [(25.0, "19", 120), (-1.0, "ff", 120), (-55.0, "c9", 120), (21.3, "15", 48), (21.6, "16", 216)],
)
def test_a_single_conversion(bench: Bench, degrees: float, register: str, remain: int) -> None:
    bench.chip.temperature = degrees
    bench.ask("ee")
    assert bench.ask("ac", 1)[0] & 0x80 == 0
    bench.clock.advance(1.0)
    assert bench.ask("ac", 1)[0] & 0x80
    assert bench.ask("aa", 1).hex() == register
    assert bench.ask("a0", 2) == (remain | 0xFE00).to_bytes(2, "little")
    bench.ask("41")
    per_degree = int.from_bytes(bench.ask("a0", 2), "little") & 0x1FF
    assert per_degree == 240
    assert int.from_bytes(bytes.fromhex(register), "little", signed=True) + 0.5 - (
        remain / per_degree
    ) == pytest.approx(degrees)


def test_it_converts_all_the_time_unless_told_otherwise(bench: Bench) -> None:
    bench.write("0c 00")
    bench.ask("ee")
    bench.clock.advance(1.0)
    for degrees in (20, 23):
        bench.chip.temperature = degrees
        assert bench.ask("ac", 1)[0] & 0x80 == 0
        assert bench.ask("aa", 1) == bytes((degrees,))
    bench.ask("22")
    bench.chip.temperature = 26
    assert bench.ask("aa", 1) == b"\x17"


def test_flags_stay_until_they_are_written(bench: Bench) -> None:
    for degrees, flag in ((30, 0x10), (10, 0x08)):
        bench.chip.temperature = degrees
        bench.ask("ee")
        bench.clock.advance(1.0)
        assert bench.ask("ac", 1)[0] & 0x18 == flag
        bench.write("0c 01")
        assert bench.ask("ac", 1)[0] & 0x18 == 0

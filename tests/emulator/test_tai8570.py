"""The emulated barometer TAI8570, driven slot by slot."""

from __future__ import annotations

import pytest

from owfs_py._crc import crc16
from owfs_py.bus.rom import RomId
from owfs_py.emulator.ds2406 import DS2406
from owfs_py.emulator.tai8570 import CONVERSION_TIME, TAI8570
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.wire import Wire
from tests.emulator.chipbench import CRC16_GOOD
from tests.emulator.wiremaster import WireMaster

ONE, ZERO, RELEASE = b"\x0e", b"\x04", b"\xff"


class Bench:
    """The board, and what its data sheets say how to talk to it."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        wire = Wire(self.clock)
        self.board = TAI8570(wire, RomId.make(0x12, b"writer"), RomId.make(0x12, b"reader"))
        self.master = WireMaster(wire)

    def send(self, bits: str, then: bytes = RELEASE) -> None:
        command = b"".join(ONE if bit == "1" else ZERO for bit in bits)
        self.master.select(self.board.writer.rom, b"\xf5\x8c\xff")
        self.master.read(1)
        self.master.write(command + then)

    def receive(self) -> int:
        self.master.select(self.board.reader.rom, b"\xf5\xec\xff")
        self.master.read(1)
        word = 0
        for _ in range(16):
            word = word << 1 | self.master.read(1)[0] >> 7
            self.master.write(b"\xfa")
        return word

    def output(self) -> int:
        """The level that the reader sees."""
        self.master.select(self.board.reader.rom, b"\xf5\x4d\xff")
        return self.master.read(1)[0] >> 3 & 1


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.mark.parametrize(
    ("word", "setup"), list(enumerate(("010101", "010110", "011001", "011010")))
)
def test_calibration_words_are_read_bit_by_bit(bench: Bench, word: int, setup: str) -> None:
    bench.send(f"111{setup}0000")
    assert bench.receive() == bench.board.sensor.words[word]


def test_words_follow_each_other(bench: Bench) -> None:
    for _ in range(2):
        bench.send("1110101010000")
        assert bench.receive() == bench.board.sensor.words[0]
        bench.send("1110110100000")
        assert bench.receive() == bench.board.sensor.words[3]


@pytest.mark.parametrize(("command", "name"), [("0100", "pressure"), ("0010", "temperature")])
def test_a_conversion_takes_its_time(bench: Bench, command: str, name: str) -> None:
    bench.send(f"1111{command}0000", then=b"")
    assert bench.output() == 1
    bench.clock.advance(CONVERSION_TIME)
    assert bench.output() == 0
    bench.send("", RELEASE)
    assert bench.receive() == getattr(bench.board.sensor, name)
    assert bench.board.sensor.conversions == 1


def test_a_conversion_that_is_not_waited_for_gives_nothing(bench: Bench) -> None:
    bench.send("111101000000")
    assert bench.receive() == 0xFFFF


def test_reset_is_heard(bench: Bench) -> None:
    bench.send("1010101010101010000000")
    assert bench.board.sensor.resets == 1


def test_a_clock_held_by_the_reader_does_not_move(bench: Bench) -> None:
    bench.board.reader.pins.drive(0b10)
    bench.send("1110101010000")
    bench.board.reader.pins.drive(0b11)
    assert bench.receive() == 0xFFFF


def test_a_missing_sensor_pulls_nothing_low(bench: Bench) -> None:
    bench.board.sensor.missing = True
    bench.send("1110101010000")
    assert bench.receive() == 0xFFFF


@pytest.mark.parametrize(("page", "content"), [(0, b"\0\0\0\0\0\0\08570"), (1, None)])
def test_memories_tell_of_the_partner(bench: Bench, page: int, content: bytes | None) -> None:
    board = bench.board
    pairs: tuple[tuple[DS2406, DS2406], ...] = (
        (board.writer, board.reader),
        (board.reader, board.writer),
    )
    for chip, partner in pairs:
        data = bytes(chip.memory[32 * page : 32 * page + 32])
        wanted = partner.rom if content is None else content
        assert data[1 : 1 + data[0]] == wanted
        assert crc16(data[: data[0] + 3], page) == CRC16_GOOD

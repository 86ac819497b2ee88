"""The emulated memories behind a scratchpad against their data sheets."""

from __future__ import annotations

import pytest

from owfs_py._crc import crc16
from owfs_py.emulator.memories import DS2431, ScratchpadChip
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.wire import Wire
from tests.emulator.wiremaster import WireMaster

WRITE, READ, COPY, READ_MEMORY = b"\x0f", b"\xaa", b"\x55", b"\xf0"
CRC16_GOOD = 0xB001


class Bench:
    """One chip on a wire, and the functions of its data sheet."""

    def __init__(self, spec: str) -> None:
        self.clock = VirtualClock()
        self.wire = Wire(self.clock)
        chip = make_slave(spec)
        assert isinstance(chip, ScratchpadChip)
        self.chip = chip
        self.wire.attach(chip)
        self.master = WireMaster(self.wire)

    def do(self, command: bytes, read: int = 0) -> bytes:
        self.master.select(self.chip.rom, command)
        return self.master.read(read)

    def write(self, address: int, data: bytes) -> bytes:
        """Fill the scratchpad; what it holds: TA1, TA2, E/S, data."""
        self.do(WRITE + address.to_bytes(2, "little") + data)
        return self.do(READ, 3 + len(data))

    def copy(self, authorization: bytes) -> bytes:
        """The byte that follows a copy which is left its time."""
        self.do(COPY + authorization)
        self.clock.advance(self.chip.COPY_TIME)
        return self.master.read(1)

    def memory(self, address: int, size: int) -> bytes:
        return self.do(READ_MEMORY + address.to_bytes(2, "little"), size)


@pytest.fixture(params=["23", "2D", "43"])
def bench(request: pytest.FixtureRequest) -> Bench:
    return Bench(request.param)


def test_a_new_chip_is_erased_to_its_end_and_silent_behind_it(bench: Bench) -> None:
    assert bench.memory(0, bench.chip.SIZE) == b"\xff" * bench.chip.SIZE
    bench.chip.memory[-1] = 0
    assert bench.memory(bench.chip.SIZE - 1, 3) == b"\x00\xff\xff"
    assert bench.memory(0xFFF0, 2) == b"\xff\xff"


def test_a_row_gets_to_the_memory_by_way_of_the_scratchpad(bench: Bench) -> None:
    data = bytes(range(bench.chip.ROW))
    back = bench.write(0x40, data)
    assert back == bytes((0x40, 0, bench.chip.ROW - 1)) + data
    assert bench.memory(0x40, len(data)) == b"\xff" * len(data), "nothing was copied yet"
    assert bench.copy(back[:3]) == bytes([bench.chip.PATTERN])
    assert bench.memory(0x40, len(data)) == data
    assert bench.do(READ, 3)[2] & 0x80, "the authorization was accepted"


@pytest.mark.parametrize("spec", ["23", "43"])
def test_the_end_offset_tells_how_much_is_copied(spec: str) -> None:
    bench = Bench(spec)
    back = bench.write(0x25, b"abc")
    assert back[2] == 7
    bench.copy(back[:3])
    assert bench.memory(0x24, 5) == b"\xffabc\xff"


def test_only_whole_rows_of_a_ds2431_can_be_copied() -> None:
    bench = Bench("2D")
    for address, data in ((0x00, b"abc"), (0x03, b"abcde")):
        back = bench.write(address, data)
        assert bench.copy(back[:3]) == b"\xff"
    assert bench.memory(0, 8) == b"\xff" * 8


def test_a_scratchpad_filled_to_its_end_gives_a_crc(bench: Bench) -> None:
    command = WRITE + b"\x40\x00" + bytes(bench.chip.ROW)
    assert crc16(command + bench.do(command, 2)) == CRC16_GOOD
    short = WRITE + b"\x40\x00" + bytes(bench.chip.ROW - 1)
    bench.do(short)
    assert bench.master.read(1) == b"\xff", "which is still data"


@pytest.mark.parametrize("spec", ["2D", "43"])
def test_a_scratchpad_read_to_its_end_gives_a_crc(spec: str) -> None:
    bench = Bench(spec)
    bench.do(WRITE + b"\x40\x00" + bytes(bench.chip.ROW))
    answer = bench.do(READ, 3 + bench.chip.ROW + 2)
    assert crc16(READ + answer) == CRC16_GOOD


def test_an_incomplete_byte_is_flagged_and_not_copied(bench: Bench) -> None:
    bench.do(WRITE + b"\x40\x00" + bytes(bench.chip.ROW - 1))
    for _ in range(5):
        bench.wire.slot(0)
    flags = bench.do(READ, 3)
    assert flags[2] == 0x20 | bench.chip.ROW - 1
    assert bench.copy(flags) == b"\xff"


def test_a_brown_out_leaves_the_flag_of_incomplete_bytes(bench: Bench) -> None:
    back = bench.write(0x40, bytes(bench.chip.ROW))
    bench.chip.brown_out()
    assert bench.do(READ, 3)[2] == back[2] | 0x20


@pytest.mark.parametrize("wrong", range(3))
def test_a_wrong_authorization_copies_nothing(bench: Bench, wrong: int) -> None:
    authorization = bytearray(bench.write(0x40, bytes(bench.chip.ROW))[:3])
    authorization[wrong] ^= 1
    assert bench.copy(bytes(authorization)) == b"\xff"
    assert bench.memory(0x40, 1) == b"\xff"


def test_a_copy_that_is_disturbed_is_lost(bench: Bench) -> None:
    back = bench.write(0x40, bytes(bench.chip.ROW))
    bench.do(COPY + back[:3])
    bench.clock.advance(bench.chip.COPY_TIME * 0.9)
    assert bench.master.reset()
    assert bench.chip.disturbed_copies == 1
    assert bench.memory(0x40, 1) == b"\xff"
    bench.do(COPY + back[:3])
    bench.master.read(1)
    assert bench.chip.disturbed_copies == 2


def test_spoiled_crcs_are_wrong_and_then_good_again(bench: Bench) -> None:
    bench.chip.spoiled_crcs = 1
    command = WRITE + b"\x40\x00" + bytes(bench.chip.ROW)
    assert crc16(command + bench.do(command, 2)) != CRC16_GOOD
    assert crc16(command + bench.do(command, 2)) == CRC16_GOOD


def test_a_write_protected_page_of_a_ds2431_keeps_its_content() -> None:
    bench = Bench("2D")
    bench.chip.memory[DS2431.PROTECTION + 1] = DS2431.WRITE_PROTECTED
    bench.chip.memory[0x20:0x28] = b"original"
    back = bench.write(0x20, b"replaced")
    assert back[3:] == b"original"
    assert bench.copy(back[:3]) == b"\xff"
    assert bench.memory(0x20, 8) == b"original"


def test_a_page_of_a_ds2431_in_eprom_mode_loses_ones_only() -> None:
    bench = Bench("2D")
    bench.chip.memory[DS2431.PROTECTION] = DS2431.EPROM_MODE
    bench.chip.memory[:8] = b"\x0f" * 8
    back = bench.write(0, b"\x3c" * 8)
    assert back[3:] == b"\x0c" * 8
    bench.copy(back[:3])
    assert bench.memory(0, 8) == b"\x0c" * 8

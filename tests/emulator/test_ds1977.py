"""The emulated DS1977 against its data sheet."""

from __future__ import annotations

import pytest

from owfs_py._crc import crc16
from owfs_py.emulator.ds1977 import CONTROL, DS1977, FULL_PASSWORD, READ_PASSWORD
from tests.emulator.chipbench import CRC16_GOOD, ChipBench

NONE = "00" * 8
READ, FULL = b"readonly".hex(), b"anything".hex()


class Bench(ChipBench[DS1977]):
    """A chip that is fed when it wants to be."""

    def __init__(self) -> None:
        super().__init__(DS1977)

    def fed(self, command: str, seconds: float, read: int) -> bytes:
        """A command that ends with a password, strong pull-up, answer."""
        *head, last = bytes.fromhex(command)
        self.ask(bytes(head).hex())
        self.master.power(last, seconds)
        return self.master.read(read)

    def page(self, address: str, password: str, seconds: float = 0.005) -> bytes | None:
        """The bytes to the end of the page; None for ones with a wrong CRC."""
        command = f"69 {address}"
        count = 64 - bytes.fromhex(address)[0] % 64
        answer = self.fed(f"{command} {password}", seconds, count + 2)
        good = crc16(bytes.fromhex(command) + answer) == CRC16_GOOD
        assert good or not answer.strip(b"\xff")
        return answer[:-2] if good else None

    def copy(self, address: str, data: str, password: str, seconds: float = 0.010) -> bytes:
        """By way of the scratchpad; what the chip says when it is done."""
        self.ask(f"0F {address} {data}")
        answer = self.ask("AA", 3)
        return self.fed(f"99 {answer.hex()} {password}", seconds, 1)

    def lock(self) -> None:
        self.chip.memory[READ_PASSWORD:FULL_PASSWORD] = bytes.fromhex(READ)
        self.chip.memory[FULL_PASSWORD:CONTROL] = bytes.fromhex(FULL)
        self.chip.memory[CONTROL] = 0xAA


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_page_is_read_with_a_crc_that_knows_no_password(bench: Bench) -> None:
    bench.chip.memory[0x7F:0x80] = b"x"
    assert bench.page("7E 00", NONE) == b"\xffx"


def test_a_chip_that_is_not_fed_sends_ones(bench: Bench) -> None:
    assert bench.page("40 00", NONE, seconds=0.004) is None


def test_a_copy_wants_to_be_fed(bench: Bench) -> None:
    assert bench.copy("A0 00", "31 32", NONE) == b"\xaa"
    assert bench.chip.memory[0xA0:0xA2] == b"12"
    assert bench.copy("A0 00", "33 34", NONE, seconds=0.009) == b"\xff"
    assert bench.chip.memory[0xA0:0xA2] == b"12"


def test_the_end_offset_has_six_bits_and_the_scratchpad_64_bytes(bench: Bench) -> None:
    bench.ask("0F A0 00 " + "31" * 16)
    assert bench.ask("AA", 3) == bytes.fromhex("A0 00 2F")
    command = "0F A0 00 " + "31" * 32
    assert crc16(bytes.fromhex(command) + bench.ask(command, 2)) == CRC16_GOOD
    assert bench.ask_crc16("AA", 3 + 32) == bytes.fromhex("A0 00 3F") + b"1" * 32


def test_an_incomplete_byte_is_flagged(bench: Bench) -> None:
    bench.ask("0F A0 00 31")
    bench.wire.slot(1)
    assert bench.ask("AA", 3) == bytes.fromhex("A0 00 61")


@pytest.mark.parametrize(
    ("password", "reads", "writes"),
    [(READ, True, False), (FULL, True, True), (NONE, False, False)],
    ids=["read", "full", "none"],
)
def test_passwords(bench: Bench, password: str, reads: bool, writes: bool) -> None:
    bench.lock()
    assert (bench.page("00 00", password) is not None) == reads
    assert (bench.copy("00 00", "31", password) == b"\xaa") == writes
    assert (bench.chip.memory[0] == ord("1")) == writes


def test_passwords_cannot_be_read(bench: Bench) -> None:
    bench.lock()
    assert bench.page("C0 7F", FULL) == b"\xff" * 16 + b"\xaa" + b"\xff" * 47


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (f"C3 C0 7F {READ}", b"\xaa"),
        (f"C3 C8 7F {FULL}", b"\xaa"),
        (f"C3 C0 7F {FULL}", b"\xff"),
        (f"C3 00 00 {'FF' * 8}", b"\xff"),
    ],
)
def test_passwords_can_be_verified(bench: Bench, command: str, answer: bytes) -> None:
    bench.lock()
    assert bench.fed(command, 0.005, 1) == answer


def test_the_version_comes_twice(bench: Bench) -> None:
    assert bench.ask("CC 00 00", 3) == bytes((DS1977.VERSION, DS1977.VERSION, 0xFF))

"""The emulated DS1991 against its data sheet."""

from __future__ import annotations

import pytest

from owfs_py.emulator.ds1991 import DS1991
from tests.emulator.chipbench import ChipBench

NAME, PASSWORD, SECRET = b"nameis1.", b"password", bytes(range(48))
OPEN = PASSWORD.hex()
WRONG = b"guessed!".hex()


@pytest.fixture
def bench() -> ChipBench[DS1991]:
    bench = ChipBench(DS1991)
    bench.chip.subkeys[1][:] = NAME + PASSWORD + SECRET
    return bench


def opened(bench: ChipBench[DS1991], command: str, password: str, read: int = 0) -> bytes:
    """Ask for a subkey, hear its name, say the password."""
    assert bench.ask(command, 8) == NAME
    bench.master.write(bytes.fromhex(password))
    return bench.master.read(read)


def test_data_are_read_with_the_password(bench: ChipBench[DS1991]) -> None:
    assert opened(bench, "66 50 AF", OPEN, 49) == SECRET + b"\xff"
    assert opened(bench, "66 7E 81", OPEN, 2) == SECRET[-2:]


def test_a_wrong_password_gives_random_bytes(bench: ChipBench[DS1991]) -> None:
    first, second = (opened(bench, "66 50 AF", WRONG, 48) for _ in range(2))
    assert len({first, second, SECRET}) == 3


def test_an_address_wants_its_complement(bench: ChipBench[DS1991]) -> None:
    assert bench.ask("66 50 50", 8) == b"\xff" * 8


@pytest.mark.parametrize(("password", "kept"), [(OPEN, b"xy"), (WRONG, SECRET[2:4])])
def test_data_are_written_with_the_password(
    bench: ChipBench[DS1991], password: str, kept: bytes
) -> None:
    opened(bench, "99 52 AD", password)
    bench.master.write(b"xy")
    assert bench.chip.subkeys[1][0x12:0x14] == kept


def test_the_scratchpad_can_be_read_back(bench: ChipBench[DS1991]) -> None:
    bench.ask("96 C8 37 31 32 33")
    assert bench.ask("69 C8 37", 4) == b"123\0"
    assert bench.ask("69 C9 36", 2) == b"23"


@pytest.mark.parametrize(
    ("address", "code", "place"),
    [
        ("C0 3F", "9A 9A B3 9D 64 6E 69 4C", slice(0, 8)),
        ("C8 37", "9A 9A 4C 62 9B 91 69 4C", slice(8, 16)),
        ("D0 2F", "9A 65 B3 62 9B 6E 96 4C", slice(16, 24)),
        ("F8 07", "65 65 4C 62 9B 91 96 B3", slice(56, 64)),
    ],
)
def test_blocks_are_copied_and_cleared(
    bench: ChipBench[DS1991], address: str, code: str, place: slice
) -> None:
    before = bytes(bench.chip.subkeys[1])
    bench.ask(f"96 {address} {b'newvalue'.hex()}")
    bench.ask(f"3C 40 BF {code} {WRONG}")
    assert bench.chip.subkeys[1] == before
    bench.ask(f"3C 40 BF {code} {OPEN}")
    expected = bytearray(before)
    expected[place] = b"newvalue"
    assert bench.chip.subkeys[1] == expected
    assert bench.ask(f"69 {address}", 8) == bytes(8)


def test_all_blocks_are_copied_together(bench: ChipBench[DS1991]) -> None:
    bench.ask("96 C0 3F" + bytes(range(64)).hex())
    bench.ask(f"3C 40 BF 56 56 7F 51 57 5D 5A 7F {OPEN}")
    assert bench.chip.subkeys[1] == bytes(range(64))


def test_a_code_that_is_none_copies_nothing(bench: ChipBench[DS1991]) -> None:
    bench.ask("96 C0 3F" + bytes(range(64)).hex())
    bench.ask(f"3C 40 BF {'00' * 8} {OPEN}")
    assert bench.chip.subkeys[1] == NAME + PASSWORD + SECRET


def test_a_new_password_clears_the_data(bench: ChipBench[DS1991]) -> None:
    bench.ask("5A 40 BF", 8)
    bench.master.write(b"wrongnam" + b"newname." + b"newpassw")
    assert bench.chip.subkeys[1] == NAME + PASSWORD + SECRET
    assert bench.ask("5A 40 BF", 8) == NAME
    bench.master.write(NAME + b"newname." + b"newpassw")
    assert bench.chip.subkeys[1] == b"newname." + b"newpassw" + bytes(48)

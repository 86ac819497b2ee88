"""CRC-8 and CRC-16: the vectors of Maxim application note 27, and agreement with crccheck."""

import pytest
from crccheck.crc import Crc8Maxim, Crc16Arc, Crc16Maxim
from hypothesis import given
from hypothesis import strategies as st

from owfs_py._crc import crc8, crc16

CRC16_GOOD = 0xB001


def test_crc8_of_the_application_notes_rom_id_is_its_last_byte() -> None:
    assert crc8(bytes.fromhex("021CB801000000")) == 0xA2


def test_crc8_over_the_whole_rom_id_is_zero() -> None:
    assert crc8(bytes.fromhex("021CB801000000A2")) == 0


def test_crc16_step_of_the_application_note() -> None:
    assert crc16(b"\x75", 0x90F1) == 0x6390


@pytest.mark.parametrize(
    ("crc", "check"), [(crc8, 0xA1), (crc16, 0xBB3D)], ids=["CRC-8/MAXIM-DOW", "CRC-16/ARC"]
)
def test_check_values_of_the_crc_catalogue(crc, check) -> None:
    assert crc(b"123456789") == check


@pytest.mark.parametrize("crc", [crc8, crc16])
def test_nothing_leaves_the_seed(crc) -> None:
    assert crc(b"") == 0
    assert crc(b"", 0x5A) == 0x5A


@given(st.binary(max_size=300))
def test_crc8_agrees_with_crccheck(data: bytes) -> None:
    assert crc8(data) == Crc8Maxim.calc(data)


@given(st.binary(max_size=300))
def test_crc16_agrees_with_crccheck(data: bytes) -> None:
    assert crc16(data) == Crc16Arc.calc(data)
    assert crc16(data) ^ 0xFFFF == Crc16Maxim.calc(data)


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_a_seed_continues_what_came_before(head: bytes, tail: bytes) -> None:
    assert crc8(tail, crc8(head)) == crc8(head + tail)
    assert crc16(tail, crc16(head)) == crc16(head + tail)


@given(st.binary(max_size=100))
def test_data_and_crc_together_give_the_constant_of_good_data(data: bytes) -> None:
    assert crc8(data + bytes([crc8(data)])) == 0
    inverted = (crc16(data) ^ 0xFFFF).to_bytes(2, "little")
    assert crc16(data + inverted) == CRC16_GOOD


@given(st.binary(min_size=1, max_size=64), st.data())
def test_a_single_wrong_bit_is_noticed(data: bytes, draw: st.DataObject) -> None:
    position = draw.draw(st.integers(0, len(data) * 8 - 1))
    wrong = bytearray(data)
    wrong[position // 8] ^= 1 << position % 8
    assert crc8(wrong) != crc8(data)
    assert crc16(wrong) != crc16(data)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_buffer_of_bytes_will_do(kind) -> None:
    assert crc8(kind(b"\x02\x1c")) == crc8(b"\x02\x1c")
    assert crc16(kind(b"\x02\x1c")) == crc16(b"\x02\x1c")


@pytest.mark.parametrize("crc", [crc8, crc16])
@pytest.mark.parametrize("data", [None, "text", 5])
def test_what_is_no_buffer_is_refused(crc, data) -> None:
    with pytest.raises((TypeError, BufferError)):
        crc(data)

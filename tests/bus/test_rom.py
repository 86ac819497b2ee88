"""RomId: the forms of a device address, and what else it must be good for."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from owfs_py._crc import crc8
from owfs_py.bus.rom import RomFormat, RomId

ROM = RomId.parse("28.000028D70000")
FORMS = {
    RomFormat.F_I: "28.000028D70000",
    RomFormat.FI: "28000028D70000",
    RomFormat.F_I_C: "28.000028D70000.{crc}",
    RomFormat.F_IC: "28.000028D70000{crc}",
    RomFormat.FI_C: "28000028D70000.{crc}",
    RomFormat.FIC: "28000028D70000{crc}",
}
FORMS = {form: text.format(crc="11") for form, text in FORMS.items()}

rom_ids = st.builds(RomId.make, st.integers(0, 255), st.binary(min_size=6, max_size=6))


def test_the_parts() -> None:
    assert bytes(ROM) == bytes.fromhex("28000028D7000011")
    assert (ROM.family, ROM.serial, ROM.crc) == (0x28, bytes.fromhex("000028D70000"), 0x11)


@pytest.mark.parametrize(("form", "text"), FORMS.items(), ids=lambda value: str(value))
def test_prints_in_six_forms(form: RomFormat, text: str) -> None:
    assert ROM.text(form) == text


@pytest.mark.parametrize("form", [-1, 6, 255])
def test_an_unknown_form_is_the_first(form: int) -> None:
    assert ROM.text(form) == "28.000028D70000"


@pytest.mark.parametrize(
    "text", [*FORMS.values(), "28.000028D70000.", "28000028D70000.", "28.000028d70000.11"]
)
def test_reads_every_form_in_either_case(text: str) -> None:
    assert RomId.parse(text) == ROM
    assert RomId.parse(text.lower()) == ROM


@pytest.mark.parametrize(
    "text",
    [
        "",
        "28",
        "28.",
        ".28000028D70000",
        "28..000028D70000",
        "28.000028D7000",
        "28.000028D700000",
        "28.000028D70000.1",
        "28.000028D70000.111",
        "28.000028D70000..11",
        "28.000028D70000.11.",
        "28.000028D7000G",
        "28.000028D70000 ",
        " 28.000028D70000",
        "28.000028D70000\n",
        "28-000028D70000",
        "2.8000028D70000",
        "28.0000.28D70000",
        "28.٠٠٠028D70000",
    ],
)
def test_refuses_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="not a device address"):
        RomId.parse(text)


@pytest.mark.parametrize("text", ["28.000028D70000.12", "28000028D7000000", "28.000028D70000ff"])
def test_refuses_a_wrong_crc_and_tells_the_right_one(text: str) -> None:
    with pytest.raises(ValueError, match="11 would be right"):
        RomId.parse(text)


@pytest.mark.parametrize("size", [0, 7, 9])
def test_has_eight_bytes(size: int) -> None:
    with pytest.raises(ValueError, match="8 bytes"):
        RomId(bytes(size))


def test_bytes_with_a_wrong_crc_are_refused() -> None:
    with pytest.raises(ValueError, match="wrong CRC"):
        RomId(bytes.fromhex("28000028D7000012"))


@given(rom_ids, st.sampled_from(RomFormat))
def test_what_is_printed_can_be_read(rom: RomId, form: RomFormat) -> None:
    assert RomId.parse(rom.text(form)) == rom


@given(rom_ids)
def test_survives_a_pickle_as_what_it_was(rom: RomId) -> None:
    copy = pickle.loads(pickle.dumps(rom))
    assert copy == rom
    assert type(copy) is RomId
    assert copy.family == rom.family


@given(rom_ids)
def test_equals_and_hashes_like_its_bytes(rom: RomId) -> None:
    assert rom == bytes(rom)
    assert hash(rom) == hash(bytes(rom))
    assert crc8(rom) == 0


def test_is_ordered_by_family_then_serial_number() -> None:
    texts = ["28.000000000002", "10.FF0000000000", "28.000000000001"]
    ordered = sorted(RomId.parse(text) for text in texts)
    assert [rom.text() for rom in ordered] == sorted(texts)


def test_shows_itself() -> None:
    assert str(ROM) == "28.000028D70000"
    assert eval(repr(ROM)) == ROM

"""Array shapes: endings of paths, sizes, aggregates, rows of /structure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from owfs_py.bus.errors import InvalidValueError
from owfs_py.bus.properties import ALL, BYTE, Array, Change, Fetch, Property, Table, Visible
from owfs_py.bus.values import Kind
from owfs_py.bus.view import DEFAULT_VIEW, View

SCALAR = Property("temperature", Kind.TEMPERATURE, Change.VOLATILE)
VOLTS = Property("volt", Kind.FLOAT, Change.VOLATILE, array=Array(4, Fetch.TOGETHER, lettered=True))
PIO = Property("PIO", Kind.YESNO, Change.STABLE, "rw", array=Array(8, Fetch.TOGETHER, bits=True))
PAGES = Property("pages/page", Kind.BINARY, Change.PAGE, "rw", size=32, array=Array(16))
SPARSE = Property("id", Kind.BINARY, Change.STABLE, "rw", size=8, array=Array(-1, Fetch.SPARSE))
NUMBERED = Property("memory", Kind.UNSIGNED, Change.STABLE, array=Array(0, Fetch.SPARSE))


@pytest.mark.parametrize(
    ("prop", "segment", "index"),
    [
        (SCALAR, "temperature", None),
        (VOLTS, "volt.A", 0),
        (VOLTS, "volt.d", 3),
        (VOLTS, "volt.all", ALL),
        (PIO, "PIO.7", 7),
        (PIO, "PIO.00", 0),
        (PIO, "PIO.x.3", 3),
        (PIO, "PIO.Byte", BYTE),
        (SPARSE, "id.any.text", "any.text"),
        (NUMBERED, "memory.12345", 12345),
    ],
)
def test_endings_that_fit(prop: Property, segment: str, index: object) -> None:
    assert prop.parse_extension(segment) == index


@pytest.mark.parametrize(
    ("prop", "segment"),
    [
        (SCALAR, "temperature.0"),
        (SCALAR, "temperature."),
        (VOLTS, "volt"),
        (VOLTS, "volt.E"),
        (VOLTS, "volt.0"),
        (VOLTS, "volt.BYTE"),
        (PIO, "PIO"),
        (PIO, "PIO.8"),
        (PIO, "PIO.A"),
        (PIO, "PIO.-1"),
        (PIO, "PIO.²"),
        (NUMBERED, "memory.ALL"),
    ],
)
def test_endings_that_do_not(prop: Property, segment: str) -> None:
    with pytest.raises(ValueError, match=r"array|element|index"):
        prop.parse_extension(segment)


# Rows as owserver 3.2p4 answers them for families 20, 29, 04 and 02.
@pytest.mark.parametrize(
    ("prop", "index", "row"),
    [
        (SCALAR, None, "t,000000,000001,ro,000012,v,"),
        (VOLTS, ALL, "f,-000001,000004,ro,000051,v,"),
        (VOLTS, 1, "f,000001,000004,ro,000012,v,"),
        (PIO, BYTE, "y,-000002,000008,rw,000012,s,"),
        (PIO, ALL, "y,-000001,000008,rw,000015,s,"),
        (PAGES, ALL, "b,-000001,000016,rw,000512,v,"),
        (PAGES, 0, "b,000000,000016,rw,000032,v,"),
        (SPARSE, "xxx", "b,000000,-000001,rw,000008,s,"),
    ],
)
def test_rows_of_structure(prop: Property, index: object, row: str) -> None:
    assert prop.structure_row(index) == row  # type: ignore[arg-type]  # a mixed table


def test_a_row_of_structure_may_differ_from_the_property() -> None:
    declared = Property("pio", Kind.TEMPERATURE, Change.STABLE, array=Array(16))
    prop = replace(PIO, declared=declared)
    assert prop.structure_row(ALL) == "t,-000001,000016,ro,000207,s,"
    assert prop.parse_extension("PIO.7") == 7
    assert prop.format([1] * 8, ALL, DEFAULT_VIEW) == b"1,1,1,1,1,1,1,1"


def test_aggregates_are_joined_by_commas_or_not_at_all() -> None:
    trimmed = View(trim=True)
    assert VOLTS.format([1.0, 2.5, 3.0, 4.0], ALL, trimmed) == b"1,2.5,3,4"
    assert len(VOLTS.format([1.0, 2.5, 3.0, 4.0], ALL, DEFAULT_VIEW)) == 51
    assert PIO.format([1, 0, 1, 0, 1, 0, 1, 0], ALL, DEFAULT_VIEW) == b"1,0,1,0,1,0,1,0"
    assert PIO.format(0x55, BYTE, DEFAULT_VIEW) == b"          85"
    assert PAGES.format([b"a" * 32] * 16, ALL, DEFAULT_VIEW) == b"a" * 512


def test_not_every_chip_may_have_all_elements() -> None:
    # How many a chip has is its family's matter; here any number of whole ones is good.
    pages = replace(PAGES, count=lambda chip: 2)
    assert pages.parse(bytes(64), ALL, DEFAULT_VIEW) == [bytes(32)] * 2
    with pytest.raises(InvalidValueError):
        pages.parse(bytes(65), ALL, DEFAULT_VIEW)
    with pytest.raises(InvalidValueError):
        PAGES.parse(bytes(64), ALL, DEFAULT_VIEW)
    switches = Property("erase", Kind.YESNO, Change.LINKED, "wo", array=Array(3), count=len)
    assert switches.parse(b"1,0", ALL, DEFAULT_VIEW) == [True, False]


def test_aggregates_are_read_part_by_part() -> None:
    assert PIO.parse(b"1,0,1,0,1,0,1,0", ALL, DEFAULT_VIEW) == [
        True, False, True, False, True, False, True, False,
    ]  # fmt: skip
    assert PIO.parse(b"1,0,1,0,1,0,1,0,1", ALL, DEFAULT_VIEW)[7] is False
    assert PAGES.parse(b"a" * 512, ALL, DEFAULT_VIEW) == [b"a" * 32] * 16
    for prop, data in ((PIO, b"1,0"), (VOLTS, b"1,,2,3"), (PAGES, b"a" * 511)):
        with pytest.raises(InvalidValueError):
            prop.parse(data, ALL, DEFAULT_VIEW)


def test_a_table_lists_one_level_in_byte_order() -> None:
    hidden = Property("secret", Kind.TEXT, Change.STATIC, size=1, visible=Visible.HIDDEN)
    table = Table("XX", (SCALAR, PAGES, PIO, hidden))
    assert [name for name, _ in table.entries()] == ["PIO", "pages", "temperature"]
    assert table.entries("pages") == [("page", PAGES)]
    assert table.directories == {"pages"}
    assert table.get("secret") is hidden
    assert PIO.extensions() == [".BYTE", ".ALL", *(f".{n}" for n in range(8))]
    assert SPARSE.extensions() == [".xxx"]
    assert NUMBERED.extensions() == [".000"]

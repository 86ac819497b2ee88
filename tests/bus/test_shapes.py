"""How long values of another server may be kept: by our catalog, and by lines of its /structure."""

from __future__ import annotations

import pytest

from owfs_py.bus.cache import Life
from owfs_py.bus.families.catalog import tables
from owfs_py.bus.properties import Change, Fetch
from owfs_py.bus.shapes import UNKNOWN, Shape, known_shape, shape_of, shape_of_row
from owfs_py.bus.values import Kind


@pytest.mark.parametrize(
    ("code", "name", "extension", "shape"),
    [
        (0x28, "temperature", "", Shape(Life.VOLATILE, 12, is_temperature=True)),
        (0x28, "temperature9", "", Shape(Life.VOLATILE, 12, is_temperature=True)),
        (0x28, "temphigh", "", Shape(Life.STABLE, 12)),
        (0x28, "type", "", Shape(Life.STABLE, 32)),
        (0x28, "errata/die", "", Shape(Life.STABLE, 2)),
        (0x28, "present", "", Shape(Life.VOLATILE, 1)),
        (0x28, "alias", "", Shape(Life.NEVER, 256)),
        (0x20, "volt", "A", Shape(Life.VOLATILE, 12)),
        (0x20, "volt", "ALL", Shape(Life.VOLATILE, 51)),
        (0x29, "PIO", "BYTE", Shape(Life.NEVER, 12)),
        (0x24, "udate", "", Shape(Life.SECOND, 12)),
        (0x24, "date", "", Shape(Life.NEVER, 24)),
        (0x28, "temperature", "3", UNKNOWN),
        (0x28, "nonsense", "", None),
        (0x77, "temperature", "", None),
    ],
)
def test_the_catalog_tells(code: int, name: str, extension: str, shape: Shape | None) -> None:
    assert known_shape(code, name, extension) == shape


def test_no_switch_and_no_sparse_element_of_any_family_is_kept() -> None:
    for family in tables():
        for prop in family.properties:
            if prop.array is None or prop.change is Change.STATIC:
                continue
            if prop.array.bits or prop.array.fetch is Fetch.SPARSE:
                for extension in prop.extensions():
                    kept = shape_of(prop, extension.removeprefix("."))
                    assert kept.life is Life.NEVER, (family.name, prop.name)


def test_nothing_is_kept_longer_than_where_it_comes_from() -> None:
    longer = {
        prop.kind
        for family in tables()
        for prop in family.properties
        for extension in prop.extensions()[:1]
        if prop.change not in (Change.STATIC, Change.LINKED)
        and shape_of(prop, extension.removeprefix(".")).life not in (prop.life, Life.NEVER)
    }
    assert longer == set()


@pytest.mark.parametrize(
    ("row", "shape"),
    [
        (b"t,000000,000001,ro,000012,v,", Shape(Life.VOLATILE, 12, is_temperature=True)),
        (b"t,000000,000001,rw,000012,s,", Shape(Life.STABLE, 12)),
        (b"f,-000001,000004,ro,000051,v,", Shape(Life.VOLATILE, 51)),
        (b"a,000000,000001,ro,000016,f,", Shape(Life.STABLE, 16)),
        (b"u,000000,000001,rw,000012,t,", Shape(Life.SECOND, 12)),
        (b"y,000000,000001,rw,000001,v,", UNKNOWN),
        (b"y,-000002,000008,rw,000012,v,", UNKNOWN),
        (b"b,000000,000016,rw,000032,v,", UNKNOWN),
        (b"b,000000,-000001,rw,000048,s,", UNKNOWN),
        (b"u,000000,000000,ro,000012,v,", UNKNOWN),
        (b"l,000000,000001,rw,000256,s,", UNKNOWN),
        (b"?,000000,000001,ro,000012,v,", UNKNOWN),
        (b"u,000000,000001,ro,000012,x,", UNKNOWN),
        (b"u,many,000001,ro,some,v,", UNKNOWN),
        (b"u,000000", UNKNOWN),
        (b"\xff\xfe", UNKNOWN),
        (b"", UNKNOWN),
    ],
)
def test_a_line_of_structure_tells(row: bytes, shape: Shape) -> None:
    assert shape_of_row(row) == shape


def test_every_line_that_we_give_ourselves_keeps_nothing_for_too_long() -> None:
    """A server of ours asked by one that knows none of its families."""
    for family in tables():
        for prop in family.properties:
            if prop.kind is Kind.DIRECTORY:
                continue
            for extension in prop.extensions()[:2]:
                index = prop.parse_extension(prop.name + extension)
                told = shape_of_row(prop.structure_row(index).encode())
                known = shape_of(prop, extension.removeprefix("."))
                if prop.kind is Kind.YESNO and known.life is Life.NEVER:
                    assert told.life is Life.NEVER, (family.name, prop.name)
                assert told.size in (known.size, UNKNOWN.size)

"""Lines about external sensors: which they are, how they fall into fields, what the codes mean."""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import InvalidValueError
from owfs_py.bus.properties import Array, Change, Fetch
from owfs_py.bus.sensors import Scripted, Sensors
from owfs_py.bus.values import Kind
from owfs_py.server.sensorlines import (
    MAX_ELEMENTS,
    MAX_LENGTH,
    declare,
    find,
    parse_array,
    parse_kind,
    split,
)

SEPARATE, TOGETHER, SPARSE = Fetch.SEPARATE, Fetch.TOGETHER, Fetch.SPARSE


@pytest.mark.parametrize(
    ("line", "word", "text"),
    [
        ("sensor: roof, house", "sensor", " roof, house"),
        ("SENSOR:roof", "sensor", "roof"),
        ("mysensors : roof", "sensor", " roof"),
        ("script: a, b", "script", " a, b"),
        ("Property: a, b", "property", " a, b"),
        ("myscript: a", "script", " a"),
        ("scriptproperty: a", "script", " a"),
        ("\t --sensor: roof", "sensor", " roof"),
        ("server: sensor: roof", "sensor", " roof"),
        ("! http: sensor: roof", "sensor", " roof"),
        ("sensor: script: roof", "sensor", " script: roof"),
        ("sensor: roof:1, a # b", "sensor", " roof:1, a # b"),
    ],
)
def test_a_line_is_known_by_a_prefix_that_contains_a_word(line: str, word: str, text: str) -> None:
    assert find(line) == (word, text)


@pytest.mark.parametrize(
    "line",
    ["", "sensor = roof", "sensor roof", "# sensor: roof", "#sensor: roof",
     "device = /dev/sensor:0", "http: port = 80", "alias = sensor:", "server: # sensor: roof"],
)  # fmt: skip
def test_other_lines_are_not(line: str) -> None:
    assert find(line) is None


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        (" a , b,c ", ["a", "b", "c"]),
        ("a", ["a"]),
        ("a,,b,", ["a", "", "b", ""]),
        ("\"a, b\", 'c,d'", ["a, b", "c,d"]),
        ("a\\, b", ["a, b"]),
        ("a\\\\", ["a\\"]),
        ("'it\\'s'", ["it's"]),
        ('"it\'s"', ["it's"]),
        ('a"b"', ['a"b"']),
        ("""'"a  b"'""", ['"a  b"']),
        ('"a" "b"', ['a" "b']),
        ('echo "a, b" | cat, c', ['echo "a, b" | cat', "c"]),
        ('"', ['"']),
        ("a # b\r", ["a # b"]),
        ("\ta\t,\tb c\t", ["a", "b c"]),
        ("a\0b, c", ["a"]),
        ("a\\", ["a"]),
    ],
)
def test_fields_are_between_commas(text: str, fields: list[str]) -> None:
    assert split(text) == fields


@pytest.mark.parametrize(
    ("code", "kind", "size"),
    [
        ("i", Kind.INTEGER, 0),
        ("u", Kind.UNSIGNED, 0),
        ("f", Kind.FLOAT, 0),
        ("y", Kind.YESNO, 0),
        ("d", Kind.DATE, 0),
        ("t", Kind.TEMPERATURE, 0),
        ("g", Kind.GAP, 0),
        ("p", Kind.PRESSURE, 0),
        ("a", Kind.TEXT, 1),
        ("b", Kind.BINARY, 1),
        ("a40", Kind.TEXT, 40),
        ("a 40", Kind.TEXT, 40),
        ("b0x10", Kind.BINARY, 16),
        ("b010", Kind.BINARY, 8),
        ("i5", Kind.INTEGER, 0),
        ("i4x", Kind.INTEGER, 0),
        (f"a{MAX_LENGTH}", Kind.TEXT, MAX_LENGTH),
    ],
)
def test_a_type_is_a_letter_and_a_length(code: str, kind: Kind, size: int) -> None:
    assert parse_kind(code) == (kind, size)


@pytest.mark.parametrize("code", ["", "A", "q", "l", "D", "int", "ix", "a0", "a-3", "a99999"])
def test_other_types_are_refused(code: str) -> None:
    with pytest.raises(InvalidValueError, match="type"):
        parse_kind(code)


@pytest.mark.parametrize(
    ("code", "array"),
    [
        ("", None),
        ("0", None),
        ("1", None),
        ("+1", None),
        ("2", Array(2)),
        ("12", Array(12)),
        ("100", Array(100)),
        ("+3", Array(3, TOGETHER)),
        ("+12", Array(12, TOGETHER)),
        ("A", Array(1, lettered=True)),
        ("C", Array(3, lettered=True)),
        ("c", Array(3, lettered=True)),
        ("Z", Array(26, lettered=True)),
        ("+A", Array(1, TOGETHER, lettered=True)),
        ("+C", Array(3, TOGETHER, lettered=True)),
        ("-1", Array(0, SPARSE)),
        ("-", Array(-1, SPARSE)),
        ("-5", Array(-1, SPARSE)),
    ],
)
def test_the_shape_of_an_array(code: str, array: Array | None) -> None:
    assert parse_array(code) == array


@pytest.mark.parametrize("code", ["?", "+", "!3", "+0", str(MAX_ELEMENTS + 1), "*"])
def test_other_shapes_are_refused(code: str) -> None:
    with pytest.raises(InvalidValueError, match="array"):
        parse_array(code)


def sensors_of(*lines: str) -> Sensors:
    sensors = Sensors()
    for line in lines:
        found = find(line)
        assert found is not None
        declare(found, sensors)
    return sensors


def test_the_fields_of_a_sensor() -> None:
    (roof,) = sensors_of('sensor: roof, house, "where, and what", pin 4').all()
    assert (roof.name, roof.table.name, roof.data) == ("roof", "house", "pin 4")


def test_the_fields_of_a_property() -> None:
    text = "script: wind/gust, house, a20, +3, s, 'get, it', set it, some data, other"
    prop = sensors_of(text).families()["house"].get("wind/gust")
    assert isinstance(prop, Scripted)
    assert (prop.kind, prop.size, prop.array) == (Kind.TEXT, 20, Array(3, TOGETHER))
    assert (prop.change, prop.access) == (Change.STABLE, "rw")
    assert (prop.read_command, prop.write_command) == ("get, it", "set it")
    assert prop.data == "some data"


def test_fields_that_are_missing_are_empty() -> None:
    prop = sensors_of("property: p, f, i,, u").families()["f"].get("p")
    assert isinstance(prop, Scripted)
    assert (prop.read_command, prop.write_command, prop.data, prop.array) == ("", "", "", None)


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("f", Change.STATIC),
        ("s", Change.STABLE),
        ("v", Change.VOLATILE),
        ("volatile", Change.VOLATILE),
        ("t", Change.SECOND),
        ("u", Change.UNCACHED),
    ],
)
def test_persistence_is_a_letter(code: str, change: Change) -> None:
    prop = sensors_of(f"script: p, f, i, , {code}").families()["f"].get("p")
    assert prop is not None
    assert prop.change is change


@pytest.mark.parametrize(
    "line",
    ["sensor: roof", "sensor: , house", "sensor:", 'sensor: "", house', "script: p", "script: , f",
     'sensor: "roof, house'],
)  # fmt: skip
def test_a_line_without_name_or_family_says_nothing(line: str) -> None:
    found = find(line)
    assert found is not None
    assert not declare(found, Sensors())


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("sensor: settings, f", "'settings' cannot be the name of a sensor"),
        ("script: p, f, q, , v", "property p of family f: unknown type 'q'"),
        ("script: p, f, ix, , v", "property p of family f: unknown length of type 'ix'"),
        ("script: p, f, i, ?, v", "property p of family f: unknown array type"),
        ("script: p, f, i, , q", "property p of family f: unknown persistence 'q'"),
        ("script: p, f, i", "property p of family f: unknown persistence ''"),
        ("script: p.1, f, i, , v", "'p.1' cannot be the name of a property"),
    ],
)
def test_what_is_wrong_with_a_line_is_told(line: str, message: str) -> None:
    sensors = Sensors()
    found = find(line)
    assert found is not None
    with pytest.raises(InvalidValueError, match=message.replace("?", r"\?")):
        declare(found, sensors)
    assert sensors.all() == []

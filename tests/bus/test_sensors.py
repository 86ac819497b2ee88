"""Declaring external sensors: what is there after it, and what cannot be declared."""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import InvalidValueError
from owfs_py.bus.properties import Array, Change, Fetch
from owfs_py.bus.sensors import Scripted, Sensors
from owfs_py.bus.values import Kind


def number(name: str, command: str = "echo 1") -> Scripted:
    return Scripted.make(name, Kind.INTEGER, Change.VOLATILE, read_command=command)


def test_a_sensor_has_the_properties_of_its_family_also_those_declared_later() -> None:
    sensors = Sensors()
    sensors.add_property("weather", number("rain"))
    sensors.add_sensor("garden", "weather", "pin 4")
    sensors.add_property("weather", number("wind/gust"))
    sensors.add_property("house", number("doors"))
    (garden,) = sensors.all()
    assert (garden.name, garden.data) == ("garden", "pin 4")
    assert [prop.name for prop in garden.table.properties] == [
        "family",
        "rain",
        "type",
        "wind/gust",
    ]


def test_sensors_are_in_the_order_of_their_names() -> None:
    sensors = Sensors()
    for name in ("b", "ä", "B", "a"):
        sensors.add_sensor(name, "f")
    assert [sensor.name for sensor in sensors.all()] == ["B", "a", "b", "ä"]


def test_what_is_declared_first_counts() -> None:
    sensors = Sensors()
    sensors.add_sensor("garden", "weather", "first")
    sensors.add_sensor("garden", "house", "second")
    sensors.add_property("weather", number("rain", "first"))
    sensors.add_property("weather", number("rain", "second"))
    (garden,) = sensors.all()
    assert (garden.table.name, garden.data) == ("weather", "first")
    rain = garden.table.get("rain")
    assert isinstance(rain, Scripted)
    assert rain.read_command == "first"


@pytest.mark.parametrize(
    "name",
    ["", "a/b", "settings", "UNCACHED", "bus.3", "28.000028D70000", "28000028D70000.11", "alarm"],
)
def test_a_name_that_no_path_could_reach_is_refused(name: str) -> None:
    sensors = Sensors()
    with pytest.raises(InvalidValueError):
        sensors.add_sensor(name, "f")
    assert sensors.all() == []


@pytest.mark.parametrize("name", ["", "a/", "/a", "a//b", "a.1", "b/a.1"])
def test_a_property_that_no_path_could_reach_is_refused(name: str) -> None:
    with pytest.raises(InvalidValueError, match="cannot be the name of a property"):
        Sensors().add_property("f", number(name))


@pytest.mark.parametrize(("first", "second"), [("a", "a/b"), ("a/b", "a"), ("a/b/c", "a/b")])
def test_a_property_is_no_directory(first: str, second: str) -> None:
    sensors = Sensors()
    sensors.add_property("f", number(first))
    with pytest.raises(InvalidValueError, match="one is in the other"):
        sensors.add_property("f", number(second))


@pytest.mark.parametrize(
    ("read", "write", "access"),
    [("x", "x", "rw"), ("x", "", "ro"), ("", "x", "wo"), ("", "", "oo")],
)
def test_access_follows_from_the_commands(read: str, write: str, access: str) -> None:
    prop = Scripted.make("p", Kind.FLOAT, Change.STABLE, read_command=read, write_command=write)
    assert prop.access == access


def test_only_texts_that_come_by_themselves_are_read_in_parts() -> None:
    together = Array(3, Fetch.TOGETHER)
    for kind, array, partial in (
        (Kind.TEXT, None, True),
        (Kind.BINARY, Array(3), True),
        (Kind.TEXT, together, False),
        (Kind.FLOAT, None, False),
    ):
        made = Scripted.make("p", kind, Change.STABLE, size=8, array=array)
        assert made.partial is partial

"""External sensors by path: where they are, how long their values are kept, what if they fail."""

from __future__ import annotations

import asyncio
import logging

import pytest

from owfs_py.bus.errors import (
    BusTimeoutError,
    CommunicationError,
    IsDirectoryError,
    NotSupportedError,
    PathError,
    ScriptError,
)
from owfs_py.bus.external import ExternalBus
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.properties import Array, Change, Fetch
from owfs_py.bus.sensors import Sensors
from owfs_py.bus.values import Kind
from owfs_py.bus.view import TemperatureScale, View
from tests.bus.externalbench import Bench, Commands, on, prop

FAHRENHEIT = View(TemperatureScale.FAHRENHEIT)
NUL = b"\0"


# The tree


def test_sensors_are_listed_among_the_devices_and_on_their_bus() -> None:
    async def test(bench: Bench) -> None:
        root = (await bench.onewire.dir("/")).entries
        assert root == ["/one", "/two", "/28.000028D70000"]
        assert (await bench.onewire.dir("/bus.0")).entries == [
            "/bus.0/interface",
            "/bus.0/one",
            "/bus.0/two",
        ]
        assert (await bench.onewire.dir("/bus.0/alarm")).entries == []
        assert (await bench.onewire.dir("/one")).entries == ["/one/family", "/one/p", "/one/type"]

    on(test, prop(Kind.FLOAT))


def test_a_sensor_tells_its_family_and_that_it_is_external() -> None:
    async def test(bench: Bench) -> None:
        assert await bench.read("/one/family") == b"things"
        assert await bench.read("/bus.0/one/type") == b"external"
        with pytest.raises(NotSupportedError):
            await bench.onewire.write("/one/type", b"x")
        assert bench.commands.calls == []

    on(test)


def test_a_sensor_is_there_without_an_address() -> None:
    async def test(bench: Bench) -> None:
        assert bytes((await bench.onewire.present("/one")).rom) == bytes(8)
        assert bytes((await bench.onewire.present("/bus.1/one/p")).rom) == bytes(8)
        with pytest.raises(PathError):
            await bench.onewire.present("/three")
        with pytest.raises(PathError):
            await bench.onewire.present("/one/present")

    on(test, prop(Kind.FLOAT))


def test_the_name_of_a_sensor_comes_before_an_alias() -> None:
    async def test(bench: Bench) -> None:
        await bench.onewire.write("/28.000028D70000/alias", b"one")
        assert await bench.read("/one/type") == b"external"

    on(test)


def test_families_are_shown_in_structure_and_no_chip_is_changed_by_them() -> None:
    sensors = Sensors()
    for family in ("things", "28", "simultaneous", "a/b"):
        sensors.add_sensor(f"sensor of {family.replace('/', ' ')}", family)
        sensors.add_property(family, prop(Kind.PRESSURE))
    onewire = OneWire()
    onewire.add_bus(ExternalBus(0, onewire.cache, sensors, scripts=Commands()))

    async def main() -> None:
        words = [entry.split("/")[2] for entry in (await onewire.dir("/structure")).entries]
        assert words[-3:] == ["simultaneous", "thermostat", "things"]
        assert words == sorted(set(words))
        row = (await onewire.read("/structure/things/p")).data
        assert row == b"p,000000,000001,rw,000012,v,"
        assert (await onewire.dir("/structure/things")).entries[-1] == "/structure/things/type"
        assert "/structure/28/temperature" in (await onewire.dir("/structure/28")).entries
        assert "/sensor of 28/p" in (await onewire.dir("/sensor of 28")).entries
        assert "/sensor of a b/p" in (await onewire.dir("/sensor of a b")).entries

    asyncio.run(main())


def test_the_bus_says_what_it_is() -> None:
    async def test(bench: Bench) -> None:
        settings = "/bus.0/interface/settings"
        assert await bench.read(f"{settings}/name") == b"External"
        assert await bench.read(f"{settings}/address") == b"external"
        assert (await bench.read(f"{settings}/version")).strip() == b"37"

    on(test)


def test_subdirectories_come_from_the_names_of_properties() -> None:
    async def test(bench: Bench) -> None:
        assert (await bench.onewire.dir("/one/wind")).entries == [
            "/one/wind/gust",
            "/one/wind/mean",
        ]
        assert await bench.says(b"7", "/one/wind/gust") == b"           7"
        assert bench.commands.words[:2] == ["one", "wind/gust"]
        with pytest.raises(IsDirectoryError):
            await bench.read("/one/wind")

    on(test, prop(Kind.FLOAT, name="wind/gust"), prop(Kind.FLOAT, name="wind/mean"))


def test_a_property_may_have_the_name_of_a_word() -> None:
    async def test(bench: Bench) -> None:
        assert await bench.says(b"hi", "/text/one/text") == b"hi"
        assert (await bench.read("/text/structure/things/text")).startswith(b"a,")
        assert (await bench.onewire.dir("/structure/things/text.d")).entries == [
            "/structure/things/text.d/alarm"
        ]

    on(test, prop(Kind.TEXT, name="text", size=2), prop(Kind.TEXT, name="text.d/alarm", size=2))


# The cache


@pytest.mark.parametrize(
    ("change", "seconds"),
    [
        (Change.STABLE, 300.0),
        (Change.VOLATILE, 15.0),
        (Change.SECOND, 1.0),
    ],
)
def test_a_value_is_kept_as_long_as_its_class_says(change: Change, seconds: float) -> None:
    async def test(bench: Bench) -> None:
        assert (await bench.says(b"1")).strip() == b"1"
        await asyncio.sleep(seconds - 0.1)
        assert (await bench.says(b"2")).strip() == b"1"
        assert (await bench.read("/uncached/one/p")).strip() == b"2"
        assert (await bench.says(b"3")).strip() == b"2"
        await asyncio.sleep(seconds)
        assert (await bench.read("/one/p")).strip() == b"3"

    on(test, prop(Kind.INTEGER, change))


def test_answers_given_before_do_not_outlive_a_newer_value() -> None:
    async def test(bench: Bench) -> None:
        await bench.says(b"1")
        epoch = bench.onewire.epoch
        await bench.says(b"1", "/uncached/one/p")
        assert bench.onewire.epoch == epoch
        await bench.says(b"2", "/uncached/one/p")
        assert bench.onewire.epoch > epoch

    on(test, prop(Kind.INTEGER, Change.STABLE))


@pytest.mark.parametrize("change", [Change.STATIC, Change.UNCACHED])
def test_some_values_are_not_kept(change: Change) -> None:
    async def test(bench: Bench) -> None:
        assert (await bench.says(b"1")).strip() == b"1"
        reading = await bench.onewire.read("/one/p")
        assert reading.valid_until == 0.0
        assert len(bench.commands.calls) == 2

    on(test, prop(Kind.INTEGER, change))


def test_each_sensor_has_values_of_its_own() -> None:
    async def test(bench: Bench) -> None:
        assert (await bench.says(b"1", "/one/p")).strip() == b"1"
        assert (await bench.says(b"2", "/two/p")).strip() == b"2"
        assert (await bench.says(b"3", "/one/p")).strip() == b"1"

    on(test, prop(Kind.INTEGER, Change.STABLE))


def test_what_was_written_is_read_anew() -> None:
    async def test(bench: Bench) -> None:
        await bench.says(b"1", "/one/p.ALL")
        await bench.write("/one/p.1", b"2")
        assert (await bench.says(b"2", "/one/p.1")).strip() == b"2"

    on(test, prop(Kind.INTEGER, Change.STABLE, array=Array(2)))


def test_who_reads_while_another_writes_does_not_spoil_the_cache() -> None:
    async def test(bench: Bench) -> None:
        bench.commands.delay = 1.0
        reading = asyncio.create_task(bench.says(b"1"))
        await asyncio.sleep(0.5)
        bench.commands.delay = 0.1
        await bench.write("/one/p", b"2")
        assert (await bench.says(b"2")).strip() == b"2"
        assert (await reading).strip() == b"1"
        assert (await bench.says(b"3")).strip() == b"2"

    on(test, prop(Kind.INTEGER, Change.STABLE))


def test_those_who_want_the_same_share_one_command() -> None:
    async def test(bench: Bench) -> None:
        bench.commands.delay = 1.0
        bench.commands.output = b"5"
        values = await asyncio.gather(*(bench.read("/one/p") for _ in range(20)))
        assert set(values) == {b"           5"}
        assert len(bench.commands.calls) == 1

    on(test, prop(Kind.INTEGER))


def test_a_fresh_value_is_not_one_that_was_begun_before() -> None:
    async def test(bench: Bench) -> None:
        bench.commands.delay = 1.0
        early = asyncio.create_task(bench.says(b"1", "/uncached/one/p"))
        await asyncio.sleep(0.5)
        assert (await bench.says(b"2", "/uncached/one/p")).strip() == b"2"
        assert (await early).strip() == b"1"

    on(test, prop(Kind.INTEGER))


# Failures


@pytest.mark.parametrize(
    ("kind", "output"),
    [
        (Kind.INTEGER, b""),
        (Kind.INTEGER, b"warm"),
        (Kind.INTEGER, b"12345678901234567890"),
        (Kind.YESNO, b"perhaps"),
        (Kind.YESNO, b""),
        (Kind.DATE, b"\n"),
        (Kind.DATE, b"5"),
        (Kind.DATE, b"soon"),
    ],
)
def test_what_is_no_value_is_an_error_of_its_own(kind: Kind, output: bytes) -> None:
    async def test(bench: Bench) -> None:
        with pytest.raises(CommunicationError, match="cannot read one/p: its command wrote"):
            await bench.says(output)
        assert len(bench.commands.calls) == 1

    on(test, prop(kind))


def test_a_command_that_fails_without_a_word_is_told() -> None:
    async def test(bench: Bench) -> None:
        bench.commands.status = 1
        with pytest.raises(ScriptError, match="cannot read one/p: exit status 1: complaint"):
            await bench.says(b"")
        assert (await bench.says(b"5")).strip(NUL) == b"5"  # as in owserver

    on(test, prop(Kind.TEXT, size=3))


def test_a_write_that_fails_is_told() -> None:
    async def test(bench: Bench) -> None:
        bench.commands.status = 1
        with pytest.raises(ScriptError, match="cannot write one/p: exit status 1: complaint"):
            await bench.write("/one/p", b"5")

    on(test, prop(Kind.INTEGER))


def test_a_command_that_hangs_is_told() -> None:
    async def test(bench: Bench) -> None:
        bench.commands.error = BusTimeoutError("get: killed")
        for path in ("/one/p", "/bus.0/one/p", "/uncached/one/p"):
            with pytest.raises(BusTimeoutError, match="cannot read one/p: get: killed"):
                await bench.read(path)

    on(test, prop(Kind.INTEGER))


def test_without_a_command_there_is_nothing_to_read_or_write() -> None:
    async def test(bench: Bench) -> None:
        with pytest.raises(NotSupportedError):
            await bench.read("/one/p")
        with pytest.raises(NotSupportedError):
            await bench.onewire.write("/one/p", b"5")
        with pytest.raises(NotSupportedError):  # the others cannot be known
            await bench.onewire.write("/one/t.0", b"5")
        assert bench.commands.calls == []

    together = Array(3, Fetch.TOGETHER)
    on(
        test,
        prop(Kind.INTEGER, read_command="", write_command=""),
        prop(Kind.INTEGER, name="t", read_command="", array=together),
    )


def test_the_log_has_the_first_of_many_failures(caplog: pytest.LogCaptureFixture) -> None:
    async def test(bench: Bench) -> None:
        for output in (b"?", b"?", b"5", b"?"):
            try:
                await bench.says(output)
            except CommunicationError:
                assert output == b"?"

    with caplog.at_level(logging.WARNING):
        on(test, prop(Kind.INTEGER))
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2
    assert "cannot read one/p: its command wrote b'?'" in caplog.messages[0]


def test_when_the_bus_stops_so_do_its_commands() -> None:
    async def test(bench: Bench) -> Commands:
        return bench.commands

    assert on(test).stopped


def test_values_are_python_objects_for_programs() -> None:
    async def test(bench: Bench) -> None:
        bench.commands.output = b"5,6,7"
        assert await bench.onewire.read_value("/one/p.ALL") == [5, 6, 7]
        assert await bench.onewire.read_value("/one/family") == "things"

    on(test, prop(Kind.INTEGER, array=Array(3, Fetch.TOGETHER)))

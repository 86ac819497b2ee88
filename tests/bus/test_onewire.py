"""OneWire by path: listings, texts, presence, aliases, views, what may be kept how long."""

from __future__ import annotations

import asyncio

import pytest

from owfs_py.bus.errors import (
    InvalidValueError,
    IsDirectoryError,
    NotDirectoryError,
    NotSupportedError,
    PathError,
    ReadOnlyError,
)
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.view import TemperatureScale, View
from tests.bus.bench import Bench

CLIENT = View(bus_list=True)


def test_the_root_lists_devices_buses_and_virtual_directories() -> None:
    bench = Bench("28,01", "10")

    async def test(ow: OneWire) -> None:
        listing = await ow.dir("/", view=CLIENT)
        assert listing.entries[3:] == [
            "/bus.1", "/bus.0", "/uncached", "/settings", "/system", "/statistics", "/structure",
            "/simultaneous", "/alarm",
        ]  # fmt: skip
        assert listing.flags == 0x8002
        assert len((await ow.dir("/")).entries) == 3
        assert "/uncached/uncached" not in (await ow.dir("/uncached", view=CLIENT)).entries
        bus = (await ow.dir("/bus.0")).entries
        assert (bus[0], bus[-2:]) == (
            "/bus.0/interface", ["/bus.0/simultaneous", "/bus.0/alarm"],
        )  # fmt: skip

    bench.run(test)


def test_a_cached_listing_costs_nothing_until_it_expires() -> None:
    bench = Bench("28,28")

    async def test(ow: OneWire) -> None:
        listing = await ow.dir("/")
        before = bench.wire.counts.snapshot()
        await asyncio.sleep(listing.valid_until - ow.clock.now() - 0.1)
        await ow.dir("/")
        assert (bench.wire.counts - before).resets == 0
        await asyncio.sleep(0.2)
        await ow.dir("/")
        assert (bench.wire.counts - before).resets == 2

    bench.run(test)


def test_formats_of_devices_in_listings() -> None:
    bench = Bench("28")

    async def test(ow: OneWire) -> None:
        names = [(await ow.dir("/", view=View(rom_format=form))).entries[0] for form in range(6)]
        assert names == [
            "/28.000028D70000", "/28000028D70000", "/28.000028D70000.11",
            "/28.000028D7000011", "/28000028D70000.11", "/28000028D7000011",
        ]  # fmt: skip

    bench.run(test)


def test_answers_that_hold_do_so_no_longer_when_somebody_was_told_something_newer() -> None:
    bench = Bench("28")
    (sensor,) = bench.thermometers
    sensor.temperature = 20

    async def test(ow: OneWire) -> None:
        path = f"{(await ow.dir('/')).entries[0]}/temperature"
        before = await ow.read(path)
        assert before.valid_until > bench.clock.now()
        epoch = ow.epoch
        await ow.read(f"/uncached{path}")
        assert ow.epoch == epoch
        sensor.temperature = 21
        after = await ow.read(f"/uncached{path}")
        assert after.data != before.data
        assert ow.epoch != epoch
        assert (await ow.read(path)).data == after.data

    bench.run(test)


def test_an_alias_stands_wherever_the_address_does() -> None:
    bench = Bench("28,28")

    async def test(ow: OneWire) -> None:
        device = (await ow.dir("/")).entries[0]
        epoch = ow.epoch
        await ow.write(f"{device}/alias", b" kitchen ")
        assert ow.epoch != epoch
        assert (await ow.read(f"{device}/alias")).data == b"kitchen"
        assert (await ow.dir("/")).entries[0] == "/kitchen"
        assert (await ow.dir("/unaliased")).entries[0] == f"/unaliased{device}"
        assert (await ow.dir(device)).entries[0] == "/kitchen/address"
        assert (await ow.read("/kitchen/type")).data == b"DS18B20"
        for bad in (b"a/b", b"bus.7", b"settings", b"28.000028D70000"):
            with pytest.raises(InvalidValueError):
                await ow.write(f"{device}/alias", bad)
        await ow.write("/kitchen/alias", b"")
        with pytest.raises(PathError):
            await ow.read("/kitchen/type")

    bench.run(test)


def test_the_view_decides_scale_and_padding() -> None:
    bench = Bench("28")
    bench.thermometers[0].temperature = 20.0

    async def test(ow: OneWire) -> None:
        path = (await ow.dir("/")).entries[0] + "/temperature"
        fahrenheit = View(temperature_scale=TemperatureScale.FAHRENHEIT)
        assert (await ow.read(path, view=fahrenheit)).data == b"          68"
        assert (await ow.read(path, view=View(trim=True))).data == b"20"
        limit = path.replace("temperature", "temphigh")
        await ow.write(limit, b"104", view=fahrenheit)
        assert (await ow.read(limit)).data == b"          40"

    bench.run(test)


@pytest.mark.parametrize(
    ("size", "offset", "part"),
    [(65536, 0, b"          20"), (4, 0, b"    "), (12, 8, b"  20"), (5, 12, b""), (5, -1, b"")],
)
def test_size_and_offset_cut_the_text(size: int, offset: int, part: bytes) -> None:
    bench = Bench("28")
    bench.thermometers[0].temperature = 20.0

    async def test(ow: OneWire) -> None:
        path = (await ow.dir("/")).entries[0] + "/temperature"
        assert (await ow.read(path, size=size, offset=offset)).data == part

    bench.run(test)


def test_directories_and_properties_are_told_apart() -> None:
    bench = Bench("28")

    async def test(ow: OneWire) -> None:
        device = (await ow.dir("/")).entries[0]
        for path in ("/", device, f"{device}/errata", "/structure", "/alarm"):
            with pytest.raises(IsDirectoryError):
                await ow.read(path)
            with pytest.raises(IsDirectoryError):
                await ow.write(path, b"1")
        with pytest.raises(NotDirectoryError):
            await ow.dir(f"{device}/type")
        assert isinstance((await ow.get(device)).entries, list)  # type: ignore[union-attr]
        assert (await ow.get(f"{device}/type")).data == b"DS18B20"  # type: ignore[union-attr]

    bench.run(test)


def test_a_bad_value_is_told_before_a_missing_writer() -> None:
    bench = Bench("28")

    async def test(ow: OneWire) -> None:
        path = (await ow.dir("/")).entries[0] + "/temperature"
        with pytest.raises(InvalidValueError):
            await ow.write(path, b"warm")
        with pytest.raises(NotSupportedError):
            await ow.write(path, b"20")

    bench.run(test)


def test_read_only_refuses_whatever_exists() -> None:
    bench = Bench("28", read_only=True)

    async def test(ow: OneWire) -> None:
        device = (await ow.dir("/")).entries[0]
        for path in (f"{device}/temphigh", device, "/", f"{device}/type"):
            with pytest.raises(ReadOnlyError):
                await ow.write(path, b"1")
        with pytest.raises(PathError):
            await ow.write("/nothing", b"1")

    bench.run(test)


def test_presence_believes_a_path_that_names_its_bus() -> None:
    bench = Bench("28")

    async def test(ow: OneWire) -> None:
        before = bench.wire.counts.snapshot()
        assert (await ow.present("/bus.0/28.FFFFFFFFFFFF")).rom.hex().startswith("28ffff")
        assert (await ow.read("/bus.0/01.FFFFFFFFFFFF/type")).data == b"DS2401"
        assert (bench.wire.counts - before).resets == 0
        with pytest.raises(PathError):
            await ow.present("/28.FFFFFFFFFFFF")
        assert (await ow.present("/")).rom == bytes(8)

    bench.run(test)


def test_alarms_are_searched_each_time() -> None:
    bench = Bench("28,28,28")
    for sensor in bench.thermometers:
        sensor.set_limits(10, 30)
        sensor.temperature = 20.0

    async def test(ow: OneWire) -> None:
        devices = (await ow.dir("/")).entries
        for device in devices:
            await ow.read(f"{device}/temperature")
        assert (await ow.dir("/alarm")).entries == []
        hot = bench.thermometers[1]
        hot.temperature = 31.0
        await ow.read(f"/uncached/{hot.rom}/temperature")
        assert (await ow.dir("/alarm")).entries == [f"/alarm/{hot.rom}"]
        assert (await ow.read(f"/alarm/{hot.rom}/temperature")).data.strip() == b"31"

    bench.run(test)


def test_values_as_python_objects() -> None:
    bench = Bench("28")
    bench.thermometers[0].temperature = 20.5

    async def test(ow: OneWire) -> None:
        device = (await ow.dir("/")).entries[0]
        assert await ow.read_value(f"{device}/temperature") == 20.5
        assert await ow.read_value(f"{device}/power") is True
        assert await ow.read_value(f"{device}/type") == "DS18B20"

    bench.run(test)


def test_an_unknown_family_has_little_more_than_its_address() -> None:
    bench = Bench("28")

    async def test(ow: OneWire) -> None:
        entries = (await ow.dir("/bus.0/AB.000000000000")).entries
        assert [entry.rpartition("/")[2] for entry in entries] == [
            "address", "crc8", "family", "id", "r_address", "r_id",
        ]  # fmt: skip

    bench.run(test)


def test_single_device_commands_of_simultaneous() -> None:
    bench = Bench("28")

    async def test(ow: OneWire) -> None:
        assert (await ow.read("/simultaneous/single")).data == b"28.000028D70000"
        assert (await ow.read("/simultaneous/present")).data == b"1"
        bench.wire.detach(bench.slaves[0])
        assert (await ow.read("/uncached/simultaneous/present")).data == b"0"
        assert (await ow.read("/uncached/simultaneous/single")).data == b""

    bench.run(test)


def test_with_one_device_any_name_means_it() -> None:
    bench = Bench("28", one_device=True)
    bench.thermometers[0].temperature = 17.0

    async def test(ow: OneWire) -> None:
        assert len((await ow.dir("/")).entries) == 1
        before = bench.wire.counts.snapshot()
        assert (await ow.read("/28.0123456789AB/temperature")).data.strip() == b"17"
        cost = bench.wire.counts - before
        # Power test, conversion, scratchpad; all by Skip ROM.
        assert (cost.resets, cost.slots) == (3, 24 + 16 + 88)

    bench.run(test)


def test_a_device_that_is_read_now_and_then_is_never_looked_for() -> None:
    bench = Bench("28,28", "28")

    async def test(ow: OneWire) -> None:
        device = (await ow.dir("/")).entries[0]
        await ow.read(f"{device}/temperature")
        for _ in range(10):
            await asyncio.sleep(60)
            before = bench.wire.counts.snapshot()
            await ow.read(f"{device}/temperature")
            assert (bench.wire.counts - before).slots == 16 + 152

    bench.run(test)


def test_an_alarm_search_that_found_nobody_costs_ten_slots_the_next_time() -> None:
    bench = Bench("28,28,28")
    for sensor in bench.thermometers:
        sensor.set_limits(10, 30)

    async def test(ow: OneWire) -> None:
        await ow.read((await ow.dir("/")).entries[0] + "/temperature")
        assert (await ow.dir("/alarm")).entries == []
        before = bench.wire.counts.snapshot()
        assert (await ow.dir("/alarm")).entries == []
        cost = bench.wire.counts - before
        assert (cost.resets, cost.slots) == (1, 10)
        bench.thermometers[0].temperature = 40.0
        await ow.read((await ow.dir("/uncached")).entries[0] + "/temperature")
        assert len((await ow.dir("/alarm")).entries) == 1

    bench.run(test)

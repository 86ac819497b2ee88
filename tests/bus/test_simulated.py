"""Simulated buses: what a list of devices means, and where values come from in each style."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

import pytest

from owfs_py.bus.errors import CommunicationError, NotSupportedError, PathError
from owfs_py.bus.families import family_names, find_family
from owfs_py.bus.invention import Computed, Range, parse_device
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.properties import ALL
from owfs_py.bus.rom import RomId
from owfs_py.bus.simulated import SimulatedBus, Style
from owfs_py.bus.values import NUMBER_WIDTH
from owfs_py.bus.view import TemperatureScale, View

T = TypeVar("T")

THERMOMETER = "28.112233445566"
NUMBER = 0x28 + 0x2211 + 0x6655
"""What a tester computes all values of THERMOMETER from."""
MANY = 200


def onewire_with(style: Style, devices: str, **options: Any) -> OneWire:
    onewire = OneWire()
    bus = SimulatedBus(
        onewire.next_number(),
        onewire.cache,
        onewire.aliases,
        onewire.changed,
        style=style,
        devices=devices,
        **options,
    )
    onewire.add_bus(bus)
    return onewire


def on(style: Style, devices: str, test: Callable[[OneWire], Awaitable[T]], **options: Any) -> T:
    """Do `test` with a OneWire that has one simulated bus."""

    async def main() -> T:
        async with onewire_with(style, devices, **options) as onewire:
            return await test(onewire)

    return asyncio.run(main())


def on_tester(devices: str, test: Callable[[OneWire], Awaitable[T]], **options: Any) -> T:
    return on(Style.TESTER, devices, test, **options)


async def listed(onewire: OneWire) -> list[str]:
    return (await onewire.dir("/")).entries


async def text(onewire: OneWire, path: str, **words: Any) -> bytes:
    return (await onewire.read(path, **words)).data.strip()


# The list


@pytest.mark.parametrize(
    ("item", "address"),
    [
        ("28", "28.0300D7000000"),
        ("ds18b20", "28.0300D7000000"),
        ("DS2438", "26.0300D9000000"),
        ("EDS0064", "7E.030081000000"),
        ("28.112233445566", "28.112233445566"),
        ("28112233445566", "28.112233445566"),
        ("28.11.22.33", "28.112233000000"),
        ("28.1122334455667788", "28.112233445566"),
        ("28.1", "28.0300D7000000"),
        ("28....FF", "28.0300D7FF0000"),
        ("28x", "28.0300D7000000"),
        ("99", "99.030066000000"),
    ],
)
def test_an_item_is_a_chip_or_a_family_code_and_bytes_of_an_address(
    item: str, address: str
) -> None:
    def default(code: int) -> bytes:
        return bytes((3, 0, code ^ 0xFF, 0, 0, 0))

    assert str(parse_device(item, default)) == address


@pytest.mark.parametrize("item", ["", "2", "zz", "DS24", "simultaneous", "DS2450x"])
def test_other_items_are_no_device(item: str) -> None:
    assert parse_device(item, lambda code: bytes(6)) is None


def test_testers_count_their_devices_in_the_addresses() -> None:
    assert on_tester("10,22 28,10", listed, unit=0x102) == [
        "/10.020110EF0000",
        "/22.020122DD0100",
        "/28.020128D70200",
        "/10.020110EF0300",
    ]


def test_items_that_are_no_device_are_reported_and_do_not_count(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        assert on_tester("zz,10,,28", listed) == ["/10.000010EF0000", "/28.000028D70100"]
    assert [record.getMessage() for record in caplog.records] == [
        "bus.0 (tester.0): device 1 <zz> not recognized, ignored",
        "bus.0 (tester.0): device 3 <> not recognized, ignored",
    ]


def test_a_list_may_be_empty(caplog: pytest.LogCaptureFixture) -> None:
    assert on_tester("", listed) == []
    assert caplog.records == []


@pytest.mark.parametrize("style", [Style.FAKE, Style.MOCK])
def test_random_addresses_are_all_different_and_the_same_at_every_start(style: Style) -> None:
    first = on(style, ",".join(["28"] * MANY), listed)
    assert len(set(first)) == MANY
    assert {entry[:4] for entry in first} == {"/28."}
    assert on(style, ",".join(["28"] * MANY), listed) == first
    assert on(style, ",".join(["28"] * MANY), listed, unit=1) != first


@pytest.mark.parametrize(
    ("style", "address", "name", "version"),
    [
        (Style.FAKE, "fake.2", "Simulated-Random", 27),
        (Style.TESTER, "tester.2", "Simulated-Computed", 28),
        (Style.MOCK, "mock.2", "Simulated-Mock", 29),
    ],
)
def test_a_bus_tells_what_it_is(style: Style, address: str, name: str, version: int) -> None:
    bus = onewire_with(style, "28", unit=2).buses[0]
    assert (bus.address, bus.kind, bus.version) == (address, name, version)


# Computed values


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("temperature", b"%.1f" % (NUMBER / 10)),
        ("errata/trim", b"%d" % NUMBER),
        ("power", b"%d" % (NUMBER & 1)),
        ("scratchpad", bytes.fromhex("281122334455665628")),
        ("locator", b"2811223344556656"),
        ("address", b"2811223344556656"),
        ("type", b"DS18B20"),
        ("present", b"1"),
        ("alias", b""),
    ],
)
def test_a_tester_computes_from_the_address(path: str, expected: bytes) -> None:
    assert on_tester(THERMOMETER, lambda w: text(w, f"/{THERMOMETER}/{path}")) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("20.000000000000/volt.ALL", b"3.2,         3.3,         3.4,         3.5"),
        ("20.000000000000/volt.C", b"3.4"),
        ("29.000000000000/PIO.ALL", b"1,0,1,0,1,0,1,0"),
        ("29.000000000000/PIO.3", b"0"),
        ("29.000000000000/PIO.BYTE", b"39"),
        ("2D.000000000000/pages/page.2", bytes(RomId.make(0x2D, bytes(6))) * 4),
        ("24.000000000000/date", b"Fri Mar 23 04:00:00 2007"),
        ("DD.000000000000/is_index_prime.7", b"0"),
        ("DD.000000000000/extension_characters.any text", b"221"),
        ("2E.000000000000/typeB/range_high", b"1820"),
        ("21.000000000000/histogram/elements", b"63"),
    ],
)
def test_a_tester_computes_elements_from_their_number(
    path: str, expected: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    device = path.partition("/")[0]
    assert on_tester(device, lambda onewire: text(onewire, f"/{path}")) == expected


def test_part_of_a_text_or_binary_is_what_the_whole_has_there() -> None:
    async def test(onewire: OneWire) -> list[bytes]:
        path = f"/{THERMOMETER}/scratchpad"
        return [(await onewire.read(path, size=4, offset=n)).data for n in (0, 5, 8, 9, -1)]

    whole = bytes.fromhex("281122334455665628")
    assert on_tester(THERMOMETER, test) == [whole[:4], whole[5:9], whole[8:], b"", b""]


def test_scales_apply_to_computed_values() -> None:
    view = View(temperature_scale=TemperatureScale.FAHRENHEIT, trim=True)
    value = on_tester("28", lambda w: text(w, "/28.000028D70000/temperature", view=view))
    assert value == b"39.2"


@pytest.mark.parametrize("family", family_names())
def test_every_readable_property_of_every_family_has_a_value(family: str) -> None:
    rom = RomId.make(int(family, 16), bytes(6))

    async def test(onewire: OneWire) -> int:
        count = 0
        for prop in find_family(rom.family).properties:
            if "r" not in prop.access:
                continue
            for extension in prop.extensions()[:3]:
                path = f"/{rom}/{prop.name}{extension.replace('000', '1')}"
                with suppress(CommunicationError):  # only the memory of a chip could tell
                    reading = await onewire.read(path)
                    whole = prop.full_size(ALL if extension == ".ALL" else None)
                    assert len(reading.data) <= max(whole, NUMBER_WIDTH)
                    count += 1
        return count

    assert on_tester(str(rom), test) > 8


# Random values


@pytest.mark.parametrize("style", [Style.FAKE, Style.MOCK])
def test_random_temperatures_stay_in_their_range(style: Style) -> None:
    async def test(onewire: OneWire) -> list[float]:
        path = f"/{THERMOMETER}/temperature"
        return [float(await text(onewire, path)) for _ in range(MANY)]

    values = on(style, THERMOMETER, test, temperatures=Range(-10, -5))
    assert -10 <= min(values) < max(values) <= -5
    assert len(set(values)) > MANY / 2
    reversed_range = on(style, THERMOMETER, test, temperatures=Range(50, 20))
    assert 20 <= min(reversed_range) < max(reversed_range) <= 50


def test_the_range_can_be_changed_while_it_runs() -> None:
    async def test(onewire: OneWire) -> tuple[float, float, float]:
        bus = onewire.buses[0]
        await bus.change_setting("simulated/templow", 7.0)
        await bus.change_setting("simulated/temphigh", 7.0)
        low, high = await bus.setting("simulated/templow"), await bus.setting("simulated/temphigh")
        return low, high, float(await text(onewire, f"/{THERMOMETER}/temperature"))

    assert on(Style.FAKE, THERMOMETER, test) == (7.0, 7.0, 7.0)


def test_a_setting_of_another_adapter_is_not_supported() -> None:
    async def test(onewire: OneWire) -> None:
        with pytest.raises(NotSupportedError):
            await onewire.buses[0].setting("usb/flexible_timing")
        with pytest.raises(NotSupportedError):
            await onewire.buses[0].change_setting("usb/flexible_timing", True)

    on(Style.FAKE, "28", test)


def test_random_values_are_plausible_for_their_kind() -> None:
    async def test(onewire: OneWire) -> None:
        for _ in range(MANY):
            assert 0 <= int(await text(onewire, "/29.112233445566/set_alarm")) < 256
            assert 0 <= int(await text(onewire, "/12.112233445566/PIO.BYTE")) < 4
            assert await text(onewire, "/12.112233445566/PIO.A") in (b"0", b"1")
            assert len(await text(onewire, "/29.112233445566/PIO.ALL")) == len("1,0,1,0,1,0,1,0")
            locator = await text(onewire, "/29.112233445566/locator")
            assert len(locator) == 16
            assert locator.isalpha()
        memory = (await onewire.read("/20.112233445566/memory")).data
        assert len(memory) == 32
        assert await onewire.read_value("/24.112233445566/date") > 1_500_000_000

    on(Style.FAKE, "29.112233445566,12.112233445566,20.112233445566,24.112233445566", test)


@pytest.mark.parametrize("style", [Style.FAKE, Style.MOCK])
def test_what_the_address_tells_is_never_random(style: Style) -> None:
    async def test(onewire: OneWire) -> list[bytes]:
        names = ("address", "id", "type", "family", "present")
        return [await text(onewire, f"/{THERMOMETER}/{name}") for name in names]

    told = [b"2811223344556656", b"112233445566", b"DS18B20", b"28", b"1"]
    assert on(style, THERMOMETER, test) == told


# Writing


@pytest.mark.parametrize("style", [Style.FAKE, Style.TESTER])
def test_writing_succeeds_without_effect(style: Style) -> None:
    async def test(onewire: OneWire) -> tuple[int, bytes]:
        taken = await onewire.write(f"/{THERMOMETER}/temphigh", b"1234")
        return taken, await text(onewire, f"/{THERMOMETER}/temphigh")

    taken, value = on(style, THERMOMETER, test)
    assert taken == 4
    assert value != b"1234"


def test_a_mock_keeps_what_was_written() -> None:
    async def test(onewire: OneWire) -> list[bytes]:
        await onewire.write(f"/{THERMOMETER}/temphigh", b"1234")
        await onewire.write("/20.112233445566/set_alarm/volthigh.B", b"7")
        await onewire.write("/20.112233445566/memory", b"abc")
        await onewire.write("/20.112233445566/memory", b"def", offset=5)
        paths = (f"{THERMOMETER}/temphigh", "20.112233445566/set_alarm/volthigh.B",
                 "20.112233445566/memory")  # fmt: skip
        return [await text(onewire, f"{prefix}/{path}")
                for path in paths for prefix in ("", "/uncached", "/bus.0")]  # fmt: skip

    values = on(Style.MOCK, f"{THERMOMETER},20.112233445566", test)
    assert values == [b"1234"] * 3 + [b"7"] * 3 + [b"abc\0\0def"] * 3


def test_a_mock_can_be_told_what_it_measures_though_that_is_refused() -> None:
    async def test(onewire: OneWire) -> bytes:
        path = f"/{THERMOMETER}/temperature"
        with pytest.raises(NotSupportedError):
            await onewire.write(path, b"21.5")
        return await text(onewire, path)

    assert on(Style.MOCK, THERMOMETER, test) == b"21.5"


@pytest.mark.parametrize("style", list(Style))
def test_aliases_are_real(style: Style) -> None:
    async def test(onewire: OneWire) -> tuple[list[str], bytes, bytes]:
        await onewire.write(f"/{THERMOMETER}/alias", b"kitchen")
        entries = await listed(onewire)
        return entries, await text(onewire, "/kitchen/alias"), await text(onewire, "/kitchen/id")

    assert on(style, THERMOMETER, test) == (["/kitchen"], b"kitchen", b"112233445566")


# Directories


def test_nobody_is_ever_in_alarm() -> None:
    async def test(onewire: OneWire) -> list[str]:
        return (await onewire.dir("/alarm")).entries

    assert on_tester("28,10", test) == []


def test_listings_are_never_kept_in_the_cache() -> None:
    async def test(onewire: OneWire) -> int:
        await onewire.dir("/")
        return onewire.cache.counts.directory.added

    assert on_tester("28,10", test) == 0


def test_a_device_that_is_not_on_the_list_is_found_by_its_bus_only() -> None:
    async def test(onewire: OneWire) -> tuple[bytes, bytes]:
        with pytest.raises(PathError):
            await onewire.read(f"/{THERMOMETER}/type")
        path = f"/bus.0/{THERMOMETER}"
        return await text(onewire, f"{path}/type"), await text(onewire, f"{path}/present")

    assert on_tester("28", test) == (b"DS18B20", b"0")


@pytest.mark.parametrize(
    ("address", "listed_there"),
    [
        ("3B.000000000000", "fasttemp"),
        ("3B.000000800000", "thermocouple"),
        ("3B.00FF00800000", "thermocouple"),
        ("3B.00FFFF800000", "memory"),
        ("3B.00FFFF7F0000", "fasttemp"),
    ],
)
def test_the_model_of_a_simulated_device_is_told_by_its_address(
    address: str, listed_there: str
) -> None:
    async def test(onewire: OneWire) -> set[str]:
        entries = (await onewire.dir(f"/{address}")).entries
        return {entry.rpartition("/")[2] for entry in entries}

    found = on_tester(address, test)
    assert found & {"fasttemp", "thermocouple", "memory"} == {listed_there}


def test_a_tester_for_a_bus_of_another_number_is_another_device() -> None:
    assert Computed(0).serial(0x28, 3) != Computed(1).serial(0x28, 3)


def test_a_tester_says_the_same_for_ever_and_a_fake_for_now() -> None:
    async def until(onewire: OneWire) -> float:
        return (await onewire.read(f"/{THERMOMETER}/temperature")).valid_until

    assert on(Style.FAKE, THERMOMETER, until) == 0.0
    assert on(Style.TESTER, THERMOMETER, until) > 0.0

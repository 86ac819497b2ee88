"""/settings: what is written holds at once, and means what owserver means by it."""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import InvalidValueError, NotSupportedError
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.view import PressureScale, TemperatureScale
from tests.bus.bench import Bench, degrees

HOST_TIMEOUTS = ("ftp", "ha7", "network", "serial", "server", "usb", "w1")


async def text(ow: OneWire, path: str) -> bytes:
    return (await ow.read(path)).data


def test_the_default_timeouts_are_those_of_owserver() -> None:
    async def test(ow: OneWire) -> None:
        shown = {
            path.rpartition("/")[2]: int(await text(ow, path))
            for path in (await ow.dir("/settings/timeout")).entries
        }
        assert shown == {
            "directory": 60, "ftp": 900, "ha7": 60, "network": 1, "presence": 120, "serial": 5,
            "server": 10, "stable": 300, "uncached": 0, "usb": 5, "volatile": 15, "w1": 30,
        }  # fmt: skip

    Bench("28").run(test)


def test_a_lifetime_holds_for_what_is_in_the_cache_already() -> None:
    bench = Bench("28")
    chip = bench.thermometers[0]
    chip.temperature = 20.0

    async def test(ow: OneWire) -> None:
        device = (await ow.dir("/")).entries[0]
        assert await degrees(ow, f"{device}/temperature") == 20.0
        chip.temperature = 30.0
        bench.clock.advance(20)
        await ow.write("/settings/timeout/volatile", b"60")
        assert await degrees(ow, f"{device}/temperature") == 20.0
        await ow.write("/settings/timeout/volatile", b"10")
        assert await degrees(ow, f"{device}/temperature") == 30.0

    bench.run(test)


@pytest.mark.parametrize("name", ["volatile", "stable", "directory", "presence", *HOST_TIMEOUTS])
def test_lowering_any_timeout_empties_the_cache(name: str) -> None:
    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        was = int(await text(ow, f"/settings/timeout/{name}"))
        await ow.write(f"/settings/timeout/{name}", str(was + 1).encode())
        assert len(ow.cache) == 2
        assert int(await text(ow, "/statistics/cache/flips")) == 1
        await ow.write(f"/settings/timeout/{name}", str(was).encode())
        assert len(ow.cache) == 0
        assert int(await text(ow, "/statistics/cache/flips")) == 3

    Bench("28").run(test)


def test_answers_given_before_a_write_hold_no_more() -> None:
    async def test(ow: OneWire) -> None:
        epoch = ow.epoch
        await ow.write("/settings/timeout/volatile", b"60")
        assert ow.epoch != epoch

    Bench("28").run(test)


def test_a_timeout_is_32_bits_without_sign() -> None:
    async def test(ow: OneWire) -> None:
        for written, shown in ((b"-1", 4294967295), (b"99999999999", 1215752191), (b"1.5", 1)):
            await ow.write("/settings/timeout/ftp", written)
            assert int(await text(ow, "/settings/timeout/ftp")) == shown
        with pytest.raises(InvalidValueError):
            await ow.write("/settings/timeout/ftp", b"")

    Bench("28").run(test)


def test_the_timeout_of_serial_ports_reaches_the_driver_and_the_host() -> None:
    bench = Bench("28")
    told: list[tuple[str, int]] = []

    async def test(ow: OneWire) -> None:
        ow.host.timeout_changed = lambda name, seconds: told.append((name, seconds))
        await ow.write("/settings/timeout/serial", b"3")
        await ow.write("/settings/timeout/usb", b"7")
        assert bench.masters[0].line.timeout == bench.masters[0].timeout == 3
        assert told == [("serial", 3), ("usb", 7)]

    bench.run(test)


def test_uncached_makes_every_path_uncached() -> None:
    bench = Bench("28")

    async def test(ow: OneWire) -> None:
        device = (await ow.dir("/")).entries[0]
        await ow.read(f"{device}/latesttemp")
        before = bench.wire.counts.snapshot()
        await ow.read(f"{device}/latesttemp")
        assert (bench.wire.counts - before).resets == 0
        await ow.write("/settings/timeout/uncached", b"1")
        assert await text(ow, "/settings/timeout/uncached") == b"1"
        await ow.read(f"{device}/latesttemp")
        assert (bench.wire.counts - before).resets == 1

    bench.run(test)


def test_aliases_are_listed_and_can_be_switched_off() -> None:
    async def test(ow: OneWire) -> None:
        assert await text(ow, "/settings/alias/list") == b""
        ten, twenty_eight = sorted((await ow.dir("/")).entries)
        await ow.write(f"{twenty_eight}/alias", b"kitchen")
        await ow.write(f"{ten}/alias", b"hall")
        addresses = [await text(ow, f"{device}/address") for device in (ten, twenty_eight)]
        assert await text(ow, "/settings/alias/list") == (
            addresses[0] + b"=hall\r\n" + addresses[1] + b"=kitchen\r\n"
        )
        assert set((await ow.dir("/")).entries) == {"/hall", "/kitchen"}
        await ow.write("/settings/alias/unaliased", b"yes")
        assert await text(ow, "/settings/alias/unaliased") == b"1"
        assert sorted((await ow.dir("/")).entries) == [ten, twenty_eight]

    Bench("28,10").run(test)


def test_the_scale_holds_for_those_who_do_not_say_theirs() -> None:
    bench = Bench("28")
    bench.thermometers[0].temperature = 20.0

    async def test(ow: OneWire) -> None:
        path = "/28.000028D70000/temperature"
        for written, shown, value in (
            (b"F", b"F", 68.0),
            (b"kelvin", b"K", 293.15),
            (b"", b"K", 293.15),
            (b"c", b"C", 20.0),
        ):
            await ow.write("/settings/units/temperature_scale", written)
            assert await text(ow, "/settings/units/temperature_scale") == shown
            assert await degrees(ow, path) == value
        with pytest.raises(InvalidValueError):
            await ow.write("/settings/units/temperature_scale", b"x")
        assert ow.view.temperature_scale is TemperatureScale.CELSIUS

    bench.run(test)


def test_two_letters_tell_the_scale_of_pressure() -> None:
    async def test(ow: OneWire) -> None:
        path = "/settings/units/pressure_scale"
        for written, shown in (
            (b"atm", b"atm"), (b"MM", b"mmHg"), (b"inch", b"inHg"), (b"psi", b"psi"),
            (b"PA", b"Pa"), (b"mbar", b"mbar"),
        ):  # fmt: skip
            await ow.write(path, written)
            assert await text(ow, path) == shown
        for bad in (b"", b"m", b"xx"):
            with pytest.raises(InvalidValueError):
                await ow.write(path, bad)
        assert ow.view.pressure_scale is PressureScale.MBAR

    Bench("28").run(test)


def test_the_texts_of_return_codes() -> None:
    async def test(ow: OneWire) -> None:
        path = "/settings/return_codes/text"
        assert await text(ow, f"{path}.0") == b"Good result"
        assert await text(ow, f"{path}.80") == b"Unassigned error 80"
        assert await text(ow, f"{path}.210") == b"Error number out of range"
        everything = await text(ow, f"{path}.ALL")
        assert len(everything) == 4983
        assert everything.count(b",") == 210
        with pytest.raises(NotSupportedError):
            await ow.write(f"{path}.3", b"x")

    Bench("28").run(test)

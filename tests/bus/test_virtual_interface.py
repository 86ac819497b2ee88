"""/bus.N/interface: an adapter's settings, which can be changed, and what its bus has done."""

from __future__ import annotations

import asyncio

import pytest

from owfs_py.bus.errors import BusNotRespondingError, NotSupportedError, OneWireError
from owfs_py.bus.host import LONGEST_TIMEOUT
from owfs_py.bus.masters.autoserial import AutoSerial
from owfs_py.bus.masters.ds9097 import DS9097
from owfs_py.bus.onewire import OneWire
from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.virtualtime import VirtualClock, run
from tests.bus.bench import Bench, degrees

SETTINGS = "/bus.0/interface/settings"
STATISTICS = "/bus.0/interface/statistics"


async def text(ow: OneWire, path: str) -> bytes:
    return (await ow.read(path)).data


async def count(ow: OneWire, name: str) -> int:
    return int(await text(ow, f"{STATISTICS}/{name}"))


async def names(ow: OneWire, path: str) -> list[str]:
    return [entry.rpartition("/")[2] for entry in (await ow.dir(path)).entries]


def test_what_a_ds2480b_shows() -> None:
    async def test(ow: OneWire) -> None:
        assert await names(ow, "/bus.0/interface") == ["settings", "statistics"]
        assert await names(ow, SETTINGS) == [
            "address", "ds2404_found", "name", "overdrive", "reconnect", "serial", "version",
        ]  # fmt: skip
        assert await names(ow, f"{SETTINGS}/serial") == [
            "baudrate", "flexible_timing", "reverse_polarity",
        ]  # fmt: skip
        assert await text(ow, f"{SETTINGS}/name") == b"DS9097U"
        assert await text(ow, f"{SETTINGS}/address") == b"emulated 0"
        assert int(await text(ow, f"{SETTINGS}/version")) == 3

    Bench("28").run(test)


def test_settings_of_other_adapters_are_not_listed_and_not_supported() -> None:
    async def test(ow: OneWire) -> None:
        assert await names(ow, f"{SETTINGS}/usb") == []
        for name in ("usb/flexible_timing", "ha5/checksum", "simulated/templow"):
            with pytest.raises(NotSupportedError):
                await ow.read(f"{SETTINGS}/{name}")
            with pytest.raises(NotSupportedError):
                await ow.write(f"{SETTINGS}/{name}", b"1")

    Bench("28").run(test)


def test_a_passive_adapter_has_common_settings_only() -> None:
    clock = VirtualClock()
    port = Emulation.from_list("28", clock=clock, adapter="DS9097").port()

    async def test() -> None:
        async with OneWire(DS9097("passive", clock, port=port.opened), clock=clock) as ow:
            assert "serial" not in await names(ow, SETTINGS)
            assert await text(ow, f"{SETTINGS}/name") == b"DS9097"

    run(test(), clock)


def test_an_adapter_found_by_itself_shows_what_it_is() -> None:
    clock = VirtualClock()
    port = Emulation.from_list("28", clock=clock).port()
    master = AutoSerial("any", clock, port=port.opened)

    async def test() -> None:
        async with OneWire(master, clock=clock) as ow:
            assert "serial" in await names(ow, SETTINGS)
            await ow.write(f"{SETTINGS}/serial/flexible_timing", b"0")
            assert await text(ow, f"{SETTINGS}/serial/flexible_timing") == b"0"
            await ow.write(f"{SETTINGS}/ds2404_found", b"1")
            assert master.driver.long_resets
            for asked, used in ((b"3", 3), (b"0", 1), (b"4294967295", LONGEST_TIMEOUT)):
                await ow.write("/settings/timeout/serial", asked)
                assert int(await text(ow, "/settings/timeout/serial")) == int(asked)
                assert master.driver.timeout == used  # type: ignore[attr-defined]

    run(test(), clock)


def test_changed_settings_are_used_at_once() -> None:
    bench = Bench("28")
    master = bench.masters[0]

    async def test(ow: OneWire) -> None:
        device = (await ow.dir("/")).entries[0]
        assert int(await text(ow, f"{SETTINGS}/serial/baudrate")) == 9600
        await ow.write(f"{SETTINGS}/serial/baudrate", b"57600")
        assert master.baudrate == 57600
        assert int(await text(ow, f"{SETTINGS}/serial/baudrate")) == 57600
        await ow.write(f"{SETTINGS}/serial/baudrate", b"60000")
        assert int(await text(ow, f"{SETTINGS}/serial/baudrate")) == 57600
        await ow.write(f"{SETTINGS}/serial/flexible_timing", b"0")
        assert await text(ow, f"{SETTINGS}/serial/flexible_timing") == b"0"
        assert await degrees(ow, f"/uncached{device}/temperature")
        assert await count(ow, "reconnects") == 3

    bench.run(test)


def test_overdrive_is_off_until_it_is_switched_on() -> None:
    async def test(ow: OneWire) -> None:
        assert await text(ow, f"{SETTINGS}/overdrive") == b"0"
        for value in (b"1", b"0", b"yes", b"no"):
            await ow.write(f"{SETTINGS}/overdrive", value)
            wanted = b"1" if value in (b"1", b"yes") else b"0"
            assert await text(ow, f"{SETTINGS}/overdrive") == wanted
        assert await count(ow, "overdrive/attempts") == 0
        assert await count(ow, "overdrive/failures") == 0

    Bench("28").run(test)


def test_an_adapter_without_overdrive_says_so() -> None:
    clock = VirtualClock()
    port = Emulation.from_list("28", clock=clock, adapter="DS9097").port()

    async def test() -> None:
        async with OneWire(DS9097("passive", clock, port=port.opened), clock=clock) as ow:
            await ow.write(f"{SETTINGS}/overdrive", b"0")
            with pytest.raises(NotSupportedError, match="DS9097 has no overdrive"):
                await ow.write(f"{SETTINGS}/overdrive", b"1")
            assert await text(ow, f"{SETTINGS}/overdrive") == b"0"

    run(test(), clock)


def test_a_ds2404_is_kept_in_mind() -> None:
    bench = Bench("28")

    async def test(ow: OneWire) -> None:
        assert await text(ow, f"{SETTINGS}/ds2404_found") == b"0"
        await ow.write(f"{SETTINGS}/ds2404_found", b"1")
        assert await text(ow, f"{SETTINGS}/ds2404_found") == b"1"
        assert bench.masters[0].long_resets
        await ow.write(f"{SETTINGS}/reconnect", b"1")
        assert await text(ow, f"{SETTINGS}/ds2404_found") == b"1"
        assert len((await ow.dir("/uncached")).entries) == 1

    bench.run(test)


def test_reconnect_opens_the_adapter_anew_while_others_wait() -> None:
    bench = Bench("28")
    opened = []
    master = bench.masters[0]
    really_open = master.open

    def open_and_tell() -> None:
        opened.append(ow_now())
        really_open()

    master.open = open_and_tell  # type: ignore[method-assign]
    ow_now = bench.clock.now

    async def test(ow: OneWire) -> None:
        device = (await ow.dir("/")).entries[0]
        assert len(opened) == 1
        await ow.write(f"{SETTINGS}/reconnect", b"0")
        assert len(opened) == 1
        _, reading = await asyncio.gather(
            ow.write(f"{SETTINGS}/reconnect", b"1"), ow.read(f"/uncached{device}/latesttemp")
        )
        assert len(opened) == 2
        assert reading.data
        assert await text(ow, f"{SETTINGS}/reconnect") == b"0"

    bench.run(test)


def test_an_adapter_that_is_looked_for_shows() -> None:
    bench = Bench("28")

    async def test(ow: OneWire) -> None:
        bench.ports[0].unplug()
        await ow.write(f"{SETTINGS}/reconnect", b"1")
        assert await text(ow, f"{SETTINGS}/reconnect") == b"1"
        assert await count(ow, "reconnect_errors") >= 1
        with pytest.raises(BusNotRespondingError):
            await ow.dir("/bus.0")
        await ow.write(f"{SETTINGS}/reconnect", b"1")
        bench.ports[0].plug()
        await asyncio.sleep(6)
        assert await text(ow, f"{SETTINGS}/reconnect") == b"0"
        assert len((await ow.dir("/bus.0")).entries) > 1

    bench.run(test)


def test_resets_locks_and_time_are_those_of_the_wire() -> None:
    bench = Bench("28", pace=True)

    async def test(ow: OneWire) -> None:
        wire = bench.wire.counts.snapshot()
        locks = await count(ow, "locks")
        resets = await count(ow, "resets")
        device = (await ow.dir("/")).entries[0]
        await ow.read(f"{device}/temperature")
        await ow.write(f"{device}/temphigh", b"30")
        await ow.read(f"{device}/present")
        await ow.read("/simultaneous/present")
        assert await count(ow, "resets") - resets == (bench.wire.counts - wire).resets
        assert await count(ow, "locks") > locks
        assert await count(ow, "unlocks") == await count(ow, "locks")
        assert await count(ow, "elapsed_time") == int(bench.clock.now() - 1000)
        bus_time = float(await text(ow, f"{STATISTICS}/bus_time"))
        assert bus_time >= (bench.wire.counts - wire).bus_time
        assert bus_time < 2 * (bench.wire.counts - wire).bus_time

    bench.run(test)


def test_an_adapter_that_falls_silent_is_counted() -> None:
    bench = Bench("28")

    async def test(ow: OneWire) -> None:
        device = (await ow.dir("/")).entries[0]
        bench.ports[0].unplug()
        with pytest.raises(OneWireError):
            await ow.read(f"/uncached{device}/latesttemp")
        assert await count(ow, "errors") == 1
        assert await count(ow, "reset_errors") == 1
        assert await count(ow, "reconnects") >= 1

    bench.run(test)


def test_an_adapter_that_is_not_there_at_the_start_is_counted() -> None:
    bench = Bench("28")
    bench.ports[0].unplug()

    async def test(ow: OneWire) -> None:
        assert await count(ow, "open_errors") == 1

    bench.run(test)


def test_statistics_do_not_wait_for_the_bus() -> None:
    async def test(ow: OneWire) -> None:
        device = (await ow.dir("/")).entries[0]
        reading = asyncio.ensure_future(ow.read(f"{device}/temperature"))
        await asyncio.sleep(0.3)
        began = ow.clock.now()
        assert await count(ow, "resets") > 0
        assert ow.clock.now() == began
        assert not reading.done()
        await reading

    Bench("28", parasitic=True).run(test)

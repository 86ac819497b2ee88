"""A server on top of others: what goes up, what comes back, how it is shown.

How trouble is met is in test_remotebus_trouble; foreign servers are in interop/test_chains.
"""

import asyncio

import pytest

from owfs_py._wire import build
from owfs_py.bus import errors
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.view import PressureScale, TemperatureScale, View
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.ownet.messages import MessageType
from owfs_py.ownet.remotebus import RemoteBus
from tests.ownet.chainbench import (
    OLD,
    SENSOR,
    TOKENS,
    Place,
    Recorder,
    chain,
    on_virtual_time,
    over,
    sensible,
)


def test_devices_of_all_buses_are_listed_and_read():
    async def test(clock):
        async with chain(clock, "01", "28,10") as (below, _):
            client = below.client
            entries = await client.dir("/")
            return entries, await client.read(f"{SENSOR}/type"), await client.read(f"{OLD}/address")

    entries, kind, address = on_virtual_time(test)
    assert entries == ["/01.010001FE0000", SENSOR, OLD]
    assert (kind, address) == (b"DS18B20", b"10000010EF01009F")


def test_root_offers_what_any_upstream_can_do():
    async def test(clock):
        async with chain(clock, "01", "01", "28") as (below, *_):
            return await below.client.listing("/", view=View(bus_list=True))

    listing = on_virtual_time(test)
    assert listing.flags == 0x8002
    assert listing.entries[-9:] == [
        *("/bus.1", "/bus.0", "/uncached", "/settings", "/system", "/statistics", "/structure"),
        *("/simultaneous", "/alarm"),
    ]


def test_paths_walk_through_the_buses():
    async def test(clock):
        async with chain(clock, "", "", "28") as (below, _, top):
            client = below.client
            await client.write("/bus.0/bus.0/bus.0/interface/settings/ds2404_found", b"1")
            return (
                await client.dir("/bus.0"),
                await client.dir("/bus.0/bus.0"),
                await client.dir("/bus.0/bus.0/bus.0"),
                await client.read(f"/bus.0/bus.0{SENSOR}/type"),
                await client.read("/bus.0/interface/settings/name"),
                await client.read("/bus.0/interface/settings/version", view=View(trim=True)),
                await client.read("/bus.0/interface/settings/address"),
                await client.read("/bus.0/bus.0/bus.0/interface/settings/name"),
                top.onewire.buses[0].long_resets,
            )

    first, second, third, *rest, written = on_virtual_time(test)
    assert first[:3] == ["/bus.0/interface", f"/bus.0{SENSOR}", "/bus.0/bus.0"]
    assert second[:3] == ["/bus.0/bus.0/interface", f"/bus.0/bus.0{SENSOR}", "/bus.0/bus.0/bus.0"]
    assert third[:2] == ["/bus.0/bus.0/bus.0/interface", f"/bus.0/bus.0/bus.0{SENSOR}"]
    assert rest[:3] == [b"DS18B20", b"tcp", b"9"]
    assert rest[3].startswith(b"127.0.0.1:")
    assert rest[4] == b"Simulated-Computed"
    assert written is True


def test_bus_is_taken_out_wherever_it_stands():
    async def test(below, recorder):
        client = below.client
        entries = await client.dir("/uncached/bus.0")
        await client.dir("/bus.0/uncached/bus.0/")
        await client.read("/UNCACHED/bus.00/settings/timeout/stable")
        return entries, recorder.asked

    entries, asked = over(sensible, test)
    assert entries == ["/uncached/bus.0/interface", "/uncached/bus.0/attic"]
    assert asked == [
        (MessageType.DIRALL, "/uncached"),
        (MessageType.DIRALL, "/uncached/bus.0/"),
        (MessageType.READ, "/UNCACHED/settings/timeout/stable"),
    ]


def test_settings_of_an_upstream_are_read_and_written():
    async def test(clock):
        async with chain(clock, "", "28") as (below, above):
            client = below.client
            await client.write("/bus.0/settings/timeout/stable", b"77")
            got = await client.read("/bus.0/settings/timeout/stable", view=View(trim=True))
            structure = await client.get("/bus.0/structure/28/temperature")
            timeouts = below.onewire.cache.timeouts, above.onewire.cache.timeouts
            return got, [t.stable for t in timeouts], structure

    got, stable, structure = on_virtual_time(test)
    assert got == b"77"
    assert stable == [300, 77]
    assert structure.startswith(b"t,000000")


def test_wishes_of_the_client_go_up():
    view = View(
        TemperatureScale.RANKINE,
        PressureScale.PSI,
        rom_format=4,
        trim=True,
        uncached=True,
        bus_list=True,
    )

    async def test(below, recorder):
        client = below.client
        await client.read(f"{SENSOR}/temperature", size=100, offset=3, view=view)
        await client.write(f"{SENSOR}/temphigh", b"30", view=view)
        await client.dir(SENSOR, view=view)
        await client.dir("/", view=view)
        await client.dir("/bus.0")
        return recorder.requests

    presence, read, write, devices, root, bus = over(sensible, test)
    assert presence[0] == MessageType.PRESENCE
    # Format 4, psi, Rankine; ownet, trim, uncached, persistence; not: aliases, bus list.
    wishes = 4 << 24 | 4 << 18 | 3 << 16 | 0x100 | 0x40 | 0x20 | 0x04
    assert [r[2].flags for r in (read, write, devices, root)] == [wishes] * 4
    assert bus[2].flags == 0x106
    assert (read[2].size, read[2].offset) == (100, 3)
    assert write[3] == b"30"
    assert (write[1], devices[1], root[1], bus[1]) == (f"{SENSOR}/temphigh", SENSOR, "/", "/")


def test_without_persistence_none_is_asked_for():
    async def test(below, recorder):
        await below.client.read(f"{SENSOR}/temperature")
        return recorder.requests[-1][2].flags

    assert over(sensible, test, persistent=False) == 0x100


def test_tokens_go_with_every_message():
    view = View(tokens=TOKENS)
    failing = "/28.FFFFFFFFFFFF/temperature"

    async def test(below, recorder):
        client = below.client
        await client.read(f"{SENSOR}/temperature", view=view)
        await client.write(f"{SENSOR}/temphigh", b"30", view=view)
        await client.dir("/", view=view)
        await client.dir("/alarm", view=view)
        await client.dir("/bus.0", view=view)
        await client.present("/bus.0/attic", view=view)
        await client.get(f"{SENSOR}", view=view)
        await client.read("/attic/temperature", view=view)
        await client.read("/attic/nothing", view=view)
        await client.read("/simultaneous/single", view=view)
        for name in ("temperature", "voltage", "iblss"):
            await client.write(f"/simultaneous/{name}", b"1", view=view)
        with pytest.raises(errors.PathError):
            await client.read(failing, view=view)
        with pytest.raises(errors.PathError):
            await client.present("/cellar", view=view)
        return recorder.requests, below.settings.token

    requests, own = over(sensible, test)
    assert len(requests) >= 16
    assert {tokens for *_, tokens in requests} == {(*TOKENS, own)}


def test_too_many_tokens_are_an_error_and_not_a_fault():
    async def test(below, recorder):
        view = View(tokens=TOKENS * 3126)
        with pytest.raises(errors.OneWireError) as caught:
            await below.client.read("/bus.0/attic/x", view=view)
        return caught.value.code, recorder.requests

    code, requests = over(sensible, test)
    assert code == errors.MessageSizeError.code
    assert requests == []


def test_device_on_several_buses_is_read_from_the_lowest():
    async def test(clock):
        async with Recorder(sensible) as slow, Recorder(sensible) as fast:
            slow.script = lambda *r: [0.5, *sensible(*r)] if r[0] != MessageType.NOP else (
                sensible(*r)
            )  # fmt: skip
            below = Place(clock)
            below.add_server(slow.port)
            below.add_server(fast.port)
            async with below:
                listed = await below.client.dir("/")
                by_listing = await below.client.read(f"{SENSOR}/temperature")
                below.onewire.cache.clear()
                await below.client.read(f"{SENSOR}/temperature")
                reads = [
                    [kind for kind, _ in u.asked].count(MessageType.READ) for u in (slow, fast)
                ]
                return listed, by_listing, reads

    assert on_virtual_time(test) == (["/attic", "/attic"], b"21.5", [2, 0])


def test_location_is_asked_for_once_in_its_lifetime():
    async def test(below, recorder):
        for wait in (0, 119, 2):
            await asyncio.sleep(wait)
            await below.client.read(f"{SENSOR}/temperature")
        return [kind.name for kind, _ in recorder.asked]

    assert over(sensible, test) == ["PRESENCE", "READ", "READ", "PRESENCE", "READ"]


def test_every_read_and_listing_goes_up():
    async def test(below, recorder):
        for _ in range(3):
            await below.client.read(f"{SENSOR}/type")
            await below.client.dir("/")
        kinds = [kind for kind, _ in recorder.asked]
        return kinds.count(MessageType.READ), kinds.count(MessageType.DIRALL)

    assert over(sensible, test) == (3, 3)


@pytest.mark.parametrize("code", [1, 5, 16, 20, 22, 30, 34, 90, 95, 103])
def test_return_codes_of_an_upstream_are_passed_through(code):
    def script(kind, path, header, data, tokens):
        if kind in (MessageType.READ, MessageType.WRITE) or "settings" in path:
            return [build(-code, header.flags, 0, 0)]
        return sensible(kind, path, header, data, tokens)

    async def test(below, recorder):
        client = below.client
        codes = []
        for asking in (
            client.read(f"{SENSOR}/temperature"),
            client.write(f"{SENSOR}/temphigh", b"1"),
            client.write(f"{SENSOR}/type", b"1"),
            client.read("/bus.0/settings/timeout/stable"),
            client.write("/bus.0/settings/timeout/stable", b"1"),
            client.dir("/bus.0/settings"),
            client.present("/bus.0/settings"),
            client.read(f"{SENSOR}/temperature"),
        ):
            with pytest.raises(errors.OneWireError) as caught:
                await asking
            codes.append(caught.value.code)
        return codes

    assert over(script, test) == [code] * 8


def test_bad_text_never_leaves():
    async def test(below, recorder):
        with pytest.raises(errors.InvalidValueError):
            await below.client.write(f"{SENSOR}/temphigh", b"warm")
        return [kind.name for kind, _ in recorder.asked]

    assert over(sensible, test) == ["PRESENCE"]


def test_property_that_only_the_upstream_knows_is_read_there():
    def script(kind, path, header, data, tokens):
        if path == f"{SENSOR}/colour":
            return [build(3, header.flags, 3, 0, b"red")]
        if path.endswith("/shape"):
            return [build(-1, header.flags, 0, 0)]
        return sensible(kind, path, header, data, tokens)

    async def test(below, recorder):
        with pytest.raises(errors.PathError):
            await below.client.read(f"{SENSOR}/shape")
        return await below.client.read(f"{SENSOR}/colour")

    assert over(script, test) == b"red"


def test_longer_answers_than_asked_for_are_cut():
    def script(kind, path, header, data, tokens):
        if kind == MessageType.READ:
            return [build(9, header.flags, 9, 0, b"123456789")]
        return sensible(kind, path, header, data, tokens)

    async def test(below, recorder):
        return await below.client.read(f"{SENSOR}/temperature", size=4)

    assert over(script, test) == b"1234"


def test_upstream_that_knows_no_dirall_is_asked_by_dir():
    def script(kind, path, header, data, tokens):
        if kind == MessageType.DIRALL:
            return [build(-42, header.flags, 0, 0)]
        if kind == MessageType.DIR:
            return [
                build(0, header.flags, 16, 0, SENSOR.encode() + b"\0"),
                build(0, header.flags, 0, 0x8002),
            ]
        return sensible(kind, path, header, data, tokens)

    async def test(below, recorder):
        return await below.client.listing("/"), await below.client.dir("/")

    listing, again = over(script, test)
    assert (listing.entries, listing.flags, again) == ([SENSOR], 0x8002, [SENSOR])


def test_device_that_moved_to_another_upstream_is_found_there():
    async def test(clock):
        left = Place(clock)
        chips = left.add_chips("28")
        right = Place(clock)
        right.add_chips("", unit=1)
        below = Place(clock)
        async with left, right:
            below.add_server(left.port)
            below.add_server(right.port)
            async with below:
                client = below.client
                first = await client.read(f"{SENSOR}/type")
                moved = right.add_chips("28", unit=0)
                chips._there = frozenset()
                left.onewire.cache.clear()
                left.onewire.changed()
                again = await client.read(f"{SENSOR}/type")
                moved._there = frozenset()
                right.onewire.cache.clear()
                right.onewire.changed()
                with pytest.raises(errors.DeviceGoneError):
                    await client.read(f"{SENSOR}/type")
                return first, again

    assert on_virtual_time(test) == (b"DS18B20", b"DS18B20")


def test_values_come_as_python_objects():
    async def test(clock):
        async with chain(clock, "", "28,29,20") as (below, above):
            wire, up = below.onewire, above.onewire
            paths = [
                f"{SENSOR}/{name}" for name in ("temperature", "type", "id", "power", "scratchpad")
            ]
            paths += [f"/29.000029D60100/{name}" for name in ("PIO.ALL", "PIO.BYTE", "PIO.3")]
            paths += ["/20.000020DF0200/volt.ALL", "/20.000020DF0200/pages/page.1"]
            theirs = [await up.read_value(path) for path in paths]
            ours = [await wire.read_value(path) for path in paths]
            through = [await wire.read_value(f"/bus.0{path}") for path in paths]
            return theirs, ours, through, await wire.read_value("/bus.0/settings/timeout/stable")

    theirs, ours, through, stable = on_virtual_time(test)
    assert ours == through
    assert stable == 300
    for there, here in zip(theirs, ours, strict=True):
        if isinstance(there, float):
            assert here == pytest.approx(there, rel=1e-5)
        elif isinstance(there, list):
            assert here == pytest.approx([float(item) for item in there], rel=1e-5)
        else:
            assert here == there


def test_address_without_sense_is_refused():
    clock = VirtualClock()
    wire = OneWire(clock=clock)
    with pytest.raises(ValueError, match="not an address"):
        RemoteBus(0, ":4304", wire.cache, wire.aliases)

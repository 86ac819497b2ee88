"""A server on top of others: what goes up, what comes back, loops, and upstreams that fail.

The servers are ours, in one process, on virtual time; foreign ones are in interop/test_chains.
"""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from owfs_py._wire import build
from owfs_py.bus import errors
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.rom import RomId
from owfs_py.bus.simulated import SimulatedBus, Style
from owfs_py.bus.view import PressureScale, TemperatureScale, View
from owfs_py.emulator.virtualtime import VirtualClock, run
from owfs_py.ownet.client import OwnetClient
from owfs_py.ownet.messages import HEADER, KEEP_ALIVE, Header, MessageType, decode_path
from owfs_py.ownet.remotebus import RemoteBus
from owfs_py.server.server import Server
from owfs_py.server.settings import ServerSettings

SENSOR = "/28.000028D70000"
OLD = "/10.000010EF0100"
LONELY = "/01.000001FE0000"
TOKENS = (bytes(range(16)), bytes(range(16, 32)))
GRANTED = 0x104


class Place:
    """One server in a chain, its library and a client of it."""

    def __init__(self, clock, port=0):
        self.settings = ServerSettings(listen=(f"127.0.0.1:{port}",))
        self.onewire = OneWire(clock=clock)
        self.server = Server(self.onewire, self.settings)

    def add_chips(self, devices, style=Style.TESTER, unit=0):
        wire = self.onewire
        bus = SimulatedBus(
            wire.next_number(),
            wire.cache,
            wire.aliases,
            wire.changed,
            style=style,
            devices=devices,
            unit=unit,
        )
        wire.add_bus(bus)
        return bus

    def add_server(self, port, **options):
        wire = self.onewire
        bus = RemoteBus(
            wire.next_number(),
            f"127.0.0.1:{port}",
            wire.cache,
            wire.aliases,
            token=self.settings.token,
            **options,
        )
        wire.add_bus(bus)
        return bus

    async def __aenter__(self):
        await self.onewire.start()
        await self.server.start()
        self.port = self.server.port
        self.client = OwnetClient("127.0.0.1", self.server.port)
        return self

    async def __aexit__(self, *exc):
        self.client.close()
        await self.server.stop()
        await self.onewire.stop()


class Recorder:
    """An upstream that answers by a script and keeps what it was asked."""

    def __init__(self, script):
        self.script = script
        self.requests = []

    async def _serve(self, reader, writer):
        try:
            while True:
                header = Header.parse(await reader.readexactly(HEADER.size))
                tokens = header.version & 0xFFFF
                body = await reader.readexactly(header.payload + 16 * tokens)
                path, _, data = body[: header.payload].partition(b"\0")
                tail = body[header.payload :]
                tokens = tuple(tail[i : i + 16] for i in range(0, len(tail), 16))
                request = (MessageType(header.code), decode_path(path), header, data, tokens)
                if header.code != MessageType.NOP:
                    self.requests.append(request)
                for step in self.script(*request):
                    if isinstance(step, bytes):
                        writer.write(step)
                    else:
                        await asyncio.sleep(step)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    @property
    def asked(self):
        return [(kind, path) for kind, path, *_ in self.requests]

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc):
        self._server.close()


def sensible(kind, path, header, data, tokens):
    """What an upstream with one DS18B20, called `attic` there, answers."""
    flags = header.flags
    word = path.strip("/").split("/")[0]
    known = word in ("", "attic", SENSOR[1:], "28000028D70000", "bus.0", "uncached", "settings")
    if kind == MessageType.NOP:
        return [build(0, flags, 0, 0)]
    if not known:
        return [build(-1, flags, 0, 0)]
    if kind == MessageType.PRESENCE:
        return [build(0, flags, 0, 0, bytes(RomId.parse(SENSOR[1:])))]
    if kind == MessageType.WRITE:
        return [build(0, flags, header.size, 0)]
    if kind == MessageType.READ:
        return [build(4, flags, 4, 0, b"21.5")]
    entries = (path.rstrip("/") + "/attic").encode()
    return [build(0, flags, len(entries), 0x8002, entries + b"\0")]


def on_virtual_time(test):
    clock = VirtualClock()
    return run(test(clock), clock)


def over(script, test, **options):
    """Run `test(below, recorder)` with our server on an upstream that follows `script`."""

    async def main(clock):
        below = Place(clock)
        async with Recorder(script) as recorder:
            below.add_server(recorder.port, **options)
            async with below:
                return await test(below, recorder)

    return on_virtual_time(main)


@asynccontextmanager
async def chain(clock, *below_first):
    """Servers on top of each other, each with its own devices; the last one is at the top."""
    async with AsyncExitStack() as stack:
        places = []
        for unit, devices in enumerate(reversed(below_first)):
            place = Place(clock)
            if devices:
                place.add_chips(devices, unit=unit)
            if places:
                place.add_server(places[-1].port)
            places.append(await stack.enter_async_context(place))
        yield places[::-1]


def test_devices_of_all_buses_are_listed_and_read():
    async def test(clock):
        async with chain(clock, "01", "28,10") as (below, _):
            client = below.client
            entries = await client.dir("/")
            return entries, await client.read(f"{SENSOR}/type"), await client.read(f"{OLD}/address")

    entries, kind, address = on_virtual_time(test)
    assert entries == ["/01.000101FE0000", SENSOR, OLD]
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
    wishes = 0x040F0164  # format 4, psi, Rankine, ownet, trim, uncached, persistent; no alias bit
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
        view = View(tokens=TOKENS * 3125)
        with pytest.raises(errors.OneWireError) as caught:
            await below.client.read(f"/bus.0{SENSOR}/temperature", view=view)
        return caught.value.code, recorder.requests

    code, requests = over(sensible, test)
    assert code == errors.MessageSizeError.code
    assert requests == []


LOOPED = [
    lambda c: c.read("/28.FFFFFFFFFFFF/temperature"),
    lambda c: c.read("/nobody/temperature"),
    lambda c: c.write("/28.FFFFFFFFFFFF/temphigh", b"1"),
    lambda c: c.dir("/28.FFFFFFFFFFFF"),
    lambda c: c.listing("/28.FFFFFFFFFFFF", slash=True),
    lambda c: c.present("/28.FFFFFFFFFFFF"),
    lambda c: c.present("/nobody"),
    lambda c: c.get("/28.FFFFFFFFFFFF/temperature"),
    lambda c: c.get("/nobody", slash=True),
    *(
        lambda c, ask=ask: ask(c, "/bus.1" * 9)
        for ask in (
            lambda c, bus: c.read(f"{bus}{SENSOR}/type"),
            lambda c, bus: c.write(f"{bus}{SENSOR}/temphigh", b"1"),
            lambda c, bus: c.dir(bus),
            lambda c, bus: c.listing(bus, slash=True),
            lambda c, bus: c.present(f"{bus}{SENSOR}"),
            lambda c, bus: c.get(bus),
            lambda c, bus: c.get(bus, slash=True),
        )
    ),
]


@asynccontextmanager
async def ring(clock, *devices):
    """Servers each of which is on top of the next, and the last of the first."""
    async with AsyncExitStack() as stack:
        places = []
        for unit, own in enumerate(devices):
            place = Place(clock)
            place.add_chips(own, unit=unit)
            places.append(await stack.enter_async_context(place))
        for place, upstream in zip(places, [*places[1:], places[0]], strict=True):
            bus = place.add_server(upstream.port)
            await bus.start()
        yield places


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("ask", LOOPED, ids=range(len(LOOPED)))
def test_loops_end_with_an_error_at_once(size, ask):
    async def test(clock):
        async with ring(clock, *["28"] * size) as (first, *_):
            began = clock.now()
            with pytest.raises(errors.OneWireError):
                await ask(first.client)
            return clock.now() - began

    assert on_virtual_time(test) < 0.1


def test_in_a_loop_each_device_is_there_once_and_served():
    async def test(clock):
        async with ring(clock, "28", "10", "01") as places:
            got = []
            for place in places:
                entries = sorted(await place.client.dir("/"))
                got.append((entries, [await place.client.read(f"{e}/family") for e in entries]))
            for place in places:
                await place.client.write("/simultaneous/temperature", b"1")
            return got

    entries = ["/01.000201FE0000", "/10.000110EF0000", SENSOR]
    assert on_virtual_time(test) == [(entries, [b"01", b"10", b"28"])] * 3


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


def test_names_of_an_upstream_are_learnt():
    async def test(below, recorder):
        client = below.client
        got = [await client.read("/attic/temperature"), await client.present("/attic/type")]
        await client.write("/attic/temphigh", b"30")
        entries = await client.dir("/attic")
        return got, entries, recorder.asked

    got, entries, asked = over(sensible, test)
    assert got == [b"21.5", bytes(RomId.parse(SENSOR[1:]))]
    assert entries == ["/28000028D70000/attic"]  # an upstream would put its alias here
    assert asked == [
        (MessageType.PRESENCE, "/attic"),
        (MessageType.PRESENCE, SENSOR),
        (MessageType.READ, "/28000028D70000/temperature"),
        (MessageType.WRITE, "/28000028D70000/temphigh"),
        (MessageType.DIRALL, "/28000028D70000"),
    ]


def test_names_without_an_address_are_asked_for_as_they_are():
    def script(kind, path, header, data, tokens):
        if kind == MessageType.PRESENCE and path == "/weather":
            return [build(0, header.flags, 0, 0, bytes(8))]
        if path == "/weather/wind":
            return [build(2, header.flags, 2, 0, b"12")]
        return [build(0 if kind == MessageType.NOP else -1, header.flags, 0, 0)]

    async def test(below, recorder):
        wind = await below.client.read("/weather/wind")
        return wind, await below.client.present("/weather"), recorder.asked

    assert over(script, test) == (
        b"12",
        bytes(8),
        [
            (MessageType.PRESENCE, "/weather"),
            (MessageType.READ, "/weather/wind"),
            (MessageType.PRESENCE, "/weather"),
        ],
    )


def test_local_aliases_go_up_as_addresses_and_come_back():
    async def test(clock):
        async with chain(clock, "", "28,10") as (below, above):
            below.onewire.aliases.assign(RomId.parse(SENSOR[1:]), "here")
            above.onewire.aliases.assign(RomId.parse(OLD[1:]), "there")
            above.onewire.changed()
            client = below.client
            return (
                await client.dir("/"),
                (await client.dir("/here"))[0],
                (await client.dir("/bus.0/here"))[0],
                (await client.dir(f"/bus.0{SENSOR}"))[0],
                (await client.dir("/there"))[0],
                await client.read("/bus.0/here/type"),
                await client.read("/there/family"),
                await client.dir("/unaliased"),
            )

    assert on_virtual_time(test) == (
        ["/here", "/there"],
        "/here/address",
        "/bus.0/here/address",
        "/bus.0/here/address",
        "/there/address",
        b"DS18B20",
        b"10",
        [f"/unaliased{SENSOR}", f"/unaliased{OLD}"],
    )


def test_alias_of_a_remote_device_is_kept_here_unless_the_bus_is_named():
    async def test(clock):
        async with chain(clock, "", "28") as (below, above):
            client = below.client
            await client.write(f"/bus.0{SENSOR}/alias", b"there")
            before = await client.read(f"{SENSOR}/alias")
            await client.write(f"{SENSOR}/alias", b"here")
            return (
                before,
                await client.read(f"{SENSOR}/alias"),
                await client.read(f"{SENSOR}/alias", offset=1, size=2),
                await client.read(f"/bus.0{SENSOR}/alias"),
                below.onewire.aliases.items(),
                above.onewire.aliases.items(),
            )

    rom = RomId.parse(SENSOR[1:])
    expected = (b"there", b"here", b"er", b"there", [(rom, "here")], [(rom, "there")])
    assert on_virtual_time(test) == expected


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


def test_slow_upstream_is_waited_for_as_long_as_it_shows_life():
    def script(kind, path, header, data, tokens):
        alive = [1.5, KEEP_ALIVE] * 4 if kind == MessageType.READ else []
        return [*alive, *sensible(kind, path, header, data, tokens)]

    async def test(below, recorder):
        began = asyncio.get_running_loop().time()
        value = await below.client.read(f"{SENSOR}/temperature")
        return value, asyncio.get_running_loop().time() - began

    assert over(script, test) == (b"21.5", pytest.approx(6, abs=0.1))


def test_silent_request_fails_alone():
    def script(kind, path, header, data, tokens):
        silent = path.endswith("latesttemp")
        return [60] if silent else sensible(kind, path, header, data, tokens)

    async def test(below, recorder):
        loop = asyncio.get_running_loop()
        await below.client.dir("/")
        began = loop.time()
        with pytest.raises(errors.BusError):
            await below.client.read(f"/bus.0{SENSOR}/latesttemp")
        took = loop.time() - began
        return took, await below.client.read(f"{SENSOR}/temperature")

    assert over(script, test) == (pytest.approx(2, abs=0.1), b"21.5")


def test_timeout_follows_the_setting():
    def script(kind, path, header, data, tokens):
        silent = kind == MessageType.READ
        return [60] if silent else sensible(kind, path, header, data, tokens)

    async def test(below, recorder):
        loop = asyncio.get_running_loop()
        client = OwnetClient("127.0.0.1", below.port, timeout=30)
        await client.write("/settings/timeout/network", b"5")
        began = loop.time()
        with pytest.raises(errors.BusError):
            await client.read(f"/bus.0{SENSOR}/temperature")
        client.close()
        return loop.time() - began

    assert over(script, test) == pytest.approx(6, abs=0.1)


async def _seconds(asking):
    """How long it takes, and the return code (0 if good)."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        await asking
    except errors.OneWireError as error:
        return round(loop.time() - began, 1), error.code
    return round(loop.time() - began, 1), 0


def returned(clock, place):
    """A server like `place` was, at the same address."""
    again = Place(clock, place.port)
    again.add_chips("28")
    return again


def test_dead_upstream_is_noticed_and_missed_without_delay():
    async def test(clock):
        above = Place(clock)
        above.add_chips("28")
        below = Place(clock)
        below.add_chips("10", unit=1)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(above)
            remote = below.add_server(above.port)
            await stack.enter_async_context(below)
            client = below.client
            assert len(await client.dir("/")) == 2
            await above.__aexit__()
            got = [
                await _seconds(client.read(f"{SENSOR}/type")),
                await _seconds(client.write(f"{SENSOR}/temphigh", b"1")),
                await _seconds(client.dir("/bus.1")),
                await _seconds(client.read("/bus.1/settings/timeout/ftp")),
                await _seconds(client.present("/28.FFFFFFFFFFFF")),
                await _seconds(client.read("/10.000110EF0000/type")),
                await _seconds(client.read("/bus.1/interface/settings/name")),
            ]
            listed = await client.dir("/")
            lost = remote.is_lost
            above = await stack.enter_async_context(returned(clock, above))
            await asyncio.sleep(2)
            return got, listed, lost, again.port == above_port(remote), [
                await _seconds(client.read(f"{SENSOR}/type")),
                remote.is_lost,
                len(await client.dir("/")),
            ]  # fmt: skip

    got, listed, lost, same, after = on_virtual_time(test)
    assert got[:4] == [(0, errors.BusNotRespondingError.code)] * 4
    assert got[4:] == [(0, errors.PathError.code), (0, 0), (0, 0)]
    assert listed == ["/10.000110EF0000"]
    assert lost and same
    assert after == [(0, 0), False, 2]


def test_frozen_upstream_is_noticed_and_others_are_not_slowed():
    frozen = []

    def script(kind, path, header, data, tokens):
        return [3600] if frozen else sensible(kind, path, header, data, tokens)

    async def test(clock):
        below = Place(clock)
        below.add_chips("10", unit=1)
        async with Recorder(script) as recorder:
            below.add_server(recorder.port)
            async with below:
                client = OwnetClient("127.0.0.1", below.port, timeout=30)
                await client.dir("/")
                frozen.append(True)
                first = await _seconds(client.read(f"/bus.1{SENSOR}/type"))
                await asyncio.sleep(3)
                got = [
                    await _seconds(client.read(f"/bus.1{SENSOR}/type")),
                    await _seconds(client.dir("/")),
                    await _seconds(client.read("/10.000110EF0000/type")),
                    await _seconds(client.present("/28.FFFFFFFFFFFF")),
                ]
                frozen.clear()
                await asyncio.sleep(3)
                back = await _seconds(client.read(f"/bus.1{SENSOR}/type"))
                client.close()
                return first, got, back

    first, got, back = on_virtual_time(test)
    assert first == (2, errors.BusError.code)
    assert got == [(0, errors.BusNotRespondingError.code), (0, 0), (0, 0), (0, 1)]
    assert back == (0, 0)


def test_upstream_that_is_missing_at_the_start_is_served_when_it_comes():
    async def test(clock):
        async with Recorder(sensible) as gone:
            port = gone.port
        below = Place(clock)
        remote = below.add_server(port)
        async with below:
            before = await _seconds(below.client.dir("/"))
            reconnect = await below.client.read("/bus.0/interface/settings/reconnect")
            above = Place(clock, port)
            above.add_chips("28")
            async with above:
                await asyncio.sleep(2)
                entries = await below.client.dir("/")
                await remote.reopen()
                return before, reconnect, entries, await below.client.dir("/"), remote.counts

    before, reconnect, entries, again, counts = on_virtual_time(test)
    assert before == (0, errors.BusNotRespondingError.code)
    assert reconnect == b"1"
    assert entries == again == [SENSOR]
    assert counts.open_errors == 1
    assert counts.reconnects == 2


def test_upstream_restarted_between_requests_is_not_noticed_by_clients():
    async def test(clock):
        above = Place(clock)
        above.add_chips("28")
        await above.__aenter__()
        below = Place(clock)
        below.add_server(above.port)
        async with below:
            await below.client.read(f"{SENSOR}/type")
            await above.__aexit__()
            async with Again(above, clock):
                return (
                    await _seconds(below.client.write(f"{SENSOR}/temphigh", b"1")),
                    await _seconds(below.client.read(f"{SENSOR}/type")),
                )

    assert on_virtual_time(test) == ((0, 0), (0, 0))


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

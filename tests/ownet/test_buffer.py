"""A buffer in front of other servers: what is asked there once, and what again."""

import asyncio

import pytest

from owfs_py.bus import errors
from owfs_py.bus.view import TemperatureScale, View
from owfs_py.ownet.messages import MessageType
from tests.ownet.bufferbench import (
    READ,
    STRANGER,
    TEMPERATURE,
    Upstream,
    add_buffer,
    before,
    outcome,
)
from tests.ownet.chainbench import SENSOR, Place, on_virtual_time

UNCACHED = View(uncached=True)


@pytest.mark.parametrize(
    ("name", "life"),
    [("temperature", 15), ("temphigh", 300), ("type", 300), ("errata/die", 300)],
)
def test_a_value_is_kept_as_long_as_its_class_holds(name, life):
    async def test(below, upstream):
        path = f"{SENSOR}/{name}"
        got = [await below.client.read(path) for _ in range(3)]
        await asyncio.sleep(life - 1)
        got.append(await below.client.read(path))
        await asyncio.sleep(1.1)
        got.append(await below.client.read(path))
        return got, upstream.reads

    got, reads = before([Upstream()], test)
    assert got == [b"1"] * 4 + [b"2"]
    assert reads == [f"{SENSOR}/{name}"] * 2


STRUCTURE = {
    "/structure/77/level": b"u,000000,000001,ro,000012,v,",
    "/structure/77/limit": b"u,000000,000001,rw,000012,s,",
    "/structure/77/clock": b"u,000000,000001,ro,000012,t,",
    "/structure/77/serial": b"a,000000,000001,ro,000012,f,",
    "/structure/77/PIO.0": b"y,000000,000008,rw,000001,v,",
    "/structure/77/slot.x": b"b,000000,-000001,rw,000048,s,",
    "/structure/77/bent": b"what is this",
}


@pytest.mark.parametrize(
    ("name", "life"),
    [("level", 15), ("limit", 300), ("serial", 300), ("clock", 1)],
)
def test_the_class_of_what_is_unknown_here_is_asked_for_once(name, life):
    async def test(below, upstream):
        path = f"{STRANGER}/{name}"
        got = [await below.client.read(path) for _ in range(2)]
        await asyncio.sleep(life - 0.1)
        got.append(await below.client.read(path))
        await asyncio.sleep(0.2)
        got.append(await below.client.read(path))
        return got, upstream.times(READ, f"/structure/77/{name}")

    got, asked = before([Upstream([STRANGER], **STRUCTURE)], test)
    assert len(set(got[:3])) == 1
    assert got[3] != got[0]
    assert asked == (2 if life == 300 else 1)  # which is kept for as long itself


@pytest.mark.parametrize("name", ["PIO.0", "slot.x", "bent", "nothing"])
def test_what_is_unknown_and_may_change_at_any_time_is_not_kept(name):
    async def test(below, upstream):
        got = [await below.client.read(f"{STRANGER}/{name}") for _ in range(3)]
        return len(set(got)), upstream.times(READ, f"/structure/77/{name}")

    assert before([Upstream([STRANGER], **STRUCTURE)], test) == (3, 1)


def test_the_elements_of_an_unknown_array_have_one_description():
    rows = {"/structure/77/volt.0": b"f,000000,000004,ro,000012,v,"}

    async def test(below, upstream):
        for element in "0123":
            await below.client.read(f"{STRANGER}/volt.{element}")
        return [path for path in upstream.reads if "structure" in path]

    assert before([Upstream([STRANGER], **rows)], test) == ["/structure/77/volt.0"]


def test_switches_are_asked_every_time():
    async def test(below, upstream):
        return [await below.client.read("/29.000000000001/PIO.0") for _ in range(3)]

    assert before([Upstream(["/29.000000000001"])], test) == [b"1", b"2", b"3"]


def test_those_who_ask_the_same_at_the_same_time_share_one_request():
    async def test(below, upstream):
        upstream.delay = [0.5]
        got = await asyncio.gather(*(below.client.read(TEMPERATURE) for _ in range(50)))
        return set(got), upstream.reads, below.onewire.buses[0].buffered.joined

    assert before([Upstream()], test) == ({b"1"}, [TEMPERATURE], 49)


def test_a_fresh_value_never_began_before_it_was_asked_for():
    async def test(below, upstream):
        upstream.delay = [1.0]
        first = asyncio.ensure_future(below.client.read(TEMPERATURE, view=UNCACHED))
        await asyncio.sleep(0.5)
        later = [below.client.read(TEMPERATURE, view=UNCACHED) for _ in range(5)]
        return await first, set(await asyncio.gather(*later)), len(upstream.reads)

    assert before([Upstream()], test) == (b"1", {b"2"}, 2)


@pytest.mark.parametrize("by_path", [True, False])
def test_an_uncached_request_passes_and_renews_what_is_kept(by_path):
    async def test(below, upstream):
        read = below.client.read
        got = [await read(TEMPERATURE), await read(TEMPERATURE)]
        if by_path:
            got.append(await read(f"/uncached{TEMPERATURE}"))
        else:
            got.append(await read(TEMPERATURE, view=UNCACHED))
        return [*got, await read(TEMPERATURE)]

    assert before([Upstream()], test) == [b"1", b"1", b"2", b"2"]


def test_a_path_with_a_bus_and_one_without_mean_the_same_value():
    async def test(below, upstream):
        paths = (TEMPERATURE, f"/bus.0{TEMPERATURE}", "/28000028D7000011/temperature")
        return [await below.client.read(path) for path in paths]

    assert before([Upstream()], test) == [b"1"] * 3


def test_alarm_paths_neither_use_nor_fill_it():
    async def test(below, upstream):
        upstream.devices.append("/alarm")
        return [
            await below.client.read(path)
            for path in (TEMPERATURE, f"/alarm{TEMPERATURE}", TEMPERATURE)
        ]

    assert before([Upstream()], test) == [b"1", b"2", b"1"]


def test_each_scale_has_the_text_that_the_server_above_makes_of_it():
    async def test(below, upstream):
        got = []
        for scale in (TemperatureScale.CELSIUS, TemperatureScale.FAHRENHEIT) * 2:
            got.append(await below.client.read(TEMPERATURE, view=View(temperature_scale=scale)))
        return got, len(upstream.reads)

    assert before([Upstream()], test) == ([b"1", b"2"] * 2, 2)


def test_only_whole_values_are_kept_and_parts_pass():
    page = bytes(range(8))

    async def test(below, upstream):
        read, path = below.client.read, "/26.000000000001/pages/page.0"
        parts = [await read(path, size=4), await read(path, size=4, offset=4)]
        whole = [await read(path) for _ in range(2)]
        exact = await read(path, size=8)
        return parts, [*whole, exact], len(upstream.reads)

    upstream = Upstream(["/26.000000000001"], **{"pages/page.0": page})
    assert before([upstream], test) == ([page[:4], page[4:8]], [page] * 3, 3)


def test_a_value_of_exactly_the_size_asked_for_is_kept_if_it_cannot_be_longer():
    async def test(below, upstream):
        for _ in range(3):
            await below.client.read(f"{SENSOR}/family", size=2)
        for _ in range(3):
            await below.client.read(f"{SENSOR}/type", size=2)
        return [path.rpartition("/")[2] for path in upstream.reads]

    upstream = Upstream(family=b"28", type=b"DS18B20")
    assert before([upstream], test) == ["family", *["type"] * 3]


def test_a_write_drops_what_is_kept_of_that_device():
    other = "/10.000010EF0100"

    async def test(below, upstream):
        paths = [TEMPERATURE, f"{SENSOR}/temphigh", f"{other}/temperature"]
        got = [await below.client.read(path) for path in paths]
        await below.client.write(f"{SENSOR}/temphigh", b"9")
        return got, [await below.client.read(path) for path in paths]

    got = before([Upstream([SENSOR, other])], test)
    assert got == ([b"1", b"2", b"3"], [b"4", b"5", b"3"])


def test_what_was_asked_before_a_write_is_not_kept_after_it():
    async def test(below, upstream):
        upstream.delay = [1.0]
        early = asyncio.ensure_future(below.client.read(f"{SENSOR}/temphigh"))
        await asyncio.sleep(0.5)
        upstream.delay = []
        await below.client.write(f"{SENSOR}/temphigh", b"9")
        during = await below.client.read(f"{SENSOR}/temphigh")
        return await early, during, await below.client.read(f"{SENSOR}/temphigh")

    assert before([Upstream()], test) == (b"1", b"2", b"2")


@pytest.mark.parametrize("way", ["", "/bus.0"])
def test_after_a_common_conversion_measured_values_are_asked_for_again(way):
    async def test(below, upstream):
        paths = [TEMPERATURE, f"{SENSOR}/temphigh"]
        got = [await below.client.read(path) for path in paths]
        await asyncio.sleep(1)
        await below.client.write(f"{way}/simultaneous/temperature", b"1")
        return got, [await below.client.read(path) for path in paths]

    assert before([Upstream()], test) == ([b"1", b"2"], [b"3", b"2"])


def test_writes_are_refused_where_only_reading_is_allowed():
    async def test(below, upstream):
        below.onewire.read_only = True
        paths = (f"{SENSOR}/temphigh", "/bus.0/settings/timeout/ftp", "/simultaneous/temperature")
        codes = [await outcome(below.client.write(path, b"1")) for path in paths]
        return codes, [kind for kind, _ in upstream.asked if kind == MessageType.WRITE]

    assert before([Upstream()], test) == ([errors.ReadOnlyError.code] * 3, [])


def test_errors_are_passed_on_and_not_kept():
    async def test(below, upstream):
        await below.client.read(TEMPERATURE)
        upstream.devices.clear()
        gone = await outcome(below.client.read(f"/bus.0{SENSOR}/temphigh"))
        upstream.devices.append(SENSOR)
        return gone, await below.client.read(f"{SENSOR}/temphigh")

    gone, back = before([Upstream()], test)
    assert gone > 0
    assert back == b"2"


def test_listings_are_kept_for_the_time_of_directories():
    async def test(below, upstream):
        def asked():
            return [upstream.times(MessageType.DIRALL, path) for path in ("/", SENSOR)]

        for _ in range(3):
            entries = await below.client.dir("/")
            await below.client.dir(f"/bus.0{SENSOR}")
        first = asked()
        await below.client.dir("/", view=UNCACHED)
        uncached = asked()
        await asyncio.sleep(61)
        await below.client.dir("/")
        return entries, first, uncached, asked()

    entries, first, uncached, later = before([Upstream()], test)
    assert entries == [SENSOR]
    assert [first[0], uncached[0], later[0]] == [1, 2, 3]


def test_an_empty_listing_is_not_kept():
    async def test(below, upstream):
        empty = await below.client.dir("/")
        upstream.devices.append(SENSOR)
        return empty, await below.client.dir("/")

    assert before([Upstream([])], test) == ([], [SENSOR])


def test_presence_is_asked_once_and_not_at_all_of_what_is_read():
    async def test(below, upstream):
        def asked():
            return upstream.times(MessageType.PRESENCE, SENSOR)

        for _ in range(3):
            await below.client.present(SENSOR)
        first = asked()
        for _ in range(20):
            await below.client.read(TEMPERATURE)
            await asyncio.sleep(20)
        return first, asked()

    assert before([Upstream()], test) == (1, 1)


def test_a_device_that_moved_to_another_upstream_is_found_again():
    async def test(below, first, second):
        second.count = 100
        got = [await below.client.read(TEMPERATURE)]
        second.devices.append(first.devices.pop())
        await asyncio.sleep(16)
        return [*got, await below.client.read(TEMPERATURE)]

    assert before([Upstream(), Upstream([])], test) == [b"1", b"101"]


def test_a_ring_of_buffers_ends_every_request():
    """Each waits for what the next was asked, and none for itself."""

    async def test(clock):
        first, second = Place(clock), Place(clock)
        first.add_chips("28")
        second.add_chips("10", unit=1)
        async with first, second:
            for place, upstream in ((first, second), (second, first)):
                await add_buffer(place, upstream.port).start()
            path = "/bus.1/bus.1/28.0000FFFFFFFF/temperature"
            asking = [
                outcome(place.client.read(at))
                for place in (first, second)
                for at in (path, "/28.0000FFFFFFFF/temperature", f"/bus.1{SENSOR}/type")
                for _ in range(5)
            ]
            async with asyncio.timeout(20):
                await asyncio.gather(*asking)
                return [sorted(await place.client.dir("/")) for place in (first, second)]

    first, second = on_virtual_time(test)
    assert first == second
    assert len(first) == 2


def test_a_buffer_of_a_buffer_asks_its_upstream_once():
    async def test(clock):
        async with Upstream() as upstream:
            middle, below = Place(clock), Place(clock)
            add_buffer(middle, upstream.port)
            async with middle:
                add_buffer(below, middle.port)
                async with below:
                    got = [await below.client.read(TEMPERATURE) for _ in range(3)]
                    await below.client.dir("/")
                    await middle.client.read(TEMPERATURE)
                    return got, upstream.reads

    assert on_virtual_time(test) == ([b"1"] * 3, [TEMPERATURE])


def test_what_it_does_is_counted():
    async def test(below, upstream):
        for _ in range(3):
            await below.client.read(TEMPERATURE, view=View(trim=True))
            below.onewire.changed()  # or it would not be asked
        way = "/bus.0/interface/statistics/buffer"
        listed = [entry.rpartition("/")[2] for entry in await below.client.dir(way)]
        shown = {name: await below.client.read(f"{way}/{name}") for name in listed}
        total = await below.client.read("/statistics/buffer/hits")
        return {name: int(value) for name, value in shown.items()}, int(total)

    counts = {"hits": 2, "joined": 0, "passed": 1, "renewed": 0, "renewed_asked": 0, "stale": 0}
    assert before([Upstream()], test) == (counts, 2)


@pytest.mark.parametrize(
    ("path", "listed_again"),
    [
        ("/bus.0/settings/timeout/ftp", True),
        ("/1F.000000000001/control", True),
        (f"{SENSOR}/temphigh", False),
        ("/simultaneous/temperature", False),
    ],
)
def test_a_write_that_may_change_what_is_there_drops_the_listing(path, listed_again):
    async def test(below, upstream):
        await below.client.dir("/")
        await outcome(below.client.write(path, b"1"))
        await below.client.dir("/")
        return upstream.times(MessageType.DIRALL, "/")

    upstream = Upstream([SENSOR, "/1F.000000000001", "/settings"])
    assert before([upstream], test) == 1 + listed_again

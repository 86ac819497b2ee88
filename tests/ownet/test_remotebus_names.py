"""A server on top of others: aliases here and there, and names that only others know."""

from owfs_py._wire import build
from owfs_py.bus.rom import RomId
from owfs_py.ownet.messages import MessageType
from tests.ownet.chainbench import (
    OLD,
    SENSOR,
    chain,
    on_virtual_time,
    over,
    sensible,
)


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

"""What is asked of both owservers about one simulated device of every family.

Made from the catalog of families, and from the listings of the server that is asked first. The
tests are in test_same_tree_under_tester.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from owfs_py.bus.families import Family, find_family, tables
from owfs_py.bus.properties import Change, Property, Visible
from owfs_py.bus.rom import RomFormat, RomId
from owfs_py.bus.values import BYTES, Kind
from tests.interop.differential import (
    BUS_LIST,
    DIR,
    DIRALL,
    DIRALLSLASH,
    FORMAT_SHIFT,
    GET,
    LISTING_TYPES,
    PATH_TYPES,
    PERSISTENCE,
    PRESENCE,
    PRESSURE_SCALE_SHIFT,
    READ,
    TEMPERATURE_SCALE_SHIFT,
    TRIM,
    UNCACHED,
    USUAL_FLAGS,
    WRITE,
    RawClient,
    Request,
    ask,
    read,
    write,
)

BRANCHES = ("main", "aux")
"""Directories that hold the devices of a bus once more."""

TEMPERATURE_SCALES, PRESSURE_SCALES = 4, 8
SIZES_AND_OFFSETS = ((5, 0), (1, 0), (100000, 1), (4, 2), (100000, 12), (100000, 257), (9, -1))
LARGE_ARRAY = 64
"""Of an array with more elements only the first and the last ones are read."""


def roms() -> list[RomId]:
    """One device of every family, as a tester has them when it is given the list of all."""
    return [
        RomId.make(family.code, bytes((0, 0, family.code, family.code ^ 0xFF, number, 0)))
        for number, family in enumerate(tables())
    ]


def families() -> str:
    """That list."""
    return ",".join(family.name for family in tables())


def extensions(prop: Property) -> list[str]:
    """The ends of the paths by which a property is read."""
    found = prop.extensions()
    if len(found) > LARGE_ARRAY:
        found = found[:4] + found[-2:]
    return [".17" if ending == ".000" else ending for ending in found]


def paths(rom: RomId, family: Family) -> Iterator[tuple[str, Property, str]]:
    """All properties of a device, listed or not, but for branches: path, property, extension."""
    for prop in family.properties:
        if prop.kind is not Kind.DIRECTORY:
            for extension in extensions(prop):
                yield f"/{rom}/{prop.name}{extension}", prop, extension


def everything(devices: list[RomId]) -> Iterator[tuple[str, Property, str]]:
    """The same of all devices."""
    for rom in devices:
        yield from paths(rom, find_family(rom.family))


def directories(client: RawClient, top: str) -> Iterator[str]:
    """All directories from `top` on."""
    yield top or "/"
    for entry in client.ask(ask(DIRALLSLASH, top or "/")).entries:
        path = entry.decode()
        if path.endswith("/") and not path.endswith(tuple(f"/{name}/" for name in BRANCHES)):
            yield from directories(client, path.removesuffix("/"))


def listings(client: RawClient) -> Iterator[Request]:
    """Every directory of every device, and those around them, with every message that lists."""
    tops = [
        "/uncached",
        "/alarm",
        "/bus.0/alarm",
        "/uncached/bus.0",
        "/text",
        "/bus.0/simultaneous",
    ]
    for rom in roms():
        tops += directories(client, f"/{rom}")
    for family in tables():
        tops += directories(client, f"/structure/{family.name}")
    for path in ("/", "/bus.0", "/structure", *tops):
        for kind in LISTING_TYPES:
            yield ask(kind, path)
        for kind in (PRESENCE, READ):
            yield ask(kind, path)
        yield write(path, b"1")
    for rom in roms():
        for prefix in ("/bus.0", "/uncached", "/unaliased", "/alarm", "/bus.0/uncached"):
            yield ask(DIRALL, f"{prefix}/{rom}")
    for form in (*RomFormat, 6, 255):
        flags = USUAL_FLAGS | form << FORMAT_SHIFT
        for path in ("/", "/bus.0", "/uncached"):
            yield ask(DIRALL, path, flags=flags)
    for flags in (0, UNCACHED, BUS_LIST | UNCACHED, BUS_LIST | TRIM):
        for path in ("/", "/bus.0"):
            yield ask(DIRALL, path, flags=flags | PERSISTENCE)


def branches() -> Iterator[Request]:
    """The lines behind couplers, all with everybody on them."""
    for rom in roms():
        lines = [p.name for p in find_family(rom.family).properties if p.kind is Kind.DIRECTORY]
        for line in lines:
            for prefix in ("", "/bus.0", "/uncached"):
                for kind in (*LISTING_TYPES, PRESENCE, READ):
                    yield ask(kind, f"{prefix}/{rom}/{line}")
                    yield ask(kind, f"{prefix}/{rom}/{line}/")
            yield write(f"/{rom}/{line}", b"1")
            for path in (
                "alarm",
                "simultaneous",
                "uncached",
                "uncached/alarm",
                "bus.0",
                "settings",
                "x",
                "type",
            ):
                for kind in (DIRALL, READ, PRESENCE):
                    yield ask(kind, f"/{rom}/{line}/{path}")
            for other in roms():
                for kind in PATH_TYPES:
                    yield ask(kind, f"/{rom}/{line}/{other}")
                    yield ask(kind, f"/{rom}/{line}/{other}/address")
            yield ask(DIRALL, f"/{rom}/{line}/{rom}/{line}")
            yield read(f"/{rom}/{line}/{rom}/{line}/{rom}/type")


def values() -> Iterator[Request]:
    """Every property of every device: plain, uncached, on its bus, and asked for presence."""
    for path, prop, _ in everything(roms()):
        yield read(path)
        yield read(path, flags=USUAL_FLAGS | TRIM)
        yield read(f"/uncached{path}")
        yield read(f"/bus.0{path}")
        for kind in (PRESENCE, GET, DIR):
            yield ask(kind, path)
        if prop.kind in (Kind.TEMPERATURE, Kind.GAP):
            for scale in range(1, TEMPERATURE_SCALES):
                yield read(path, flags=USUAL_FLAGS | scale << TEMPERATURE_SCALE_SHIFT)
        if prop.kind is Kind.PRESSURE:
            for scale in range(1, PRESSURE_SCALES):
                yield read(path, flags=USUAL_FLAGS | scale << PRESSURE_SCALE_SHIFT)


def parts() -> Iterator[Request]:
    """Size and offset of every property."""
    for path, prop, extension in everything(roms()):
        for size, offset in SIZES_AND_OFFSETS:
            yield read(path, size=size, offset=offset)
        whole = prop.full_size(-1 if extension == ".ALL" else None)
        yield read(path, size=whole)
        yield read(path, size=whole - 1)
    for rom in roms():
        for size in (0, -1, 100050, 100051):
            yield read(f"/{rom}/type", size=size)


def formats() -> Iterator[Request]:
    """Devices by the six forms of their names, in either case."""
    for rom in roms():
        for form in RomFormat:
            for name in (rom.text(form), rom.text(form).lower()):
                yield read(f"/{name}/address")
                yield ask(PRESENCE, f"/{name}")
        yield ask(PRESENCE, f"/{rom.text(RomFormat.FIC)[:-1]}G")


GOOD = {
    Kind.INTEGER: (b"17", b" -3", b"1.9"),
    Kind.UNSIGNED: (b"17", b"-1"),
    Kind.YESNO: (b"1", b"off"),
    Kind.DATE: (b"Fri Mar 23 12:27:03 2007", b""),
    Kind.TEXT: (b"some text", b""),
    Kind.BINARY: (b"\x01\0\xff", b""),
}
NUMBER = (b"17.5", b"1e2", b" -3 ")
BAD = {
    Kind.INTEGER: (b"x", b"", b"99999999999999999999"),
    Kind.UNSIGNED: (b"x", b"", b"99999999999999999999"),
    Kind.YESNO: (b"", b"maybe"),
    Kind.DATE: (b"yesterday",),
    Kind.TEXT: (),
    Kind.BINARY: (),
}
NO_NUMBER = (b"x", b"", b"1e400")


def writes(devices: list[RomId]) -> Iterator[Request]:
    """Good and bad values for every property but aliases."""
    for path, prop, extension in everything(devices):
        if prop.kind is Kind.ALIAS:
            continue
        good, bad = GOOD.get(prop.kind, NUMBER), BAD.get(prop.kind, NO_NUMBER)
        if extension == ".BYTE":
            good, bad = GOOD[Kind.UNSIGNED], BAD[Kind.UNSIGNED]
        if extension == ".ALL":
            assert prop.array is not None
            count = prop.array.elements
            if prop.kind is Kind.BINARY:
                good, bad = (bytes(prop.full_size(-1)),), (b"\0",)
            else:
                bad = (b",".join(good[:1] * (count - 1)), b"", b",".join([b"?"] * count))
                good = (b",".join(good[:1] * count), b",".join(good[:1] * (count + 1)))
        for data in good + bad:
            yield write(path, data)
        yield write(path, good[0], offset=1)
        yield write(path, good[0], offset=-1)
        yield write(f"/bus.0{path}", good[0])
        yield read(path)


def aliases() -> Iterator[Request]:
    """Names of simulated devices are real."""
    for rom in roms():
        path = f"/{rom}/alias"
        yield write(path, b" name of %02X " % rom.family)
        yield read(path)
        yield read(path, size=3, offset=2)
        yield ask(DIRALL, f"/{rom}")
        yield read(f"/name of {rom.family:02X}/address")
    yield ask(DIRALL, "/")
    yield ask(DIRALL, "/unaliased")
    yield read("/settings/alias/list")
    for rom in roms():
        yield write(f"/{rom}/alias", b"")
        yield read(f"/{rom}/alias")


def odd_paths() -> Iterator[Request]:
    """Paths that lead nowhere, or look as if they did not."""
    for rom, family in zip(roms(), tables(), strict=True):
        device = f"/{rom}"
        yield ask(PRESENCE, f"{device}//type")
        for ending in ("x", "type/", "type.0", "type.", "Type", "type/x", "uncached/type", "bus.0"):
            for kind in PATH_TYPES:
                yield ask(kind, f"{device}/{ending}")
            yield write(f"{device}/{ending}", b"1")
        for prop in family.properties:
            if prop.kind is Kind.DIRECTORY:
                continue
            path = f"{device}/{prop.name}"
            for ending in ("", ".", ".0", ".A", ".ALL", ".all", ".BYTE", ".byte", ".00", ".x.1",
                           ".-1", ".99999", ".Z", ".AB", "/", "/x", ".0/"):  # fmt: skip
                yield ask(PRESENCE, f"{path}{ending}")
    absent = RomId.make(0x28, b"\xff" * 6)
    for path in ("//", "/28", "/28.", f"/{absent}", f"/bus.0/{absent}", f"/bus.0/{absent}/type",
                 f"/bus.0/{absent}/temperature", f"/bus.0/{absent}/memory", "/bus.1", "/bus.x",
                 "/alarm/alarm", "/alarm/bus.0", "/bus.0/bus.0", "/interface", "/x" * 2047,
                 f"/alarm/{roms()[0]}/type", f"/bus.0/alarm/{roms()[0]}/address"):  # fmt: skip
        for kind in PATH_TYPES:
            yield ask(kind, path)
        yield write(path, b"1")
    path = f"/{roms()[0]}/type"
    for kind in (READ, PRESENCE, GET):
        yield Request(kind, path.encode(), terminated=False)
        yield Request(kind, path.encode() + b"\0/and more")
    yield Request(WRITE, f"/{roms()[2]}/udate".encode(), b"14", size=2, terminated=False)


def interface(bus: int) -> Iterator[Request]:
    """What the bus master says of itself."""
    for name in ("address", "name", "version", "ds2404_found", "reconnect", "overdrive",
                 "simulated/templow", "simulated/temphigh"):  # fmt: skip
        yield read(f"/bus.{bus}/interface/settings/{name}")
    for path in ("", "/settings", "/settings/simulated", "/statistics"):
        yield ask(DIRALL, f"/bus.{bus}/interface{path}")


def bus_values(client: RawClient, bus: int) -> Iterator[Request]:
    """What is on a bus, and what that is like."""
    yield ask(DIRALL, f"/bus.{bus}")
    for entry in client.ask(ask(DIRALL, f"/bus.{bus}")).entries:
        path = entry.decode()
        yield ask(DIRALL, path)
        yield ask(PRESENCE, path)
        for name in ("type", "address", "temperature", "volt.ALL", "memory", "locator"):
            yield read(f"{path}/{name}")


# Buses of random values: only the lengths of values can be compared

NEVER_MOCKED = (Change.STATIC, Change.TEMPERATURE, Change.VOLTAGE)
FIXED_SERIAL = bytes.fromhex("112233445566")


def fixed_roms() -> list[RomId]:
    """One device of every family with an address that is not left to chance."""
    return [RomId.make(family.code, FIXED_SERIAL) for family in tables()]


def random_values(bus: int) -> Iterator[Request]:
    """Every property of every device on a bus."""
    yield ask(DIRALL, f"/bus.{bus}")
    for rom in fixed_roms():
        family = find_family(rom.family)
        if all(isinstance(prop.visible, Visible) for prop in family.properties):
            yield ask(DIRALL, f"/bus.{bus}/{rom}")  # else it depends on random memory
        for path, _, _ in paths(rom, family):
            yield replace(read(f"/bus.{bus}{path}"), own_value=True)
            yield replace(read(f"/bus.{bus}{path}", size=3), own_value=True)
            yield ask(PRESENCE, f"/bus.{bus}{path}")


def random_writes(bus: int) -> Iterator[Request]:
    """Good and bad values for them."""
    for request in writes(fixed_roms()):
        if request.type == WRITE and not request.path.startswith(b"/bus."):
            yield replace(request, path=b"/bus.%d%s" % (bus, request.path))


def kept_values(bus: int) -> Iterator[Request]:
    """What is written, and what is read then; also where it is told to be read-only.

    Only of what 3.2p4 has room for in its cache: that is where it keeps such values.
    """
    for rom in fixed_roms():
        for path, prop, extension in paths(rom, find_family(rom.family)):
            if prop.change in NEVER_MOCKED or "r" not in prop.access or prop.name == "present":
                continue
            if prop.array is not None and (prop.array.bits or prop.kind in BYTES):
                continue
            if prop.kind is Kind.DATE:
                continue  # now and then 3.2p4 takes it for daylight-saving time
            data = GOOD.get(prop.kind, NUMBER)[0]
            if extension == ".ALL":
                assert prop.array is not None
                data = b",".join([data] * prop.array.elements)
            yield write(f"/bus.{bus}{path}", data)
            yield read(f"/bus.{bus}{path}")

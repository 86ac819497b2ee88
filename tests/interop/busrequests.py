"""What is asked of both owservers about the twin bus, in an order that suits both.

Groups that change something undo it, or come last. The tests are in test_same_answers_on_a_bus.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from owfs_py.bus.rom import RomFormat, RomId
from tests.interop import twinbus as bus
from tests.interop.differential import (
    BUS_LIST,
    DIR,
    DIRALL,
    DIRALLSLASH,
    FORMAT_SHIFT,
    GET,
    LISTING_TYPES,
    NOP,
    OWNET,
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
    Request,
    ask,
    read,
    write,
)

COMMON = ("address", "alias", "crc8", "family", "id", "locator", "present", "r_address", "r_id",
          "r_locator", "type")  # fmt: skip
ERRATA = ("errata/die", "errata/trim", "errata/trimblanket", "errata/trimvalid")
QUIET = ("power", "scratchpad", "temphigh", "templow", "latesttemp", *ERRATA)
"""What a thermometer tells without converting."""
CONVERTED = ("temperature", "temperature9", "temperature10", "temperature11", "temperature12",
             "fasttemp")  # fmt: skip
SIMULTANEOUS = ("iblss", "present", "present_ds2400", "single", "single_ds2400", "temperature",
                "voltage")  # fmt: skip
THERMOSTAT = ("1shot", "polarity", "temperature", "temphigh", "temphighflag", "templow",
              "templowflag", "thermostatmode", "type")  # fmt: skip
STRUCTURE = {
    "01": COMMON,
    "10": (*COMMON, *QUIET, "temperature"),
    "22": (*COMMON, *QUIET, *CONVERTED, "tempres"),
    "28": (*COMMON, *QUIET, *CONVERTED, "tempres"),
    "81": COMMON,
    "simultaneous": SIMULTANEOUS,
    "thermostat": THERMOSTAT,
}

ABSENT = RomId.make(0x28, bytes.fromhex("FFFFFFFFFFFF"))
UNKNOWN_FAMILY = RomId.make(0x99, bytes(6))


def has_converter(rom: RomId) -> bool:
    return rom.family in (0x10, 0x22, 0x28)


def properties(rom: RomId) -> tuple[str, ...]:
    """All that can be asked of a device without a conversion."""
    if not has_converter(rom):
        return COMMON
    return (*COMMON, *QUIET) if rom.family == 0x10 else (*COMMON, *QUIET, "tempres")


def listings() -> Iterator[Request]:
    """Directories of every kind, with every message type that lists."""
    warm = f"/{bus.WARM}"
    paths = ("/", "", "/uncached", "/bus.0", "/alarm", "/structure", "/structure/28",
             "/structure/10/errata", "/simultaneous", "/bus.0/simultaneous", "/thermostat", warm,
             f"{warm}/errata", f"/{bus.NAMEPLATE}", f"/{bus.KEY}", "/uncached/bus.0/alarm",
             f"{warm}/type")  # fmt: skip
    for path in paths:
        for kind in LISTING_TYPES:
            yield ask(kind, path)
    more = ("/uncached/", "/text", "/json", "/unaliased", "/text/uncached/json", "/bus.0/uncached",
            "/uncached/bus.0", "/bus.00", "/BUS.0", "/Uncached/alarm", "/uncached/uncached",
            "/alarm/uncached", "/bus.0/alarm", "/structure/simultaneous", "/structure/thermostat",
            "/structure/81", "/structure/01", "/structure/28/errata", "/structure/28/type",
            "/bus.0/thermostat", "/uncached/simultaneous", f"/bus.0{warm}", f"/uncached{warm}",
            f"/alarm{warm}", f"{warm}/errata/", f"{warm}/", f"/unaliased{warm}",
            f"/28.{'0' * 12}")  # fmt: skip
    for path in more:
        yield ask(DIR, path)
        yield ask(DIRALLSLASH, path)
    for rom in bus.ALL:
        yield ask(DIRALL, f"/{rom}")
    for flags in (0, OWNET, UNCACHED, BUS_LIST | UNCACHED, BUS_LIST | TRIM):
        for path in ("/", "/bus.0", "/uncached", warm):
            yield ask(DIRALL, path, flags=flags | PERSISTENCE)
        yield ask(DIR, "/", flags=flags)


def formats() -> Iterator[Request]:
    """The six forms of an address: in listings, and in paths, in either case."""
    for form in (*RomFormat, 6, 7, 255):
        flags = USUAL_FLAGS | form << FORMAT_SHIFT
        for path in ("/", "/bus.0", f"/{bus.WARM}"):
            yield ask(DIRALL, path, flags=flags)
        yield read("/simultaneous/single", flags=flags)
    for form in RomFormat:
        for name in (bus.HOT.text(form), bus.HOT.text(form).lower()):
            yield read(f"/{name}/address")
            yield ask(DIRALL, f"/{name}")
            yield ask(PRESENCE, f"/{name}/type")
        wrong_crc = bus.HOT.text(form)[:-1] + "0"
        yield read(f"/{wrong_crc}/address")
        yield ask(PRESENCE, f"/{wrong_crc}")


def static_values() -> Iterator[Request]:
    """Every property of every slave that needs no conversion, plain and trimmed."""
    for rom in bus.ALL:
        for name in properties(rom):
            if name in ("latesttemp", "scratchpad"):
                continue  # depends on who converted before
            yield read(f"/{rom}/{name}")
            yield read(f"/uncached/{rom}/{name}", flags=USUAL_FLAGS | TRIM)
        yield ask(PRESENCE, f"/{rom}")
    for name in properties(bus.COLD):
        yield ask(PRESENCE, f"/{bus.COLD}/{name}")
        yield ask(DIR, f"/{bus.COLD}/{name}")
        if name not in ("latesttemp", "scratchpad"):
            yield ask(GET, f"/{bus.COLD}/{name}")
            yield read(f"/bus.0/{bus.COLD}/{name}")
            yield read(f"/alarm/{bus.COLD}/{name}")


def structure_rows() -> Iterator[Request]:
    """/structure for the families on the bus."""
    for table, names in STRUCTURE.items():
        for name in names:
            yield read(f"/structure/{table}/{name}")
    row = "/structure/28/temperature"
    for size, offset in ((5, 0), (5, 3), (100, 27), (100, 28), (100, 40), (4, -1)):
        yield read(row, size=size, offset=offset)
    for path in (row, "/structure/28", "/structure", "/structure/28/errata"):
        for kind in (READ, PRESENCE, GET):
            yield ask(kind, path)
        yield write(path, b"1")
    for path in ("/structure/2", "/structure/28/nothing", "/structure/3b", "/structure/ZZ",
                 "/structure/28/type.0", "/structure/28/errata/nothing", "/structure/DS18B20",
                 "/bus.0/structure", "/alarm/structure", "/Structure/28/type",
                 "/structure/28/Type", "/structure/10/temperature9",
                 "/structure/uncached/28/type", "/uncached/structure/28/type"):  # fmt: skip
        yield read(path)


def converted() -> Iterator[Request]:
    """Temperatures: everyone converts once, the rest comes from the cache."""
    yield write("/simultaneous/temperature", b"1")


def temperatures() -> Iterator[Request]:
    """Every temperature property, in every scale."""
    for rom in filter(has_converter, bus.ALL):
        yield read(f"/{rom}/temperature")
    for rom in (bus.WARM, bus.WARM_S20, bus.MILD):
        for name in CONVERTED:
            yield read(f"/{rom}/{name}", flags=USUAL_FLAGS | TRIM)
    for rom in (bus.WARM, bus.COLD, bus.COLD_S20, bus.FROST):
        for scale in range(4):
            flags = USUAL_FLAGS | scale << TEMPERATURE_SCALE_SHIFT
            yield read(f"/{rom}/temperature", flags=flags)
            yield read(f"/{rom}/templow", flags=flags | TRIM)
    for pressure in range(8):
        flags = USUAL_FLAGS | pressure << PRESSURE_SCALE_SHIFT
        yield read(f"/{bus.WARM}/temperature", flags=flags)


def fresh_temperatures() -> Iterator[Request]:
    """Uncached ones: each takes its time."""
    for rom in (bus.WARM, bus.COLD_S20, bus.MILD):
        yield read(f"/uncached/{rom}/temperature")
    yield read(f"/{bus.COLD}/temperature9", flags=USUAL_FLAGS | UNCACHED)
    yield read(f"/bus.0/uncached/{bus.COLD}/fasttemp")
    yield read(f"/alarm/{bus.FROST}/temperature9")


def after_conversion() -> Iterator[Request]:
    """What the chips hold now that all of them have converted."""
    for rom in filter(has_converter, bus.ALL):
        yield read(f"/uncached/{rom}/latesttemp")
        yield read(f"/uncached/{rom}/scratchpad")
    for kind in LISTING_TYPES:
        for path in ("/alarm", "/bus.0/alarm", "/uncached/alarm"):
            yield ask(kind, path)
    scratchpad = f"/{bus.COLD}/scratchpad"
    yield read(scratchpad)
    for size, offset in ((9, 0), (8, 0), (3, 2), (100, 8), (100, 9), (100, -1)):
        yield read(scratchpad, size=size, offset=offset)
    yield read(scratchpad, size=4)
    yield read(scratchpad)
    yield read(f"/uncached{scratchpad}")
    yield read(f"/{bus.BROKEN}/latesttemp")
    yield read(f"/{bus.BROKEN}/type")


def parts() -> Iterator[Request]:
    """Size and offset of values of each kind."""
    for path in (f"/{bus.WARM}/temperature", f"/{bus.WARM}/tempres", f"/{bus.WARM}/power",
                 f"/{bus.WARM}/type", f"/{bus.WARM}/address", f"/{bus.WARM}/alias"):  # fmt: skip
        for size, offset in ((1, 0), (5, 0), (12, 0), (4, 8), (100, 1), (100, 11), (100, 12),
                             (100, 7), (100, 16), (100, 32), (100, 300), (7, -1), (0, 0),
                             (-1, 0), (100050, 0), (100051, 0)):  # fmt: skip
            yield read(path, size=size, offset=offset)
        yield ask(GET, path, size=3, offset=9)
        yield ask(GET, path, size=0)
    for kind in (DIR, DIRALL, GET, PRESENCE):
        yield ask(kind, f"/{bus.WARM}/errata", size=-1, offset=5)


def odd_paths() -> Iterator[Request]:
    """Paths that lead nowhere, or look as if they did not."""
    warm, prop = f"/{bus.WARM}", f"/{bus.WARM}/type"
    odd = ("//", "//x", "/nothing", "nothing", "/28", "/28.", f"/{bus.WARM}.", f"/{bus.WARM}.0",
           f"/{ABSENT}", f"/{ABSENT}/type", f"/bus.0/{ABSENT}/type", f"/bus.0/{ABSENT}",
           f"/{UNKNOWN_FAMILY}", f"/bus.0/{UNKNOWN_FAMILY}", f"/bus.0/{UNKNOWN_FAMILY}/type",
           f"{warm}//type", f"{prop}/", f"{prop}/x", f"{prop}.0", f"{prop}.", f"{prop}.ALL",
           f"{warm}/Type", f"{warm}/TEMPERATURE", f"{warm}/nothing", f"{warm}/errata/nothing",
           f"{warm}/errata.0", f"{warm}/ERRATA", f"{warm}{warm}", f"{warm}/uncached/type",
           f"{warm}/temperature.ALL", f"{warm}/temperature9.0", "/bus.", "/bus.1", "/bus.-1",
           "/bus.+0", "/bus.0/bus.0", "/bus.x", "/bus", "/bus.0/settings", "/bus.0/system",
           "/bus.0/statistics", "/interface", "/uncached/interface", "/alarm/bus.0",
           "/alarm/alarm", "/alarm/settings", "/simultaneous/nothing", "/thermostat/nothing",
           "/simultaneous/temperature/x", "/simultaneous/simultaneous",
           "/alarm/simultaneous", "/alarm/thermostat", "/uncached/text/json/unaliased/uncached",
           "/ ", "/28.000028D7000011.x", f"/uncached/text{warm}/type", f"/TEXT{prop}",
           f"/UnCached{prop}", f"/Bus.0{prop}", "/SIMULTANEOUS/temperature", f"{prop}\n",
           f"/alarm{prop}", f"/ALARM{prop}", f"/bus.0/uncached/alarm{prop}",
           f"/alarm/uncached{prop}", f"/uncached{prop}", f"/text{prop}", f"/json{prop}",
           f"/{bus.NAMEPLATE}/temperature", f"/{bus.WARM_S20}/tempres",
           f"/{bus.KEY}/errata", "/x" * 2047, "/" + "x" * 4094)  # fmt: skip
    for path in odd:
        for kind in PATH_TYPES:
            yield ask(kind, path)
        yield write(path, b"1")
    prefixes = ("/uncachedfoo", "/alarmxyz", "/bus.0x", "/textile", "/jsonx", "/settingsx",
                "/simultaneously", "/thermostatic", "/unaliasedx", "/structures")  # fmt: skip
    for path in prefixes:
        for kind in (READ, DIRALL, PRESENCE):
            yield ask(kind, path)


def directories_as_files() -> Iterator[Request]:
    """Reading and writing directories, listing files."""
    for path in ("/", "", "/uncached", "/bus.0", "/alarm", "/structure", "/simultaneous",
                 "/thermostat", "/text", f"/{bus.WARM}", f"/{bus.WARM}/errata",
                 f"/bus.0/{bus.WARM}/", "/bus.0/simultaneous"):  # fmt: skip
        yield read(path)
        yield read(path, size=0)
        yield ask(PRESENCE, path)
        yield write(path, b"1")
        yield write(path, b"")


def protocol() -> Iterator[Request]:
    """Header words: types, versions, flags; bytes around the path."""
    path = f"/{bus.WARM}/type"
    for flags in (0, 1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80, 0x100, 0x200, 0xFE00, 0x10000, 0x20000,
                  0x30000, 0x1C0000, 0xE00000, 0x1000000, 0x80000000, 0xFF000000,
                  0xFFFFFFFF, 0xFFFFFFFB):  # fmt: skip
        yield read(path, flags=flags)
        yield read("/nothing", flags=flags)
        yield Request(NOP, b"", flags=flags, terminated=False)
        yield read(f"/{bus.COLD}/templow", flags=flags)
    for kind in (-1, 0, 5, 11, 12, 99, 65536):
        yield ask(kind, path)
        yield Request(kind, b"", terminated=False)
    for kind in (READ, WRITE, *LISTING_TYPES, PRESENCE, NOP):
        yield Request(kind, b"", terminated=False, size=0)
        yield Request(kind, b"", size=0)  # one NUL
    for version in (0, 1, 0xFFFF, 0x10000, 0x20000, 0x40000, 0x7E000000, -0x80000000):
        yield read(path, version=version)
    for kind in (READ, PRESENCE, DIRALL, GET):
        body = f"/{bus.WARM}/errata".encode() if kind == DIRALL else path.encode()
        yield Request(kind, body, terminated=False)
        yield Request(kind, body.removeprefix(b"/"))
        yield Request(kind, body + b"\0/and more")
        yield Request(kind, body.ljust(4095, b"\0"), terminated=False)
        yield Request(kind, body.ljust(4096, b"\0"), terminated=False)
        yield Request(kind, b"/nothing".ljust(4096, b"\0"), terminated=False)
    yield Request(NOP, b"ignored", terminated=False)
    yield Request(READ, b"/\xe4\xf6\xfc")
    yield Request(READ, b"/\xff\xfe" + path.encode())


def simultaneous() -> Iterator[Request]:
    """/simultaneous and /thermostat, as far as this bus can do them."""
    for prefix in ("", "/bus.0", "/uncached"):
        for name in SIMULTANEOUS:
            yield read(f"{prefix}/simultaneous/{name}")
            yield ask(PRESENCE, f"{prefix}/simultaneous/{name}")
    for name in ("temperature", "iblss", "voltage"):
        for data in (b"0", b"x", b"", b"no"):
            yield write(f"/simultaneous/{name}", data)
            yield write(f"/bus.0/simultaneous/{name}", data)
    for name in ("present", "single"):
        yield write(f"/simultaneous/{name}", b"1")
        yield write(f"/bus.0/simultaneous/{name}", b"1")
    for data in (b"yes", b"1"):
        yield write("/bus.0/simultaneous/iblss", data)
        yield read("/bus.0/simultaneous/iblss")
        yield read("/simultaneous/iblss")
        yield write("/simultaneous/voltage", data)
        yield read("/simultaneous/voltage")
    for name in THERMOSTAT:
        yield read(f"/thermostat/{name}")
        yield write(f"/thermostat/{name}", b"x")
    yield write("/thermostat/polarity", b"1")
    yield read("/bus.0/thermostat/type")


def parasitic() -> Iterator[Request]:
    """A bus on which chips live from the data line."""
    chips = (bus.WARM, bus.COLD_S20)
    yield ask(DIRALL, "/")
    for rom in chips:
        for name in ("power", "temphigh", "errata/trim"):
            yield read(f"/{rom}/{name}")
        yield read(f"/{rom}/temperature")
        yield write(f"/{rom}/temphigh", b"44")
        yield write(f"/{rom}/templow", b"-3")
        yield read(f"/{rom}/temphigh")
        yield read(f"/{rom}/templow")
    yield read(f"/uncached/{bus.WARM}/temperature9")
    yield read(f"/uncached/{bus.WARM}/scratchpad")
    yield write(f"/{bus.WARM}/tempres", b"10")
    yield read(f"/uncached/{bus.WARM}/tempres")
    yield ask(DIRALL, "/alarm")


def parasitic_together() -> Iterator[Request]:
    """Ends what `parasitic` began, on a bus that has had time for a conversion."""
    for rom in (bus.WARM, bus.COLD_S20):
        yield read(f"/uncached/{rom}/latesttemp")

"""What is written to the twin bus, asked of both owservers: limits, resolutions, names.

Groups that change something undo it, or come last. The tests are in test_same_answers_on_a_bus.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.interop import twinbus as bus
from tests.interop.busrequests import ABSENT, has_converter
from tests.interop.differential import (
    DIR,
    DIRALL,
    FORMAT_SHIFT,
    GET,
    LISTING_TYPES,
    PRESENCE,
    READ,
    TEMPERATURE_SCALE_SHIFT,
    TRIM,
    USUAL_FLAGS,
    WRITE,
    Request,
    ask,
    read,
    write,
)

GOOD_LIMITS = (b"33", b"-12", b" 7", b"+5", b"0", b"127", b"-128", b"19.9", b"-5.7", b"5xyz",
               b"0x10", b"1e1", b"7\n", b"8\0")  # fmt: skip
BAD_LIMITS = (b"", b"x", b" ", b"\n", b"--5", b"1e400", b"1e-400")
NO_LIMITS = (b"nan", b"inf", b"128", b"-129", b"200", b"1000")
"""Refused by ours; what 3.2p4 made of it must be overwritten before it is read."""
# °C, °F, K, °R: what fits into a byte of whole degrees Celsius
LIMITS_IN_SCALES = ((b"50", b"120"), (b"50", b"212"), (b"300", b"250"), (b"500", b"550"))


def limits() -> Iterator[Request]:
    """Alarm limits of two kinds of chips: what is taken, and what is there afterwards."""
    for rom in (bus.COLD, bus.WARM_S20):
        for data in NO_LIMITS:
            yield write(f"/{rom}/temphigh", data)
        for data in GOOD_LIMITS + BAD_LIMITS:
            yield write(f"/{rom}/temphigh", data)
            yield read(f"/{rom}/temphigh")
            yield read(f"/{rom}/templow", flags=USUAL_FLAGS | TRIM)
    for scale in range(4):
        flags = USUAL_FLAGS | scale << TEMPERATURE_SCALE_SHIFT
        for data in LIMITS_IN_SCALES[scale]:
            yield write(f"/{bus.FROST}/templow", data, flags=flags)
            yield read(f"/{bus.FROST}/templow", flags=flags)
    path = f"/{bus.COLD}/templow"
    yield write(path, b"11", offset=5)
    yield read(path)
    yield write(path, b"12", offset=-1)
    yield read(path)
    yield write(path, b"13", offset=100)
    yield Request(WRITE, path.encode(), b"14", size=2, terminated=False)
    yield read(path)
    yield write(f"/uncached{path}", b"15")
    yield write(f"/bus.0{path}", b"16")
    yield write(f"/alarm{path}", b"17")
    yield read(path)


def resolutions() -> Iterator[Request]:
    """The resolution kept in the EEPROM."""
    path = f"/{bus.FROST}/tempres"
    for data in (b"9", b"10", b"11", b"12", b"8", b"13", b"0", b"-1", b"x", b"", b"9.9",
                 b"4294967305", b"18446744073709551616"):  # fmt: skip
        yield write(path, data)
        yield read(path)
    yield write(path, b"12")


def trims() -> Iterator[Request]:
    """The trim registers, of chips where both agree about whether they are there."""
    for rom in (bus.HOT, bus.HOT_S20, bus.FROST):
        for name, data in (("trim", b"47000"), ("trim", b"x"), ("trimblanket", b"0"),
                           ("trimblanket", b"1"), ("trimblanket", b"x"), ("trim", b"-1"),
                           ("trim", b"65537")):  # fmt: skip
            yield write(f"/{rom}/errata/{name}", data)
            for read_back in ("trim", "trimblanket", "trimvalid"):
                yield read(f"/uncached/{rom}/errata/{read_back}")
    yield write(f"/{bus.HOT}/errata/trimblanket", b"1")
    yield read(f"/{bus.HOT}/errata/trim")
    yield write(f"/{bus.WARM_S20}/errata/trim", b"48029")


def not_writable() -> Iterator[Request]:
    """Good and bad values for what cannot be written."""
    for path in (f"/{bus.WARM}/type", f"/{bus.WARM}/temperature", f"/{bus.WARM}/power",
                 f"/{bus.WARM}/scratchpad", f"/{bus.WARM}/errata/die", f"/{bus.WARM}/present",
                 f"/{bus.WARM_S20}/temperature9", f"/{bus.NAMEPLATE}/locator"):  # fmt: skip
        for data in (b"1", b"x", b"", b"yes"):
            yield write(path, data)
    yield write(f"/{bus.NAMEPLATE}/nothing", b"1")
    yield write(f"/{ABSENT}/temphigh", b"1")
    yield write("/nothing", b"")
    yield write(f"/{bus.WARM}/temphigh", b"12", size=3)  # takes the NUL for data


REFUSED_ALIASES = (b"a/b", b"bus.7", b"settings", b"uncached", b"alarm", b"structure",
                   b"interface", b"text", b"simultaneous", b"unaliased", b"statistics", b"   ",
                   b"")  # fmt: skip
UNREACHABLE_ALIASES = {
    bus.WARM_S20: b"Settings",
    bus.COLD_S20: b"28.000000000000",
    bus.HOT_S20: b"json",
    bus.FROST: b"thermostat",
}


def aliases() -> Iterator[Request]:
    """Names of devices: what is taken, how they are listed and found.

    Every device gets its name once: a name that was taken away or changed leaves owserver 3.2p4
    with freed memory in its table, and then its answers are anybody's guess.
    """
    for name in REFUSED_ALIASES:
        yield write(f"/{bus.NAMEPLATE}/alias", name)
        yield read(f"/{bus.NAMEPLATE}/alias")
    for rom, name, offset in (
        (bus.NAMEPLATE, b" door  plate ", 0),
        (bus.KEY, b"k" * 300, 3),
        (bus.HOT, b"\thot", 0),
        (bus.MILD, b"mild\n", 0),
        (bus.BROKEN, b"broken", -1),
        (bus.BROKEN, b"broken", 256),
        (bus.WARM, b"kitchen", 0),
    ):
        yield write(f"/{rom}/alias", name, offset=offset)
        yield read(f"/{rom}/alias")
        yield ask(DIRALL, f"/{rom}")
    for kind in LISTING_TYPES:
        for listed in ("/", "/unaliased", "/kitchen", f"/{bus.WARM}", f"/unaliased/{bus.WARM}",
                       "/kitchen/errata", "/bus.0", "/bus.0/kitchen", "/unaliased/kitchen",
                       "/uncached/kitchen", "/door  plate"):  # fmt: skip
            yield ask(kind, listed)
    yield ask(DIRALL, "/", flags=USUAL_FLAGS | 5 << FORMAT_SHIFT)
    yield ask(DIRALL, "/", flags=USUAL_FLAGS | 0x08)
    for asked in ("/kitchen/temperature", "/Kitchen/type", "/kitchen", "/bus.0/kitchen/type",
                  "/kitchen.0/type", "/alarm/kitchen/type", "/door  plate/type",
                  "/ door  plate/type", f"/{bus.WARM}/alias", "/kitchen/alias",
                  f"/{'k' * 253}/type", "/\thot/type", "/mild\n/type"):  # fmt: skip
        for kind in (READ, PRESENCE, GET):
            yield ask(kind, asked)
    for size, offset in ((3, 0), (100, 2), (100, 7), (100, 8), (100, -1)):
        yield read("/kitchen/alias", size=size, offset=offset)
    yield write("/kitchen/temphigh", b"77")
    yield read(f"/{bus.WARM}/temphigh")
    for rom, name in UNREACHABLE_ALIASES.items():
        yield write(f"/{rom}/alias", name)
    yield write(f"/{bus.COLD}/alias", b"kitchen")  # moves
    yield read(f"/{bus.COLD}/alias")
    yield write(f"/{bus.COLD}/alias", b"")


def readings_after_all() -> Iterator[Request]:
    """What everything came to."""
    for rom in filter(has_converter, bus.ALL):
        for name in ("temphigh", "templow", *(("tempres",) if rom.family != 0x10 else ())):
            yield read(f"/uncached/{rom}/{name}")
    yield ask(DIR, "/uncached")

"""`python -m owfs_py.server.adapters` prints docs/adapters.md: each adapter, and what it can do.

The page is made from the drivers and the table of options; a test holds the file to it.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Sequence

from owfs_py.bus.masters import BusMaster, Can, built_in
from owfs_py.bus.masters.autoserial import AutoSerial
from owfs_py.bus.masters.k1wm import K1WM
from owfs_py.bus.masters.listing import AddressingMaster
from owfs_py.server.helptext import spelling
from owfs_py.server.options import NOT_YET, BusKind
from owfs_py.server.optiontable import ALL_OPTIONS, Heading, Option

INTRODUCTION = """\
# Adapters

<!-- Made by `python -m owfs_py.server.adapters > docs/adapters.md`. -->

`owserver --scan` finds most of what is plugged in or on the network and prints the option for each.
It leaves alone what it sees in use; programs of other users it sees as root only. To know an
adapter on a serial port it must send some bytes to it: where a modem or the like would mind, name
the port with `-d` instead of scanning.

The option is for the daemon, on the command line or in a configuration file. The URL is for the
library, `OneWire("usb://")`, and the daemon takes it, too: `-d usb://`. The extra is what to
install beside the package itself: `pip install 'owfs_py[usb]'`, or `owfs_py[all]`.

| Adapter | Option | URL | Extra | Strong pull-up | Program pulse | Overdrive | Branches | Bits |
|---------|--------|-----|-------|:-:|:-:|:-:|:-:|:-:|
"""

LEGEND = """
- **Strong pull-up** feeds devices that take their power from the data line while they convert or
  write. Without it give such devices external power; but HA5, HA7E and HA7S, by their manuals, feed
  them without being told.
- **Program pulse** is the 12 V that EPROMs (DS2502 and relatives) are written with; the adapter
  also needs a 12 V supply, which many do not have.
- **Overdrive** is the faster of the two speeds of the 1-Wire line. It is off until 1 is written to
  `/bus.N/interface/settings/overdrive`; then chips that know it are read and written at that speed,
  and those that are out of its reach as before.
- **Branches**: devices behind a DS2409 can be reached.
- **Bits**: single time slots, which few devices need.

`-d` with a port finds out by itself which adapter is there, and can then do what that one can.
"""

NOT_YET_HEAD = """
## Recognised, without a driver so far

These options of owserver 3.2p4 are understood and refused with a message.

| Option | |
|--------|---|
"""

OTHERS = """
## Not on a wire of our own

| Option | Bus |
|--------|-----|
"""

THIRD_PARTIES = """
## Adapters of third parties

A package with an entry point in the group `owfs_py.masters` adds its kind of URL to these, for the
library and for `-d`: see [How to add a bus master](bus-masters.md).
"""

_KINDS = {
    BusKind.DEVICE: "serial",
    BusKind.XPORT: "ds2480b",
    BusKind.PASSIVE: "ds9097",
    BusKind.HA3: "ds9097",
    BusKind.HA4B: "ds9097",
    BusKind.I2C: "ds2482",
}
"""What opens the driver of an option, where the two have different names."""

_ADAPTERS = {
    "serial": "any DS2480B or DS9097 on a serial port, whichever answers",
    "ds9097u": "DS9097U and others with a DS2480B",
    "ds9097": "DS9097 and other passive ones",
    "link": "LINK, LinkUSB, LinkOEM, LINK-HUB-E",
    "pbm": "PBM (Professional Busmaster) of Elabnet, three buses",
    "ha5": "HA5, up to 26 on one port",
    "ha7e": "HA7E and HA7S",
    "masterhub": "MasterHub of Hobby Boards, all its channels",
    "ha7net": "HA7Net",
    "enet": "OW-SERVER-ENET and OW-SERVER-ENET-2",
    "etherweather": "EtherWeather",
    "usb": "DS9490R, DS9490B and others with a DS2490",
    "ds2482": "DS2482-100, -101, -800 and DS2483",
    "w1": "bus masters of the Linux kernel, all that it has",
    "ds1wm": "DS1WM in a chip, by its registers in memory",
    "k1wm": "K1WM of Kistler, by its registers in a UIO device",
    "emulate": "an emulated wire behind an emulated DS2480B",
}
"""Names as people know them; without one a driver's own description is shown."""

_EXTRAS = {"usb": "usb", "ds2482": "i2c"}
_URLS = {
    "ds9097u": "ds2480b:///dev/ttyUSB0",
    "pbm": "pbm:///dev/ttyUSB0:2",
    "ha5": "ha5:///dev/ttyUSB0:a",
    "masterhub": "masterhub:///dev/ttyACM0",
    "usb": "usb://1:4",
    "ds2482": "ds2482:///dev/i2c-1:0",
    "w1": "w1://1",
    "ds1wm": "ds1wm://0x40010000",
    "k1wm": "k1wm://0x100",
    "emulate": "emulate://28,28,10",
}
_URL_FORMS = {Heading.SERIAL: "{}:///dev/ttyUSB0", Heading.NETWORK: "{}://HOST:PORT"}

_WITHOUT_BITS = (AddressingMaster.touch_bits, K1WM.touch_bits)

_WITHOUT_WIRE = (
    BusKind.SERVER,
    BusKind.BROWSE,
    BusKind.FAKE,
    BusKind.TESTER,
    BusKind.MOCK,
    BusKind.EXTERNAL,
)
_INDIRECT = {
    "device": BusKind.DEVICE,
    "server": BusKind.SERVER,
    "external": BusKind.EXTERNAL,
}
"""Options whose kind of bus depends on something else, and what they mostly stand for."""


_BY_DEVICE = {
    BusKind.PARALLEL: "-d /dev/parport0",
    BusKind.FTDI: "-d ftdi:s:SERIAL",
}
"""What asks for a bus that has no option of its own."""


def page() -> str:
    """The page as Markdown."""
    drivers: dict[type[BusMaster], list[str]] = {}
    for kind, driver in built_in().items():
        drivers.setdefault(driver, []).append(kind)
    parts = [INTRODUCTION, *(_row(driver, kinds) for driver, kinds in drivers.items()), LEGEND]
    if NOT_YET:
        parts += [
            NOT_YET_HEAD,
            *(f"| {_asked_for(kind)} | {why} |\n" for kind, why in NOT_YET.items()),
        ]
    parts.append(OTHERS)
    for kind, option in _options():
        if kind in _WITHOUT_WIRE:
            parts.append(f"| {_shown(option)} | {option.meaning} |\n")
    return "".join([*parts, THIRD_PARTIES])


def _options() -> Iterator[tuple[BusKind, Option]]:
    """The options that add a bus, and its kind."""
    for option in ALL_OPTIONS:
        kind = option.kind or _INDIRECT.get(option.names[0])
        if kind is not None:
            yield kind, option


def _asked_for(kind: BusKind) -> str:
    """How to ask for a kind of bus."""
    mine = [_shown(option) for option in ALL_OPTIONS if option.kind is kind]
    return ", ".join(mine) or f"`{_BY_DEVICE[kind]}`"


def _row(driver: type[BusMaster], kinds: Sequence[str]) -> str:
    mine = [option for kind, option in _options() if _KINDS.get(kind, kind.value.lower()) in kinds]
    name = kinds[-1]
    form = next((_URL_FORMS[o.heading] for o in mine if o.heading in _URL_FORMS), "{}://")
    cells = (
        _ADAPTERS.get(name) or _first_sentence(driver),
        ", ".join(map(_shown, mine)),
        f"`{_URLS.get(name) or form.format(name)}`",
        f"`{_EXTRAS[name]}`" if name in _EXTRAS else "",
        *_abilities(driver),
    )
    return f"| {' | '.join(cells)} |\n"


def _first_sentence(driver: type[BusMaster]) -> str:
    text = " ".join(inspect.cleandoc(driver.__doc__ or "").partition("\n\n")[0].split())
    return text.partition(". ")[0].partition("; ")[0].removesuffix(".")


def _shown(option: Option) -> str:
    return f"`{spelling(option)}`"


def _abilities(driver: type[BusMaster]) -> Iterator[str]:
    """A tick for each column that holds."""
    if driver is AutoSerial:
        yield from ("",) * (len(Can) + 1)
        return
    for ability in (Can.STRONG_PULLUP, Can.PROGRAM_PULSE, Can.OVERDRIVE, Can.BRANCHES):
        yield "✓" if ability in driver.can else ""
    yield "" if driver.touch_bits in _WITHOUT_BITS else "✓"


if __name__ == "__main__":
    sys.stdout.write(page())

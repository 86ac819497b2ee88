"""What an option does with its value: small makers of the actions that optiontable names.

Every action takes the Reading and the value text (empty if there is none), changes
Reading.options, and raises OptionError for a value that cannot be.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable

from owfs_py.bus.rom import RomFormat
from owfs_py.ownet.address import ANY_HOST, NetAddress, server_address
from owfs_py.server.options import (
    NOT_YET,
    BusKind,
    BusRequest,
    HelpWanted,
    Options,
    Reading,
    ScanWanted,
    VersionWanted,
)

Action = Callable[[Reading, str], None]

_UINT32 = 0xFFFF_FFFF
_INT64_LIMIT = 1 << 63

# Major numbers of Linux character devices (Documentation/admin-guide/devices.txt).
_MAJOR_PARPORT = 99
_MAJOR_I2C = 89
_I2C_PREFIX = "/dev/i2c-"

FORMATS = {
    "f.i": RomFormat.F_I,
    "fi": RomFormat.FI,
    "f.i.c": RomFormat.F_I_C,
    "f.ic": RomFormat.F_IC,
    "fi.c": RomFormat.FI_C,
    "fic": RomFormat.FIC,
}

_BAUD_WORDS = {
    1200: "12 1200",
    2400: "24 2400",
    4800: "48 4800",
    9600: "96 9600",
    19200: "19 19000 19200",
    38400: "38 38000 38400",
    57600: "56 57 56000 57000 57600",
    115200: "115 115000 115200",
    230400: "230 230000 230400",
}
BAUDS = {int(word): baud for baud, words in _BAUD_WORDS.items() for word in words.split()}


def put(name: str, value: object) -> Action:
    """Sets a field of Options to a fixed value."""
    _must_be_field(name)

    def action(reading: Reading, _: str) -> None:
        setattr(reading.options, name, value)

    return action


def puts(**values: object) -> Action:
    """Sets several fields of Options to fixed values."""
    for name in values:
        _must_be_field(name)

    def action(reading: Reading, _: str) -> None:
        for name, value in values.items():
            setattr(reading.options, name, value)

    return action


def nothing(_: Reading, __: str) -> None:
    """For options of other OWFS programs, which share one configuration file with us."""


def text(name: str) -> Action:
    """Sets a field to the value as it is; an empty one is refused."""
    _must_be_field(name)

    def action(reading: Reading, value: str) -> None:
        if not value:
            raise reading.error("an empty value")
        setattr(reading.options, name, value)

    return action


def integer(name: str) -> Action:
    """Sets a field to the number that the value begins with, 0 if it begins with none.

    Numbers are cut to 32 bits without sign, so that -1 is the longest time there is.
    """
    _must_be_field(name)

    def action(reading: Reading, value: str) -> None:
        setattr(reading.options, name, leading_integer(reading, value) & _UINT32)

    return action


def leading_integer(reading: Reading, value: str) -> int:
    """The decimal number at the start of `value`; a notice is kept if that is not all of it."""
    match = re.match(r"\s*([+-]?[0-9]+)", value)
    number = int(match[1]) if match else 0
    if not -_INT64_LIMIT <= number < _INT64_LIMIT:
        raise reading.error(f"number out of range: {value}")
    if match is None or match.end() != len(value.rstrip()):
        reading.notice(f"{value!r} is not a whole number; taken as {number}")
    return number


def leading_float(name: str) -> Action:
    """Sets a field to the decimal number that the value begins with, 0 if it begins with none."""
    _must_be_field(name)

    def action(reading: Reading, value: str) -> None:
        match = re.match(r"\s*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)", value)
        number = float(match[1]) if match else 0.0
        if match is None or match.end() != len(value.rstrip()):
            reading.notice(f"{value!r} is not a number; taken as {number:g}")
        setattr(reading.options, name, number)

    return action


def error_level(reading: Reading, value: str) -> None:
    """0 to 9; more is as much as 9."""
    reading.options.error_level = min(max(leading_integer(reading, value), 0), 9)


def debug(reading: Reading, _: str) -> None:
    """Foreground, and everything logged."""
    reading.options.debug = True
    reading.options.background = False
    reading.options.error_level = 9


def rom_format(reading: Reading, value: str) -> None:
    """One of the six forms of a device address."""
    chosen = FORMATS.get(value.lower())
    if chosen is None:
        raise reading.error(f"unknown format {value!r} (one of {' '.join(FORMATS)})")
    reading.options.rom_format = chosen


def baud(reading: Reading, value: str) -> None:
    """A line speed, which may be cut short; one that is not known is 9600."""
    number = leading_integer(reading, value)
    if number not in BAUDS:
        reading.notice(f"no such line speed: {value}; taken as 9600")
    reading.options.baud = BAUDS.get(number, 9600)


def detail(reading: Reading, value: str) -> None:
    """Device addresses, or the first bytes of them, as hex pairs; dots do not count."""
    found = []
    for item in re.split(r"[,\s]+", value):
        digits = item.replace(".", "")
        try:
            found.append(bytes.fromhex(digits))
        except ValueError:
            reading.notice(f"not a device address: {item}")
    found = [prefix for prefix in found if prefix]
    if found:
        reading.options.detail += tuple(found)
        reading.options.background = False


def help_page(reading: Reading, value: str) -> None:
    """Ends the reading of options."""
    if reading.in_file:
        raise reading.error("only for the command line")
    raise HelpWanted(value)


def version(reading: Reading, _: str) -> None:
    """Ends the reading of options."""
    if reading.in_file:
        raise reading.error("only for the command line")
    raise VersionWanted


def scan(reading: Reading, _: str) -> None:
    """Ends the reading of options."""
    if reading.in_file:
        raise reading.error("only for the command line")
    raise ScanWanted


def configuration(reading: Reading, value: str) -> None:
    """Reads a file of options here and now."""
    if not value:
        raise reading.error("an empty value")
    reading.include(value)


def alias_file(reading: Reading, value: str) -> None:
    """Notes an alias file, which must be readable."""
    try:
        with open(value, "rb"):
            pass
    except OSError as error:
        raise reading.error(f"cannot read alias file {value}: {error.strerror}") from None
    reading.options.alias_files.append(value)


def allow(reading: Reading, value: str) -> None:
    """Networks that may connect."""
    from ipaddress import ip_network  # rarely used, and slow to import

    for item in value.split(","):
        try:
            reading.options.allow += (ip_network(item.strip(), strict=False),)
        except ValueError:
            raise reading.error(f"not a network: {item!r} (such as 192.168.1.0/24)") from None


def listen(reading: Reading, value: str) -> None:
    """Adds an address to listen on."""
    try:
        reading.options.listen.append(NetAddress.parse(value, ANY_HOST))
    except ValueError as error:
        raise reading.error(str(error)) from None


def bus(kind: BusKind) -> Action:
    """Adds a bus master of this kind, if there is a driver for it."""

    def action(reading: Reading, value: str) -> None:
        if kind in NOT_YET:
            raise reading.error(NOT_YET[kind])
        reading.options.buses.append(BusRequest(kind, value, reading.source))

    return action


def bus_at(kind: BusKind) -> Action:
    """Adds a bus master of this kind at a place, which must be named."""
    add = bus(kind)

    def action(reading: Reading, value: str) -> None:
        if not value:
            raise reading.error("an empty value")
        add(reading, value)

    return action


def remote(reading: Reading, value: str) -> None:
    """Adds another owserver; its address is checked now, and looked up when it is opened."""
    try:
        server_address(value)
    except ValueError as error:
        raise reading.error(str(error)) from None
    bus(BusKind.SERVER)(reading, value)


def device(reading: Reading, value: str) -> None:
    """Adds the bus master that a path, or else a network address, stands for."""
    kind = _kind_of_device(reading, value)
    if kind is BusKind.DEVICE and "/" not in value:
        value = f"./{value}"  # a device that is here, which without "/" would be a host
    bus(kind)(reading, value)


def _kind_of_device(reading: Reading, value: str) -> BusKind:
    if value.startswith("ftdi:"):
        return BusKind.FTDI
    if value.startswith(_I2C_PREFIX):  # maybe with the address of a chip, or not there yet
        return BusKind.I2C
    try:
        found = os.stat(value)
    except OSError:
        if not value:
            raise reading.error("the name of a port is missing") from None
        # A port may be plugged in later; the bus waits for it.
        return BusKind.DEVICE if "/" in value else BusKind.XPORT
    if not stat.S_ISCHR(found.st_mode):
        raise reading.error(f"{value} is not a character device")
    majors = {_MAJOR_PARPORT: BusKind.PARALLEL, _MAJOR_I2C: BusKind.I2C}
    return majors.get(os.major(found.st_rdev), BusKind.DEVICE)


def positional(reading: Reading, word: str) -> None:
    """A word without an option: /PORT is -d, u... is -u, anything else is -s."""
    if word.startswith("/"):
        device(reading, word)
    elif word[:1] in ("u", "U"):
        bus(BusKind.USB)(reading, word[1:])
    elif word:
        remote(reading, word)


def _must_be_field(name: str) -> None:
    if name not in Options.__slots__:
        raise AttributeError(f"Options has no field {name}")

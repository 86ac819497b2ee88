"""`owserver --scan`: which adapters and servers are there, and the option to use each.

It looks everywhere at the same time for a few seconds. Ports and adapters that somebody uses are
left alone, and 1-Wire devices get resets but no commands.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic
from typing import NamedTuple

from owfs_py.bus.clock import REAL_CLOCK
from owfs_py.bus.errors import BusError, BusNotRespondingError
from owfs_py.bus.masters import ds2482find, enetfind, ha7netfind
from owfs_py.bus.masters.ds2480b import DS2480B
from owfs_py.bus.masters.ds2482chip import Chip, Connect
from owfs_py.bus.masters.ds9097 import DS9097
from owfs_py.bus.masters.ha5 import HA5
from owfs_py.bus.masters.ha5codes import LETTERS
from owfs_py.bus.masters.ha7e import HA7E
from owfs_py.bus.masters.link import Link
from owfs_py.bus.masters.masterhub import MasterHub
from owfs_py.bus.masters.opening import why_not
from owfs_py.bus.masters.pbm import Pbm
from owfs_py.bus.masters.pbmcodes import CHANNELS
from owfs_py.bus.masters.serialline import PortUnavailableError
from owfs_py.bus.masters.serialmaster import SerialMaster
from owfs_py.ownet.address import NetAddress
from owfs_py.server import zeroconf
from owfs_py.server.options import NOT_YET, BusKind

log = logging.getLogger(__name__)

LIMIT = 8.0
"""Seconds after which what has not been found yet is not waited for."""
ANNOUNCEMENT_SECONDS = 3.0
"""Seconds in which a server answers that announces itself: it may wait for half a second."""
PROBE_TIMEOUT = 1.0

KERNEL_MASTERS = Path("/sys/bus/w1/devices")


def _first_ha5(port: str, timeout: float) -> HA5:
    # As they are delivered: strangers need not get something for each letter.
    return HA5(f"{port}:{LETTERS[0]}", timeout=timeout)


_SERIAL: Sequence[tuple[Callable[..., SerialMaster], str]] = (
    (DS2480B, "-d "),
    (DS9097, "-d "),
    (Link, "--link="),
    (Pbm, "--pbm="),
    (HA7E, "--ha7e="),
    (MasterHub, "--masterhub="),
    (_first_ha5, "--ha5="),
)
"""Adapters on serial ports in the order of asking, and the option for each."""


class Found(NamedTuple):
    """Something that was found, or that could not be looked at."""

    what: str
    option: str = ""
    """What to start owserver with; empty if that is not known or there is no way."""
    note: str = ""
    """Why it is not to be had, or what is to be known of it."""


Look = Callable[[], Iterable[Found]]
"""Looks in one place. Raises BusError if that cannot be done, with what would help."""


def main() -> int:
    """Look and print; the exit status, which is 0 also if there is nothing."""
    print(f"Looking for adapters and servers, for {LIMIT:g} seconds at most ...", flush=True)
    print(page(scan(everywhere())), end="")
    return 0


def page(found: Iterable[Found]) -> str:
    """What was found as a text."""
    usable = sorted(one for one in found if one.option)
    rest = sorted(one for one in found if not one.option)
    width = max((len(one.option) for one in usable), default=0)
    lines = [f"  {one.option:<{width}}  {_told(one)}" for one in usable]
    if lines:
        lines = ["", "Start owserver with one or more of these options:", *lines]
    else:
        lines = [
            "",
            "No adapter was found. Is it plugged in, and may you open its port? Without one,",
            "owserver --foreground --emulate=28,28,10 shows how it works.",
        ]
    if rest:
        lines += ["", "Also seen:", *(f"  {_told(one)}" for one in rest)]
    return "\n".join(lines) + "\n"


def _told(one: Found) -> str:
    return f"{one.what}: {one.note}" if one.note else one.what


# Looking everywhere at once


def scan(looks: Mapping[str, Look], limit: float = LIMIT) -> list[Found]:
    """All that the looks find within `limit` seconds; one that takes longer is told of."""
    results: SimpleQueue[tuple[str, list[Found] | Exception]] = SimpleQueue()
    for place, look in looks.items():
        # Daemons: a port that hangs must not keep the program.
        threading.Thread(target=_run, args=(place, look, results), daemon=True).start()
    found: list[Found] = []
    missing = set(looks)
    give_up = monotonic() + limit
    while missing:
        try:
            place, result = results.get(timeout=max(give_up - monotonic(), 0))
        except Empty:
            break
        missing.remove(place)
        if isinstance(result, BusError):
            found.append(Found(place, note=str(result).removeprefix(f"{place}: ")))
        elif isinstance(result, Exception):
            log.error("looking at %s failed", place, exc_info=result)
            found.append(Found(place, note=f"looking there failed: {type(result).__name__}"))
        else:
            found += result
    return found + [Found(place, note=f"no end within {limit:g} s") for place in missing]


def _run(place: str, look: Look, results: SimpleQueue[tuple[str, list[Found] | Exception]]) -> None:
    try:
        results.put((place, list(look())))
    except Exception as error:  # told where somebody waits for it
        results.put((place, error))


def everywhere() -> dict[str, Look]:
    """The places to look at, by name."""
    looks: dict[str, Look] = {
        "USB": usb_adapters,
        "kernel": kernel_masters,
        "OW-SERVER-ENET": enets,
        "HA7Net": ha7nets,
        "owservers on the network": servers,
    }
    ports, i2c = serial_ports(), ds2482find.adapters()
    users = users_of([*ports, *i2c])
    for port in ports:
        looks[port] = partial(serial_port, port, users.get(port, ""))
    for adapter in i2c:
        looks[adapter] = partial(i2c_adapter, adapter, users.get(adapter, ""))
    return looks


def users_of(paths: Iterable[str]) -> dict[str, str]:
    """Which of these device files other programs have open, and which program.

    Programs of other users are seen by root only.
    """
    wanted = {os.path.realpath(path): path for path in paths}
    users: dict[str, str] = {}
    for process in Path("/proc").glob("[0-9]*") if wanted else ():
        if int(process.name) == os.getpid():
            continue
        # The process, or its file, may end while we look.
        with suppress(OSError):
            for link in (process / "fd").iterdir():
                target = _target(link)
                if target in wanted:
                    name = (process / "comm").read_text().strip()
                    users[wanted[target]] = f"{name}, process {process.name}"
    return users


def _target(link: Path) -> str:
    with suppress(OSError):
        return os.readlink(link)
    return ""


# The places


def serial_ports() -> list[str]:
    """The device files of the serial ports of this machine."""
    from serial.tools import list_ports

    return [port.device for port in list_ports.comports()]


def serial_port(port: str, user: str = "") -> Iterator[Found]:
    """The adapter that answers on a serial port, if nobody uses the port; within 4 seconds."""
    if user:
        yield Found(port, note=f"in use ({user})")
        return
    for make, option in _SERIAL:
        master = make(port, timeout=PROBE_TIMEOUT)
        try:
            master.open()
        except PortUnavailableError as error:
            yield Found(port, note=str(error).removeprefix(f"{port}: "))
            return
        except BusError:
            continue
        finally:
            master.close()
        yield Found(f"{_named(master)} on a serial port", f"{option}{port}")
        return
    yield Found(port, note="no 1-Wire adapter answers")


def _named(master: SerialMaster) -> str:
    if isinstance(master, MasterHub):
        return f"{MasterHub.name} with {len(master.channels)} buses"
    if isinstance(master, Pbm):
        return f"{Pbm.adapter} with {len(CHANNELS)} buses"
    return master.name


def usb_adapters() -> Iterator[Found]:
    """All DS2490, by their numbers: a place `B:D` is another after replugging."""
    try:
        from owfs_py.bus.masters.ds2490choice import PRODUCT, VENDOR
        from owfs_py.bus.masters.usbline import find, obstacle, place_of
    except ImportError as error:  # PyUSB is missing
        raise BusNotRespondingError(str(error)) from error
    for number, device in enumerate(find(VENDOR, PRODUCT), start=1):
        try:
            yield Found("DS9490R on USB", f"--usb={number}", obstacle(device))
        except BusNotRespondingError as error:
            yield Found(f"DS9490R on USB at {place_of(device)}", note=str(error))


def i2c_adapter(adapter: str, user: str = "", connect: Connect | None = None) -> Iterator[Found]:
    """All DS2482 and DS2483 on an I2C adapter that nobody uses.

    First a byte is read from each address; only who gives one is sent the byte of a device reset.
    """
    if user:
        yield Found(adapter, note=f"in use ({user})")
        return
    try:
        connect = connect or ds2482find.smbus2_connect()
        bus = connect(adapter)
    except ImportError as error:  # smbus2 is missing
        raise BusNotRespondingError(str(error)) from error
    except OSError as error:
        yield Found(adapter, note=f"cannot be opened: {why_not(error, adapter)}")
        return
    try:
        answering = []
        for number, address in enumerate(ds2482find.ADDRESSES):
            try:
                bus.read_byte(address)
            except OSError as error:
                if error.errno == errno.EBUSY:
                    note = "in use by a driver of the kernel"
                    yield Found(f"I2C address {address:02x} on {adapter}", note=note)
            else:
                answering.append((number, address))
    finally:
        bus.close()
    for number, address in answering:
        chip = Chip(adapter, [address], REAL_CLOCK, connect)
        try:
            chip.open(0)
        except BusNotRespondingError:
            continue
        chip.close(0)
        buses = f" with {chip.model.channels} buses" if chip.model.channels > 1 else ""
        yield Found(f"{chip.model.name}{buses} on I2C", f"--i2c={adapter}:{number}")


def kernel_masters(root: Path = KERNEL_MASTERS) -> Iterator[Found]:
    """The bus masters of the Linux kernel; one option serves them all."""
    masters = sorted(path.name for path in root.glob("w1_bus_master[0-9]*"))
    if masters:
        what = f"bus masters of the Linux kernel ({', '.join(masters)})"
        yield Found(what, "" if BusKind.W1 in NOT_YET else "--w1", NOT_YET.get(BusKind.W1, ""))


def enets() -> Iterator[Found]:
    """All OW-SERVER-ENET that answer a broadcast."""
    for unit in enetfind.units():
        channels = len(enetfind.drivers(unit))
        what = f"OW-SERVER-ENET-2 with {channels} buses" if channels > 1 else "OW-SERVER-ENET"
        yield Found(what, f"--enet={unit.address}")


def ha7nets() -> Iterator[Found]:
    """All HA7Net that answer a multicast."""
    for unit in dict.fromkeys(ha7netfind.units()):
        yield Found("HA7Net", f"--ha7net={NetAddress(*unit)}")


def servers() -> Iterator[Found]:
    """All owservers that announce themselves."""
    if not zeroconf.is_available():
        raise BusNotRespondingError(zeroconf.MISSING)
    for name, address in asyncio.run(_announced()).items():
        yield Found(f"owserver {name!r}", f"-s {address}")


class _Names:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.addresses: dict[str, NetAddress] = {}

    async def found(self, name: str, address: NetAddress) -> None:
        self.addresses[name] = address

    async def lost(self, name: str) -> None:
        self.addresses.pop(name, None)


async def _announced() -> dict[str, NetAddress]:
    names = _Names()
    neighbourhood = zeroconf.Neighbourhood([], finder=names)
    neighbourhood.start()
    await asyncio.sleep(ANNOUNCEMENT_SECONDS)
    await neighbourhood.stop()
    return names.addresses

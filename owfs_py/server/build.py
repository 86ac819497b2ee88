"""From Options to what runs: settings, aliases, buses. The Daemon around them is in daemon.py.

The only place that knows which option becomes which part of the library.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from owfs_py.bus.aliases import Aliases
from owfs_py.bus.buffer import Buffer
from owfs_py.bus.cache import Timeouts
from owfs_py.bus.external import ExternalBus
from owfs_py.bus.host import Host
from owfs_py.bus.invention import Range
from owfs_py.bus.masters import names_port_only, open_master
from owfs_py.bus.masters.base import BusMaster
from owfs_py.bus.masters.traffic import trace
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.relay import Relay
from owfs_py.bus.scripts import Scripts
from owfs_py.bus.simulated import SimulatedBus, Style
from owfs_py.bus.view import View
from owfs_py.ownet.remotebus import RemoteBus
from owfs_py.server import aliasfile, aliasstore, zeroconf
from owfs_py.server.lifecycle import StartError
from owfs_py.server.options import NOT_YET, BusKind, BusRequest, OptionError, Options
from owfs_py.server.settings import ServerSettings

if TYPE_CHECKING:
    from owfs_py.bus.masters.serialmaster import PortOptions

log = logging.getLogger(__name__)

STYLES = {BusKind.FAKE: Style.FAKE, BusKind.TESTER: Style.TESTER, BusKind.MOCK: Style.MOCK}
"""The kinds of bus that are simulated."""


def server_settings(options: Options, listen_fds: tuple[int, ...] = ()) -> ServerSettings:
    """The settings of the serving side."""
    if listen_fds and options.listen:
        log.warning("started by a socket of systemd: option -p is ignored")
    return ServerSettings(
        listen=tuple(map(str, options.listen)),
        listen_fds=listen_fds,
        allow=options.allow,
        timeout_server=options.timeout_server,
        timeout_persistent_low=options.timeout_persistent_low,
        timeout_persistent_high=options.timeout_persistent_high,
        clients_persistent_low=options.clients_persistent_low,
        clients_persistent_high=options.clients_persistent_high,
        persistence=options.persistence,
        dirall=options.dirall,
        get=options.get,
        pingcrazy=options.pingcrazy,
    )


def load_aliases(options: Options, aliases: Aliases) -> None:
    """Make `aliases` what the alias files say now; complaints are logged.

    Raises OSError, and leaves `aliases` alone, if a file cannot be read.
    """
    fresh = Aliases()
    # What clients changed since wins over what the files say.
    files = (*options.alias_files, *aliasstore.existing(options.save_aliases))
    for complaint in aliasfile.read(files, fresh):
        log.warning("%s", complaint)
    aliases.clear()
    for rom, name in fresh.items():
        aliases.assign(rom, name)


def build_onewire(options: Options, token: bytes | None = None) -> OneWire:
    """The buses that were asked for, not opened yet.

    Raises StartError if none was, or a package that one needs is missing, and OptionError for a
    value that cannot be.

    `token` is the server's, which shows when a request that went to another one comes back.
    """
    if not options.buses:
        raise StartError("No valid 1-wire buses found")
    if (options.stale or options.refresh) and not options.buffer:
        log.warning("options --stale and --refresh have no effect without --buffer")
    onewire = OneWire(
        timeouts=Timeouts(
            volatile=options.timeout_volatile,
            stable=options.timeout_stable,
            directory=options.timeout_directory,
            presence=options.timeout_presence,
            stale=options.stale,
        ),
        cache_bytes=options.cache_size,
        read_only=options.readonly or (options.buffer and not options.write),
        uncached=options.uncached,
        unaliased=options.unaliased,
        sharing=options.shared_conversion,
        one_device=options.one_device,
    )
    onewire.view = View(
        options.temperature_scale, options.pressure_scale, options.rom_format, options.trim
    )
    onewire.host = host_of(options)
    # Those of a style are counted from the last one on, as owserver does.
    units = Counter(request.kind for request in options.buses)
    behind: list[BusMaster] = []
    for request in options.buses:
        units[request.kind] -= 1
        try:
            behind += _add_buses(request, options, onewire, units[request.kind], token)
        except ValueError as error:
            raise OptionError(f"{request.source}: {error}") from error
        except ImportError as error:
            raise StartError(f"{request.source}: {error}") from error
    for master in behind:
        onewire.add_master(master)
    return onewire


def _add_buses(
    request: BusRequest, options: Options, onewire: OneWire, unit: int, token: bytes | None
) -> Sequence[BusMaster]:
    """The buses of one option; returned are bus masters whose buses come behind those of all.

    `unit` counts the options of a kind, from the last one on. Modules are imported when wanted;
    ImportError if they cannot be. Raises ValueError for what cannot be, and StartError.
    """
    match request.kind:
        case kind if kind in STYLES:
            onewire.add_bus(_simulated_bus(request, options, onewire, unit))
        case BusKind.EXTERNAL:
            onewire.add_bus(_external_bus(options, onewire))
        case BusKind.SERVER:
            onewire.add_bus(remote_bus(request.value, options, onewire, token))
        case BusKind.BROWSE:
            if not zeroconf.is_available():  # what is found becomes buses later
                raise StartError(f"{request.source}: {zeroconf.MISSING}")
        case BusKind.USB:
            from owfs_py.server.usb import add_usb_buses

            add_usb_buses(request, options, onewire)
        case BusKind.W1:
            from owfs_py.server.w1 import add_w1_buses

            add_w1_buses(request, options, onewire)
        case BusKind.ENET:
            from owfs_py.server.enet import add_enet_buses

            add_enet_buses(request, options, onewire)
        case BusKind.HA7NET:
            from owfs_py.server.ha7net import add_ha7net_bus

            add_ha7net_bus(request, options, onewire)
        case BusKind.I2C:
            from owfs_py.server.i2c import add_i2c_buses

            add_i2c_buses(request, options, onewire)
        case BusKind.MASTERHUB:
            from owfs_py.server.sharedlines import add_masterhub_buses

            add_masterhub_buses(request, options, onewire, **_port(options))
        case BusKind.HA5:
            from owfs_py.server.sharedlines import add_ha5_buses

            return add_ha5_buses(request, options, onewire, **_port(options))
        case BusKind.PBM:
            from owfs_py.server.channels import add_pbm_buses

            return add_pbm_buses(request, options, onewire, **_port(options))
        case BusKind.K1WM:
            from owfs_py.server.channels import add_k1wm_buses

            return add_k1wm_buses(request, options, onewire)
        case _:
            _add_bus_master(request, options, onewire)
    return ()


def _add_bus_master(request: BusRequest, options: Options, onewire: OneWire) -> None:
    master = _bus_master(request, options, onewire.next_number())
    if options.traffic:
        trace(master)
    onewire.add_master(master)


# What owserver calls a feature in /system/configuration, and the bus that shows whether we have it.
_FEATURES = {
    "USB": BusKind.USB,
    "i2c": BusKind.I2C,
    "parport": BusKind.PARALLEL,
}


def host_of(options: Options) -> Host:
    """What /system and /settings tell of this daemon before it listens."""
    features = {name for name, kind in _FEATURES.items() if kind not in NOT_YET}
    if zeroconf.is_available():
        features.add("zeroconf")
    return Host(
        pid_file=options.pid_file,
        features=frozenset(features),
        timeouts={
            "ftp": options.timeout_ftp,
            "ha7": options.timeout_ha7,
            "network": options.timeout_network,
            "serial": options.timeout_serial,
            "server": options.timeout_server,
            "usb": options.timeout_usb,
            "w1": options.timeout_w1,
        },
    )


def _simulated_bus(
    request: BusRequest, options: Options, onewire: OneWire, unit: int
) -> SimulatedBus:
    """A bus of invented devices, number `unit` of its style."""
    limits = {"low": options.temperature_low, "high": options.temperature_high}
    return SimulatedBus(
        onewire.next_number(),
        onewire.cache,
        onewire.aliases,
        onewire.changed,
        style=STYLES[request.kind],
        devices=request.value,
        unit=unit,
        temperatures=Range(**{end: limit for end, limit in limits.items() if limit is not None}),
    )


def _external_bus(options: Options, onewire: OneWire) -> ExternalBus:
    """The bus of all external sensors."""
    return ExternalBus(
        onewire.next_number(),
        onewire.cache,
        options.sensors,
        onewire.changed,
        scripts=Scripts(options.script_timeout),
    )


def remote_bus(address: str, options: Options, onewire: OneWire, token: bytes | None) -> Relay:
    """Another owserver as the next bus. ValueError for an address that makes no sense."""
    bus = RemoteBus(
        onewire.next_number(),
        address,
        onewire.cache,
        onewire.aliases,
        token=token,
        timeout=options.timeout_network,
        persistent=options.persistence,
        safe_mode=options.safemode,
    )
    if options.buffer and not options.uncached:
        return Buffer(bus, onewire.changed, refresh=options.refresh)
    return bus


def _port(options: Options) -> PortOptions:
    """How all serial ports are used."""
    return {"timeout": options.serial_timeout, "hardflow": options.hardware_flow}


def _bus_master(request: BusRequest, options: Options, number: int) -> BusMaster:
    """The driver of bus `number`, as an option asks for it. Raises ValueError or StartError."""
    serial = _port(options)
    passive: dict[str, Any] = {"data_bits": 8 if options.eight_bit else 6}
    active: dict[str, Any] = {
        "flextime": options.serial_flextime,
        "reverse_polarity": options.reverse_polarity,
        "baudrate": options.baud,
    }
    match request.kind:
        case BusKind.EMULATE:
            return open_master(f"emulate://{request.value}", bus=number)
        case BusKind.DEVICE if not names_port_only(request.value):
            return open_master(request.value)  # its options, if any, are its own
        case BusKind.DEVICE:
            return open_master(request.value, **serial, **active, **passive)
        case BusKind.XPORT:
            return open_master(f"ds2480b://{request.value}", **serial, **active)
        case BusKind.PASSIVE | BusKind.HA3 | BusKind.HA4B:
            return open_master(f"ds9097://{request.value}", **serial, **passive)
        case BusKind.LINK:
            return open_master(f"link://{request.value}", **serial, baudrate=options.baud)
        case BusKind.ETHERWEATHER:
            timeout = options.network_timeout
            return open_master(f"etherweather://{request.value}", timeout=timeout)
        case BusKind.DS1WM:
            return open_master(f"ds1wm://{request.value}")
        case BusKind.HA7E:
            return open_master(f"ha7e://{request.value}", **serial)
        case _:
            raise StartError(f"{request.source}: this kind of bus is not supported yet")

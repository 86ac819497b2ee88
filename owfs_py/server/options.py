"""Options: what the command line and the configuration files ask of the daemon, as plain data.

How it is read is in commandline, configfile and optiontable; nothing here opens anything.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from owfs_py.bus.host import possible_timeout
from owfs_py.bus.rom import RomFormat
from owfs_py.bus.sensors import Sensors
from owfs_py.bus.view import PressureScale, TemperatureScale
from owfs_py.ownet.address import NetAddress

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network


class OptionError(Exception):
    """An option that cannot be honoured; the text is one line that names the option."""

    exit_status = 2


class TextWanted(Exception):  # noqa: N818 - nothing went wrong
    """The command line asks for a text instead of a daemon."""


class HelpWanted(TextWanted):
    """--help; the argument is the topic, or empty."""


class VersionWanted(TextWanted):
    """--version."""


class ScanWanted(TextWanted):
    """--scan."""


class BusKind(enum.StrEnum):
    """The kinds of bus master that an option can ask for."""

    DEVICE = "device"
    PASSIVE = "passive"
    HA3 = "HA3"
    HA4B = "HA4B"
    XPORT = "xport"
    SERVER = "server"
    EMULATE = "emulate"
    FAKE = "fake"
    TESTER = "tester"
    MOCK = "mock"
    USB = "usb"
    I2C = "i2c"
    W1 = "w1"
    LINK = "link"
    HA5 = "HA5"
    HA7E = "HA7E"
    HA7NET = "HA7Net"
    ENET = "enet"
    PBM = "PBM"
    MASTERHUB = "masterhub"
    ETHERWEATHER = "etherweather"
    DS1WM = "ds1wm"
    K1WM = "k1wm"
    PARALLEL = "parallel"
    FTDI = "ftdi"
    BROWSE = "autoserver"
    EXTERNAL = "external"


NOT_YET = {
    BusKind.PARALLEL: "no driver for the parallel port DS1410E",
    BusKind.FTDI: "no driver for FTDI chips but by their serial port, such as /dev/ttyUSB0",
}
"""Bus masters that are recognised and refused. A new driver takes its line out here."""


class BusRequest(NamedTuple):
    """One bus master that was asked for."""

    kind: BusKind
    value: str
    """The port, address or list exactly as given; empty if the option had none."""
    source: str
    """Where it was asked for, for messages: `option -d`, or `FILE:LINE: option 'device'`."""


@dataclass(slots=True)
class Options:
    """Everything that was asked for. Times are seconds; defaults are those of owserver 3.2p4."""

    # the program
    buses: list[BusRequest] = field(default_factory=list)
    listen: list[NetAddress] = field(default_factory=list)
    """Empty: 0.0.0.0:4304."""
    allow: tuple[IPv4Network | IPv6Network, ...] = ()
    """The networks that may connect; empty: everybody."""
    background: bool = True
    pid_file: str = ""
    config_files: list[str] = field(default_factory=list)
    """Every configuration file that was read, included ones too."""
    alias_files: list[str] = field(default_factory=list)
    save_aliases: str = ""
    """The file that follows the aliases which clients give; empty: they are not kept."""
    readonly: bool = False
    write: bool = False
    """Writing was allowed expressly: a buffer is read-only without that."""
    safemode: bool = False
    announce: bool = True
    announce_name: str = "OWFS (1-wire) Server"
    external: bool = False
    """Lines of configuration files that declare external sensors are obeyed from here on."""
    sensors: Sensors = field(default_factory=Sensors)
    """What they declare."""
    skips_sensors: bool = False
    """There were such lines that were not obeyed."""
    pingcrazy: bool = False
    dirall: bool = True
    get: bool = True
    persistence: bool = True
    notices: list[str] = field(default_factory=list)
    """What was read but could not be meant: lines to log as warnings once logging is set up."""

    # messages
    error_level: int = 0
    error_print: int = 0
    debug: bool = False
    detail: tuple[bytes, ...] = ()
    """Leading bytes of the device addresses whose requests are logged."""
    traffic: bool = False
    locks: bool = False
    fatal_debug: bool = True
    fatal_debug_file: str = ""

    # presentation
    temperature_scale: TemperatureScale = TemperatureScale.CELSIUS
    pressure_scale: PressureScale = PressureScale.MBAR
    rom_format: RomFormat = RomFormat.F_I
    uncached: bool = False
    unaliased: bool = False
    trim: bool = False

    # cache and timing
    timeout_volatile: int = 15
    timeout_stable: int = 300
    timeout_directory: int = 60
    timeout_presence: int = 120
    timeout_serial: int = 5
    timeout_usb: int = 5
    timeout_network: int = 1
    timeout_server: int = 10
    timeout_ftp: int = 900
    timeout_ha7: int = 60
    timeout_w1: int = 30
    script_timeout: int = 30
    """For a command of an external sensor; 0: no limit."""
    timeout_persistent_low: int = 600
    timeout_persistent_high: int = 3600
    clients_persistent_low: int = 10
    clients_persistent_high: int = 20
    cache_size: int = 0
    """Bytes; 0: no limit."""
    max_clients: int = 250

    # other owservers
    buffer: bool = False
    """What they answer is kept for as long as it holds."""
    stale: int = 0
    """For so long after that it is served if they cannot be asked."""
    refresh: bool = False
    """What clients keep asking for is renewed before that."""

    # bus masters
    shared_conversion: bool = True
    """A conversion may be started on all sensors of a bus at once."""
    one_device: bool = False
    baud: int = 9600
    alt_usb: bool = False
    usb_flextime: bool = True
    serial_flextime: bool = True
    hardware_flow: bool = False
    reverse_polarity: bool = False
    eight_bit: bool = False
    active_pullup: bool = True
    presence_pulse_masking: bool = False
    temperature_low: float | None = None
    """Degrees Celsius once everything is read: lowest random temperature of fake and mock."""
    temperature_high: float | None = None

    @property
    def network_timeout(self) -> int:
        """For an answer of an adapter on the network: one more than asked for, as in owserver."""
        return possible_timeout("network", self.timeout_network) + 1

    @property
    def serial_timeout(self) -> int:
        """For an answer of an adapter on a serial port."""
        return possible_timeout("serial", self.timeout_serial)

    @property
    def usb_timeout(self) -> int:
        """For a transfer on USB."""
        return possible_timeout("usb", self.timeout_usb)

    @property
    def w1_timeout(self) -> int:
        """For an answer of the kernel."""
        return possible_timeout("w1", self.timeout_w1)


@dataclass(slots=True)
class Reading:
    """One option being read: what its action in the table gets beside the value."""

    options: Options
    source: str
    """How messages name the option, as in BusRequest."""
    include: Callable[[str], None]
    """Reads a configuration file into the same options."""
    in_file: bool = False
    """It stands in a configuration file, where some options make no sense."""

    def error(self, text: str) -> OptionError:
        """The error that `text` is wrong with this option."""
        return OptionError(f"{self.source}: {text}")

    def notice(self, text: str) -> None:
        """Keep a warning for the log."""
        self.options.notices.append(f"{self.source}: {text}")

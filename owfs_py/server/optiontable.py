"""The table of all options of owserver 3.2p4, and of those that we have beyond it.

One line an option: how it is written, what it does, what --help says. Its order is that in
which a configuration file resolves a name that was cut short, and in which the C library lists
what an ambiguous one may mean.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from owfs_py.bus.view import PressureScale, TemperatureScale
from owfs_py.server import actions as do
from owfs_py.server.actions import Action
from owfs_py.server.getopt import Arg
from owfs_py.server.options import BusKind


class Topic(enum.StrEnum):
    """A page of --help. The first letter, in either case, is enough to ask for it."""

    DEVICE = "device"
    PROGRAM = "program"
    CACHE = "cache"
    JOB = "job"
    TEMPERATURE = "temperature"
    ERROR = "error"


class Heading(enum.Enum):
    """A block of options on a page of --help, in the order of printing."""

    SERIAL = (
        Topic.DEVICE,
        "Serial bus masters (PORT is /dev/ttyUSB0 or the like, or ADDRESS [port 10001])",
    )
    SERIAL_TUNING = (Topic.DEVICE, "For all serial bus masters")
    USB = (Topic.DEVICE, "USB bus masters")
    I2C = (Topic.DEVICE, "I2C bus masters")
    NETWORK = (
        Topic.DEVICE,
        "Over the network (ADDRESS is HOST, HOST:PORT, or a PORT of this machine)",
    )
    KERNEL = (Topic.DEVICE, "In the kernel or on the chip")
    SIMULATED = (Topic.DEVICE, "Simulated (LIST is family codes or chip names: 28,10 or DS2450)")
    BUS = (Topic.DEVICE, "For all buses")
    LISTENING = (Topic.PROGRAM, "Listening")
    ANNOUNCING = (Topic.PROGRAM, "Announcing by zeroconf")
    PROTOCOL = (Topic.PROGRAM, "Refusing parts of the protocol, to test clients")
    OTHERS = (Topic.PROGRAM, "For other OWFS programs; accepted, without effect")
    CACHING = (Topic.CACHE, "Caching")
    LIFETIMES = (Topic.CACHE, "How long a value is kept, in seconds")
    BUFFER = (Topic.CACHE, "In front of other owservers (option -s)")
    WAITING = (Topic.CACHE, "How long to wait, in seconds")
    CLIENTS = (Topic.CACHE, "Connections that clients keep open")
    INFORMATION = (Topic.JOB, "Information")
    CONTROL = (Topic.JOB, "Control")
    FILES = (Topic.JOB, "Files")
    PERMISSION = (Topic.JOB, "Permission")
    ADDRESS = (Topic.TEMPERATURE, "Device addresses: family code, identity, CRC as f, i, c")
    TEMPERATURE_SCALE = (Topic.TEMPERATURE, "Temperature scale of /settings; clients choose theirs")
    PRESSURE_SCALE = (Topic.TEMPERATURE, "Pressure scale of /settings; clients choose theirs")
    NUMBERS = (Topic.TEMPERATURE, "Numbers")

    @property
    def topic(self) -> Topic:
        """The page that the block is on."""
        topic: Topic = self.value[0]
        return topic

    @property
    def title(self) -> str:
        """The line above the block."""
        return str(self.value[1])


@dataclass(frozen=True, slots=True, eq=False)
class Option:
    """One option with all its spellings."""

    names: tuple[str, ...]
    """Long forms without dashes; the first is the one to show."""
    short: str
    metavar: str
    """What the value stands for in --help."""
    arg: Arg
    heading: Heading
    action: Action
    meaning: str
    kind: BusKind | None = None
    """The bus master that it adds, if always the same."""
    ours: bool = False
    """Unknown to owserver 3.2p4; must not make its abbreviations ambiguous."""


def _option(
    spelled: str,
    heading: Heading,
    action: Action,
    meaning: str,
    *,
    kind: BusKind | None = None,
    ours: bool = False,
) -> Option:
    """`spelled` is as in a manual: "-c --configuration --config=FILE" or "--enet[=ADDRESS]"."""
    words, _, metavar = spelled.partition("=")
    optional = words.endswith("[")
    dashed = words.rstrip("[").split()
    return Option(
        names=tuple(word[2:] for word in dashed if word.startswith("--")),
        short="".join(word[1:] for word in dashed if not word.startswith("--")),
        metavar=metavar.removesuffix("]") if optional else metavar,
        arg=Arg.OPTIONAL if optional else Arg.REQUIRED if metavar else Arg.NONE,
        heading=heading,
        action=action,
        meaning=meaning,
        kind=kind,
        ours=ours,
    )


def _bus(spelled: str, heading: Heading, kind: BusKind, meaning: str) -> Option:
    return _option(spelled, heading, do.bus(kind), meaning, kind=kind)


def _bus_at(spelled: str, heading: Heading, kind: BusKind, meaning: str) -> Option:
    """One whose place must be named."""
    return _option(spelled, heading, do.bus_at(kind), meaning, kind=kind)


H = Heading
TScale = TemperatureScale
PScale = PressureScale

# fmt: off
OWSERVER_OPTIONS: tuple[Option, ...] = (
    _option("-a --alias --aliases --aliasfile=FILE", H.FILES, do.alias_file,
            "names of devices: lines of ADDRESS = NAME; may be repeated"),
    _option("-c --configuration --config --conf=FILE", H.FILES, do.configuration,
            "more options, one a line as NAME = VALUE; may be repeated; a file that changes is"
            " read again"),
    _option("-d --device=PORT", H.SERIAL, do.device,
            "DS9097U (DS2480B), or else a passive DS9097; an ADDRESS is as --xport,"
            " NAME://ADDRESS any adapter by its kind, such as usb://2"),
    _bus("-u --usb --USB[=N]", H.USB, BusKind.USB,
         "DS9490R: the Nth one, all, scan[:SECONDS], or the one that is at BUS:DEVICE now"),
    _option("-h --help[=TOPIC]", H.INFORMATION, do.help_page, "help on a topic"),
    _option("-p --port=[IP:]PORT", H.LISTENING, do.listen,
            "where to listen [0.0.0.0:4304]; may be repeated"),
    _option("-m --mountpoint=PATH", H.OTHERS, do.nothing, "owfs: where to mount"),
    _option("-s --server=ADDRESS", H.NETWORK, do.remote, "another owserver [port 4304]"),
    _option("-r --readonly", H.PERMISSION, do.puts(readonly=True, write=False),
            "refuse to write"),
    _option("--safemode --safe_mode --safe", H.PERMISSION, do.put("safemode", True),
            "tell other owservers that we only mean to read; no other effect, as in 3.2p4"),
    _option("-w --write", H.PERMISSION, do.puts(readonly=False, write=True),
            "allow to write (default, but for --buffer)"),

    _option("-C --Celsius --celsius", H.TEMPERATURE_SCALE,
            do.put("temperature_scale", TScale.CELSIUS), "degrees Celsius (default)"),
    _option("-F --Fahrenheit --fahrenheit", H.TEMPERATURE_SCALE,
            do.put("temperature_scale", TScale.FAHRENHEIT), "degrees Fahrenheit"),
    _option("-K --Kelvin --kelvin", H.TEMPERATURE_SCALE,
            do.put("temperature_scale", TScale.KELVIN), "kelvins"),
    _option("-R --Rankine --rankine", H.TEMPERATURE_SCALE,
            do.put("temperature_scale", TScale.RANKINE), "degrees Rankine"),
    _option("--mbar --millibar --mBar", H.PRESSURE_SCALE,
            do.put("pressure_scale", PScale.MBAR), "millibars (default)"),
    _option("--atm", H.PRESSURE_SCALE, do.put("pressure_scale", PScale.ATM), "atmospheres"),
    _option("--mmhg --mmHg --torr", H.PRESSURE_SCALE,
            do.put("pressure_scale", PScale.MMHG), "millimetres of mercury"),
    _option("--inhg --inHg", H.PRESSURE_SCALE,
            do.put("pressure_scale", PScale.INHG), "inches of mercury"),
    _option("--psi --psia --psig", H.PRESSURE_SCALE,
            do.put("pressure_scale", PScale.PSI), "pounds per square inch"),
    _option("--Pa --pa --pascal", H.PRESSURE_SCALE,
            do.put("pressure_scale", PScale.PA), "pascals"),
    _option("-V --version", H.INFORMATION, do.version, "print versions"),
    _option("-f --format=FORM", H.ADDRESS, do.rom_format,
            "one of f.i fi f.i.c f.ic fi.c fic [f.i]; clients choose theirs, all are understood"),
    _option("-P --pid_file --pid-file=FILE", H.CONTROL, do.text("pid_file"),
            "write the process id there"),
    _option("--unaliased", H.FILES, do.put("unaliased", True), "list addresses, not names"),
    _option("--aliased", H.FILES, do.put("unaliased", False), "list names (default)"),
    _option("--uncached", H.CACHING, do.put("uncached", True),
            "every path is as if it began with /uncached"),
    _option("--cached", H.CACHING, do.put("uncached", False),
            "paths must say /uncached themselves (default)"),
    _option("--external", H.SIMULATED, do.put("external", True),
            "obey SENSOR, PROPERTY and SCRIPT lines of the configuration files after this option"),
    _option("--no_external", H.SIMULATED, do.put("external", False),
            "skip such lines (default)"),
    _option("--background", H.CONTROL, do.put("background", True),
            "detach from the terminal once everything works (default)"),
    _option("--foreground", H.CONTROL, do.put("background", False), "do not detach"),
    _option("--fatal_debug --fatal-debug", H.INFORMATION, do.put("fatal_debug", True),
            "log fatal errors (default)"),
    _option("--nofatal_debug --nofatal-debug", H.INFORMATION, do.put("fatal_debug", False),
            "do not"),
    _option("--fatal_debug_file --fatal-debug-file=FILE", H.INFORMATION,
            do.text("fatal_debug_file"), "write a fatal error to FILE.PID, too"),
    _option("--error_print --error-print --errorprint=N", H.INFORMATION,
            do.integer("error_print"),
            "where messages go: 1 syslog, 2 console, 0 console in foreground else syslog [0]"),
    _option("--error_level --error-level --errorlevel=N", H.INFORMATION, do.error_level,
            "how much to tell: 0 faults, 1 also what starts, 2 requests, 3 their data, 9 all [0]"),
    _option("--debug", H.INFORMATION, do.debug, "as --error_level=9 --foreground"),
    _option("--cache_size --cache-size --cachesize=BYTES", H.CACHING, do.integer("cache_size"),
            "most memory for cached values; 0 for no limit [0]"),
    _option("--fuse_opt --fuse-opt --fuseopt=ARGS", H.OTHERS, do.nothing, "owfs: for FUSE"),
    _option("--fuse_open_opt --fuse-open-opt --fuseopenopt=ARGS", H.OTHERS, do.nothing,
            "owfs: for FUSE"),
    _option("--max_clients --max-clients --maxclients=N", H.OTHERS, do.integer("max_clients"),
            "owftpd: most clients at once"),

    _bus_at("--passive --PASSIVE=PORT", H.SERIAL, BusKind.PASSIVE, "DS9097"),
    _bus_at("--ds1wm --DS1WM=REGISTER", H.KERNEL, BusKind.DS1WM,
         "DS1WM with its registers at that physical address, by /dev/mem"),
    _bus_at("--k1wm --K1WM=REGISTER[,CHANNELS]", H.KERNEL, BusKind.K1WM,
         "Kistler's K1WM there in the first UIO device, with so many channels [1]"),
    _bus("--i2c --I2C[=PORT[:N]]", H.I2C, BusKind.I2C,
         "DS2482 at the Nth of its addresses, 0 to 7, or all"),
    _bus("--HA7 --ha7 --HA7NET --HA7Net --ha7net[=ADDRESS]", H.NETWORK, BusKind.HA7NET,
         "HA7Net [port 80]; without an address it is looked for"),
    _bus("--enet --Enet --ENET --OW-Server-Enet[=ADDRESS]", H.NETWORK, BusKind.ENET,
         "OW-SERVER-ENET [port 8080], or channel N of an ENET-2 with ADDRESS/N; without an"
         " address all, or scan[:SECONDS]"),
    _bus("--FAKE --Fake --fake=LIST", H.SIMULATED, BusKind.FAKE, "random addresses and values"),
    _bus_at("--LINK --link=PORT", H.SERIAL, BusKind.LINK, "LINK or LINK-HUB-E"),
    _bus_at("--PBM --pbm=PORT", H.SERIAL, BusKind.PBM,
         "PBM of Elabnet, three buses; PORT:1 to PORT:3 for one of them"),
    _bus_at("--HA3 --ha3=PORT", H.SERIAL, BusKind.HA3, "HA3"),
    _bus_at("--HA4B --HA4b --ha4b=PORT", H.SERIAL, BusKind.HA4B, "HA4B"),
    _bus_at("--HA5 --ha5=PORT[:LETTERS]", H.SERIAL, BusKind.HA5,
         "HA5, whichever answers, those with these letters, or all"),
    _bus_at("--HA7e --HA7E --ha7e --HA7s --HA7S --ha7s=PORT", H.SERIAL, BusKind.HA7E,
         "HA7E or HA7S"),
    _bus_at("--xport --Xport --XPort --XPORT --telnet --TELNET=ADDRESS", H.NETWORK, BusKind.XPORT,
         "DS9097U behind a serial server [port 10001]"),
    _bus("--TESTER --Tester --tester=LIST", H.SIMULATED, BusKind.TESTER,
         "computed addresses and values, the same every time"),
    _bus("--Mock --MOCK --mock=LIST", H.SIMULATED, BusKind.MOCK, "values stay as written"),
    _bus_at("--etherweather --EtherWeather=ADDRESS", H.NETWORK, BusKind.ETHERWEATHER,
         "EtherWeather [port 15862]"),
    _option("--zero", H.ANNOUNCING, do.put("announce", True),
            "announce the service, if the Python package zeroconf is installed (default)"),
    _option("--nozero", H.ANNOUNCING, do.put("announce", False), "do not"),
    _bus("--autoserver --auto --AUTO --browse", H.NETWORK, BusKind.BROWSE,
         "all owservers that announce themselves, for as long as they do; needs the Python"
         " package zeroconf"),
    _bus("--w1 --W1", H.KERNEL, BusKind.W1, "the bus masters of the Linux kernel"),
    _bus_at("--masterhub --Masterhub --MasterHub --MASTERHUB=PORT", H.SERIAL, BusKind.MASTERHUB,
         "Hobby Boards MasterHub"),
    _option("--announce=NAME", H.ANNOUNCING, do.text("announce_name"),
            "the name of the service [OWFS (1-wire) Server]"),
    _option("--allow_other", H.OTHERS, do.nothing, "owfs: let other users in"),
    _option("--altUSB --altusb", H.USB, do.put("alt_usb", True),
            "other timing, for the AAG weather station and the DS2423"),
    _option("--usb_flextime --USB_flextime", H.USB, do.put("usb_flextime", True),
            "flexible time slots (default)"),
    _option("--usb_regulartime --USB_regulartime", H.USB, do.put("usb_flextime", False),
            "regular time slots"),
    _option("--serial_flex --serial_flextime", H.SERIAL_TUNING, do.put("serial_flextime", True),
            "DS2480B: flexible time slots (default)"),
    _option("--serial_regulartime --serial_regular --serial_standardtime --serial_standard"
            " --serial_stdtime --serial_std", H.SERIAL_TUNING, do.put("serial_flextime", False),
            "DS2480B: regular time slots"),
    _option("--hard --hardware --hardflow", H.SERIAL_TUNING, do.put("hardware_flow", True),
            "RTS/CTS flow control"),
    _option("--no_hard --flow_none --no_hardflow", H.SERIAL_TUNING,
            do.put("hardware_flow", False), "no flow control (default)"),
    _option("--reverse --reverse_polarity", H.SERIAL_TUNING, do.put("reverse_polarity", True),
            "DS2480B: reverse polarity"),
    _option("--straight_polarity", H.SERIAL_TUNING, do.put("reverse_polarity", False),
            "DS2480B: straight polarity (default)"),
    _option("--baud_rate --baud --Baud --BAUD=SPEED", H.SERIAL_TUNING, do.baud,
            "DS2480B: the fastest of 9600, 19200, 57600 and 115200 bits a second up to this"
            " at which it answers [9600]; HA5: what it is set to, 1200, 19200, 38400 or 115200"
            " [115200]"),

    _option("-t --timeout_volatile=S", H.LIFETIMES, do.integer("timeout_volatile"),
            "values that change by themselves, such as temperatures [15]"),
    _option("--timeout_stable=S", H.LIFETIMES, do.integer("timeout_stable"),
            "values that change by writing only, such as limits [300]"),
    _option("--timeout_directory=S", H.LIFETIMES, do.integer("timeout_directory"),
            "the list of devices on a bus [60]"),
    _option("--timeout_presence=S", H.LIFETIMES, do.integer("timeout_presence"),
            "the bus that a device is on [120]"),
    _option("--timeout_serial=S", H.WAITING, do.integer("timeout_serial"),
            "serial port, at least 1 [5]"),
    _option("--timeout_usb=S", H.WAITING, do.integer("timeout_usb"), "USB, at least 1 [5]"),
    _option("--timeout_network=S", H.WAITING, do.integer("timeout_network"),
            "bus master or owserver on the network [1]"),
    _option("--timeout_server=S", H.WAITING, do.integer("timeout_server"),
            "for the request of a client [10]"),
    _option("--timeout_ftp=S", H.OTHERS, do.integer("timeout_ftp"), "owftpd: session [900]"),
    _option("--timeout_HA7 --timeout_ha7 --timeout_HA7Net --timeout_ha7net=S", H.WAITING,
            do.integer("timeout_ha7"), "HA7Net [60]"),
    _option("--timeout_w1 --timeout_W1=S", H.WAITING, do.integer("timeout_w1"),
            "kernel, at least 1 [30]"),
    _option("--timeout_persistent_low=S", H.CLIENTS, do.integer("timeout_persistent_low"),
            "close idle ones after this while there are many [600]"),
    _option("--timeout_persistent_high=S", H.CLIENTS, do.integer("timeout_persistent_high"),
            "close idle ones after this in any case [3600]"),
    _option("--clients_persistent_low=N", H.CLIENTS, do.integer("clients_persistent_low"),
            "how many are many [10]"),
    _option("--clients_persistent_high=N", H.CLIENTS, do.integer("clients_persistent_high"),
            "how many there can be at most [20]"),

    _option("--temperature_low --low_temperature --templow=T", H.SIMULATED,
            do.leading_float("temperature_low"), "lowest random temperature [0 C]"),
    _option("--temperature_high --high_temperature --temphigh --temperature_hi"
            " --hi_temperature --temphi=T", H.SIMULATED,
            do.leading_float("temperature_high"), "highest random temperature [100 C]"),
    _option("--one_device --1_device", H.BUS, do.put("one_device", True),
            "there is one device on each bus: speak to it without its address"),
    _option("--pingcrazy", H.PROTOCOL, do.put("pingcrazy", True),
            "a keep-alive before each answer"),
    _option("--no_dirall", H.PROTOCOL, do.put("dirall", False), "refuse DIRALL"),
    _option("--no_get", H.PROTOCOL, do.put("get", False), "refuse GET"),
    _option("--no_persistence", H.PROTOCOL, do.put("persistence", False),
            "close each connection after one answer"),
    _option("--8bit", H.SERIAL_TUNING, do.put("eight_bit", True), "DS9097: 8 bits a character"),
    _option("--6bit", H.SERIAL_TUNING, do.put("eight_bit", False),
            "DS9097: 6 bits a character (default)"),
    _option("--ActivePullUp --activepullup --APU --apu", H.I2C, do.put("active_pullup", True),
            "active pull-up (default)"),
    _option("--no_ActivePullUp --no_activepullup --no_APU --no_apu", H.I2C,
            do.put("active_pullup", False), "no active pull-up"),
    _option("--PresencePulseMasking --presencepulsemasking --PPM --ppm", H.I2C,
            do.put("presence_pulse_masking", True), "mask presence pulses"),
    _option("--no_PresencePulseMasking --no_presencepulsemasking --no_PPM --no_ppm", H.I2C,
            do.put("presence_pulse_masking", False), "do not (default)"),
    _option("--trim --TRIM", H.NUMBERS, do.put("trim", True),
            "no blanks around numbers; accepted without effect, as in 3.2p4: clients choose"),
    _option("--detail --details=LIST", H.INFORMATION, do.detail,
            "log the requests for these devices; the first digits of addresses will do"),
    _option("--traffic", H.INFORMATION, do.put("traffic", True),
            "log every operation on a bus, with its bytes"),
    _option("--notraffic --no_traffic", H.INFORMATION, do.put("traffic", False),
            "do not (default)"),
    _option("--locks", H.INFORMATION, do.put("locks", True),
            "log when a bus is taken and given back"),
    _option("--nolocks --no_locks", H.INFORMATION, do.put("locks", False), "do not (default)"),
)

OUR_OPTIONS: tuple[Option, ...] = (
    _option("--allow=NETWORK[,...]", H.LISTENING, do.allow,
            "only clients from there, such as 192.168.1.0/24,::1 [everybody]", ours=True),
    _option("--emulate=LIST", H.SIMULATED, do.bus(BusKind.EMULATE),
            "devices on an emulated wire behind an emulated DS2480B: every bit is played",
            kind=BusKind.EMULATE, ours=True),
    _option("--save_aliases=FILE", H.FILES, do.text("save_aliases"),
            "an alias file that is read at the start and follows the names that clients give",
            ours=True),
    _option("--scan", H.INFORMATION, do.scan,
            "look for adapters and servers, here and on the network, and print how to use each",
            ours=True),
    _option("--script_timeout=S", H.WAITING, do.integer("script_timeout"),
            "command of an external sensor, which is killed then; 0 for no limit [30]", ours=True),
    _option("--no_shared_conversion", H.BUS, do.put("shared_conversion", False),
            "convert sensor by sensor, for lines that cannot feed all at once", ours=True),
    _option("--buffer", H.BUFFER, do.put("buffer", True),
            "keep what they answer for as long as it holds; read-only unless -w is given",
            ours=True),
    _option("--stale=S", H.BUFFER, do.integer("stale"),
            "while one cannot be asked serve what is that much older than it should be [0]",
            ours=True),
    _option("--refresh", H.BUFFER, do.put("refresh", True),
            "renew what clients keep asking for before its time is over", ours=True),
)
# fmt: on

ALL_OPTIONS = OWSERVER_OPTIONS + OUR_OPTIONS

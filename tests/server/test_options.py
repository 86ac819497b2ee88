"""What each option does to Options, and which values are refused."""

import os
import pty
import stat
from ipaddress import ip_network

import pytest

from owfs_py.bus.host import LONGEST_TIMEOUT
from owfs_py.bus.rom import RomFormat
from owfs_py.bus.view import PressureScale, TemperatureScale
from owfs_py.ownet.address import NetAddress
from owfs_py.server.commandline import read_command_line
from owfs_py.server.options import (
    NOT_YET,
    BusKind,
    HelpWanted,
    OptionError,
    Options,
    VersionWanted,
)
from owfs_py.server.optiontable import ALL_OPTIONS


def read(line):
    return read_command_line(line.split())


def buses(line):
    return [(bus.kind, bus.value) for bus in read(line).buses]


def fault(line):
    with pytest.raises(OptionError) as caught:
        read(line)
    return str(caught.value)


@pytest.fixture
def terminal():
    """The path of a character device that is a terminal."""
    master, slave = pty.openpty()
    yield os.ttyname(slave)
    os.close(master)
    os.close(slave)


def test_no_words_give_the_defaults_of_owserver():
    assert read("") == Options()


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("-t 3", "timeout_volatile", 3),
        ("-t3", "timeout_volatile", 3),
        ("--timeout_volatile 3", "timeout_volatile", 3),
        ("--timeout_v=3", "timeout_volatile", 3),
        ("--timeout_stable=1 --timeout_stable=2", "timeout_stable", 2),
        ("--timeout_ha7net=7", "timeout_ha7", 7),
        ("--timeout_persistent_l=5", "timeout_persistent_low", 5),
        ("--clients_persistent_high=4", "clients_persistent_high", 4),
        ("--cache-size=1000", "cache_size", 1000),
        ("--timeout_usb=-1", "timeout_usb", 4294967295),
        ("--timeout_usb=4294967299", "timeout_usb", 3),
        ("--timeout_usb=+5", "timeout_usb", 5),
        ("-r", "readonly", True),
        ("-r --write", "readonly", False),
        ("-r -w", "readonly", False),
        ("--safe", "safemode", True),
        ("-F", "temperature_scale", TemperatureScale.FAHRENHEIT),
        ("-FK", "temperature_scale", TemperatureScale.KELVIN),
        ("--Rankine", "temperature_scale", TemperatureScale.RANKINE),
        ("-F -C", "temperature_scale", TemperatureScale.CELSIUS),
        ("--torr", "pressure_scale", PressureScale.MMHG),
        ("--psig", "pressure_scale", PressureScale.PSI),
        ("-ffi.C", "rom_format", RomFormat.FI_C),
        ("--format=FIC", "rom_format", RomFormat.FIC),
        ("--foreground", "background", False),
        ("--foreground --background", "background", True),
        ("--debug", "background", False),
        ("--debug", "error_level", 9),
        ("--error_level=4", "error_level", 4),
        ("--error-level=77", "error_level", 9),
        ("--errorprint 2", "error_print", 2),
        ("-P /run/o.pid", "pid_file", "/run/o.pid"),
        ("--announce=attic", "announce_name", "attic"),
        ("--nozero", "announce", False),
        ("--no_dirall", "dirall", False),
        ("--no_get", "get", False),
        ("--no_persistence", "persistence", False),
        ("--pingcrazy", "pingcrazy", True),
        ("--uncached", "uncached", True),
        ("--unaliased", "unaliased", True),
        ("--trim", "trim", True),
        ("--baud=115", "baud", 115200),
        ("--baud 19200", "baud", 19200),
        ("--reverse", "reverse_polarity", True),
        ("--serial_std", "serial_flextime", False),
        ("--usb_regulartime", "usb_flextime", False),
        ("--hardflow", "hardware_flow", True),
        ("--8bit", "eight_bit", True),
        ("--no_APU", "active_pullup", False),
        ("--PPM", "presence_pulse_masking", True),
        ("--1_device", "one_device", True),
        ("--no_shared_conversion", "shared_conversion", False),
        ("--detail=28.0000,10", "detail", (b"\x28\0\0", b"\x10")),
        ("--detail=28", "background", False),
        ("--temperature_low=5", "temperature_low", 5.0),
        ("--temphigh=-3.5e1", "temperature_high", -35.0),
        ("--temperature_low=-998", "temperature_low", None),
        ("--allow=10.0.0.0/8,::1", "allow", (ip_network("10.0.0.0/8"), ip_network("::1"))),
    ],
)
def test_an_option_sets_its_field(line, field, value):
    assert getattr(read(line), field) == value


@pytest.mark.parametrize("line", ["-F --temperature_low=50", "--temperature_low=50 -F"])
def test_temperature_limits_are_in_the_scale_chosen_anywhere(line):
    assert read(line).temperature_low == pytest.approx(10)


def test_options_for_other_programs_change_nothing():
    assert read("-m /mnt --allow_other --fuse_opt=x --fuse-open-opt y") == Options()


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("4305", "0.0.0.0", 4305),
        ("0", "0.0.0.0", 0),
        ("127.0.0.1:4305", "127.0.0.1", 4305),
        ("127.0.0.1", "127.0.0.1", 4304),
        ("127.0.0.1:", "127.0.0.1", 4304),
        ("localhost:4304", "localhost", 4304),
        ("::1:4305", "::1", 4305),
        ("::1", "::1", 4304),
        (":::4305", "::", 4305),
        ("fe80::1", "fe80::1", 4304),
        ("[::1]:4305", "::1", 4305),
        ("[::1]", "::1", 4304),
        ("http", "0.0.0.0", 80),
        ("127.0.0.1:http", "127.0.0.1", 80),
    ],
)
def test_port_takes_an_address(text, host, port):
    assert read(f"-p {text}").listen == [NetAddress(host, port)]


@pytest.mark.parametrize(
    "text", ["65536", "127.0.0.1:70000", "-5", "0x10", "nosuchservice", ":", ":4304", "[::1", "[]"]
)
def test_a_bad_port_is_refused(text):
    assert fault(f"--port={text}").startswith("option --port: ")


def test_ports_add_up():
    assert [address.port for address in read("-p 1 -p2 --port=3").listen] == [1, 2, 3]


def test_a_number_with_something_behind_it_is_taken_with_a_notice():
    options = read("--timeout_stable=12x --timeout_usb=abc")
    assert (options.timeout_stable, options.timeout_usb) == (12, 0)
    assert options.notices == [
        "option --timeout_stable: '12x' is not a whole number; taken as 12",
        "option --timeout_usb: 'abc' is not a whole number; taken as 0",
    ]


@pytest.mark.parametrize("name", ["serial", "usb", "w1"])
@pytest.mark.parametrize(("asked", "used"), [("0", 1), ("7", 7), ("-1", LONGEST_TIMEOUT)])
def test_adapters_get_a_time_out_that_they_can_use(name, asked, used):
    assert getattr(read(f"--timeout_{name}={asked}"), f"{name}_timeout") == used


def test_an_adapter_on_the_network_gets_a_second_more():
    for asked, used in (("0", 1), ("1", 2), ("-1", LONGEST_TIMEOUT + 1)):
        assert read(f"--timeout_network={asked}").network_timeout == used


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--format=xx", "option --format: unknown format 'xx' (one of f.i fi f.i.c f.ic fi.c fic)"),
        ("--pid_file=", "option --pid_file: an empty value"),
        ("--cache_size=9223372036854775808", "option --cache_size: number out of range"),
        ("-c /nosuch", "cannot read configuration file /nosuch: No such file"),
        ("-a /nosuch", "option -a: cannot read alias file /nosuch: No such file"),
        ("--allow=10.0.0.0/40", "option --allow: not a network: '10.0.0.0/40'"),
        ("-d ftdi:s:1", "option -d: no driver for FTDI chips"),
        ("-d /etc/passwd", "option -d: /etc/passwd is not a character device"),
        ("/etc/passwd", "bus master /etc/passwd: /etc/passwd is not a character device"),
        ("-s host:noport", "option -s: neither a port number nor a service: 'noport'"),
        ("-s :4304", "option -s: not an address: ':4304'"),
        *(
            (f"--{name}=", f"option --{name}: an empty value")
            for name in (
                *("passive", "HA3", "HA4B", "xport", "LINK", "PBM", "HA5", "HA7e", "masterhub"),
                *("etherweather", "ds1wm", "k1wm"),
            )
        ),
    ],
)
def test_a_refusal_names_the_option(line, message):
    assert fault(line).startswith(message)


def test_an_absent_port_is_waited_for():
    for port in ("/dev/nosuch", "/dev/serial/by-path/pci-0000:00:14.0-usb-0:2"):
        options = read(f"-d {port}")
        assert [(bus.kind, bus.value) for bus in options.buses] == [(BusKind.DEVICE, port)]
        assert options.notices == []  # the bus will tell


def test_help_and_version_end_the_reading():
    with pytest.raises(HelpWanted, match=r"\Acache\Z"):
        read("-hcache --nosuch")
    with pytest.raises(HelpWanted, match=r"\A\Z"):
        read("--help cache")
    with pytest.raises(VersionWanted):
        read("-V")


def test_bus_masters_are_kept_in_the_order_of_options_and_then_of_words(terminal):
    assert buses(f"4305 --fake=28 -d {terminal} --tester 10,22 10.0.0.1:4306 --mock=") == [
        (BusKind.FAKE, "28"),
        (BusKind.DEVICE, terminal),
        (BusKind.TESTER, "10,22"),
        (BusKind.MOCK, ""),
        (BusKind.SERVER, "4305"),
        (BusKind.SERVER, "10.0.0.1:4306"),
    ]


@pytest.mark.parametrize(
    ("line", "kind", "value"),
    [
        ("--emulate=28,28,10", BusKind.EMULATE, "28,28,10"),
        ("--passive=/dev/ttyS9", BusKind.PASSIVE, "/dev/ttyS9"),
        ("--HA3 /dev/ttyS9", BusKind.HA3, "/dev/ttyS9"),
        ("--ha4b=/dev/ttyS9", BusKind.HA4B, "/dev/ttyS9"),
        ("--telnet=box:10001", BusKind.XPORT, "box:10001"),
        ("-d box:10001", BusKind.XPORT, "box:10001"),
        ("-d box", BusKind.XPORT, "box"),
        ("-d 10002", BusKind.XPORT, "10002"),
        ("-s box", BusKind.SERVER, "box"),
        ("-s 4305", BusKind.SERVER, "4305"),
        ("-s192.168.1.7", BusKind.SERVER, "192.168.1.7"),
    ],
)
def test_a_bus_master_is_requested(line, kind, value):
    assert buses(line) == [(kind, value)]


def test_a_request_knows_where_it_comes_from(terminal):
    assert [bus.source for bus in read(f"--device={terminal} --TEST=28 4305").buses] == [
        "option --device",
        "option --TESTER",
        "bus master 4305",
    ]


def test_a_device_in_the_current_directory_is_no_host(terminal, monkeypatch):
    monkeypatch.chdir(os.path.dirname(terminal))
    assert buses(f"-d {os.path.basename(terminal)}") == [
        (BusKind.DEVICE, f"./{os.path.basename(terminal)}")
    ]


def test_the_major_number_of_a_device_tells_what_it_is(monkeypatch):
    def is_device(major):
        found = os.stat_result((stat.S_IFCHR, *[0] * 9), {"st_rdev": os.makedev(major, 0)})
        monkeypatch.setattr(os, "stat", lambda path: found)

    is_device(89)
    assert buses("-d /dev/some") == [(BusKind.I2C, "/dev/some")]
    is_device(99)
    assert fault("-d /dev/some") == f"option -d: {NOT_YET[BusKind.PARALLEL]}"


@pytest.mark.parametrize("value", ["/dev/i2c-98", "/dev/i2c-98:0", "/dev/i2c-98:all"])
def test_an_i2c_adapter_is_known_by_its_name_though_absent(value):
    assert buses(f"-d {value}") == [(BusKind.I2C, value)]
    assert buses(f"--i2c={value}") == [(BusKind.I2C, value)]
    assert buses(value) == [(BusKind.I2C, value)]


def test_every_kind_without_a_driver_has_an_option_that_says_so():
    refused = {option.kind for option in ALL_OPTIONS if option.kind in NOT_YET}
    assert refused == NOT_YET.keys() - {BusKind.PARALLEL, BusKind.FTDI}
    for option in ALL_OPTIONS:
        if option.kind in NOT_YET:
            assert fault(f"--{option.names[-1]} " + "x" * bool(option.metavar)).endswith(
                NOT_YET[option.kind]
            )

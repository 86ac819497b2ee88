"""The grammar of configuration files, and what becomes of each line."""

import pytest

from owfs_py.server.commandline import read_command_line
from owfs_py.server.configfile import MAX_DEPTH, find_option, parse_line
from owfs_py.server.options import BusKind, OptionError
from owfs_py.server.optiontable import ALL_OPTIONS
from tests.interop.realserver import RealOwserver


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Options out of the text of a file, which is `o.conf` in the working directory."""
    monkeypatch.chdir(tmp_path)

    def read_text(text, *words):
        (tmp_path / "o.conf").write_bytes(text.encode())
        return read_command_line([*words, "-c", "o.conf"])

    return read_text


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("name=value", "name", "value"),
        ("name = value", "name", "value"),
        ("name value", "name", "value"),
        ("name\t=\tvalue", "name", "value"),
        ("  name value rest", "name", "value"),
        ("--name=value", "name", "value"),
        ("-name value", "name", "value"),
        (" - - name value", "name", "value"),
        ("name", "name", None),
        ("name=", "name", None),
        ("name == 4", "name", None),
        ("name=a=b", "name", "a=b"),
        ("name = x:y", "name", "x:y"),
        ("name = !x", "name", "!x"),
        ('name = "3"', "name", '"3"'),
        ("name - 3", "name", "3"),
        ("name -3", "name", "3"),
        ("name - = 3", "name", "3"),
        ("name=-3", "name", "-3"),
        ("name = -3", "name", "-3"),
        ("name = 10, 22", "name", "10,"),
        ("name = a#b", "name", "a"),
        ("name = a # b", "name", "a"),
        ("name = a\rname = b", "name", "a"),
        ("!name = 3", "name", "3"),
    ],
)
def test_a_line_is_a_name_and_a_value(text, name, value):
    line = parse_line(text + "\n")
    assert (line.prefix, line.name, line.value) == (None, name, value)


@pytest.mark.parametrize("text", ["", "   ", "# name = value", "\t#", "\r", "!", "server:"])
def test_nothing_is_on_an_empty_line(text):
    line = parse_line(text)
    assert line is None or not line.name


# (line, value of timeout_volatile that owserver 3.2p4 has after it; 15 is the default)
LINES = [
    ("timeout_volatile=-3", 4294967293),
    ("timeout_volatile = -3", 4294967293),
    ("timeout_volatile --3", 3),
    ("timeout_volatile - - 3", 3),
    ("timeout_volatile - = 3", 3),
    ("timeout_volatile :3", 15),
    ("timeout_volatile\t=\t:3", 0),
    ('timeout_volatile = "3"', 0),
    ("timeout_volatile = 3#4", 3),
    ("timeout_volatile = 3 4", 3),
    ("timeout_volatile! = 3", 15),
    ("time-out = 3", 15),
    ("= 3", 15),
    (": timeout_volatile = 3", 3),
    ("server: timeout_volatile = 3", 3),
    ("owserver : timeout_volatile = 3", 3),
    ("OWSERVER:--timeout_volatile = 3", 3),
    ("myserverx: timeout_volatile = 3", 3),
    ("owfs-server: timeout_volatile = 3", 3),
    ("http: timeout_volatile = 3", 15),
    ("owftpd: timeout_volatile = 3", 15),
    ("owfs: timeout_volatile = 3", 15),
    ("external: timeout_volatile = 3", 15),
    ("sensor: timeout_volatile = 3", 15),
    ("myscriptserver: timeout_volatile = 3", 15),
    ("ser-ver: timeout_volatile = 3", 15),
    ("! server: timeout_volatile = 3", 15),
    ("!server: timeout_volatile = 3", 15),
    ("! http: timeout_volatile = 3", 3),
    ("!! server: timeout_volatile = 3", 3),
    ("server: ! timeout_volatile = 3", 15),
    ("! server: ! timeout_volatile = 3", 3),
    ("http!: timeout_volatile = 3", 15),
    ("! http: ftp: timeout_volatile = 3", 3),
    ("! http: ! server: timeout_volatile = 3", 3),
    ("server: http: timeout_volatile = 3", 15),
    ("http: server: timeout_volatile = 3", 3),
    ("TIMEOUT_VOLATILE = 3", 3),
    ("time=3", 3),
    ("ti=3", 3),
    ("t=3", 3),
    ("timeout_s=3", 15),
    ("pressure = 3", 15),
    ("timeout_volatile=4294967299", 3),
    ("timeout_volatile=+5", 5),
    ("timeout_volatile=0x10", 0),
]


@pytest.mark.parametrize(("text", "volatile"), LINES)
def test_a_line_sets_what_it_sets_in_owserver(read, text, volatile):
    assert read(text + "\n").timeout_volatile == volatile


@pytest.mark.parametrize("part", range(4))
def test_a_line_sets_the_same_in_the_real_owserver(tmp_path, part):
    for text, volatile in LINES[part::4]:
        path = tmp_path / "o.conf"
        path.write_text(f"{text}\n")
        with RealOwserver(["--tester=28", "-c", str(path)]) as server:
            assert int(server.owread("/settings/timeout/volatile")) == volatile, text


def test_line_ends_of_every_kind_end_a_value(read):
    options = read("timeout_volatile=3\rtimeout_usb=5\r\ntimeout_stable=6")
    assert (options.timeout_volatile, options.timeout_usb, options.timeout_stable) == (3, 5, 6)


@pytest.mark.parametrize("option", ALL_OPTIONS, ids=lambda option: option.names[0])
def test_every_whole_name_means_its_option_in_any_case(option):
    for name in option.names:
        if len(name) > 1:
            assert find_option(name) is option
            assert find_option(name.upper()) is option


@pytest.mark.parametrize(
    ("cut", "name"),
    [
        ("ti", "timeout_volatile"),
        ("al", "alias"),
        ("a" * 2, None),
        ("au", "autoserver"),
        ("pa", "Pa"),
        ("pas", "pascal"),
        ("pass", "passive"),
        ("ha", "HA7"),
        ("tem", "temperature_low"),
        ("us", "usb"),
        ("una", "unaliased"),
        ("fa", "fahrenheit"),
        ("fat", "fatal_debug"),
        ("se", "server"),
        ("re", "readonly"),
        ("allow_", "allow_other"),
        ("emu", "emulate"),
        ("t", "timeout_volatile"),
        ("F", "Fahrenheit"),
        ("f", "format"),
        ("T", None),
    ],
)
def test_a_cut_name_means_the_first_option_that_starts_with_it(cut, name):
    option = find_option(cut)
    assert (option is None) if name is None else (name in option.names)


def test_options_of_all_sorts_work(read):
    options = read(
        "FAKE = DS18S20,DS2405\ntester=28\nport = 4305\nport = localhost:4306\nforeground\n"
        "readonly\nF\nserver = 10.0.0.1:4307\n"
    )
    assert [(bus.kind, bus.value) for bus in options.buses] == [
        (BusKind.FAKE, "DS18S20,DS2405"),
        (BusKind.TESTER, "28"),
        (BusKind.SERVER, "10.0.0.1:4307"),
    ]
    assert options.buses[0].source == "o.conf:1: option 'FAKE'"
    assert [str(address) for address in options.listen] == ["0.0.0.0:4305", "localhost:4306"]
    assert options.readonly
    assert not options.background
    assert options.temperature_scale == 1


def test_the_configuration_file_of_debian_works_unchanged():
    options = read_command_line(["--foreground", "-c", "/etc/owfs.conf"])
    assert [(bus.kind, bus.value) for bus in options.buses] == [(BusKind.FAKE, "DS18S20,DS2405")]
    assert [str(address) for address in options.listen] == ["localhost:4304"]
    assert options.notices == []


def test_unknown_names_and_programs_are_noticed_and_passed_over(read):
    options = read("nosuch = 3\nowbridge: readonly\ntimeout_stable = 7\n")
    assert options.notices == [
        "o.conf:1: unknown option 'nosuch'; line ignored",
        "o.conf:2: unknown program 'owbridge:'; line ignored",
    ]
    assert options.timeout_stable == 7
    assert not options.readonly


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\nx = 3", "o.conf:2: unknown option 'x'"),
        ("timeout_volatile=\n", "o.conf:1: option 'timeout_volatile' needs a value"),
        ("timeout_stable == 4\n", "o.conf:1: option 'timeout_stable' needs a value"),
        ("format = xx", "o.conf:1: option 'format': unknown format 'xx'"),
        ("device = ftdi:s:1", "o.conf:1: option 'device': no driver for FTDI"),
        ("help", "o.conf:1: option 'help': only for the command line"),
        ("version", "o.conf:1: option 'version': only for the command line"),
        ("c = nosuch.conf", "cannot read configuration file nosuch.conf"),
        ("alias = nosuch", "o.conf:1: option 'alias': cannot read alias file nosuch"),
        ("\ndevice = /dev/tty\0x", "o.conf:2: a NUL character"),
    ],
)
def test_a_line_that_cannot_be_honoured_is_told_with_its_place(read, text, message):
    with pytest.raises(OptionError) as caught:
        read(text)
    assert str(caught.value).startswith(message)


SENSORS = 'sensor: roof, house, "a, b"\nproperty: heat, house, t, 0, v, /bin/t, , \nreadonly\n'


def test_external_sensors_are_declared_where_they_are_asked_for(read):
    options = read(SENSORS, "--external")
    assert [(sensor.name, sensor.table.name) for sensor in options.sensors.all()] == [
        ("roof", "house")
    ]
    assert [request.kind for request in options.buses] == [BusKind.EXTERNAL]
    assert options.readonly
    assert options.notices == []


def test_a_line_of_the_file_asks_for_external_sensors_too(read):
    assert len(read("external\n" + SENSORS).sensors.all()) == 1
    assert read("no_external\n" + SENSORS, "--external").sensors.all() == []


@pytest.mark.parametrize("after", ["", "external\n"])
def test_external_sensors_are_skipped_with_one_notice_unless_asked_for_before(read, after):
    options = read(SENSORS + after)
    assert options.readonly
    assert options.sensors.all() == []
    assert options.buses == []
    assert options.notices == [
        "o.conf:1: lines about external sensors are ignored where --external does not stand before"
        " them"
    ]


def test_the_bus_of_external_sensors_is_numbered_where_the_first_is_declared(read):
    text = "fake = 10\n" + SENSORS + "tester = 28\nsensor: wall, house\n"
    kinds = [request.kind for request in read(text, "--external").buses]
    assert kinds == [BusKind.FAKE, BusKind.EXTERNAL, BusKind.TESTER]


def test_a_wrong_line_about_external_sensors_is_told_and_the_others_count(read):
    options = read("script: p, f, q, , v\nsensor: roof\n", "--external")
    assert options.notices == ["o.conf:1: property p of family f: unknown type 'q'; line ignored"]
    assert options.buses == []
    options = read("sensor: settings, house\n" + SENSORS, "--external")
    assert len(options.notices) == 1
    assert [sensor.name for sensor in options.sensors.all()] == ["roof"]


def test_what_stands_in_a_line_about_external_sensors_is_no_option(read):
    options = read("sensor: roof, readonly # foreground\n", "--external")
    assert options.background
    assert not options.readonly
    assert options.sensors.all()[0].table.name == "readonly # foreground"


def test_files_include_others_five_deep(read, tmp_path):
    for depth in range(2, MAX_DEPTH + 1):
        (tmp_path / f"{depth}.conf").write_text(f"configuration = {depth + 1}.conf\n")
    (tmp_path / f"{MAX_DEPTH}.conf").write_text("t = 3\n")
    options = read("c = 2.conf\nreadonly")
    assert options.timeout_volatile == 3
    assert options.readonly
    assert options.config_files == ["o.conf", *(f"{n}.conf" for n in range(2, MAX_DEPTH + 1))]


def test_a_file_that_includes_itself_is_refused(read):
    with pytest.raises(OptionError, match=r"o\.conf:1: o\.conf is layered too deeply \(>5\)"):
        read("conf = o.conf")


def test_a_later_option_wins_whichever_way_it_came(tmp_path):
    (tmp_path / "o.conf").write_text("t = 3\ntimeout_stable = 3\n")
    options = read_command_line(["-t", "1", "-c", str(tmp_path / "o.conf"), "--timeout_stable=2"])
    assert (options.timeout_volatile, options.timeout_stable) == (3, 2)


def test_bytes_that_are_no_text_are_kept(read, tmp_path):
    (tmp_path / "raw.conf").write_bytes(b"announce = caf\xe9\n")
    assert read("c = raw.conf").announce_name == "caf\udce9"

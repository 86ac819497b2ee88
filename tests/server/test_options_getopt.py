"""The grammar of the command line, word by word the same as the real owserver's."""

import re
import subprocess
from dataclasses import dataclass

import pytest

from owfs_py.server.commandline import read_command_line
from owfs_py.server.getopt import Arg, Found, GetoptError, getopt_long, starting_with
from owfs_py.server.options import OptionError
from owfs_py.server.optiontable import OUR_OPTIONS, OWSERVER_OPTIONS


@dataclass(eq=False)
class Entry:
    names: tuple[str, ...]
    arg: Arg = Arg.NONE
    short: str = ""


ALL = Entry(("all", "ALL"), short="a")
ALSO = Entry(("also",), short="b")
FILE = Entry(("file",), Arg.REQUIRED, "f")
USB = Entry(("usb", "usbus"), Arg.OPTIONAL, "u")
TABLE = (ALL, ALSO, FILE, USB)


def words(line):
    """The options and positional words that `line` is made of; options as short letters."""
    return [
        (found.option.short, found.value) if isinstance(found, Found) else found
        for found in getopt_long(line.split(), TABLE)
    ]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("--file x", [("f", "x")]),
        ("--file=x=y", [("f", "x=y")]),
        ("--file=", [("f", "")]),
        ("--fi --all", [("f", "--all")]),
        ("-fx", [("f", "x")]),
        ("-f x", [("f", "x")]),
        ("-f -a", [("f", "-a")]),
        ("-f=x", [("f", "=x")]),
        ("-abfx", [("a", None), ("b", None), ("f", "x")]),
        ("-abf x", [("a", None), ("b", None), ("f", "x")]),
        ("-u 2", [("u", None), "2"]),
        ("-u2", [("u", "2")]),
        ("-au2", [("a", None), ("u", "2")]),
        ("--usb 2", [("u", None), "2"]),
        ("--usb=2", [("u", "2")]),
        ("--us=2", [("u", "2")]),
        ("x -a y -b", [("a", None), ("b", None), "x", "y"]),
        ("-a -- -b --file", [("a", None), "-b", "--file"]),
        ("- -a", [("a", None), "-"]),
        ("--A", [("a", None)]),
    ],
)
def test_words_become_options_and_positional_words(line, found):
    assert words(line) == found


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--nosuch=3", "unrecognized option '--nosuch=3'"),
        ("--al=3", "option '--al=3' is ambiguous; possibilities: '--all' '--also'"),
        ("--al", "option '--al' is ambiguous; possibilities: '--all' '--also'"),
        ("--all=3", "option '--all' doesn't allow an argument"),
        ("--fi", "option '--file' requires an argument"),
        ("-af", "option requires an argument -- 'f'"),
        ("-aZ", "invalid option -- 'Z'"),
        ("-Q --all=3", "invalid option -- 'Q'"),
    ],
)
def test_wrong_words_are_told_as_the_c_library_tells_them(line, message):
    with pytest.raises(GetoptError) as caught:
        words(line)
    assert str(caught.value) == message


def test_what_stands_before_a_wrong_word_is_read_first():
    reader = getopt_long(["-a", "--nosuch"], TABLE)
    assert next(reader) == Found(ALL, None, "-a")
    with pytest.raises(GetoptError):
        next(reader)


def test_our_own_options_can_be_cut_short_where_owserver_knows_nothing():
    assert read_command_line(["--em=28"]).buses[0].value == "28"
    assert not read_command_line(["--no_s"]).shared_conversion


def test_our_own_options_leave_the_abbreviations_of_owserver_as_they_were():
    with pytest.raises(OptionError, match=r"option '--allow_other' doesn't allow an argument"):
        read_command_line(["--allo=10.0.0.0/8"])
    for option in OUR_OPTIONS:
        assert our_complaint([f"--{option.names[0][:1]}"]) == real_complaint(
            [f"--{option.names[0][:1]}"]
        )


# What follows runs the real owserver. It never gets as far as opening a bus, because each command
# line ends with a word that is wrong in one way or another.


def real_complaint(line):
    done = subprocess.run(
        ["owserver", "--foreground", *line],
        capture_output=True,
        text=True,
        timeout=20,
        stdin=subprocess.DEVNULL,
        check=True,  # a wrong option ends it with status 0
    )
    return done.stderr.splitlines()[0]


def our_complaint(line):
    with pytest.raises(OptionError) as caught:
        read_command_line(line)
    return f"owserver: {caught.value}"


def telling_prefixes():
    """The shortest abbreviation for each set of names of owserver that one can stand for."""
    shortest = {}
    for option in OWSERVER_OPTIONS:
        for name in option.names:
            for end in range(1, len(name) + 1):
                stands_for = tuple(n for n, _ in starting_with(name[:end], OWSERVER_OPTIONS))
                shortest.setdefault((stands_for, name[:end] in stands_for), name[:end])
    return sorted(shortest.values())


def meant(prefix):
    """The options that a name cut to `prefix` may mean."""
    exact = [option for option in OWSERVER_OPTIONS if prefix in option.names]
    return exact or list(dict.fromkeys(o for _, o in starting_with(prefix, OWSERVER_OPTIONS)))


def names_an_optional_value(prefix):
    """Whether nothing can be wrong with it, so that owserver would act on it."""
    options = meant(prefix)
    return len(options) == 1 and options[0].arg is Arg.OPTIONAL


def provoke(prefix):
    """A command line on which owserver names what it takes `prefix` for, and does nothing."""
    return [f"--{prefix}"] if meant(prefix)[0].arg is Arg.REQUIRED else [f"--{prefix}=x"]


@pytest.mark.parametrize("first", sorted({prefix[0] for prefix in telling_prefixes()}))
def test_abbreviations_mean_the_same_to_the_real_owserver(first):
    for prefix in telling_prefixes():
        if prefix[0] == first and not names_an_optional_value(prefix):
            line = provoke(prefix)
            # Its table has --telnet and --TELNET twice.
            real = re.sub(r"('--telnet'|'--TELNET') \1", r"\1", real_complaint(line))
            assert our_complaint(line) == real


@pytest.mark.parametrize(
    "line",
    [
        "--nosuch",
        "--no-such=4",
        "--one-device",
        "--checksum",
        "--no_checksum",
        "-Z",
        "-CZ",
        "-rCQF",
        "-d",
        "-Cp",
        "-P",
        "--TESTE",
        "--Cels --ambient",
        "-t3 --timeout=3",
        "word -t 3 --foo",
    ],
)
def test_wrong_words_are_told_as_the_real_owserver_tells_them(line):
    assert our_complaint(line.split()) == real_complaint(line.split())

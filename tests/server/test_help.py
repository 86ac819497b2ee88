"""--help and --version: complete, beside what the real owserver prints."""

import re
import subprocess
import sys

import pytest

from owfs_py import __version__
from owfs_py.ownet.returncodes import TEXTS
from owfs_py.server import helptext
from owfs_py.server.commandline import read_command_line
from owfs_py.server.options import NOT_YET, HelpWanted
from owfs_py.server.optiontable import ALL_OPTIONS, Topic

OPTION_TOPICS = [topic for topic in Topic if topic is not Topic.ERROR]

NEVER_ACCEPTED = {"checksum", "no_checksum", "one-device"}
"""In the real help, but the real owserver refuses them."""


def real_help(topic):
    done = subprocess.run(
        ["owserver", f"--help={topic}"], capture_output=True, text=True, check=True, timeout=20
    )
    return done.stdout


def ours(*words):
    return subprocess.run(
        [sys.executable, "-m", "owfs_py.server", *words],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def long_names(text):
    return set(re.findall(r"(?<![\w-])--(\w[\w-]*)", text))


@pytest.mark.parametrize("topic", ["", *OPTION_TOPICS])
def test_every_option_in_the_real_help_is_known(topic):
    names = long_names(real_help(topic))
    assert names
    known = {name for option in ALL_OPTIONS for name in option.names}
    assert names - known - NEVER_ACCEPTED == set()


@pytest.mark.parametrize("topic", OPTION_TOPICS)
def test_every_letter_in_the_real_help_is_known(topic):
    letters = set(re.findall(r"^ *-(\w)\b", real_help(topic), re.MULTILINE))
    assert letters <= {option.short for option in ALL_OPTIONS}


def test_the_pages_together_show_every_spelling_of_every_option():
    shown = "".join(helptext.page(topic) for topic in OPTION_TOPICS)
    assert long_names(shown) == {name for option in ALL_OPTIONS for name in option.names}
    for option in ALL_OPTIONS:
        assert not option.short or f"  -{option.short}, --{option.names[0]}" in shown


def test_every_option_stands_once_on_the_page_of_its_heading():
    for option in ALL_OPTIONS:
        at_start = re.compile(rf"^  (-\w, )?--{option.names[0]}(?![\w-])", re.MULTILINE)
        for topic in OPTION_TOPICS:
            count = len(at_start.findall(helptext.page(topic)))
            assert count == (option.heading.topic is topic), option.names


@pytest.mark.parametrize("topic", ["", *Topic])
def test_pages_fit_a_terminal(topic):
    assert max(map(len, helptext.page(topic).splitlines())) <= helptext.WIDTH


def test_options_without_a_driver_say_so():
    blocks = re.split(r"\n(?=  -|\n)", helptext.page("device"))
    for option in ALL_OPTIONS:
        if option.kind is not None:
            (block,) = (b for b in blocks if re.search(rf"--{option.names[0]}(=|\[=|\s)", b))
            assert ("[not supported yet]" in " ".join(block.split())) == (option.kind in NOT_YET)


@pytest.mark.parametrize(
    ("word", "topic"),
    [("cache", "c"), ("C", "c"), ("dev", "d"), ("JOB", "j"), ("xyz", ""), ("", "")],
)
def test_the_first_letter_tells_the_topic(word, topic):
    assert helptext.page(word) == helptext.page(topic)
    assert (helptext.page(word) == helptext.page("")) == (topic == "")


def test_the_return_codes_are_those_of_the_real_help():
    printed = dict(re.findall(r"^ *(\d+)\. (.*)$", real_help("error"), re.MULTILINE))
    for code, text in TEXTS.items():
        assert printed[str(code)] == text
        assert f"{code:3d}. {text}\n" in helptext.page("error")


def test_help_is_printed_and_ends_well():
    done = ours("-hj", "--nosuch")
    assert (done.returncode, done.stdout, done.stderr) == (0, helptext.page("job"), "")


def test_version_is_printed_as_owserver_prints_it_and_then_our_own():
    real = subprocess.run(["owserver", "-V"], capture_output=True, text=True, check=True)
    done = ours("--version")
    assert done.returncode == 0
    assert done.stderr == real.stderr == "owserver version:\n\t3.2p4\n"
    assert done.stdout == real.stdout + f"owfs_py version:\n\t{__version__}\n"


def test_help_wins_over_what_follows_but_not_over_what_went_before():
    with pytest.raises(HelpWanted):
        read_command_line(["--help", "--nosuch"])
    assert ours("--nosuch", "--help").returncode == 2

"""--buffer, --stale and --refresh: from the command line to the buses that they make."""

import logging

import pytest

from owfs_py.bus.buffer import Buffer
from owfs_py.ownet.remotebus import RemoteBus
from owfs_py.server.build import build_onewire
from owfs_py.server.commandline import read_command_line

TWO = "-s 127.0.0.1:1 -s 127.0.0.1:2"


def built(line):
    return build_onewire(read_command_line(line.split()))


def test_without_it_other_servers_are_asked_everything():
    onewire = built(TWO)
    assert [type(bus) for bus in onewire.buses.values()] == [RemoteBus, RemoteBus]
    assert not onewire.read_only


def test_each_other_server_gets_a_buffer_and_other_buses_do_not():
    onewire = built(f"--tester=28 {TWO} --buffer --stale=60")
    assert [isinstance(bus, Buffer) for bus in onewire.buses.values()] == [False, True, True]
    assert onewire.cache.timeouts.stale == 60


@pytest.mark.parametrize(
    ("line", "read_only"),
    [
        ("--buffer", True),
        ("--buffer -w", False),
        ("--write --buffer", False),
        ("--buffer -w -r", True),
        ("--buffer -r -w", False),
        ("-r", True),
        ("", False),
    ],
)
def test_a_buffer_is_read_only_unless_writing_is_asked_for(line, read_only):
    assert built(f"{TWO} {line}").read_only is read_only


def test_who_wants_nothing_kept_gets_no_buffer():
    assert isinstance(built(f"{TWO} --buffer --uncached").buses[0], RemoteBus)


@pytest.mark.parametrize("line", ["--stale=60", "--refresh"])
def test_what_has_no_effect_is_said(line, caplog):
    with caplog.at_level(logging.WARNING):
        built(f"{TWO} {line}")
    assert "--buffer" in caplog.text

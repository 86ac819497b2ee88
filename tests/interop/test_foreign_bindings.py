"""Programs made with others' libraries, against our daemon and owserver 3.2p4 on equal buses:
libownet by a small C program, and the OWNet module of Perl. (pyownet: test_stock_clients.)"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from owfs_py.emulator.bench import Emulation
from tests.interop.ourserver import OurDaemon
from tests.interop.realserver import RealOwserver

CHIPS = "28,10"
SENSOR, OTHER, NOBODY = "/28.000028D70000", "/10.000010EF0100", "/28.111111111111"
C_SOURCE = Path(__file__).with_name("libownet_client.c")
PERL_CLIENT = """
use strict; use OWNet;
my $server = OWNet->new(shift) or die "cannot connect\\n";
for (@ARGV) {
    my ($what, @words) = split /:/;
    my $answer = $what eq "read"    ? $server->read(@words)
               : $what eq "write"   ? $server->write(@words)
               : $what eq "dir"     ? $server->dir(@words)
               : $what eq "present" ? $server->present(@words) : die "what is $what?\\n";
    print defined $answer ? $answer : "nothing", "\\n";
}
"""

C_COMMANDS = (
    "dir:/",
    f"dir:{SENSOR}",
    "dir:/alarm",
    f"dir:{NOBODY}",
    f"dir:{SENSOR}/type",
    f"read:{SENSOR}/type",
    f"read:{OTHER}/address",
    f"part:{SENSOR}/type",
    f"write:{SENSOR}/temphigh=40",
    f"read:/uncached{SENSOR}/temphigh",
    "scale:F",
    f"read:{SENSOR}/temphigh",
    "scale:C",
    f"write:{SENSOR}/temphigh=hot",
    f"write:{SENSOR}/type=DS18S20",
    f"read:{SENSOR}",
    f"read:{NOBODY}/type",
    f"present:{SENSOR}",
    f"present:{NOBODY}",
    "format:fic",
    "dir:/",
)
PERL_COMMANDS = (
    "dir:/",
    f"dir:{SENSOR}",
    f"dir:{NOBODY}",
    f"read:{SENSOR}/type",
    f"read:{SENSOR}/type:4",
    f"read:{SENSOR}/type:4:1",
    f"read:{OTHER}/address",
    f"write:{SENSOR}/templow:-5",
    f"read:/uncached{SENSOR}/templow",
    f"write:{SENSOR}/templow:cold",
    f"read:{NOBODY}/type",
    f"present:{SENSOR}",
    f"present:{NOBODY}",
)


@pytest.fixture(scope="module")
def ours() -> Iterator[str]:
    with OurDaemon([f"--emulate={CHIPS}"]) as daemon:
        yield daemon.address
        assert daemon.is_running
        daemon.assert_no_fault()


@pytest.fixture(scope="module")
def theirs() -> Iterator[str]:
    emulation = Emulation.from_list(CHIPS)
    with emulation.pty() as pty, RealOwserver([f"--device={pty.path}"]) as server:
        yield server.address


@pytest.fixture(scope="module")
def c_client(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The C program, built against the libownet of this machine (Debian: libownet-dev)."""
    program = str(tmp_path_factory.mktemp("libownet") / "client")
    subprocess.run(
        ["gcc", "-Wall", "-Wextra", "-Werror", "-o", program, str(C_SOURCE), "-lownet"],
        check=True,
        timeout=60,
    )
    return program


def lines_of(*command: str) -> list[str]:
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env=os.environ | {"LC_ALL": "C"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_libownet_gets_the_same_from_both(c_client: str, ours: str, theirs: str) -> None:
    answers = lines_of(c_client, ours, *C_COMMANDS)
    assert answers == lines_of(c_client, theirs, *C_COMMANDS)
    assert answers[0].split(" ")[1].split(",")[:2] == [OTHER, SENSOR]
    assert "7 DS18B20" in answers
    assert "4 S18B" in answers
    assert "12           40" in answers
    assert "12          104" in answers


def test_the_perl_module_gets_the_same_from_both(ours: str, theirs: str) -> None:
    def ask(address: str) -> list[str]:
        return lines_of("perl", "-e", PERL_CLIENT, address, *PERL_COMMANDS)

    answers = ask(ours)
    assert answers == ask(theirs)
    assert len(answers) == len(PERL_COMMANDS)
    assert answers[0].split(",")[:2] == [OTHER, SENSOR]
    assert answers[3:6] == ["DS18B20", "DS18", "S18B"]
    assert "          -5" in answers


@pytest.mark.parametrize(
    ("words", "path", "answer"),
    [
        ("-F", f"{SENSOR}/tempres", "12"),
        ("-K", "/settings/units/temperature_scale", "C"),
        ("-ffic", "/28000028D7000011/type", "DS18B20"),
    ],
)
def test_what_the_perl_module_asks_for_is_honoured(
    ours: str, theirs: str, words: str, path: str, answer: str
) -> None:
    def ask(address: str) -> list[str]:
        return lines_of("perl", "-e", PERL_CLIENT, f"{address} {words}", f"read:{path}", "dir:/")

    got = ask(ours)
    assert got == ask(theirs)
    assert got[0].strip() == answer
    assert ("28000028D7000011" in got[1]) == (words == "-ffic")

"""The whole daemon as a user starts it, on an emulated bus, asked by the real ow-shell programs."""

import os
import signal
import socket
import subprocess
import sys

import pytest

from tests.interop.realserver import run
from tests.interop.serverprocess import free_port
from tests.server.test_lifecycle import PATIENCE, until

DAEMON = [sys.executable, "-m", "owfs_py.server"]
SENSOR = "28.000028D70000"

# What systemd does: the socket becomes descriptor 3, and the pid is that of the daemon.
HANDED_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.executable, [sys.executable, "-m", "owfs_py.server", *sys.argv[2:]])
"""


class Background:
    """Starts daemons in background; ends what still runs."""

    def __init__(self, directory):
        self.directory = directory
        self.pids = []

    def start(self, *words):
        """Address and process id of a daemon that serves."""
        address = f"127.0.0.1:{free_port()}"
        pid_file = self.directory / f"pid.{len(self.pids)}"
        self.launch("-p", address, f"--pid_file={pid_file}", *words, check=True)
        self.pids.append(int(pid_file.read_text()))
        return address, self.pids[-1]

    @staticmethod
    def launch(*words, check=False):
        return subprocess.run(
            [*DAEMON, *words], capture_output=True, text=True, timeout=PATIENCE, check=check
        )

    def end(self):
        for pid in self.pids:
            if is_running(pid):
                os.kill(pid, signal.SIGKILL)


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def listing(address):
    return run(["owdir", "-s", address, "/"]).split()


@pytest.fixture
def background(tmp_path):
    daemons = Background(tmp_path)
    yield daemons
    daemons.end()


def test_it_serves_as_soon_as_the_launcher_has_ended(background, tmp_path):
    address, pid = background.start("--emulate=28,10")
    assert f"/{SENSOR}" in listing(address)
    assert run(["owread", "-s", address, f"/{SENSOR}/type"]) == "DS18B20"
    os.kill(pid, signal.SIGTERM)
    until(lambda: not is_running(pid))
    assert list(tmp_path.glob("pid.*")) == []


def test_an_address_in_use_is_told_to_the_launcher(background):
    address, _ = background.start("--emulate=28")
    second = background.launch("-p", address, "--emulate=28")
    assert second.returncode == 1
    assert second.stderr.startswith("owserver: cannot listen")
    assert second.stderr.count("\n") == 1
    assert f"/{SENSOR}" in listing(address)


@pytest.mark.parametrize(
    "option",
    [
        "--link=h:x",
        "--i2c=/dev/i2c-9:8",
        "--enet=h/4",
        "--device=foo://x",
        "--device=socket://",
        "--ds1wm=x",
        "--HA5=/dev/x:9",
        "--pbm=/dev/x:9",
        "--usb=scan:x",
    ],
)
@pytest.mark.parametrize("where", [(), ("--foreground",)])
def test_a_wrong_value_ends_with_2_and_is_told_in_one_line(background, option, where):
    ended = background.launch("-p", "127.0.0.1:0", option, *where)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"owserver: option {option.partition('=')[0]}: ")
    assert ended.stderr.count("\n") == 1


def test_what_is_missing_is_told_in_one_line(background):
    address = f"127.0.0.1:{free_port()}"
    daemon = subprocess.Popen(
        [*DAEMON, "--foreground", "-p", address, "-d", "/dev/nosuch", "--i2c", "--nozero"],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        lines = sorted(daemon.stderr.readline() for _ in range(2))
    finally:
        daemon.kill()
        daemon.communicate()
    assert lines[0] == (
        "owserver: error: bus.0 (/dev/nosuch): cannot be opened: No such file or directory;"
        " looking for it again until it is back\n"
    )
    assert lines[1].startswith("owserver: warning: bus.1: no DS2482 found")


def test_a_configuration_file_is_enough(background, tmp_path):
    (tmp_path / "o.conf").write_text(
        "! server: server = localhost:4304\nserver: emulate = 28\nhttp: port = 2121\n"
        f"alias = {tmp_path}/names\n"
    )
    (tmp_path / "names").write_text(f"{SENSOR} = cellar\n")
    address, _ = background.start("-c", str(tmp_path / "o.conf"))
    assert "/cellar" in listing(address)


def test_hangup_reads_the_alias_files_again(background, tmp_path):
    names = tmp_path / "names"
    names.write_text(f"{SENSOR} = cellar\n")
    address, pid = background.start("--emulate=28", "-a", str(names))
    assert "/cellar" in listing(address)
    names.write_text(f"{SENSOR} = attic\n")
    os.kill(pid, signal.SIGHUP)
    until(lambda: "/attic" in listing(address))
    assert "/cellar" not in listing(address)


def test_a_socket_of_systemd_is_served_in_foreground_and_no_other(tmp_path):
    ignored = free_port()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        words = ["--background", "-p", str(ignored), "--emulate=28"]
        daemon = subprocess.Popen(
            [sys.executable, "-c", HANDED_OVER, str(listener.fileno()), *words],
            pass_fds=[listener.fileno()],
            stderr=subprocess.PIPE,
            text=True,
        )
    try:
        # The kernel accepts from the start; the answer comes when the daemon serves.
        assert f"/{SENSOR}" in listing(address)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", ignored))
        daemon.terminate()
        _, err = daemon.communicate(timeout=PATIENCE)
        assert daemon.returncode == 0
        assert "option -p is ignored" in err
    finally:
        daemon.kill()
        daemon.communicate()

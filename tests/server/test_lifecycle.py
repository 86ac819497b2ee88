"""The life of a daemon in real processes: background, pid file, signals, systemd, exit status."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from owfs_py.server import systemd
from owfs_py.server.lifecycle import STOP_TIMEOUT

ROOT = Path(__file__).parents[2]
PROBE = [sys.executable, "-m", "tests.server.lifecycle_probe"]
PATIENCE = 20.0


def until(condition):
    """Wait for another process; the value that is true at last."""
    deadline = time.monotonic() + PATIENCE
    while not (value := condition()):
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.005)
    return value


class Probe:
    """A running lifecycle_probe and what it wrote down."""

    def __init__(self, directory, *words, **environment):
        self.directory = directory
        self.process = subprocess.Popen(
            [*PROBE, str(directory), *words],
            cwd=ROOT,
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def events(self):
        try:
            return (self.directory / "events").read_text().splitlines()
        except FileNotFoundError:
            return []

    @property
    def pid_file(self):
        return self.directory / "pid"

    def wait_for(self, event, times=1):
        until(lambda: sum(e.split()[0] == event for e in self.events) >= times)

    def end(self):
        """Exit status and standard error."""
        _, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, err


@pytest.fixture
def probe(tmp_path):
    started = []

    def start(*words, **environment):
        started.append(Probe(tmp_path, *words, **environment))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
        one.process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_service_in_order(probe, number):
    daemon = probe()
    daemon.wait_for("started")
    assert daemon.pid_file.read_text() == str(daemon.process.pid)
    daemon.process.send_signal(number)
    assert daemon.end() == (0, "")
    assert daemon.events[1:] == ["started", "stop", "stopped"]
    assert not daemon.pid_file.exists()


def test_a_signal_while_starting_stops_it_too(probe):
    daemon = probe("slow")
    daemon.wait_for("start")
    daemon.process.send_signal(signal.SIGTERM)
    assert daemon.end() == (0, "")
    assert daemon.events[1:] == ["stop", "stopped"]
    assert not daemon.pid_file.exists()


def test_a_stop_that_hangs_ends_within_a_second(probe):
    daemon = probe("stuck")
    daemon.wait_for("started")
    daemon.process.send_signal(signal.SIGTERM)
    asked = time.monotonic()
    assert daemon.end() == (0, "")
    assert time.monotonic() - asked < 2.0
    assert daemon.events[1:] == ["started", "stop"]
    assert not daemon.pid_file.exists()


def test_a_second_signal_ends_it_at_once(probe):
    daemon = probe("slowstop")
    daemon.wait_for("started")
    daemon.process.terminate()
    daemon.wait_for("stop")
    daemon.process.terminate()
    asked = time.monotonic()
    assert daemon.end() == (0, "")
    assert time.monotonic() - asked < STOP_TIMEOUT / 2
    assert daemon.events[1:] == ["started", "stop"]
    assert not daemon.pid_file.exists()


def test_hangup_reloads(probe):
    daemon = probe()
    daemon.wait_for("started")
    for times in (1, 2):
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_for("reload", times)
    daemon.process.terminate()
    assert daemon.end() == (0, "")


def test_a_failed_reload_is_survived(probe):
    daemon = probe("badreload")
    daemon.wait_for("started")
    for times in (1, 2):
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_for("reload", times)
    daemon.process.terminate()
    status, err = daemon.end()
    assert status == 0
    assert "cannot reload: no such file" in err


def test_a_service_that_is_outdated_reloads_by_itself(probe):
    daemon = probe("outdated")
    daemon.wait_for("reload")
    daemon.process.terminate()
    assert daemon.end() == (0, "")
    assert daemon.events[1:] == ["started", "outdated", "reload", "stop", "stopped"]


def test_another_service_takes_the_place_when_the_first_has_stopped(probe):
    daemon = probe("outdated", "replace")
    daemon.wait_for("started", times=2)
    assert daemon.pid_file.read_text() == str(daemon.process.pid)
    daemon.process.send_signal(signal.SIGHUP)
    daemon.wait_for("reload", times=2)
    daemon.process.terminate()
    assert daemon.end() == (0, "")
    names = [event.split()[0] for event in daemon.events]
    assert names == [
        *("start", "started", "outdated", "reload", "stop", "stopped"),
        *("start", "started", "reload", "stop", "stopped"),
    ]


def test_another_service_that_cannot_start_ends_the_daemon(probe):
    daemon = probe("outdated", "badreplace")
    status, err = daemon.end()
    assert status == 1
    assert "cannot start anew: port busy" in err
    assert daemon.events[-1] == "stopped"
    assert not daemon.pid_file.exists()


@pytest.mark.parametrize("where", [(), ("background",)])
@pytest.mark.parametrize(("word", "message"), [("fail", "nothing to serve"), ("busy", "port busy")])
def test_a_failed_start_is_told_in_one_line_and_by_status_1(probe, where, word, message):
    daemon = probe(word, *where)
    assert daemon.end() == (1, f"owserver: {message}\n")
    assert daemon.events[1:] == ["stop", "stopped"]
    assert not daemon.pid_file.exists()


def test_a_fault_of_the_program_is_no_silent_success(probe):
    status, err = probe("fault").end()
    assert status == 1
    assert "ZeroDivisionError" in err
    assert probe("fault", "background").end() == (1, "owserver: ended while starting\n")


def test_the_launcher_ends_well_once_the_daemon_serves(probe):
    daemon = probe("background")
    assert daemon.end() == (0, "")
    assert daemon.events[1:] == ["started"]
    _, pid, parent, directory, *_ = daemon.events[0].split()
    assert int(pid) != daemon.process.pid
    assert int(parent) != daemon.process.pid
    assert directory == str(ROOT)
    assert daemon.pid_file.read_text() == pid
    assert os.getsid(int(pid)) not in (os.getsid(0), int(pid))
    for fd in range(3):
        assert os.readlink(f"/proc/{pid}/fd/{fd}") == "/dev/null"
    os.kill(int(pid), signal.SIGTERM)
    daemon.wait_for("stopped")
    until(lambda: not daemon.pid_file.exists())


def test_the_launcher_waits_while_the_daemon_starts(probe):
    daemon = probe("background", "slow")
    daemon.wait_for("start")
    assert daemon.process.poll() is None
    os.kill(int(daemon.events[0].split()[1]), signal.SIGKILL)
    assert daemon.end() == (1, "owserver: ended while starting\n")


def test_a_pid_file_that_cannot_be_written_is_logged_and_forgotten(probe, tmp_path):
    (tmp_path / "pid").mkdir()
    daemon = probe()
    daemon.wait_for("started")
    daemon.process.terminate()
    status, err = daemon.end()
    assert status == 0
    assert "cannot write pid file" in err


@pytest.mark.parametrize("abstract", [False, True])
def test_systemd_is_told_the_pid_and_when_it_is_ready(probe, tmp_path, abstract):
    address = f"\0owfs_py-test-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(address)
        listener.settimeout(PATIENCE)
        daemon = probe(NOTIFY_SOCKET=address.replace("\0", "@"))
        assert listener.recv(100) == b"MAINPID=%d" % daemon.process.pid
        assert listener.recv(100) == b"READY=1"
        assert daemon.events[-1] == "started"
        daemon.process.terminate()
        assert listener.recv(100) == b"STOPPING=1"
        assert daemon.end() == (0, "")


def test_nobody_listening_to_notifications_is_no_fault(monkeypatch, tmp_path):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert not systemd.notify("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nosuch"))
    assert not systemd.notify("READY=1")


@pytest.mark.parametrize(
    ("pid", "count", "fds"),
    [
        ("mine", "2", (3, 4)),
        ("1", "2", ()),
        ("mine", "none", ()),
        ("", "", ()),
    ],
)
def test_sockets_of_systemd_are_taken_if_meant_for_us(monkeypatch, pid, count, fds):
    closed = []
    monkeypatch.setattr(os, "set_inheritable", lambda fd, on: closed.append((fd, on)))
    monkeypatch.setenv("LISTEN_PID", str(os.getpid()) if pid == "mine" else pid)
    monkeypatch.setenv("LISTEN_FDS", count)
    assert systemd.take_listen_fds() == fds
    assert closed == [(fd, False) for fd in fds]
    assert systemd.take_listen_fds() == ()
    assert "LISTEN_FDS" not in os.environ
    assert "LISTEN_PID" not in os.environ


# The daemon itself, as far as it goes without a bus.


def owserver(*words):
    done = subprocess.run(
        [sys.executable, "-m", "owfs_py.server", *words],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("line", "status", "message"),
    [
        ("--nosuch", 2, "unrecognized option '--nosuch'"),
        ("-Z", 2, "invalid option -- 'Z'"),
        ("--tester", 2, "option '--tester' requires an argument"),
        ("--format=xx --tester=28", 2, "option --format: unknown format 'xx'"),
        ("-p 99999 --tester=28", 2, "option -p: no such port: 99999"),
        ("-d ftdi:s:1 --tester=28", 2, "option -d: no driver for FTDI chips"),
        ("-c /nosuch", 2, "cannot read configuration file /nosuch"),
        ("-a /nosuch", 2, "option -a: cannot read alias file /nosuch"),
        ("--foreground", 1, "No valid 1-wire buses found"),
        ("--background", 1, "No valid 1-wire buses found"),
    ],
)
def test_a_daemon_that_cannot_start_says_why_in_one_line(line, status, message):
    found, err = owserver(*line.split())
    assert found == status
    assert err.startswith(f"owserver: {message}")
    assert err.count("\n") == 1

"""How much is logged, where it goes, and that lines are short."""

import logging
import os
import sys
import syslog

import pytest

from owfs_py.server import logs
from owfs_py.server.options import Options

log = logging.getLogger("owfs_py.test")


@pytest.fixture
def set_up():
    """logs.set_up, undone afterwards."""
    root = logging.getLogger()
    handlers, level, hook = root.handlers[:], root.level, sys.excepthook
    others = [logging.getLogger(name) for name in (logs.TRAFFIC, logs.LOCKS, logs.REQUESTS)]
    levels = [other.level for other in others]

    def with_options(foreground=True, **fields):
        logs.set_up(Options(**fields), foreground=foreground)

    yield with_options
    root.handlers[:] = handlers
    root.setLevel(level)
    for other, its_level in zip(others, levels, strict=True):
        other.setLevel(its_level)
    sys.excepthook = hook


@pytest.fixture
def sent(monkeypatch):
    """What goes to syslog: (priority, text)."""
    lines = []
    monkeypatch.setattr(syslog, "syslog", lambda priority, text: lines.append((priority, text)))
    return lines


@pytest.mark.parametrize(
    ("error_level", "shown"),
    [
        (0, "WARNING"),
        (1, "WARNING INFO"),
        (2, "WARNING INFO CALL"),
        (3, "WARNING INFO CALL DATA"),
        (4, "WARNING INFO CALL DATA DETAIL"),
        (5, "WARNING INFO CALL DATA DETAIL DEBUG"),
        (9, "WARNING INFO CALL DATA DETAIL DEBUG"),
    ],
)
def test_the_error_level_tells_how_much_is_logged(set_up, capsys, error_level, shown):
    set_up(error_level=error_level)
    for name in ("WARNING", "INFO", "CALL", "DATA", "DETAIL", "DEBUG"):
        log.log(logging.getLevelNamesMapping()[name], "this is %s", name)
    assert [line.split()[-1] for line in capsys.readouterr().err.splitlines()] == shown.split()


@pytest.mark.parametrize(
    ("error_print", "foreground", "console", "to_syslog"),
    [
        (0, True, True, False),
        (0, False, False, True),
        (1, True, False, True),
        (2, False, True, False),
        (3, True, False, False),
    ],
)
def test_error_print_tells_where_it_goes(
    set_up, sent, capsys, error_print, foreground, console, to_syslog
):
    set_up(error_print=error_print, foreground=foreground)
    log.error("bus.0: short circuit")
    assert capsys.readouterr().err == "owserver: error: bus.0: short circuit\n" * console
    assert sent == [(syslog.LOG_ERR, "error: bus.0: short circuit")] * to_syslog


def test_priorities_of_syslog_follow_the_levels(set_up, sent):
    set_up(error_print=1, error_level=9)
    for level in (logging.CRITICAL, logging.WARNING, logging.INFO, logs.CALL):
        log.log(level, "x")
    assert [priority for priority, _ in sent] == [
        syslog.LOG_ERR,
        syslog.LOG_WARNING,
        syslog.LOG_INFO,
        syslog.LOG_DEBUG,
    ]


def test_an_exception_is_told_in_its_own_words_on_the_same_line(set_up, capsys):
    set_up()
    try:
        raise OSError("first\nsecond")
    except OSError:
        log.exception("bus.%d fails", 3)
    assert capsys.readouterr().err == "owserver: error: bus.3 fails: first second\n"


def test_debugging_shows_where_an_exception_came_from(set_up, capsys):
    set_up(error_level=9)
    try:
        raise OSError("first")
    except OSError:
        log.exception("bus.%d fails", 3)
    assert "Traceback" in capsys.readouterr().err


def test_setting_up_again_does_not_log_twice(set_up, capsys):
    set_up()
    set_up()
    log.error("once")
    assert capsys.readouterr().err.count("once") == 1


def provoke_fault():
    try:
        raise ZeroDivisionError("by zero")
    except ZeroDivisionError as fault:
        sys.excepthook(type(fault), fault, fault.__traceback__)


def test_a_fatal_fault_is_logged_with_its_place_and_kept_in_the_file(set_up, capsys, tmp_path):
    set_up()
    logs.watch_faults(Options(fatal_debug_file=str(tmp_path / "fatal")))
    provoke_fault()
    err = capsys.readouterr().err
    assert err.startswith("owserver: critical: fatal: ZeroDivisionError: by zero (")
    assert "test_logs.py:" in err
    assert "Traceback" in (tmp_path / f"fatal.{os.getpid()}").read_text()


def test_fatal_faults_are_left_to_python_on_request(set_up):
    set_up()
    before = sys.excepthook
    logs.watch_faults(Options(fatal_debug=False))
    assert sys.excepthook is before


@pytest.mark.parametrize(
    ("options", "logger"),
    [
        ({"traffic": True}, logs.TRAFFIC),
        ({"locks": True}, logs.LOCKS),
        ({"detail": (b"\x28",)}, logs.REQUESTS),
    ],
)
def test_what_has_an_option_of_its_own_does_not_follow_the_error_level(
    set_up, capsys, options, logger
):
    set_up(error_level=9)
    logging.getLogger(logger).debug("too much")
    set_up(error_level=0, **options)
    logging.getLogger(logger).debug("just this")
    set_up()
    assert capsys.readouterr().err == "owserver: debug: just this\n"

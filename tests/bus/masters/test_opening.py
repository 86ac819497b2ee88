"""Why something cannot be opened: one clear reason, said once."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from unittest import mock

import pytest
import serial

from owfs_py.bus.errors import BusNotRespondingError
from owfs_py.bus.masters import open_master, opening
from owfs_py.bus.masters.opening import why_not
from owfs_py.bus.masters.serialport import open_port, refuse_suffix
from tests.interop.serverprocess import free_port

PATH = "/dev/ttyS9"


def refusal(number: int, path: str | None = None) -> OSError:
    return OSError(number, os.strerror(number), path)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (refusal(errno.ENOENT, PATH), "No such file or directory"),
        (refusal(errno.ENOENT, "/dev/mem"), "/dev/mem: No such file or directory"),
        (refusal(errno.EBUSY), "another program uses it"),
        (refusal(errno.EAGAIN), "another program uses it"),
        (refusal(errno.EACCES, PATH), "no permission"),
        (OSError("no such region"), "no such region"),
        (ValueError("no speed of 7"), "no speed of 7"),
        (TimeoutError(), "TimeoutError"),
    ],
)
def test_the_system_says_it_without_numbers(error: Exception, told: str) -> None:
    assert why_not(error, PATH) == told


def test_libraries_do_not_say_it_again(tmp_path: Path) -> None:
    for url, told in (
        (str(tmp_path / "nosuch"), "No such file or directory"),
        (f"socket://127.0.0.1:{free_port()}", "Connection refused"),
    ):
        with pytest.raises(serial.SerialException) as caught:
            open_port(url, 1.0, hardflow=False)
        assert why_not(caught.value, url) == told
        master = open_master(url)
        with pytest.raises(BusNotRespondingError) as refused:
            master.open()
        assert str(refused.value) == f"{url}: cannot be opened: {told}"


def test_who_lacks_permission_is_told_the_group(tmp_path: Path) -> None:
    file = tmp_path / "tty"
    file.touch()
    denied = refusal(errno.EACCES, str(file))
    mine = os.stat(file)
    for mode, hint in ((0o660, "; members of the group dialout have it"), (0o600, "")):
        shown = os.stat_result((stat.S_IFCHR | mode, *mine[1:5], 20, *mine[6:10]))
        with (
            mock.patch.object(opening.os, "stat", return_value=shown),
            mock.patch.object(opening.grp, "getgrgid") as group,
        ):
            group.return_value.gr_name = "dialout"
            told = why_not(denied, str(file))
        assert told.startswith(f"no permission{hint}")
        assert ("adduser NAME dialout" in told) == bool(hint)


def test_what_follows_a_port_must_mean_something() -> None:
    for path in ("/dev/x:9", "/dev/x:", "/dev/x:9a", "./x:_"):
        with pytest.raises(ValueError, match=f"{path}: what follows the colon is not a letter"):
            refuse_suffix(path, "a letter")
    for path in (
        "/dev/x",
        "/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0",
        "/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0-port0",
        "socket://host:4000",
        "host:4000",
    ):
        refuse_suffix(path, "a letter")

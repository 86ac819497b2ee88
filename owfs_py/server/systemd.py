"""What a service and systemd say to each other: sd_notify(3) and sd_listen_fds(3).

Plain sockets and environment; libsystemd is not needed.
"""

from __future__ import annotations

import os
import socket

FIRST_LISTEN_FD = 3
"""SD_LISTEN_FDS_START of sd_listen_fds(3)."""


def notify(*lines: str) -> bool:
    """Tell systemd `KEY=value` lines; False if no one wants to hear, or it cannot be sent."""
    path = os.environ.get("NOTIFY_SOCKET", "")
    if not path:
        return False
    if path.startswith("@"):  # the abstract name space
        path = "\0" + path[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.sendto("\n".join(lines).encode(), path)
    except OSError:
        return False  # a broken supervisor is no reason to stop serving
    return True


def take_listen_fds() -> tuple[int, ...]:
    """File descriptors of listening sockets handed over to this process, at most once.

    The variables are removed, so that no child believes that they are meant for it.
    """
    count = os.environ.pop("LISTEN_FDS", "")
    pid = os.environ.pop("LISTEN_PID", "")
    os.environ.pop("LISTEN_FDNAMES", None)
    if pid != str(os.getpid()) or not count.isdecimal():
        return ()
    fds = tuple(range(FIRST_LISTEN_FD, FIRST_LISTEN_FD + int(count)))
    for fd in fds:
        os.set_inheritable(fd, False)
    return fds

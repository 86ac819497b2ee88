"""Host: what /system and /settings tell about the program around the library.

A plain object that the program fills; the library itself needs nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

OWSERVER_VERSION = "3.2p4"
"""The release of owserver whose place we take; programs that look for it find it."""

HOST_TIMEOUTS = {
    "ftp": 900,
    "ha7": 60,
    "network": 1,
    "serial": 5,
    "server": 10,
    "usb": 5,
    "w1": 30,
}
"""Seconds, owserver's defaults, of what the cache has nothing to do with."""

LONGEST_TIMEOUT = 2_000_000
"""Seconds: somewhat less than what fits into the milliseconds of poll(2) and libusb."""
_SHORTEST_TIMEOUT = {"serial": 1, "usb": 1, "w1": 1}
"""Seconds; over the network there is another one anyway."""


def possible_timeout(name: str, seconds: int) -> int:
    """For how long to wait for an adapter if somebody wants `seconds`, 0 or for ever maybe."""
    return min(max(seconds, _SHORTEST_TIMEOUT.get(name, 0)), LONGEST_TIMEOUT)


@dataclass(slots=True)
class Host:
    """The program that uses this library, as far as it wants to be shown."""

    pid_file: str = ""
    listen_sockets: int = 0
    features: frozenset[str] = frozenset()
    """What it can do, by the names of /system/configuration: USB, i2c, parport, zeroconf."""
    timeouts: dict[str, int] = field(default_factory=HOST_TIMEOUTS.copy)
    """As shown in /settings/timeout."""
    timeout_changed: Callable[[str, int], None] = lambda name, seconds: None
    """Called when somebody has written one of them, beside the buses' own `set_timeout`."""

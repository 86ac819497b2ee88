"""/system: what this program is and can do, its buses, its process.

What only the program around the library knows comes from its Host.
"""

from __future__ import annotations

import os

from owfs_py.bus.host import OWSERVER_VERSION
from owfs_py.bus.properties import Change, Property, Table
from owfs_py.bus.values import Kind

VERSION_SIZE = 12
PID_FILE_SIZE = 4096
"""Bytes of the longest path on Linux (PATH_MAX)."""

# What owserver may be built with or without, by the names of the files.
FEATURES = ("USB", "i2c", "parport", "zeroconf")


def _feature(name: str) -> Property:
    return Property(
        f"configuration/{name}",
        Kind.INTEGER,
        Change.STATIC,
        read=lambda place: name in place.onewire.host.features,
    )


TABLE = Table(
    "system",
    (
        # Messages for finding faults are always there to be switched on.
        Property("configuration/DebugInfo", Kind.INTEGER, Change.STATIC, read=lambda place: 1),
        *(_feature(name) for name in FEATURES),
        Property(
            "configuration/trim",
            Kind.YESNO,
            Change.STATIC,
            read=lambda place: place.view.trim,
        ),
        Property(
            "configuration/version",
            Kind.TEXT,
            Change.STATIC,
            size=VERSION_SIZE,
            read=lambda place: OWSERVER_VERSION,
        ),
        Property(
            "connections/count_current_buses",
            Kind.UNSIGNED,
            Change.STATIC,
            read=lambda place: len(place.onewire.buses),
        ),
        Property(
            "connections/count_outbound_connections",
            Kind.UNSIGNED,
            Change.STATIC,
            read=lambda place: place.onewire.host.listen_sockets,
        ),
        Property("process/pid", Kind.UNSIGNED, Change.STATIC, read=lambda place: os.getpid()),
        Property(
            "process/pidfile",
            Kind.TEXT,
            Change.STATIC,
            size=PID_FILE_SIZE,
            read=lambda place: place.onewire.host.pid_file,
        ),
    ),
)

"""The settings of the serving side: limits, time-outs and switches of the network server.

Filled by the option reader; nothing here knows how options are written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network

from owfs_py.ownet.messages import new_token


@dataclass(slots=True)
class ServerSettings:
    """All are read when they are needed, so that a change holds from the next moment on.

    Times are in seconds. The defaults are those of owserver 3.2p4.
    """

    listen: tuple[str, ...] = ()
    """The arguments of `--port`; none means 0.0.0.0:4304."""
    listen_fds: tuple[int, ...] = ()
    """Listening sockets handed over by systemd; `listen` is ignored if there are any."""
    allow: tuple[IPv4Network | IPv6Network, ...] = ()
    """Only clients from these networks are served; none means everybody."""

    max_connections: int = 0
    """So many are served at once, further ones are closed as soon as they come; 0: no limit."""

    timeout_server: float = 10
    """For a request to arrive completely, counted from its first byte or from connecting."""
    timeout_persistent_low: float = 600
    """Idle time after which a persistent connection is closed if too many are open."""
    timeout_persistent_high: float = 3600
    """Idle time after which any persistent connection is closed."""
    clients_persistent_low: int = 10
    """From this number of persistent connections on there are too many."""
    clients_persistent_high: int = 20
    """So many persistent connections are granted at once."""

    persistence: bool = True
    """Off with `--no_persistence`: every connection serves one request."""
    dirall: bool = True
    """Off with `--no_dirall`: DIRALL and DIRALLSLASH are unknown messages."""
    get: bool = True
    """Off with `--no_get`: GET and GETSLASH are unknown messages."""
    pingcrazy: bool = False
    """A keep-alive frame goes before every answer."""

    answer_cache_bytes: int = 16 << 20
    """Memory for ready answers; 0 switches them off."""
    token: bytes = field(default_factory=new_token)
    """This server's own token: sent to other owservers, and a loop if it comes back."""

"""From Options to what runs: settings, aliases, buses, and the Daemon around them.

The only place that knows which option becomes which part of the library.
"""

from __future__ import annotations

import logging

from owfs_py.bus.aliases import Aliases
from owfs_py.server import aliasfile
from owfs_py.server.answers import Served
from owfs_py.server.lifecycle import StartError
from owfs_py.server.options import Options
from owfs_py.server.server import Server
from owfs_py.server.settings import ServerSettings

log = logging.getLogger(__name__)


def server_settings(options: Options, listen_fds: tuple[int, ...] = ()) -> ServerSettings:
    """The settings of the serving side."""
    if listen_fds and options.listen:
        log.warning("started by a socket of systemd: option -p is ignored")
    return ServerSettings(
        listen=tuple(map(str, options.listen)),
        listen_fds=listen_fds,
        allow=options.allow,
        timeout_server=options.timeout_server,
        timeout_persistent_low=options.timeout_persistent_low,
        timeout_persistent_high=options.timeout_persistent_high,
        clients_persistent_low=options.clients_persistent_low,
        clients_persistent_high=options.clients_persistent_high,
        persistence=options.persistence,
        dirall=options.dirall,
        get=options.get,
        pingcrazy=options.pingcrazy,
    )


def load_aliases(options: Options, aliases: Aliases) -> None:
    """Make `aliases` what the alias files say now; complaints are logged.

    Raises OSError, and leaves `aliases` alone, if a file cannot be read.
    """
    fresh = Aliases()
    for complaint in aliasfile.read(options.alias_files, fresh):
        log.warning("%s", complaint)
    aliases.clear()
    for rom, name in fresh.items():
        aliases.assign(rom, name)


def build_onewire(options: Options) -> Served:
    """The buses that were asked for. StartError if there is none, or none can be opened yet."""
    if not options.buses:
        raise StartError("No valid 1-wire buses found")
    raise StartError(f"{options.buses[0].source}: buses cannot be opened by this version yet")


class Daemon:
    """A OneWire and the Server in front of it, as the Service that lifecycle runs."""

    def __init__(self, options: Options, listen_fds: tuple[int, ...] = ()) -> None:
        self.options = options
        self.settings = server_settings(options, listen_fds)
        self.aliases = Aliases()
        self._server: Server | None = None

    async def start(self) -> None:
        """Open the buses, then listen."""
        for notice in self.options.notices:
            log.warning("%s", notice)
        load_aliases(self.options, self.aliases)
        self._server = Server(build_onewire(self.options), self.settings)
        await self._server.start()

    async def stop(self) -> None:
        """Listen no more, then close the buses."""
        if self._server is not None:
            await self._server.stop()

    async def reload(self) -> None:
        """Read the alias files again."""
        load_aliases(self.options, self.aliases)

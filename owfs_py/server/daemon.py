"""Daemon: a OneWire, the Server in front of it and its neighbours, as options want them.

It is the Service that lifecycle runs. What an option means is decided in build.
"""

from __future__ import annotations

import asyncio
import logging
import resource
from collections.abc import Callable
from typing import Final

from owfs_py._wire import AnswerCache
from owfs_py.bus.statistics import Statistics
from owfs_py.server.aliasstore import AliasStore
from owfs_py.server.answers import Served
from owfs_py.server.build import build_onewire, load_aliases, remote_bus, server_settings
from owfs_py.server.configwatch import ConfigWatch
from owfs_py.server.lifecycle import StartError
from owfs_py.server.logs import CALL, LEVELS
from owfs_py.server.options import BusKind, OptionError, Options
from owfs_py.server.requestlog import RequestLog
from owfs_py.server.server import Server
from owfs_py.server.zeroconf import FoundServers, Neighbourhood

log = logging.getLogger(__name__)

RESERVED_FILES: Final = 64
"""Of the files that we may open, those for adapters, other servers, logs and the event loop."""

PATIENCE: Final = 2.0
"""Seconds in which adapters that are there are open, mostly in much less; clients of the others
need not wait for one that does not answer."""


def count_ready_answers(cache: AnswerCache, statistics: Statistics) -> None:
    """Let `statistics` know of the answers that OneWire was not asked for."""

    def collect() -> None:
        reads, size, listings = cache.take_counts()
        statistics.add_cached_reads(reads, size)
        statistics.add_cached_listings(listings)

    statistics.collectors.append(collect)


class Daemon:
    """What `options` ask for. Raises StartError if they cannot be met.

    `read_again` reads the options anew when a configuration file was changed; without it nobody
    looks at the files.
    """

    def __init__(
        self,
        options: Options,
        listen_fds: tuple[int, ...] = (),
        read_again: Callable[[], Options] | None = None,
    ) -> None:
        self.options = options
        self.settings = server_settings(options, listen_fds)
        self._listen_fds = listen_fds
        self._read_again = read_again
        self._files = ConfigWatch(options.config_files if read_again is not None else ())
        for notice in options.notices:
            log.warning("%s", notice)  # at once: they may tell why there is no bus
        self._onewire = build_onewire(options, self.settings.token)
        self._server = Server(self._served(), self.settings)
        self._neighbourhood: Neighbourhood | None = None
        self._alias_store: AliasStore | None = None
        if options.save_aliases:
            self._alias_store = AliasStore(options.save_aliases, self._onewire.aliases)

    def _served(self) -> Served:
        """The OneWire, with a log of requests before it if one is wanted."""
        options = self.options
        if not options.detail and options.error_level < LEVELS.index(CALL):
            return self._onewire
        # Answers that are kept ready would not show in the log.
        self.settings.answer_cache_bytes = 0
        return RequestLog(self._onewire, options.detail, self._onewire.aliases.resolve)

    async def start(self) -> None:
        """Open the buses, which some may take longer over, listen, and tell the neighbours."""
        onewire, server = self._onewire, self._server
        self.settings.max_connections = connections_for(raise_file_limit())
        load_aliases(self.options, onewire.aliases)
        if self._alias_store is not None:
            self._alias_store.start()
        await onewire.start(PATIENCE)
        onewire.host.timeout_changed = self._timeout_changed
        await server.start()
        onewire.host.listen_sockets = server.socket_count
        if server.clients.cache is not None:
            count_ready_answers(server.clients.cache, onewire.statistics)
        self._neighbourhood = self._neighbours()
        self._neighbourhood.start()

    def _neighbours(self) -> Neighbourhood:
        options = self.options
        return Neighbourhood(
            self._server.addresses,
            announce=options.announce_name if options.announce else "",
            finder=self._finder(),
        )

    def _finder(self) -> FoundServers | None:
        """Who makes buses of the servers that are found, if they are looked for."""
        if all(request.kind is not BusKind.BROWSE for request in self.options.buses):
            return None
        return FoundServers(
            self._onewire,
            lambda found: remote_bus(str(found), self.options, self._onewire, self.settings.token),
        )

    def _timeout_changed(self, name: str, seconds: int) -> None:
        if name == "server":
            self.settings.timeout_server = seconds

    async def stop(self) -> None:
        """Listen no more, say good-bye, then close the buses."""
        leaving = [self._server.stop()]
        if self._neighbourhood is not None:
            leaving.append(self._neighbourhood.stop())
        if self._alias_store is not None:
            leaving.append(self._alias_store.stop())
        await asyncio.gather(*leaving)
        await self._onewire.stop()

    async def outdated(self) -> None:
        """Return when a configuration file was changed."""
        await self._files.changed()

    async def reload(self) -> Daemon | None:
        """If a configuration file was changed, the daemon that it asks for, unless it is wrong.

        Else read the alias files again and open the adapters anew.
        """
        if self._read_again is not None and self._files.take():
            try:
                # In a thread: adapters are looked for, and we serve on meanwhile.
                return await asyncio.to_thread(self._made_anew, self._read_again)
            except (OptionError, StartError) as error:
                log.error("%s; everything stays as it was", error)
                return None
        load_aliases(self.options, self._onewire.aliases)
        self._onewire.changed()
        for bus in self._onewire.buses.values():
            await bus.reopen()
        return None

    def _made_anew(self, read_again: Callable[[], Options]) -> Daemon:
        return Daemon(read_again(), self._listen_fds, read_again)


def raise_file_limit() -> int:
    """Let this process open as many files as it may, and say how many; 0 for no limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError) as error:  # a supervisor may forbid it
        log.debug("the limit of open files stays at %d: %s", soft, error)
        hard = soft
    return 0 if hard == resource.RLIM_INFINITY else hard


def connections_for(files: int) -> int:
    """The connections to serve at once with so many files to open; 0 for no limit in both."""
    return max(files - RESERVED_FILES, files // 2)

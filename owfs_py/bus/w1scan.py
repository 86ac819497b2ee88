"""W1Scan: a bus without devices that makes a bus of each 1-Wire bus master of the Linux kernel, as
they come and go. Where the kernel permits no more, they are buses that can only be looked at.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from owfs_py.bus.errors import BusError, BusTimeoutError
from owfs_py.bus.face import Bus
from owfs_py.bus.masters.w1link import LIST_TIMEOUT, MAX_DATAGRAM, Connect, W1Link, connect
from owfs_py.bus.masters.w1messages import EVENT_GROUPS, Kind, parse
from owfs_py.bus.masters.w1netlink import SYSFS, W1Netlink
from owfs_py.bus.monitor import Monitor
from owfs_py.bus.w1sysfs import W1Sysfs, masters_in

if TYPE_CHECKING:
    from owfs_py.bus.onewire import OneWire

log = logging.getLogger(__name__)

SYSFS_INTERVAL = 10.0
"""Seconds between looks at sysfs, which tells of no events; the kernel searches as often."""

_NEEDS_CAPABILITY = "it takes the capability CAP_NET_ADMIN"
_NO_CONNECTOR = "this kernel or container has no netlink connector"
_REFUSALS = {
    errno.EPERM: _NEEDS_CAPABILITY,
    errno.EACCES: _NEEDS_CAPABILITY,
    errno.EPROTONOSUPPORT: _NO_CONNECTOR,
    errno.ECONNREFUSED: _NO_CONNECTOR,
}

Listen = Callable[[], socket.socket]


def listen() -> socket.socket:
    """A socket that hears the events of w1. Raises OSError."""
    return connect(EVENT_GROUPS)


class W1Scan(Monitor):
    """Asks the kernel which bus masters there are, and again when it tells of a change.

    `make` gives the driver of the bus master with a number; `connect` a socket for requests.
    """

    address = "W1 bus monitor"
    kind = "W1 monitor"
    version = 31

    def __init__(
        self,
        onewire: OneWire,
        make: Callable[[int], W1Netlink],
        *,
        connect: Connect = connect,
        listen: Listen = listen,
        sysfs: Path = SYSFS,
    ) -> None:
        super().__init__(onewire)
        self._make = make
        self._connect = connect
        self._listen = listen
        self._sysfs = sysfs
        self._events: socket.socket | None = None
        self._buses: dict[int, Bus] = {}
        """By the bus master's number in the kernel."""
        self._news = asyncio.Event()

    async def start(self) -> None:
        try:
            # Listening comes first: nobody is missed who comes while the others are listed.
            self._events = self._listen()
            await self._take_stock(await self._ask())
        except (OSError, BusError) as error:
            await self._do_without(error)
        if self._events is not None:
            self._events.setblocking(False)
            asyncio.get_running_loop().add_reader(self._events, self._hear, self._events)
        await super().start()

    async def stop(self) -> None:
        if self._events is not None:
            asyncio.get_running_loop().remove_reader(self._events)
            self._events.close()

    async def _do_without(self, error: OSError | BusError) -> None:
        """Netlink failed: look at sysfs, or wait for a kernel that has not begun yet."""
        there = masters_in(self._sysfs)
        if isinstance(error, BusTimeoutError) and not there:
            log.warning("%s: %s; is the module `wire` loaded?", self.name, self.told(error))
            return  # its bus masters will announce themselves
        cause = error if isinstance(error, OSError) else error.__cause__
        number = cause.errno if isinstance(cause, OSError) else None
        log.warning(
            "%s: no netlink: %s; 1-Wire buses can only be looked at, in %s",
            self.name,
            _REFUSALS.get(number or 0, error),
            self._sysfs,
        )
        if self._events is not None:
            self._events.close()
            self._events = None
        await self._take_stock(there)

    def _hear(self, events: socket.socket) -> None:
        try:
            datagram = events.recv(MAX_DATAGRAM)
            if not datagram:  # the kernel never hangs up, an emulated one does
                asyncio.get_running_loop().remove_reader(events)
            kinds = {event.kind for event in parse(datagram)}
        except BlockingIOError:
            return
        except (OSError, BusError) as error:
            log.info("%s: events were lost: %s", self.name, error)
            kinds = set(Kind)
        if kinds & {Kind.SLAVE_ADD, Kind.SLAVE_REMOVE}:
            # On which bus, it does not say.
            self.cache.clear()
            self._on_change()
        if kinds & {Kind.MASTER_ADD, Kind.MASTER_REMOVE}:
            self._news.set()

    async def _watch(self) -> None:
        interval = SYSFS_INTERVAL if self._events is None else None
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), interval)
            self._news.clear()
            try:
                await self._take_stock(await self._ask())
            except (OSError, BusError) as error:
                self._failed(error)

    async def _ask(self) -> list[int]:
        """The numbers of the bus masters that there are now."""
        return await asyncio.to_thread(self._masters)

    def _masters(self) -> list[int]:
        if self._events is None:
            return masters_in(self._sysfs)
        link = W1Link(self._connect(), self.clock, self.address)
        try:
            return link.masters(LIST_TIMEOUT)
        finally:
            link.close()

    async def _take_stock(self, there: Collection[int]) -> None:
        """Make a bus of each bus master that is new, take the buses of those gone away."""
        for number in sorted(self._buses.keys() - set(there)):
            bus = self._buses.pop(number)
            log.info("%s: %s is gone", self.name, bus.name)
            await self._onewire.remove_bus(bus.number)
        for number in sorted(set(there) - self._buses.keys()):
            bus = self._buses[number] = self._make_bus(number)
            log.info("%s: %s is new", self.name, bus.name)
            await bus.start()

    def _make_bus(self, number: int) -> Bus:
        if self._events is not None:
            return self._onewire.add_master(self._make(number))
        bus = W1Sysfs(self._onewire, number, self._sysfs)
        self._onewire.add_bus(bus)
        return bus

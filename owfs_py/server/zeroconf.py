"""Zeroconf: announces this server on the local network, and finds others to add as buses.

What goes over the network is python-zeroconf's matter. That package is imported when it is used
and not before: whoever has neither the wish nor the package does without.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Iterable
from importlib import import_module
from importlib.util import find_spec
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final, Protocol

from owfs_py.bus.face import Bus
from owfs_py.bus.onewire import OneWire
from owfs_py.ownet.address import NetAddress

if TYPE_CHECKING:
    from zeroconf import ServiceStateChange, Zeroconf
    from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

log = logging.getLogger(__name__)

SERVICE_TYPE: Final = "_owserver._tcp.local."
"""As owserver 3.2p4 announces itself; there is no TXT record."""

MAX_NAME: Final = 61
"""Bytes of the name of a service; owserver's limit, below the 63 of a DNS label."""

RESOLVE_TIME: Final = 3000
"""Milliseconds that a server which was heard of is asked for its address."""

INTERFACE_LOOK: Final = 30.0
"""Seconds between looks at our own addresses: a network may come up after the daemon."""

MISSING: Final = "the Python package zeroconf is missing (pip install 'owfs_py[zeroconf]')"


def is_available() -> bool:
    """Whether python-zeroconf is installed."""
    return find_spec("zeroconf") is not None


def service_name(text: str, port: int) -> str:
    """The name of the service of one port: `OWFS (1-wire) Server <4304>`."""
    tail = f" <{port}>"
    room = MAX_NAME - len(tail)
    return text.encode()[:room].decode(errors="ignore") + tail


class Finder(Protocol):
    """Who wants to know of other servers. One call at a time, in the order of events."""

    async def found(self, name: str, address: NetAddress) -> None:
        """The server of this name is, now, at this address."""

    async def lost(self, name: str) -> None:
        """It has said good-bye, or has not been heard of for long."""


class FoundServers:
    """Adds each server that is found to `onewire` as a bus, and removes it when it is lost."""

    def __init__(self, onewire: OneWire, make_bus: Callable[[NetAddress], Bus]) -> None:
        self._onewire = onewire
        self._make_bus = make_bus
        self._numbers: dict[str, int] = {}

    async def found(self, name: str, address: NetAddress) -> None:
        """Add a bus, unless this very address is a bus already."""
        buses = self._onewire.buses
        number = self._numbers.get(name)
        if number is not None and buses[number].address == str(address):
            return
        await self.lost(name)  # it has moved
        if any(bus.address == str(address) for bus in buses.values()):
            return
        bus = self._make_bus(address)
        self._numbers[name] = bus.number
        self._onewire.add_bus(bus)
        log.info("%s: found %s", bus.name, name)
        await bus.start()

    async def lost(self, name: str) -> None:
        """Remove the bus, if there was one."""
        number = self._numbers.pop(name, None)
        if number is not None:
            log.info("%s: %s is gone", self._onewire.buses[number].name, name)
            await self._onewire.remove_bus(number)


class Neighbourhood:
    """This server among those on the local network, from `start` until `stop`.

    `listening` are host and port of our sockets. With the text `announce` they are announced
    under that name; `finder` is told of all servers but this one. The network may be missing at
    first and change later.
    """

    def __init__(
        self,
        listening: Iterable[tuple[str, int]],
        *,
        announce: str = "",
        finder: Finder | None = None,
    ) -> None:
        self._listening = sorted(set(listening))
        self._announce = announce
        self._finder = finder
        self._addresses: list[str] = []
        self._zeroconf: AsyncZeroconf | None = None
        self._browser: AsyncServiceBrowser | None = None
        self._announced: list[AsyncServiceInfo] = []
        self._events: asyncio.Queue[tuple[str, bool]] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin in the background: an announcement takes seconds, and nobody should wait."""
        if not self._announce and self._finder is None:
            return
        if not is_available():
            log.debug("not announced: %s", MISSING)
            return
        self._tasks = [asyncio.create_task(work()) for work in (self._stay, self._tell_finder)]
        for task in self._tasks:
            task.add_done_callback(_log_fault)

    async def stop(self) -> None:
        """Say good-bye to the others."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        if self._browser is not None:
            await self._browser.async_cancel()
        if self._zeroconf is not None:
            await asyncio.gather(*map(self._unregister, self._announced))
            await self._zeroconf.async_close()

    # On the network

    async def _stay(self) -> None:
        """Join the network and follow its changes."""
        # In a thread: it is a large package, and clients are waiting.
        await asyncio.to_thread(import_module, "zeroconf.asyncio")
        from zeroconf import Error

        while True:
            try:
                addresses = await asyncio.to_thread(self._own_addresses)
                if addresses != self._addresses:
                    await self._appear_on(addresses)
                    self._addresses = addresses
            except (OSError, Error) as error:
                log.info("no zeroconf at the moment: %s", str(error) or type(error).__name__)
            await asyncio.sleep(INTERFACE_LOOK)

    def _own_addresses(self) -> list[str]:
        """The addresses at which others can reach us."""
        hosts = sorted({host for host, _ in self._listening})
        if not any(map(_is_any, hosts)) and hosts:
            return hosts
        import ifaddr  # comes with zeroconf

        found = {str(ip.ip) for nic in ifaddr.get_adapters() for ip in nic.ips if ip.is_IPv4}
        return sorted(a for a in found if not ip_address(a).is_loopback) or sorted(found)

    async def _appear_on(self, addresses: list[str]) -> None:
        from zeroconf.asyncio import AsyncServiceBrowser, AsyncZeroconf

        if self._zeroconf is not None:
            await self._zeroconf.async_update_interfaces(addresses)
            for info in self._announced:
                info.addresses = _packed(addresses)
                await self._zeroconf.async_update_service(info)
            return
        self._zeroconf = AsyncZeroconf(interfaces=addresses)
        if self._finder is not None:
            self._browser = AsyncServiceBrowser(
                self._zeroconf.zeroconf, SERVICE_TYPE, handlers=[self._heard]
            )
        if self._announce:
            for port in sorted({port for _, port in self._listening}):
                await self._register(self._zeroconf, port, addresses)

    async def _register(self, zeroconf: AsyncZeroconf, port: int, addresses: list[str]) -> None:
        from zeroconf.asyncio import AsyncServiceInfo

        host = socket.gethostname().partition(".")[0]
        info = AsyncServiceInfo(
            SERVICE_TYPE,
            f"{service_name(self._announce, port)}.{SERVICE_TYPE}",
            port=port,
            addresses=_packed(addresses),
            # A name of our own: that of the host belongs to whoever else speaks for the host.
            server=f"{host}-owserver-{port}.local.",
        )
        # Another host may have the same name; then ours gets a number.
        broadcast = await zeroconf.async_register_service(info, allow_name_change=True)
        self._announced.append(info)
        await broadcast
        log.info("announced as %s", _plain(info.name))

    async def _unregister(self, info: AsyncServiceInfo) -> None:
        assert self._zeroconf is not None
        await (await self._zeroconf.async_unregister_service(info))

    # Others on it

    def _heard(
        self,
        zeroconf: Zeroconf,
        service_type: str,
        name: str,
        state_change: ServiceStateChange,
    ) -> None:
        from zeroconf import ServiceStateChange

        self._events.put_nowait((name, state_change is ServiceStateChange.Removed))

    async def _tell_finder(self) -> None:
        while True:
            name, gone = await self._events.get()
            assert self._finder is not None  # or nobody would have browsed
            if gone:
                await self._finder.lost(_plain(name))
                continue
            address = await self._resolve(name)
            if address is None:
                log.debug("%s does not say where it is", name)
            elif not self._is_self(address):
                await self._finder.found(_plain(name), address)

    async def _resolve(self, name: str) -> NetAddress | None:
        """Where a server is, by IPv4 if possible."""
        from zeroconf import IPVersion
        from zeroconf.asyncio import AsyncServiceInfo

        assert self._zeroconf is not None
        info = AsyncServiceInfo(SERVICE_TYPE, name)
        if not await info.async_request(self._zeroconf.zeroconf, RESOLVE_TIME) or not info.port:
            return None
        hosts = info.parsed_addresses(IPVersion.V4Only) or info.parsed_scoped_addresses()
        return NetAddress(hosts[0], info.port) if hosts else None

    def _is_self(self, address: NetAddress) -> bool:
        # Not by the name: another announcer on this host may speak for us, too.
        here = address.host in self._addresses or ip_address(address.host).is_loopback
        return any(
            port == address.port and (host == address.host or (here and _is_any(host)))
            for host, port in self._listening
        )


def _is_any(host: str) -> bool:
    return ip_address(host).is_unspecified


def _packed(addresses: list[str]) -> list[bytes]:
    return [ip_address(address).packed for address in addresses]


def _plain(name: str) -> str:
    return name.removesuffix(f".{SERVICE_TYPE}")


def _log_fault(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (fault := task.exception()) is not None:
        log.error("zeroconf ended by a fault", exc_info=fault)

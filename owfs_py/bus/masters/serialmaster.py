"""SerialMaster: what the drivers of adapters on a serial port share, and their common options.

Finding who is there, and giving the port back. What goes over the line is each driver's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypedDict, Unpack

from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.errors import BusError, BusNotRespondingError
from owfs_py.bus.masters.base import BusMaster
from owfs_py.bus.masters.serialline import SerialLine
from owfs_py.bus.masters.serialport import PLAIN_TCP, PortFactory, port_url


class PortOptions(TypedDict, total=False):
    """How a serial port is used; the options that all serial adapters have."""

    port: PortFactory | None
    """Opens another port in place of that at the address."""
    timeout: float
    """Seconds, for each answer."""
    hardflow: bool
    """RTS/CTS flow control."""


class SerialMaster(BusMaster):
    """What the drivers of serial adapters share: a line, finding who is there, giving it back."""

    tcp_port: int | None = None
    """If set then an address without "/" is that of an adapter on the network or of a bridge to one
    on plain TCP, by default with this port; otherwise it is that of a bridge with RFC 2217."""

    def __init__(
        self, address: str, clock: Clock = REAL_CLOCK, **options: Unpack[PortOptions]
    ) -> None:
        super().__init__(address, clock)
        url = address
        if self.tcp_port is not None and not options.get("port"):
            url = port_url(address, PLAIN_TCP, self.tcp_port)
        self.line = SerialLine(url, clock=clock, **options)
        self.line.address = address
        self.timeout = self.line.timeout

    def close(self) -> None:
        self.line.close()

    def set_timeout(self, kind: str, seconds: float) -> None:
        if kind == "serial":
            self.timeout = self.line.timeout = seconds

    @contextmanager
    def _finding(self, adapter: str) -> Iterator[None]:
        """Opens the line; if anything fails then there is no such adapter, and it is closed."""
        self.line.open()
        try:
            with self.line.probing():
                yield
        except BusError as error:
            raise self._absent(adapter, error) from error

    def _absent(self, adapter: str, error: BusError) -> BusNotRespondingError:
        """Closes, and gives what to raise when `error` shows that the adapter is not there."""
        self.close()
        reason = str(error).removeprefix(f"{self.address}: ")
        return BusNotRespondingError(f"{self.address}: no {adapter}: {reason}")

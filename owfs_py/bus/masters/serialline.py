"""SerialLine: one serial port, local or over TCP, as the drivers of serial adapters want it.

It moves bytes and turns every failure into a BusError that names the port. It knows no adapter.
"""

from __future__ import annotations

import re
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

import serial

from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.errors import BusError, BusNotRespondingError, BusTimeoutError
from owfs_py.bus.masters.base import BusMaster

DEFAULT_TIMEOUT = 5.0
"""Seconds an adapter may take to answer (owserver's --timeout_serial)."""

START_RATE = 9600
"""Bits a second after opening: what every 1-Wire serial adapter starts with."""

BREAK_SECONDS = 0.25
POLL_SECONDS = 0.001
FLOOD = 65536
"""So many bytes unasked for are no rest of an answer, but a fault."""

_HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^/:]+):\d+\Z")

# What pyserial lets through: its own errors are OSErrors, refused settings are ValueErrors, and
# termios has an exception that is neither.
_PORT_FAULTS = (OSError, ValueError, termios.error)


class Port(Protocol):
    """The part of pyserial's surface that is used here; emulated adapters have it, too."""

    baudrate: int
    bytesize: int
    timeout: float | None

    @property
    def in_waiting(self) -> int: ...
    def write(self, data: bytes, /) -> int | None: ...
    def read(self, size: int = 1, /) -> bytes: ...
    def reset_input_buffer(self) -> None: ...
    def flush(self) -> None: ...
    def send_break(self, duration: float = BREAK_SECONDS) -> None: ...
    def close(self) -> None: ...


PortFactory = Callable[[], Port]
"""Opens a port at START_RATE, 8N1."""


class PortUnavailableError(BusNotRespondingError):
    """The port itself cannot be opened, whatever adapter may hang on it."""


def port_url(address: str) -> str:
    """The pyserial URL or device path of an address as users give it.

    `host:port` is RFC 2217 (telnet with serial control), as for owserver's --xport; a bridge that
    passes bytes only is `socket://host:port`.
    """
    return f"rfc2217://{address}" if _HOST_AND_PORT.match(address) else address


class SerialLine:
    """A serial port that is opened, used and closed; may be opened again.

    `port` is an address for `port_url`, or a function that opens a port. Every method but `close`
    raises BusError; a port that cannot be opened raises PortUnavailableError.
    """

    def __init__(
        self,
        address: str,
        port: PortFactory | None = None,
        *,
        clock: Clock = REAL_CLOCK,
        timeout: float = DEFAULT_TIMEOUT,
        hardflow: bool = False,
    ) -> None:
        self.address = address
        self.clock = clock
        self.timeout = timeout
        self._hardflow = hardflow
        self._factory = port or self._open_url
        self._url = port_url(address) if port is None else ""
        self.remote = "://" in self._url
        """Whether a network lies between, so that an answer may take longer."""
        self.fixed_rate = self._url.startswith("socket:")
        """Whether the far end ignores speed and break (a plain TCP bridge)."""
        self._port: Port | None = None

    @property
    def is_open(self) -> bool:
        return self._port is not None

    def open(self) -> None:
        """Open the port at START_RATE, 8N1, with nothing left in its input."""
        self.close()
        try:
            self._port = self._factory()
            self._port.timeout = self.timeout
            self._port.reset_input_buffer()
        except _PORT_FAULTS as error:
            self.close()
            raise PortUnavailableError(f"{self.address}: cannot be opened: {error}") from error

    def close(self) -> None:
        """Give the port back. Never raises."""
        port, self._port = self._port, None
        if port is not None:
            with suppress(*_PORT_FAULTS):
                port.close()

    def write(self, data: bytes) -> None:
        """Hand all of `data` to the port."""
        port = self._opened()
        with self._faults("write"):
            written = port.write(data)
        if written is not None and written != len(data):
            raise BusError(f"{self.address}: only {written} of {len(data)} bytes could be written")

    def read_exactly(self, count: int) -> bytes:
        """`count` bytes; raises BusTimeoutError if they are not there within `timeout` seconds."""
        port = self._opened()
        with self._faults("read"):
            # A port may take time over a new value, a remote one renegotiates.
            if port.timeout != self.timeout:
                port.timeout = self.timeout
            data = bytes(port.read(count))
        if len(data) < count:
            raise BusTimeoutError(
                f"{self.address}: {len(data)} of {count} bytes came within {self.timeout:g} s"
                + (f" ({data[:16].hex(' ')})" if data else "")
            )
        return data

    def read_until(self, *endings: bytes) -> bytes:
        """All that comes up to and with one of `endings`; BusTimeoutError after `timeout`."""
        data = b""
        give_up = self.clock.now() + self.timeout
        while not data.endswith(endings):
            try:
                data += self.read_exactly(1)
            except BusTimeoutError:
                give_up = self.clock.now()
            if self.clock.now() >= give_up:
                expected = " or ".join(ending.hex(" ") for ending in endings)
                came = f"{data[-16:].hex(' ')} came instead of {expected}" if data else "no answer"
                raise BusTimeoutError(f"{self.address}: {came} within {self.timeout:g} s")
        return data

    def await_input(self, seconds: float) -> None:
        """Wait until something has come, at most so long; BusError as always."""
        give_up = self.clock.now() + seconds
        while not self.waiting() and self.clock.now() < give_up:
            self.clock.wait(POLL_SECONDS)

    def waiting(self) -> int:
        """How many bytes have come unread (at least: some ports only tell 0 from more)."""
        port = self._opened()
        with self._faults("read"):
            return port.in_waiting

    def discard(self) -> None:
        """Throw away what has come so far, without waiting; BusError if it is too much."""
        port = self._opened()
        discarded = 0
        with self._faults("read"):
            # Reading costs less than a flush, which is a round trip on remote ports.
            while discarded < FLOOD and (count := port.in_waiting):
                discarded += len(port.read(count))
        if discarded >= FLOOD:
            raise BusError(f"{self.address}: bytes keep coming unasked")

    def drain(self, quiet: float) -> None:
        """Throw away what comes until `quiet` seconds of silence; BusError if it never ends."""
        give_up = self.clock.now() + self.timeout
        while True:
            self.discard()
            self.clock.wait(quiet)
            if not self.waiting():
                return
            if self.clock.now() > give_up:
                raise BusError(f"{self.address}: bytes keep coming unasked")

    def set_rate(self, baudrate: int, bytesize: int = 8) -> None:
        """Speed in bits a second and data bits, for the bytes that follow."""
        port = self._opened()
        with self._faults(f"set {baudrate} Bd and {bytesize} data bits"):
            # What is still on its way out must leave at the old speed.
            port.flush()
            if port.baudrate != baudrate:
                port.baudrate = baudrate
            if port.bytesize != bytesize:
                port.bytesize = bytesize

    def send_break(self) -> None:
        """Hold the line at space for BREAK_SECONDS or somewhat longer."""
        port = self._opened()
        with self._faults("send a break"):
            port.send_break(BREAK_SECONDS)

    def _opened(self) -> Port:
        if self._port is None:
            raise BusError(f"{self.address}: not open")
        return self._port

    def _open_url(self) -> Port:
        port: Port = serial.serial_for_url(
            self._url,
            baudrate=START_RATE,
            timeout=self.timeout,
            write_timeout=None if self.remote else self.timeout,  # not to be had on all of those
            rtscts=self._hardflow,
            exclusive=True,
        )
        return port

    @contextmanager
    def _faults(self, doing: str) -> Iterator[None]:
        try:
            yield
        except _PORT_FAULTS as error:
            raise BusError(f"{self.address}: cannot {doing}: {error}") from error


class SerialMaster(BusMaster):
    """What the drivers of serial adapters share: a line, and giving it back.

    `timeout` is in seconds and holds for each answer; `hardflow` switches RTS/CTS on; `port`
    replaces the port of that address by one that the function opens.
    """

    def __init__(
        self,
        address: str,
        clock: Clock = REAL_CLOCK,
        *,
        port: PortFactory | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        hardflow: bool = False,
    ) -> None:
        super().__init__(address, clock)
        self.timeout = timeout
        self.line = SerialLine(address, port, clock=clock, timeout=timeout, hardflow=hardflow)

    def close(self) -> None:
        self.line.close()

    def set_timeout(self, kind: str, seconds: float) -> None:
        if kind == "serial":
            self.timeout = self.line.timeout = seconds

    def _absent(self, adapter: str, error: BusError) -> BusNotRespondingError:
        """Closes, and gives what to raise when `error` shows that the adapter is not there."""
        self.close()
        reason = str(error).removeprefix(f"{self.address}: ")
        return BusNotRespondingError(f"{self.address}: no {adapter}: {reason}")

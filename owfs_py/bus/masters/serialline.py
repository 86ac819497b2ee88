"""SerialLine: a serial port in use, where every failure becomes a BusError that names the port.

It moves bytes and waits for them. How a port is opened is serialport.py's; it knows no adapter.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.errors import BusError, BusNotRespondingError, BusTimeoutError
from owfs_py.bus.masters.opening import why_not
from owfs_py.bus.masters.serialport import (
    BREAK_SECONDS,
    PORT_FAULTS,
    START_RATE,
    Port,
    PortFactory,
    has_fixed_rate,
    is_remote,
    open_port,
    port_url,
)

DEFAULT_TIMEOUT = 5.0
"""Seconds an adapter may take to answer (owserver's --timeout_serial)."""
PROBE_TIMEOUT = 0.3
"""Seconds in which an adapter that is there answers what needs no 1-Wire activity, or little."""
REMOTE_PROBE_TIMEOUT = 0.9
"""The same over a network."""

POLL_SECONDS = 0.001
FLOOD = 65536
"""So many bytes unasked for are no rest of an answer, but a fault."""


class PortUnavailableError(BusNotRespondingError):
    """The port itself cannot be opened, whatever adapter may hang on it."""


class SerialLine:
    """A serial port that is opened, used and closed; may be opened again.

    Its place is an `address` for `port_url`, or what the function `port` opens. Every method but
    `close` raises BusError; a port that cannot be opened raises PortUnavailableError.
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
        self.url = url = address if port else port_url(address)
        """What pyserial opens, unless there is another `port`."""
        self._factory = port or (lambda: open_port(url, self.timeout, hardflow=hardflow))
        self.remote = port is None and is_remote(url)
        self.fixed_rate = port is None and has_fixed_rate(url)
        self._probe_timeout = math.inf
        self._port: Port | None = None

    @property
    def is_open(self) -> bool:
        return self._port is not None

    @property
    def rate(self) -> int:
        """Bits a second."""
        return START_RATE if self._port is None else self._port.baudrate

    def open(self) -> None:
        """Open the port at START_RATE, 8N1, with nothing left in its input."""
        self.close()
        try:
            self._port = self._factory()
            self._port.reset_input_buffer()
        except PORT_FAULTS as error:
            self.close()
            reason = why_not(error, self.url)
            raise PortUnavailableError(f"{self.address}: cannot be opened: {reason}") from error

    def close(self) -> None:
        """Give the port back. Never raises."""
        port, self._port = self._port, None
        if port is not None:
            with suppress(*PORT_FAULTS):
                port.close()

    def write(self, data: bytes) -> None:
        """Hand all of `data` to the port."""
        with self._using("write") as port:
            written = port.write(data)
        if written is not None and written != len(data):
            raise BusError(f"{self.address}: only {written} of {len(data)} bytes could be written")

    def read_exactly(self, count: int) -> bytes:
        """`count` bytes; raises BusTimeoutError if they are not there within the time-out."""
        timeout = self._patience
        with self._using("read") as port:
            # A port may take time over a new value, a remote one renegotiates.
            if port.timeout != timeout:
                port.timeout = timeout
            data = bytes(port.read(count))
        if len(data) < count:
            raise BusTimeoutError(
                f"{self.address}: {len(data)} of {count} bytes came within {timeout:g} s"
                + (f" ({data[:16].hex(' ')})" if data else "")
            )
        return data

    def read_until(self, *endings: bytes) -> bytes:
        """All that comes up to and with one of `endings`; BusTimeoutError after the time-out."""
        data = b""
        timeout = self._patience
        give_up = self.clock.now() + timeout
        while not data.endswith(endings):
            try:
                data += self.read_exactly(1)
            except BusTimeoutError:
                give_up = self.clock.now()
            if self.clock.now() >= give_up:
                expected = " or ".join(ending.hex(" ") for ending in endings)
                came = f"{data[-16:].hex(' ')} came instead of {expected}" if data else "no answer"
                raise BusTimeoutError(f"{self.address}: {came} within {timeout:g} s")
        return data

    @contextmanager
    def probing(self) -> Iterator[None]:
        """Meanwhile nothing is waited for longer than what is there would take at most."""
        before = self._probe_timeout
        self._probe_timeout = REMOTE_PROBE_TIMEOUT if self.remote else PROBE_TIMEOUT
        try:
            yield
        finally:
            self._probe_timeout = before

    @property
    def _patience(self) -> float:
        return min(self.timeout, self._probe_timeout)

    def await_input(self, seconds: float) -> None:
        """Wait until something has come, at most so long; BusError as always."""
        give_up = self.clock.now() + seconds
        while not self.waiting() and self.clock.now() < give_up:
            self.clock.wait(POLL_SECONDS)

    def waiting(self) -> int:
        """How many bytes have come unread (at least: some ports only tell 0 from more)."""
        with self._using("read") as port:
            return port.in_waiting

    def discard(self) -> None:
        """Throw away what has come so far, without waiting; BusError if it is too much."""
        discarded = 0
        with self._using("read") as port:
            # Reading costs less than a flush, which is a round trip on remote ports.
            while discarded < FLOOD and (count := port.in_waiting):
                discarded += len(port.read(count))
        if discarded >= FLOOD:
            raise BusError(f"{self.address}: bytes keep coming unasked")

    def drain(self, quiet: float) -> None:
        """Throw away what comes until `quiet` seconds of silence; BusError if it never ends."""
        give_up = self.clock.now() + self._patience
        while True:
            self.discard()
            self.clock.wait(quiet)
            if not self.waiting():
                return
            if self.clock.now() > give_up:
                raise BusError(f"{self.address}: bytes keep coming unasked")

    def set_rate(self, baudrate: int, bytesize: int = 8) -> None:
        """Speed in bits a second and data bits, for the bytes that follow."""
        with self._using(f"set {baudrate} Bd and {bytesize} data bits") as port:
            # What is still on its way out must leave at the old speed.
            port.flush()
            if port.baudrate != baudrate:
                port.baudrate = baudrate
            if port.bytesize != bytesize:
                port.bytesize = bytesize

    def send_break(self) -> None:
        """Hold the line at space for BREAK_SECONDS or somewhat longer."""
        with self._using("send a break") as port:
            port.send_break(BREAK_SECONDS)

    @contextmanager
    def _using(self, doing: str) -> Iterator[Port]:
        if self._port is None:
            raise BusError(f"{self.address}: not open")
        try:
            yield self._port
        except PORT_FAULTS as error:
            raise BusError(f"{self.address}: cannot {doing}: {error}") from error

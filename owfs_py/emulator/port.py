"""EmulatedPort: a serial port in this process with an emulated adapter behind it. No real device.

It has the part of pyserial's `Serial` that bus master drivers use.
"""

from __future__ import annotations

import errno
import os
from typing import Protocol, Self

import serial

from owfs_py.emulator.wire import Wire


class SerialAdapter(Protocol):
    """What an emulated adapter on a serial line is to a port."""

    wire: Wire

    def receive(self, data: bytes, baud: int) -> bytes:
        """Take bytes sent at `baud`, give those that come back."""
        ...

    def send_break(self) -> None: ...

    def power_up(self) -> None:
        """Start afresh; these adapters live on DTR and RTS."""
        ...


class EmulatedPort:
    """Bytes written are processed at once, and what comes back is ready to be read.

    Reading more than there is waits `timeout` on the wire's clock. Counters `writes`,
    `bytes_written` and `bytes_read` tell what a driver costs on a serial line.
    """

    def __init__(
        self,
        adapter: SerialAdapter,
        *,
        baudrate: int = 9600,
        bytesize: int = 8,
        timeout: float | None = None,
    ) -> None:
        self.adapter = adapter
        self.baudrate = baudrate
        self.bytesize = bytesize
        self.timeout = timeout
        self.write_timeout: float | None = None
        self.parity = serial.PARITY_NONE
        self.stopbits = serial.STOPBITS_ONE
        self.rtscts = False
        self.exclusive: bool | None = None
        self.port = "emulated"
        self.is_open = True
        self.silent = False
        """Fault: the line is dead, whatever is sent."""
        self.writes = self.bytes_written = self.bytes_read = 0
        self._plugged = True
        self._dtr = self._rts = True
        self._received = bytearray()

    # Faults

    def unplug(self) -> None:
        """From now on every call fails like that of a pulled-out USB adapter."""
        self._plugged = False

    def plug(self) -> None:
        """Plugged in again; the adapter has lost its power meanwhile."""
        self._plugged = True
        self._received.clear()
        self.adapter.power_up()

    # pyserial's surface

    @property
    def name(self) -> str:
        return self.port

    def open(self) -> None:
        """Raises SerialException when unplugged or already open."""
        if self.is_open:
            raise serial.SerialException("Port is already open.")
        if not self._plugged:
            # In pyserial's words.
            why = f"[Errno {errno.ENOENT}] {os.strerror(errno.ENOENT)}: {self.port!r}"
            raise serial.SerialException(errno.ENOENT, f"could not open port {self.port}: {why}")
        self.is_open = True
        self._received.clear()

    def opened(self) -> Self:
        """This port, open: the factory that drivers take as `port=`."""
        if not self.is_open:
            self.open()
        return self

    def close(self) -> None:
        self.is_open = False

    def write(self, data: bytes) -> int:
        """All of it; never blocks but for the pacing of the wire."""
        self._check()
        self.writes += 1
        self.bytes_written += len(data)
        if not self.silent and (self._dtr or self._rts):
            answer = self.adapter.receive(self._cut(bytes(data)), self.baudrate)
            self.adapter.wire.settle()
            self._received += self._cut(answer)
        return len(data)

    def read(self, size: int = 1) -> bytes:
        """Up to `size` bytes; fewer after `timeout` seconds."""
        self._check()
        if len(self._received) < size:
            if self.timeout is None:
                raise serial.SerialException("reading without time-out would block for ever")
            self.adapter.wire.clock.wait(self.timeout)
        data = bytes(self._received[:size])
        del self._received[:size]
        self.bytes_read += len(data)
        return data

    @property
    def in_waiting(self) -> int:
        self._check()
        return len(self._received)

    def reset_input_buffer(self) -> None:
        self._check()
        self._received.clear()

    def reset_output_buffer(self) -> None:
        self._check()

    def flush(self) -> None:
        self._check()

    def send_break(self, duration: float = 0.25) -> None:
        """Low for `duration` seconds."""
        self._check()
        self.adapter.wire.clock.wait(duration)
        if not self.silent:
            self.adapter.send_break()

    @property
    def dtr(self) -> bool:
        return self._dtr

    @dtr.setter
    def dtr(self, value: bool) -> None:
        self._power(value, self._rts)

    @property
    def rts(self) -> bool:
        return self._rts

    @rts.setter
    def rts(self, value: bool) -> None:
        self._power(self._dtr, value)

    # Helpers

    def _check(self) -> None:
        if not self.is_open:
            raise serial.PortNotOpenError
        if not self._plugged:
            raise serial.SerialException("[Errno 5] Input/output error: device disconnected")

    def _cut(self, data: bytes) -> bytes:
        mask = (1 << self.bytesize) - 1
        return bytes(byte & mask for byte in data) if mask != 0xFF else data

    def _power(self, dtr: bool, rts: bool) -> None:
        was_on = self._dtr or self._rts
        self._dtr, self._rts = dtr, rts
        if not was_on and (dtr or rts):
            self.adapter.power_up()

"""The emulated kernel behind an in-process socket in virtual time, with the faults of the contract.

Only for the driver of the kernel's bus masters.
"""

from __future__ import annotations

import socket
from pathlib import Path

from owfs_py.bus.clock import Clock
from owfs_py.bus.masters.w1netlink import W1Netlink
from owfs_py.emulator.port import EmulatedPort
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.w1kernel import W1Kernel
from owfs_py.emulator.wire import Wire
from tests.bus.masters.bench import TIMEOUT, Bench, FlakyPort, Meddler

NOWHERE = Path("/nonexistent")


class KernelAdapter:
    """The kernel as what is behind a port: requests in, all their replies out."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.kernel = W1Kernel()
        self.kernel.add_master(wire)

    def receive(self, data: bytes, baud: int) -> bytes:
        return b"".join(self.kernel.receive(data))

    def send_break(self) -> None:
        """There is none."""

    def power_up(self) -> None:
        """Nothing is remembered."""


class PortSocket:
    """A port as a socket. What was answered comes as one datagram, as when replies are bundled."""

    def __init__(self, port: EmulatedPort) -> None:
        self._port = port

    def send(self, data: bytes, /) -> int:
        return self._port.write(data)

    def recv(self, size: int, /) -> bytes:
        data = self._port.read(max(self._port.in_waiting, 1))
        if not data:
            raise TimeoutError
        return data

    def settimeout(self, seconds: float, /) -> None:
        self._port.timeout = seconds

    def close(self) -> None:
        self._port.close()


class W1Bench(Bench):
    """Bench with the driver of the kernel's first bus master, under the contract's name."""

    def __init__(self, sysfs: Path = NOWHERE) -> None:
        self.kind = "w1"
        self.clock = VirtualClock()
        self.wire = Wire(self.clock)
        adapter = KernelAdapter(self.wire)
        self.adapter = adapter
        self.kernel = adapter.kernel
        self.meddler = Meddler(adapter)
        self.port = FlakyPort(self.meddler)
        self.port.close()
        self.w1 = W1Netlink(
            "1",
            self.clock,
            timeout=TIMEOUT,
            connect=lambda: PortSocket(self.open_port()),
            sysfs=sysfs,
        )
        self.w1.address = "emulated"
        self.master = self.w1


def events_of(kernel: W1Kernel) -> socket.socket:
    """A socket that hears the kernel's events."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    def deliver(event: bytes) -> None:
        try:
            theirs.send(event)
        except OSError:  # the listener has gone
            kernel.listeners.remove(deliver)
            theirs.close()

    kernel.listeners.append(deliver)
    return ours


class KernelSocket:
    """A socket to the kernel: each reply is a datagram of its own."""

    def __init__(self, kernel: W1Kernel, clock: Clock) -> None:
        self._kernel = kernel
        self._clock = clock
        self._replies: list[bytes] = []
        self._timeout = 0.0

    def send(self, data: bytes, /) -> int:
        self._replies += self._kernel.receive(data)
        return len(data)

    def recv(self, size: int, /) -> bytes:
        if not self._replies:
            self._clock.wait(self._timeout)
            raise TimeoutError
        return self._replies.pop(0)

    def settimeout(self, seconds: float, /) -> None:
        self._timeout = seconds

    def close(self) -> None:
        self._replies.clear()

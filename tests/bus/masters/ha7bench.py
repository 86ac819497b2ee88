"""The HA7Net's bench: the driver on the emulated adapter's web pages in virtual time, without a
network, and ways to make connections fail.
"""

from __future__ import annotations

from typing import Any

from owfs_py.bus.masters import open_master
from owfs_py.bus.masters.discovery import Endpoint
from owfs_py.emulator import ha7net
from owfs_py.emulator.wire import Wire
from tests.bus.masters.bench import TIMEOUT, Bench, Meddler


class Web:
    """Connections to an adapter in this process, with faults like those of an emulated port."""

    bytesize = 8

    def __init__(self, meddler: Meddler) -> None:
        self.meddler = meddler
        self.silent = False
        self.calls_left: int | None = None
        self.open_connections = 0
        self.piece, self.pause = 65536, 0.0
        """So many bytes of an answer come at a time, after so many seconds."""
        self._plugged = True

    @property
    def is_open(self) -> bool:
        return self.open_connections > 0

    def unplug(self) -> None:
        self._plugged = False

    def plug(self) -> None:
        self._plugged = True

    def connect(self, to: Endpoint, timeout: float) -> Any:
        self.call()
        self.open_connections += 1
        self.meddler.power_up()
        return Connection(self, timeout)

    def call(self) -> None:
        if self.calls_left is not None:
            self.calls_left -= 1
            self._plugged = self._plugged and self.calls_left >= 0
        if not self._plugged:
            raise ConnectionRefusedError(111, "could not open port emulated")


class Connection:
    """What is used of a socket."""

    def __init__(self, web: Web, timeout: float) -> None:
        self.web = web
        self.timeout = timeout
        self.answer: bytes | None = None

    def sendall(self, data: bytes) -> None:
        self.web.call()
        if not self.web.silent:
            self.answer = self.web.meddler.receive(bytes(data), 0) or None
            self.web.meddler.wire.settle()

    def settimeout(self, timeout: float) -> None:
        self.timeout = timeout

    def recv_into(self, buffer: Any) -> int:
        """What has come; at its end the adapter hangs up."""
        self.web.call()
        late = self.answer is None or self.web.pause > self.timeout
        self.web.meddler.wire.clock.wait(self.timeout if late else self.web.pause)
        if self.answer is None or late:
            raise TimeoutError("timed out")
        piece = self.answer[: min(len(buffer), self.web.piece)]
        buffer[: len(piece)] = piece
        self.answer = self.answer[len(piece) :]
        return len(piece)

    def close(self) -> None:
        self.web.open_connections -= 1


class HA7Bench(Bench):
    """The driver on the emulated adapter's pages, in virtual time."""

    def __post_init__(self) -> None:
        self.wire = Wire(self.clock)
        self.ha7net = ha7net.HA7Net(self.wire, **self.options)
        self.meddler = Meddler(self.ha7net)  # type: ignore[arg-type]  # never a break
        self.port = Web(self.meddler)  # type: ignore[assignment]  # as far as the contract goes
        self.master = open_master(
            "ha7net://emulated", clock=self.clock, timeout=TIMEOUT, dial=self.port.connect
        )

    def plug(self) -> None:
        self.port.calls_left = None
        self.port.plug()

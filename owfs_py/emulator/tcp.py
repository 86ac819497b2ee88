"""TcpAdapter: an emulated adapter on a TCP port of this machine, for programs that connect to one.

It runs in a thread on the real clock and serves one connection at a time, as these adapters do.
Telnet commands (RFC 854), a host's wishes for speed and so on, are taken out and not answered.
"""

from __future__ import annotations

import re
import select
import socket
import threading
from types import TracebackType
from typing import Protocol, Self

from owfs_py.emulator.wire import Wire

_CHUNK = 4096
_BAUD = 115200
"""What the adapter is told that the host talks at; there is no serial line."""
# IAC SB ... IAC SE, IAC WILL/WONT/DO/DONT option, IAC command.
_TELNET = re.compile(rb"\xff\xfa.*?\xff\xf0|\xff[\xfb-\xfe].|\xff[\xf0-\xf9]", re.DOTALL)
_UNFINISHED = re.compile(rb"\xff(\xfa.*|[\xfb-\xfe])?\Z", re.DOTALL)


class TcpDevice(Protocol):
    """What an emulated adapter behind a TCP port is."""

    @property
    def wire(self) -> Wire: ...

    def receive(self, data: bytes, baud: int) -> bytes:
        """Take bytes from the host, give those that come back."""
        ...

    def power_up(self) -> None:
        """Somebody connects."""
        ...


class TcpAdapter:
    """A context manager; inside it `address` is HOST:PORT.

    `unplug` ends the connection and refuses others until `plug`. At most `drop_after` more bytes
    are answered before the connection is lost.
    """

    def __init__(
        self, adapter: TcpDevice, host: str = "127.0.0.1", *, one_answer: bool = False
    ) -> None:
        self.adapter = adapter
        self.one_answer = one_answer
        """Hang up after an answer, as web servers do."""
        self.silent = False
        """Fault: connections are accepted, nothing is answered."""
        self.drop_after: int | None = None
        self.connections = 0
        self._host = host
        self._port = 0
        self._listener: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._stopping, self._stop = socket.socketpair()

    @property
    def address(self) -> str:
        return f"{self._host}:{self._port}"

    def __enter__(self) -> Self:
        self.plug()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.unplug()
        self._stopping.close()
        self._stop.close()

    def plug(self) -> None:
        """Listen, under the same port as before if there was one."""
        if self._thread is not None:
            return
        self._listener = socket.create_server((self._host, self._port))
        self._port = self._listener.getsockname()[1]
        self._thread = threading.Thread(
            target=self._run, args=(self._listener,), name=f"emulator {self.address}", daemon=True
        )
        self._thread.start()

    def unplug(self) -> None:
        """End the connection and refuse others."""
        if self._thread is None or self._listener is None:
            return
        self._stop.send(b"\0")
        self._thread.join()
        self._stopping.recv(1)
        self._listener.close()
        self._thread = self._listener = None

    # In the thread

    def _run(self, listener: socket.socket) -> None:
        while self._stopping not in select.select([listener, self._stopping], [], [])[0]:
            connection, _ = listener.accept()
            with connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections += 1
                self.adapter.power_up()
                if not self._serve(connection):
                    return

    def _serve(self, connection: socket.socket) -> bool:
        """Until the host hangs up; False if the adapter is unplugged before."""
        unread = b""
        while self._stopping not in select.select([connection, self._stopping], [], [])[0]:
            try:
                data = connection.recv(_CHUNK)
                if not data:
                    return True
                unread += data
                if self.silent:
                    unread = b""
                    continue
                plain, unread = _without_telnet(unread)
                answer = self.adapter.receive(plain, _BAUD)
                self.adapter.wire.settle()
                connection.sendall(answer[: self.drop_after])
                if self._is_used_up(len(answer)) or (self.one_answer and answer):
                    return True
            except OSError:  # the host is gone
                return True
        return False

    def _is_used_up(self, sent: int) -> bool:
        """Whether it is time to lose the connection."""
        if self.drop_after is None:
            return False
        left = self.drop_after - sent
        self.drop_after = left if left > 0 else None
        return left <= 0


def _without_telnet(data: bytes) -> tuple[bytes, bytes]:
    """What is meant for the adapter, and a telnet command that has only begun."""
    data = _TELNET.sub(b"", data)
    begun = _UNFINISHED.search(data)
    return (data[: begun.start()], data[begun.start() :]) if begun else (data, b"")

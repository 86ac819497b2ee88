"""TcpAdapter: an emulated adapter on a TCP port of this machine, for programs that connect to one.

It runs in a thread on the real clock and serves one connection at a time, as these adapters do,
unless it is told otherwise. Telnet commands (RFC 854), a host's wishes for speed and so on, are
taken out and not answered, but for an adapter that has nothing to do with telnet.
"""

from __future__ import annotations

import re
import select
import socket
import threading
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
        """Somebody connects, and nobody else is."""
        ...


class TcpAdapter:
    """A context manager; inside it `address` is HOST:PORT.

    `unplug` ends the connection and refuses others until `plug`. At most `drop_after` more bytes
    are answered before the connection is lost.
    """

    def __init__(
        self,
        adapter: TcpDevice,
        host: str = "127.0.0.1",
        *,
        one_answer: bool = False,
        telnet: bool = True,
        several: bool = False,
    ) -> None:
        self.adapter = adapter
        self.one_answer = one_answer
        """Hang up after an answer, as web servers do."""
        self.telnet = telnet
        self.several = several
        """Serve several connections at the same time, as some bridges to serial lines do."""
        self.silent = False
        """Fault: connections are accepted, nothing is answered."""
        self.drop_after: int | None = None
        self.connections = 0
        self._host = host
        self._port = 0
        self._listener: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._stopping, self._stop = socket.socketpair()
        self._lock = threading.Lock()

    @property
    def address(self) -> str:
        return f"{self._host}:{self._port}"

    def __enter__(self) -> Self:
        self.plug()
        return self

    def __exit__(self, *exc: object) -> None:
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
        threads = []
        while self._stopping not in select.select([listener, self._stopping], [], [])[0]:
            connection, _ = listener.accept()
            self.connections += 1
            if self.several:
                threads.append(threading.Thread(target=self._serve, args=(connection,)))
                threads[-1].start()
                continue
            self.adapter.power_up()
            self._serve(connection)
        for thread in threads:
            thread.join()

    def _serve(self, connection: socket.socket) -> None:
        """Until the host hangs up, or the adapter is unplugged."""
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection:
            self._converse(connection)

    def _converse(self, connection: socket.socket) -> None:
        unread = b""
        while self._stopping not in select.select([connection, self._stopping], [], [])[0]:
            try:
                data = connection.recv(_CHUNK)
                if not data:
                    return
                unread += data
                if self.silent:
                    unread = b""
                    continue
                plain, unread = _without_telnet(unread) if self.telnet else (unread, b"")
                with self._lock:
                    answer = self.adapter.receive(plain, _BAUD)
                    self.adapter.wire.settle()
                sent = answer[: self.drop_after]
                # Counted before the host can know: what it changes then is for the next answer.
                last = self._is_used_up(len(answer)) or (self.one_answer and answer)
                connection.sendall(sent)
                if last:
                    return
            except OSError:  # the host is gone
                return

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

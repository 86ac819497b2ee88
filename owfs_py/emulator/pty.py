"""PtyAdapter: an emulated adapter on a pseudo-terminal, for programs that open a device.

It runs in a thread on the real clock. A pseudo-terminal shows the baud rate that a program set,
but neither breaks nor DTR nor character sizes below 8: an adapter powers up afresh whenever the
last program closes it, and DS9097 should be `lenient`.
"""

from __future__ import annotations

import os
import pty
import select
import tempfile
import termios
import threading
from pathlib import Path
from typing import Self

from owfs_py.emulator.port import SerialAdapter

_BAUD_RATES = {
    getattr(termios, f"B{rate}"): rate
    for rate in (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400)
}
_CHUNK = 4096
_NOBODY_THERE = 0.005
"""Seconds between looks at a pseudo-terminal that no program has open (poll cannot wait for it)."""
_OUTPUT_SPEED = 5  # index in what tcgetattr gives


class PtyAdapter:
    """A context manager; inside it `path` is what to give to a program (-d PATH).

    `unplug` makes the path vanish and hangs up on the program that has it open; `plug` brings
    another pseudo-terminal back under the same path.
    """

    def __init__(self, adapter: SerialAdapter) -> None:
        self.adapter = adapter
        self.silent = False
        """Fault: the line is dead, whatever is sent."""
        self._directory = tempfile.TemporaryDirectory(prefix="onewire-")
        self.path = str(Path(self._directory.name) / "tty1Wire")
        self._thread: threading.Thread | None = None
        self._master = -1
        self._stop_reader, self._stop_writer = os.pipe()

    def __enter__(self) -> Self:
        self.plug()
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Unplug for good."""
        self.unplug()
        os.close(self._stop_reader)
        os.close(self._stop_writer)
        self._directory.cleanup()

    def plug(self) -> None:
        """Make the adapter appear; it powers up."""
        if self._thread is not None:
            return
        self.adapter.power_up()
        self._master, slave = pty.openpty()
        os.symlink(os.ttyname(slave), self.path)
        os.close(slave)
        os.set_blocking(self._master, False)
        self._thread = threading.Thread(target=self._run, name=f"emulator {self.path}", daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """Make the adapter vanish, under whoever uses it."""
        if self._thread is None:
            return
        os.write(self._stop_writer, b"\0")
        self._thread.join()
        os.read(self._stop_reader, 1)
        self._thread = None
        os.unlink(self.path)
        os.close(self._master)

    # In the thread

    def _run(self) -> None:
        poller = select.poll()
        poller.register(self._stop_reader, select.POLLIN)
        poller.register(self._master, select.POLLIN)
        in_use = False
        while True:
            events = dict(poller.poll())
            if self._stop_reader in events:
                return
            if events[self._master] & select.POLLIN:
                in_use = True
                self._serve()
            elif events[self._master] & select.POLLHUP:
                if in_use:
                    in_use = False
                    self.adapter.power_up()
                if select.select([self._stop_reader], [], [], _NOBODY_THERE)[0]:
                    return

    def _serve(self) -> None:
        try:
            data = os.read(self._master, _CHUNK)
        except OSError:  # closed between poll and read
            return
        baud = self._baud()
        if self.silent or baud is None:
            return
        answer = self.adapter.receive(data, baud)
        self.adapter.wire.settle()
        self._send(answer)

    def _baud(self) -> int | None:
        return _BAUD_RATES.get(termios.tcgetattr(self._master)[_OUTPUT_SPEED])

    def _send(self, answer: bytes) -> None:
        while answer:
            try:
                answer = answer[os.write(self._master, answer) :]
            except OSError:
                # Nobody reads any more (buffer full), or has closed: the bytes go nowhere, as
                # they would on a real line.
                return

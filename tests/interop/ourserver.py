"""Our daemon as the program that users start, in a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from tests.interop.realserver import free_port

START_TIMEOUT = 30.0
STOP_TIMEOUT = 10.0
POLL = 0.02
"""Seconds between looks at a process that is starting."""


class OurDaemon:
    """`python -m owfs_py.server --foreground` on a free loopback port, inside a `with` block.

    `args` are further options, `under` a command that starts it, such as prlimit. Entering waits
    until it listens; RuntimeError with its messages if it ends before that. Leaving stops it the
    orderly way.
    """

    def __init__(self, args: list[str], under: Sequence[str] = ()) -> None:
        self.args = args
        self._under = under
        self.port = 0
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  read after the end, too
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.port = free_port()
        program = [*self._under, sys.executable, "-m", "owfs_py.server"]
        self._process = subprocess.Popen(
            [*program, "--foreground", "--nozero", f"--port={self.address}", *self.args],
            env=os.environ | {"LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )
        try:
            self._wait_until_it_listens(self._process)
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def address(self) -> str:
        """HOST:PORT, as clients want it."""
        return f"127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """What it wrote to its standard output and error so far."""
        # Not by seeking: the daemon writes through the same file position.
        descriptor = self._log.fileno()
        return os.pread(descriptor, os.fstat(descriptor).st_size, 0).decode(errors="replace")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self) -> int:
        """SIGTERM, and the exit status; harmless when it has ended."""
        if self._process is None:
            return 0
        process, self._process = self._process, None
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

    def _wait_until_it_listens(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while True:
            if process.poll() is not None:
                raise RuntimeError(f"our daemon ended with {process.returncode}:\n{self.log}")
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except ConnectionRefusedError:
                if time.monotonic() > deadline:
                    raise RuntimeError(f"our daemon does not listen:\n{self.log}") from None
                time.sleep(POLL)

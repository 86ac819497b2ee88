"""ServerProcess: a program that listens on a free loopback port, inside a `with` block."""

from __future__ import annotations

import abc
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from typing import Self

STOP_TIMEOUT = 10.0
START_TIMEOUT = 30.0
"""Seconds: finding an adapter on a serial line takes the real owserver a few."""
POLL = 0.02
"""Seconds between looks at a process that is starting."""


def free_port() -> int:
    """A TCP port on loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class ServerProcess(abc.ABC):
    """A server that takes owserver's options; `args` are those beside --foreground and the port.

    `environment` is added to that of these tests.
    Entering waits until it listens; RuntimeError with its messages if it ends before that.
    """

    end = signal.SIGTERM
    """What ends it."""

    def __init__(self, args: list[str], environment: Mapping[str, str] | None = None) -> None:
        self.args = args
        self._environment = environment or {}
        self.port = 0
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  read after the end, too
        self._process: subprocess.Popen[bytes] | None = None

    @abc.abstractmethod
    def command(self) -> Sequence[str]:
        """The program to start. FileNotFoundError if it is not installed."""

    def environment(self) -> Mapping[str, str]:
        """The environment to start it in."""
        return os.environ | self._environment

    def __enter__(self) -> Self:
        program = self.command()
        self.port = free_port()
        self._process = subprocess.Popen(
            [*program, "--foreground", "--nozero", f"--port={self.address}", *self.args],
            env={**self.environment(), "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )
        try:
            self._wait_until_it_listens(self._process)
        except BaseException:
            self._process.kill()
            self.stop()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    @property
    def address(self) -> str:
        """HOST:PORT, as clients want it."""
        return f"127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """What it wrote to its standard output and error so far."""
        # Not by seeking: the program writes through the same file position.
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
        """End it; its exit status. Harmless when it has ended."""
        if self._process is None:
            return 0
        process, self._process = self._process, None
        process.send_signal(self.end)
        try:
            return process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

    def _wait_until_it_listens(self, process: subprocess.Popen[bytes]) -> None:
        name = type(self).__name__
        deadline = time.monotonic() + START_TIMEOUT
        while True:
            if process.poll() is not None:
                raise RuntimeError(f"{name} ended with {process.returncode}:\n{self.log}")
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except ConnectionRefusedError:
                if time.monotonic() > deadline:
                    raise RuntimeError(f"{name} does not listen:\n{self.log}") from None
                time.sleep(POLL)

"""The programs that nobody here wrote: owserver 3.2p4, the ow-shell commands, digitemp.

Each raises FileNotFoundError when the program is not installed; tests must not catch that.
"""

from __future__ import annotations

import functools
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import owfs_py.emulator

TCFLUSH_SOURCE = Path(owfs_py.emulator.__file__).with_name("tcflush.c")
START_TIMEOUT = 30.0
"""Seconds: finding an adapter on a serial line takes the real owserver a few."""


def free_port() -> int:
    """A TCP port on loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@functools.cache
def tcflush_library() -> Path:
    """The tcflush that makes a pseudo-terminal usable, built for preloading."""
    library = Path(tempfile.mkdtemp(prefix="tcflush-")) / "tcflush.so"
    command = ["gcc", "-shared", "-fPIC", "-o", str(library), str(TCFLUSH_SOURCE)]
    subprocess.run(command, check=True)
    return library


def environment_for_pty() -> dict[str, str]:
    """An environment for programs that talk to an emulated adapter on a pseudo-terminal."""
    return os.environ | {"LD_PRELOAD": str(tcflush_library()), "LC_ALL": "C", "TZ": "UTC"}


def run(command: list[str], *, timeout: float = 60.0) -> str:
    """Run a foreign program to its end; its standard output. AssertionError when it fails.

    A program that refused says so in the message; its output is there, too.
    """
    done = subprocess.run(
        command, env=environment_for_pty(), capture_output=True, text=True, timeout=timeout
    )
    assert done.returncode == 0, (
        f"{command}: exit status {done.returncode}\n{done.stdout}{done.stderr}"
    )
    return done.stdout


class RealOwserver:
    """The real owserver on a free loopback port, from `with` on until the end of the block.

    `args` are its options (bus masters and so on). Entering waits until it listens, which it
    does when it has found its adapters; RuntimeError with its messages if it ends before that.
    `environment` is added to that of programs on a pseudo-terminal.
    """

    def __init__(self, args: list[str], environment: Mapping[str, str] | None = None) -> None:
        self.args = args
        self.environment = environment or {}
        self.port = 0
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  read after the end, too
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        program = shutil.which("owserver")
        if program is None:
            raise FileNotFoundError("owserver (Debian package owserver) is not installed")
        self.port = free_port()
        self._process = subprocess.Popen(
            [program, "--foreground", "--nozero", f"--port={self.address}", *self.args],
            env={**environment_for_pty(), **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )
        try:
            self._wait_until_it_listens(self._process)
        except BaseException:
            self.stop()
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
        self._log.seek(0)
        return self._log.read().decode(errors="replace")

    def stop(self) -> None:
        """End it; harmless when it has ended."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def owdir(self, path: str) -> list[str]:
        """The entries of a directory, each with its whole path."""
        return self._ask("owdir", path).split()

    def owread(self, path: str) -> str:
        """The value of a property as text, without the padding of numbers."""
        return self._ask("owread", path).strip()

    def owwrite(self, path: str, value: str) -> None:
        """Set a property."""
        self._ask("owwrite", path, value)

    def _ask(self, command: str, *args: str) -> str:
        try:
            return run([command, "-s", self.address, "--", *args])  # values may begin with "-"
        except AssertionError as error:
            status = None if self._process is None else self._process.poll()
            if status is None:
                raise
            raise AssertionError(f"owserver ended with {status}:\n{self.log}") from error

    def _wait_until_it_listens(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while True:
            if process.poll() is not None:
                raise RuntimeError(f"owserver ended with {process.returncode}:\n{self.log}")
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except ConnectionRefusedError:
                if time.monotonic() > deadline:
                    raise RuntimeError(f"owserver does not listen:\n{self.log}") from None
                time.sleep(0.02)

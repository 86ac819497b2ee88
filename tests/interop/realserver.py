"""The programs that nobody here wrote: owserver 3.2p4, the ow-shell commands, digitemp.

Each raises FileNotFoundError when the program is not installed; tests must not catch that.
"""

from __future__ import annotations

import abc
import functools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import owfs_py.emulator
from tests.interop.serverprocess import ServerProcess

LISTING_PATIENCE, LISTING_POLL = 20.0, 0.05
"""Seconds: until what came or went must show in a listing, and between looks."""
TCFLUSH_SOURCE = Path(owfs_py.emulator.__file__).with_name("tcflush.c")


@functools.cache
def shared_library(source: Path) -> Path:
    """A library for preloading, built from one file of C."""
    library = Path(tempfile.mkdtemp(prefix=f"{source.stem}-")) / f"{source.stem}.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True)
    return library


def tcflush_library() -> Path:
    """The tcflush that makes a pseudo-terminal usable, built for preloading."""
    return shared_library(TCFLUSH_SOURCE)


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


class StockClients(abc.ABC):
    """Asks the server at `address` with the ow-shell commands, which share no code with ours."""

    @property
    @abc.abstractmethod
    def address(self) -> str:
        """HOST:PORT."""

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
        return run([command, "-s", self.address, "--", *args])  # values may begin with "-"

    def setting(self, name: str, bus: int = 0) -> str:
        """One that a bus has."""
        return self.owread(f"/bus.{bus}/interface/settings/{name}")

    def devices(self, path: str = "/uncached") -> list[str]:
        """The names of the devices in a directory, sorted, without what else is there."""
        names = (entry.rpartition("/")[2] for entry in self.owdir(path))
        return sorted(name for name in names if name[2:3] == ".")

    def devices_or_none(self, path: str = "/uncached") -> list[str] | None:
        """The same; None if they cannot be listed."""
        try:
            return self.devices(path)
        except AssertionError:
            return None

    def wait_until_listed(self, names: Iterable[str], patience: float = LISTING_PATIENCE) -> None:
        """Until these devices are there, and no others; AssertionError after so many seconds."""
        wanted = sorted(names)
        deadline = time.monotonic() + patience
        while (found := self.devices_or_none()) != wanted:
            assert time.monotonic() < deadline, f"{found} instead of {wanted}"
            time.sleep(LISTING_POLL)


class RealOwserver(ServerProcess, StockClients):
    """The real owserver; it listens when it has found its adapters.

    `environment` is added to that of programs on a pseudo-terminal.
    """

    end = signal.SIGKILL  # it may hang, and has nothing to lose

    def command(self) -> Sequence[str]:
        program = shutil.which("owserver")
        if program is None:
            raise FileNotFoundError("owserver (Debian package owserver) is not installed")
        return [program]

    def environment(self) -> Mapping[str, str]:
        return {**environment_for_pty(), **self._environment}

    def _ask(self, command: str, *args: str) -> str:
        try:
            return super()._ask(command, *args)
        except AssertionError as error:
            status = None if self._process is None else self._process.poll()
            if status is None:
                raise
            raise AssertionError(f"owserver ended with {status}:\n{self.log}") from error

"""Load on owservers from outside: the C programs of loadgen/ built, run, and their results.

Nothing here knows which server it measures.
"""

from __future__ import annotations

import functools
import json
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from owfs_py.ownet.messages import HEADER, Header

SOURCES = Path(__file__).with_name("loadgen")
TIMEOUT = 60.0
"""Seconds for anything that should take far less."""

Mode = Literal["kept", "new"]
"""Whether connections stay or every request has one of its own."""


@functools.cache
def built(name: str) -> Path:
    """The program of loadgen/NAME.c, compiled on first use."""
    program = Path(tempfile.mkdtemp(prefix="loadgen-")) / name
    source = SOURCES / f"{name}.c"
    options = ["-O2", "-Wall", "-Wextra", "-Werror"]
    subprocess.run(["gcc", *options, "-o", str(program), str(source), "-lm"], check=True)
    return program


@dataclass(frozen=True, slots=True)
class Load:
    """The same request again and again, and the only answer that counts."""

    request: bytes
    answer: bytes
    clients: int = 1
    mode: Mode = "kept"


@dataclass(frozen=True, slots=True)
class Result:
    """What a run of the load generator measured."""

    requests: int
    errors: int
    keep_alives: int
    seconds: float
    cpu: float
    """Seconds of processor time that the load generator took itself."""
    latency: dict[str, float]
    """Microseconds by percentile: "50", "90", "99", "100"."""

    @property
    def rate(self) -> float:
        """Right answers a second."""
        return self.requests / self.seconds


def apply(load: Load, port: int, limit: str) -> Result:
    """Put `load` on the server at `port` for `limit`: "0.5s" or a number of requests."""
    command = [
        str(built("loadgen")),
        *(str(port), str(load.clients), load.mode, limit),
        *(load.request.hex(), load.answer.hex()),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)
    if done.returncode:
        raise RuntimeError(f"the load generator failed: {done.stderr}")
    result = Result(**json.loads(done.stdout))
    if result.errors:
        raise RuntimeError(f"{result.errors} wrong answers among {result.requests}")
    return result


def ask(port: int, request: bytes) -> bytes:
    """The one answer frame to a request, keep-alive frames left out."""
    with socket.create_connection(("127.0.0.1", port), TIMEOUT) as connection:
        connection.sendall(request)
        stream = connection.makefile("rb")
        while True:
            head = stream.read(HEADER.size)
            header = Header.parse(head)
            if header.payload >= 0:
                return head + stream.read(header.payload)


class BareLoop:
    """The bare C loop that gives every request `answer`; a context manager."""

    name = "bare loop"

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [str(built("bareloop")), self._answer.hex()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._process is not None
        self._process.communicate(timeout=TIMEOUT)  # it ends with its standard input

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

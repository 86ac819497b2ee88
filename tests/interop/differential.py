"""The same request to two owservers, and whether the same bytes come back.

A raw client of its own: it shares no code with owfs_py, so that it is independent evidence.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Self

NOP, READ, WRITE, DIR, PRESENCE, DIRALL, GET, DIRALLSLASH, GETSLASH = 1, 2, 3, 4, 6, 7, 8, 9, 10
TYPE_NAMES = {
    NOP: "NOP",
    READ: "READ",
    WRITE: "WRITE",
    DIR: "DIR",
    PRESENCE: "PRESENCE",
    DIRALL: "DIRALL",
    GET: "GET",
    DIRALLSLASH: "DIRALLSLASH",
    GETSLASH: "GETSLASH",
}
LISTING_TYPES = (DIR, DIRALL, GET, DIRALLSLASH, GETSLASH)
PATH_TYPES = (READ, DIR, DIRALL, GET, PRESENCE)
"""Those that ask for a listing, and those that take any path."""

BUS_LIST, PERSISTENCE, UNCACHED, TRIM, OWNET = 0x02, 0x04, 0x20, 0x40, 0x100
TEMPERATURE_SCALE_SHIFT, PRESSURE_SCALE_SHIFT, FORMAT_SHIFT = 16, 18, 24
USUAL_FLAGS = OWNET | BUS_LIST | PERSISTENCE
FAHRENHEIT = USUAL_FLAGS | 1 << TEMPERATURE_SCALE_SHIFT
USUAL_SIZE = 65536

ANSWER_TIMEOUT = 30.0
"""Seconds: owserver 3.2p4 takes its time over a chip that holds 85 degrees."""

_HEADER = struct.Struct(">iiiIii")


@dataclass(frozen=True)
class Request:
    """What is sent: the header's words as they are, and the bytes behind it."""

    type: int
    path: bytes
    data: bytes = b""
    """Of a WRITE: what follows the path; `size` is its length unless given."""
    size: int = USUAL_SIZE
    offset: int = 0
    flags: int = USUAL_FLAGS
    version: int = 0
    terminated: bool = True
    """Whether a NUL follows the path."""
    own_value: bool = False
    """The value is each server's own (a count, a process id): only its length can be compared."""

    @property
    def payload(self) -> bytes:
        return self.path + b"\0" * self.terminated + self.data

    def encode(self) -> bytes:
        header = (self.version, len(self.payload), self.type, self.flags, self.size, self.offset)
        return _HEADER.pack(*header) + self.payload

    def __str__(self) -> str:
        words = [TYPE_NAMES.get(self.type, str(self.type)), repr(self.path)[1:]]
        if self.data or self.type == WRITE:
            words.append(f"data {self.data!r}")
        if self.flags != USUAL_FLAGS:
            words.append(f"flags {self.flags:#x}")
        if self.type != WRITE and self.size != USUAL_SIZE:
            words.append(f"size {self.size}")
        if self.offset:
            words.append(f"offset {self.offset}")
        if self.version:
            words.append(f"version {self.version:#x}")
        return " ".join(words)


def read(path: str, **words: int) -> Request:
    return Request(READ, path.encode(), **words)  # type: ignore[arg-type]  # no `terminated`


def write(path: str, data: bytes, **words: int) -> Request:
    return Request(WRITE, path.encode(), data, **{"size": len(data)} | words)  # type: ignore[arg-type]


def ask(kind: int, path: str, **words: int) -> Request:
    return Request(kind, path.encode(), **words)  # type: ignore[arg-type]


class Frame(NamedTuple):
    """One frame of an answer, but for the length word, which is that of `body`."""

    version: int
    ret: int
    flags: int
    size: int
    offset: int
    body: bytes

    def __str__(self) -> str:
        return (
            f"ret {self.ret} flags {self.flags:#x} size {self.size} offset {self.offset}"
            f" version {self.version} body {self.body!r}"
        )


@dataclass(frozen=True)
class Answer:
    """All frames but keep-alives, until the answer is complete or the connection closed."""

    frames: tuple[Frame, ...]
    closed: bool = False
    """The server closed before the answer was complete."""

    @property
    def ret(self) -> int | None:
        return self.frames[-1].ret if self.frames else None

    @property
    def text(self) -> bytes:
        """The body of the only frame."""
        return self.frames[0].body if len(self.frames) == 1 else b""

    @property
    def entries(self) -> list[bytes]:
        """The names in a listing of any kind."""
        bodies = (frame.body.removesuffix(b"\0") for frame in self.frames if frame.body)
        return [name for body in bodies for name in body.split(b",")]

    def without_values(self) -> Answer:
        """The same with all bodies blanked."""
        blank = (frame._replace(body=bytes(len(frame.body))) for frame in self.frames)
        return replace(self, frames=tuple(blank))

    def __str__(self) -> str:
        lines = [str(frame) for frame in self.frames] + ["closed"] * self.closed
        return "\n      ".join(lines) or "nothing"


class RawClient:
    """One persistent connection to an owserver, made anew whenever it is closed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def ask(self, request: Request) -> Answer:
        self.send(request)
        return self.receive(request)

    def send(self, request: Request) -> None:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), ANSWER_TIMEOUT)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(ConnectionError):  # receiving tells
            self._socket.sendall(request.encode())

    def receive(self, request: Request) -> Answer:
        """The answer to what was sent; TimeoutError if the server falls silent."""
        frames: list[Frame] = []
        for frame in self._frames():
            frames.append(frame)
            if request.type != DIR or not frame.body:
                if not frame.flags & PERSISTENCE:
                    self.close()
                return Answer(tuple(frames))
        self.close()
        return Answer(tuple(frames), closed=True)

    def _frames(self) -> Iterator[Frame]:
        while len(header := self._exactly(_HEADER.size)) == _HEADER.size:
            version, length, ret, flags, size, offset = _HEADER.unpack(header)
            if length >= 0:  # else it only says that the server still works on it
                yield Frame(version, ret, flags, size, offset, self._exactly(length))

    def _exactly(self, count: int) -> bytes:
        assert self._socket is not None
        data = b""
        while len(data) < count:
            # Between the frames of a listing 3.2p4 waits until the last one is acknowledged.
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            try:
                piece = self._socket.recv(count - len(data))
            except ConnectionError:
                break
            if not piece:
                break
            data += piece
        return data


@dataclass(frozen=True)
class Difference:
    """Two answers that are not the same."""

    number: int
    request: Request
    theirs: Answer
    ours: Answer

    def __str__(self) -> str:
        return f"{self.number}. {self.request}\n  3.2p4: {self.theirs}\n  ours:  {self.ours}"


@dataclass
class Comparison:
    """What came of sending requests to both so far."""

    asked: int = 0
    differences: list[Difference] = field(default_factory=list)


def compare(
    theirs: RawClient, ours: RawClient, requests: Iterable[Request], result: Comparison
) -> None:
    """Send every request to both at the same time, and the next when both have answered."""
    for request in requests:
        theirs.send(request)
        ours.send(request)
        their_answer, our_answer = theirs.receive(request), ours.receive(request)
        result.asked += 1
        if not is_same(request, their_answer, our_answer):
            result.differences.append(Difference(result.asked, request, their_answer, our_answer))


def is_same(request: Request, theirs: Answer, ours: Answer) -> bool:
    """Whether two answers are byte for byte the same, as far as they can be."""
    if request.own_value:
        return theirs.without_values() == ours.without_values()
    return theirs == ours

"""What a client can ask of an owserver, and what the answers mean: requests and their results.

The bytes' way to the server and back is client.py's (asyncio) and sync.py's (blocking).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, NamedTuple, TypeVar

from owfs_py.bus.answers import Listing
from owfs_py.bus.errors import BusError, MessageSizeError
from owfs_py.bus.view import View
from owfs_py.ownet.messages import (
    CLIENT_FLAGS,
    DEFAULT_SIZE,
    FLAG_PERSISTENCE,
    HEADER,
    MessageType,
    decode_path,
    encode_path,
    flags_of_view,
    request_frame,
)
from owfs_py.ownet.returncodes import error_of

T = TypeVar("T")

DEFAULT_TIMEOUT: Final = 2.0
"""Seconds without a byte; a server sends a keep-alive frame every second."""

MAX_ANSWER: Final = 16 << 20
"""Bytes of payload in one frame beyond which a server is not believed."""

ROM_SIZE: Final = 8


class Answer(NamedTuple):
    """One frame of an answer, keep-alive frames excepted."""

    ret: int
    flags: int
    size: int
    offset: int
    payload: bytes


class Exchange:
    """Gathers the frames of one answer from the bytes of a connection; knows when it is whole."""

    def __init__(self, kind: int) -> None:
        self.frames: list[Answer] = []
        self.done = False
        self.started = False
        """Whether anything came, be it a keep-alive frame."""
        self._many = kind == MessageType.DIR
        self._buffer = bytearray()

    def feed(self, data: bytes) -> bool:
        """Take bytes; True when the answer is whole. BusError if they make no sense."""
        self.started = self.started or bool(data)
        self._buffer += data
        while not self.done and len(self._buffer) >= HEADER.size:
            _, payload, ret, flags, size, offset = HEADER.unpack_from(self._buffer)
            if payload > MAX_ANSWER:
                raise BusError(f"an answer of {payload} bytes is not an owserver's")
            end = HEADER.size + max(payload, 0)
            if len(self._buffer) < end:
                break
            body = bytes(self._buffer[HEADER.size : end])
            del self._buffer[:end]
            if payload >= 0:
                self.frames.append(Answer(ret, flags, size, offset, body))
                self.done = not self._many or ret < 0 or payload == 0
        return self.done

    @property
    def keeps_connection(self) -> bool:
        """The server granted persistence, and sent nothing that was not asked for."""
        return self.done and not self._buffer and bool(self.frames[-1].flags & FLAG_PERSISTENCE)


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request, and how to read its answer."""

    kind: MessageType
    path: str
    result: Callable[[list[Answer]], T]
    data: bytes = b""
    size: int = 0
    offset: int = 0

    @property
    def repeatable(self) -> bool:
        """Asking twice does no harm."""
        return self.kind != MessageType.WRITE

    def frame(self, view: View, *, persistent: bool, base: int = CLIENT_FLAGS) -> bytes:
        """The bytes of the request. Raises MessageSizeError if a server would not take it."""
        flags = flags_of_view(view, base) | (FLAG_PERSISTENCE if persistent else 0)
        payload = encode_path(self.path) + b"\0" + self.data
        if self.kind == MessageType.NOP:
            payload = b""
        try:
            return request_frame(
                self.kind,
                payload,
                size=self.size,
                offset=self.offset,
                flags=flags,
                tokens=view.tokens,
            )
        except ValueError as error:
            raise MessageSizeError(str(error)) from error

    def finish(self, exchange: Exchange, server: str) -> T:
        """The result; raises what the server's return code says (owfs_py.bus.errors)."""
        last = exchange.frames[-1]
        if last.ret < 0:
            raise error_of(last.ret, f"{server}: {self.kind.name} {self.path}")
        return self.result(exchange.frames)


def nop() -> Call[None]:
    """Ask whether the server is there."""
    return Call(MessageType.NOP, "", lambda _: None)


def read(path: str, size: int = DEFAULT_SIZE, offset: int = 0) -> Call[bytes]:
    """The value of a property, `size` bytes of it at most, from `offset` on."""
    # A faulty server may send more than it was asked for.
    return Call(MessageType.READ, path, lambda got: got[0].payload[:size], size=size, offset=offset)


def write(path: str, data: bytes, offset: int = 0) -> Call[int]:
    """Write a property; the result is the number of bytes that it took."""
    return Call(
        MessageType.WRITE, path, lambda got: got[0].size, data, size=len(data), offset=offset
    )


def dirall(path: str, slash: bool = False) -> Call[Listing]:
    """A directory in one frame; with `slash` a `/` ends every entry that is a directory."""
    kind = MessageType.DIRALLSLASH if slash else MessageType.DIRALL
    return Call(kind, path, lambda got: _listing(got[0]))


def dir_frames(path: str) -> Call[Listing]:
    """A directory in a frame for each entry; for servers that know no DIRALL."""
    return Call(
        MessageType.DIR,
        path,
        lambda got: Listing([_text(frame) for frame in got[:-1]], got[-1].offset, 0.0),
    )


def present(path: str) -> Call[bytes]:
    """The ROM id (8 bytes) of the device that a path belongs to; zeros if there is none."""
    return Call(
        MessageType.PRESENCE,
        path,
        lambda got: got[0].payload if len(got[0].payload) == ROM_SIZE else bytes(ROM_SIZE),
    )


def get(
    path: str, size: int = DEFAULT_SIZE, offset: int = 0, slash: bool = False
) -> Call[bytes | Listing]:
    """A value if the path is a property's, else a listing.

    Frames do not tell an empty directory from an empty value: both are an empty value here.
    """
    kind = MessageType.GETSLASH if slash else MessageType.GET

    def result(got: list[Answer]) -> bytes | Listing:
        answer = got[0]
        is_listing = answer.ret == 0 and len(answer.payload) == answer.size + 1
        return _listing(answer) if is_listing else answer.payload[:size]

    return Call(kind, path, result, size=size, offset=offset)


def _text(answer: Answer) -> str:
    return decode_path(answer.payload.partition(b"\0")[0])


def _listing(answer: Answer) -> Listing:
    text = _text(answer)
    return Listing(text.split(",") if text else [], answer.offset, 0.0)

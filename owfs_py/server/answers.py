"""One request in, one answer out: OneWire's replies and errors put into owserver's frames.

Order on a connection, persistence and time are connection.py's matter.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, Protocol

from owfs_py._wire import AnswerCache, Request, build
from owfs_py.bus.answers import Listing, Located, Reading
from owfs_py.bus.errors import (
    MessageSizeError,
    NotDirectoryError,
    OneWireError,
    PathError,
)
from owfs_py.bus.view import View
from owfs_py.ownet.messages import (
    FLAG_PERSISTENCE,
    KEEP_ALIVE,
    MAX_BODY,
    MAX_PATH,
    MessageType,
    decode_path,
    encode_path,
    view_of_flags,
)
from owfs_py.ownet.returncodes import IO_ERROR, NO_PAYLOAD, UNKNOWN_MESSAGE
from owfs_py.server.settings import ServerSettings

log = logging.getLogger(__name__)

NEVER: Final = 0.0
_DIRALL_KINDS: Final = frozenset({MessageType.DIRALL, MessageType.DIRALLSLASH})
_GET_KINDS: Final = frozenset({MessageType.GET, MessageType.GETSLASH})
_FAULTS_REMEMBERED: Final = 200


class Served(Protocol):
    """What is served: the part of OneWire that network clients reach."""

    @property
    def epoch(self) -> int:
        """Changes whenever answers given before may no longer hold."""

    async def read(
        self, path: str, *, size: int = ..., offset: int = ..., view: View = ...
    ) -> Reading: ...

    async def write(
        self, path: str, data: bytes, *, offset: int = ..., view: View = ...
    ) -> int: ...

    async def dir(self, path: str, *, view: View = ..., slash: bool = ...) -> Listing: ...

    async def get(
        self, path: str, *, size: int = ..., offset: int = ..., slash: bool = ..., view: View = ...
    ) -> Reading | Listing: ...

    async def present(self, path: str, *, view: View = ...) -> Located: ...


class Call:
    """A request as its handler needs it: decoded, and with the flags word of the answer."""

    __slots__ = ("flags", "path", "request", "slash", "view")

    def __init__(self, request: Request, flags: int) -> None:
        self.request = request
        self.flags = flags
        self.slash = request.type in (MessageType.DIRALLSLASH, MessageType.GETSLASH)
        self.path = decode_path(request.path)
        view = view_of_flags(request.flags & ~FLAG_PERSISTENCE)
        self.view = replace(view, tokens=request.tokens) if request.tokens else view

    @property
    def path_too_large(self) -> bool:
        return self.request.payload >= MAX_PATH

    @property
    def size_unfit(self) -> bool:
        return not 1 <= self.request.size <= MAX_BODY


Handler = Callable[[Call], Awaitable[tuple[bytes, float]]]


class Answerer:
    """Turns requests into the bytes of their answers, and keeps those that may be kept."""

    def __init__(
        self, onewire: Served, settings: ServerSettings, cache: AnswerCache | None = None
    ) -> None:
        self._onewire = onewire
        self._settings = settings
        self._cache = cache
        self._faults: set[tuple[type[BaseException], str, int]] = set()
        self._handlers: dict[int, Handler] = {
            MessageType.READ: self._read,
            MessageType.WRITE: self._write,
            MessageType.DIR: self._dir,
            MessageType.PRESENCE: self._presence,
            MessageType.DIRALL: self._dirall,
            MessageType.DIRALLSLASH: self._dirall,
            MessageType.GET: self._get,
            MessageType.GETSLASH: self._get,
        }

    async def answer(self, request: Request, granted: bool) -> bytes:
        """All frames of the answer. `granted` is what becomes of the persistence bit.

        Never raises: errors of OneWire become their return codes, and a fault of the program is
        logged and becomes an I/O error.
        """
        flags = request.flags & ~FLAG_PERSISTENCE | (FLAG_PERSISTENCE if granted else 0)
        epoch = self._onewire.epoch
        valid_until = NEVER
        try:
            answer, valid_until = await self._dispatch(request, flags)
        except OneWireError as error:
            answer = build(-error.code, flags, 0, 0)
        except Exception as fault:
            # A fault of this program must not cost the client its connection.
            self._report(fault, request)
            answer = build(-IO_ERROR, flags, 0, 0)
        if self._settings.pingcrazy:
            return KEEP_ALIVE + answer
        if (
            valid_until > NEVER
            and self._cache is not None
            and flags == request.flags
            and epoch == self._onewire.epoch
        ):
            self._cache.put(request.raw, answer, valid_until, epoch)
        return answer

    async def _dispatch(self, request: Request, flags: int) -> tuple[bytes, float]:
        if request.type == MessageType.NOP:
            return build(0, flags, 0, 0), NEVER
        handler = self._handlers.get(request.type)
        if handler is None or self._switched_off(request.type):
            return build(-UNKNOWN_MESSAGE, flags, 0, 0), NEVER
        if request.payload == 0:
            return build(-NO_PAYLOAD, flags, 0, 0), NEVER
        if len(request.path) > MAX_PATH:
            raise PathError(f"a path of {len(request.path)} bytes is too long")
        return await handler(Call(request, flags))

    def _switched_off(self, kind: int) -> bool:
        return (kind in _DIRALL_KINDS and not self._settings.dirall) or (
            kind in _GET_KINDS and not self._settings.get
        )

    async def _read(self, call: Call) -> tuple[bytes, float]:
        if call.path_too_large or call.size_unfit:
            await self._refuse_size(call)
        size, offset = call.request.size, call.request.offset
        reading = await self._onewire.read(call.path, size=size, offset=offset, view=call.view)
        return value_frame(reading.data, call.flags, offset), reading.valid_until

    async def _write(self, call: Call) -> tuple[bytes, float]:
        request = call.request
        taken = await self._onewire.write(
            call.path, request.data, offset=request.offset, view=call.view
        )
        return build(0, call.flags, taken, 0), NEVER

    async def _dir(self, call: Call) -> tuple[bytes, float]:
        if call.path_too_large:
            await self._refuse_size(call)
        listing = await self._onewire.dir(call.path, view=call.view)
        return dir_frames(listing, call.flags), listing.valid_until

    async def _dirall(self, call: Call) -> tuple[bytes, float]:
        if call.path_too_large:
            await self._refuse_size(call)
        listing = await self._onewire.dir(call.path, view=call.view, slash=call.slash)
        return dirall_frame(listing, call.flags), listing.valid_until

    async def _get(self, call: Call) -> tuple[bytes, float]:
        if call.path_too_large:
            await self._refuse_size(call)
        if call.size_unfit:
            # The size word matters for values only.
            try:
                return await self._dirall(call)
            except NotDirectoryError:
                raise MessageSizeError(f"cannot read {call.request.size} bytes") from None
        got = await self._onewire.get(
            call.path,
            size=call.request.size,
            offset=call.request.offset,
            slash=call.slash,
            view=call.view,
        )
        if isinstance(got, Listing):
            return dirall_frame(got, call.flags), got.valid_until
        return value_frame(got.data, call.flags, call.request.offset), got.valid_until

    async def _presence(self, call: Call) -> tuple[bytes, float]:
        located = await self._onewire.present(call.path, view=call.view)
        return build(0, call.flags, 0, 0, bytes(located.rom)), located.valid_until

    async def _refuse_size(self, call: Call) -> None:
        """Raise MessageSizeError; but a path that names nothing is told first."""
        await self._onewire.present(call.path, view=call.view)
        raise MessageSizeError(
            f"{call.path[:80]!r}: cannot serve size {call.request.size}"
            f" with a payload of {call.request.payload} bytes"
        )

    def _report(self, fault: Exception, request: Request) -> None:
        """Log with traceback what is new; the same fault at the same place in one line."""
        trace = fault.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = trace.tb_frame.f_code.co_filename if trace else "", trace.tb_lineno if trace else 0
        known = (type(fault), *place) in self._faults
        if not known and len(self._faults) < _FAULTS_REMEMBERED:
            self._faults.add((type(fault), *place))
        log.error(
            "unexpected %s in request type %d for %r: %s",
            type(fault).__name__,
            request.type,
            request.path[:200],
            fault,
            exc_info=None if known else fault,
        )


def value_frame(data: bytes, flags: int, offset: int) -> bytes:
    """The answer to a READ; an empty one does not repeat the offset."""
    return build(len(data), flags, len(data), offset if data else 0, bytes(data))


def dir_frames(listing: Listing, flags: int) -> bytes:
    """The answer to a DIR: a frame for each entry, and a last one with the directory flags."""
    frames = []
    for entry in listing.entries:
        name = encode_path(entry)
        frames.append(build(0, flags, len(name), 0, name + b"\0"))
    frames.append(build(0, flags, 0, listing.flags))
    return b"".join(frames)


def dirall_frame(listing: Listing, flags: int) -> bytes:
    """The answer to a DIRALL: all entries in one, and no body at all if there are none."""
    if not listing.entries:
        return build(0, flags, 0, listing.flags)
    body = encode_path(",".join(listing.entries))
    return build(0, flags, len(body), listing.flags, body + b"\0")

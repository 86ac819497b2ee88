"""Pipes to and from another process, served by the event loop without waiting for their ends.

asyncio's own are for processes that are spoken with: they wait for the end of whatever a process
leaves running in background, and uvloop's cannot be written once the process is gone.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from typing import Final, Self

_CHUNK: Final = 1 << 16


class _Pipe:
    """A pipe of which one end is for the other process. A context manager."""

    def __init__(self, theirs: int, ours: int) -> None:
        os.set_blocking(ours, False)
        self.theirs = theirs
        """The other process's end, a file descriptor; closed here once that has it."""
        self._ours = ours

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._close_theirs()
        self._close()

    def _close_theirs(self) -> None:
        if self.theirs >= 0:
            os.close(self.theirs)
            self.theirs = -1

    @property
    def _is_open(self) -> bool:
        return self._ours >= 0

    def _close(self) -> None:
        if self._is_open:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._ours)
            loop.remove_writer(self._ours)
            os.close(self._ours)
            self._ours = -1


class Tap(_Pipe):
    """For the other process to write into: the first `keep` bytes are kept, others thrown away.

    With `closes` the pipe is closed when there are so many.
    """

    def __init__(self, keep: int, *, closes: bool = False) -> None:
        outlet, inlet = os.pipe()
        super().__init__(inlet, outlet)
        self._keep = keep
        self._closes = closes
        self._data = bytearray()

    def open(self) -> None:
        """The other process has its end now: begin to read."""
        self._close_theirs()
        asyncio.get_running_loop().add_reader(self._ours, self._pull)

    def taken(self) -> bytes:
        """What was kept of all that was written so far."""
        while len(self._data) < self._keep and self._pull():
            pass
        return bytes(self._data)

    def _pull(self) -> bool:
        """Read once; whether there may be more."""
        if not self._is_open:
            return False
        try:
            piece = os.read(self._ours, _CHUNK)
        except BlockingIOError:
            return False
        self._data += piece[: self._keep - len(self._data)]
        if not piece or (self._closes and len(self._data) == self._keep):
            self._close()
        return bool(piece)


class Feed(_Pipe):
    """For the other process to read `data` from, or as much of it as it wants."""

    def __init__(self, data: bytes) -> None:
        outlet, inlet = os.pipe()
        super().__init__(outlet, inlet)
        self._left = memoryview(data)

    def open(self) -> None:
        """The other process has its end now: begin to write."""
        self._close_theirs()
        asyncio.get_running_loop().add_writer(self._ours, self._push)

    def _push(self) -> None:
        with suppress(BlockingIOError):
            try:
                self._left = self._left[os.write(self._ours, self._left[:_CHUNK]) :]
            except BrokenPipeError:
                self._left = self._left[:0]
        if not self._left:
            self._close()

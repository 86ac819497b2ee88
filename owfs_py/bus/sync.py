"""OneWire for programs without an event loop: the same engine on a private loop in a thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError
from typing import Any, Self, TypeVar

from owfs_py.bus import onewire
from owfs_py.bus.answers import Listing, Located
from owfs_py.bus.masters.base import BusMaster
from owfs_py.bus.onewire import FULL_SIZE
from owfs_py.bus.view import View

T = TypeVar("T")


class OneWire:
    """Some 1-Wire buses by path, blocking. A context manager; usable from several threads.

    Takes the arguments of owfs_py.bus.onewire.OneWire and raises the same errors. Readings of
    several threads share conversions.
    """

    def __init__(self, *masters: str | BusMaster, **options: Any) -> None:
        self._engine = onewire.OneWire(*masters, **options)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Open all bus masters."""
        loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=loop.run_forever, name="owfs_py", daemon=True)
        self._loop = loop
        self._thread.start()
        self._call(self._engine.start())

    def stop(self) -> None:
        """Give all bus masters back. Harmless when not started."""
        if self._loop is None or self._thread is None:
            return
        self._call(self._engine.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._loop = self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        if self._loop is None:
            work.close()
            raise RuntimeError("not started")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except (KeyboardInterrupt, CancelledError):
            future.cancel()
            raise

    def read(
        self, path: str, *, size: int = FULL_SIZE, offset: int = 0, view: View | None = None
    ) -> bytes:
        """The text of a property as owserver writes it."""
        return self._call(self._engine.read(path, size=size, offset=offset, view=view)).data

    def read_value(self, path: str) -> Any:
        """The value of a property as a Python object."""
        return self._call(self._engine.read_value(path))

    def write(self, path: str, data: bytes, *, offset: int = 0, view: View | None = None) -> int:
        """Write the text of a property; the number of bytes taken."""
        return self._call(self._engine.write(path, data, offset=offset, view=view))

    def dir(self, path: str = "/", *, view: View | None = None, slash: bool = False) -> Listing:
        """The entries of a directory as full paths."""
        return self._call(self._engine.dir(path, view=view, slash=slash))

    def present(self, path: str, *, view: View | None = None) -> Located:
        """The device that a good path belongs to."""
        return self._call(self._engine.present(path, view=view))

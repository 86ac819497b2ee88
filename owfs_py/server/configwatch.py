"""Notices when configuration files were changed, by looking at them now and then.

What is in them is not read here. Looking is enough for files that people edit, and works on every
file system.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from typing import Final

INTERVAL: Final = 2.0
"""Seconds between looks."""

Stamp = tuple[int, int, int] | None
"""What tells a file from its former self: inode, size, time; None if there is none."""


class ConfigWatch:
    """The files in `paths`, as they are when this is made or when `take` was last called."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = tuple(paths)
        self._taken = self._look()

    async def changed(self) -> None:
        """Return when the files differ from what they were and have come to rest.

        An editor may write in steps, so they must look the same at two looks in a row.
        """
        before = self._taken
        while True:
            await asyncio.sleep(INTERVAL)
            now = await asyncio.to_thread(self._look)
            if now == before != self._taken:
                return
            before = now

    def take(self) -> bool:
        """Whether they differ; from now on only what comes later counts."""
        now = self._look()
        differs = now != self._taken
        self._taken = now
        return differs

    def _look(self) -> tuple[Stamp, ...]:
        return tuple(map(_stamp, self._paths))


def _stamp(path: str) -> Stamp:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns

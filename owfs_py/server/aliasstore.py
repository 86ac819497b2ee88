"""Keeping the aliases that clients give: an alias file that follows them.

Reading and writing such files is aliasfile's matter.
"""

from __future__ import annotations

import asyncio
import logging
import os

from owfs_py.bus.aliases import Aliases
from owfs_py.server import aliasfile

log = logging.getLogger(__name__)


class AliasStore:
    """Writes `aliases` to the file at `path` whenever one of them changes."""

    def __init__(self, path: str, aliases: Aliases) -> None:
        self.path = path
        self._aliases = aliases
        self._saved = aliasfile.text_of(aliases)
        self._writing: asyncio.Task[None] | None = None

    def start(self) -> None:
        """What the aliases are now is what is saved; follow their changes from here on."""
        self._saved = aliasfile.text_of(self._aliases)
        self._aliases.on_change = self._changed

    def _changed(self) -> None:
        if self._writing is None or self._writing.done():
            self._writing = asyncio.ensure_future(self._write())

    async def _write(self) -> None:
        # In a thread, for a disk may take its time; again for what changed meanwhile.
        while (text := aliasfile.text_of(self._aliases)) != self._saved:
            try:
                await asyncio.to_thread(aliasfile.write, self.path, text)
            except OSError as error:
                log.error("aliases are not saved: %s: %s", self.path, error.strerror)
                return
            self._saved = text

    async def stop(self) -> None:
        """Follow no more; what is being written comes to its end."""
        self._aliases.on_change = None
        if self._writing is not None:
            await self._writing


def existing(path: str) -> list[str]:
    """The file to read the saved aliases from, unless none were saved yet."""
    return [path] if path and os.path.exists(path) else []

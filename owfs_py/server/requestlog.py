"""RequestLog: logs the requests of network clients on their way to what is served.

It changes neither requests nor answers. Requests that are answered from kept answers do not come
this way; whoever wants to see all of them switches those off.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from owfs_py.bus.answers import Listing, Located, Reading
from owfs_py.bus.errors import OneWireError
from owfs_py.bus.rom import RomId
from owfs_py.bus.view import DEFAULT_VIEW, View
from owfs_py.ownet.messages import DEFAULT_SIZE
from owfs_py.server.answers import Served
from owfs_py.server.logs import CALL, DATA, REQUESTS

T = TypeVar("T")

log = logging.getLogger(__name__)
devices_log = logging.getLogger(REQUESTS)


class RequestLog:
    """Passes everything on to `served` and logs it: one line a request, when it has its answer.

    All requests are logged at level CALL, with their data at level DATA. Those for devices whose
    ROM id begins with one of `devices` go to a logger of their own. `resolve` knows aliases.
    """

    def __init__(
        self,
        served: Served,
        devices: tuple[bytes, ...] = (),
        resolve: Callable[[str], RomId | None] = lambda name: None,
    ) -> None:
        self._served = served
        self._devices = devices
        self._resolve = resolve

    @property
    def epoch(self) -> int:
        return self._served.epoch

    async def read(
        self, path: str, *, size: int = DEFAULT_SIZE, offset: int = 0, view: View = DEFAULT_VIEW
    ) -> Reading:
        answer = self._served.read(path, size=size, offset=offset, view=view)
        return await self._logged("read", path, answer)

    async def write(
        self, path: str, data: bytes, *, offset: int = 0, view: View = DEFAULT_VIEW
    ) -> int:
        answer = self._served.write(path, data, offset=offset, view=view)
        return await self._logged(f"write {data!r} to", path, answer)

    async def dir(self, path: str, *, view: View = DEFAULT_VIEW, slash: bool = False) -> Listing:
        return await self._logged("dir", path, self._served.dir(path, view=view, slash=slash))

    async def get(
        self,
        path: str,
        *,
        size: int = DEFAULT_SIZE,
        offset: int = 0,
        slash: bool = False,
        view: View = DEFAULT_VIEW,
    ) -> Reading | Listing:
        answer = self._served.get(path, size=size, offset=offset, slash=slash, view=view)
        return await self._logged("get", path, answer)

    async def present(self, path: str, *, view: View = DEFAULT_VIEW) -> Located:
        return await self._logged("present", path, self._served.present(path, view=view))

    async def _logged(self, verb: str, path: str, answer: Awaitable[T]) -> T:
        began = time.monotonic()
        try:
            result = await answer
        except OneWireError as error:
            self._log(verb, path, began, f"error {-error.code}: {error}")
            raise
        self._log(verb, path, began, result)
        return result

    def _log(self, verb: str, path: str, began: float, result: object) -> None:
        wanted = self._is_wanted(path)
        if not wanted and not log.isEnabledFor(CALL):
            return
        duration = (time.monotonic() - began) * 1000
        outcome = _told(result, whole=wanted or log.isEnabledFor(DATA))
        words = "%s %s: %s (%.1f ms)", verb, path, outcome, duration
        if wanted:
            devices_log.debug(*words)
        else:
            log.log(CALL, *words)

    def _is_wanted(self, path: str) -> bool:
        return bool(self._devices) and any(
            rom is not None and rom.startswith(self._devices)
            for rom in map(self._rom_of, path.split("/"))
        )

    def _rom_of(self, word: str) -> RomId | None:
        known = self._resolve(word)
        if known is not None:
            return known
        try:
            return RomId.parse(word)
        except ValueError:
            return None


def _told(result: object, *, whole: bool) -> str:
    """What was answered, for the log; `whole` with the data."""
    match result:
        case Reading(data):
            return repr(bytes(data)) if whole else f"{len(data)} bytes"
        case Listing(entries):
            return " ".join(entries) or "empty" if whole else f"{len(entries)} entries"
        case Located(rom):
            return bytes(rom).hex().upper() if any(rom) else "no device"
        case int():
            return f"{result} bytes taken"
    return str(result)

"""Who is on a line, and since when: searches, and asking for a device by name.

It keeps no time-outs; what a listing is worth is the cache's matter.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import TYPE_CHECKING

from owfs_py._search import RomSearch
from owfs_py.bus.branches import select
from owfs_py.bus.errors import CommunicationError, NotSupportedError, SearchError
from owfs_py.bus.face import SEARCH_ATTEMPTS
from owfs_py.bus.masters.base import ALARM_SEARCH, READ_SLOT, SEARCH_ROM, BusMaster
from owfs_py.bus.presence import answers, is_garbled, verify_block
from owfs_py.bus.rom import RomId

if TYPE_CHECKING:
    from owfs_py.bus.line import Line

log = logging.getLogger(__name__)


class Roster:
    """The devices on one line. `on_change` is called when others are there than before."""

    def __init__(self, bus: Line, on_change: Callable[[], None]) -> None:
        self._bus = bus
        self._on_change = on_change
        self._there_since: dict[RomId, float] = {}
        self._alarming: set[RomId] | None = None
        """Who was in alarm when somebody asked last."""

    def since(self, rom: RomId) -> float | None:
        """Since when a device has been there without a break, as far as anybody looked."""
        return self._there_since.get(rom)

    def gone(self, rom: RomId) -> None:
        """`rom` did not answer: when it comes back it will have missed what happened meanwhile."""
        if self._there_since.pop(rom, None) is not None:
            self._on_change()

    async def has(self, rom: RomId) -> bool:
        """Whether this very device answers now (one reset, 200 slots).

        One that was there is asked once more before it is believed to be gone. Raises
        CommunicationError if the line is too noisy to tell.
        """
        there = await self._answers(rom)
        if not there and rom in self._there_since:
            there = await self._answers(rom)
        if there:
            self._there_since.setdefault(rom, self._bus.clock.now())
        else:
            self.gone(rom)
        return there

    async def _answers(self, rom: RomId, command: int = SEARCH_ROM) -> bool:
        return await self.single_out(rom, command, b"") is not None

    async def single_out(self, rom: RomId, command: int, then: bytes) -> bytes | None:
        """Select this very device by a search that it alone can be left in at the end.

        What came back for `then`, which is sent behind; None if it takes no part in a search by
        this command. Raises CommunicationError if the line is too noisy to tell.
        """
        block = verify_block(rom, command)

        def job(master: BusMaster) -> bytes | None:
            self._bus.counts.resets += 1
            back = select(master, self._bus.branch, block + then)
            if back is None:
                return None
            if is_garbled(rom, back[: len(block)]):
                raise CommunicationError(f"{rom}: noise while it was searched for")
            return back[len(block) :] if answers(rom, command, back) else None

        for _ in range(SEARCH_ATTEMPTS - 1):
            with suppress(CommunicationError):
                return await self._bus.work(job)
        return await self._bus.work(job)

    async def search(self) -> list[RomId]:
        """All devices in the order of the search.

        The bus is given away between passes. A device that was there and was not found is asked
        for by name: noise can hide a whole branch of the search without leaving a trace. Raises
        SearchError rather than leave somebody out.
        """
        found = await self._search(SEARCH_ROM, self._there_since.keys())
        self._take_stock(found)
        return found

    async def search_alarms(self) -> list[RomId]:
        """All devices in alarm; those that were are asked by name likewise. Raises SearchError."""
        before = self._alarming
        if before is not None and not before and not await self._any_alarm():
            return []
        found = await self._search(ALARM_SEARCH, before or ())
        self._alarming = set(found)
        return found

    async def _search(self, command: int, before: Collection[RomId]) -> list[RomId]:
        for _ in range(SEARCH_ATTEMPTS):
            found = await self._search_once(command)
            if found is not None and not await self._overlooked(command, set(before) - set(found)):
                return found
        raise SearchError(f"{self._bus.name}: the search {command:02X} fails again and again")

    async def _any_alarm(self) -> bool:
        """Whether anybody answers the first bit of an alarm search: 10 slots where a whole pass
        takes 200. It pays where mostly nobody is in alarm, so it is tried after such a time."""

        def job(master: BusMaster) -> bool:
            self._bus.counts.resets += 1
            if select(master, self._bus.branch, bytes([ALARM_SEARCH])) is None:
                return False
            return master.touch_bits([READ_SLOT, READ_SLOT]) != [1, 1]

        try:
            return await self._bus.work(job)
        except NotSupportedError:
            return True  # a bus master without single slots

    async def _overlooked(self, command: int, missing: set[RomId]) -> bool:
        """Whether one of these answers all the same, or the line is too noisy to tell."""
        try:
            for rom in sorted(missing):
                for _ in range(SEARCH_ATTEMPTS):
                    if await self._answers(rom, command):
                        return True
        except CommunicationError as error:
            log.debug("%s: %s", self._bus.name, error)
            return True
        return False

    async def _search_once(self, command: int) -> list[RomId] | None:
        search = RomSearch()
        found: list[RomId] = []
        failures = 0
        while not search.done:
            try:
                result = await self._bus.work(lambda master: self._pass(master, command, search))
                if result is None and not found:
                    return []
            except CommunicationError as error:
                log.debug("%s: %s", self._bus.name, error)
                result = None
            if result is not None and search.advance(*result):
                found.append(RomId(result[0]))
                continue
            # Garbled, or somebody left in the middle: the same pass once more.
            failures += 1
            self._bus.counts.search_errors[failures - 1] += 1
            if failures == SEARCH_ATTEMPTS:
                return None
        return found

    def _pass(self, master: BusMaster, command: int, search: RomSearch) -> tuple[bytes, int] | None:
        self._bus.counts.resets += 1
        branch = self._bus.branch
        if not branch:
            return master.reset_search_pass(command, search)
        if select(master, branch, b"") is None:
            return None
        return master.search_pass(command, search)

    def _take_stock(self, found: list[RomId]) -> None:
        now = self._bus.clock.now()
        there = {rom: self._there_since.get(rom, now) for rom in found}
        if there.keys() != self._there_since.keys():
            self._on_change()
        self._there_since = there

"""A wired bus: a bus master under a scheduler.

It runs jobs and keeps the bus master alive: one that fails is opened again, at once for the
request that met the failure, then in the background for as long as it takes. What is known about
the devices, on the trunk and on each branch, is in line.py.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from typing import Any, TypeVar

from owfs_py.bus.aliases import Aliases
from owfs_py.bus.branches import TRUNK, Branch, Connected
from owfs_py.bus.cache import Cache
from owfs_py.bus.errors import (
    BusError,
    BusNotRespondingError,
    BusShortError,
    BusTimeoutError,
    CommunicationError,
    NoPresenceError,
    NotSupportedError,
    OneWireError,
)
from owfs_py.bus.guard import Guard
from owfs_py.bus.host import possible_timeout
from owfs_py.bus.line import BranchLine, Line
from owfs_py.bus.masters.base import BusMaster, Can
from owfs_py.bus.scheduler import Scheduler

log = logging.getLogger(__name__)
T = TypeVar("T")

RECONNECT_FIRST = 0.5
RECONNECT_LONGEST = 5.0
"""Seconds between attempts to open a lost bus master; they double from the first to the longest."""

_STILL_OPENING = BusNotRespondingError("still being opened")


class WiredBus(Line):
    """One 1-Wire bus behind a bus master. All methods belong to the event loop's thread."""

    def __init__(
        self,
        number: int,
        master: BusMaster,
        cache: Cache,
        aliases: Aliases,
        on_change: Callable[[], None] = lambda: None,
        *,
        sharing: bool = True,
        one_device: bool = False,
    ) -> None:
        super().__init__(number, cache, aliases, on_change, sharing=sharing, one_device=one_device)
        self.master = master
        self.on_found: Callable[[], Awaitable[None]] | None = None
        """Awaited when the bus master was found, by `start` or later."""
        self._scheduler = Scheduler(f"bus.{number}")
        self._connected = Connected()
        self._branches: dict[Branch, BranchLine] = {}
        self._trouble: BusError | None = _STILL_OPENING
        """Why it cannot be used; None while it can."""
        self._guard = Guard(lambda: self.name)
        self._shorted = False
        self._reconnecting: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:  # type: ignore[override]  # that of USB adapters changes
        return self.master.address

    @property
    def place(self) -> str:
        return self.master.place

    @property
    def kind(self) -> str:  # type: ignore[override]  # the bus master may learn it when opened
        return self.master.name

    @property
    def version(self) -> int:  # type: ignore[override]  # likewise
        return self.master.version

    # Life and death of the bus master

    async def start(self) -> None:
        """Open the bus master; one that is missing is waited for in the background."""
        try:
            await self._scheduler.run(self._open)
        except BusError as error:
            self.counts.open_errors += 1
            self._lost(error)
        else:
            self._trouble = None
            log.info("%s: %s found", self.name, self.master.name)
            await self._found()

    def _open(self) -> None:
        with self._guard:
            self.master.open()
            if not self._one_device:
                # Whoever used the bus before may have left a branch connected. A bus that fails at
                # this does so again at the first request, which then sees to it.
                with suppress(BusError), self.master.turn():
                    self._connected.prepare(self.master, TRUNK, self.counts)

    async def stop(self) -> None:
        """Let the running transaction end and give the bus master back."""
        if self._reconnecting is not None:
            self._reconnecting.cancel()
        await self._scheduler.close()
        await asyncio.get_running_loop().run_in_executor(None, self._close)

    async def reopen(self) -> None:
        """Close the bus master and open it again, as after a fault.

        Whoever asks meanwhile waits for it; if it is missing anyhow it is looked for already.
        """
        if self._trouble is not None:
            return
        self.counts.reconnects += 1
        try:
            await self._scheduler.run(self._open_again)
        except BusError as error:
            self.counts.reconnect_errors += 1
            self._lost(error)
        self._forget_power()

    def _open_again(self) -> None:
        self._connected.forget()
        self._close()
        with self._guard:
            self.master.open()

    def _close(self) -> None:
        with suppress(BusError), self._guard:
            self.master.close()

    def _lost(self, error: BusError) -> None:
        if self._scheduler.is_closed:
            return
        if self._trouble in (None, _STILL_OPENING):
            log.error("%s: %s; looking for it again until it is back", self.name, self.told(error))
            self._reconnecting = asyncio.ensure_future(self._reconnect())
        self._trouble = error

    async def _reconnect(self) -> None:
        pause = RECONNECT_FIRST
        while self._trouble is not None:
            try:
                self.counts.reconnects += 1
                await self._scheduler.run(self._open_again)
            except BusError as error:
                self.counts.reconnect_errors += 1
                log.debug("%s: still missing: %s", self.name, self.told(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, RECONNECT_LONGEST)
            else:
                self._trouble = None
                self._forget_power()
                log.warning("%s: %s is back", self.name, self.master.name)
        await self._found()

    async def _found(self) -> None:
        if self.on_found is not None:
            await self.on_found()

    @property
    def is_lost(self) -> bool:
        return self._trouble is not None

    # What the bus master lets users change

    @property
    def long_resets(self) -> bool:
        return self.master.long_resets

    @long_resets.setter
    def long_resets(self, wanted: bool) -> None:
        self.master.long_resets = wanted

    @property
    def overdrive(self) -> bool:
        return self._overdrive.wanted

    @overdrive.setter
    def overdrive(self, wanted: bool) -> None:
        if wanted and Can.OVERDRIVE not in self.master.can:
            raise NotSupportedError(f"{self.name}: {self.master.name} has no overdrive")
        self._overdrive.wanted = wanted

    @property
    def settings(self) -> Collection[str]:
        return self.master.settings

    async def setting(self, name: str) -> Any:
        if name not in self.settings:
            return await super().setting(name)
        # Some are asked of the adapter.
        return await self._scheduler.run(lambda: self.master.setting(name))

    async def change_setting(self, name: str, value: Any) -> None:
        if name not in self.settings:
            await super().change_setting(name, value)
        await self._scheduler.run(lambda: self.master.change_setting(name, value))
        await self.reopen()

    def set_timeout(self, kind: str, seconds: int) -> None:
        self.master.set_timeout(kind, possible_timeout(kind, seconds))

    # Branches

    def behind(self, branch: Branch) -> Line:
        """The line that couplers lead to. NotSupportedError if the bus master cannot get there."""
        if not branch:
            return self
        if Can.BRANCHES not in self.master.can:
            raise NotSupportedError(f"{self.name}: {self.master.name} reaches no branches")
        if branch not in self._branches:
            self._branches[branch] = BranchLine(self, branch, self._on_change)
        return self._branches[branch]

    def forget_connections(self) -> None:
        self._connected.forget()

    def _forget_power(self) -> None:
        for line in (self, *self._branches.values()):
            line.conversions.forget()

    # Work on the bus

    async def work(self, job: Callable[[BusMaster], T], *, repeatable: bool = True) -> T:
        return await self.work_on(TRUNK, job, repeatable=repeatable)

    async def work_on(
        self, branch: Branch, job: Callable[[BusMaster], T], *, repeatable: bool = True
    ) -> T:
        """Call `job` with the bus master in the bus's thread when its turn comes.

        Other branches than that which `job` is about are disconnected before. If the bus master
        fails it is opened again and, if `repeatable`, the job repeated once.
        Raises BusNotRespondingError at once while the bus master is missing, or still being opened.
        """
        if self._trouble is not None:
            raise BusNotRespondingError(f"{self.name}: {self.told(self._trouble)}")
        try:
            return await self._scheduler.run(lambda: self._in_thread(branch, job, repeatable))
        except (NoPresenceError, BusShortError):
            raise
        except BusError as error:
            self._lost(error)
            raise
        except OneWireError:
            raise
        except Exception as fault:  # a fault of the program: nobody knows what it left behind
            self._lost(BusNotRespondingError(f"{type(fault).__name__}: {fault}"))
            raise

    def _in_thread(self, branch: Branch, job: Callable[[BusMaster], T], repeatable: bool) -> T:
        began = self.clock.now()
        self.counts.locks += 1
        try:
            result = self._on_branch(branch, job)
        except NoPresenceError:
            raise
        except BusError as error:
            result = self._again(branch, job, error, repeatable)
        finally:
            self.counts.bus_time += self.clock.now() - began
            self.counts.unlocks += 1
        self._shorted = False
        return result

    def _on_branch(self, branch: Branch, job: Callable[[BusMaster], T]) -> T:
        with self.master.turn():
            if not self._one_device:
                self._connected.prepare(self.master, branch, self.counts)
            try:
                return job(self.master)
            except CommunicationError:
                if branch:
                    self._connected.forget()
                raise

    def _again(
        self, branch: Branch, job: Callable[[BusMaster], T], error: BusError, repeatable: bool
    ) -> T:
        """Open the bus master anew and do `job` once more."""
        if isinstance(error, BusShortError):
            self.counts.shorts += 1
            if self._shorted:
                raise error
            # Once for each short circuit: one that lost its power may seem to tell of one.
            self._shorted = True
        else:
            self._count_failure(error)
        log.warning("%s: %s; opening it again", self.name, self.told(error))
        self.counts.reconnects += 1
        self._open_again()
        if not repeatable:
            raise error
        return self._on_branch(branch, job)

    def _count_failure(self, error: BusError) -> None:
        self.counts.errors += 1
        # Most of what goes to a bus begins with a reset; which part failed does not show.
        self.counts.reset_errors += 1
        if isinstance(error, BusTimeoutError):
            self.counts.timeouts += 1

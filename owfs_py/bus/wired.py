"""A wired bus: a bus master under a scheduler, with what is known about the devices on it.

It runs transactions and searches and keeps the bus master alive: one that fails is opened again,
at once for the request that met the failure, then in the background for as long as it takes. How
properties are read and written is in access.py.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any, TypeVar

from owfs_py.bus.access import Access, value_key
from owfs_py.bus.aliases import Aliases
from owfs_py.bus.cache import Cache
from owfs_py.bus.chip import POWERED, Chip, fact_key
from owfs_py.bus.conversions import Conversions, Convert
from owfs_py.bus.errors import (
    BusError,
    BusNotRespondingError,
    BusShortError,
    BusTimeoutError,
    NoPresenceError,
)
from owfs_py.bus.face import LocalBus, Sample, device_of
from owfs_py.bus.families import family_of
from owfs_py.bus.masters.base import BusMaster
from owfs_py.bus.properties import Change, Part, Property, Visible
from owfs_py.bus.rom import RomId
from owfs_py.bus.roster import Roster
from owfs_py.bus.scheduler import Scheduler
from owfs_py.bus.transaction import Transaction, execute
from owfs_py.bus.tree import Node

log = logging.getLogger(__name__)
T = TypeVar("T")

RECONNECT_FIRST = 0.5
RECONNECT_LONGEST = 5.0
"""Seconds between attempts to open a lost bus master; they double from the first to the longest."""


class WiredBus(LocalBus):
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
        super().__init__(number, cache, on_change)
        self.master = master
        self.address = master.address
        self.aliases = aliases
        self.conversions = Conversions(self.run, self.clock, sharing=sharing)
        self.access = Access(self)
        self.voltage_mark = float("-inf")
        """When voltages were last asked for through /simultaneous."""
        self._scheduler = Scheduler(f"bus.{number}")
        self.roster = Roster(self, self.conversions.forget)
        self._trouble: BusError | None = None
        self._shorted = False
        self._one_device = one_device
        self._reconnecting: asyncio.Task[None] | None = None

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
            await self._scheduler.run(self.master.open)
        except BusError as error:
            self.counts.open_errors += 1
            self._lost(error)
        else:
            log.info("%s: %s found", self.name, self.master.name)

    async def stop(self) -> None:
        """Let the running transaction end and give the bus master back."""
        if self._reconnecting is not None:
            self._reconnecting.cancel()
        await self._scheduler.close()
        await asyncio.get_running_loop().run_in_executor(None, self.master.close)

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
        self.conversions.forget()

    def _open_again(self) -> None:
        self.master.close()
        self.master.open()

    def _lost(self, error: BusError) -> None:
        if self._trouble is None:
            log.error("%s: %s; looking for it again until it is back", self.name, error)
            self._reconnecting = asyncio.ensure_future(self._reconnect())
        self._trouble = error

    async def _reconnect(self) -> None:
        pause = RECONNECT_FIRST
        while self._trouble is not None:
            await self._scheduler.run(self.master.close)
            try:
                self.counts.reconnects += 1
                await self._scheduler.run(self.master.open)
            except BusError as error:
                self.counts.reconnect_errors += 1
                log.debug("%s: still missing: %s", self.name, error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, RECONNECT_LONGEST)
            else:
                self._trouble = None
                self.conversions.forget()
                log.warning("%s: %s is back", self.name, self.master.name)

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
    def settings(self) -> Collection[str]:
        return self.master.settings

    async def setting(self, name: str) -> Any:
        if name not in self.settings:
            return await super().setting(name)
        return self.master.setting(name)

    async def change_setting(self, name: str, value: Any) -> None:
        if name not in self.settings:
            await super().change_setting(name, value)
        await self._scheduler.run(lambda: self.master.change_setting(name, value))
        await self.reopen()

    def set_timeout(self, kind: str, seconds: int) -> None:
        self.master.set_timeout(kind, seconds)

    # Work on the bus

    async def work(self, job: Callable[[BusMaster], T], *, repeatable: bool = True) -> T:
        """Call `job` with the bus master in the bus's thread when its turn comes.

        If the bus master fails it is opened again and, if `repeatable`, the job repeated once.
        Raises BusNotRespondingError at once while the bus master is missing.
        """
        if self._trouble is not None:
            raise BusNotRespondingError(f"{self.name}: {self._trouble}")
        try:
            return await self._scheduler.run(lambda: self._in_thread(job, repeatable))
        except (NoPresenceError, BusShortError):
            raise
        except BusError as error:
            self._lost(error)
            raise

    def _in_thread(self, job: Callable[[BusMaster], T], repeatable: bool) -> T:
        began = self.clock.now()
        self.counts.locks += 1
        try:
            result = job(self.master)
        except NoPresenceError:
            raise
        except BusError as error:
            result = self._again(job, error, repeatable)
        finally:
            self.counts.bus_time += self.clock.now() - began
            self.counts.unlocks += 1
        self._shorted = False
        return result

    def _again(self, job: Callable[[BusMaster], T], error: BusError, repeatable: bool) -> T:
        """Open the bus master anew and do `job` once more."""
        if isinstance(error, BusShortError):
            self.counts.shorts += 1
            if self._shorted:
                raise error
            # Once for each short circuit: one that lost its power may seem to tell of one.
            self._shorted = True
        else:
            self._count_failure(error)
        log.warning("%s: %s; opening it again", self.name, error)
        self.counts.reconnects += 1
        self.master.close()
        self.master.open()
        if not repeatable:
            raise error
        return job(self.master)

    def _count_failure(self, error: BusError) -> None:
        self.counts.errors += 1
        # Most of what goes to a bus begins with a reset; which part failed does not show.
        self.counts.reset_errors += 1
        if isinstance(error, BusTimeoutError):
            self.counts.timeouts += 1

    async def run(self, transaction: Transaction) -> tuple[list[bytes], float, float]:
        """Execute `transaction`: what its steps read, and when it began and ended."""
        if self._one_device:
            transaction = replace(transaction, rom=None)

        def job(master: BusMaster) -> tuple[list[bytes], float, float]:
            began = self.clock.now()
            results = execute(master, transaction, self.counts)
            return results, began, self.clock.now()

        return await self.work(job, repeatable=transaction.attempts > 1)

    async def has(self, rom: RomId) -> bool:
        # With a single device by order of the user any name means that one.
        return self._one_device or await self.roster.has(rom)

    async def search(self, *, alarm: bool = False) -> list[RomId]:
        return await (self.roster.search_alarms() if alarm else self.roster.search())

    # Reading and writing properties, mostly in access.py

    async def sample(self, node: Node, fresh: bool, part: Part | None = None) -> Sample:
        rom, family, prop = device_of(node)
        return await self.access.sample(rom, family, prop, node.index, fresh=fresh, part=part)

    async def store(self, node: Node, value: Any, offset: int = 0) -> None:
        rom, family, prop = device_of(node)
        await self.access.write(rom, family, prop, node.index, value, offset)

    async def is_visible(self, prop: Property, rom: RomId) -> bool:
        if isinstance(prop.visible, Visible):
            return prop.visible is Visible.ALWAYS
        shown = prop.visible(Chip(self, rom, family_of(rom), fresh=False))
        return bool(await shown if inspect.isawaitable(shown) else shown)

    async def convert_everybody(self, convert: Convert) -> None:
        await self.conversions.convert_everybody(convert)

    def is_converting(self, lifetime: float) -> bool:
        return self.conversions.running(lifetime)

    async def measure_everybody(self, transaction: Transaction) -> None:
        """Let all devices measure voltages by `transaction`; values from before are stale then.

        One that fails leaves everything as it was.
        """
        _, began, _ = await self.run(transaction)
        self.voltage_mark = began

    def stale_before(self, change: Change) -> float:
        """The time before which a cached value of this class was overtaken by /simultaneous."""
        if change is Change.TEMPERATURE:
            return self.conversions.explicit_mark
        return self.voltage_mark if change is Change.VOLTAGE else float("-inf")

    def shared_since(self, rom: RomId) -> float:
        """The earliest beginning of a conversion that counts for a reading that need not be fresh.

        One conversion serves the readings of a volatile lifetime, unless the device came later
        or somebody asked for a newer one through /simultaneous.
        """
        oldest = self.clock.now() - self.cache.timeouts.volatile
        there_since = self.roster.since(rom)
        if there_since is None:
            there_since = self.clock.now()
        return max(oldest, there_since, self.conversions.explicit_mark)

    def power_changed(self, rom: RomId) -> None:
        """`rom` lost its power: ask it, and the line, anew how they are fed."""
        self.cache.drop(fact_key(rom, POWERED))
        self.cache.drop(value_key(rom, "power", None))
        self.conversions.forget()

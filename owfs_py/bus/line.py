"""A line: devices that hear each other, the trunk of a wired bus or a branch behind couplers.

What is known about the devices on it, and how they are asked, is here; the bus master and its
life belong to the trunk (wired.py). How properties are read and written is in access.py.
"""

from __future__ import annotations

import abc
import inspect
import logging
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from owfs_py.bus.access import Access, value_key
from owfs_py.bus.aliases import Aliases
from owfs_py.bus.branches import TRUNK, Branch
from owfs_py.bus.cache import Cache
from owfs_py.bus.chip import POWERED, Chip, fact_key
from owfs_py.bus.conversions import Conversions, Convert
from owfs_py.bus.errors import OneWireError
from owfs_py.bus.face import LocalBus, Sample, device_of
from owfs_py.bus.families import family_of
from owfs_py.bus.masters.base import BusMaster
from owfs_py.bus.overdrive import Overdrive
from owfs_py.bus.properties import Change, Part, Property, Visible
from owfs_py.bus.rom import RomId
from owfs_py.bus.roster import Roster
from owfs_py.bus.transaction import Transaction
from owfs_py.bus.tree import Node
from owfs_py.bus.view import DEFAULT_VIEW, View

if TYPE_CHECKING:
    from owfs_py.bus.wired import WiredBus

log = logging.getLogger(__name__)
T = TypeVar("T")


class Line(LocalBus):
    """The devices on one line. All methods belong to the event loop's thread."""

    def __init__(
        self,
        number: int,
        cache: Cache,
        aliases: Aliases,
        on_change: Callable[[], None],
        *,
        branch: Branch = TRUNK,
        sharing: bool = True,
        one_device: bool = False,
    ) -> None:
        super().__init__(number, cache, on_change)
        self.branch = branch
        self.aliases = aliases
        self.conversions = Conversions(self.run, self.clock, sharing=sharing)
        self._overdrive = Overdrive()
        self.access = Access(self)
        self.roster = Roster(self, self.conversions.forget)
        self.voltage_mark = float("-inf")
        """When voltages were last asked for through /simultaneous."""
        self.sharing = sharing
        self._one_device = one_device

    @abc.abstractmethod
    async def work(self, job: Callable[[BusMaster], T], *, repeatable: bool = True) -> T:
        """Call `job` with the bus master in the bus's thread when its turn comes.

        What `job` sends must begin with `branches.select` for `branch`, or on the trunk with a
        reset. If the bus master fails it is opened again and, if `repeatable`, the job repeated.
        """

    @abc.abstractmethod
    def forget_connections(self) -> None:
        """Couplers may have connected or disconnected lines by themselves."""

    def identity(self, rom: RomId) -> Hashable:
        return (rom, self.branch) if self.branch else rom

    async def run(self, transaction: Transaction) -> tuple[list[bytes], float, float]:
        """Execute `transaction`: what its steps read, and when it began and ended."""
        if self._one_device:
            transaction = replace(transaction, rom=None)

        def job(master: BusMaster) -> tuple[list[bytes], float, float]:
            began = self.clock.now()
            results = self._overdrive.execute(master, transaction, self.counts, self.branch)
            return results, began, self.clock.now()

        return await self.work(job, repeatable=transaction.attempts > 1)

    async def has(self, rom: RomId, view: View = DEFAULT_VIEW) -> bool:
        # With a single device by order of the user any name means that one.
        return self._one_device or await self.roster.has(rom)

    async def search(self, *, alarm: bool = False) -> list[RomId]:
        roms = await (self.roster.search_alarms() if alarm else self.roster.search())
        self.look_for_long_resets(roms)
        return roms

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
        try:
            shown = prop.visible(Chip(self, rom, family_of(rom), fresh=False))
            return bool(await shown if inspect.isawaitable(shown) else shown)
        except OneWireError as error:
            log.info("%s: %s is not listed: %s", self.name, prop.name, error)
            return False

    async def as_in_chip(self, prop: Property, rom: RomId) -> Property:
        return await self.access.as_in_chip(rom, family_of(rom), prop, None)

    async def convert_everybody(self, convert: Convert, view: View = DEFAULT_VIEW) -> None:
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
        self.cache.drop(fact_key(self.identity(rom), POWERED))
        self.cache.drop(value_key(self.identity(rom), "power", None))
        self.conversions.forget()


class BranchLine(Line):
    """A line behind couplers: the trunk's bus master, and devices of its own."""

    def __init__(self, trunk: WiredBus, branch: Branch, on_change: Callable[[], None]) -> None:
        super().__init__(
            trunk.number, trunk.cache, trunk.aliases, on_change, branch=branch,
            sharing=trunk.sharing,
        )  # fmt: skip
        self._trunk = trunk
        self.counts = trunk.counts
        self.address = trunk.address

    @property
    def kind(self) -> str:  # type: ignore[override]  # the bus master may learn it when opened
        return self._trunk.kind

    @property
    def version(self) -> int:  # type: ignore[override]  # likewise
        return self._trunk.version

    @property
    def name(self) -> str:
        way = "/".join(f"{coupler.rom}/{coupler.side.name.lower()}" for coupler in self.branch)
        return f"{self._trunk.name} behind {way}"

    @property
    def is_lost(self) -> bool:
        return self._trunk.is_lost

    @property
    def long_resets(self) -> bool:
        return self._trunk.long_resets

    @long_resets.setter
    def long_resets(self, wanted: bool) -> None:
        self._trunk.long_resets = wanted

    async def start(self) -> None:
        """There is nothing to do: the trunk has been started."""

    async def stop(self) -> None:
        """There is nothing to do: the trunk will be stopped."""

    async def reopen(self) -> None:
        await self._trunk.reopen()

    def behind(self, branch: Branch) -> Line:
        return self._trunk.behind(branch)

    async def work(self, job: Callable[[BusMaster], T], *, repeatable: bool = True) -> T:
        return await self._trunk.work_on(self.branch, job, repeatable=repeatable)

    def forget_connections(self) -> None:
        self._trunk.forget_connections()

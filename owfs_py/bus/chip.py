"""Chip: one device on a wired bus, as the readers and writers of a family see it.

It carries what belongs to one request (must it be fresh, how long does the answer hold, since
when is it true) and the few operations from which families are made. It knows no family.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

from owfs_py.bus.cache import FACT, Life
from owfs_py.bus.conversions import Convert
from owfs_py.bus.families.catalog import Feature
from owfs_py.bus.properties import Index
from owfs_py.bus.rom import RomId
from owfs_py.bus.transaction import Check, Exchange, Power, Select, Step, Transaction

if TYPE_CHECKING:
    from owfs_py.bus.families import Family
    from owfs_py.bus.line import Line

EEPROM_WRITE_TIME = 0.010
"""Seconds that Copy Scratchpad needs the strong pull-up (DS18B20 data sheet, t_WR maximum)."""


POWERED = "powered"
"""The fact under which a family remembers what its chip answered to Read Power Supply."""


def fact_key(who: Hashable, fact: Hashable) -> tuple[Hashable, str, Hashable]:
    """The key in the cache of something known about a chip that is no property."""
    return who, FACT, fact


class Chip:
    """One device during one request. Not shared between requests."""

    def __init__(
        self, bus: Line, rom: RomId, family: Family, *, fresh: bool, writing: bool = False
    ) -> None:
        self.bus = bus
        self.rom = rom
        self.family = family
        self.fresh = fresh
        """Nothing from the cache: the request came through /uncached."""
        self.writing = writing
        """A property is being written, not read."""
        self.asked = bus.clock.now()
        """When the request arrived; a fresh value is no older."""
        self.since = float("inf")
        """When the oldest part of what was read was true."""
        self.until = float("inf")
        """Until when everything that was taken from the cache holds."""
        self.talked = False
        """Something was asked of the chip itself."""
        self.proven = False
        """Something came from the chip with a good CRC: it is there."""

    async def run(self, *steps: Step, attempts: int = 3) -> list[bytes]:
        """Select the chip and do `steps` in one go; what each reading step read."""
        features = self.family.features
        transaction = Transaction(
            self.rom,
            steps,
            attempts,
            self.writing,
            resume=Feature.RESUME in features,
            overdrive=Feature.OVERDRIVE in features,
        )
        results, began, _ = await self.bus.run(transaction)
        self.since = min(self.since, began)
        self.talked = True
        self.proven |= any(
            isinstance(step, Exchange) and step.check is not Check.NONE for step in steps
        )
        return results

    async def exchange(self, write: bytes, read: int = 0, check: Check = Check.NONE) -> bytes:
        """Select the chip, write, read; what was read."""
        results = await self.run(Exchange(write, read, check))
        return results[0] if results else b""

    async def single_out(self, command: int, then: bytes = b"") -> bytes | None:
        """Select the chip by a search (F0 or EC) instead of Match ROM; what came back for `then`.

        None if it takes no part in the search.
        """
        began = self.bus.clock.now()
        back = await self.bus.roster.single_out(self.rom, command, then)
        self.since = min(self.since, began)
        self.talked = True
        return back

    async def copy_to_eeprom(self, command: bytes, *before: Step) -> None:
        """Do the steps `before`, select anew, send `command` and feed its last byte strongly."""
        *head, last = command
        steps: list[Step] = [*before, Select()] if before else []
        if head:
            steps.append(Exchange(bytes(head)))
        await self.run(*steps, Power(last, EEPROM_WRITE_TIME))

    async def converted(self, convert: Convert, seconds: float, not_before: float) -> None:
        """Wait until a conversion that began at `not_before` or later is complete."""
        began = await self.bus.conversions.converted(
            self.rom,
            convert,
            seconds,
            not_before,
            self.is_powered,
            for_others=not self.fresh,
        )
        self.since = min(self.since, began)

    async def settle(self) -> None:
        """Wait until the chip converts no more."""
        await self.bus.conversions.settle(self.rom)

    async def is_powered(self) -> bool:
        """Whether the chip said when last asked that it has external power.

        One that cannot say so always has.
        """
        if self.family.get("power") is None:
            return True
        known = self.recall(POWERED)
        return bool(await self.value("power") if known is None else known)

    async def value(self, name: str, index: Index | None = None) -> Any:
        """Another property of this chip, through the cache."""
        prop = self.family.get(name)
        assert prop is not None, f"{self.family.name} has no property {name}"
        return await self.bus.access.fetch(self, prop, index)

    def recall(self, fact: Hashable) -> Any:
        """What `remember` kept under this name, or None when it does not hold any more."""
        entry = self.bus.cache.get(fact_key(self.bus.identity(self.rom), fact))
        return None if entry is None else entry.value

    def remember(self, fact: Hashable, value: Any, life: Life = Life.STABLE) -> None:
        """Keep something about the chip that is no property (a variant, a setting)."""
        self.bus.cache.put(fact_key(self.bus.identity(self.rom), fact), value, life)

    def forget(self, fact: Hashable) -> None:
        self.bus.cache.drop(fact_key(self.bus.identity(self.rom), fact))

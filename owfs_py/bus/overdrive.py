"""Overdrive: which transactions go at that speed, how a device is brought to it, what if it fails.

It decides and prepares; transaction.py executes. Sources: data sheets DS2431 and DS2408
(Overdrive-Skip ROM, Overdrive-Match ROM, reset at overdrive speed).
"""

from __future__ import annotations

import logging
from dataclasses import replace

from owfs_py.bus.branches import TRUNK, Branch
from owfs_py.bus.errors import CommunicationError, NoPresenceError
from owfs_py.bus.masters.base import BusMaster, Can
from owfs_py.bus.rom import RomId
from owfs_py.bus.statistics import BusCounts
from owfs_py.bus.transaction import (
    READ_ROM,
    Check,
    Exchange,
    Select,
    Step,
    Transaction,
    attempt,
    execute,
)

log = logging.getLogger(__name__)

OVERDRIVE_SKIP_ROM = 0x3C
OVERDRIVE_MATCH_ROM = 0x69
ROM_SIZE = 8

PAUSE = 300.0
"""Seconds for which a device that failed at overdrive speed is spoken to at regular speed only."""


class Overdrive:
    """The use of overdrive on one line. `execute` belongs to the bus's thread.

    The way is: reset and Overdrive-Match ROM at regular speed, the ROM id at overdrive speed. From
    then on only that device understands the line. A reset at overdrive speed, whose presence pulse
    tells that it does, and Skip ROM select it. The next transaction begins with a reset at regular
    speed, which brings every device back.
    """

    def __init__(self) -> None:
        self._wanted = False
        self._regular_until: dict[RomId | None, float] = {}

    @property
    def wanted(self) -> bool:
        """Whether to use it at all, which is for the trunk only; to switch it on anew gives every
        device another chance."""
        return self._wanted

    @wanted.setter
    def wanted(self, wanted: bool) -> None:
        self._wanted = wanted
        self._regular_until.clear()

    def execute(
        self, master: BusMaster, transaction: Transaction, counts: BusCounts, branch: Branch
    ) -> list[bytes]:
        """As `transaction.execute`, at overdrive speed where that is wanted, possible and works.

        What fails at overdrive speed is done at regular speed, with all its attempts.
        """
        alone = self._alone(master, transaction) if self._wanted else None
        if alone is None:
            return execute(master, transaction, counts, branch)
        rom = transaction.rom
        counts.overdrive_attempts += 1
        # Also if the adapter fails and the bus repeats all this: until it works it does not.
        self._regular_until[rom] = master.clock.now() + PAUSE
        try:
            results = _at_overdrive(master, rom, alone, counts)
        except CommunicationError as error:
            counts.overdrive_failures += 1
            log.info("%s: at regular speed for %g s: %s", rom, PAUSE, error)
            return execute(master, transaction, counts, branch)
        self._regular_until.pop(rom, None)
        return results

    def _alone(self, master: BusMaster, transaction: Transaction) -> Transaction | None:
        """What to do with a device alone at overdrive speed; None: rather not."""
        if not transaction.overdrive or Can.OVERDRIVE not in master.can:
            return None
        # What must not be repeated must not fail at overdrive speed first.
        if transaction.attempts == 1 or transaction.head is not None:
            return None
        if master.clock.now() < self._regular_until.get(transaction.rom, 0.0):
            return None
        return _proving(transaction)


def _proving(transaction: Transaction) -> Transaction | None:
    """`transaction` for a device that is alone, so that wrong answers show; None if it cannot.

    One check is enough to show that both hear each other well. A single answer without any is read
    twice, each time after the ROM id, which shows that the device's zeros come in time.
    """
    reads = [step for step in transaction.steps if isinstance(step, Exchange) and step.read]
    if any(step.check is not Check.NONE or step.expect is not None for step in reads):
        return replace(transaction, rom=None)
    if not reads or len(transaction.steps) > 1:
        return None
    who = Exchange(b"", ROM_SIZE, Check.CRC8)
    steps: tuple[Step, ...] = (who, *reads, Select(), who, *reads)
    return replace(transaction, rom=None, head=bytes([READ_ROM]), steps=steps)


def _at_overdrive(
    master: BusMaster, rom: RomId | None, alone: Transaction, counts: BusCounts
) -> list[bytes]:
    """Bring `rom` (None: everybody) to overdrive speed, do `alone`, and come back.

    Raises as one attempt at regular speed does; NoPresenceError only if nobody is there at all.
    """
    call = bytes([OVERDRIVE_SKIP_ROM if rom is None else OVERDRIVE_MATCH_ROM])
    attempt(master, Transaction(None, (), head=call), counts, TRUNK)
    try:
        master.set_overdrive(True)
        if rom is not None and master.exchange(rom) != rom:
            counts.select_errors += 1
            raise CommunicationError(f"{rom}: echo differs while selecting at overdrive speed")
        results = attempt(master, alone, counts, TRUNK)
    except NoPresenceError as error:
        raise CommunicationError(f"{rom}: no presence pulse at overdrive speed") from error
    finally:
        master.set_overdrive(False)
    if alone.head is None:
        return results
    _, first, _, second = results
    if first != second:
        raise CommunicationError(f"{rom}: two readings differ at overdrive speed")
    return [first]

"""In which order DS28EA00s are chained: each is enabled by the one before it on the cable.

The pins PIOA and PIOB of the chips make the chain, so that this disturbs whatever else is at them:
afterwards all their outputs are off. Source: data sheet DS28EA00 (chain states, Conditional Read
ROM, "Sequence Discovery Procedure").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from owfs_py.bus.branches import select
from owfs_py.bus.errors import CommunicationError, NoPresenceError, VerifyError
from owfs_py.bus.rom import RomId
from owfs_py.bus.transaction import Exchange, Transaction, Wait

if TYPE_CHECKING:
    from owfs_py.bus.line import Line
    from owfs_py.bus.masters.base import BusMaster

FAMILY = 0x42
CHAIN_OFF, CHAIN_ON, CHAIN_DONE = b"\x99\x3c\xc3", b"\x99\x5a\xa5", b"\x99\x96\x69"
CONFIRMATION = b"\xaa"
CONDITIONAL_READ_ROM = b"\x0f"
ROM_SIZE = 8
NOBODY = b"\xff" * ROM_SIZE
CHARGING_TIME = 0.001
"""Seconds in which 40 kΩ inside the chip charge the wire to the next one, 2 nF and some more."""


async def order_of(line: Line) -> list[RomId]:
    """The DS28EA00s on a line in the order of their chain, the first one's PIOB being grounded.

    Those behind a gap in the chain are left out. Each is told by its ROM id to take part, since
    other families understand the command for all as something else. Raises CommunicationError,
    also where a serial number chip, which answers the same command, is on the line.
    """
    chips = [rom for rom in await line.search() if rom.family == FAMILY]

    def next_one(master: BusMaster) -> RomId | None:
        return _next(line, master)

    found: list[RomId] = []
    try:
        for rom in chips:
            await _tell(line, rom, CHAIN_ON)
        while len(found) < len(chips) and (heard := await line.work(next_one)) is not None:
            if heard not in chips or heard in found:
                raise CommunicationError(f"{line.name}: {heard} is no next one of a chain")
            found.append(heard)
    finally:
        await _end(line, chips)
    return found


async def _end(line: Line, chips: list[RomId]) -> None:
    """Give all chips their pins back, also if one of them does not hear it."""
    failures = []
    for rom in chips:
        try:
            await _tell(line, rom, CHAIN_OFF)
        except CommunicationError as error:
            failures.append(error)
    if failures:
        raise failures[0]


async def _tell(line: Line, rom: RomId, state: bytes) -> None:
    steps = Exchange(state), Wait(CHARGING_TIME), Exchange(b"", 1, expect=CONFIRMATION)
    await line.run(Transaction(rom, steps))


def _next(line: Line, master: BusMaster) -> RomId | None:
    """The first chip that was not yet heard; it lets the next one be heard then."""
    line.counts.resets += 1
    answer = select(master, line.branch, CONDITIONAL_READ_ROM + NOBODY)
    if answer is None:
        raise NoPresenceError(f"{line.name}: no presence pulse")
    data = answer[len(CONDITIONAL_READ_ROM) :]
    if data == NOBODY:
        return None
    try:
        rom = RomId(data)
    except ValueError as error:
        raise CommunicationError(f"{line.name}: several chips in a chain at once") from error
    confirmed = master.exchange(CHAIN_DONE + NOBODY[:1])
    if not confirmed.endswith(CONFIRMATION):
        raise VerifyError(f"{rom} does not let the next one of the chain be heard")
    return rom

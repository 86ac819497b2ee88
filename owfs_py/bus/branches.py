"""Branches of a bus behind couplers (DS2409): how one gets there, and what is connected now.

Source: data sheet DS2409 (Smart-On, All Lines Off). Paths are in tree.py, lines in line.py.
"""

from __future__ import annotations

import enum
from contextlib import suppress
from typing import NamedTuple

from owfs_py.bus.errors import CommunicationError, NoPresenceError
from owfs_py.bus.masters.base import BusMaster, Can
from owfs_py.bus.rom import RomId
from owfs_py.bus.statistics import BusCounts

MATCH_ROM = 0x55
SKIP_ROM = 0xCC
ALL_LINES_OFF = 0x66
RESET_STIMULUS = 0xFF
"""What is sent while the coupler resets the devices on the branch."""
READ = b"\xff"


class Side(enum.IntEnum):
    """The lines of a coupler, by the Smart-On command of each."""

    MAIN = 0xCC
    AUX = 0x33


SIDES = {"main": Side.MAIN, "aux": Side.AUX}
"""By the words in a path."""


class Coupler(NamedTuple):
    """One level: which coupler, and which of its lines."""

    rom: RomId
    side: Side


Branch = tuple[Coupler, ...]
"""The way to a branch, from the trunk on."""
TRUNK: Branch = ()


def _level(coupler: Coupler) -> bytes:
    """Smart-On; then come a presence byte and the command once more, for confirmation."""
    command = bytes((coupler.side, RESET_STIMULUS))
    return bytes([MATCH_ROM]) + coupler.rom + command + READ * 2


def select(master: BusMaster, branch: Branch, data: bytes) -> bytes | None:
    """Reset, connect the branch level by level, exchange `data` with the devices there.

    They have been reset by that and wait for a ROM command, which `data` begins with. Returns
    what came back for `data`, None if there was no presence pulse on the trunk.
    Raises CommunicationError if a coupler does not confirm.
    """
    way = b"".join(map(_level, branch))
    back = master.reset_exchange(way + data)
    if back is None:
        return None
    at = 0
    for coupler in branch:
        level = _level(coupler)
        echo, confirmation = back[at : at + len(level) - 2], back[at + len(level) - 1]
        if not level.startswith(echo) or confirmation != coupler.side:
            raise CommunicationError(f"{coupler.rom} does not connect its {coupler.side.name}")
        at += len(level)
    return back[at:]


class Connected:
    """Which branch is connected now, as far as is known. Belongs to the bus's thread."""

    def __init__(self) -> None:
        self._branch: Branch | None = None

    def forget(self) -> None:
        """Something went wrong or somebody else has been there: any line may be connected."""
        self._branch = None

    def prepare(self, master: BusMaster, branch: Branch, counts: BusCounts) -> None:
        """Disconnect whatever lies not on the way to `branch` and was connected before.

        Each coupler on the way is told to, before it is used, and those at its end.
        """
        if branch == self._branch or Can.BRANCHES not in master.can:
            return
        self._branch = None
        for depth in range(len(branch) + 1):
            counts.resets += 1
            # Whether somebody confirms does not matter: mostly there is no coupler at all.
            with suppress(CommunicationError, NoPresenceError):
                select(master, branch[:depth], bytes((SKIP_ROM, ALL_LINES_OFF)) + READ)
        self._branch = branch

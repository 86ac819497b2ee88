"""ListingMaster: adapters that search by themselves and tell the ids found, not the way there.

The core walks the search tree pass by pass. Here the whole list is fetched at the first pass and
the others are served from it, without anything going over the wire.
"""

from __future__ import annotations

import abc
from collections.abc import Sequence

from owfs_py._search import RomSearch
from owfs_py.bus.errors import SearchError
from owfs_py.bus.masters.base import BusMaster
from owfs_py.bus.rom import RomId

ROM_DIGITS = 16


class ListingMaster(BusMaster):
    """A bus master that offers `list_roms` instead of passes of a search."""

    _listed: tuple[RomSearch, list[RomId]] | None = None

    @abc.abstractmethod
    def list_roms(self, command: int) -> list[RomId]:
        """The ids of all that answer `command` (0xF0 or 0xEC), resets included."""

    def reset_search_pass(self, command: int, search: RomSearch) -> tuple[bytes, int] | None:
        if self._listed is None or self._listed[0] is not search or search.last_discrepancy < 0:
            self._listed = (search, self.list_roms(command))
        roms = self._listed[1]
        if not roms:
            return None
        result = step(roms, search)
        if result is None:
            raise SearchError(f"{self.address}: the list of devices contradicts itself")
        return result


def step(roms: Sequence[RomId], search: RomSearch) -> tuple[bytes, int] | None:
    """The pass of `search` among devices with these ids: who is found, and the conflicts met.

    None if nobody goes the way that was taken before.
    """
    left = [int.from_bytes(rom, "little") for rom in roms]
    conflicts = 0
    for position in range(64):
        ones = [rom for rom in left if rom >> position & 1]
        if not ones or len(ones) == len(left):
            continue
        conflicts |= 1 << position
        left = ones if search.direction(position) else [rom for rom in left if rom not in ones]
    rom = left[0].to_bytes(8, "little")
    return rom, conflicts


def rom_from_digits(text: str) -> RomId:
    """The id from 16 hex digits, CRC first and family code last. Raises SearchError."""
    try:
        rom = RomId(bytes.fromhex(text)[::-1])
    except ValueError as error:
        raise SearchError(f"{text!r} is no ROM id: {error}") from error
    if not rom.family:
        raise SearchError(f"{text!r} is no ROM id: family code 00")
    return rom


def rom_digits(rom: bytes) -> str:
    """Eight bytes as those 16 digits."""
    return rom[::-1].hex().upper()

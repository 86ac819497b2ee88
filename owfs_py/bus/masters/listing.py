"""ListingMaster and AddressingMaster: adapters that search, and select devices, by themselves.

The core walks the search tree pass by pass. Here the whole list is fetched at the first pass and
the others are served from it, without anything going over the wire.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Container, Sequence

from owfs_py._search import RomSearch
from owfs_py.bus.errors import BusError, NotSupportedError, SearchError
from owfs_py.bus.masters.base import BusMaster, Can
from owfs_py.bus.rom import RomId

MATCH_ROM = 0x55
MATCH_ROM_SIZE = 9
"""The command and a ROM id."""

MAX_LISTED = 1000
"""So many devices on a bus are a search that goes in circles."""


class ListingMaster(BusMaster):
    """A bus master that offers `list_roms` instead of passes of a search.

    It comes before other bases: its `close` goes on to theirs.
    """

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
        return step(roms, search)

    def close(self) -> None:
        self._listed = None  # who is there may be another when it is opened again
        super().close()  # type: ignore[safe-super]  # that of the next base, or nothing to do


class AddressingMaster(ListingMaster):
    """A bus master that also has a command of its own to select a device.

    Mostly it has no single slots; one that has some says how in `touch_bits`, and says `can`.
    """

    can = Can.NOTHING

    @abc.abstractmethod
    def address_device(self, rom: bytes) -> bool:
        """Reset and Match ROM; False if nobody is known to be present."""

    def reset_exchange(self, data: bytes) -> bytes | None:
        head, rest = data[:MATCH_ROM_SIZE], data[MATCH_ROM_SIZE:]
        if len(head) < MATCH_ROM_SIZE or head[0] != MATCH_ROM:
            return super().reset_exchange(data)
        if not self.address_device(head[1:]):
            return None
        return head + self.exchange(rest)

    def touch_bits(self, bits: Sequence[int]) -> list[int]:
        raise NotSupportedError(f"{self.name} at {self.address} has no single time slots")


def step(roms: Sequence[RomId], search: RomSearch) -> tuple[bytes, int]:
    """The pass of `search` among devices with these ids: who is found, and the conflicts met."""
    left = [int.from_bytes(rom, "little") for rom in roms]
    conflicts = 0
    for position in range(64):
        ones = [rom for rom in left if rom >> position & 1]
        if not ones or len(ones) == len(left):
            continue
        conflicts |= 1 << position
        left = ones if search.direction(position) else [rom for rom in left if rom not in ones]
    return left[0].to_bytes(8, "little"), conflicts


def listed(
    first: Callable[[], str], following: Callable[[], str], ends: Container[str], adapter: str
) -> list[RomId]:
    """What an adapter finds that tells one id in digits after the other, until one of `ends`.

    Raises SearchError, in the name of `adapter`, for what is no id and for a list without end.
    """
    found: list[RomId] = []
    answer = first()
    while answer not in ends:
        found.append(rom_from_digits(answer))
        if len(found) > MAX_LISTED:
            raise SearchError(f"{adapter}: the search does not end")
        answer = following()
    return found


def exchange_digits(data: bytes, max_block: int, ask: Callable[[str], str], adapter: str) -> bytes:
    """Exchange bytes with an adapter that takes and gives hex digits, `max_block` bytes at a time.

    Raises BusError, in the name of `adapter`, for an answer that is not as many bytes.
    """
    back = b""
    for start in range(0, len(data), max_block):
        block = data[start : start + max_block]
        answer = ask(block.hex().upper())
        try:
            got = bytes.fromhex(answer)
        except ValueError:
            got = b""
        if len(got) != len(block):
            raise BusError(f"{adapter}: {answer!r} is no answer to {len(block)} bytes")
        back += got
    return back


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

"""How memories are read and written: pages, CRCs, scratchpads, verification; once for all chips.

A family module makes a Memory of the ways of its chip and puts its properties into its table. No
command code is known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from owfs_py.bus.cache import Life
from owfs_py.bus.errors import CommunicationError, VerifyError
from owfs_py.bus.families import notation
from owfs_py.bus.properties import Property
from owfs_py.bus.transaction import Check, Exchange, Power, Select, Step

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

CRC16_SIZE = 2
PAGES_AT_ONCE = 4
"""Pages that one transaction reads, about 80 ms of bus time; then others get their turn."""
SURE_ATTEMPTS = 3
"""How often two readings may differ."""
ENOUGH_PATTERN = 2
"""Bytes in which there are surely eight bits of a pattern that begins within a slot."""
ALTERNATING = 0x70
"""Bits 4 to 6 of a byte, each of which differs from its upper neighbour in AA and 55."""


def target(address: int) -> bytes:
    """An address as it goes out: TA1, TA2."""
    return address.to_bytes(2, "little")


def split(address: int, size: int, at: int) -> Iterator[tuple[int, int]]:
    """The range as pieces that do not cross a multiple of `at`: address and size of each."""
    end = address + size
    while address < end:
        upper = min(end, (address // at + 1) * at)
        yield address, upper - address
        address = upper


class Reader(Protocol):
    """A way to read: `size` bytes, at least one, from `address` on."""

    async def read(self, chip: Chip, address: int, size: int) -> bytes: ...


class Writer(Protocol):
    """A way to write one piece, which does not cross a multiple of `row`."""

    @property
    def row(self) -> int:
        """Bytes that the chip takes at a time, aligned."""
        ...

    async def write(self, chip: Chip, address: int, data: bytes, memory: Memory) -> None:
        """Write, and make sure that the chip has it; VerifyError if it has not."""
        ...


async def must_be_there(chip: Chip) -> None:
    """Raise CommunicationError if the chip does not answer; ask at most once a second."""
    if chip.recall("there"):
        return
    if not await chip.bus.has(chip.rom):
        raise CommunicationError(f"{chip.rom}: does not answer")
    chip.remember("there", True, Life.SECOND)


@dataclass(frozen=True, slots=True)
class PlainReader:
    """Command, address, then bytes without any CRC, in one go to the end of the memory.

    With `at_once` others get their turn after so many bytes.
    """

    command: bytes
    at_once: int | None = None
    address_size: int = 2
    """Bytes of the address, the lower one first."""

    async def read(self, chip: Chip, address: int, size: int) -> bytes:
        pieces = split(address, size, self.at_once or address + size)
        return b"".join([await self._read(chip, start, count) for start, count in pieces])

    async def _read(self, chip: Chip, address: int, size: int) -> bytes:
        data = await chip.exchange(self.command + target(address)[: self.address_size], size)
        # Ones are what an erased memory reads as, and an empty line.
        if data == b"\xff" * size:
            await must_be_there(chip)
        return data


@dataclass(frozen=True, slots=True)
class PageReader:
    """Command, address, then bytes up to the end of the page and a CRC-16; the next page follows.

    The first CRC covers command and address, too.
    """

    command: bytes
    page: int
    """Bytes of a page."""
    extra: int = 0
    """Bytes that come between the end of a page and its CRC."""
    at_once: int = PAGES_AT_ONCE
    """Pages that one transaction reads; 1 if no other page follows."""
    password: bytes = b""
    """What the chip wants to hear between the address and the first byte; not under the CRC."""

    async def read(self, chip: Chip, address: int, size: int) -> bytes:
        data = b"".join([page for page, _ in await self.read_with_extra(chip, address, size)])
        return data[:size]

    async def read_with_extra(
        self, chip: Chip, address: int, size: int
    ) -> list[tuple[bytes, bytes]]:
        """The bytes from `address` to the end of each page, and what comes behind each page."""
        found: list[tuple[bytes, bytes]] = []
        starts = (start for start, _ in split(address, size, self.page))
        while group := list(islice(starts, self.at_once)):
            for answer in await chip.run(*self._steps(group)):
                end = len(answer) - CRC16_SIZE
                found.append((answer[: end - self.extra], answer[end - self.extra : end]))
        return found

    async def read_behind(self, chip: Chip, page: int) -> bytes:
        """The extra bytes of a page, at the cost of its last byte."""
        [(_, extra)] = await self.read_with_extra(chip, (page + 1) * self.page - 1, 1)
        return extra

    def _steps(self, starts: list[int]) -> Iterator[Step]:
        command, password = self.command + target(starts[0]), self.password
        for start in starts:
            rest = self.page - start % self.page
            size = rest + self.extra + CRC16_SIZE
            yield Exchange(command + password, size, Check.CRC16, covers=command)
            command = password = b""


def _alternates(byte: int) -> bool:
    return (byte ^ byte >> 1) & ALTERNATING == ALTERNATING


def _no_password(chip: Chip) -> bytes:
    return b""


@dataclass(frozen=True, slots=True)
class ScratchpadWriter:
    """Write to the scratchpad, read it back with the address, copy it to the memory.

    The copy is proved by what the chip sends when it is done, or, should that be missing, by
    reading the memory.
    """

    write_scratchpad: bytes
    read_scratchpad: bytes
    copy_scratchpad: bytes
    row: int
    """Bytes of the scratchpad, a power of two."""
    copy_time: float = 0.0
    """Seconds for which the copy must be fed; 0 for a memory that is done within a slot."""
    crc: bool = True
    """The chip sends a CRC-16 when the scratchpad has been written to its end."""
    whole_rows: bool = False
    """The chip copies nothing less than a full scratchpad."""
    sends_zeros: bool = False
    """When it has copied, the chip sends zeros; others send ones and zeros in turn."""
    erase: bytes = b""
    """Command for what the scratchpad wants before it is written."""
    password: Callable[[Chip], bytes] = _no_password
    """What the chip wants to hear beside the address before it copies."""

    async def write(self, chip: Chip, address: int, data: bytes, memory: Memory) -> None:
        if self.whole_rows and len(data) < self.row:
            start = address - address % self.row
            row = bytearray(await memory.read_surely(chip, start, self.row))
            row[address - start : address - start + len(data)] = data
            address, data = start, bytes(row)
        if not await self.copied(chip, address, data) and (
            await memory.read(chip, address, len(data)) != data
        ):
            raise VerifyError(f"{chip.rom}: {data.hex(' ')} did not get to address {address:04X}")

    async def copied(self, chip: Chip, address: int, data: bytes) -> bool:
        """Write bytes within a row; False if the chip does not tell that it is done.

        Raises VerifyError if the scratchpad cannot be filled; nothing is copied then.
        """
        end = (address + len(data) - 1) % self.row
        authorization = target(address) + bytes([end])
        results = await chip.run(
            *self._erase(address),
            self._fill(address, data, to_the_end=end == self.row - 1),
            Select(),
            Exchange(self.read_scratchpad, 3 + len(data), expect=authorization + data),
            Select(),
            *self._copy(authorization + self.password(chip)),
            Exchange(b"", 1),
        )
        sent = results[-1][0]
        return not sent if self.sends_zeros else _alternates(sent)

    def _erase(self, address: int) -> tuple[Step, ...]:
        if not self.erase:
            return ()
        return Exchange(self.erase + target(address), ENOUGH_PATTERN), Select()

    def _fill(self, address: int, data: bytes, *, to_the_end: bool) -> Exchange:
        command = self.write_scratchpad + target(address) + data
        if self.crc and to_the_end:
            return Exchange(command, CRC16_SIZE, Check.CRC16)
        return Exchange(command)

    def _copy(self, authorization: bytes) -> tuple[Step, ...]:
        command = self.copy_scratchpad + authorization
        if not self.copy_time:
            return (Exchange(command),)
        return Exchange(command[:-1]), Power(command[-1], self.copy_time)


@dataclass(frozen=True, slots=True)
class Memory:
    """A memory of `size` bytes in pages, with the ways of its chip to read and write it."""

    size: int
    page: int
    """Bytes of a page."""
    reader: Reader
    writer: Writer
    page_count: int | None = None
    """Pages, if they are not all of it."""

    async def read(self, chip: Chip, address: int, size: int) -> bytes:
        """`size` bytes from `address` on."""
        return await self.reader.read(chip, address, size) if size > 0 else b""

    async def read_surely(self, chip: Chip, address: int, size: int) -> bytes:
        """The same for what is to be written back: a wrong bit must not get into the chip.

        Many memories are sent without a CRC, so two readings must agree, else CommunicationError.
        """
        before = await self.read(chip, address, size)
        for _ in range(SURE_ATTEMPTS):
            data = await self.read(chip, address, size)
            if data == before:
                return data
            before = data
        raise CommunicationError(f"{chip.rom}: reads otherwise each time at {address:04X}")

    async def write(self, chip: Chip, address: int, data: bytes) -> None:
        """Write `data` and verify it; what comes before a piece that fails stays written."""
        for start, size in split(address, len(data), self.writer.row):
            offset = start - address
            await self.writer.write(chip, start, data[offset : offset + size], self)

    def properties(self, **more: Any) -> tuple[Property, Property]:
        """`memory` and `pages/page`; `more` is what else is said of both."""

        async def read(chip: Chip, offset: int, size: int) -> bytes:
            # A write between two transactions would leave bytes from before beside new ones.
            async with chip.bus.access.lock(chip.rom):
                return await self.read(chip, offset, size)

        async def read_page(chip: Chip, page: int, offset: int, size: int) -> bytes:
            return await read(chip, page * self.page + offset, size)

        async def write_page(chip: Chip, page: int, offset: int, data: bytes) -> None:
            await self.write(chip, page * self.page + offset, data)

        whole = more | {"read": read, "write": self.write}
        single = more | {"read": read_page, "write": write_page}
        return (
            notation.memory(self.size, **whole),
            notation.pages(self.page_count or self.size // self.page, self.page, **single),
        )

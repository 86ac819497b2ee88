"""The EPROMs DS2502 (09), DS2505 (0B), DS2506 (0F), and with a node address DS1982U (89),
DS1985U (8B), DS1986U (8F). They are written once, with a programming pulse of 12 V.

Sources: data sheets DS2502, DS2505, DS2506 (memory maps, function flow charts), DS2502-E48 (node
address).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from owfs_py._crc import crc8
from owfs_py.bus.errors import InvalidValueError
from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.memories import (
    CRC16_SIZE,
    PAGES_AT_ONCE,
    Memory,
    PageReader,
    PlainReader,
    must_be_there,
    split,
    target,
)
from owfs_py.bus.families.notation import STABLE, binary
from owfs_py.bus.properties import Property
from owfs_py.bus.transaction import Check, Exchange, ProgramPulse

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

PAGE_SIZE = 32
STATUS_PAGES = 11

READ_MEMORY = b"\xf0"
READ_DATA_WITH_CRC = b"\xc3"
WRITE_MEMORY = b"\x0f"
READ_STATUS = b"\xaa"
WRITE_STATUS = b"\x55"
CRC8_SIZE = 1


def _answered_by_crc8(command: bytes) -> Exchange:
    """Bytes that the chip answers with their CRC-8."""
    return Exchange(command, CRC8_SIZE, expect=bytes([crc8(command)]))


def _answered_by_crc16(command: bytes) -> Exchange:
    """Bytes that the chip answers with their CRC-16."""
    return Exchange(command, CRC16_SIZE, Check.CRC16)


@dataclass(frozen=True, slots=True)
class EpromReader:
    """Command and address, their CRC-8, then bytes and a CRC-8 at the end of each page."""

    async def read(self, chip: Chip, address: int, size: int) -> bytes:
        pages = (
            Exchange(b"", PAGE_SIZE - start % PAGE_SIZE + CRC8_SIZE, Check.CRC8)
            for start, _ in split(address, size, PAGE_SIZE)
        )
        command = READ_DATA_WITH_CRC + target(address)
        _, *answers = await chip.run(_answered_by_crc8(command), *pages)
        # Zeros have a good CRC-8, and are what a line on ground reads as.
        if not all(map(any, answers)):
            await must_be_there(chip)
        return b"".join(page[:-CRC8_SIZE] for page in answers)[:size]


@dataclass(frozen=True, slots=True)
class EpromWriter:
    """Byte by byte with a programming pulse each. A bit can go from 1 to 0 only.

    Nothing is programmed if a bit would have to go the other way, nor what is right already.
    """

    command: bytes
    row: int
    answered: Callable[[bytes], Exchange]
    """The step that sends a command and its address, and reads what proves that it came over."""

    async def write(self, chip: Chip, address: int, data: bytes, memory: Memory) -> None:
        before = await memory.read(chip, address, len(data))
        if any(new & ~old for new, old in zip(data, before, strict=True)):
            raise InvalidValueError(
                f"{chip.rom}: {data.hex(' ')} has ones where {before.hex(' ')},"
                f" programmed at {address:04X}, has zeros"
            )
        for offset, (new, old) in enumerate(zip(data, before, strict=True)):
            if new != old:
                await self._program(chip, address + offset, new)

    async def _program(self, chip: Chip, address: int, byte: int) -> None:
        data = bytes([byte])
        await chip.run(
            self.answered(self.command + target(address) + data),
            ProgramPulse(),
            Exchange(b"", 1, expect=data),
        )


DS2502 = Memory(
    4 * PAGE_SIZE,
    PAGE_SIZE,
    EpromReader(),
    EpromWriter(WRITE_MEMORY, PAGE_SIZE, _answered_by_crc8),
)


def _with_status(page_count: int, status_size: int) -> tuple[Property, ...]:
    """A larger EPROM, whose write protection and page redirection lie in a memory of their own.

    Of that the pages are those of owserver: they end before the redirection of most pages.
    """
    memory = Memory(
        page_count * PAGE_SIZE,
        PAGE_SIZE,
        PlainReader(READ_MEMORY, PAGES_AT_ONCE * PAGE_SIZE),
        EpromWriter(WRITE_MEMORY, PAGE_SIZE, _answered_by_crc16),
    )
    status = Memory(
        STATUS_PAGES * status_size,
        status_size,
        PageReader(READ_STATUS, status_size),
        EpromWriter(WRITE_STATUS, status_size, _answered_by_crc16),
    )
    _, status_pages = status.properties()
    return (*memory.properties(), replace(status_pages, name="status/page", change=STABLE))


DS2505 = _with_status(64, 8)
DS2506 = _with_status(256, 32)


def _from_page_0(address: int, size: int) -> Callable[[Chip], Coroutine[Any, Any, bytes]]:
    async def read(chip: Chip) -> bytes:
        return await DS2502.read(chip, address, size)

    return read


# In the order of the chip; mac_fw overlaps mac_e.
NODE_ADDRESS = (
    binary("project", 4, STABLE, read=_from_page_0(0, 4)),
    binary("mac_e", 6, STABLE, read=_from_page_0(4, 6)),
    binary("mac_fw", 8, STABLE, read=_from_page_0(4, 8)),
)

FAMILIES = (
    Family.make(0x09, "DS2502", Feature.NOTHING, DS2502.properties(), also=("DS1982",)),
    Family.make(0x0B, "DS2505", Feature.NOTHING, DS2505, also=("DS1985",)),
    Family.make(0x0F, "DS2506", Feature.OVERDRIVE, DS2506, also=("DS1986",)),
    Family.make(0x89, "DS1982U", Feature.NOTHING, (*DS2502.properties(), *NODE_ADDRESS)),
    Family.make(0x8B, "DS1985U", Feature.NOTHING, DS2505),
    Family.make(0x8F, "DS1986U", Feature.OVERDRIVE, DS2506),
)

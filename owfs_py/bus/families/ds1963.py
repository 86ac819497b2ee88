"""The memories that count the writes to their pages: DS1963L (1A) and DS1963S (18).

Nothing of the SHA functions of the latter is supported, but what reading and writing need.
Sources: data sheets DS1963L, DS1963S (memory maps, memory function commands).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from owfs_py.bus.errors import CommunicationError, InvalidValueError
from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.memories import Memory, PageReader, ScratchpadWriter
from owfs_py.bus.families.notation import STABLE, binary, unsigned
from owfs_py.bus.properties import Property

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

PAGE_SIZE = 32
PAGES = 16

WRITE_SCRATCHPAD = b"\x0f"
READ_SCRATCHPAD = b"\xaa"
COPY_SCRATCHPAD_1963L = b"\x5a"
COPY_SCRATCHPAD_1963S = b"\x55"
ERASE_SCRATCHPAD = b"\xc3"
"""The DS1963S hides its scratchpad after a power-on, and after each page that was read."""
READ_WITH_COUNTER = b"\xa5"
"""Read Memory + Counter of the DS1963L, Read Authenticated Page of the DS1963S."""

# Behind each page: how often it was written, and then the tamper-detect bits of a DS1963L or how
# often a DS1963S got another secret for it.
COUNTER_SIZE = 4
SECOND_COUNTER_SIZE = 4
INTACT = b"\x55\x55\x55\x55"
"""What the tamper-detect bits come with from the factory."""

SECRET_SIZE = 8

READER_1963L = PageReader(READ_WITH_COUNTER, PAGE_SIZE, COUNTER_SIZE + len(INTACT))
# A DS1963S computes when it has sent a page, and gives no other one.
READER_1963S = PageReader(
    READ_WITH_COUNTER, PAGE_SIZE, COUNTER_SIZE + SECOND_COUNTER_SIZE, at_once=1
)
WRITER_1963L = ScratchpadWriter(WRITE_SCRATCHPAD, READ_SCRATCHPAD, COPY_SCRATCHPAD_1963L, PAGE_SIZE)
WRITER_1963S = replace(WRITER_1963L, copy_scratchpad=COPY_SCRATCHPAD_1963S, erase=ERASE_SCRATCHPAD)

Count = Callable[["Chip", int], Coroutine[Any, Any, int]]


async def _count_of_1963l(chip: Chip, page: int) -> int:
    """Raises CommunicationError for a chip that somebody tampered with."""
    behind = await READER_1963L.read_behind(chip, page)
    if behind[COUNTER_SIZE:] != INTACT:
        raise CommunicationError(
            f"{chip.rom}: tamper-detect bits are {behind[COUNTER_SIZE:].hex(' ')}"
        )
    return int.from_bytes(behind[:COUNTER_SIZE], "little")


async def _count_of_1963s(chip: Chip, page: int) -> int:
    behind = await READER_1963S.read_behind(chip, page)
    return int.from_bytes(behind[:COUNTER_SIZE], "little")


async def _refuse_secret(chip: Chip, *_: Any) -> None:
    raise InvalidValueError(f"{chip.rom}: secrets are not installed here")


def _counted(reader: PageReader, writer: ScratchpadWriter, count: Count) -> tuple[Property, ...]:
    memory = Memory(PAGES * PAGE_SIZE, PAGE_SIZE, reader, writer)
    counts = unsigned("pages/count", elements=PAGES, read=count)
    return (*memory.properties(spoils=(counts.name,)), counts)


DS1963L = _counted(READER_1963L, WRITER_1963L, _count_of_1963l)
DS1963S = (
    *_counted(READER_1963S, WRITER_1963S, _count_of_1963s),
    binary("password", SECRET_SIZE, STABLE, "wo", write=_refuse_secret),
    binary("pages/password", SECRET_SIZE, STABLE, "wo", write=_refuse_secret),
)

FAMILIES = (
    Family.make(0x18, "DS1963S", Feature.OVERDRIVE | Feature.RESUME, DS1963S),
    Family.make(0x1A, "DS1963L", Feature.OVERDRIVE, DS1963L),
)

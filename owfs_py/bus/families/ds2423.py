"""The memory with two counters DS2423 (1D).

Source: data sheet DS2423 (memory map, memory function commands).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from owfs_py.bus.cache import Life
from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.memories import Memory, PageReader, ScratchpadWriter
from owfs_py.bus.families.notation import HIDDEN, LINKED, VOLATILE, unsigned

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

PAGE_SIZE = 32
PAGES = 16

WRITE_SCRATCHPAD = b"\x0f"
READ_SCRATCHPAD = b"\xaa"
COPY_SCRATCHPAD = b"\x5a"
READ_MEMORY_AND_COUNTER = b"\xa5"

COUNTER_SIZE = 4
ZEROS = 4  # bytes behind the counter
COUNTER_MODULUS = 1 << 8 * COUNTER_SIZE
COUNTER_PAGES = (14, 15)
"""The pages whose counters count the inputs A and B; those of 12 and 13 count writes."""

READER = PageReader(READ_MEMORY_AND_COUNTER, PAGE_SIZE, extra=COUNTER_SIZE + ZEROS)
WRITER = ScratchpadWriter(WRITE_SCRATCHPAD, READ_SCRATCHPAD, COPY_SCRATCHPAD, PAGE_SIZE)
MEMORY = Memory(PAGES * PAGE_SIZE, PAGE_SIZE, READER, WRITER)


async def _read_count(chip: Chip, page: int) -> int:
    extra = await READER.read_behind(chip, page)
    return int.from_bytes(extra[:COUNTER_SIZE], "little")


async def _read_counter(chip: Chip, counter: int) -> int:
    return int(await chip.value("pages/count", COUNTER_PAGES[counter]))


async def _counters(chip: Chip) -> list[int]:
    return [await _read_counter(chip, n) for n in range(len(COUNTER_PAGES))]


async def _read_mincount(chip: Chip) -> int:
    """How often both inputs counted, since it was set or, at first, since the chip's beginning.

    Kept here, not in the chip: what is seen of both counters is added up as long as we run.
    """
    async with chip.bus.access.lock(chip.rom):
        now = await _counters(chip)
        known = chip.recall("mincount")
        if known is None:
            total = min(now)
        else:
            before, total = known
            total = (total + min(map(_increase, before, now))) % COUNTER_MODULUS
        chip.remember("mincount", (now, total), Life.PERSISTENT)
        return int(total)


def _increase(before: int, now: int) -> int:
    # A counter that went back began anew: the chip had lost its battery.
    return now - before if now >= before else now


async def _write_mincount(chip: Chip, value: int) -> None:
    chip.remember("mincount", (await _counters(chip), value), Life.PERSISTENT)


PROPERTIES = (
    *MEMORY.properties(),
    unsigned("pages/count", elements=PAGES, read=_read_count),
    unsigned("counter", LINKED, elements="AB", read=_read_counter),
    unsigned("counters", LINKED, elements="AB", read=_read_counter, visible=HIDDEN),
    unsigned("mincount", VOLATILE, "rw", read=_read_mincount, write=_write_mincount),
)

FAMILIES = (Family.make(0x1D, "DS2423", Feature.OVERDRIVE, PROPERTIES),)

"""The battery-backed memories DS1992 (08), DS1993 (06), DS1995 (0A) and DS1996 (0C).

Source: their data sheets (memory map, memory function commands).
"""

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.memories import Memory, PlainReader, ScratchpadWriter

PAGE_SIZE = 32

WRITE_SCRATCHPAD = b"\x0f"
READ_SCRATCHPAD = b"\xaa"
COPY_SCRATCHPAD = b"\x55"
READ_MEMORY = b"\xf0"

READER = PlainReader(READ_MEMORY)
WRITER = ScratchpadWriter(
    WRITE_SCRATCHPAD, READ_SCRATCHPAD, COPY_SCRATCHPAD, PAGE_SIZE, crc=False, sends_zeros=True
)


def _memory(code: int, type: str, page_count: int, features: Feature) -> Family:
    memory = Memory(page_count * PAGE_SIZE, PAGE_SIZE, READER, WRITER)
    return Family.make(code, type, features, memory.properties())


FAMILIES = (
    _memory(0x08, "DS1992", 4, Feature.NOTHING),
    _memory(0x06, "DS1993", 16, Feature.NOTHING),
    _memory(0x0A, "DS1995", 64, Feature.OVERDRIVE),
    _memory(0x0C, "DS1996", 256, Feature.OVERDRIVE),
)

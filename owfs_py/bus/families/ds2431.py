"""The EEPROMs DS2433 (23), DS2431 (2D) and DS28EC20 (43).

Source: their data sheets (memory map, memory function commands, programming time).
"""

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.memories import Memory, PlainReader, ScratchpadWriter

PAGE_SIZE = 32

WRITE_SCRATCHPAD = b"\x0f"
READ_SCRATCHPAD = b"\xaa"
COPY_SCRATCHPAD = b"\x55"
READ_MEMORY = b"\xf0"

# Seconds, maximum; the DS2431's is that of its first revisions, newer ones need 10 ms.
DS2433_PROGRAMMING_TIME = 0.005
DS2431_PROGRAMMING_TIME = 0.0125
DS28EC20_PROGRAMMING_TIME = 0.010


def _eeprom(page_count: int, row: int, programming_time: float, *, whole_rows: bool) -> Memory:
    writer = ScratchpadWriter(
        WRITE_SCRATCHPAD,
        READ_SCRATCHPAD,
        COPY_SCRATCHPAD,
        row,
        programming_time,
        whole_rows=whole_rows,
    )
    return Memory(page_count * PAGE_SIZE, PAGE_SIZE, PlainReader(READ_MEMORY), writer)


DS2433 = _eeprom(16, PAGE_SIZE, DS2433_PROGRAMMING_TIME, whole_rows=False)
DS2431 = _eeprom(4, 8, DS2431_PROGRAMMING_TIME, whole_rows=True)
DS28EC20 = _eeprom(80, PAGE_SIZE, DS28EC20_PROGRAMMING_TIME, whole_rows=False)

_FAST = Feature.OVERDRIVE | Feature.RESUME

FAMILIES = (
    Family.make(0x23, "DS2433", Feature.OVERDRIVE, DS2433.properties(), also=("DS1973",)),
    Family.make(0x2D, "DS2431", _FAST, DS2431.properties(), also=("DS1972",)),
    Family.make(0x43, "DS28EC20", _FAST, DS28EC20.properties()),
)

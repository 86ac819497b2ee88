"""The battery-backed memories DS1992 (08), DS1993 (06), DS1995 (0A) and DS1996 (0C).

Source: their data sheets (memory size and page size).
"""

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import memory, pages

PAGE_SIZE = 32


def _memory(code: int, type: str, page_count: int, features: Feature) -> Family:
    size = page_count * PAGE_SIZE
    return Family.make(code, type, features, (memory(size), pages(page_count, PAGE_SIZE)))


FAMILIES = (
    _memory(0x08, "DS1992", 4, Feature.NOTHING),
    _memory(0x06, "DS1993", 16, Feature.NOTHING),
    _memory(0x0A, "DS1995", 64, Feature.OVERDRIVE),
    _memory(0x0C, "DS1996", 256, Feature.OVERDRIVE),
)

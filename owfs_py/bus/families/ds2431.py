"""The EEPROMs DS2433 (23), DS2431 (2D) and DS28EC20 (43).

Source: their data sheets (memory size and page size).
"""

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import memory, pages

PAGE_SIZE = 32


def _memory(code: int, type: str, page_count: int, features: Feature, *also: str) -> Family:
    size = page_count * PAGE_SIZE
    return Family.make(
        code, type, features, (memory(size), pages(page_count, PAGE_SIZE)), also=also
    )


FAMILIES = (
    _memory(0x23, "DS2433", 16, Feature.OVERDRIVE, "DS1973"),
    _memory(0x2D, "DS2431", 4, Feature.OVERDRIVE | Feature.RESUME, "DS1972"),
    _memory(0x43, "DS28EC20", 80, Feature.OVERDRIVE | Feature.RESUME),
)

"""The EPROMs DS2502 (09), DS2505 (0B), DS2506 (0F), and with a node address DS1982U (89),
DS1985U (8B), DS1986U (8F). They are written once, with a programming pulse of 12 V.

Sources: data sheets DS2502, DS2505, DS2506 (memory maps), DS2502-E48 (node address).
"""

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import STABLE, binary, memory, pages
from owfs_py.bus.properties import Property

PAGE_SIZE = 32
STATUS_PAGES = 11


def _eprom(page_count: int) -> tuple[Property, ...]:
    return (memory(page_count * PAGE_SIZE), pages(page_count, PAGE_SIZE))


def _with_status(page_count: int, status_size: int) -> tuple[Property, ...]:
    """A larger EPROM, whose write protection and page redirection lie in a memory of their own."""
    return (
        *_eprom(page_count),
        binary("status/page", status_size, STABLE, "rw", elements=STATUS_PAGES, partial=True),
    )


DS2502 = _eprom(4)
DS2505 = _with_status(64, 8)
DS2506 = _with_status(256, 32)

# Parts of page 0, in the order of the chip; mac_fw overlaps mac_e.
NODE_ADDRESS = (
    binary("project", 4, STABLE),
    binary("mac_e", 6, STABLE),
    binary("mac_fw", 8, STABLE),
)

FAMILIES = (
    Family.make(0x09, "DS2502", Feature.NOTHING, DS2502, also=("DS1982",)),
    Family.make(0x0B, "DS2505", Feature.NOTHING, DS2505, also=("DS1985",)),
    Family.make(0x0F, "DS2506", Feature.OVERDRIVE, DS2506, also=("DS1986",)),
    Family.make(0x89, "DS1982U", Feature.NOTHING, (*DS2502, *NODE_ADDRESS)),
    Family.make(0x8B, "DS1985U", Feature.NOTHING, DS2505),
    Family.make(0x8F, "DS1986U", Feature.OVERDRIVE, DS2506),
)

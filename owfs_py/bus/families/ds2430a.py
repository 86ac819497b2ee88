"""The EEPROM DS2430A (14): 32 bytes and an application register that can be locked for ever.

Source: data sheet DS2430A (memory map).
"""

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import STABLE, binary, memory, unsigned

PROPERTIES = (
    memory(32),
    binary("application", 8, STABLE, "rw", partial=True),
    unsigned("status", STABLE),
)

FAMILIES = (Family.make(0x14, "DS2430A", Feature.NOTHING, PROPERTIES, also=("DS1971",)),)

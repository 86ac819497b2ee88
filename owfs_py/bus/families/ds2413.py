"""The two switches DS2413 (3A). Source: data sheet DS2413 (PIO access commands)."""

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import HIDDEN, LINKED, VOLATILE, bits, unsigned

CHANNELS = "AB"

PROPERTIES = (
    bits("PIO", CHANNELS, LINKED, "rw"),
    bits("sensed", CHANNELS, LINKED),
    unsigned("piostate", VOLATILE, "rw", visible=HIDDEN),
)

FAMILIES = (Family.make(0x3A, "DS2413", Feature.OVERDRIVE | Feature.RESUME, PROPERTIES),)

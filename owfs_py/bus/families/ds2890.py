"""The potentiometer DS2890 (2C). Source: data sheet DS2890 (control register)."""

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import STABLE, unsigned, yesno

PROPERTIES = (
    unsigned("wiper", STABLE, "rw"),
    yesno("chargepump", STABLE, "rw"),
)

FAMILIES = (
    Family.make(0x2C, "DS2890", Feature.ALARM | Feature.OVERDRIVE | Feature.RESUME, PROPERTIES),
)

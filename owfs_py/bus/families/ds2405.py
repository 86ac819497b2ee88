"""The switch DS2405 (05), which toggles whenever it is addressed. Source: data sheet DS2405."""

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import STABLE, yesno

PROPERTIES = (
    yesno("PIO", STABLE, "rw"),
    yesno("sensed"),
)

FAMILIES = (Family.make(0x05, "DS2405", Feature.ALARM, PROPERTIES),)

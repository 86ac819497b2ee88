"""Devices that have a ROM id and nothing else: DS2401, DS2411, DS1990A (01) and DS1420 (81)."""

from owfs_py.bus.families.catalog import Family

FAMILIES = (
    Family.make(0x01, "DS2401", also=("DS2411", "DS1990A")),
    Family.make(0x81, "DS1420"),
)

"""The coupler DS2409 (1F), which has two branches of the bus behind it, `main` and `aux`.

Source: data sheet DS2409 (status, control).
"""

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import STABLE, VOLATILE, bits, branch, unsigned, yesno

BRANCHES = 2  # 0 main, 1 aux

PROPERTIES = (
    branch("main"),
    branch("aux"),
    bits("branch", BRANCHES, VOLATILE, "rw"),
    bits("event", BRANCHES),
    bits("sensed", BRANCHES),
    unsigned("control", STABLE, "rw"),
    yesno("discharge", STABLE, "wo"),
    yesno("clearevent", STABLE, "wo"),
)

FAMILIES = (Family.make(0x1F, "DS2409", Feature.NOTHING, PROPERTIES),)

"""The sensors of CMCIEL: mRS001 (A0), mCM001 (A2), mDI001 (A5), mAM001 (B2).

All measure one number of 16 bits, the hidden `reading`; the rest is made from it.
"""

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import HIDDEN, LINKED, bits, real, unsigned

LOOPS = 4

READING = unsigned("reading", visible=HIDDEN)

MDI001 = (
    bits("switch_closed", LOOPS),
    bits("loop_shorted", LOOPS),
    bits("loop_open", LOOPS),
    *(unsigned(name, visible=HIDDEN) for name in ("switch", "shorted", "open")),
)

FAMILIES = (
    Family.make(0xA0, "mRS001", Feature.NOTHING, (READING, unsigned("RPM", LINKED))),
    Family.make(0xA2, "mCM001", Feature.NOTHING, (READING, real("current", LINKED))),
    Family.make(0xA5, "mDI001", Feature.NOTHING, (READING, *MDI001)),
    Family.make(
        0xB2, "mAM001", Feature.NOTHING, (READING, real("current", LINKED), real("volts", LINKED))
    ),
)

"""The display driver of L. Swart (FF), with switches, counters and a memory.

Source: the maker's list of commands.
"""

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import (
    STABLE,
    TOGETHER,
    VOLATILE,
    binary,
    bits,
    text,
    unsigned,
    yesno,
)

SCREEN_SIZE = 128
LINES = {16: 4, 20: 4, 40: 2}  # lines of displays, by their width in characters

PROPERTIES = (
    text("version", 16, STABLE),
    yesno("LCDon", STABLE, "wo"),
    yesno("backlight", STABLE, "wo"),
    unsigned("register", VOLATILE, "rw"),
    unsigned("data", VOLATILE, "rw"),
    bits("gpio", 4, VOLATILE, "rw"),
    unsigned("counters", elements=4, fetch=TOGETHER),
    unsigned("cumulative", VOLATILE, "rw", elements=4, fetch=TOGETHER),
    binary("memory", 112, STABLE, "rw", partial=True),
    *(text(f"line{width}", width, STABLE, "wo", elements=n) for width, n in LINES.items()),
    *(text(f"screen{width}", SCREEN_SIZE, STABLE, "wo") for width in LINES),
)

FAMILIES = (Family.make(0xFF, "LCD", Feature.ALARM, PROPERTIES),)

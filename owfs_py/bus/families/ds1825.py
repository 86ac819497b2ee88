"""The thermometers DS1825 and MAX31826 and the thermocouple chips MAX31850, MAX31851 (3B).

Sources: data sheets DS1825, MAX31826, MAX31850 (scratchpads).
"""

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import (
    HIDDEN,
    LINKED,
    STABLE,
    TEMPERATURE,
    binary,
    celsius,
    memory,
    on_model,
    pages,
    unsigned,
    yesno,
)

PAGES = 16
PAGE_SIZE = 8
SCRATCHPAD_SIZE = 9

_DS1825 = on_model("DS1825")
_MAX31826 = on_model("MAX31826")
_MAX31850 = on_model("MAX31850")  # and MAX31851

PROPERTIES = (
    celsius("temperature", LINKED),
    celsius("temperature12", TEMPERATURE),
    celsius("latesttemp"),
    unsigned("tempres", STABLE, "rw"),
    yesno("power"),
    unsigned("prog_addr", STABLE),
    binary("scratchpad", SCRATCHPAD_SIZE),
    *(celsius(f"temperature{n}", TEMPERATURE, visible=_DS1825) for n in (9, 10, 11)),
    celsius("fasttemp", LINKED, visible=_DS1825),
    celsius("templow", STABLE, "rw", visible=_DS1825),
    celsius("temphigh", STABLE, "rw", visible=_DS1825),
    memory(PAGES * PAGE_SIZE, visible=_MAX31826),
    pages(PAGES, PAGE_SIZE, visible=_MAX31826),
    celsius("thermocouple", LINKED, visible=_MAX31850),
    yesno("fault", LINKED, visible=_MAX31850),
    yesno("open_circuit", LINKED, visible=_MAX31850),
    yesno("ground_short", LINKED, visible=_MAX31850),
    yesno("vdd_short", LINKED, visible=_MAX31850),
    unsigned("flagfield", LINKED, visible=HIDDEN),
)

FAMILIES = (
    Family.make(
        0x3B,
        "DS1825",
        Feature.TEMPERATURE | Feature.ALARM,
        PROPERTIES,
        also=("MAX31826", "MAX31850", "MAX31851"),
    ),
)

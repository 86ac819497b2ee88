"""The clocks DS2415 (24) and DS2417 (27). Sources: their data sheets (control byte)."""

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import (
    HIDDEN,
    LINKED,
    SECOND,
    STABLE,
    date,
    integer,
    unsigned,
    yesno,
)

CLOCK = (
    unsigned("udate", SECOND, "rw"),
    date("date", LINKED, "rw"),
    yesno("running", LINKED, "rw"),
    unsigned("ControlRegister", STABLE, "rw", visible=HIDDEN),
)

INTERRUPT = (
    yesno("enable", LINKED, "rw"),
    integer("interval", LINKED, "rw"),
    integer("itime", LINKED, "rw"),
)

FAMILIES = (
    Family.make(
        0x24, "DS2415", Feature.NOTHING, (*CLOCK, unsigned("user", LINKED, "rw")), also=("DS1904",)
    ),
    Family.make(0x27, "DS2417", Feature.NOTHING, (*CLOCK, *INTERRUPT)),
)

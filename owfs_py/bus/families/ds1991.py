"""The memories with three secured parts DS1991 (02) and DS1425 (82).

Every index is a password in hex digits. Source: data sheet DS1991 (memory map).
"""

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import BY_TEXT, STABLE, binary, under, yesno

SUBKEYS = 3
ID_SIZE = 8
PASSWORD_SIZE = 8
DATA_SIZE = 48

SUBKEY = (
    binary("id", ID_SIZE, STABLE, "rw", array=BY_TEXT),
    binary("secure_data", DATA_SIZE, STABLE, "rw", array=BY_TEXT),
    binary("password", PASSWORD_SIZE, STABLE, "wo", array=BY_TEXT),
    yesno("reset", STABLE, "wo", array=BY_TEXT),
)
PROPERTIES = [prop for n in range(SUBKEYS) for prop in under(f"subkey{n}", *SUBKEY)]

FAMILIES = (
    Family.make(0x02, "DS1991", Feature.NOTHING, PROPERTIES),
    Family.make(0x82, "DS1425", Feature.NOTHING, PROPERTIES),
)

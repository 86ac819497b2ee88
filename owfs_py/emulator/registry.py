"""Which chips there are, and how to name one: "28", "DS18B20", "28.000801"."""

from __future__ import annotations

import re
from typing import Any

from owfs_py.bus.rom import RomId
from owfs_py.emulator.ds1921 import DS1921
from owfs_py.emulator.ds2401 import DS1420, DS2401
from owfs_py.emulator.ds2406 import DS2406
from owfs_py.emulator.ds2408 import DS2408
from owfs_py.emulator.ds2409 import DS2409
from owfs_py.emulator.ds2413 import DS2413
from owfs_py.emulator.ds2423 import DS2423
from owfs_py.emulator.ds2438 import DS2437, DS2438
from owfs_py.emulator.ds2502 import DS1982U, DS2502
from owfs_py.emulator.memories import DS28EC20, DS2431, DS2433
from owfs_py.emulator.slave import Slave
from owfs_py.emulator.thermometers import DS18B20, DS18S20, DS1822

CHIPS: tuple[type[Slave], ...] = (
    DS2401,
    DS1420,
    DS18S20,
    DS1822,
    DS18B20,
    DS1921,
    DS2406,
    DS2408,
    DS2409,
    DS2413,
    DS2423,
    DS2437,
    DS2438,
    DS2431,
    DS2433,
    DS2502,
    DS1982U,
    DS28EC20,
)

_BY_NAME = {chip.chip.upper(): chip for chip in CHIPS}
_BY_FAMILY = {family: chip for chip in CHIPS for family in chip.families}
_ADDRESS = re.compile(r"([0-9A-Fa-f]{2})\.?((?:[0-9A-Fa-f]{2}\.?){0,6})\Z")


def make_slave(spec: str, *, bus: int = 0, index: int = 0, **options: Any) -> Slave:
    """A chip from its name or family code; further hex pairs fix bytes of the serial number.

    Serial numbers are those of owserver's `--tester`: two bytes bus number, family code, its
    complement, two bytes number of the device (`index`). `options` go to the chip's class.
    Raises ValueError for chips that there are none of.
    """
    by_name = _BY_NAME.get(spec.strip().upper())
    match = _ADDRESS.match(spec.strip())
    if by_name is not None:
        family, given = by_name.families[0], b""
    elif match is not None:
        family, given = int(match[1], 16), bytes.fromhex(match[2].replace(".", ""))
    else:
        raise ValueError(f"not a chip: {spec!r}")
    chip = _BY_FAMILY.get(family)
    if chip is None:
        raise ValueError(f"no emulated chip has family code {family:02X}")
    default = (
        bus.to_bytes(2, "little") + bytes((family, family ^ 0xFF)) + index.to_bytes(2, "little")
    )
    return chip(RomId.make(family, given + default[len(given) :]), **options)

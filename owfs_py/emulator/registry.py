"""Which chips there are, and how to name one: "28", "DS18B20", "28.000801"."""

from __future__ import annotations

import re
from typing import Any

from owfs_py.bus.rom import RomId
from owfs_py.emulator.bae0910 import BAE0910, BAE0911
from owfs_py.emulator.cmciel import MAM001, MCM001, MDI001, MRS001
from owfs_py.emulator.ds27xx import BATTERY_CHIPS
from owfs_py.emulator.ds28e04 import DS28E04
from owfs_py.emulator.ds28ea00 import DS28EA00
from owfs_py.emulator.ds199x import DS1992, DS1993, DS1995, DS1996
from owfs_py.emulator.ds1821 import DS1821
from owfs_py.emulator.ds1825 import DS1825, MAX31826, MAX31850
from owfs_py.emulator.ds1921 import DS1921
from owfs_py.emulator.ds1923 import DS1922L, DS1922T, DS1923
from owfs_py.emulator.ds1963 import DS1963L, DS1963S
from owfs_py.emulator.ds1977 import DS1977
from owfs_py.emulator.ds1991 import DS1425, DS1991
from owfs_py.emulator.ds2401 import DS1420, DS2401
from owfs_py.emulator.ds2404 import DS2404
from owfs_py.emulator.ds2405 import DS2405
from owfs_py.emulator.ds2406 import DS2406
from owfs_py.emulator.ds2408 import DS2408
from owfs_py.emulator.ds2409 import DS2409
from owfs_py.emulator.ds2413 import DS2413
from owfs_py.emulator.ds2415 import DS2415, DS2417
from owfs_py.emulator.ds2423 import DS2423
from owfs_py.emulator.ds2430a import DS2430A
from owfs_py.emulator.ds2436 import DS2436
from owfs_py.emulator.ds2438 import DS2437, DS2438
from owfs_py.emulator.ds2450 import DS2450
from owfs_py.emulator.ds2502 import DS1982U, DS2502
from owfs_py.emulator.ds2505 import DS1985U, DS1986U, DS2505, DS2506
from owfs_py.emulator.ds2890 import DS2890
from owfs_py.emulator.embedded_data_systems import MODELS as EDS_MODELS
from owfs_py.emulator.hobbyboards import MODELS as HOBBY_BOARDS
from owfs_py.emulator.ibuttonlink import SmartSlave
from owfs_py.emulator.inferno_embedded import MODELS as INFERNO_MODELS
from owfs_py.emulator.memories import DS28EC20, DS2431, DS2433
from owfs_py.emulator.slave import Slave
from owfs_py.emulator.swart_lcd import SwartLcd
from owfs_py.emulator.t8a import T8A
from owfs_py.emulator.thermometers import DS18B20, DS18S20, DS1822
from owfs_py.emulator.ws603 import WS603

CHIPS: tuple[type[Slave], ...] = (
    DS2401,
    DS1420,
    DS18S20,
    DS1822,
    DS18B20,
    MAX31826,
    MAX31850,
    DS1825,
    DS28EA00,
    DS1821,
    DS1921,
    DS1922L,
    DS1922T,
    DS1923,
    DS2405,
    T8A,
    DS2406,
    DS2408,
    DS2409,
    DS2413,
    DS2415,
    DS2417,
    DS2423,
    DS2436,
    DS2437,
    DS2438,
    DS2450,
    DS2890,
    DS2431,
    DS2433,
    DS2502,
    DS1982U,
    DS28EC20,
    DS1992,
    DS1993,
    DS1995,
    DS1996,
    MRS001,
    MCM001,
    MDI001,
    MAM001,
    *EDS_MODELS,
    SwartLcd,
    SmartSlave,
    *INFERNO_MODELS,
    BAE0910,
    BAE0911,
    *HOBBY_BOARDS,
    DS2404,
    DS2430A,
    WS603,
    *BATTERY_CHIPS,
    DS28E04,
    DS1963L,
    DS1963S,
    DS2505,
    DS2506,
    DS1985U,
    DS1986U,
    DS1977,
    DS1991,
    DS1425,
)

_BY_NAME = {chip.chip.upper(): chip for chip in CHIPS}
# Where several chips share a code the last one is meant by it.
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
    chip = by_name or _BY_FAMILY.get(family)
    if chip is None:
        raise ValueError(f"no emulated chip has family code {family:02X}")
    default = (
        bus.to_bytes(2, "little") + bytes((family, family ^ 0xFF)) + index.to_bytes(2, "little")
    )
    return chip(RomId.make(family, given + default[len(given) :]), **options)

"""The emulated bus that both owservers get one of: the same slaves in the same state.

What these chips measure never changes, so that it does not matter who asks when.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from owfs_py.bus.clock import REAL_CLOCK
from owfs_py.bus.rom import RomId
from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.ds2401 import DS1420, DS2401
from owfs_py.emulator.ds2480b import DS2480B
from owfs_py.emulator.slave import Behaviour, Slave, send_bytes
from owfs_py.emulator.thermometers import (
    DS18B20,
    DS18S20,
    DS1822,
    READ_SCRATCHPAD,
    Thermometer,
)
from owfs_py.emulator.wire import Wire

QUICK = 0.010
"""Seconds a conversion takes here: owserver 3.2p4 polls, and is done the sooner."""


class QuickDS18B20(DS18B20):
    def _conversion_time(self) -> float:
        return QUICK


class QuickDS1822(DS1822):
    def _conversion_time(self) -> float:
        return QUICK


class QuickDS18S20(DS18S20):
    CONVERSION_TIME = QUICK


class LineHeldLow(QuickDS18B20):
    """A chip whose every byte of the scratchpad reads 0, as on a line with a bad contact."""

    functions: ClassVar[dict[int, Callable[[Any], Behaviour]]] = DS18B20.functions | {
        READ_SCRATCHPAD: lambda self: send_bytes(bytes(9))
    }


# Serial numbers chosen so that every revision of a die that owserver tells apart occurs.
WARM = RomId.make(0x28, (0xA1).to_bytes(6, "little"))  # B6
COLD = RomId.make(0x28, (0x600000).to_bytes(6, "little"))  # B7
HOT = RomId.make(0x28, (0x01341256FFC3).to_bytes(6, "little"))  # C2
WARM_S20 = RomId.make(0x10, (0x000800000001).to_bytes(6, "little"))  # B6
COLD_S20 = RomId.make(0x10, (0x000800600002).to_bytes(6, "little"))  # B7
HOT_S20 = RomId.make(0x10, (0x000800900003).to_bytes(6, "little"))  # C2
MILD = RomId.make(0x22, (0x11).to_bytes(6, "little"))  # B6
FROST = RomId.make(0x22, (0x0A0022).to_bytes(6, "little"))  # B7
NAMEPLATE = RomId.make(0x01, bytes.fromhex("0D0C0B0A0900"))
BROKEN = RomId.make(0x28, bytes.fromhex("BBBBBBBBBBBB"))
KEY = RomId.make(0x81, bytes.fromhex("FEDCBA987654"))

SIXTEENTHS = {
    WARM: 0x191,  # 25.0625
    COLD: -162,  # -10.125
    HOT: 85 * 16,  # what chips have at power-on, but measured
    WARM_S20: 365,  # 22.8125
    COLD_S20: -55,  # -3.4375
    HOT_S20: 125 * 16,
    MILD: 8,  # 0.5
    FROST: -1,  # -0.0625
    BROKEN: 0,
}
LIMITS = {COLD: (-5, 30), MILD: (10, 40), HOT: (70, 90)}
ALARMING = {COLD, MILD}
"""Those whose temperature is out of LIMITS, of those that have some."""

CLASSES: dict[int, type[Slave]] = {
    0x01: DS2401,
    0x10: QuickDS18S20,
    0x22: QuickDS1822,
    0x28: QuickDS18B20,
    0x81: DS1420,
}
ALL = (WARM, COLD, HOT, WARM_S20, COLD_S20, HOT_S20, MILD, FROST, NAMEPLATE, KEY)
"""All that work."""
NO_ALARM = (-55, 125)


EVERYBODY = (*ALL, BROKEN)


def twin_bus(roms: Sequence[RomId] = EVERYBODY, *, parasitic: bool = False) -> Emulation:
    """A fresh bus with a DS2480B and these slaves."""
    wire = Wire(REAL_CLOCK)
    slaves = [(LineHeldLow if rom == BROKEN else CLASSES[rom.family])(rom) for rom in roms]
    for slave in slaves:
        if isinstance(slave, Thermometer):
            slave.parasitic = parasitic
            slave.sixteenths = SIXTEENTHS[slave.rom]
            slave.set_limits(*LIMITS.get(slave.rom, NO_ALARM))
        wire.attach(slave)
    return Emulation(wire, slaves, DS2480B(wire))

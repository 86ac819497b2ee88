"""DS1992, DS1993, DS1995, DS1996: memories kept by a battery, without any CRC-16.

Source: their data sheets (memory map, memory function flow chart).
"""

from __future__ import annotations

from owfs_py.emulator.memories import ScratchpadChip
from owfs_py.emulator.slave import Slave


class BatteryMemory(ScratchpadChip):
    """What the first memories behind a scratchpad have in common; a copy takes 30 µs."""

    CONTENT = 0
    PATTERN = 0
    OVERFLOW_FLAG = True


class DS1992(BatteryMemory):
    """1024 bits."""

    families = (0x08,)
    chip = "DS1992"
    SIZE = 128


class DS1993(BatteryMemory):
    """4096 bits."""

    families = (0x06,)
    chip = "DS1993"
    SIZE = 512


class DS1995(BatteryMemory):
    """16384 bits."""

    families = (0x0A,)
    chip = "DS1995"
    SIZE = 2048
    rom_commands = Slave.rom_commands | Slave.with_overdrive


class DS1996(BatteryMemory):
    """65536 bits."""

    families = (0x0C,)
    chip = "DS1996"
    SIZE = 8192
    rom_commands = Slave.rom_commands | Slave.with_overdrive

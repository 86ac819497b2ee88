"""DS2401 and DS1420: chips that are a serial number and nothing else."""

from __future__ import annotations

from owfs_py.emulator.slave import READ_ROM_DS2400, Slave


class DS2401(Slave):
    """Silicon serial number; also DS2411 and DS1990A. Knows the DS2400's Read ROM, too."""

    families = (0x01,)
    chip = "DS2401"
    rom_commands = Slave.rom_commands | {READ_ROM_DS2400: Slave._read_rom}


class DS1420(DS2401):
    """Serial id button; also the DS2401 in USB adapters."""

    families = (0x81,)
    chip = "DS1420"

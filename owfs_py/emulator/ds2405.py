"""DS2405, a switch that toggles when it is addressed.

Source: data sheet DS2405 (ROM function commands; it has no others).
"""

from __future__ import annotations

from typing import ClassVar

from owfs_py.bus.rom import RomId
from owfs_py.emulator.slave import (
    ALARM_SEARCH,
    MATCH_ROM,
    READ_ROM,
    SEARCH_ROM,
    Behaviour,
    RomCommands,
    Selecting,
    Slave,
)
from owfs_py.emulator.switches import Pins


class DS2405(Slave):
    """`pins` has its pin as bit 0. It takes part in an alarm search while it conducts."""

    families = (0x05,)
    chip = "DS2405"

    def __init__(self, rom: RomId) -> None:
        self.pins = Pins(1)
        self.stuck = False
        """Fault: it does not toggle."""
        super().__init__(rom)

    def brown_out(self) -> None:
        super().brown_out()
        self.pins.power_on()

    def alarming(self) -> bool:
        return not self.pins.latches

    def _match_and_toggle(self) -> Selecting:
        matched = yield from self._match_rom()
        if matched and not self.stuck:
            self.pins.drive(not self.pins.latches)
        return matched

    def function(self) -> Behaviour:
        while True:
            yield self.pins.levels

    rom_commands: ClassVar[RomCommands] = {
        READ_ROM: Slave._read_rom,
        MATCH_ROM: _match_and_toggle,
        SEARCH_ROM: Slave._search_rom,
        ALARM_SEARCH: Slave._alarm_search,
    }

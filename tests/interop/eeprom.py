"""Waiting for an emulated chip on a pseudo-terminal, whose time is the real one."""

from __future__ import annotations

import time

from owfs_py.emulator.thermometers import Thermometer

PATIENCE = 2.0
"""Seconds for a copy of ten milliseconds that began later than owserver thinks."""


def stores(chip: Thermometer, wanted: bytes) -> bool:
    """Whether the EEPROM begins with `wanted`, at the latest when a copy under way is done."""
    deadline = time.monotonic() + PATIENCE
    while chip.eeprom[: len(wanted)] != wanted:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True

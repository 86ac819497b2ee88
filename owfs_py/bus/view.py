"""View: how a caller wants to see values and names. It never changes what is asked of a bus."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from owfs_py.bus.rom import RomFormat


class TemperatureScale(enum.IntEnum):
    """The numbers are those of owserver's control flags (bits 16-17)."""

    CELSIUS = 0
    FAHRENHEIT = 1
    KELVIN = 2
    RANKINE = 3


class PressureScale(enum.IntEnum):
    """The numbers are those of owserver's control flags (bits 18-20)."""

    MBAR = 0
    ATM = 1
    MMHG = 2
    INHG = 3
    PSI = 4
    PA = 5


@dataclass(frozen=True, slots=True)
class View:
    """One caller's wishes for one request."""

    temperature_scale: TemperatureScale = TemperatureScale.CELSIUS
    pressure_scale: PressureScale = PressureScale.MBAR
    rom_format: int = RomFormat.F_I
    trim: bool = False
    """Numbers without the padding to twelve characters."""
    uncached: bool = False
    """As if the path began with /uncached."""
    bus_list: bool = False
    """The root listing shows buses and virtual directories, too."""
    tokens: tuple[bytes, ...] = ()
    """The 16-byte tokens of the owservers that this request came through."""
    unaliased: bool = False
    """As if the path began with /unaliased."""


DEFAULT_VIEW = View()

"""What a family is, and how the right one is found for a device."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from owfs_py.bus.families.common import COMMON
from owfs_py.bus.properties import Property, Table
from owfs_py.bus.rom import RomId


class Feature(enum.IntFlag):
    """What a family takes part in; the numbers are those of owserver's directory flags."""

    NOTHING = 0
    RESUME = 0x0001
    ALARM = 0x0002
    OVERDRIVE = 0x0004
    CHAIN = 0x2000
    VOLTAGE = 0x4000
    TEMPERATURE = 0x8000


@dataclass(frozen=True)
class Family(Table):
    """The devices that share a family code."""

    code: int
    type: str
    """The name of the chip as owserver prints it."""
    features: Feature = Feature.NOTHING

    @staticmethod
    def make(
        code: int, type: str, features: Feature, properties: Iterable[Property] = ()
    ) -> Family:
        """A family with the properties that every device has and those given."""
        return Family(f"{code:02X}", (*COMMON, *properties), code, type, features)


# One module for each family or group of families that share a data sheet's ways. Each has a
# sequence FAMILIES.
_MODULES: Sequence[str] = ("serial_number", "ds18x20")

GENERIC = Family.make(0x00, "", Feature.NOTHING)
"""Stands for every device whose family code nobody knows."""


@cache
def _families() -> dict[int, Family]:
    found: dict[int, Family] = {}
    for name in _MODULES:
        for family in import_module(f"owfs_py.bus.families.{name}").FAMILIES:
            found[family.code] = family
    return found


def find_family(code: int) -> Family:
    """The family with this code; else that with bit 7 flipped, as owserver does; else GENERIC."""
    families = _families()
    return families.get(code) or families.get(code ^ 0x80) or GENERIC


def family_of(rom: RomId) -> Family:
    """The family of a device."""
    return find_family(rom.family)


def tables() -> list[Family]:
    """All families in the order of their codes."""
    return [family for _, family in sorted(_families().items())]


def find_table(word: str) -> Family | None:
    """The family under a word of /structure: exactly two capital hex digits."""
    return next((family for family in tables() if family.name == word), None)

"""What a family is, and how the right one is found for a device."""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from owfs_py.bus.families.common import COMMON
from owfs_py.bus.properties import Property, Table
from owfs_py.bus.rom import RomId

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip


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
    also: Sequence[str] = ()
    """Other chips with this code."""
    model: Callable[[Chip], Awaitable[str]] | None = None
    """Tells which of several models that share the code a chip is, where that matters."""

    @staticmethod
    def make(
        code: int,
        type: str,
        features: Feature = Feature.NOTHING,
        properties: Iterable[Property] = (),
        **more: Any,
    ) -> Family:
        """A family with the properties given and those of every device that it has not itself."""
        own = tuple(properties)
        names = {prop.name for prop in own}
        common = (prop for prop in COMMON if prop.name not in names)
        return Family(f"{code:02X}", (*common, *own), code, type, features, **more)


# The families in each module, which has a sequence FAMILIES of them: one module for each chip or
# group of chips that share a data sheet's ways. A module is imported when one of its is met.
_MODULES: Mapping[str, Sequence[int]] = {
    "bae0910": (0xFC,),
    "cmciel": (0xA0, 0xA2, 0xA5, 0xB2),
    "ds1825": (0x3B,),
    "ds18x20": (0x10, 0x22, 0x28),
    "ds1921": (0x21,),
    "ds1923": (0x41,),
    "ds1963": (0x18, 0x1A),
    "ds1977": (0x37,),
    "ds1991": (0x02, 0x82),
    "ds199x": (0x06, 0x08, 0x0A, 0x0C),
    "ds2404": (0x04,),
    "ds2405": (0x05,),
    "ds2406": (0x12,),
    "ds2408": (0x29,),
    "ds2409": (0x1F,),
    "ds2413": (0x3A,),
    "ds2415": (0x24, 0x27),
    "ds2423": (0x1D,),
    "ds2430a": (0x14,),
    "ds2431": (0x23, 0x2D, 0x43),
    "ds2436": (0x1B,),
    "ds2438": (0x1E, 0x26, 0xA6),
    "ds2450": (0x20,),
    "ds2502": (0x09, 0x0B, 0x0F, 0x89, 0x8B, 0x8F),
    "ds27xx": (0x2E, 0x30, 0x31, 0x32, 0x35, 0x36, 0x3D, 0x51),
    "ds2890": (0x2C,),
    "ds28e04": (0x1C,),
    "ds28ea00": (0x42,),
    "embedded_data_systems": (0x7E,),
    "example_slave": (0xDD,),
    "hobbyboards": (0xEE, 0xEF),
    "ibuttonlink": (0xFE,),
    "inferno_embedded": (0xED,),
    "serial_number": (0x01, 0x81),
    "swart_lcd": (0xFF,),
}
_MODULE_OF = {code: name for name, codes in _MODULES.items() for code in codes}

OTHER_CODE_BIT = 0x80
"""A family code that nobody knows is taken for the one that differs from it in this bit."""

_GENERIC_NAMES = ("address", "crc8", "family", "id", "present", "r_address", "r_id")
GENERIC = Family(
    "00",
    tuple(prop for prop in COMMON if prop.name in _GENERIC_NAMES),
    0x00,
    "",
    Feature.RESUME,
)
"""Stands for every device whose family code nobody knows: little more than its address."""


@cache
def _known_family(code: int) -> Family | None:
    name = _MODULE_OF.get(code)
    if name is None:
        return None
    families: Sequence[Family] = import_module(f"owfs_py.bus.families.{name}").FAMILIES
    return next(family for family in families if family.code == code)


def find_family(code: int) -> Family:
    """The family with this code; else that with bit 7 flipped, as owserver does; else GENERIC."""
    return _known_family(code) or _known_family(code ^ OTHER_CODE_BIT) or GENERIC


def family_of(rom: RomId) -> Family:
    """The family of a device."""
    return find_family(rom.family)


def family_names() -> list[str]:
    """The words of all families in /structure, in their order; imports none of them."""
    return [f"{code:02X}" for code in sorted(_MODULE_OF)]


def tables() -> list[Family]:
    """All families in the order of their codes."""
    return [find_family(code) for code in sorted(_MODULE_OF)]


def find_table(word: str) -> Family | None:
    """The family under a word of /structure: exactly two capital hex digits."""
    return _known_family(int(word, 16)) if word in family_names() else None

"""Addresses and values of devices that do not exist, for simulated buses.

What a list of devices means, and where values come from; how they are asked for is in
simulated.py.
"""

from __future__ import annotations

import random
import re
import string
import time
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple, Protocol

from owfs_py.bus.families import tables
from owfs_py.bus.properties import BYTE, Index, Property, bits_to_number
from owfs_py.bus.rom import RomId
from owfs_py.bus.values import Kind

SERIAL_SIZE = 6
"""Bytes of a ROM id between family code and CRC."""
FULL_WORD = 0xFFFFFFFF

COMPUTED_DATE = 1174622400
"""Seconds since 1970 that every date on a tester is: 23 March 2007, 04:00 UTC."""
COMPUTED_STEP = 0.1
"""What measured values on a tester are multiples of."""

DEFAULT_RANGE = (0.0, 100.0)
"""Random measurements are between these, in whatever unit; temperatures unless told otherwise."""
RANDOM_INTEGERS = 256
"""Random whole numbers are less than this."""
RANDOM_DAYS = 2000
"""Random dates are at most so many days ago."""
DAY = 86400


# The list of devices

_CHIP_OR_CODE = re.compile(r"[0-9A-Fa-f]{2}")


@cache
def _code_by_name() -> dict[str, int]:
    """Family codes by names of chips in small letters; of several the smallest."""
    families = sorted(tables(), key=lambda family: family.code, reverse=True)
    return {n.lower(): family.code for family in families for n in (*family.also, family.type)}


def parse_device(item: str, default: Callable[[int], bytes]) -> RomId | None:
    """The device that `item` stands for: a chip's name, or a family code and bytes of an address.

    `default` gives six bytes for a family code, for the bytes that are not given. None if
    `item` is neither.
    """
    code = _code_by_name().get(item.lower())
    if code is not None:
        return RomId.make(code, default(code))
    if not _CHIP_OR_CODE.match(item):
        return None
    code, rest = int(item[:2], 16), item[2:]
    serial = bytearray(default(code))
    for n in range(SERIAL_SIZE):
        # What is no hex pair is looked at again for the next byte, without a dot before it.
        rest = rest.removeprefix(".")
        if _CHIP_OR_CODE.match(rest):
            serial[n], rest = int(rest[:2], 16), rest[2:]
    return RomId.make(code, bytes(serial))


# The values


class Source(Protocol):
    """Invents addresses and values."""

    until: float
    """Until when a value stays as it is."""

    def serial(self, family: int, index: int) -> bytes:
        """Six bytes of address for the device number `index` of the list."""
        ...

    def element(self, rom: RomId, prop: Property, index: Index | None) -> Any:
        """The value of a scalar or of an element, but not of ALL."""
        ...


class Computed:
    """All from the ROM id and the index, exactly as owserver's tester has it."""

    until = float("inf")

    def __init__(self, unit: int) -> None:
        self._unit = unit

    def serial(self, family: int, index: int) -> bytes:
        ends = ((number & 0xFFFF).to_bytes(2, "little") for number in (self._unit, index))
        return bytes((family, family ^ 0xFF)).join(ends)

    def element(self, rom: RomId, prop: Property, index: Index | None) -> Any:
        number = (
            rom.family + int.from_bytes(rom[1:3], "little") + int.from_bytes(rom[5:7], "little")
        )
        number += index if isinstance(index, int) else 0  # BYTE is a number as well
        match prop.kind:
            case Kind.INTEGER | Kind.UNSIGNED:
                return number & FULL_WORD
            case Kind.YESNO:
                return number & FULL_WORD if index == BYTE else number & 1
            case Kind.DATE:
                return COMPUTED_DATE
            case Kind.TEXT:
                return _repeated(rom.hex().upper().encode(), prop.element_size)
            case Kind.BINARY:
                return _repeated(rom, prop.element_size)
            case _:
                return number * COMPUTED_STEP


def _repeated(pattern: bytes, size: int) -> bytes:
    return (bytes(pattern) * (size // len(pattern) + 1))[:size]


class Range(NamedTuple):
    """Limits of random temperatures, °C, in either order."""

    low: float = DEFAULT_RANGE[0]
    high: float = DEFAULT_RANGE[1]


class Random:
    """Anything that the kind of a property allows, but temperatures within a range.

    The same `seed` gives the same addresses.
    """

    until = 0.0

    def __init__(self, seed: str) -> None:
        self.range = Range()
        self._random = random.Random(seed)

    def serial(self, family: int, index: int) -> bytes:
        return self._random.randbytes(SERIAL_SIZE)

    def element(self, rom: RomId, prop: Property, index: Index | None) -> Any:
        if index == BYTE and prop.array is not None:
            return bits_to_number(self._random.getrandbits(1) for _ in range(prop.array.elements))
        match prop.kind:
            case Kind.INTEGER | Kind.UNSIGNED:
                return self._random.randrange(RANDOM_INTEGERS)
            case Kind.YESNO:
                return self._random.getrandbits(1)
            case Kind.DATE:
                return int(time.time()) - self._random.randrange(RANDOM_DAYS * DAY)
            case Kind.TEXT:
                letters = self._random.choices(string.ascii_lowercase, k=prop.element_size)
                return "".join(letters)
            case Kind.BINARY:
                return self._random.randbytes(prop.element_size)
            case Kind.TEMPERATURE:
                return self._random.uniform(*self.range)
            case _:
                return self._random.uniform(*DEFAULT_RANGE)

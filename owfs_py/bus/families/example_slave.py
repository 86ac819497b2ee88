"""owserver's example of a device (DD): it answers without any chip, to show shapes of values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from owfs_py.bus.errors import InvalidValueError
from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import (
    BY_NUMBER,
    BY_TEXT,
    STABLE,
    bits,
    integer,
    unsigned,
    yesno,
)
from owfs_py.bus.properties import number_to_bits

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

THE_NUMBER = 42
BITS = 8


def _is_prime(chip: Chip, number: int) -> bool:
    if number < 1:
        raise InvalidValueError(f"only numbers from 1 on may be prime, not {number}")
    return number > 1 and all(number % divisor for divisor in range(2, int(number**0.5) + 1))


def _characters(chip: Chip, index: str) -> int:
    return len(index.encode("utf-8", "surrogateescape"))


PROPERTIES = (
    integer("read_number", STABLE, read=lambda chip: THE_NUMBER),
    bits("bits", BITS, STABLE, read=lambda chip: number_to_bits(THE_NUMBER, BITS)),
    yesno("is_index_prime", array=BY_NUMBER, read=_is_prime),
    unsigned("extension_characters", array=BY_TEXT, read=_characters),
)

FAMILIES = (Family.make(0xDD, "Example_slave", Feature.ALARM, PROPERTIES),)

"""Emulated buses with a BAE0910, a BAE0911 and one of an unknown type, for both owservers."""

from __future__ import annotations

from owfs_py.bus.families import find_family
from owfs_py.bus.properties import Property
from owfs_py.emulator.bae0910 import BAE0910, Bae
from owfs_py.emulator.bench import Emulation
from tests.interop.twins import Twins

SMALL, LARGE, STRANGER = range(3)
NAMES = {SMALL: "910", LARGE: "911", STRANGER: "generic"}
FAMILY = find_family(0xFC)
UNKNOWN_TYPE = 9


class Stranger(BAE0910):
    """One of a type that nobody knows."""

    TYPE = UNKNOWN_TYPE


def fill(bus: Emulation) -> None:
    bus.slaves[STRANGER].__class__ = Stranger
    for chip in bus.slaves:
        assert isinstance(chip, Bae)
        chip.memory[:] = bytes((n * 37 + (n >> 8) * 11) % 256 for n in range(len(chip.memory)))
        chip.expander[1:] = b"\x12\x00\x34"


def chips(both: Twins, number: int) -> tuple[Bae, Bae]:
    theirs, ours = both.theirs.slaves[number], both.ours.slaves[number]
    assert isinstance(theirs, Bae)
    assert isinstance(ours, Bae)
    return theirs, ours


def device(both: Twins, number: int) -> str:
    return f"/{chips(both, number)[0].rom}"


def same_inside(both: Twins, number: int) -> bool:
    theirs, ours = chips(both, number)
    return (
        theirs.memory == ours.memory
        and theirs.commands == ours.commands
        and theirs.firmware == ours.firmware
        and (theirs.lcd, theirs.serial, theirs.card) == (ours.lcd, ours.serial, ours.card)
        and theirs.expander[1:] == ours.expander[1:]
    )


def registers(number: int, access: str) -> list[tuple[str, Property]]:
    """Numbers and switches of a model, of arrays the first and the last one."""
    special = ("cat9554", "sector", "/text", "dataout")
    return [
        (prop.name + ending, prop)
        for prop in FAMILY.properties
        if prop.name.startswith(f"{NAMES[number]}/") and access in prop.access
        if not any(word in prop.name for word in special)
        for ending in ends(prop)
    ]


def ends(prop: Property) -> list[str]:
    if prop.name.endswith("global_memory"):
        return [".0", ".63"]
    names = [ending for ending in prop.extensions() if ending not in (".ALL", ".BYTE")]
    return [names[0], names[-1]] if len(names) > 1 else names

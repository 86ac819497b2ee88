"""The thermometer with two switches DS28EA00 (42). Its place in a chain is chain.py's matter.

Source: data sheet DS28EA00 (scratchpad, PIO access commands).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.ds2413 import CHANNELS, LATCHES, LEVELS, read_state, write_latches
from owfs_py.bus.families.notation import HIDDEN, LINKED, bits, unsigned
from owfs_py.bus.families.thermometers import MEASURED
from owfs_py.bus.properties import bits_to_number

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

PIO_ACCESS_WRITE = b"\xa5"
"""The DS2413, whose switches are asked and set in the same way, has another."""


def _states(positions: Sequence[int], *, inverted: bool) -> dict[str, Any]:
    async def read(chip: Chip) -> list[bool]:
        state = await chip.value("piostate")
        return [bool(state >> position & 1) != inverted for position in positions]

    return {"read": read}


async def _switch(chip: Chip, conducting: list[bool]) -> None:
    await write_latches(chip, bits_to_number(not on for on in conducting), PIO_ACCESS_WRITE)


SWITCHES = (
    # What the pin shows: low, whoever pulls it.
    bits("PIO", CHANNELS, LINKED, "rw", **_states(LEVELS, inverted=True), write=_switch,
         others="latch", spoils=("piostate",)),
    bits("latch", CHANNELS, LINKED, "rw", **_states(LATCHES, inverted=True), write=_switch,
         spoils=("piostate",)),
    bits("sensed", CHANNELS, LINKED, **_states(LEVELS, inverted=False)),
    unsigned("piostate", read=read_state, visible=HIDDEN),
)  # fmt: skip

FAMILIES = (
    Family.make(
        0x42,
        "DS28EA00",
        Feature.TEMPERATURE | Feature.ALARM | Feature.CHAIN,
        (*MEASURED, *SWITCHES),
    ),
)

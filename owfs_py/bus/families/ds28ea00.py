"""The thermometer with two switches DS28EA00 (42). Its place in a chain is chain.py's matter.

Source: data sheet DS28EA00 (scratchpad, PIO access commands).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from owfs_py.bus.errors import VerifyError
from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import HIDDEN, LINKED, bits, unsigned
from owfs_py.bus.families.thermometers import MEASURED
from owfs_py.bus.properties import bits_to_number
from owfs_py.bus.transaction import Check, Exchange

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

PIO_ACCESS_READ = b"\xf5"
PIO_ACCESS_WRITE = b"\xa5"
CONFIRMATION = b"\xaa"

CHANNELS = "AB"
LEVELS, LATCHES = (0, 2), (1, 3)
"""The bits of the status byte for A and B."""
UNUSED = 0xFC
"""The bits of an output byte that are no channels are written as ones."""


async def _read_state(chip: Chip) -> int:
    """Levels and latches: the lower half of the status byte, which the upper one proves."""
    status = await chip.exchange(PIO_ACCESS_READ, 1, Check.COMPLEMENT)
    return status[0] & 0xF


def _states(positions: Sequence[int], *, inverted: bool) -> dict[str, Any]:
    async def read(chip: Chip) -> list[bool]:
        state = await chip.value("piostate")
        return [bool(state >> position & 1) != inverted for position in positions]

    return {"read": read}


async def _switch(chip: Chip, conducting: list[bool]) -> None:
    wanted = bits_to_number(not on for on in conducting)
    output = wanted | UNUSED
    command = PIO_ACCESS_WRITE + bytes((output, output ^ 0xFF))
    results = await chip.run(
        Exchange(command, 1, expect=CONFIRMATION), Exchange(b"", 1, Check.COMPLEMENT)
    )
    if bits_to_number(results[1][0] >> position for position in LATCHES) != wanted:
        raise VerifyError(f"{chip.rom}: the latches are not {wanted:02b} after writing")


SWITCHES = (
    # What the pin shows: low, whoever pulls it.
    bits("PIO", CHANNELS, LINKED, "rw", **_states(LEVELS, inverted=True), write=_switch,
         others="latch", spoils=("piostate",)),
    bits("latch", CHANNELS, LINKED, "rw", **_states(LATCHES, inverted=True), write=_switch,
         spoils=("piostate",)),
    bits("sensed", CHANNELS, LINKED, **_states(LEVELS, inverted=False)),
    unsigned("piostate", read=_read_state, visible=HIDDEN),
)  # fmt: skip

FAMILIES = (
    Family.make(
        0x42,
        "DS28EA00",
        Feature.TEMPERATURE | Feature.ALARM | Feature.CHAIN,
        (*MEASURED, *SWITCHES),
    ),
)

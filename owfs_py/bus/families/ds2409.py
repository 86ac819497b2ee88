"""The coupler DS2409 (1F), which has two branches of the bus behind it, `main` and `aux`.

These are its own properties; how paths lead through it is in bus/branches.py.
Source: data sheet DS2409 (status, control, function commands).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from owfs_py.bus.branches import ALL_LINES_OFF, RESET_STIMULUS, Side
from owfs_py.bus.errors import InvalidValueError, VerifyError
from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import STABLE, VOLATILE, bits, branch, unsigned, yesno
from owfs_py.bus.properties import bits_to_number
from owfs_py.bus.transaction import Exchange, Select, Wait

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

STATUS = b"\x5a"
LEAVE = b"\xff"
"""In place of a control byte: the settings stay as they are."""
DISCHARGE = b"\x99"
DISCHARGE_TIME = 0.1
"""Seconds in which the branches lose all charge, as owserver leaves."""

BRANCHES = 2  # 0 main, 1 aux
OFF, LEVELS, EVENTS = (0, 2), (1, 3), (4, 5)
"""Bits of the status byte for main and aux."""
MODE = 0xC0

# What people write to `control`: the control byte, and the mode that the status shows then.
CONTROLS = {0: (0x20, 0x80), 1: (0xA0, 0xC0), 2: (0x00, 0x00), 3: (0x40, 0x40)}
"""The control output: off, on, on with main, on with aux."""

OFF_STEP = Exchange(bytes([ALL_LINES_OFF]), 1, expect=bytes([ALL_LINES_OFF]))


async def _read_status(chip: Chip, control: bytes = LEAVE) -> int:
    return (await chip.exchange(STATUS + control, 1))[0]


def _bits_of(
    positions: tuple[int, int], inverted: bool = False
) -> Callable[[Chip], Coroutine[Any, Any, list[bool]]]:
    async def read(chip: Chip) -> list[bool]:
        status = await _read_status(chip)
        return [bool(status >> position & 1) != inverted for position in positions]

    return read


async def _write_branch(chip: Chip, wanted: list[bool]) -> None:
    """Connect one branch, or none, until a path through a coupler is used."""
    match bits_to_number(wanted):
        case 0:
            await chip.run(OFF_STEP)
        case 1:
            await _connect(chip, Side.MAIN)
        case 2:
            await _connect(chip, Side.AUX)
        case _:
            raise InvalidValueError(f"{chip.rom}: only one branch can be connected")


async def _connect(chip: Chip, side: Side) -> None:
    _, confirmation = await chip.exchange(bytes((side, RESET_STIMULUS)), 2)
    if confirmation != side:
        raise VerifyError(f"{chip.rom} does not connect its {side.name}")


async def _read_control(chip: Chip) -> int:
    mode = await _read_status(chip) & MODE
    return next(number for number, (_, shown) in CONTROLS.items() if shown == mode)


async def _write_control(chip: Chip, number: int) -> None:
    if number not in CONTROLS:
        raise InvalidValueError(f"{chip.rom}: control is 0 to 3, not {number}")
    control, shown = CONTROLS[number]
    # The byte that comes back may still be the one before.
    await _read_status(chip, bytes([control]))
    if await _read_status(chip) & MODE != shown:
        raise VerifyError(f"{chip.rom}: control {number} did not take effect")


async def _clear_events(chip: Chip, wanted: bool) -> None:
    if wanted:
        await chip.run(OFF_STEP)


async def _discharge(chip: Chip, wanted: bool) -> None:
    if wanted:
        await chip.run(Exchange(DISCHARGE), Wait(DISCHARGE_TIME), Select(), OFF_STEP)
        chip.bus.forget_connections()


PROPERTIES = (
    branch("main"),
    branch("aux"),
    bits(
        "branch", BRANCHES, VOLATILE, "rw", read=_bits_of(OFF, inverted=True), write=_write_branch
    ),
    bits("event", BRANCHES, read=_bits_of(EVENTS)),
    bits("sensed", BRANCHES, read=_bits_of(LEVELS)),
    unsigned("control", STABLE, "rw", read=_read_control, write=_write_control),
    yesno("discharge", STABLE, "wo", write=_discharge),
    yesno("clearevent", STABLE, "wo", write=_clear_events),
)

FAMILIES = (Family.make(0x1F, "DS2409", Feature.NOTHING, PROPERTIES),)

"""The switch DS2405 (05), which toggles whenever Match ROM addresses it.

So it is asked by searches that only it can end. Source: data sheet DS2405.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from owfs_py.bus.errors import CommunicationError, DeviceGoneError, VerifyError
from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.common import locators
from owfs_py.bus.families.notation import STABLE, yesno
from owfs_py.bus.masters.base import ALARM_SEARCH, READ_BYTE, SEARCH_ROM

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

TRIES = 3
"""How often a level is read, and a switch is toggled, that are not what they should be."""
LOW, HIGH = b"\x00", b"\xff"


async def _singled_out(chip: Chip, then: bytes = b"") -> bytes:
    """Select the chip without toggling it; what came back for `then`."""
    back = await chip.single_out(SEARCH_ROM, then)
    if back is None:
        raise DeviceGoneError(f"{chip.rom}: does not answer")
    return back


async def _conducts(chip: Chip) -> bool:
    """Only a switch that conducts takes part in an alarm search."""
    if await chip.single_out(ALARM_SEARCH) is not None:
        return True
    await _singled_out(chip)
    return False


async def _switch(chip: Chip, wanted: bool) -> None:
    for _ in range(TRIES):
        if await _conducts(chip) == wanted:
            return
        # Whether it toggled if that fails is seen in the next round.
        with suppress(CommunicationError):
            await chip.run(attempts=1)
    if await _conducts(chip) != wanted:
        raise VerifyError(f"{chip.rom}: does not switch {'on' if wanted else 'off'}")


async def _read_level(chip: Chip) -> bool:
    """What the pin was in eight slots, in which it must not have changed."""
    for _ in range(TRIES):
        level = await _singled_out(chip, READ_BYTE)
        if level in (LOW, HIGH):
            return level == HIGH
    raise CommunicationError(f"{chip.rom}: the level of the pin is not steady: {level.hex()}")


async def _read_behind(chip: Chip, command: bytes, size: int) -> bytes:
    """What a Link Locator in front of the chip answers."""
    return (await _singled_out(chip, command + READ_BYTE * size))[len(command) :]


PROPERTIES = (
    yesno("PIO", STABLE, "rw", read=_conducts, write=_switch, spoils=("sensed",)),
    yesno("sensed", read=_read_level),
    *locators(_read_behind),
)

FAMILIES = (Family.make(0x05, "DS2405", Feature.ALARM, PROPERTIES),)

"""The potentiometer DS2890 (2C). Source: data sheet DS2890 (potentiometer function commands)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import STABLE, unsigned, yesno
from owfs_py.bus.transaction import Exchange, Select

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

READ_POSITION, WRITE_POSITION = b"\xf0", b"\x0f"
READ_CONTROL, WRITE_CONTROL = b"\xaa", b"\x55"
RELEASE = b"\x96"
"""Makes the chip do what it was told and has repeated."""

FEATURES = b"\xf3"
"""What a DS2890 says of itself before its control register."""
PUMP_OFF, PUMP_ON = b"\x0c", b"\x4c"
"""The control registers that there are; both select the only wiper."""
HIGHEST_POSITION = 0xFF


def _begins_with_control(data: bytes) -> bool:
    # There is no CRC, but few values that it can have.
    return data[:1] in (PUMP_OFF, PUMP_ON)


async def _read_wiper(chip: Chip) -> int:
    (answer,) = await chip.run(Exchange(READ_POSITION, 2, plausible=_begins_with_control))
    return answer[1]


async def _write_wiper(chip: Chip, position: int) -> None:
    data = bytes([min(position, HIGHEST_POSITION)])
    await chip.run(
        Exchange(WRITE_POSITION + data, 1, expect=data),
        Exchange(RELEASE),
        Select(),
        Exchange(READ_POSITION, 1, plausible=_begins_with_control),
        Exchange(b"", 1, expect=data),
    )


async def _read_pump(chip: Chip) -> bool:
    _, control = await chip.run(
        Exchange(READ_CONTROL, 1, expect=FEATURES),
        Exchange(b"", 1, plausible=_begins_with_control),
    )
    return control == PUMP_ON


async def _write_pump(chip: Chip, on: bool) -> None:
    control = PUMP_ON if on else PUMP_OFF
    await chip.run(
        Exchange(WRITE_CONTROL + control, 1, expect=control),
        Exchange(RELEASE),
        Select(),
        Exchange(READ_CONTROL, 2, expect=FEATURES + control),
    )


PROPERTIES = (
    unsigned("wiper", STABLE, "rw", read=_read_wiper, write=_write_wiper),
    yesno("chargepump", STABLE, "rw", read=_read_pump, write=_write_pump),
)

FAMILIES = (
    Family.make(0x2C, "DS2890", Feature.ALARM | Feature.OVERDRIVE | Feature.RESUME, PROPERTIES),
)

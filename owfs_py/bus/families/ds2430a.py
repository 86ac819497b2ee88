"""The EEPROM DS2430A (14): 32 bytes and an application register that can be locked for ever.

Nobody locks it here: what is written to the register lasts as long as the chip has power.
Source: data sheet DS2430A (memory map, memory function commands).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.memories import PlainReader
from owfs_py.bus.families.notation import STABLE, binary, memory, unsigned
from owfs_py.bus.transaction import Exchange, Power, Select, Step

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

MEMORY_SIZE = 32
APPLICATION_SIZE = 8

WRITE_SCRATCHPAD, READ_SCRATCHPAD = b"\x0f", b"\xaa"
COPY_SCRATCHPAD, VALIDATION_KEY = b"\x55", 0xA5
READ_MEMORY = b"\xf0"
"""What it reads is in the scratchpad then: the first step to change some bytes of 32."""
WRITE_APPLICATION, READ_APPLICATION = b"\x99", b"\xc3"
READ_STATUS = b"\x66\x00"
PROGRAMMING_TIME = 0.010
"""Seconds."""


MEMORY = PlainReader(READ_MEMORY, address_size=1)
APPLICATION = PlainReader(READ_APPLICATION, address_size=1)


async def _write_memory(chip: Chip, offset: int, data: bytes) -> None:
    if not data:
        return
    load: tuple[Step, ...] = (Exchange(READ_MEMORY), Select())
    address = bytes([offset])
    await chip.run(
        *(load if len(data) < MEMORY_SIZE else ()),
        Exchange(WRITE_SCRATCHPAD + address + data),
        Select(),
        Exchange(READ_SCRATCHPAD + address, len(data), expect=data),
        Select(),
        Exchange(COPY_SCRATCHPAD),
        Power(VALIDATION_KEY, PROGRAMMING_TIME),
        Select(),
        # The chip does not tell whether the copy succeeded.
        Exchange(READ_MEMORY + address, len(data), expect=data),
    )


async def _write_application(chip: Chip, offset: int, data: bytes) -> None:
    """Raises VerifyError if the register is locked, unless it holds just that."""
    if not data:
        return
    address = bytes([offset])
    await chip.run(
        Exchange(WRITE_APPLICATION + address + data),
        Select(),
        Exchange(READ_APPLICATION + address, len(data), expect=data),
    )


async def _read_status(chip: Chip) -> int:
    """255: the register is open; 252: it is locked."""
    return (await chip.exchange(READ_STATUS, 1))[0]


PROPERTIES = (
    memory(MEMORY_SIZE, read=MEMORY.read, write=_write_memory),
    binary(
        "application", APPLICATION_SIZE, STABLE, "rw",
        partial=True, read=APPLICATION.read, write=_write_application,
    ),
    unsigned("status", STABLE, read=_read_status),
)  # fmt: skip

FAMILIES = (Family.make(0x14, "DS2430A", Feature.NOTHING, PROPERTIES, also=("DS1971",)),)

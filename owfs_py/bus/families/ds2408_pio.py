"""What one says to a DS2408: its registers, its confirmed writes, the way out of test mode.

Source: data sheet DS2408 (register map, PIO functions, disabling test mode). No properties here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from owfs_py.bus.errors import CommunicationError, VerifyError
from owfs_py.bus.transaction import Check, Exchange, Select, Step, Transaction

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

READ_REGISTERS = b"\xf0"
CHANNEL_ACCESS_WRITE = b"\x5a"
WRITE_CONDITIONAL_SEARCH = b"\xcc"
RESET_ACTIVITY_LATCHES = b"\xc3"
CONFIRMATION = b"\xaa"
DISABLE_TEST_MODE = b"\x96", b"\x3c"
"""What comes before and after the ROM id, in place of a ROM command."""

FIRST_REGISTER, LAST_REGISTER = 0x88, 0x8F
ALARM_SELECT, CONTROL = 0x8B, 0x8D
CRC_SIZE = 2

# The control/status register.
STROBE, POWER_ON, POWERED = 0x04, 0x08, 0x80
WRITABLE = 0x0F


class Registers(NamedTuple):
    """88 to 8D."""

    levels: int
    latches: int
    activity: int
    select: int
    polarity: int
    control: int


def _reading(address: int) -> Exchange:
    count = LAST_REGISTER + 1 - address + CRC_SIZE
    return Exchange(READ_REGISTERS + address.to_bytes(2, "little"), count, Check.CRC16)


async def read_registers(chip: Chip) -> Registers:
    """All registers, with a good CRC."""
    results = await chip.run(_reading(FIRST_REGISTER))
    return Registers(*results[0][: len(Registers._fields)])


async def write_registers(chip: Chip, address: int, values: bytes) -> None:
    """Write the registers from `address` to the control register, and read them back."""
    assert address + len(values) == CONTROL + 1
    command = WRITE_CONDITIONAL_SEARCH + address.to_bytes(2, "little") + values
    results = await chip.run(Exchange(command), Select(), _reading(address))
    found = results[0][: len(values)]
    if found[:-1] != values[:-1] or (found[-1] ^ values[-1]) & WRITABLE:
        raise VerifyError(f"{chip.rom}: wrote {values.hex(' ')}, registers hold {found.hex(' ')}")


async def write_pins(chip: Chip, values: Sequence[int], verified: int = 0) -> None:
    """Put bytes on the output latches, one after the other; 1 lets a pin go, 0 pulls it low.

    Each is confirmed by the chip, and the levels that it brought about must be those in the bits
    of `verified`. A chip that confirms nothing may have come up in test mode: it is brought out.
    """
    try:
        await _write_pins(chip, values, verified, attempts=1)
    except CommunicationError:
        await leave_test_mode(chip)
        await _write_pins(chip, values, verified, attempts=2)


async def _write_pins(chip: Chip, values: Sequence[int], verified: int, attempts: int) -> None:
    steps: list[Step] = []
    for n, value in enumerate(values):
        command = b"" if n else CHANNEL_ACCESS_WRITE
        steps.append(Exchange(command + bytes((value, value ^ 0xFF)), 2, expect=CONFIRMATION))
    answers = await chip.run(*steps, attempts=attempts)
    for value, answer in zip(values, answers, strict=True):
        if (answer[1] ^ value) & verified:
            raise VerifyError(f"{chip.rom}: pins are {answer[1]:08b} after writing {value:08b}")


async def reset_activity_latches(chip: Chip) -> None:
    await chip.run(Exchange(RESET_ACTIVITY_LATCHES, 1, expect=CONFIRMATION))


async def leave_test_mode(chip: Chip) -> None:
    """A slow rise of the supply voltage can leave the chip in a mode in which it refuses writes."""
    before, after = DISABLE_TEST_MODE
    way_out = Transaction(chip.rom, (Exchange(after),), head=before + chip.rom, writing=True)
    await chip.bus.run(way_out)

"""The memory with clock, interval timer and cycle counter DS2404, in a can DS1994 (04).

Source: data sheet DS2404 (memory map, status and control register, write protection).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from owfs_py.bus.cache import Life
from owfs_py.bus.errors import InvalidValueError, OutOfRangeError, VerifyError
from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.memories import Memory, PlainReader, ScratchpadWriter, target
from owfs_py.bus.families.notation import LINKED, SECOND, STABLE, date, unsigned, yesno
from owfs_py.bus.properties import Property

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

PAGE_SIZE = 32
PAGES = 16

WRITE_SCRATCHPAD = b"\x0f"
READ_SCRATCHPAD = b"\xaa"
COPY_SCRATCHPAD = b"\x55"
READ_MEMORY = b"\xf0"

STATUS, CONTROL = 0x0200, 0x0201
CYCLES, CYCLES_ALARM = 0x020C, 0x021A
NUMBER_SIZE = 4
MODULUS = 1 << 8 * NUMBER_SIZE
FRACTION_SIZE = 1
"""Bytes of 256ths of a second before the seconds of a clock."""

# Clocks and their alarms: the name of the seconds, that of the date, address of the fraction.
CLOCKS = (
    ("udate", "date", 0x0202),
    ("interval/udate", "interval/date", 0x0207),
)
CLOCK_ALARMS = (
    ("trigger/udate", "trigger/date", 0x0210),
    ("trigger/interval_udate", "trigger/interval_date", 0x0215),
)

# The status: what was reached, in the order clock, interval timer, cycle counter; and which of
# these are to tell nobody. Reading it clears the former in the chip.
ALARMS_MASK = 0x07
SILENCED_SHIFT = 3
SEEN = "alarms seen"
"""The fact under which alarms are kept that were read for another reason."""

# The control register, bit 0 first.
CONTROL_BITS = (
    "readonly/clock", "readonly/interval", "readonly/cycle", "readonly/memory",
    "running", "auto", "start", "delay",
)  # fmt: skip
PROTECTION = 0x07
"""The bits of it that are set for ever, by copying the scratchpad three times in a row."""
COPIES_TO_PROTECT = 3
AUTHORIZATION_ACCEPTED = 0x80

READER = PlainReader(READ_MEMORY)
WRITER = ScratchpadWriter(
    WRITE_SCRATCHPAD, READ_SCRATCHPAD, COPY_SCRATCHPAD, PAGE_SIZE, crc=False, sends_zeros=True
)
MEMORY = Memory(PAGES * PAGE_SIZE, PAGE_SIZE, READER, WRITER)

Read = Callable[["Chip"], Coroutine[Any, Any, Any]]
Write = Callable[["Chip", int], Coroutine[Any, Any, None]]


async def _number(chip: Chip, address: int) -> int:
    return int.from_bytes(await READER.read(chip, address, NUMBER_SIZE), "little")


async def _store(chip: Chip, address: int, data: bytes) -> None:
    """Write registers. Whether they took it must be read: protected ones copy, too."""
    if not await WRITER.copied(chip, address, data):
        raise VerifyError(f"{chip.rom}: {data.hex(' ')} was not taken to {address:04X}")


def _read_number(address: int) -> Read:
    async def read(chip: Chip) -> int:
        return await _number(chip, address)

    return read


def _write_number(address: int, *, fraction: int = 0, counts: bool = False) -> Write:
    """Writes `fraction` bytes of zeros and a number, which may go on counting seconds."""

    async def write(chip: Chip, value: int) -> None:
        if not 0 <= value < MODULUS:
            raise InvalidValueError(f"{value} does not fit into {NUMBER_SIZE} bytes")
        began = chip.bus.clock.now()
        await _store(chip, address, bytes(fraction) + value.to_bytes(NUMBER_SIZE, "little"))
        found = await _number(chip, address + fraction)
        passed = 1 + int(chip.bus.clock.now() - began) if counts else 0
        if (found - value) % MODULUS > passed:
            raise VerifyError(f"{chip.rom}: {found} at {address:04X} after writing {value}")

    return write


def _clock(udate: str, calendar: str, address: int, *, counts: bool) -> tuple[Property, ...]:
    """The same moment in seconds since 1970 UTC and as a date."""

    async def read_date(chip: Chip) -> Any:
        return await chip.value(udate)

    read = _read_number(address + FRACTION_SIZE)
    write = _write_number(address, fraction=FRACTION_SIZE, counts=counts)
    return (
        unsigned(udate, SECOND, "rw", read=read, write=write),
        date(calendar, LINKED, "rw", read=read_date, write=write, spoils=(udate,)),
    )


# Alarms


async def _read_status(chip: Chip) -> int:
    """The status, with the alarms that were read before and that nobody was told of."""
    status = (await READER.read(chip, STATUS, 1))[0] | (chip.recall(SEEN) or 0)
    if status & ALARMS_MASK:
        chip.remember(SEEN, status & ALARMS_MASK, Life.PERSISTENT)
    return status


def _digits(bits: int) -> int:
    """Three bits as decimal digits: 5 is 101."""
    return int(f"{bits & ALARMS_MASK:b}")


async def _read_alarm(chip: Chip) -> int:
    status = await _read_status(chip)
    chip.forget(SEEN)
    return _digits(status)


async def _read_set_alarm(chip: Chip) -> int:
    return _digits(await _read_status(chip) >> SILENCED_SHIFT)


async def _write_set_alarm(chip: Chip, value: int) -> None:
    bits = next((n for n in range(ALARMS_MASK + 1) if _digits(n) == value), None)
    if bits is None:
        raise OutOfRangeError(f"{value} is not three digits 0 or 1")
    await _store(chip, STATUS, bytes([bits << SILENCED_SHIFT]))
    if await _read_set_alarm(chip) != value:
        raise VerifyError(f"{chip.rom}: alarms are not {value} after writing that")


# The control register


def _control(name: str, mask: int) -> Property:
    async def read(chip: Chip) -> bool:
        return bool((await READER.read(chip, CONTROL, 1))[0] & mask)

    async def write(chip: Chip, on: bool) -> None:
        old = (await READER.read(chip, CONTROL, 1))[0]
        if bool(old & mask) == on:
            return
        # What is for ever is set by nobody but who asks for it: no CRC guards what was read.
        new = (old ^ mask) & (~PROTECTION | mask)
        await _store(chip, CONTROL, bytes([new]))
        if on and mask & PROTECTION:
            await _copy_again(chip)
        if await read(chip) != on:
            raise VerifyError(f"{chip.rom}: {name} cannot be made {on:d}")

    return yesno(name, STABLE, "rw", read=read, write=write, spoils=CONTROL_BITS)


async def _copy_again(chip: Chip) -> None:
    """Copy the control register as often as it takes to protect something."""
    offset = CONTROL % PAGE_SIZE
    authorization = target(CONTROL) + bytes([offset | AUTHORIZATION_ACCEPTED])
    for _ in range(COPIES_TO_PROTECT - 1):
        await chip.exchange(COPY_SCRATCHPAD + authorization)


PROPERTIES = (
    *MEMORY.properties(),
    *(prop for clock in CLOCKS for prop in _clock(*clock, counts=True)),
    *(prop for alarm in CLOCK_ALARMS for prop in _clock(*alarm, counts=False)),
    unsigned("cycle", SECOND, "rw", read=_read_number(CYCLES), write=_write_number(CYCLES)),
    unsigned(
        "trigger/cycle", SECOND, "rw",
        read=_read_number(CYCLES_ALARM), write=_write_number(CYCLES_ALARM),
    ),
    unsigned("alarm", read=_read_alarm),
    unsigned("set_alarm", STABLE, "rw", read=_read_set_alarm, write=_write_set_alarm),
    *(_control(name, 1 << bit) for bit, name in enumerate(CONTROL_BITS)),
)  # fmt: skip

FAMILIES = (Family.make(0x04, "DS2404", Feature.ALARM, PROPERTIES, also=("DS1994",)),)

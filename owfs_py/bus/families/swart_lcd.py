"""The display driver of L. Swart (FF), with switches, counters and a memory.

All but a few commands take what they need from a scratchpad, and leave there what they tell.
There is no CRC: what was written is read back where that is possible. Source: the maker's list of
commands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from owfs_py.bus.cache import Life
from owfs_py.bus.errors import (
    BehindLineError,
    InvalidValueError,
    OutOfRangeError,
    VerifyError,
)
from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.memories import Memory, must_be_there, split
from owfs_py.bus.families.notation import (
    LINKED,
    STABLE,
    TOGETHER,
    VOLATILE,
    bits,
    text,
    unsigned,
    yesno,
)
from owfs_py.bus.properties import ALL, Property, bits_to_number, number_to_bits
from owfs_py.bus.transaction import Exchange, Select, Step, Wait

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

WRITE_SCRATCHPAD, READ_SCRATCHPAD = b"\x4e", b"\xbe"
SCRATCHPAD_SIZE = 16  # behind an address
LCD_ON, LCD_OFF, LIGHT_ON, LIGHT_OFF = b"\x03", b"\x05", b"\x08", b"\x07"
WRITE_REGISTER, READ_REGISTER = b"\x10", b"\x11"
WRITE_DATA, READ_DATA = b"\x12", b"\x13"
WRITE_PINS, READ_PINS = b"\x21", b"\x22"
READ_COUNTERS, READ_VERSION = b"\x23", b"\x41"
READ_MEMORY, WRITE_MEMORY = b"\x37", b"\x39"
PRINT, CLEAR = b"\x48", b"\x49"

COMMAND_TIME, PRINT_TIME, CLEAR_TIME, STORE_TIME = 0.001, 0.002, 0.003, 0.004
"""Seconds that commands take; the last one for each byte of the memory."""

SCREEN_SIZE = 128
LINES = {16: 4, 20: 4, 40: 2}  # lines of displays, by their width in characters
SECOND_LINE = 0x40
"""Where it begins in the controller's memory; the third and fourth go on behind the first two."""
ONES = b"\xff"
BLANK, NEWLINE = b" ", b"\n"

VERSION_SIZE = 16
MEMORY_SIZE = 112
PINS = 4
PINS_FOLLOW = 0x80
COUNTERS, COUNTER_SIZE = 4, 2
TOTAL_MASK = 0xFFFFFFFF


def _asking(command: bytes, size: int, expect: bytes | None = None) -> tuple[Step, ...]:
    """Let a command put something into the scratchpad, and read it there."""
    look = Exchange(READ_SCRATCHPAD, size, expect=expect)
    return Exchange(command), Wait(COMMAND_TIME), Select(), look


async def _ask(chip: Chip, command: bytes, size: int) -> bytes:
    [data] = await chip.run(*_asking(command, size))
    # Ones may be an answer, and are what an empty line reads as.
    if data == ONES * size:
        await must_be_there(chip)
    return data


async def _tell(chip: Chip, command: bytes, seconds: float = 0.0) -> None:
    """A command that leaves no trace which could be read."""
    await chip.run(Exchange(command), Wait(seconds))
    await must_be_there(chip)


# The display


def _switch(name: str, on: bytes, off: bytes) -> Property:
    async def write(chip: Chip, wanted: bool) -> None:
        await _tell(chip, on if wanted else off)

    return yesno(name, STABLE, "wo", write=write)


def _register(name: str, writing: bytes, reading: bytes) -> Property:
    """A byte of the display's controller, which does something when it is written."""

    async def read(chip: Chip) -> int:
        return (await _ask(chip, reading, 1))[0]

    async def write(chip: Chip, value: int) -> None:
        if value > 0xFF:
            raise InvalidValueError(f"{chip.rom}: {name} is a byte, not {value}")
        await _tell(chip, writing + bytes([value]), COMMAND_TIME)

    return unsigned(name, VOLATILE, "rw", read=read, write=write)


async def _print(chip: Chip, position: int, characters: bytes) -> None:
    """Put characters into the controller's memory; that they came is seen in the scratchpad."""
    for start, size in split(0, len(characters), SCRATCHPAD_SIZE):
        placed = bytes([position + start]) + characters[start : start + size]
        await chip.run(
            Exchange(WRITE_SCRATCHPAD + placed),
            Select(),
            Exchange(READ_SCRATCHPAD, len(placed), expect=placed),
            Select(),
            Exchange(PRINT),
            Wait(PRINT_TIME),
        )


def _position(line: int, width: int) -> int:
    half, second = divmod(line, 2)
    return second * SECOND_LINE + half * width


def _line(width: int, count: int) -> Property:
    """The lines of a display, one by one; what is not written is blank then."""

    async def write(chip: Chip, line: int, offset: int, characters: bytes) -> None:
        if offset >= width:
            raise BehindLineError(f"{chip.rom}: a line has {width} characters")
        shown = (BLANK * offset + characters).ljust(width)
        await _print(chip, _position(line, width), shown[:width])

    return text(f"line{width}", width, STABLE, "wo", elements=count, partial=True, write=write)


def broken(characters: bytes, width: int) -> Iterator[bytes]:
    """A text as lines, which end at a newline or where they are full."""
    while characters:
        line, _, rest = characters.partition(NEWLINE)
        if len(line) > width:
            line, rest = line[:width], characters[width:]
        yield line
        characters = rest


def _screen(width: int, count: int) -> Property:
    async def write(chip: Chip, offset: int, characters: bytes) -> None:
        if offset:
            raise OutOfRangeError(f"{chip.rom}: a screen is written from its beginning")
        await _tell(chip, CLEAR, CLEAR_TIME)
        for number, line in zip(range(count), broken(characters, width), strict=False):
            await _print(chip, _position(number, width), line)

    return text(f"screen{width}", SCREEN_SIZE, STABLE, "wo", partial=True, write=write)


# Pins: what is said of them is whether they conduct, which is that they are low


async def _read_pins(chip: Chip) -> list[bool]:
    [levels] = await _ask(chip, READ_PINS, 1)
    return number_to_bits(~levels, PINS)


async def _write_pins(chip: Chip, conducting: list[bool]) -> None:
    levels = bits_to_number(not on for on in conducting)
    await chip.run(Exchange(WRITE_PINS + bytes([PINS_FOLLOW | levels])), Wait(COMMAND_TIME))
    found = await _read_pins(chip)
    # Others can hold a pin low that does not conduct.
    if any(wanted and not on for wanted, on in zip(conducting, found, strict=True)):
        raise VerifyError(f"{chip.rom}: pins read as {found} after {conducting} was written")


# Counters: the chip forgets what it has told

TOTAL = "total"
"""The fact under which is remembered what was counted since it was set, or since we run."""


async def _read_counters(chip: Chip) -> list[int]:
    """What was counted since the last time."""
    data = await _ask(chip, READ_COUNTERS, COUNTERS * COUNTER_SIZE)
    counts = [
        int.from_bytes(data[at : at + COUNTER_SIZE], "little")
        for at in range(0, len(data), COUNTER_SIZE)
    ]
    before = chip.recall(TOTAL) or [0] * COUNTERS
    total = [(old + new) & TOTAL_MASK for old, new in zip(before, counts, strict=True)]
    chip.remember(TOTAL, total, Life.PERSISTENT)
    return counts


async def _read_total(chip: Chip) -> list[int]:
    await chip.value("counters", ALL)
    return list(chip.recall(TOTAL))


def _set_total(chip: Chip, total: list[int]) -> None:
    chip.remember(TOTAL, total, Life.PERSISTENT)


# The memory


class Cells:
    """The ways to read and write the memory, by way of the scratchpad."""

    row = SCRATCHPAD_SIZE

    async def read(self, chip: Chip, address: int, size: int) -> bytes:
        pieces = split(address, size, self.row)
        answers = [await chip.run(*self._reading(start, count)) for start, count in pieces]
        data = b"".join(piece for [piece] in answers)
        if data == ONES * size:
            await must_be_there(chip)
        return data

    def _reading(self, address: int, size: int, expect: bytes | None = None) -> Iterator[Step]:
        yield Exchange(WRITE_SCRATCHPAD + bytes([address, size]))
        yield Select()
        yield from _asking(READ_MEMORY, size, expect)

    async def write(self, chip: Chip, address: int, data: bytes, memory: Memory) -> None:
        await chip.run(
            Exchange(WRITE_SCRATCHPAD + bytes([address]) + data),
            Select(),
            Exchange(WRITE_MEMORY),
            Wait(STORE_TIME * len(data)),
            Select(),
            *self._reading(address, len(data), expect=data),
        )


CELLS = Cells()
MEMORY = Memory(MEMORY_SIZE, SCRATCHPAD_SIZE, CELLS, CELLS)


async def _read_version(chip: Chip) -> bytes:
    return await _ask(chip, READ_VERSION, VERSION_SIZE)


PROPERTIES = (
    text("version", VERSION_SIZE, STABLE, read=_read_version),
    _switch("LCDon", LCD_ON, LCD_OFF),
    _switch("backlight", LIGHT_ON, LIGHT_OFF),
    _register("register", WRITE_REGISTER, READ_REGISTER),
    _register("data", WRITE_DATA, READ_DATA),
    bits("gpio", PINS, VOLATILE, "rw", read=_read_pins, write=_write_pins),
    unsigned("counters", elements=COUNTERS, fetch=TOGETHER, read=_read_counters),
    unsigned(
        "cumulative", LINKED, "rw", elements=COUNTERS, fetch=TOGETHER,
        read=_read_total, write=_set_total,
    ),
    replace(MEMORY.properties()[0], change=STABLE),
    *(_line(width, count) for width, count in LINES.items()),
    *(_screen(width, count) for width, count in LINES.items()),
)  # fmt: skip

FAMILIES = (Family.make(0xFF, "LCD", Feature.ALARM, PROPERTIES),)

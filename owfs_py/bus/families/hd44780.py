"""Displays with an HD44780 on the pins of a DS2408, in the two ways in which people wire them.

LCD_M has an eight-bit data bus, LCD_H one with four bits and buttons beside (Hobby Boards).
Sources: data sheet HD44780U (instructions, initializing by instruction); the boards' wirings.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any

from owfs_py.bus.errors import CommunicationError, InvalidValueError, OutOfRangeError
from owfs_py.bus.families.ds2408_pio import (
    CONTROL,
    POWERED,
    STROBE,
    WRITABLE,
    read_registers,
    reset_activity_latches,
    write_pins,
    write_registers,
)
from owfs_py.bus.families.notation import STABLE, binary, text, under, unsigned, yesno

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

TEXT_SIZE = 128
OWN_CHARACTERS = 8
CHARACTER_SIZE = 8  # rows of the dot matrix
HEX_SIZE = 2 * CHARACTER_SIZE

# Instructions.
CLEAR, HOME, MOVE_RIGHT = 0x01, 0x02, 0x06
ON_OFF, DISPLAY_ON, CURSOR_BLINKS = 0x08, 0x04, 0x03
EIGHT_BITS, EIGHT_BITS_TWO_LINES = 0x30, 0x38
CHARACTER_ADDRESS, DISPLAY_ADDRESS = 0x40, 0x80
CLEARING_TIME = 0.002
"""Seconds, maximum, of Clear and Home."""

LINE_STARTS = (0x00, 0x40, 0x14, 0x54)
COLUMNS = 20
_PLACE = re.compile(rb"(?:(\d+)[,.])?(\d+):")

Clear = Callable[["Chip"], Awaitable[None]]
Put = Callable[["Chip", bytes], Awaitable[None]]


async def _once(chip: Chip, fact: str, initialize: Callable[[Chip], Awaitable[None]]) -> None:
    """Initialize a display, unless that was done within a stable lifetime."""
    if chip.recall(fact) is None:
        await initialize(chip)
        chip.remember(fact, True)


def _display(clear: Clear, home: Clear, put: Put) -> tuple[Any, ...]:
    """What both displays can do."""

    async def write_clear(chip: Chip, _: bool) -> None:
        await clear(chip)

    async def write_home(chip: Chip, _: bool) -> None:
        await home(chip)

    async def write_message(chip: Chip, characters: bytes) -> None:
        await clear(chip)
        await put(chip, characters)

    return (
        yesno("clear", STABLE, "wo", write=write_clear),
        yesno("home", STABLE, "wo", write=write_home),
        text("screen", TEXT_SIZE, STABLE, "wo", write=put),
        text("message", TEXT_SIZE, STABLE, "wo", write=write_message),
    )


# Eight bits: P7 is register select, P6 to P0 are data; a strobe from RSTZ tells of each byte.

M_CHARACTER = 0x80
M_VERIFIED = 0xFF


async def _m_initialize(chip: Chip) -> None:
    control = (await read_registers(chip)).control & WRITABLE
    await write_registers(chip, CONTROL, bytes([control | STROBE]))
    for instruction, pause in (
        (EIGHT_BITS, 0.1),
        (EIGHT_BITS_TWO_LINES, 0.01),
        (ON_OFF | DISPLAY_ON | CURSOR_BLINKS, 0.0),
        (MOVE_RIGHT, 0.0),
    ):
        await write_pins(chip, [instruction])
        await asyncio.sleep(pause)


async def _m_home(chip: Chip) -> None:
    await write_pins(chip, [HOME])
    await asyncio.sleep(CLEARING_TIME)


async def _m_clear(chip: Chip) -> None:
    await _once(chip, "LCD_M", _m_initialize)
    await write_pins(chip, [CLEAR])
    await asyncio.sleep(CLEARING_TIME)
    await _m_home(chip)


async def _m_put(chip: Chip, characters: bytes) -> None:
    if any(character & M_CHARACTER for character in characters):
        raise InvalidValueError(f"{chip.rom}: this display has seven-bit characters only")
    if characters:
        await write_pins(chip, [character | M_CHARACTER for character in characters], M_VERIFIED)


# Four bits: P7 to P4 are a nibble, P3 is register select, P2 to P0 are let go for the buttons.

H_INSTRUCTION, H_CHARACTER = 0x07, 0x0F
H_VERIFIED = 0xF8
H_CONTROL = POWERED | STROBE


def _nibbles(values: Iterable[int], select: int) -> list[int]:
    return [part | select for value in values for part in (value & 0xF0, value << 4 & 0xF0)]


def _instructions(*values: int) -> list[int]:
    return _nibbles(values, H_INSTRUCTION)


def _characters(data: bytes) -> list[int]:
    return _nibbles(data.replace(b"\0", b" "), H_CHARACTER)


async def _h_send(chip: Chip, pins: list[int]) -> None:
    if pins:
        await write_pins(chip, pins, H_VERIFIED)


async def _h_initialize(chip: Chip) -> None:
    await write_registers(chip, CONTROL, bytes([STROBE]))
    control = (await read_registers(chip)).control
    if control != H_CONTROL:
        raise CommunicationError(f"{chip.rom}: a display's chip is fed: control is {control:02X}")
    await reset_activity_latches(chip)
    await _h_send(chip, [0x37])
    await asyncio.sleep(0.005)
    # Eight bits twice more, then four bits, then two lines of 5 x 8 dots.
    await _h_send(chip, [0x37, 0x37, 0x27, 0x27, 0x87])


async def _h_clear(chip: Chip) -> None:
    await _once(chip, "LCD_H", _h_initialize)
    await _h_send(chip, _instructions(CLEAR, ON_OFF | DISPLAY_ON, MOVE_RIGHT))


async def _h_home(chip: Chip) -> None:
    await _h_send(chip, _instructions(DISPLAY_ADDRESS))


async def _h_put(chip: Chip, characters: bytes) -> None:
    await _h_send(chip, _characters(characters))


async def _h_message(chip: Chip, characters: bytes) -> None:
    await _h_clear(chip)
    await _h_send(chip, _instructions(DISPLAY_ADDRESS) + _characters(characters))


def _split_place(data: bytes) -> tuple[int, int, bytes]:
    """Row and column, from 1 on, and the text: of `row,column:text`, `row.column:text`,
    `column:text`, or of a text behind two bytes. Raises InvalidValueError."""
    if data[:1] > b"0":
        match = _PLACE.match(data)
        if match is None:
            raise InvalidValueError(f"a text behind its place is wanted, not {data!r}")
        return int(match[1] or 1), int(match[2]), data[match.end() :]
    if len(data) < 2:
        raise InvalidValueError("a text behind two bytes for its place is wanted")
    return data[0], data[1], data[2:]


async def _h_put_at(chip: Chip, data: bytes) -> None:
    row, column, characters = _split_place(data)
    place: list[int] = []
    if row and column:  # else it goes on where the display is
        if row > len(LINE_STARTS) or column > COLUMNS:
            raise InvalidValueError(f"{chip.rom}: no row {row}, column {column}")
        place = _instructions(DISPLAY_ADDRESS | (LINE_STARTS[row - 1] + column - 1))
    await _h_send(chip, place + _characters(characters))


async def _h_on_off(chip: Chip, value: int) -> None:
    """4 is the display, 2 the cursor, 1 its blinking."""
    if value > DISPLAY_ON | CURSOR_BLINKS:
        raise InvalidValueError(f"{chip.rom}: onoff is 0 to 7, not {value}")
    await _h_send(chip, _instructions(ON_OFF | value))


async def _h_redefine(chip: Chip, number: int, offset: int, rows: bytes) -> None:
    if offset or len(rows) != CHARACTER_SIZE:
        raise OutOfRangeError(f"{chip.rom}: a character has {CHARACTER_SIZE} rows")
    address = CHARACTER_ADDRESS + CHARACTER_SIZE * number
    await _h_send(
        chip,
        _instructions(address) + _nibbles(rows, H_CHARACTER) + _instructions(DISPLAY_ADDRESS),
    )


async def _h_redefine_hex(chip: Chip, number: int, offset: int, digits: bytes) -> None:
    try:
        rows = bytes.fromhex(digits.decode("ascii"))
    except ValueError as error:
        raise InvalidValueError(f"{chip.rom}: {digits!r} are no hex digits") from error
    await _h_redefine(chip, number, offset, rows)


LCD_M = under("LCD_M", *_display(_m_clear, _m_home, _m_put))
LCD_H = under(
    "LCD_H",
    *(prop for prop in _display(_h_clear, _h_home, _h_put) if prop.name != "message"),
    text("message", TEXT_SIZE, STABLE, "wo", write=_h_message),
    text("screenyx", TEXT_SIZE, STABLE, "wo", write=_h_put_at),
    unsigned("onoff", STABLE, "wo", write=_h_on_off),
    binary(
        "redefchar", CHARACTER_SIZE, STABLE, "wo",
        elements=OWN_CHARACTERS, partial=True, write=_h_redefine,
    ),
    binary(
        "redefchar_hex", CHARACTER_SIZE, STABLE, "wo",
        elements=OWN_CHARACTERS, partial=True, takes=HEX_SIZE, write=_h_redefine_hex,
    ),
)  # fmt: skip

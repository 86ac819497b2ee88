"""The barometer TAI8570: a pair of DS2406 (12) that talk over three wires to an MS5534.

Either says in its memory which one is its partner. What is made of the sensor's numbers is in
ms5534.py. Sources: data sheets TAI8570, MS5534A (serial interface, figures of the sequences).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from owfs_py._crc import crc16
from owfs_py.bus.cache import Life
from owfs_py.bus.chip import Chip
from owfs_py.bus.errors import CommunicationError, WrongModelError
from owfs_py.bus.families.ds2406_channels import (
    CHANNEL_ACCESS,
    DRIVE,
    LEVELS,
    READ_AND_DRIVE,
    read_info,
)
from owfs_py.bus.families.memories import CRC16_SIZE
from owfs_py.bus.families.ms5534 import DA5534, DA5540, PLAIN, Calibration, Formula
from owfs_py.bus.families.notation import (
    HIDDEN,
    LINKED,
    STABLE,
    STATIC,
    TOGETHER,
    celsius,
    pressure,
    text,
    under,
    unsigned,
)
from owfs_py.bus.rom import RomId
from owfs_py.bus.transaction import CRC16_GOOD, Check, Exchange

if TYPE_CHECKING:
    from owfs_py.bus.properties import Property

# The memories of the two: packets of the 1-Wire File Structure.
LONGEST_PACKET = 29
MARK, MARK_AT = b"8570", 8
"""In page 0."""
PARTNER = slice(1, 9)
"""Of page 1: the ROM id of the other one."""

# The clock is at PIO-A of both, the input of the sensor at PIO-B of the one that has a supply
# and writes, its output at PIO-B of the other, which reads. A byte drives A, B, A, B ...
ONE, ZERO = 0x0E, 0x04
"""The clock falls and rises, with a 1 or a 0 at the input; both are low then."""
RELEASED = 0xFF
"""Both high: the clock rises."""
TICK = b"\xff\xfa"
"""Look at both; let the clock fall and rise."""
WORD_BITS = 16
OUTPUT_LEVEL = 0x80
"""In a byte of levels: B, when it was looked at last."""

RESET = "1010101010101010000000"
WORDS = ("1110101010000", "1110101100000", "1110110010000", "1110110100000")
PRESSURE, TEMPERATURE = "111101000000", "111100100000"

CONVERSION_TIME = 0.035
"""Seconds, maximum."""
PATIENCE, LOOKS = 0.005, 10
"""Seconds from one look whether a conversion is complete to the next, and how many."""
ATTEMPTS = 3
PASSES = 5
"""How often the calibration is read, at most, until it comes the same twice."""
EMPTY = (0x0000, 0xFFFF)
"""Words that a line gives to which no sensor is connected."""

BOARD = "TAI8570"
"""The fact under which the partner is remembered."""
CALIBRATION = "TAI8570 calibration"


class Pair(NamedTuple):
    """The two switches of a board."""

    writer: Chip
    reader: Chip


# Who is who


async def _packet(chip: Chip, page: int) -> bytes:
    """A page of the memory if it holds a packet with a good CRC, else nothing."""
    data = bytes(await chip.value("pages/page", page))
    end = data[0] + 1
    packet = data[: end + CRC16_SIZE]
    # The CRC begins with the number of the page.
    good = data[0] <= LONGEST_PACKET and crc16(packet, page) == CRC16_GOOD
    return packet[:end] if good else b""


async def _read_partner(chip: Chip) -> RomId:
    """Raises WrongModelError for a DS2406 that belongs to no barometer."""
    known = chip.recall(BOARD)
    if known is not None:
        return RomId(known)
    first = await _packet(chip, 0)
    second = await _packet(chip, 1) if first[MARK_AT:].startswith(MARK) else b""
    try:
        partner = RomId(second[PARTNER])
    except ValueError as error:
        raise WrongModelError(f"{chip.rom} belongs to no TAI8570") from error
    if partner == chip.rom or partner.family != chip.rom.family:
        raise WrongModelError(f"{chip.rom} says that its partner is {partner}")
    chip.remember(BOARD, bytes(partner), Life.PERSISTENT)
    return partner


@asynccontextmanager
async def _pair(chip: Chip) -> AsyncIterator[Pair]:
    """The board that a chip belongs to, for oneself."""
    partner = Chip(chip.bus, await _read_partner(chip), chip.family, fresh=True)
    writes = await chip.value("power")
    locks = [chip.bus.access.lock(rom) for rom in sorted((chip.rom, partner.rom))]
    async with locks[0], locks[1]:
        try:
            yield Pair(chip, partner) if writes else Pair(partner, chip)
        finally:
            chip.since = min(chip.since, partner.since)
            chip.talked |= partner.talked
            for either in (chip, partner):
                chip.bus.access.spoil(either.rom, chip.family, "infobyte")


# Three wires


async def _drive(chip: Chip, levels: bytes) -> None:
    await chip.run(Exchange(CHANNEL_ACCESS + DRIVE, 1), Exchange(levels), attempts=1)


async def _command(writer: Chip, bits: str, *, release: bool) -> None:
    levels = bytes(ONE if bit == "1" else ZERO for bit in bits)
    await _drive(writer, levels + bytes([RELEASED]) * release)


async def _read_word(reader: Chip) -> int:
    """What the sensor puts out. The clock has risen once for the first bit."""
    command = CHANNEL_ACCESS + READ_AND_DRIVE
    # Command, info byte, levels and ticks, and a CRC over all that.
    dialogue = Exchange(
        command + b"\xff" + TICK * WORD_BITS, CRC16_SIZE, Check.CRC16, covers=b"", echo=False
    )
    [back] = await reader.run(dialogue, attempts=1)
    both = back[len(command) + 1 : -CRC16_SIZE]
    levels, ticks = both[:: len(TICK)], both[1 :: len(TICK)]
    if not back.startswith(command) or ticks != TICK[1:] * WORD_BITS:
        # The CRC covers what the chip heard, which may not be what was sent.
        raise CommunicationError(f"{reader.rom}: the echo of clock ticks is {back.hex(' ')}")
    word = 0
    for level in levels:
        word = word << 1 | bool(level & OUTPUT_LEVEL)
    return word


async def _begin(pair: Pair) -> None:
    """Let the reader go of its wires, and the sensor wait for a command."""
    await _drive(pair.reader, bytes([RELEASED]))
    await _command(pair.writer, RESET, release=True)


async def _repeated(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """What goes wrong is begun anew: words that were read halfway are gone."""
    for _ in range(ATTEMPTS - 1):
        try:
            return await work()
        except CommunicationError:
            continue
    return await work()


# Calibration


async def _read_words(pair: Pair) -> tuple[int, ...]:
    words = []
    for command in WORDS:
        await _command(pair.writer, command, release=True)
        words.append(await _read_word(pair.reader))
    return tuple(words)


async def _read_calibration(chip: Chip) -> Calibration:
    known = chip.recall(CALIBRATION)
    if known is not None:
        return Calibration(*known)
    async with _pair(chip) as pair:

        async def read() -> tuple[int, ...]:
            await _begin(pair)
            before = await _read_words(pair)
            for _ in range(PASSES - 1):
                now = await _read_words(pair)
                if now == before:
                    return now
                before = now
            raise CommunicationError(f"{chip.rom}: the calibration comes otherwise each time")

        words = await _repeated(read)
    if all(word in EMPTY for word in words):
        raise CommunicationError(f"{chip.rom}: no sensor answers")
    found = Calibration.from_words(words)
    chip.remember(CALIBRATION, found, Life.PERSISTENT)
    return found


# Measuring


def _converted(command: str) -> Callable[[Chip], Coroutine[Any, Any, int]]:
    async def read(chip: Chip) -> int:
        async with _pair(chip) as pair:

            async def convert() -> int:
                await _begin(pair)
                await _command(pair.writer, command, release=False)
                await asyncio.sleep(CONVERSION_TIME)
                await _complete(pair)
                await _drive(pair.writer, bytes([RELEASED]))
                return await _read_word(pair.reader)

            return int(await _repeated(convert))

    return read


async def _complete(pair: Pair) -> None:
    """The output is low when a conversion is complete."""
    for _ in range(LOOKS):
        if not await read_info(pair.reader) >> LEVELS[1] & 1:
            return
        await asyncio.sleep(PATIENCE)
    raise CommunicationError(f"{pair.reader.rom}: the sensor measures nothing")


# Properties


async def _read_sibling(chip: Chip) -> str:
    await chip.value("power")  # what is remembered is not to speak for a chip that is gone
    return (await _read_partner(chip)).hex().upper()


async def _read_constants(chip: Chip) -> list[int]:
    await chip.value("power")
    return list(await _read_calibration(chip))


def _readings(formula: Formula) -> tuple[Property, Property]:
    async def read_temperature(chip: Chip) -> float:
        c = await _read_calibration(chip)
        return formula.degrees(await chip.value("TAI8570/D2"), c)

    async def read_pressure(chip: Chip) -> float:
        c = await _read_calibration(chip)
        d2 = await chip.value("TAI8570/D2")
        return formula.millibar(await chip.value("TAI8570/D1"), d2, c)

    return (
        celsius("temperature", LINKED, read=read_temperature),
        pressure("pressure", LINKED, read=read_pressure),
    )


TAI8570 = under(
    "TAI8570",
    text("sibling", 16, STABLE, read=_read_sibling),
    *_readings(PLAIN),
    *under("DA5534", *_readings(DA5534)),
    *under("DA5540", *_readings(DA5540)),
    unsigned(
        "C", STATIC, elements=len(Calibration._fields), fetch=TOGETHER, visible=HIDDEN,
        read=_read_constants,
    ),
    unsigned("D1", visible=HIDDEN, read=_converted(PRESSURE)),
    unsigned("D2", visible=HIDDEN, read=_converted(TEMPERATURE)),
)  # fmt: skip

"""The switches DS2406 and DS2407 (12). What is built around them is in ds2406_boards.py
and tai8570.py.

Source: data sheet DS2406 (channel access, status memory, EPROM).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.ds2406_boards import T8A, model_of
from owfs_py.bus.families.ds2406_channels import (
    CHANNEL_ACCESS,
    FLIPFLOPS,
    LATCHES,
    LEVELS,
    POWERED,
    SAMPLE_SIZE,
    TWO_CHANNELS,
    read_info,
)
from owfs_py.bus.families.memories import CRC16_SIZE, Memory, split, target
from owfs_py.bus.families.notation import (
    HIDDEN,
    LINKED,
    STABLE,
    VOLATILE,
    bits,
    branch,
    unsigned,
    yesno,
)
from owfs_py.bus.families.tai8570 import TAI8570
from owfs_py.bus.properties import bits_to_number
from owfs_py.bus.transaction import Check, Exchange, ProgramPulse, Select, Step

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

READ_STATUS, WRITE_STATUS = b"\xaa", b"\x55"
EXTENDED_READ_MEMORY, WRITE_MEMORY = b"\xa5", b"\x0f"
TRANSFER = b"\xff"
"""Where an EPROM wants its program pulse: lets the byte written to the status take effect."""

CHANNELS = "AB"
RESET_LATCHES_AND_SAMPLE = b"\xd5\xff"
"""Channel control: reset the activity latches; read channel A; a CRC after every byte."""

SWITCH_STATUS = b"\x07\x00"
"""Address of the status byte that has the flip-flops and the alarm settings."""
FLIPFLOPS_MASK, SUPPLY = 0x60, 0x80
ALARM_CHANNELS_SHIFT, ALARM_SOURCE_SHIFT = 3, 1

PAGE_SIZE = 32
PAGES = 4
REDIRECTION_SIZE = 1  # the byte in front of each page by Extended Read


def _from_info(pick: Callable[[int], Any]) -> Callable[[Chip], Coroutine[Any, Any, Any]]:
    async def read(chip: Chip) -> Any:
        return pick(await chip.value("infobyte"))

    return read


def _bits_of(positions: Sequence[int], inverted: bool = False) -> Callable[[int], list[bool]]:
    return lambda info: [bool(info >> position & 1) != inverted for position in positions]


async def _read_status(chip: Chip) -> int:
    answer = await chip.exchange(READ_STATUS + SWITCH_STATUS, 1 + CRC16_SIZE, Check.CRC16)
    return answer[0]


async def _change_status(chip: Chip, mask: int, value: int) -> None:
    """Set the bits of `mask`, leave the others, and see that the chip has them."""
    wanted = await _read_status(chip) & ~mask | value
    await chip.run(
        Exchange(WRITE_STATUS + SWITCH_STATUS + bytes([wanted]), CRC16_SIZE, Check.CRC16),
        Exchange(TRANSFER),
        Select(),
        Exchange(READ_STATUS + SWITCH_STATUS, 1 + CRC16_SIZE, Check.CRC16, expect=bytes([wanted])),
    )


async def _write_pio(chip: Chip, conducting: list[bool]) -> None:
    flipflops = bits_to_number(not on for on in conducting)
    await _change_status(chip, FLIPFLOPS_MASK, flipflops << 5)


async def _reset_latches(chip: Chip, _: list[bool]) -> None:
    await chip.exchange(CHANNEL_ACCESS + RESET_LATCHES_AND_SAMPLE, SAMPLE_SIZE, Check.CRC16)


async def _read_alarm(chip: Chip) -> int:
    """Three decimal digits: channels, source, polarity."""
    status = await _read_status(chip)
    channels, source = status >> ALARM_CHANNELS_SHIFT & 3, status >> ALARM_SOURCE_SHIFT & 3
    return 100 * channels + 10 * source + (status & 1)


async def _write_alarm(chip: Chip, number: int) -> None:
    channels, source, polarity = number // 100 % 10 & 3, number // 10 % 10 & 3, number % 10 & 1
    settings = channels << ALARM_CHANNELS_SHIFT | source << ALARM_SOURCE_SHIFT | polarity
    await _change_status(chip, ~(FLIPFLOPS_MASK | SUPPLY) & 0xFF, settings)


class ExtendedReader:
    """Extended Read Memory: each page has its own CRC, which plain reading has not."""

    async def read(self, chip: Chip, address: int, size: int) -> bytes:
        steps: list[Step] = []
        command = EXTENDED_READ_MEMORY + target(address)
        for start, _ in split(address, size, PAGE_SIZE):
            rest = PAGE_SIZE - start % PAGE_SIZE
            steps.append(Exchange(command, REDIRECTION_SIZE + CRC16_SIZE, Check.CRC16))
            steps.append(Exchange(b"", rest + CRC16_SIZE, Check.CRC16))
            command = b""
        answers = await chip.run(*steps)
        return b"".join(page[:-CRC16_SIZE] for page in answers[1::2])[:size]


class EpromWriter:
    """A byte at a time by a program pulse, after which the chip shows what it holds.

    A bit that is 0 stays so: asking for a 1 there is reported as failed.
    """

    row = 1

    async def write(self, chip: Chip, address: int, data: bytes, memory: Memory) -> None:
        command = WRITE_MEMORY + target(address) + data
        await chip.run(
            Exchange(command, CRC16_SIZE, Check.CRC16),
            ProgramPulse(),
            Exchange(b"", 1, expect=data),
        )


MEMORY = Memory(PAGES * PAGE_SIZE, PAGE_SIZE, ExtendedReader(), EpromWriter())

PROPERTIES = (
    bits(
        "PIO", CHANNELS, STABLE, "rw",
        read=_from_info(_bits_of(FLIPFLOPS, inverted=True)), write=_write_pio,
        spoils=("infobyte",),
    ),
    bits("sensed", CHANNELS, LINKED, read=_from_info(_bits_of(LEVELS))),
    bits("flipflop", CHANNELS, read=_from_info(_bits_of(FLIPFLOPS))),
    bits(
        "latch", CHANNELS, VOLATILE, "rw",
        read=_from_info(_bits_of(LATCHES)), write=_reset_latches, spoils=("infobyte",),
    ),
    yesno("power", read=_from_info(lambda info: bool(info & POWERED))),
    unsigned("channels", STABLE, read=_from_info(lambda info: 2 if info & TWO_CHANNELS else 1)),
    unsigned("set_alarm", STABLE, "rw", read=_read_alarm, write=_write_alarm),
    unsigned("infobyte", read=read_info, visible=HIDDEN),
    *MEMORY.properties(),
    *TAI8570,
    *T8A,
    branch("aux"),
)  # fmt: skip

FAMILIES = (
    Family.make(0x12, "DS2406", Feature.ALARM, PROPERTIES, also=("DS2407",), model=model_of),
)

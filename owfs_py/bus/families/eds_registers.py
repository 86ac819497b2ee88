"""What one says to an EDS00xx: its memory, numbers in it, and bits of those. No properties here.

Sources: the register maps of Embedded Data Systems; the copy's time was measured by others.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from owfs_py.bus.errors import InvalidValueError
from owfs_py.bus.families.memories import (
    ALTERNATING,
    CRC16_SIZE,
    Memory,
    PlainReader,
    target,
)
from owfs_py.bus.transaction import Check, Exchange, Select, Wait

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

WRITE_SCRATCHPAD = b"\x0f"
READ_SCRATCHPAD = b"\xaa"
COPY_SCRATCHPAD = b"\x55"
READ_MEMORY = b"\xf0"
CLEAR_ALARMS = b"\x33"

PAGE_SIZE = 32
ADDRESS_SIZE, STATUS_SIZE = 2, 1  # in front of the scratchpad's bytes
COPY_TIME = 0.7
"""Seconds until what was written can be read."""


class Writer:
    """Scratchpad, read back, copied; the memory shows it unless the chip tells that it is done.

    Those that have other chips' commands may have their pattern of ones and zeros as well.
    """

    row = PAGE_SIZE

    async def write(self, chip: Chip, address: int, data: bytes, memory: Memory) -> None:
        if not await self.copied(chip, address, data):
            await chip.run(Exchange(READ_MEMORY + target(address), len(data), expect=data))

    async def copied(self, chip: Chip, address: int, data: bytes) -> bool:
        """Write bytes within a page; whether the chip tells that it is done.

        VerifyError if they do not get into the scratchpad; nothing is copied then.
        """
        to_the_end = (address + len(data)) % PAGE_SIZE == 0
        command = WRITE_SCRATCHPAD + target(address) + data
        results = await chip.run(
            Exchange(command, CRC16_SIZE, Check.CRC16) if to_the_end else Exchange(command),
            Select(),
            Exchange(READ_SCRATCHPAD, ADDRESS_SIZE, expect=target(address)),
            Exchange(b"", STATUS_SIZE),
            Exchange(b"", len(data), expect=data),
        )
        copy = COPY_SCRATCHPAD + target(address) + results[-2]
        [sent] = await chip.run(Exchange(copy), Wait(COPY_TIME), Exchange(b"", 1))
        return (sent[0] ^ sent[0] >> 1) & ALTERNATING == ALTERNATING


WRITER = Writer()
READER = PlainReader(READ_MEMORY, at_once=PAGE_SIZE)


def memory_of(pages: int) -> Memory:
    """A memory of so many pages."""
    return Memory(pages * PAGE_SIZE, PAGE_SIZE, READER, WRITER)


MEMORY = memory_of(3)
"""Which size it has does not matter to those who read and write registers."""


@dataclass(frozen=True, slots=True)
class Register:
    """A number in the memory, low byte first."""

    address: int
    size: int
    steps: int = 1
    """How many of its steps are one unit."""
    signed: bool = False
    rounded: Callable[[float], int] = math.trunc
    """How a number between two steps is written."""
    acts: bool = False
    """Writing it makes the chip do something; it need not read as it was written."""

    async def read(self, chip: Chip) -> Any:
        """Its number; a whole one if its steps are units."""
        data = await READER.read(chip, self.address, self.size)
        number = int.from_bytes(data, "little", signed=self.signed)
        return number if self.steps == 1 else number / self.steps

    async def write(self, chip: Chip, value: float) -> None:
        """Raises InvalidValueError for a number that it has no room for."""
        data = self._encode(value)
        if self.acts:
            await WRITER.copied(chip, self.address, data)
        else:
            await MEMORY.write(chip, self.address, data)

    def _encode(self, value: float) -> bytes:
        try:
            number = self.rounded(value * self.steps)
            return number.to_bytes(self.size, "little", signed=self.signed)
        except (OverflowError, ValueError) as error:  # the latter for not-a-number
            raise InvalidValueError(f"{value:g} does not fit into {self.size} bytes") from error

    def accessors(self) -> dict[str, Any]:
        """For a property that is this number."""
        return {"read": self.read, "write": self.write}

    def elements(self, stride: int) -> dict[str, Any]:
        """For an array of such numbers, one every `stride` bytes."""

        def at(index: int) -> Register:
            return replace(self, address=self.address + index * stride)

        async def read(chip: Chip, index: int) -> Any:
            return await at(index).read(chip)

        async def write(chip: Chip, index: int, value: float) -> None:
            await at(index).write(chip, value)

        return {"read": read, "write": write}

    def bits(self, first: int, apart: int, count: int) -> dict[str, Any]:
        """For a bit field: `count` bits of this number, `apart` from each other."""
        mask = sum(1 << first + apart * n for n in range(count))

        async def read(chip: Chip) -> list[bool]:
            number = await self.read(chip)
            return [bool(number >> first + apart * n & 1) for n in range(count)]

        async def write(chip: Chip, bits: list[bool]) -> None:
            others = 0 if mask == (1 << 8 * self.size) - 1 else await self.read(chip) & ~mask
            wanted = sum(bit << first + apart * n for n, bit in enumerate(bits))
            await self.write(chip, others | wanted)

        return {"read": read, "write": write}


whole = partial(Register, size=1, signed=True)
"""Whole units, -128 to 127."""
sixteenths = partial(Register, size=2, steps=16, signed=True)
fine = partial(Register, size=3, steps=2048, signed=True, rounded=math.floor)
volts = partial(Register, size=2, steps=2048)
amperes = partial(Register, size=2, steps=2048_000)
byte, word, three_bytes, long = (partial(Register, size=size) for size in (1, 2, 3, 4))


@dataclass(frozen=True, slots=True)
class Field:
    """Some bits of a register that is a property itself, by which they are read and changed."""

    register: Register
    name: str
    """The property."""
    shift: int
    width: int = 1

    async def read(self, chip: Chip) -> int:
        """The number in them; a bool if it is one bit."""
        number = int(await chip.value(self.name)) >> self.shift & self._mask
        return number if self.width > 1 else bool(number)

    async def write(self, chip: Chip, value: int) -> None:
        """Raises InvalidValueError for a number that has more bits."""
        if value > self._mask:
            raise InvalidValueError(f"{value} does not fit into {self.width} bits")
        others = int(await chip.value(self.name)) & ~(self._mask << self.shift)
        await self.register.write(chip, others | value << self.shift)

    @property
    def _mask(self) -> int:
        return (1 << self.width) - 1

    def accessors(self) -> dict[str, Any]:
        """For a property that is these bits."""
        return {"read": self.read, "write": self.write, "spoils": (self.name,)}

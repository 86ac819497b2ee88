"""What one says to a device of Hobby Boards: commands that read some bytes, or write them.

There is no CRC: what was written is read back. No properties here. Source: the maker's lists of
commands.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from owfs_py.bus.errors import CommunicationError, InvalidValueError, VerifyError

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

READ_VERSION = b"\x11"
READ_TYPE = b"\x12"

NOT_READY = b"\xff"
READY_TESTS = 5
"""How often a device is asked whether it is ready, about 15 ms apart."""
STORE_TIME, STORE_TESTS = 0.2, 10
"""Seconds in which a device surely has stored what it got, 21 bytes at 8.5 ms (EEPROM of an AVR,
its data sheet), and in how many parts that is waited for."""


async def ask(chip: Chip, command: bytes, size: int) -> bytes:
    """The `size` bytes that a command reads.

    A device that is not ready answers ones, as nobody does. They are believed only when it is
    known that the device answers otherwise at the time. CommunicationError if it does not.
    """
    data = await chip.exchange(command, size)
    ready = False
    for test in range(READY_TESTS):
        if data != NOT_READY * size or ready:
            return data
        ready = test > 0 and await chip.exchange(READ_TYPE, 1) != NOT_READY
        data = await chip.exchange(command, size)
    raise CommunicationError(f"{chip.rom}: is not ready")


async def prove(chip: Chip, read: Callable[[Chip], Awaitable[Any]], written: Any) -> None:
    """Wait until what was written is read. Raises VerifyError if the device does not have it."""
    for _ in range(STORE_TESTS):
        found = await read(chip)
        if found == written:
            return
        await asyncio.sleep(STORE_TIME / STORE_TESTS)
    raise VerifyError(f"{chip.rom}: wrote {written!r}, it has {found!r}")


@dataclass(frozen=True, slots=True)
class Block:
    """Some bytes, which one command reads and another one writes."""

    reading: bytes
    """The command."""
    size: int
    writing: bytes = b""
    """The command, if there is one."""

    async def read(self, chip: Chip) -> bytes:
        return await ask(chip, self.reading, self.size)

    async def write(self, chip: Chip, data: bytes) -> None:
        """Write and prove it."""
        await chip.exchange(self.writing + data)
        await prove(chip, self.read, data)


@dataclass(frozen=True, slots=True)
class Number:
    """A number, low byte first."""

    reading: bytes
    size: int
    steps: float = 1
    """How many of its steps are one unit."""
    signed: bool = False
    writing: bytes = b""

    async def read(self, chip: Chip) -> Any:
        """A whole number if its steps are units."""
        return (await self._read(chip, 1))[0]

    async def write(self, chip: Chip, value: float) -> None:
        """Raises InvalidValueError for a number that it has no room for."""
        try:
            data = round(value * self.steps).to_bytes(self.size, "little", signed=self.signed)
        except (OverflowError, ValueError) as error:  # the latter for not-a-number
            raise InvalidValueError(f"{value:g} does not fit into {self.size} bytes") from error
        await Block(self.reading, self.size, self.writing).write(chip, data)

    def accessors(self) -> dict[str, Any]:
        """For a property that is this number."""
        return {"read": self.read} | ({"write": self.write} if self.writing else {})

    def together(self, count: int) -> dict[str, Any]:
        """For an array of so many such numbers, which come at once."""

        async def read(chip: Chip) -> list[Any]:
            return await self._read(chip, count)

        return {"read": read}

    async def _read(self, chip: Chip, count: int) -> list[Any]:
        size = self.size
        data = await ask(chip, self.reading, count * size)
        numbers = [
            int.from_bytes(data[at : at + size], "little", signed=self.signed)
            for at in range(0, len(data), size)
        ]
        return numbers if self.steps == 1 else [number / self.steps for number in numbers]


byte, word = partial(Number, size=1), partial(Number, size=2)

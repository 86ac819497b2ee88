"""What one says to a BAE0910 or BAE0911: memory, registers, commands that take their time.

Everything has a CRC-16, and what changes anything waits for a confirmation of it. No properties
here. Source: the maker's list of commands.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from owfs_py._crc import crc16
from owfs_py.bus.errors import (
    CommunicationError,
    CrcError,
    InvalidValueError,
    VerifyError,
)
from owfs_py.bus.families.memories import CRC16_SIZE, Memory, split, target
from owfs_py.bus.transaction import CRC16_GOOD, Check, Exchange, Wait

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

READ_VERSION, READ_TYPE = b"\x11", b"\x12"
EXTENDED = b"\x13"
READ, WRITE, ERASE = b"\x14", b"\x15", b"\x16"
CALL, SEND, FETCH = b"\x17", b"\x18", b"\x19"
POLL = b"\x1a"
CONFIRMATION = b"\xbc"

EEPROM_PAGE = 512
"""Bytes that are erased at a time."""
BLOCK = 32
"""Bytes that a command can carry, or ask for."""
ATTEMPTS = 5
EXTENDED_TIME, BEGIN_TIME = 0.002, 0.001
"""Seconds that the chip wants before it is spoken to again."""
POLLS, POLL_PAUSE = 11, 0.010
"""So many questions whether it still is at work, and seconds between them: 0.1 s and more, since a
busy line or machine must not leave it fewer."""
DONE, BUSY = 0x00, 0xFF
POLL_HEAD = 2  # the result and how many bytes follow


async def ask(chip: Chip, command: bytes, size: int) -> bytes:
    """The `size` bytes that a command reads."""
    return (await chip.exchange(command, size + CRC16_SIZE, Check.CRC16))[:size]


async def confirmed(chip: Chip, command: bytes) -> None:
    """A command that changes what it says to what it says, however often."""
    await chip.run(Exchange(command, CRC16_SIZE, Check.CRC16), Exchange(CONFIRMATION))


async def confirmed_once(chip: Chip, command: bytes, seconds: float) -> None:
    """A command that must not be done twice; it is, at the earliest, when it is confirmed.

    `seconds` is how long the line is left alone then.
    """
    steps = (
        Exchange(command, CRC16_SIZE, Check.CRC16),
        Exchange(CONFIRMATION),
        Wait(seconds),
    )
    for _ in range(ATTEMPTS - 1):
        try:
            await chip.run(*steps, attempts=1)
        except CrcError:
            continue  # not confirmed, so not done
        return
    await chip.run(*steps, attempts=1)


async def extended(chip: Chip, payload: bytes, seconds: float = EXTENDED_TIME) -> None:
    """The command for everything else; `payload` has 1 to 256 bytes."""
    await confirmed_once(chip, EXTENDED + bytes([len(payload) - 1]) + payload, seconds)


# What takes its time: a command, and then the question what came of it. The caller holds the lock
# of the chip: nobody else may ask it anything of this kind meanwhile.


async def call(chip: Chip, function: int, data: bytes = b"", size: int = 0) -> bytes:
    """Let the chip do something with `data`; the `size` bytes that come of it."""
    return await _begun(chip, CALL + bytes([len(data), function, size]) + data, size)


async def send(chip: Chip, function: int, data: bytes) -> None:
    """Send bytes to something that the chip is connected to."""
    for start, size in split(0, len(data), BLOCK):
        await _begun(chip, SEND + bytes([size, function]) + data[start : start + size], 0)


async def fetch(chip: Chip, function: int, size: int) -> bytes:
    """The next bytes, at most BLOCK, of what a call began to read."""
    return await _begun(chip, FETCH + bytes([size, function]), size)


async def _begun(chip: Chip, command: bytes, size: int) -> bytes:
    await confirmed_once(chip, command, BEGIN_TIME)
    return await _result(chip, size)


async def _result(chip: Chip, size: int) -> bytes:
    """What came of a command, as soon as the chip is done. CommunicationError if it failed."""
    for poll in range(POLLS):
        if poll:
            await asyncio.sleep(POLL_PAUSE)
        answer = await chip.exchange(POLL, POLL_HEAD + size + CRC16_SIZE)
        if answer[0] != BUSY:
            answer = answer[: POLL_HEAD + answer[1] + CRC16_SIZE]
            if crc16(POLL + answer) == CRC16_GOOD:
                break
    else:
        raise CommunicationError(f"{chip.rom}: has no result, but {answer.hex(' ')}")
    if answer[0] != DONE:
        raise CommunicationError(f"{chip.rom}: failed with {answer[0]:02X}")
    if answer[1] != size:
        raise CommunicationError(f"{chip.rom}: {answer[1]} bytes came, not {size}")
    return answer[POLL_HEAD:-CRC16_SIZE]


# Memory


class Blocks:
    """The ways to read and write the memory."""

    row = EEPROM_PAGE

    async def read(self, chip: Chip, address: int, size: int) -> bytes:
        """Any number of bytes; others get their turn after each block."""
        blocks = [
            await ask(chip, READ + target(address + start) + bytes([count]), count)
            for start, count in split(0, size, BLOCK)
        ]
        return b"".join(blocks)

    async def send(self, chip: Chip, address: int, data: bytes) -> None:
        """Write; the chip has got it when the CRCs are right."""
        for start, count in split(0, len(data), BLOCK):
            block = data[start : start + count]
            await confirmed(chip, WRITE + target(address + start) + bytes([count]) + block)

    async def write(self, chip: Chip, address: int, data: bytes, memory: Memory) -> None:
        await self.send(chip, address, data)
        if await self.read(chip, address, len(data)) != data:
            raise VerifyError(f"{chip.rom}: {data.hex(' ')} did not get to {address:04X}")


BLOCKS = Blocks()


@dataclass(frozen=True, slots=True)
class Register:
    """A number in the memory, high byte first."""

    address: int
    size: int
    flag: bool = False
    """It is a switch: its lowest bit is what matters."""

    async def read(self, chip: Chip) -> int:
        number = int.from_bytes(await BLOCKS.read(chip, self.address, self.size))
        return bool(number & 1) if self.flag else number

    async def write(self, chip: Chip, value: int) -> None:
        """Raises InvalidValueError for a number that it has no room for.

        It is not read back: many mean something else when they are read.
        """
        try:
            data = int(value).to_bytes(self.size)
        except OverflowError as error:
            raise InvalidValueError(f"{value} does not fit into {self.size} bytes") from error
        await BLOCKS.send(chip, self.address, data)

    def at(self, index: int) -> Register:
        """The one so many places behind this one."""
        return replace(self, address=self.address + index * self.size)

    def accessors(self) -> dict[str, Any]:
        """For a property that is this number."""
        return {"read": self.read, "write": self.write}

    def elements(self) -> dict[str, Any]:
        """For an array of such numbers, one behind the other."""

        async def read(chip: Chip, index: int) -> int:
            return await self.at(index).read(chip)

        async def write(chip: Chip, index: int, value: int) -> None:
            await self.at(index).write(chip, value)

        return {"read": read, "write": write}


byte, word, long = (partial(Register, size=size) for size in (1, 2, 4))
flag = partial(Register, size=1, flag=True)

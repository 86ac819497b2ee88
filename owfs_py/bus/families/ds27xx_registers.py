"""How one talks to the DS27xx: registers, EEPROM behind its shadow RAM, locks. No chip's table.

Source: data sheets DS2760, DS2770, DS2780 (memory, function commands). The memory has no CRC.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from owfs_py.bus.errors import (
    CommunicationError,
    InvalidValueError,
    OneWireError,
    OutOfRangeError,
    VerifyError,
)
from owfs_py.bus.families import notation
from owfs_py.bus.families.memories import PlainReader, must_be_there
from owfs_py.bus.families.notation import STABLE, VOLATILE, yesno
from owfs_py.bus.properties import Change, Property
from owfs_py.bus.transaction import Exchange, Select, Wait

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

READ_DATA, WRITE_DATA = b"\x69", b"\x6c"
RECALL_DATA, COPY_DATA, LOCK = b"\xb8", b"\x48", b"\x6a"

MEMORY_SIZE = 256
REGISTERS_END = 0x20
"""Below are registers, which need not read as they were written."""
COPY_TIME = 0.010
"""Seconds, maximum (t_EEC)."""
LOCK_ENABLED = 0x40
ATTEMPTS = 3
NO_BIT = "-"

READER = PlainReader(READ_DATA, address_size=1)


def _at(command: bytes, address: int) -> Exchange:
    return Exchange(command + bytes([address]))


def reading(address: int, size: int, expect: bytes | None = None) -> Exchange:
    """The step that reads what is at an address and behind."""
    return Exchange(READ_DATA + bytes([address]), size, expect=expect)


def writing(address: int, data: bytes) -> Exchange:
    """The step that writes to an address and behind; to the shadow RAM only."""
    return Exchange(WRITE_DATA + bytes([address]) + data)


class Number(NamedTuple):
    """A number in one or two bytes, the upper one first: steps of so much of its unit."""

    address: int
    step: float
    size: int = 2
    shift: int = 0
    """Lowest bits that mean nothing."""
    signed: bool = True

    async def read(self, chip: Chip) -> float:
        data = await READER.read(chip, self.address, self.size)
        return (int.from_bytes(data, "big", signed=self.signed) >> self.shift) * self.step

    def encode(self, value: float) -> bytes:
        """The bytes for `value`. Raises OutOfRangeError, also for infinity and NaN."""
        try:
            return int(value / self.step).to_bytes(self.size, "big", signed=self.signed)
        except (OverflowError, ValueError) as error:
            raise OutOfRangeError(f"{value} does not fit into {self.size} bytes") from error

    def is_near(self, one: bytes, other: bytes) -> bool:
        """Whether the numbers differ by one at most: a counter goes on."""
        difference = int.from_bytes(one, "big") - int.from_bytes(other, "big")
        return (difference + 1) % (1 << 8 * self.size) <= 2


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a chip has its EEPROM, and the properties that come of it."""

    blocks: tuple[range, ...] = ()
    page: int = 0
    """Bytes of a page, one of which begins where each block does."""
    locks: int = 0x07
    """Address of the EEPROM register."""

    # Memory

    async def read(self, chip: Chip, address: int, size: int) -> bytes:
        """`size` bytes as the chip uses them.

        The shadow RAM is not recalled from the EEPROM for that: it has the same unless somebody
        means it to differ, and recalling also lets protection chips charge and discharge again.
        """
        return await READER.read(chip, address, size) if size > 0 else b""

    async def write(self, chip: Chip, address: int, data: bytes) -> None:
        """Write, the EEPROM too. Raises VerifyError where it does not read back.

        Registers are not compared: what they show is more the chip's matter than the writer's.
        """
        for start, stop in self._pieces(address, address + len(data)):
            piece = data[start - address : stop - address]
            block = next((block for block in self.blocks if start in block), None)
            if block is not None:
                await self._store(chip, block, start, piece)
                continue
            expected = None if start < REGISTERS_END else piece
            looking = reading(start, len(piece), expected)
            [found] = await chip.run(writing(start, piece), Select(), looking)
            await must_have_answered(chip, found)

    def _pieces(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """The range, cut where registers end and where blocks begin and end."""
        borders = {REGISTERS_END} | {end for block in self.blocks for end in (block[0], block.stop)}
        cuts = [start, *sorted(cut for cut in borders if start < cut < stop), stop]
        return ((a, b) for a, b in pairwise(cuts) if a < b)

    async def _store(self, chip: Chip, block: range, start: int, data: bytes) -> None:
        """Change the shadow RAM of a block, copy it to the EEPROM, look at what is there."""
        recall = _at(RECALL_DATA, block.start)
        looking = reading(start, len(data), expect=data)
        try:
            await chip.run(
                recall,  # so that nothing is stored but what is written now
                Select(),
                writing(start, data),
                Select(),
                looking,
                Select(),
                _at(COPY_DATA, block.start),
                Wait(COPY_TIME),
                Select(),
                recall,
                Select(),
                looking,
            )
        except CommunicationError:
            # What is not stored is not to be read either.
            with suppress(OneWireError):
                await chip.run(recall)
            raise
        await must_have_answered(chip, data)

    # Properties

    def table(self, *properties: Property) -> tuple[Property, ...]:
        """These, and those of the memory, a write to which spoils them all."""
        return (*self._memory(tuple(prop.name for prop in properties)), *properties)

    def _memory(self, spoils: tuple[str, ...]) -> Iterator[Property]:
        async def read(chip: Chip, offset: int, size: int) -> bytes:
            # A write between two transactions would leave bytes from before beside new ones.
            async with chip.bus.access.lock(chip.rom):
                return await self.read(chip, offset, size)

        async def read_page(chip: Chip, page: int, offset: int, size: int) -> bytes:
            return await read(chip, self.blocks[page].start + offset, size)

        async def write_page(chip: Chip, page: int, offset: int, data: bytes) -> None:
            await self.write(chip, self.blocks[page].start + offset, data)

        count = len(self.blocks)
        spoils += ("lock",) if count else ()
        yield notation.memory(MEMORY_SIZE, read=read, write=self.write, spoils=spoils)
        if count:
            yield notation.pages(count, self.page, read=read_page, write=write_page, spoils=spoils)
            yield yesno(
                "lock", STABLE, "rw", elements=count, read=self._read_lock, write=self._lock
            )

    async def _read_lock(self, chip: Chip, block: int) -> bool:
        return bool((await READER.read(chip, self.locks, 1))[0] >> block & 1)

    async def _lock(self, chip: Chip, block: int, wanted: bool) -> None:
        """Make a block unchangeable; no way leads back."""
        all_locks = (1 << len(self.blocks)) - 1
        before = await _read_twice(chip, self.locks) & all_locks
        if bool(before >> block & 1) == wanted:
            return
        if not wanted:
            raise InvalidValueError(f"{chip.rom}: block {block} is locked for ever")
        [found] = await chip.run(
            writing(self.locks, bytes([LOCK_ENABLED])),
            Select(),
            _at(LOCK, self.blocks[block].start),
            Select(),
            reading(self.locks, 1),
        )
        if found[0] & all_locks != before | 1 << block:
            raise VerifyError(f"{chip.rom}: locking block {block} gives {found.hex()}")
        await must_have_answered(chip, found)

    def number(
        self, name: str, number: Number, change: Change = VOLATILE, access: str = "ro", **more: Any
    ) -> Property:
        """A number with a unit; written it is rounded toward zero."""

        async def write(chip: Chip, value: float) -> None:
            await self.set_number(chip, number, value)

        if access == "rw":
            more["write"] = write
        return notation.real(name, change, access, read=number.read, **more)

    async def set_number(self, chip: Chip, number: Number, value: float) -> None:
        """Write a number, in the EEPROM too if it is there. Raises VerifyError."""
        data = number.encode(value)
        if number.address >= REGISTERS_END:
            await self.write(chip, number.address, data)
        else:
            await _set_counter(chip, number, data)

    def flags(
        self, address: int, names: str, change: Change = VOLATILE, access: str = "rw"
    ) -> Iterator[Property]:
        """The bits of a register from bit 7 on, as data sheets draw it; "-" for none of these."""
        for bit, name in zip(range(7, -1, -1), names.split(), strict=True):
            if name != NO_BIT:
                yield yesno(name, change, access, **self._flag(address, bit, access))

    def _flag(self, address: int, bit: int, access: str) -> dict[str, Any]:
        async def read(chip: Chip) -> bool:
            return await self._read_bit(chip, address, bit)

        async def write(chip: Chip, on: bool) -> None:
            if await self._change_bit(chip, address, bit, on) != on:
                raise VerifyError(f"{chip.rom}: bit {bit} of {address:02X} does not become {on:d}")

        return {"read": read, "write": write} if access == "rw" else {"read": read}

    async def _read_bit(self, chip: Chip, address: int, bit: int) -> bool:
        return bool((await self.read(chip, address, 1))[0] >> bit & 1)

    async def _change_bit(self, chip: Chip, address: int, bit: int, on: bool) -> bool:
        """Change a bit, leave the others; what it reads as then."""
        byte = await _read_twice(chip, address)
        changed = bytes([byte & ~(1 << bit) | on << bit])
        if address >= REGISTERS_END:
            await self.write(chip, address, changed)
            return on
        results = await chip.run(writing(address, changed), Select(), reading(address, 1))
        await must_have_answered(chip, results[0])
        return bool(results[0][0] >> bit & 1)

    def switch(self, address: int, bit: int, access: str = "wo") -> Property:
        """`PIO`, 1 if it conducts: a bit that is written inverted, and shows the level."""

        async def read(chip: Chip) -> bool:
            return not await self._read_bit(chip, address, bit)

        async def write(chip: Chip, conducts: bool) -> None:
            high = await self._change_bit(chip, address, bit, not conducts)
            # One that does not conduct may be held low by others.
            if conducts and high:
                raise VerifyError(f"{chip.rom}: the pin is high although it should conduct")

        reading: dict[str, Any] = {"read": read} if "r" in access else {}
        return yesno("PIO", VOLATILE, access, write=write, spoils=("sensed",), **reading)

    def sensed(self, address: int, bit: int) -> Property:
        """The level of the pin."""

        async def read(chip: Chip) -> bool:
            return await self._read_bit(chip, address, bit)

        return yesno("sensed", read=read)


async def _read_twice(chip: Chip, address: int) -> int:
    """A byte that is to be written back: noise must not change bits that nobody wants changed."""
    for _ in range(ATTEMPTS):
        first, second = await chip.run(reading(address, 1), Select(), reading(address, 1))
        if first == second:
            await must_have_answered(chip, first)
            return first[0]
    raise CommunicationError(f"{chip.rom}: what is at {address:02X} reads otherwise each time")


async def must_have_answered(chip: Chip, data: bytes) -> None:
    """Ones read back prove nothing: an empty line reads so, too."""
    if data == b"\xff" * len(data):
        await must_be_there(chip)


async def _set_counter(chip: Chip, number: Number, data: bytes) -> None:
    results = await chip.run(
        writing(number.address, data), Select(), reading(number.address, number.size)
    )
    if not number.is_near(results[0], data):
        raise VerifyError(f"{chip.rom}: wrote {data.hex(' ')}, read {results[0].hex(' ')}")
    await must_have_answered(chip, results[0])

"""The memory with passwords DS1977 (37).

Source: data sheet DS1977 (memory map, memory/control function commands, passwords).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from owfs_py.bus.cache import Life
from owfs_py.bus.errors import CrcError, OutOfRangeError, VerifyError
from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.memories import (
    CRC16_SIZE,
    Memory,
    ScratchpadWriter,
    must_be_there,
    split,
    target,
)
from owfs_py.bus.families.notation import STABLE, binary, unsigned, yesno
from owfs_py.bus.transaction import Check, Exchange, Power

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

PAGE_SIZE = 64
PAGES = 511
PASSWORD_SIZE = 8

WRITE_SCRATCHPAD = b"\x0f"
READ_SCRATCHPAD = b"\xaa"
COPY_WITH_PASSWORD = b"\x99"
READ_WITH_PASSWORD = b"\x69"
VERIFY_PASSWORD = b"\xc3"
READ_VERSION = b"\xcc\x00\x00"
VERSION_REPEATS = 2
VERIFIED = b"\xaa"

# Seconds for which the chip is fed when it has got a password.
READ_TIME = 0.005
PROGRAMMING_TIME = 0.010

READ_PASSWORD, FULL_PASSWORD, CONTROL = 0x7FC0, 0x7FC8, 0x7FD0
ENABLED, DISABLED = b"\xaa", b"\x00"

# What is said for a password that nobody told.
NO_READ_PASSWORD = bytes(PASSWORD_SIZE)
NO_FULL_PASSWORD = b"\xff" * PASSWORD_SIZE


def _told(address: int) -> tuple[str, int]:
    """The fact under which the password at this address is kept, for as long as we run."""
    return ("password", address)


def _full_password(chip: Chip) -> bytes:
    return chip.recall(_told(FULL_PASSWORD)) or NO_FULL_PASSWORD


def _reading_passwords(chip: Chip) -> list[bytes]:
    """Those with which reading may be allowed, the one that is meant for it first."""
    told = [chip.recall(_told(address)) for address in (READ_PASSWORD, FULL_PASSWORD)]
    return [password for password in told if password] or [NO_READ_PASSWORD]


@dataclass(frozen=True, slots=True)
class PasswordReader:
    """Command, address, password; then bytes to the end of the page and a CRC-16 over all but it.

    A chip that does not accept the password sends ones, so that the CRC is wrong.
    """

    async def read(self, chip: Chip, address: int, size: int) -> bytes:
        starts = [start for start, _ in split(address, size, PAGE_SIZE)]
        return b"".join([await self._read_page(chip, start) for start in starts])[:size]

    async def _read_page(self, chip: Chip, address: int) -> bytes:
        """The bytes from `address` to the end of its page."""
        *others, last = _reading_passwords(chip)
        for password in others:
            try:
                return await self._try(chip, address, password, attempts=1)
            except CrcError:
                continue
        return await self._try(chip, address, last, attempts=3)

    async def _try(self, chip: Chip, address: int, password: bytes, attempts: int) -> bytes:
        command = READ_WITH_PASSWORD + target(address)
        count = PAGE_SIZE - address % PAGE_SIZE
        results = await chip.run(
            Exchange(command + password[:-1]),
            Power(password[-1], READ_TIME),
            Exchange(b"", count + CRC16_SIZE, Check.CRC16, covers=command),
            attempts=attempts,
        )
        return results[0][:count]


WRITER = ScratchpadWriter(
    WRITE_SCRATCHPAD,
    READ_SCRATCHPAD,
    COPY_WITH_PASSWORD,
    PAGE_SIZE,
    PROGRAMMING_TIME,
    password=_full_password,
)
MEMORY = Memory(PAGES * PAGE_SIZE, PAGE_SIZE, PasswordReader(), WRITER)


async def _read_version(chip: Chip) -> int:
    """The version comes twice."""
    answer = await chip.exchange(READ_VERSION, VERSION_REPEATS)
    if not answer.strip(b"\xff"):
        await must_be_there(chip)
    if answer != answer[:1] * VERSION_REPEATS:
        raise VerifyError(f"{chip.rom}: the version came as {answer.hex(' ')}")
    return answer[0]


async def _read_enabled(chip: Chip) -> bool:
    return await MEMORY.read(chip, CONTROL, 1) == ENABLED


async def _write_enabled(chip: Chip, enabled: bool) -> None:
    await MEMORY.write(chip, CONTROL, ENABLED if enabled else DISABLED)


Write = Callable[["Chip", bytes], Coroutine[Any, Any, None]]


def _use_password(address: int) -> Write:
    """Takes the password that the chip wants, and tells the chip nothing."""

    async def write(chip: Chip, password: bytes) -> None:
        if len(password) < PASSWORD_SIZE:
            raise OutOfRangeError(f"a password has {PASSWORD_SIZE} bytes, not {len(password)}")
        chip.remember(_told(address), password, Life.PERSISTENT)

    return write


def _set_password(address: int) -> Write:
    """Gives the chip a password, and uses it from then on."""
    use = _use_password(address)

    async def write(chip: Chip, password: bytes) -> None:
        if len(password) < PASSWORD_SIZE:
            raise OutOfRangeError(f"a password has {PASSWORD_SIZE} bytes, not {len(password)}")
        if not await WRITER.copied(chip, address, password):
            raise VerifyError(f"{chip.rom}: the password was not taken")
        await chip.run(
            Exchange(VERIFY_PASSWORD + target(address) + password[:-1]),
            Power(password[-1], READ_TIME),
            Exchange(b"", len(VERIFIED), expect=VERIFIED),
        )
        await use(chip, password)

    return write


PROPERTIES = (
    *MEMORY.properties(),
    unsigned("version", STABLE, read=_read_version),
    # What the chip is to ask for from now on, and what we are to say when it asks.
    yesno("set_password/enabled", STABLE, "rw", read=_read_enabled, write=_write_enabled),
    *(
        binary(f"{directory}/{name}", PASSWORD_SIZE, STABLE, "wo", write=write(address))
        for directory, write in (("set_password", _set_password), ("use_password", _use_password))
        for name, address in (("read", READ_PASSWORD), ("full", FULL_PASSWORD))
    ),
)

FAMILIES = (Family.make(0x37, "DS1977", Feature.OVERDRIVE | Feature.RESUME, PROPERTIES),)

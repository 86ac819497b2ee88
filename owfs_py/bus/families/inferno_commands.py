"""What one says to a soft device of Inferno Embedded: commands with a CRC-8, which it takes or not.

What it tells comes without any CRC. No properties here. Source: the maker's lists of commands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from owfs_py._crc import crc8
from owfs_py.bus.cache import Life
from owfs_py.bus.errors import WrongModelError
from owfs_py.bus.families.memories import must_be_there
from owfs_py.bus.transaction import Exchange

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

READ_TYPE, READ_VERSION, READ_STATUS = b"\xff", b"\xfe", b"\xfd"
NUMBER_SIZE, STATUS_SIZE = 4, 8
ENTER_UPDATER = b"\xfc"

RGBW_CONTROLLER, UPDATER, SWITCH_MASTER = "RGBW Controller", "Firmware Updater", "Switch Master"
MODELS = {1: RGBW_CONTROLLER, 2: UPDATER, 3: SWITCH_MASTER}
"""By type."""
TAKEN = b"\x00"
ONES = b"\xff"

TYPE = "type"
"""The fact under which is remembered for a while of which type a device is."""
COUNTS = "counts"
"""The fact, together with the command that tells them, under which numbers of parts are."""
COUNTING = (b"\x01", b"\x02", b"\x03")


def whole(command: bytes) -> bytes:
    """A command with its CRC. It covers the ROM id as well, which leaves the CRC at 0."""
    return command + bytes([crc8(command)])


async def order(chip: Chip, model: str, command: bytes, size: int = 0) -> bytes:
    """A command for this model, and the `size` bytes that it tells.

    Raises VerifyError if it is not taken, and WrongModelError where it would mean something else:
    what tells an updater to erase tells others how many switches there are.
    """
    await must_be(chip, model)
    taken = Exchange(whole(command), len(TAKEN), expect=TAKEN)
    told = (Exchange(b"", size),) if size else ()
    results = await chip.run(taken, *told)
    return results[1] if size else b""


async def ask(chip: Chip, command: bytes, size: int = NUMBER_SIZE) -> int:
    """The number that a command without CRC tells, low byte first."""
    data = await chip.exchange(command, size)
    # Nobody answers so, and is not known to be there.
    if data == ONES * size:
        await must_be_there(chip)
    return int.from_bytes(data, "little")


async def type_of(chip: Chip) -> int:
    """The device's type, which is another one while it is in its updater."""
    known = chip.recall(TYPE)
    if known is None:
        known = await ask(chip, READ_TYPE)
        if known in MODELS:
            chip.remember(TYPE, known, Life.VOLATILE)
    return int(known)


async def model_of(chip: Chip) -> str:
    """The name of what it is; empty if nobody knows its type."""
    return MODELS.get(await type_of(chip), "")


async def must_be(chip: Chip, model: str) -> None:
    """Raise WrongModelError if it is another one."""
    found = await model_of(chip)
    if found != model:
        raise WrongModelError(f"{chip.rom}: is no {model}, but {found or await type_of(chip)}")


async def counts_of(chip: Chip, model: str, command: bytes, size: int) -> bytes:
    """What a command for this model tells of the numbers of something; they do not change."""
    known = chip.recall((COUNTS, command))
    if known is None:
        known = await order(chip, model, command, size)
        chip.remember((COUNTS, command), known)
    return bytes(known)


def forget(chip: Chip) -> None:
    """It is, or may be, another device from now on."""
    chip.forget(TYPE)
    for command in COUNTING:
        chip.forget((COUNTS, command))


def padded(characters: str, size: int) -> bytes:
    """A text with zeros up to the size that it has for owserver."""
    return characters.encode().ljust(size, b"\0")

"""The soft devices of Inferno Embedded (ED): RGBW controller, switch master, firmware updater.

How one talks to them is in inferno_commands.py, the larger ones in inferno_switches.py and
inferno_updater.py. Source: the maker's lists of commands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from owfs_py.bus.errors import InvalidValueError, WrongModelError
from owfs_py.bus.families import inferno_switches, inferno_updater
from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.inferno_commands import (
    ENTER_UPDATER,
    READ_STATUS,
    READ_VERSION,
    RGBW_CONTROLLER,
    STATUS_SIZE,
    TYPE,
    ask,
    counts_of,
    forget,
    model_of,
    order,
    padded,
    type_of,
    whole,
)
from owfs_py.bus.families.memories import must_be_there
from owfs_py.bus.families.notation import STATIC, VOLATILE, on_model, text, unsigned, yesno
from owfs_py.bus.properties import Property

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

# What all are, whatever they do

DEVICE_SIZE = 64
STATUS_MASK = 0xFFFFFFFF
"""What is shown of the status."""


async def _read_device(chip: Chip) -> bytes:
    if chip.fresh:
        chip.forget(TYPE)
    model = await model_of(chip)
    if not model:
        raise WrongModelError(f"{chip.rom}: unknown type {await type_of(chip)}")
    return padded(f"Inferno Embedded {model}", DEVICE_SIZE)


async def _read_version(chip: Chip) -> int:
    return await ask(chip, READ_VERSION)


async def _read_status(chip: Chip) -> int:
    return await ask(chip, READ_STATUS, STATUS_SIZE) & STATUS_MASK


async def _enter_updater(chip: Chip, wanted: bool) -> None:
    if wanted:
        await must_be_there(chip)  # it does not answer, but starts anew
        await chip.exchange(whole(ENTER_UPDATER))
        forget(chip)


ANY = (
    text("device", DEVICE_SIZE, read=_read_device),
    unsigned("version", read=_read_version),
    unsigned("status", read=_read_status),
    yesno(
        "enter_firmware_update", STATIC, "wo", write=_enter_updater,
        spoils=("device", "version", "status"),
    ),
)  # fmt: skip

# RGBW controller

RGBW_CHANNELS = 32
RGBW_SIZE = 25  # four colours and the time to fade, "255,255,255,255,16777215" at the longest
ALL_OFF, COUNT = b"\x01", b"\x02"
SET_CHANNEL, TELL_CHANNEL, COMMIT = b"\x03", b"\x04", b"\x05"
COLOURS, FADE_SIZE = 4, 3

_RGBW = on_model(RGBW_CONTROLLER)


async def _count(chip: Chip) -> int:
    return (await counts_of(chip, RGBW_CONTROLLER, COUNT, 1))[0]


async def _all_off(chip: Chip, wanted: bool) -> None:
    if wanted:
        await order(chip, RGBW_CONTROLLER, ALL_OFF)


def _channel(number: int) -> Property:
    """Red, green, blue, white, and milliseconds in which they fade to that."""

    async def is_shown(chip: Chip) -> bool:
        return await _RGBW(chip) and number < await _count(chip)

    async def read(chip: Chip) -> bytes:
        data = await order(
            chip, RGBW_CONTROLLER, TELL_CHANNEL + bytes([number]), COLOURS + FADE_SIZE
        )
        colours = ",".join(f"{value:3d}" for value in data[:COLOURS])
        fade = int.from_bytes(data[COLOURS:], "little")
        return padded(f"{colours},{fade:8d}", RGBW_SIZE)

    async def write(chip: Chip, data: bytes) -> None:
        await order(chip, RGBW_CONTROLLER, SET_CHANNEL + bytes([number]) + _encoded(chip, data))
        await order(chip, RGBW_CONTROLLER, COMMIT)

    return text(
        f"rgbw_channel{number}", RGBW_SIZE, VOLATILE, "rw",
        visible=is_shown, read=read, write=write,
    )  # fmt: skip


def _encoded(chip: Chip, data: bytes) -> bytes:
    """Five numbers as bytes. Raises InvalidValueError."""
    try:
        *colours, fade = map(int, data.rstrip(b"\0").decode("ascii").split(","))
        if len(colours) != COLOURS:
            raise ValueError
        return bytes(colours) + fade.to_bytes(FADE_SIZE, "little")
    except (ValueError, OverflowError) as error:
        wanted = "red,green,blue,white,milliseconds"
        raise InvalidValueError(f"{chip.rom}: {wanted} are wanted, not {data!r}") from error


RGBW = (
    yesno(
        "rgbw_all_off", STATIC, "wo", visible=_RGBW, write=_all_off,
        spoils=tuple(f"rgbw_channel{number}" for number in range(RGBW_CHANNELS)),
    ),
    unsigned("rgbw_channels", STATIC, visible=_RGBW, read=_count),
    *(_channel(number) for number in range(RGBW_CHANNELS)),
)  # fmt: skip

PROPERTIES = (*ANY, *RGBW, *inferno_updater.PROPERTIES, *inferno_switches.PROPERTIES)

FAMILIES = (Family.make(0xED, "InfernoEmbedded", Feature.RESUME, PROPERTIES, model=model_of),)

"""The switch master of Inferno Embedded: ports with switches, LEDs and relays.

Of each kind all ports have as many channels. A port is one text with something for each of its
channels. Source: the maker's list of commands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from owfs_py.bus.cache import Life
from owfs_py.bus.errors import InvalidValueError, WrongModelError
from owfs_py.bus.families.inferno_commands import (
    SWITCH_MASTER,
    counts_of,
    model_of,
    order,
    padded,
)
from owfs_py.bus.families.notation import STATIC, VOLATILE, on_model, text, unsigned, yesno
from owfs_py.bus.properties import Property, number_to_bits

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

PORTS = 8
BITS_SIZE, BYTES_SIZE = 129, 257

COUNTING = {"switch": b"\x01", "led": b"\x02", "relay": b"\x03"}
SET_SWITCH_TYPE, TELL_ACTIVATIONS = b"\x04", b"\x06"
SET_LED, TELL_LEDS = b"\x07", b"\x08"
SWITCH_TYPES = 4
"""0 toggles and is pulled up, 1 toggles and is pulled down, 2 and 3 are the same for a button."""

_SWITCHES = on_model(SWITCH_MASTER)
_BITS = re.compile(rb"[01, \0\r\n]*\Z")
_NUMBER = re.compile(rb"[ \0\r\n]*(\d*)[ \0\r\n]*\Z")


class Counts(NamedTuple):
    """How many there are of a kind."""

    ports: int
    channels: int
    """At each port."""


async def _counts(chip: Chip, kind: str) -> Counts:
    ports, channels = await counts_of(chip, SWITCH_MASTER, COUNTING[kind], len(Counts._fields))
    return Counts(min(ports, PORTS), channels)


async def _channels(chip: Chip, kind: str, port: int) -> int:
    """The number of channels at a port. WrongModelError if there is no such port."""
    counts = await _counts(chip, kind)
    if port >= counts.ports:
        raise WrongModelError(f"{chip.rom}: has no port {port} for {kind}")
    return counts.channels


def _has_port(kind: str, port: int) -> Callable[[Chip], Coroutine[Any, Any, bool]]:
    async def is_shown(chip: Chip) -> bool:
        return await model_of(chip) == SWITCH_MASTER and port < (await _counts(chip, kind)).ports

    return is_shown


def _size(channels: int) -> int:
    """Bytes with a bit for each of them."""
    return (channels + 7) // 8


def _as_text(values: Iterable[int], size: int) -> bytes:
    return padded(",".join(str(int(value)) for value in values), size)


def _number(kind: str, what: str) -> Property:
    async def read(chip: Chip) -> int:
        return int(getattr(await _counts(chip, kind), what))

    return unsigned(f"{kind}_{what}", STATIC, visible=_SWITCHES, read=read)


# Switches: which ones were used is told once, and remembered

ACTIVATIONS = "activations"
"""The fact under which is remembered, for good, what was told last: a number for each port."""


async def _refresh(chip: Chip, wanted: bool) -> None:
    if not wanted:
        return
    ports, channels = await _counts(chip, "switch")
    size = _size(channels)
    data = await order(chip, SWITCH_MASTER, TELL_ACTIVATIONS, ports * size)
    numbers = [int.from_bytes(data[at : at + size], "little") for at in range(0, len(data), size)]
    chip.remember(ACTIVATIONS, numbers, Life.PERSISTENT)


def _switch_port(port: int) -> Property:
    async def read(chip: Chip) -> bytes:
        channels = await _channels(chip, "switch", port)
        told = chip.recall(ACTIVATIONS) or [0] * PORTS
        return _as_text(number_to_bits(told[port], channels), BITS_SIZE)

    return text(f"switch_port{port}", BITS_SIZE, visible=_has_port("switch", port), read=read)


async def _set_type(chip: Chip, data: bytes) -> None:
    """`port,channel,type`"""
    try:
        port, channel, kind = map(int, data.rstrip(b"\0").decode("ascii").split(","))
    except ValueError as error:
        raise InvalidValueError(f"{chip.rom}: port,channel,type is wanted, not {data!r}") from error
    channels = await _channels(chip, "switch", port)
    if port < 0 or not (0 <= channel < channels and 0 <= kind < SWITCH_TYPES):
        raise InvalidValueError(f"{chip.rom}: no port {port}, channel {channel}, type {kind}")
    await order(chip, SWITCH_MASTER, SET_SWITCH_TYPE + bytes([port, channel, kind]))


# LEDs


async def _leds(chip: Chip, port: int) -> list[bool]:
    channels = await _channels(chip, "led", port)
    data = await order(chip, SWITCH_MASTER, TELL_LEDS + bytes([port]), _size(channels))
    return number_to_bits(int.from_bytes(data, "little"), channels)


def _led_port(port: int) -> Property:
    async def read(chip: Chip) -> bytes:
        return _as_text(await _leds(chip, port), BITS_SIZE)

    async def write(chip: Chip, data: bytes) -> None:
        if _BITS.match(data) is None:
            raise InvalidValueError(f"{chip.rom}: zeros and ones are wanted, not {data!r}")
        wanted = [byte == ord("1") for byte in data if byte in b"01"]
        for channel, is_on in enumerate(await _leds(chip, port)):
            # Where nothing is said a LED is off.
            on = channel < len(wanted) and wanted[channel]
            if on != is_on:
                await order(chip, SWITCH_MASTER, SET_LED + bytes([port, channel, on]))

    return text(
        f"led_port{port}", BITS_SIZE, VOLATILE, "rw",
        visible=_has_port("led", port), read=read, write=write,
    )  # fmt: skip


# Relays


class Cells(NamedTuple):
    """Bytes of the relays, and the commands that tell all of them and set one."""

    name: str
    size: int
    """Of the property's text."""
    telling: bytes
    setting: bytes


CELLS = (
    Cells("relay_port", BYTES_SIZE, b"\x0c", b"\x0b"),
    Cells("relay_mode", BITS_SIZE, b"\x0d", b"\x09"),
    Cells("relay_timeout", BYTES_SIZE, b"\x0e", b"\x0a"),
)
MOST = 0xFF


def _parsed(chip: Chip, item: bytes) -> int | None:
    """A number for a channel, at most 255; None where nothing is said."""
    match = _NUMBER.match(item)
    if match is None:
        raise InvalidValueError(f"{chip.rom}: numbers at commas are wanted, not {item!r}")
    return min(int(match[1]), MOST) if match[1] else None


def _relay_port(cells: Cells, port: int) -> Property:
    async def values(chip: Chip) -> bytes:
        channels = await _channels(chip, "relay", port)
        ports = (await _counts(chip, "relay")).ports
        data = await order(chip, SWITCH_MASTER, cells.telling, ports * channels)
        return data[port * channels : (port + 1) * channels]

    async def read(chip: Chip) -> bytes:
        return _as_text(await values(chip), cells.size)

    async def write(chip: Chip, data: bytes) -> None:
        wanted = [_parsed(chip, item) for item in data.split(b",")]
        pairs = zip(wanted, await values(chip), strict=False)
        for channel, (value, before) in enumerate(pairs):
            if value is not None and value != before:
                await order(chip, SWITCH_MASTER, cells.setting + bytes([port, channel, value]))

    return text(
        f"{cells.name}{port}", cells.size, VOLATILE, "rw",
        visible=_has_port("relay", port), read=read, write=write,
    )  # fmt: skip


PROPERTIES = (
    *(_number(kind, what) for kind in COUNTING for what in Counts._fields),
    yesno(
        "switch_refresh_activations", STATIC, "wo", visible=_SWITCHES, write=_refresh,
        spoils=("status", *(f"switch_port{port}" for port in range(PORTS))),
    ),
    text("set_switch_type", 9, VOLATILE, "wo", visible=_SWITCHES, write=_set_type),
    *(_switch_port(port) for port in range(PORTS)),
    *(_led_port(port) for port in range(PORTS)),
    *(_relay_port(cells, port) for cells in CELLS for port in range(PORTS)),
)  # fmt: skip

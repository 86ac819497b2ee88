"""What owservers say to each other and to clients: types, control flags, headers, return codes.

Only words and bytes; sockets are in client.py and sync.py, the serving side in owfs_py.server.
"""

from __future__ import annotations

import enum
import os
import struct
from functools import lru_cache
from typing import Final, NamedTuple

from owfs_py.bus.view import DEFAULT_VIEW, PressureScale, TemperatureScale, View

DEFAULT_PORT: Final = 4304
"""The port that IANA registered for owserver."""

HEADER: Final = struct.Struct(">3iI2i")
"""Version, payload length, type (of answers: return code), flags, size, offset."""

TOKEN_SIZE: Final = 16
MAX_BODY: Final = 100050
"""Bytes of payload and tokens that owserver takes; also the largest size word of a read."""
MAX_PATH: Final = 4096
"""Payloads of this size or more are refused where only a path is expected."""
DEFAULT_SIZE: Final = 65536
"""Bytes that clients ask for when they do not care."""

VERSION_FROM_SERVER: Final = 0x10000
VERSION_TOKEN_COUNT: Final = 0xFFFF


class MessageType(enum.IntEnum):
    """The type word of a request."""

    ERROR = 0
    NOP = 1
    READ = 2
    WRITE = 3
    DIR = 4
    SIZE = 5
    PRESENCE = 6
    DIRALL = 7
    GET = 8
    DIRALLSLASH = 9
    GETSLASH = 10


class Flag(enum.IntFlag):
    """The single bits of the control flags word."""

    BUS_LIST = 0x02
    PERSISTENCE = 0x04
    ALIAS = 0x08
    SAFE_MODE = 0x10
    UNCACHED = 0x20
    TRIM = 0x40
    OWNET = 0x100


# IntFlag arithmetic is slow; these are for use on every request.
FLAG_PERSISTENCE: Final = int(Flag.PERSISTENCE)
_BUS_LIST: Final = int(Flag.BUS_LIST)
_UNCACHED: Final = int(Flag.UNCACHED)
_TRIM: Final = int(Flag.TRIM)
_TEMPERATURE_SHIFT: Final = 16
_PRESSURE_SHIFT: Final = 18
_FORMAT_SHIFT: Final = 24


class DirectoryFlag(enum.IntFlag):
    """What some device in a listing can do: the offset word of its answer."""

    RESUME = 0x0001
    ALARM = 0x0002
    OVERDRIVE = 0x0004
    CHAIN = 0x2000
    SIMULTANEOUS_VOLTAGE = 0x4000
    SIMULTANEOUS_TEMPERATURE = 0x8000


@lru_cache(maxsize=256)
def view_of_flags(flags: int) -> View:
    """The wishes in a control flags word; bits without a meaning are ignored."""
    pressure = flags >> _PRESSURE_SHIFT & 7
    return View(
        temperature_scale=TemperatureScale(flags >> _TEMPERATURE_SHIFT & 3),
        pressure_scale=PressureScale(pressure if pressure in _PRESSURES else 0),
        rom_format=flags >> _FORMAT_SHIFT & 0xFF,
        trim=bool(flags & _TRIM),
        uncached=bool(flags & _UNCACHED),
        bus_list=bool(flags & _BUS_LIST),
    )


_PRESSURES: Final = frozenset(PressureScale)


CLIENT_FLAGS: Final = int(Flag.OWNET | Flag.ALIAS)
"""What clients set besides their wishes; neither bit has an effect in a server."""


@lru_cache(maxsize=256)
def flags_of_view(view: View, base: int = CLIENT_FLAGS) -> int:
    """The control flags word that asks for this view; `base` are further bits to set."""
    flags = base
    flags |= view.temperature_scale << _TEMPERATURE_SHIFT
    flags |= view.pressure_scale << _PRESSURE_SHIFT
    flags |= (view.rom_format & 0xFF) << _FORMAT_SHIFT
    flags |= _TRIM if view.trim else 0
    flags |= _UNCACHED if view.uncached else 0
    flags |= _BUS_LIST if view.bus_list else 0
    return flags


DEFAULT_FLAGS: Final = flags_of_view(DEFAULT_VIEW)


class Header(NamedTuple):
    """The six words before a payload. `code` is a message type, or an answer's return code."""

    version: int
    payload: int
    code: int
    flags: int
    size: int
    offset: int

    @classmethod
    def parse(cls, data: bytes) -> Header:
        """From exactly 24 bytes; struct.error for any other number."""
        return cls(*HEADER.unpack(data))

    def pack(self) -> bytes:
        """The 24 bytes; struct.error if a word does not fit."""
        return HEADER.pack(*self)


KEEP_ALIVE: Final = Header(0, -1, 0, 0, 0, 0).pack()
"""Sent every second to a client whose answer takes longer; no payload follows."""


def request_frame(
    kind: int,
    payload: bytes = b"",
    *,
    size: int = 0,
    offset: int = 0,
    flags: int = DEFAULT_FLAGS,
    tokens: tuple[bytes, ...] = (),
) -> bytes:
    """One request. Raises ValueError if it is larger than owserver takes."""
    version = VERSION_FROM_SERVER + len(tokens) if tokens else 0
    if len(tokens) > VERSION_TOKEN_COUNT or len(payload) + TOKEN_SIZE * len(tokens) > MAX_BODY:
        raise ValueError(f"a message of {len(payload)} bytes and {len(tokens)} tokens is too large")
    header = HEADER.pack(version, len(payload), kind, flags, size, offset)
    return b"".join((header, payload, *tokens))


def new_token() -> bytes:
    """A token by which a server knows its own messages.

    It begins with a zero because owserver 3.2p4 writes one over the first byte of the first token
    of most messages before it passes them on.
    """
    return b"\0" + os.urandom(TOKEN_SIZE - 1)


def encode_path(path: str) -> bytes:
    """As it travels, without the final NUL. Bytes that are no UTF-8 survive a round trip."""
    return path.encode("utf-8", "surrogateescape")


def decode_path(path: bytes) -> str:
    """The inverse of encode_path."""
    return path.decode("utf-8", "surrogateescape")

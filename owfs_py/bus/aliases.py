"""Aliases: names that users give to devices, one name a device and one device a name."""

from __future__ import annotations

import re
from collections.abc import Callable

from owfs_py.bus.errors import InvalidValueError
from owfs_py.bus.rom import RomId

MAX_LENGTH = 256
"""Bytes of the longest alias."""

# Words that a path gives a meaning of its own; an alias of that name could never be reached.
_RESERVED = frozenset(
    (
        *("interface", "settings", "uncached", "unaliased", "text", "json", "alarm", "bus"),
        *("statistics", "simultaneous", "structure", "system", "thermostat"),
    )
)
_LOOKS_LIKE_DEVICE = re.compile(r"[0-9A-Fa-f]{2}\.?[0-9A-Fa-f]{12}(\.?[0-9A-Fa-f]{2}|\.)?\Z")


class Aliases:
    """The table of names, in both directions."""

    def __init__(self) -> None:
        self._names: dict[RomId, str] = {}
        self._roms: dict[str, RomId] = {}
        self.on_change: Callable[[], None] | None = None
        """Called after a name was given or taken away."""

    def __len__(self) -> int:
        return len(self._names)

    def items(self) -> list[tuple[RomId, str]]:
        """All pairs in the order of the ROM ids."""
        return sorted(self._names.items())

    def name_of(self, rom: RomId) -> str:
        """The alias of a device, or the empty string."""
        return self._names.get(rom, "")

    def resolve(self, name: str) -> RomId | None:
        """The device that has this alias."""
        return self._roms.get(name)

    def assign(self, rom: RomId, name: str | bytes) -> None:
        """Give `rom` this name, taking it from any other device; an empty name takes it away.

        Blanks at the ends do not count; what is longer than 256 bytes is cut. Raises
        InvalidValueError for a name that a path could not reach.
        """
        raw = name.encode("utf-8", "surrogateescape") if isinstance(name, str) else name
        text = raw.strip(b" ")[:MAX_LENGTH].rstrip(b" ").decode("utf-8", "surrogateescape")
        if text:
            check_alias(text)
        self._forget(rom)
        if text:
            holder = self._roms.get(text)
            if holder is not None:
                self._forget(holder)
            self._names[rom] = text
            self._roms[text] = rom
        if self.on_change is not None:
            self.on_change()

    def _forget(self, rom: RomId) -> None:
        name = self._names.pop(rom, None)
        if name is not None:
            del self._roms[name]

    def clear(self) -> None:
        """Forget all names."""
        self._names.clear()
        self._roms.clear()


def check_alias(name: str) -> None:
    """Raise InvalidValueError if a path could not reach a device by this name."""
    lowered = name.lower()
    if (
        "/" in name
        or lowered.startswith("bus.")
        or lowered in _RESERVED
        or _LOOKS_LIKE_DEVICE.match(name)
    ):
        raise InvalidValueError(f"{name!r} cannot be an alias: paths give it another meaning")

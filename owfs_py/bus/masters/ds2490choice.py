"""Which DS2490 on USB a bus is to have, and whether one is that again, plugged in anywhere.

Nothing is opened or told to a chip here; that is in ds2490.py.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from owfs_py.bus.errors import BusNotRespondingError, BusShortError
from owfs_py.bus.masters.usbline import find, place_of
from owfs_py.bus.rom import RomId

if TYPE_CHECKING:
    import usb.core

log = logging.getLogger(__name__)

VENDOR, PRODUCT = 0x04FA, 0x2490
ADAPTER_FAMILIES = (0x81, 0x01)
"""The DS1420 or DS2401 inside an adapter, which tells it from others."""

_NUMBERS = re.compile(r"\s*([0-9]+)(?::\s*([0-9]+))?")
"""N or B:D, as lsusb and others write them."""

EndOf = Callable[[bytes], RomId | None]
"""What a search finds that goes this way wherever it can, and where there is none the way of 0."""


def adapters() -> list[str]:
    """The places `B:D` of all adapters, whoever uses them. Raises BusNotRespondingError."""
    return [place_of(device) for device in find(VENDOR, PRODUCT)]


class Choice:
    """The adapter that `wanted` says, as the address of a DS2490 does. ValueError if it cannot be.

    `tag` is the device that tells it from others, known once it was accepted.
    """

    def __init__(self, wanted: str) -> None:
        self.tag: RomId | None = None
        numbers = _NUMBERS.fullmatch(wanted)
        if numbers is not None:
            wanted = ":".join(str(int(number)) for number in numbers.groups() if number)
        self.wanted = wanted
        """As it was given, but numbers without zeros before them."""
        self._fixed = numbers is not None and ":" in wanted
        self._place = ""
        """Where it was last."""
        if wanted and numbers is None:
            if all(wanted.partition(":")):
                raise ValueError(f"{wanted!r} is no place on USB, which is BUS:DEVICE")
            log.warning("%r is no USB adapter; the first one is taken", wanted)

    def __str__(self) -> str:
        return f"USB {self.wanted}".rstrip()

    def candidates(self) -> list[usb.core.Device]:
        """The devices to try, in this order. Raises BusNotRespondingError."""
        found = find(VENDOR, PRODUCT)
        if self._fixed and self.tag is None:
            return [device for device in found if place_of(device) == self.wanted]
        if self.wanted.isdecimal() and not self._place:
            number = max(int(self.wanted), 1)
            return found[number - 1 : number]
        # It is mostly where it was; who is elsewhere need not be disturbed.
        return sorted(found, key=lambda device: place_of(device) != self._place)

    def may_be(self, place: str, tag: RomId | None) -> bool:
        """Whether the adapter at this place, with this tag, can be the one, if it is missing."""
        if self._fixed and self.tag is None:
            return place == self.wanted
        return self.tag in (None, tag)

    def accept(self, place: str, end_of: EndOf) -> None:
        """Note the adapter at `place`. BusNotRespondingError if it is not the one we had."""
        self._recognise(place, end_of)
        self._place = place

    def _recognise(self, place: str, end_of: EndOf) -> None:
        never_unplugged = place == self._place
        try:
            if self.tag is None:
                self.tag = _find_tag(end_of)
            elif not never_unplugged and end_of(self.tag) != self.tag:
                raise BusNotRespondingError(f"USB {place}: {self.tag} is not there")
        except BusShortError:
            if self.tag is not None and not never_unplugged:
                raise


def _find_tag(end_of: EndOf) -> RomId | None:
    for family in ADAPTER_FAMILIES:
        rom = end_of(bytes([family]))
        if rom is not None and rom.family == family:
            return rom
    return end_of(b"")

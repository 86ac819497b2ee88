"""RomId: the 64-bit identity of a 1-Wire slave, in all the forms that owserver prints and reads."""

from __future__ import annotations

import enum
import re
from typing import Self

from owfs_py._crc import crc8

_DEVICE = re.compile(r"([0-9A-Fa-f]{2})\.?([0-9A-Fa-f]{12})\.?([0-9A-Fa-f]{2})?\Z")


class RomFormat(enum.IntEnum):
    """How a device is printed; the numbers are those of owserver's control flags (bits 24-31)."""

    F_I = 0  # 28.000028D70000
    FI = 1  # 28000028D70000
    F_I_C = 2  # 28.000028D70000.11
    F_IC = 3  # 28.000028D7000011
    FI_C = 4  # 28000028D70000.11
    FIC = 5  # 28000028D7000011


_TEMPLATES = ("{0}.{1}", "{0}{1}", "{0}.{1}.{2}", "{0}.{1}{2}", "{0}{1}.{2}", "{0}{1}{2}")


class RomId(bytes):
    """Eight bytes as they travel on the wire: family code, six of serial number, CRC-8.

    Being bytes it is hashable, ordered (by family, then serial number as transmitted) and ready
    to be sent. Raises ValueError if there are not 8 bytes or the CRC is wrong.
    """

    __slots__ = ()

    def __new__(cls, raw: bytes) -> Self:
        if len(raw) != 8:
            raise ValueError(f"a ROM id has 8 bytes, not {len(raw)}")
        if crc8(raw):
            raise ValueError(f"wrong CRC in ROM id {bytes(raw).hex().upper()}")
        return super().__new__(cls, raw)

    @classmethod
    def make(cls, family: int, serial: bytes) -> Self:
        """The id of family code `family` and six bytes of serial number, with its CRC."""
        body = bytes([family]) + serial
        return cls(body + bytes([crc8(body)]))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read any of the six printed forms, in either case; a CRC given is checked.

        Raises ValueError for any other text.
        """
        match = _DEVICE.match(text)
        if match is None:
            raise ValueError(f"not a device address: {text!r}")
        family, serial, crc = match.groups()
        rom = cls.make(int(family, 16), bytes.fromhex(serial))
        if crc is not None and int(crc, 16) != rom[7]:
            raise ValueError(f"wrong CRC in device address {text!r}: {rom[7]:02X} would be right")
        return rom

    @property
    def family(self) -> int:
        """The family code, 0..255."""
        return self[0]

    @property
    def serial(self) -> bytes:
        """The six bytes of serial number, least significant first."""
        return bytes(self[1:7])

    @property
    def crc(self) -> int:
        """The CRC-8 over the seven bytes before it."""
        return self[7]

    def text(self, form: int = RomFormat.F_I) -> str:
        """Print in one of the six forms; any unknown number is F_I, as in owserver."""
        hexed = self.hex().upper()
        template = _TEMPLATES[form] if 0 <= form < len(_TEMPLATES) else _TEMPLATES[0]
        return template.format(hexed[:2], hexed[2:14], hexed[14:])

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"RomId.parse({self.text(RomFormat.F_I_C)!r})"

"""mRS001, mCM001, mDI001, mAM001, the sensors of CMCIEL: they answer with one number of 16 bits.

Source: what the maker tells of their protocol, by way of owserver's documentation.
"""

from __future__ import annotations

from owfs_py._crc import crc8
from owfs_py.bus.rom import RomId
from owfs_py.emulator.slave import Behaviour, Slave, receive_byte, send_bytes

READ = 0xBE


class Cmciel(Slave):
    """`reading` is what it answers, 0 to FFFF."""

    def __init__(self, rom: RomId) -> None:
        self.reading = 0
        self.spoiled_crcs = 0
        """Fault: so many coming CRCs are wrong."""
        super().__init__(rom)

    def function(self) -> Behaviour:
        if (yield from receive_byte()) != READ:
            return
        data = self.reading.to_bytes(2, "little")
        check = crc8(data)
        if self.spoiled_crcs:
            self.spoiled_crcs -= 1
            check ^= 0xFF
        yield from send_bytes(data + bytes((check,)))


class MRS001(Cmciel):
    """Revolutions per minute, negative ones in two's complement."""

    families = (0xA0,)
    chip = "mRS001"


class MCM001(Cmciel):
    """Alternating current in hundredths of an ampere."""

    families = (0xA2,)
    chip = "mCM001"


class MDI001(Cmciel):
    """Four loops with a switch each: four bits that are closed, four shorted, four open."""

    families = (0xA5,)
    chip = "mDI001"


class MAM001(Cmciel):
    """Ten thousandths of 20 mA or of 10 V."""

    families = (0xB2,)
    chip = "mAM001"

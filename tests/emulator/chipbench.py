"""One chip on a wire with the simplest master, for tests against a data sheet."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from owfs_py._crc import crc16
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.slave import Slave
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.wire import Wire
from tests.emulator.wiremaster import WireMaster

CRC16_GOOD = 0xB001
S = TypeVar("S", bound=Slave)


class ChipBench(Generic[S]):
    """A chip and the transactions of its data sheet."""

    def __init__(self, kind: type[S], **options: Any) -> None:
        self.clock = VirtualClock()
        self.wire = Wire(self.clock)
        chip = make_slave(kind.chip, **options)
        assert isinstance(chip, kind)
        self.chip = chip
        self.wire.attach(chip)
        self.master = WireMaster(self.wire)

    def ask(self, command: str, read: int = 0) -> bytes:
        """Select the chip, send bytes given in hex, read."""
        self.master.select(self.chip.rom, bytes.fromhex(command))
        return self.master.read(read)

    def ask_crc16(self, command: str, read: int) -> bytes:
        """The same, then two bytes of CRC over all of it, which must be right."""
        answer = self.ask(command, read + 2)
        assert crc16(bytes.fromhex(command) + answer) == CRC16_GOOD
        return answer[:-2]

    def alarming(self) -> bool:
        return self.master.search(0xEC) == [self.chip.rom]

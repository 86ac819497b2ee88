"""The simplest bus master: straight on an emulated wire, without an adapter."""

from __future__ import annotations

from owfs_py._search import RomSearch
from owfs_py.bus.rom import RomId
from owfs_py.emulator.wire import Wire


class WireMaster:
    """Bytes and searches out of resets and slots."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire

    def reset(self) -> bool:
        return self.wire.reset()

    def write(self, data: bytes) -> None:
        for byte in data:
            assert self.wire.byte(byte) == byte, "somebody else talks"

    def read(self, count: int) -> bytes:
        return bytes(self.wire.byte(0xFF) for _ in range(count))

    def select(self, rom: RomId, command: bytes = b"") -> None:
        assert self.reset()
        self.write(b"\x55" + rom + command)

    def power(self, byte: int, seconds: float) -> None:
        """A byte, then strong pull-up for so long."""
        self.write(bytes([byte]))
        self.wire.strong_pullup(True)
        self.wire.clock.wait(seconds)
        self.wire.strong_pullup(False)

    def search_pass(self, search: RomSearch, command: int = 0xF0) -> tuple[bytes, int] | None:
        if not self.reset():
            return None
        self.wire.byte(command)
        rom = conflicts = 0
        for position in range(64):
            first, second = self.wire.slot(1), self.wire.slot(1)
            if first and second:
                return None
            if first == second:
                conflicts |= 1 << position
                first = search.direction(position)
            self.wire.slot(first)
            rom |= first << position
        return rom.to_bytes(8, "little"), conflicts

    def search(self, command: int = 0xF0) -> list[RomId]:
        search, found = RomSearch(), []
        while not search.done:
            result = self.search_pass(search, command)
            if result is None:
                break
            assert search.advance(*result)
            found.append(RomId(result[0]))
        return found

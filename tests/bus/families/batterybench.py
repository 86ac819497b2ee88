"""A bench for tests of the battery chips: one of them, whose EEPROM holds a count."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from owfs_py.bus.masters.ds2480b import DS2480B
from owfs_py.bus.onewire import OneWire
from owfs_py.emulator.ds27xx import BatteryChip
from tests.bus.bench import Bench

T = TypeVar("T")

ALL = ("2E", "30", "31", "32", "35", "36", "3D", "51")
MEASURING = ("2E", "30", "32", "35", "3D", "51")
WITH_EEPROM = tuple(code for code in ALL if code != "36")
WITH_PIN = ("30", "32", "35", "36", "3D", "51")


class BatteryBench(Bench):
    """Each `do` begins with an empty cache."""

    def __init__(self, spec: str) -> None:
        super().__init__(spec)
        chip = self.slaves[0]
        assert isinstance(chip, BatteryChip)
        self.chip = chip
        for block in chip.BLOCKS:
            chip.eeprom[block.start : block.stop] = bytes(block)
            chip.recall(block)

    def path(self, name: str) -> str:
        return f"/{self.chip.rom}/{name}"

    def read(self, *names: str) -> list[Any]:
        async def test(ow: OneWire) -> list[Any]:
            return [await ow.read_value(self.path(name)) for name in names]

        return self.do(test)

    def write(self, name: str, data: bytes, offset: int = 0) -> None:
        self.do(lambda ow: ow.write(self.path(name), data, offset=offset))

    def do(self, test: Callable[[OneWire], Awaitable[T]]) -> T:
        master = DS2480B("emulated", self.clock, port=self.ports[0].opened, timeout=1.0)
        self.onewire = OneWire(master, clock=self.clock)
        return self.run(test)

"""A bench with one sensor of Embedded Data Systems."""

from __future__ import annotations

from typing import Any

from owfs_py.bus.onewire import OneWire
from owfs_py.emulator.embedded_data_systems import EDS
from owfs_py.emulator.wire import Counts
from tests.bus.bench import Bench


class EdsBench(Bench):
    """One chip; names are those below its model's directory."""

    def __init__(self, model: str, *others: str) -> None:
        super().__init__(",".join([model, *others]))
        chip = self.slaves[0]
        assert isinstance(chip, EDS)
        self.chip = chip

    @property
    def device(self) -> str:
        return f"/{self.chip.rom}"

    def path(self, name: str) -> str:
        return f"{self.device}/{self.chip.chip}/{name}"

    def registers(self, address: int, size: int) -> str:
        """Bytes of the chip's memory, in hex."""
        return self.chip.memory[address : address + size].hex(" ")

    def value(self, name: str) -> Any:
        return self.run(lambda ow: ow.read_value(self.path(name)))

    def write(self, name: str, data: bytes) -> Counts:
        """What the wire had to do for it, when the chip had been found."""

        async def test(ow: OneWire) -> Counts:
            await ow.dir("/")
            before = self.wire.counts.snapshot()
            await ow.write(self.path(name), data)
            counts: Counts = self.wire.counts - before
            return counts

        return self.run(test)

"""A bus master in a package of its own: it knows owfs_py, which does not know it.

Resets and single slots only, on an emulated wire in place of a pin: `breadboard://28,10`.
"""

from __future__ import annotations

from collections.abc import Sequence

from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.errors import BusNotRespondingError
from owfs_py.bus.masters import BusMaster
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.wire import Wire


class Breadboard(BusMaster):
    """The chips that the address lists, on a wire; `loose` and it cannot be opened."""

    name, version = "Breadboard", 0

    def __init__(self, address: str, clock: Clock = REAL_CLOCK, *, loose: bool = False) -> None:
        super().__init__(address, clock)
        self.loose = loose
        self.wire = Wire(clock)
        for index, spec in enumerate(address.split(",")):
            self.wire.attach(make_slave(spec, index=index))

    def open(self) -> None:
        if self.loose:
            raise BusNotRespondingError(f"{self.address}: a wire is loose")

    def close(self) -> None:
        pass

    def reset(self) -> bool:
        return self.wire.reset()

    def touch_bits(self, bits: Sequence[int]) -> list[int]:
        return [self.wire.slot(bit) for bit in bits]

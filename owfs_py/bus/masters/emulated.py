"""An emulated bus for trying things out: `emulate://28,28,10` starts a wire, slaves and a DS2480B
in this process and opens them on their pseudo-terminal with the real driver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.masters.ds2480b import DS2480B

if TYPE_CHECKING:
    from owfs_py.emulator.bench import Emulation
    from owfs_py.emulator.pty import PtyAdapter


class Emulated(DS2480B):
    """A DS2480B on a pseudo-terminal behind which lie the slaves that the address lists.

    Family codes or chip names separated by commas. Raises ValueError for a chip that there is
    no emulation of. `bus` makes the ROM ids differ from those of other emulated buses; by default
    each further one in a process has others.
    """

    _made = 0

    def __init__(self, address: str, clock: Clock = REAL_CLOCK, *, bus: int | None = None) -> None:
        from owfs_py.emulator.bench import Emulation

        if bus is None:
            bus = Emulated._made
            Emulated._made += 1
        self.emulation: Emulation = Emulation.from_list(address, clock=clock, bus=bus)
        self._pty: PtyAdapter = self.emulation.pty()
        super().__init__(self._pty.path, clock)
        self.address = f"emulate://{address}"

    def open(self) -> None:
        self._pty.plug()
        super().open()

    def close(self) -> None:
        super().close()
        self._pty.unplug()

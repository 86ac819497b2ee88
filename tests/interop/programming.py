"""An emulated adapter with which owserver 3.2p4 can program EPROMs."""

from __future__ import annotations

from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.ds2480b import DS2480B


class TalkativeDS2480B(DS2480B):
    """Answers the end of a pulse that has ended by itself, too: 3.2p4 waits for that, for five
    seconds and more, after each pulse that programs."""

    def _terminate_pulse(self) -> bytes:
        return super()._terminate_pulse() or b"\xfc"


def programming(specs: str) -> Emulation:
    """A bus with these chips and 12 V."""
    bus = Emulation.from_list(specs)
    bus.adapter = TalkativeDS2480B(bus.wire, program_voltage=True)
    return bus

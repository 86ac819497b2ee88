"""An emulated DS1WM or K1WM in virtual time, and ways to make its registers fail.

It has the surface of bench.Bench, so that the contract of all bus masters runs on it.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from owfs_py.bus.masters.ds1wm import DS1WM
from owfs_py.bus.masters.k1wm import K1WM
from owfs_py.emulator import ds1wm
from owfs_py.emulator.ds1wm import Command, Control, Register
from owfs_py.emulator.thermometers import DS18B20
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.wire import Wire
from tests.bus.masters.bench import Bench

ADDRESS = "0x40010000"
EMPTY = 0xFF
"""What is read where there is no chip."""
ACTIVE = (Register.COMMAND, Register.BUFFER, Register.INTERRUPT)
"""The registers that tell of what goes on, or begin it."""
CHANNELS = 4


class FlakyWindow:
    """Registers that can be pulled out after some more accesses, and garble what is read."""

    def __init__(self, chip: ds1wm.DS1WM) -> None:
        self._chip = chip
        self.calls_left: int | None = None
        self.is_open = False
        self.plugged = True
        self.silent = False
        """Nothing goes on in the chip any more."""
        self.bytesize = 8
        self.change: Callable[[bytes], bytes] = bytes
        """What becomes of each byte read. If nothing, the chip lost its power for a moment; bytes
        beside it have no way to come."""
        self.opened_at: tuple[int, int] | None = None
        self.written: list[tuple[int, int]] = []
        """Registers and what was written to them."""

    def open(self, start: int, count: int) -> FlakyWindow:
        if not self.plugged:
            raise OSError(errno.ENOENT, "could not open port")
        self.is_open = True
        self.opened_at = (start, count)
        return self

    def close(self) -> None:
        self.is_open = False

    def unplug(self) -> None:
        self.plugged = False

    def __getitem__(self, number: int) -> int:
        self._count_down()
        if not self.plugged:
            return EMPTY
        if self.silent and number in ACTIVE:
            return 0
        value = self._chip[number]
        changed = self.change(bytes([value]))
        if not changed:
            self._chip.power_up()
            return EMPTY
        return changed[0] if len(changed) == 1 else value

    def __setitem__(self, number: int, value: int) -> None:
        self._count_down()
        self.written.append((number, value))
        if self.plugged and not (self.silent and number in ACTIVE):
            self._chip[number] = value

    def write(self, data: bytes) -> None:
        """What another program may have left behind."""
        self._chip[Register.CONTROL] = Control.BIT_MODE if data[1] & 1 else Control.OVERDRIVE
        self._chip[Register.COMMAND] = Command.ACCELERATOR
        self._chip[Register.BUFFER] = data[0]

    def _count_down(self) -> None:
        assert self.is_open
        if self.calls_left is not None:
            self.calls_left -= 1
            if self.calls_left < 0:
                self.unplug()


@dataclass
class RegisterBench:
    """A DS1WM, or with `channel` that channel of a K1WM."""

    channel: int | None = None
    clock: VirtualClock = field(default_factory=VirtualClock)
    kind = "registers"

    def __post_init__(self) -> None:
        self.wires = [Wire(self.clock) for _ in range(1 if self.channel is None else CHANNELS)]
        self.wire = self.wires[self.channel or 0]
        self.chip = ds1wm.DS1WM(*self.wires, has_channels=self.channel is not None)
        self.port = self.meddler = FlakyWindow(self.chip)
        self.master = self._driver()
        self.master.address = "emulated"

    def _driver(self) -> DS1WM:
        if self.channel is None:
            return DS1WM(ADDRESS, self.clock, open_window=self.port.open)
        return K1WM(ADDRESS, self.clock, channel=self.channel, open_window=self.port.open)

    def plug(self) -> None:
        self.port.calls_left = None
        self.port.plugged = True

    def thermometers(self, count: int, **options: Any) -> list[DS18B20]:
        """Put so many DS18B20 on the wire."""
        return Bench.thermometers(self, count, **options)  # type: ignore[arg-type]  # has a wire

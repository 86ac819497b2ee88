"""K1WM of Kistler: a DS1WM with many channels, by its registers in a UIO device of the kernel.

Each channel is a bus master of its own. Unlike a DS1WM it has neither single time slots nor a
strong pull-up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.errors import NotSupportedError
from owfs_py.bus.masters.base import BusMaster, Can
from owfs_py.bus.masters.ds1wm import DS1WM
from owfs_py.bus.masters.ds1wmregisters import Registers
from owfs_py.bus.masters.registermap import OpenWindow, first_uio, integer

MAX_CHANNELS = 64


class K1WM(DS1WM):
    """One channel, from 0 on.

    `address` says where in the first memory region of the first UIO device the registers are;
    `open_window` opens them elsewhere. `beside` is another channel of the same chip.
    """

    version = 40
    can = Can.OVERDRIVE | Can.BRANCHES
    settings = {  # noqa: RUF012  nobody changes it
        "K1WM/long_line_mode": "long_line_mode",
        "K1WM/pulse_presence_mask": "pulse_presence_mask",
    }
    divisor = None
    pullup = 0

    def __init__(
        self,
        address: str,
        clock: Clock = REAL_CLOCK,
        *,
        channel: int = 0,
        beside: K1WM | None = None,
        open_window: OpenWindow | None = None,
    ) -> None:
        if not 0 <= channel < MAX_CHANNELS:
            raise ValueError(f"a K1WM has no channel {channel}")
        super().__init__(address, clock, open_window=open_window or first_uio())
        self.name = f"K1WM({channel})"
        self.channel = channel
        if beside is not None:
            self._block = beside._block

    def _find_start(self, address: str) -> int:
        return integer(address)

    @property
    def is_open(self) -> bool:
        """Whether the registers are there."""
        return self._block.registers is not None

    @contextmanager
    def turn(self) -> Iterator[None]:
        with self._block.lock:
            yield

    def _select(self, registers: Registers) -> None:
        registers.select(self.channel)

    def touch_bits(self, bits: Sequence[int]) -> list[int]:
        raise NotSupportedError(f"{self.name} at {self.address} has no single time slots")

    def power_byte(self, byte: int, seconds: float) -> int:
        return BusMaster.power_byte(self, byte, seconds)


def address_and_channels(value: str) -> tuple[str, int]:
    """Of ADDRESS[,CHANNELS], as option --k1wm has them. Raises ValueError."""
    address, comma, channels = value.partition(",")
    count = integer(channels) if comma else 1
    if not 1 <= count <= MAX_CHANNELS:
        raise ValueError(f"a K1WM has 1 to {MAX_CHANNELS} channels, not {channels}")
    return address, count

"""DS2482-100, -101, -800 and DS2483: 1-Wire masters on an I2C bus, by way of the kernel's i2c-dev.

Each channel of a -800 is a bus master of its own; they share one Chip (ds2482chip.py). How chips
are found is in ds2482find.py, their codes are in ds2482registers.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager

from owfs_py._search import RomSearch
from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.errors import BusShortError, NotSupportedError, SearchError
from owfs_py.bus.masters.base import BusMaster, Can
from owfs_py.bus.masters.ds2482chip import Chip, Connect
from owfs_py.bus.masters.ds2482find import find_chips, named_chip
from owfs_py.bus.masters.ds2482registers import (
    BIT_ONE,
    BIT_RESULT,
    DIRECTION_TAKEN,
    DS2482_100,
    PRESENCE,
    SHORT,
    SINGLE_BIT,
    TRIPLET,
    TRIPLET_SECOND_BIT,
    WIRE_RESET,
    WRITE_BYTE,
    Registers,
)


class DS2482(BusMaster):
    """A channel of a DS2482, or a DS2483.

    `address` is the I2C adapter's device, `/dev/i2c-1`, for the first chip on it, or
    `/dev/i2c-1:0` to `:7` for the one at 0x18 to 0x1F. All channels of a -800 must share one
    `chip`, which has its own address and settings. `connect` replaces smbus2. ValueError for an
    address that cannot be, ImportError if smbus2 is needed and missing.
    """

    name, version = DS2482_100.name, DS2482_100.version  # until it is found
    can = Can.STRONG_PULLUP | Can.OVERDRIVE | Can.BRANCHES
    settings = {  # noqa: RUF012  nobody changes it
        "i2c/ActivePullUp": "active_pullup",
        "i2c/PulsePresenceMask": "presence_pulse_masking",
    }

    def __init__(
        self,
        address: str,
        clock: Clock = REAL_CLOCK,
        *,
        active_pullup: bool = True,
        presence_pulse_masking: bool = False,
        connect: Connect | None = None,
        chip: Chip | None = None,
        channel: int = 0,
    ) -> None:
        if chip is None:
            chip = named_chip(address, clock, connect)
            chip.active_pullup = active_pullup
            chip.presence_pulse_masking = presence_pulse_masking
        super().__init__(chip.name, clock)
        self.chip = chip
        self.channel = channel
        self._overdrive = False
        self._learn()

    def _learn(self) -> None:
        model = self.chip.model
        suffix = f"({self.channel})" if model.channels > 1 else ""
        self.name, self.version = model.name + suffix, model.version
        self.address = self.chip.name

    # Settings belong to the chip.

    @property
    def active_pullup(self) -> bool:
        return self.chip.active_pullup

    @active_pullup.setter
    def active_pullup(self, wanted: bool) -> None:
        self.chip.active_pullup = wanted

    @property
    def presence_pulse_masking(self) -> bool:
        return self.chip.presence_pulse_masking and self.chip.model.masks_presence

    @presence_pulse_masking.setter
    def presence_pulse_masking(self, wanted: bool) -> None:
        if wanted and not self.chip.model.masks_presence:
            raise NotSupportedError(f"{self.address}: this chip cannot mask presence pulses")
        self.chip.presence_pulse_masking = wanted

    def open(self) -> None:
        """Find the chip and set it up, unless that was done for another channel of it."""
        self._overdrive = False
        self.chip.open(self.channel)
        self._learn()

    def close(self) -> None:
        self.chip.close(self.channel)

    def _in_use(self, *, anew: bool = False) -> AbstractContextManager[Registers]:
        return self.chip.in_use(self.channel, overdrive=self._overdrive, anew=anew)

    def reset(self) -> bool:
        with self._in_use(anew=True) as registers:
            return self._reset(registers)

    def reset_exchange(self, data: bytes) -> bytes | None:
        with self._in_use(anew=True) as registers:
            return registers.exchange(data) if self._reset(registers) else None

    def _reset(self, registers: Registers) -> bool:
        status = registers.run(WIRE_RESET)
        if status & SHORT:
            raise BusShortError(f"{self.address}: the 1-Wire line is shorted")
        return bool(status & PRESENCE)

    def exchange(self, data: bytes) -> bytes:
        with self._in_use() as registers:
            return registers.exchange(data)

    def touch_bits(self, bits: Sequence[int]) -> list[int]:
        with self._in_use() as registers:
            statuses = [registers.run(SINGLE_BIT, BIT_ONE if bit else 0) for bit in bits]
        return [int(bool(status & BIT_RESULT)) for status in statuses]

    def search_pass(self, command: int, search: RomSearch) -> tuple[bytes, int] | None:
        rom = conflicts = 0
        with self._in_use() as registers:
            registers.run(WRITE_BYTE, command)
            for position in range(64):
                direction = BIT_ONE if search.direction(position) else 0
                status = registers.run(TRIPLET, direction)
                first, second = status & BIT_RESULT, status & TRIPLET_SECOND_BIT
                if first and second:
                    if position == 0:
                        return None
                    raise SearchError(
                        f"{self.address}: slaves fell silent at bit {position} of a search"
                    )
                conflicts |= (not first and not second) << position
                rom |= bool(status & DIRECTION_TAKEN) << position
        return rom.to_bytes(8, "little"), conflicts

    def power_byte(self, byte: int, seconds: float) -> int:
        with self._in_use() as registers:
            registers.arm_strong_pullup()
            back = registers.exchange(bytes([byte]))[0]
            self.chip.feed(seconds)
        # Whoever comes next waits for its end, and configures the chip without it: here ourselves.
        with self._in_use():
            return back

    def set_overdrive(self, on: bool) -> None:
        self._overdrive = on


def find(spec: str, clock: Clock = REAL_CLOCK, *, connect: Connect | None = None) -> list[DS2482]:
    """The bus masters of the chips that `find_chips` finds, a channel each; none is open.

    A chip that was not found is one bus master, for its channel 0.
    """
    return [
        DS2482(chip.name, clock, chip=chip, channel=channel)
        for chip in find_chips(spec, clock, connect=connect)
        for channel in range(chip.model.channels)
    ]

"""DS2482-100, -101, -800 and DS2483: 1-Wire masters on an I2C bus, by way of the kernel's i2c-dev.

Each channel of a -800 is a bus master of its own; they share one Chip (ds2482chip.py). smbus2 is
imported when there is something to open with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from owfs_py._search import RomSearch
from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.errors import (
    BusError,
    BusNotRespondingError,
    BusShortError,
    NotSupportedError,
    SearchError,
)
from owfs_py.bus.masters.base import BusMaster, Can
from owfs_py.bus.masters.ds2482chip import (
    BIT_ONE,
    BIT_RESULT,
    DIRECTION_TAKEN,
    PRESENCE,
    SHORT,
    SINGLE_BIT,
    TRIPLET,
    TRIPLET_SECOND_BIT,
    WIRE_RESET,
    Chip,
    Connect,
)

ADDRESSES = range(0x18, 0x20)
"""I2C addresses that the pins AD0 to AD2 choose from (-100: four of them; DS2483: 0x18)."""

ALL = ("all", "*")
_WHICH = re.compile(r"[0-7]|1[89a-f]", re.IGNORECASE)
MISSING = "the Python package smbus2 is missing (pip install 'owfs_py[i2c]')"


class DS2482(BusMaster):
    """A channel of a DS2482, or a DS2483.

    `address` is the I2C adapter's device, `/dev/i2c-1`, for the first chip on it, or
    `/dev/i2c-1:0` to `:7` for the one at 0x18 to 0x1F. `find` gives all channels of a -800, which
    must share one `chip`. `connect` replaces smbus2. ValueError for an address that cannot be, or
    if smbus2 is needed and missing.
    """

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
            adapter, addresses, _ = _parse(address)
            if not _is_named(adapter):
                raise ValueError(f"{address!r} names no I2C adapter, such as /dev/i2c-1")
            chip = Chip(adapter, addresses, clock, connect or smbus2_connect())
        super().__init__(chip.name, clock)
        self.chip = chip
        self.channel = channel
        chip.active_pullup = active_pullup
        chip.presence_pulse_masking = presence_pulse_masking
        self._generation: int | None = None
        self._overdrive = False
        self._learn()

    def _learn(self) -> None:
        model = self.chip.model
        suffix = f"({self.channel})" if model.channels > 1 else ""
        self.name, self.version = model.name + suffix, model.version

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
        self._generation = self.chip.open(self.channel)
        self._learn()

    def close(self) -> None:
        self._generation = None
        self.chip.close(self.channel)

    @contextmanager
    def _chip_in_use(self) -> Iterator[Chip]:
        if self._generation is None:
            raise BusError(f"{self.address}: not open")
        with self.chip.in_use(self.channel, self._generation, overdrive=self._overdrive):
            yield self.chip

    def _begin_anew(self) -> None:
        """Before a reset: what another channel's trouble may have undone does not matter then."""
        if self._generation is not None:
            self._generation = self.chip.open(self.channel)

    def reset(self) -> bool:
        self._begin_anew()
        with self._chip_in_use() as chip:
            return self._reset(chip)

    def _reset(self, chip: Chip) -> bool:
        status = chip.run(WIRE_RESET)
        if status & SHORT:
            raise BusShortError(f"{self.address}: the 1-Wire line is shorted")
        return bool(status & PRESENCE)

    def touch_bits(self, bits: Sequence[int]) -> list[int]:
        with self._chip_in_use() as chip:
            parameters = (BIT_ONE if bit else 0 for bit in bits)
            return [int(bool(chip.run(SINGLE_BIT, bit) & BIT_RESULT)) for bit in parameters]

    def exchange(self, data: bytes) -> bytes:
        with self._chip_in_use() as chip:
            return self._exchange(chip, data)

    def reset_exchange(self, data: bytes) -> bytes | None:
        self._begin_anew()
        with self._chip_in_use() as chip:
            return self._exchange(chip, data) if self._reset(chip) else None

    def _exchange(self, chip: Chip, data: bytes) -> bytes:
        back = bytes(map(chip.byte, data))
        chip.confirm()
        return back

    def search_pass(self, command: int, search: RomSearch) -> tuple[bytes, int] | None:
        rom = conflicts = 0
        with self._chip_in_use() as chip:
            self._exchange(chip, bytes([command]))
            for position in range(64):
                direction = BIT_ONE if search.direction(position) else 0
                status = chip.run(TRIPLET, direction)
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
        with self._chip_in_use() as chip:
            chip.arm_strong_pullup()
            back = self._exchange(chip, bytes([byte]))[0]
            chip.feed(seconds)
        # Whoever comes next waits for its end, and configures the chip without it: here ourselves.
        with self._chip_in_use():
            return back

    def set_overdrive(self, on: bool) -> None:
        self._overdrive = on


def find(
    spec: str, clock: Clock = REAL_CLOCK, *, connect: Connect | None = None, **options: Any
) -> list[DS2482]:
    """The bus masters that owserver's `--i2c=SPEC` means, a channel each; none is open.

    `/dev/i2c-1` the first chip on this adapter, `/dev/i2c-1:0` that at 0x18, `/dev/i2c-1:all` all
    on it; `all:all` all chips there are, `all` the first of each adapter, nothing the first of all.
    A named adapter or chip that is not there is one bus master, which may be opened later (if it
    proves to be a -800, for channel 0). Raises ValueError for a SPEC that cannot be, and if no chip
    is found where none is named. Whoever is at 0x18 to 0x1F gets the byte of a device reset.
    """
    adapter, addresses, every = _parse(spec)
    connect = connect or smbus2_connect()
    paths = [adapter] if _is_named(adapter) else adapters()
    found: list[DS2482] = []
    for path in paths:
        for address in addresses:
            channels = _channels(Chip(path, [address], clock, connect), clock, options)
            found += channels
            if channels and not every:
                break
        if found and not adapter and not every:
            break
    if found:
        return found
    if not _is_named(adapter):
        where = f" on {', '.join(paths)}" if paths else ": there is no I2C adapter (/dev/i2c-N)"
        raise ValueError(f"no DS2482 found{where}")
    return [DS2482(spec, clock, connect=connect, **options)]


def _channels(chip: Chip, clock: Clock, options: dict[str, Any]) -> list[DS2482]:
    """All channels of a chip, none if it is not there."""
    try:
        chip.open(0)
    except BusNotRespondingError:
        return []
    chip.close(0)
    return [
        DS2482(chip.name, clock, chip=chip, channel=channel, **options)
        for channel in range(chip.model.channels)
    ]


def adapters() -> list[str]:
    """The I2C adapters of this machine by their numbers."""
    paths = {int(path.name[4:]): str(path) for path in Path("/dev").glob("i2c-[0-9]*")}
    return [paths[number] for number in sorted(paths)]


def _is_named(adapter: str) -> bool:
    return adapter.lower() not in ("", *ALL)


class _Spec(NamedTuple):
    adapter: str
    addresses: Sequence[int]
    every: bool
    """All chips are meant, not the first."""


def _parse(spec: str) -> _Spec:
    """The parts of `/dev/i2c-1:0`."""
    adapter, _, which = spec.rpartition(":") if ":" in spec else (spec, "", "")
    if which.lower() in ("", *ALL):
        return _Spec(adapter, ADDRESSES, bool(which))
    if not _WHICH.fullmatch(which):
        raise ValueError(f"{spec}: no such I2C address (0 to 7 for 0x18 to 0x1f, or all)")
    number = int(which, 16)
    return _Spec(adapter, [number if number in ADDRESSES else ADDRESSES[number]], False)


def smbus2_connect() -> Connect:
    """smbus2's way to an I2C adapter. Raises ValueError if smbus2 is missing."""
    if find_spec("smbus2") is None:
        raise ValueError(MISSING)
    from smbus2 import SMBus

    return SMBus

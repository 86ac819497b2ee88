"""The clocks DS2415 (24) and DS2417 (27).

Nothing that they send has a CRC. Source: their data sheets (device control byte, clock functions).
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from owfs_py.bus.errors import InvalidValueError, VerifyError
from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import (
    HIDDEN,
    LINKED,
    SECOND,
    STABLE,
    date,
    integer,
    unsigned,
    yesno,
)
from owfs_py.bus.transaction import Exchange, Select

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

READ_CLOCK, WRITE_CLOCK = b"\x66", b"\x99"
TIME_SIZE = 4
TIMES = 1 << 8 * TIME_SIZE
"""The clock goes round after so many seconds."""
SLOWNESS = 2
"""Seconds that may have gone by when a clock is read that was set."""

# The control byte.
ALWAYS_ZERO = 0x03
OSCILLATOR = 0x0C
"""Two bits that are alike; written differently, the upper one counts."""
OSCILLATOR_DECIDES = 0x08
SETTABLE = 0xF0

INTERVALS = (1, 4, 32, 64, 2048, 4096, 65536, 131072)
"""Seconds between interrupts of a DS2417, by what its control byte says."""


def _is_possible(data: bytes) -> bool:
    """Whether an answer can begin with this control byte, for lack of a CRC."""
    return not data[0] & ALWAYS_ZERO and data[0] & OSCILLATOR in (0, OSCILLATOR)


async def _read_clock(chip: Chip, size: int) -> bytes:
    (answer,) = await chip.run(Exchange(READ_CLOCK, size, plausible=_is_possible))
    return answer


async def _read_seconds(chip: Chip) -> int:
    return int.from_bytes((await _read_clock(chip, 1 + TIME_SIZE))[1:], "little")


async def _read_control(chip: Chip) -> int:
    return (await _read_clock(chip, 1))[0]


def _is_repeated(data: bytes) -> bool:
    return _is_possible(data) and data[0] == data[-1]


async def _control_to_change(chip: Chip) -> int:
    """The control byte, which the chip sends again after the time, so that no wrong bit of it is
    written back."""
    size = 1 + TIME_SIZE + 1
    (answer,) = await chip.run(Exchange(READ_CLOCK, size, plausible=_is_repeated))
    return answer[0]


async def _read_date(chip: Chip) -> int:
    return int(await chip.value("udate"))


async def _write(chip: Chip, control: int, seconds: int | None = None) -> None:
    """Set the control byte and, if told so, the clock."""
    expected = control & SETTABLE | (OSCILLATOR if control & OSCILLATOR_DECIDES else 0)
    time = b"" if seconds is None else (seconds % TIMES).to_bytes(TIME_SIZE, "little")
    _, shown = await chip.run(
        Exchange(WRITE_CLOCK + bytes([control]) + time),
        Select(),
        Exchange(READ_CLOCK, 1, expect=bytes([expected])),
        Exchange(b"", TIME_SIZE),
    )
    found = int.from_bytes(shown, "little")
    if seconds is not None and (found - seconds) % TIMES > SLOWNESS:
        raise VerifyError(f"{chip.rom}: the clock shows {found} after {seconds} was set")


async def _write_seconds(chip: Chip, seconds: int) -> None:
    await _write(chip, await _control_to_change(chip), seconds)


async def _write_control(chip: Chip, control: int) -> None:
    await _write(chip, control & 0xFF)


# Parts of the control byte


class Bits(NamedTuple):
    """Some adjacent bits of the control byte."""

    mask: int

    @property
    def _shift(self) -> int:
        return (self.mask & -self.mask).bit_length() - 1

    async def read(self, chip: Chip) -> int:
        """Their number, from the cache if it is there."""
        return int(await chip.value("ControlRegister") & self.mask) >> self._shift

    def set_in(self, control: int, value: int) -> int:
        """The control byte with as much of `value` in these bits as fits."""
        return control & ~self.mask | value << self._shift & self.mask

    async def write(self, chip: Chip, value: int) -> None:
        await _write(chip, self.set_in(await _control_to_change(chip), value))


USER = Bits(0xF0)
INTERRUPT, INTERVAL = Bits(0x80), Bits(0x70)


async def _read_running(chip: Chip) -> bool:
    return bool(await chip.value("ControlRegister") & OSCILLATOR)


async def _write_running(chip: Chip, value: bool) -> None:
    control = await _control_to_change(chip)
    await _write(chip, control | OSCILLATOR if value else control & ~OSCILLATOR)


async def _read_time(chip: Chip) -> int:
    return INTERVALS[await INTERVAL.read(chip)]


async def _write_time(chip: Chip, seconds: int) -> None:
    """Interrupt at the next longer interval that there is, or the longest; not at all at 0."""
    if seconds < 0:
        raise InvalidValueError(f"interrupts come every 1 to {INTERVALS[-1]} seconds")
    control = await _control_to_change(chip)
    if seconds:
        longest = len(INTERVALS) - 1
        control = INTERVAL.set_in(control, min(bisect_left(INTERVALS, seconds), longest))
    await _write(chip, INTERRUPT.set_in(control, seconds > 0))


_CONTROL = ("ControlRegister",)
_TIME = ("udate",)

CLOCK = (
    unsigned("udate", SECOND, "rw", read=_read_seconds, write=_write_seconds),
    date("date", LINKED, "rw", read=_read_date, write=_write_seconds, spoils=_TIME),
    yesno("running", LINKED, "rw", read=_read_running, write=_write_running, spoils=_CONTROL),
    unsigned("ControlRegister", STABLE, "rw", read=_read_control, write=_write_control,
             visible=HIDDEN),
)  # fmt: skip

FREE = unsigned("user", LINKED, "rw", read=USER.read, write=USER.write, spoils=_CONTROL)

INTERRUPTS = (
    yesno("enable", LINKED, "rw", read=INTERRUPT.read, write=INTERRUPT.write, spoils=_CONTROL),
    integer("interval", LINKED, "rw", read=INTERVAL.read, write=INTERVAL.write, spoils=_CONTROL),
    integer("itime", LINKED, "rw", read=_read_time, write=_write_time, spoils=_CONTROL),
)

FAMILIES = (
    Family.make(0x24, "DS2415", Feature.NOTHING, (*CLOCK, FREE), also=("DS1904",)),
    Family.make(0x27, "DS2417", Feature.NOTHING, (*CLOCK, *INTERRUPTS)),
)

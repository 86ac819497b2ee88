"""What thermometers with a scratchpad have in common: conversions, resolution, alarm limits.

Which chips there are, and what else they can do, is in the modules of the families. Sources: data
sheets DS18S20, DS1822, DS18B20, DS1825, DS28EA00 (memory map, function commands, conversion times).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from owfs_py.bus.chip import POWERED
from owfs_py.bus.conversions import READ_POWER_SUPPLY, Convert
from owfs_py.bus.errors import CommunicationError, InvalidValueError, PowerOnValueError, VerifyError
from owfs_py.bus.families.notation import (
    LINKED,
    STABLE,
    TEMPERATURE,
    binary,
    celsius,
    unsigned,
    yesno,
)
from owfs_py.bus.transaction import Check, Exchange, Select, Wait

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip
    from owfs_py.bus.properties import Property
    from owfs_py.bus.rom import RomId

CONVERT_T = b"\x44"
WRITE_SCRATCHPAD = b"\x4e"
READ_SCRATCHPAD = b"\xbe"
COPY_SCRATCHPAD = b"\x48"
RECALL_EEPROM = b"\xb8"
STORE_ATTEMPTS = 2
ATTEMPTS = 3
"""Conversions, as long as the scratchpad seems to hold no measured value."""
RECALL_TIME = 0.010
"""Seconds left to a recall, as owserver leaves; the data sheets give no maximum."""

SCRATCHPAD_SIZE = 9
TH, TL, CONFIG, REMAIN, PER_DEGREE = 2, 3, 4, 6, 7  # bytes of the scratchpad
RESOLUTION_SHIFT = 5
RESOLUTION_BITS = 3 << RESOLUTION_SHIFT

# t_CONV maximum in seconds, by resolution in bits.
CONVERSION_TIME = {9: 0.09375, 10: 0.1875, 11: 0.375, 12: 0.75}
CONVERT = Convert(CONVERT_T, longest=0.75)

LOWEST_LIMIT, HIGHEST_LIMIT = -128, 127
"""Whole degrees that the registers TH and TL, one signed byte each, can hold."""

POWER_ON_85 = 0x0550
"""85 °C in sixteenths: what the temperature register holds after power-on."""
POWER_ON_REMAIN = 0x0C
"""Byte 6 after power-on. After a conversion a DS18B20 has 16 - (raw & 15) there, which is 16 at
85.0 °C; a DS18S20 can really have 12 at 85.0 °C."""

Read = Callable[..., Coroutine[Any, Any, Any]]


class Scratchpad(NamedTuple):
    """The parts of a scratchpad that stay until somebody writes them."""

    high: int
    low: int
    config: int

    @staticmethod
    def of(data: bytes) -> Scratchpad:
        return Scratchpad(data[TH], data[TL], data[CONFIG])

    @property
    def resolution(self) -> int:
        return 9 + (self.config >> RESOLUTION_SHIFT & 3)

    def at_resolution(self, bits: int) -> Scratchpad:
        config = self.config & ~RESOLUTION_BITS | (bits - 9) << RESOLUTION_SHIFT
        return self._replace(config=config)


def sixteenths(scratchpad: bytes) -> float:
    """°C in bytes 0 and 1; the bits that the resolution leaves undefined are cleared."""
    raw = int.from_bytes(scratchpad[:2], "little", signed=True)
    unused = 3 - (scratchpad[CONFIG] >> RESOLUTION_SHIFT & 3)
    return (raw >> unused << unused) / 16


@dataclass(frozen=True, slots=True)
class Sensor:
    """How one kind of thermometer measures."""

    degrees: Callable[[bytes], float] = sixteenths
    """°C out of a scratchpad. CommunicationError if there are none in it."""
    power_on: int | None = POWER_ON_85
    """The temperature register after power-on, if that is known."""
    has_mark: bool = True
    """Byte 6 tells, too, that there was no conversion since power-on."""
    seconds: float | None = None
    """The longest conversion, if the resolution is fixed."""

    def is_power_on_value(self, data: bytes) -> bool:
        """Whether a scratchpad seems to hold no measured value."""
        marked = not self.has_mark or data[REMAIN] == POWER_ON_REMAIN
        return int.from_bytes(data[:2], "little") == self.power_on and marked

    def after_attempts(self, rom: RomId, data: bytes) -> bytes:
        """The scratchpad, that seemed to hold no measured value after each conversion before.

        Raises PowerOnValueError if it surely holds none now.
        """
        if self.has_mark and self.is_power_on_value(data):
            raise PowerOnValueError(f"{rom}: lost power while converting, only 85 degrees left")
        return data


PROGRAMMABLE = Sensor()
"""DS18B20 and its relatives with 9 to 12 bits."""


async def read_scratchpad(chip: Chip) -> bytes:
    """Nine bytes with a good CRC. All zeros, which have one too, are a line held low."""
    data = await chip.exchange(READ_SCRATCHPAD, SCRATCHPAD_SIZE, Check.CRC8)
    must_not_be_zeros(chip.rom, data)
    chip.remember("scratchpad", Scratchpad.of(data))
    return data


def must_not_be_zeros(rom: RomId, data: bytes) -> None:
    if not any(data):
        raise CommunicationError(f"{rom}: the scratchpad reads all zeros")


# Conversions


async def measured(chip: Chip, sensor: Sensor, resolution: int | None = None) -> float:
    """°C of a conversion at `resolution` that is as fresh as the request wants."""
    async with chip.bus.access.lock(chip.rom):
        return sensor.degrees(await _converted(chip, sensor, resolution))


async def _converted(chip: Chip, sensor: Sensor, resolution: int | None) -> bytes:
    """The scratchpad after it.

    Twelve bits, which chips come with, are taken for set until the scratchpad shows otherwise,
    which saves a reading; a chip that lost power is converted once more.
    """
    seconds = sensor.seconds or CONVERSION_TIME[resolution or 12]
    not_before = chip.asked if chip.fresh else chip.bus.shared_since(chip.rom)
    known = chip.recall("scratchpad")
    if resolution and known is None and resolution != 12:
        known = Scratchpad.of(await read_scratchpad(chip))
    if resolution and known is not None and known.resolution != resolution:
        await _set_resolution(chip, known, resolution)
        not_before = chip.bus.clock.now()
    for _ in range(ATTEMPTS - 1):
        await chip.converted(CONVERT, seconds, not_before)
        data = await read_scratchpad(chip)
        found = Scratchpad.of(data)
        if resolution and found.resolution != resolution:
            await _set_resolution(chip, found, resolution)
        elif not sensor.is_power_on_value(data):
            return data
        else:
            # Its power may not be what it was, or what the others have.
            chip.bus.power_changed(chip.rom)
        not_before = chip.bus.clock.now()
    await chip.converted(CONVERT, seconds, not_before)
    return sensor.after_attempts(chip.rom, await read_scratchpad(chip))


async def _set_resolution(chip: Chip, known: Scratchpad, resolution: int) -> None:
    """Set the resolution until the next power-on; the EEPROM keeps its own."""
    await chip.settle()
    await _write_scratchpad(chip, known.at_resolution(resolution))


def temperature(sensor: Sensor, resolution: int | None = None) -> Read:
    async def read(chip: Chip) -> float:
        return await measured(chip, sensor, resolution)

    return read


def latest(sensor: Sensor) -> Read:
    """The last conversion's result, whenever that was and even if it is the power-on value."""

    async def read(chip: Chip) -> float:
        return sensor.degrees(await read_scratchpad(chip))

    return read


def same_as(name: str) -> Read:
    async def read(chip: Chip) -> Any:
        return await chip.value(name)

    return read


async def read_power(chip: Chip) -> bool:
    # A parasitically powered device pulls the read slots low.
    answer = await chip.exchange(bytes([READ_POWER_SUPPLY]), read=1)
    chip.remember(POWERED, answer != b"\x00")
    return answer != b"\x00"


# What is kept in the EEPROM


async def _write_scratchpad(chip: Chip, wanted: Scratchpad) -> None:
    """Write TH, TL and, where there is one, the configuration; read back to be sure."""
    data = bytes(wanted[: _writable(chip)])
    results = await chip.run(
        Exchange(WRITE_SCRATCHPAD + data),
        Select(),
        Exchange(READ_SCRATCHPAD, SCRATCHPAD_SIZE, Check.CRC8),
    )
    if results[0][TH : TH + len(data)] != data:
        raise VerifyError(
            f"{chip.rom}: wrote {data.hex(' ')} to the scratchpad, it holds {results[0].hex(' ')}"
        )
    chip.remember("scratchpad", wanted)


def _writable(chip: Chip) -> int:
    """Bytes of the scratchpad that can be written: a fixed resolution is not among them."""
    return 2 if chip.family.get("tempres") is None else 3


async def _recalled(chip: Chip) -> Scratchpad:
    """What the EEPROM holds, by way of the scratchpad, which it overwrites."""
    await chip.settle()
    results = await chip.run(
        Exchange(RECALL_EEPROM),
        Wait(RECALL_TIME),
        Select(),
        Exchange(READ_SCRATCHPAD, SCRATCHPAD_SIZE, Check.CRC8),
    )
    must_not_be_zeros(chip.rom, results[0])
    stored = Scratchpad.of(results[0])
    chip.remember("scratchpad", stored)
    chip.remember("eeprom", stored)
    return stored


async def _store(chip: Chip, change: Callable[[Scratchpad], Scratchpad]) -> None:
    """Change one thing in the EEPROM. The rest is taken from there and not from the scratchpad,
    which may have a resolution that was set for one reading only."""
    await chip.settle()
    wanted = change(chip.recall("eeprom") or await _recalled(chip))
    for _ in range(STORE_ATTEMPTS):
        chip.forget("eeprom")
        await _write_scratchpad(chip, wanted)
        await chip.copy_to_eeprom(COPY_SCRATCHPAD)
        # One that lost its power meanwhile has what was there before in its scratchpad, too.
        if await _recalled(chip) == wanted:
            return
    raise VerifyError(f"{chip.rom}: the EEPROM did not take it; is there enough power?")


async def read_high(chip: Chip) -> float:
    return _signed((await read_scratchpad(chip))[TH])


async def read_low(chip: Chip) -> float:
    return _signed((await read_scratchpad(chip))[TL])


def _signed(byte: int) -> int:
    return byte - 256 if byte > 127 else byte


async def write_high(chip: Chip, value: float) -> None:
    limit = _whole_degrees(value)
    await _store(chip, lambda known: known._replace(high=limit))


async def write_low(chip: Chip, value: float) -> None:
    limit = _whole_degrees(value)
    await _store(chip, lambda known: known._replace(low=limit))


def _whole_degrees(value: float) -> int:
    """The register's byte for an alarm limit: whole degrees toward zero."""
    if not LOWEST_LIMIT - 1 < value < HIGHEST_LIMIT + 1:
        raise InvalidValueError(
            f"an alarm limit is {LOWEST_LIMIT} to {HIGHEST_LIMIT} degrees, not {value}"
        )
    return int(value) & 0xFF


async def read_resolution(chip: Chip) -> int:
    async with chip.bus.access.lock(chip.rom):
        return (await _recalled(chip)).resolution


async def write_resolution(chip: Chip, value: int) -> None:
    if value not in CONVERSION_TIME:
        raise InvalidValueError(f"a resolution is 9 to 12 bits, not {value}")
    await _store(chip, lambda known: known.at_resolution(value))


# Properties


def latest_and_limits(sensor: Sensor) -> tuple[Property, ...]:
    """What all that can be set have, beside the temperatures that they measure."""
    return (
        celsius("latesttemp", read=latest(sensor)),
        yesno("power", read=read_power),
        celsius("temphigh", STABLE, "rw", read=read_high, write=write_high, spoils=("scratchpad",)),
        celsius("templow", STABLE, "rw", read=read_low, write=write_low, spoils=("scratchpad",)),
    )


def scratchpad() -> Property:
    return binary("scratchpad", SCRATCHPAD_SIZE, read=read_scratchpad)


MEASURED = (
    celsius("fasttemp", LINKED, read=same_as("temperature9")),
    celsius("temperature", LINKED, read=same_as("temperature12")),
    *(
        celsius(f"temperature{n}", TEMPERATURE, read=temperature(PROGRAMMABLE, n))
        for n in CONVERSION_TIME
    ),
    unsigned(
        "tempres", STABLE, "rw",
        read=read_resolution, write=write_resolution, spoils=("scratchpad",),
    ),
    *latest_and_limits(PROGRAMMABLE),
)  # fmt: skip
"""Those of a thermometer with 9 to 12 bits."""

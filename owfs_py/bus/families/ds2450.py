"""The four voltmeters DS2450 (20), and the CO2 sensor built around it.

The chip always converts with 16 bits; those of 8 are the upper ones of them. Source: data sheet
DS2450 (memory map, memory function commands, t_CONV). The CO2 sensor's inputs are as owserver
takes them.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple

from owfs_py._crc import crc16
from owfs_py.bus.chip import POWERED
from owfs_py.bus.errors import InvalidValueError
from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.memories import Memory, PageReader, target
from owfs_py.bus.families.notation import (
    LINKED,
    STABLE,
    TOGETHER,
    VOLATILE,
    VOLTAGE,
    real,
    unsigned,
    yesno,
)
from owfs_py.bus.transaction import Check, Exchange, Power, Step

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip
    from owfs_py.bus.properties import Change, Property

READ_MEMORY, WRITE_MEMORY = b"\xaa", b"\x55"
CONVERT = b"\x3c\x0f\x00"
"""Convert, all four inputs, results left as they are until overwritten."""
CONVERT_CRC = (crc16(CONVERT) ^ 0xFFFF).to_bytes(2, "little")
"""What every chip answers to that."""
CONVERSION_TIME = 0.00528
"""Seconds that four conversions of 16 bits take: 80 µs a bit, and 160 µs to wake up."""

CHANNELS = "ABCD"
PAGES, PAGE_SIZE = 4, 8
RESULTS, CONTROL, LIMITS, SUPPLY = 0x00, 0x08, 0x10, 0x1C
"""Addresses. All but the last are of two bytes for each channel."""
SUPPLIED, NOT_SUPPLIED = b"\x40", b"\x00"

# First control byte of a channel; a resolution of 0 is one of 16 bits.
RESOLUTION, OUTPUT_OFF, OUTPUT_ENABLED = 0x0F, 0x40, 0x80
# Second control byte. The power-on bit is the same in all channels.
WIDE_RANGE, LOW_SEARCHED, HIGH_SEARCHED = 0x01, 0x04, 0x08
LOW_FLAG, HIGH_FLAG, POWER_ON = 0x10, 0x20, 0x80

FULL = 0xFFFF
UPPER_BITS = 0xFF00
WIDE_VOLTS, NARROW_VOLTS = 5.12, 2.56
"""What FULL stands for, as owserver has it."""
WIDE_STEPS, NARROW_STEPS = 50, 100
"""Steps of a volt in alarm limits."""
INACCURACY = 1e-6
"""Of a step: 5.1 V are 254.99999999999997 steps for a computer."""

PPM_PER_VOLT = 1000
SENSOR_WORKS_ABOVE, SENSOR_WORKS_BELOW = 3.0, 3.4
"""Volts at input B of a CO2 sensor that works."""

READER = PageReader(READ_MEMORY, PAGE_SIZE)


async def _write(chip: Chip, address: int, data: bytes) -> None:
    """Write bytes, each of which the chip proves twice: what it heard, and what it holds then."""
    first = WRITE_MEMORY + target(address) + data[:1]
    steps: list[Step] = [Exchange(first, 2, Check.CRC16), Exchange(b"", 1, expect=data[:1])]
    for offset in range(1, len(data)):
        byte = data[offset : offset + 1]
        steps.append(Exchange(byte, 2, Check.CRC16, seed=address + offset))
        steps.append(Exchange(b"", 1, expect=byte))
    try:
        await chip.run(*steps)
    finally:
        if address < LIMITS:
            chip.forget(SETTINGS)
        if address + len(data) > SUPPLY:
            chip.forget(POWERED)


class _Writer:
    """All in one go, at any address."""

    row = PAGES * PAGE_SIZE

    async def write(self, chip: Chip, address: int, data: bytes, memory: Memory) -> None:
        await _write(chip, address, data)


MEMORY = Memory(PAGES * PAGE_SIZE, PAGE_SIZE, READER, _Writer())


async def _read_byte(chip: Chip, address: int) -> int:
    return (await READER.read(chip, address, 1))[0]


# Conversions


class Settings(NamedTuple):
    """That all inputs have 16 bits and one range, and since when, by the bus's clock."""

    wide: bool
    since: float


SETTINGS = "settings"
"""The fact under which they are remembered."""


async def _prepare(chip: Chip, wide: bool) -> bool:
    """Give all inputs 16 bits and this range; whether that changed anything."""
    found = await READER.read(chip, CONTROL, PAGE_SIZE)
    wanted = bytearray(found)
    for at in range(0, PAGE_SIZE, 2):
        wanted[at] &= ~RESOLUTION
        wanted[at + 1] = wanted[at + 1] & ~WIDE_RANGE | (WIDE_RANGE if wide else 0)
    if wanted != found:
        await _write(chip, CONTROL, bytes(wanted))
    chip.remember(SETTINGS, Settings(wide, chip.bus.clock.now()))
    return wanted != found


def conversion(*, fed: bool) -> tuple[Step, ...]:
    """Let all inputs be measured; `fed`: under the strong pull-up until all is done."""
    if not fed:
        return (Exchange(CONVERT, 2, Check.CRC16),)
    return (
        Exchange(CONVERT, 1, expect=CONVERT_CRC[:1]),
        # What the chip sends now; the line is fed from the last slot on.
        Power(CONVERT_CRC[1], CONVERSION_TIME),
    )


async def _convert(chip: Chip) -> None:
    powered = await chip.is_powered()
    await chip.run(*conversion(fed=not powered))
    if powered:
        await asyncio.sleep(CONVERSION_TIME)


def _was_measured_with_all(chip: Chip, known: Settings | None) -> bool:
    """Whether /simultaneous/voltage made what this request wants."""
    bus = chip.bus
    mark, there_since = bus.voltage_mark, bus.roster.since(chip.rom)
    if chip.fresh or known is None or there_since is None:
        return False
    oldest = bus.clock.now() - bus.cache.timeouts.volatile
    return mark >= max(oldest, known.since, there_since)


async def _read_results(chip: Chip) -> list[int]:
    page = await READER.read(chip, RESULTS, PAGE_SIZE)
    return [int.from_bytes(page[at : at + 2], "little") for at in range(0, PAGE_SIZE, 2)]


async def _measure(chip: Chip, wide: bool) -> list[int]:
    known: Settings | None = chip.recall(SETTINGS)
    if known is not None and known.wide != wide:
        known = None
    if _was_measured_with_all(chip, known):
        chip.since = min(chip.since, chip.bus.voltage_mark)
    else:
        if known is None:
            await _prepare(chip, wide)
        await _convert(chip)
    results = await _read_results(chip)
    # Having lost power it converts with eight bits, which leaves the lower ones zero.
    if not any(raw & ~UPPER_BITS for raw in results) and await _prepare(chip, wide):
        await _convert(chip)
        results = await _read_results(chip)
    return results


def _volts(results: list[int], wide: bool, mask: int) -> list[float]:
    return [(raw & mask) * (WIDE_VOLTS if wide else NARROW_VOLTS) / FULL for raw in results]


def _voltages(directory: str, mask: int) -> tuple[Property, ...]:
    """What was measured in either range, of which only the bits in `mask` are shown."""

    def read(wide: bool) -> dict[str, Any]:
        async def measured(chip: Chip) -> list[float]:
            async with chip.bus.access.lock(chip.rom):
                return _volts(await _measure(chip, wide), wide, mask)

        return {"elements": CHANNELS, "fetch": TOGETHER, "read": measured}

    def read_latest(wide: bool) -> dict[str, Any]:
        async def latest(chip: Chip) -> list[float]:
            return _volts(await _read_results(chip), wide, mask)

        return {"elements": CHANNELS, "fetch": TOGETHER, "read": latest}

    return (
        real(f"{directory}volt", VOLTAGE, **read(wide=True)),
        real(f"{directory}volt2", VOLTAGE, **read(wide=False)),
        real(f"{directory}latestvolt", **read_latest(wide=True)),
        real(f"{directory}latestvolt2", **read_latest(wide=False)),
    )


# Control bytes and limits


async def _change_alarms(chip: Chip, channel: int, mask: int, value: int) -> None:
    """Give the bits `mask` of a second control byte the ones in `value`.

    With that the chip counts as set up: it tells no more in alarm searches that it lost power.
    """
    address = CONTROL + 2 * channel + 1
    old = await _read_byte(chip, address)
    new = old & ~(mask | POWER_ON) | value
    if new != old:
        await _write(chip, address, bytes([new]))


def _alarm_bit(name: str, change: Change, mask: int, *, flag: bool = False) -> Property:
    """A bit of the second control byte; a `flag` can be cleared only."""

    async def read(chip: Chip, channel: int) -> bool:
        return bool(await _read_byte(chip, CONTROL + 2 * channel + 1) & mask)

    async def write(chip: Chip, channel: int, value: bool) -> None:
        if flag and value and not await read(chip, channel):
            raise InvalidValueError(f"{chip.rom}: {name} is a flag that can only be cleared")
        await _change_alarms(chip, channel, mask, mask if value else 0)

    return yesno(name, change, "rw", elements=CHANNELS, read=read, write=write)


def _limit(name: str, at: int, steps: int, twin: str) -> Property:
    """A limit in volts, in steps; `twin` is the same register for the other range."""

    async def read(chip: Chip, channel: int) -> float:
        return await _read_byte(chip, LIMITS + 2 * channel + at) / steps

    async def write(chip: Chip, channel: int, volts: float) -> None:
        wanted = volts * steps + INACCURACY
        # Written so that a NaN is refused, too.
        if not 0 <= wanted < 256:
            raise InvalidValueError(f"a limit is 0 to {255 / steps} volts, not {volts}")
        await _write(chip, LIMITS + 2 * channel + at, bytes([int(wanted)]))
        await _change_alarms(chip, channel, 0, 0)

    return real(name, STABLE, "rw", elements=CHANNELS, read=read, write=write, spoils=(twin,))


async def _unset(chip: Chip, _: bool) -> None:
    await _change_alarms(chip, 0, 0, 0)


async def _read_output(chip: Chip, channel: int) -> bool:
    """0 if the output conducts."""
    control = await _read_byte(chip, CONTROL + 2 * channel)
    return control & (OUTPUT_ENABLED | OUTPUT_OFF) != OUTPUT_ENABLED


async def _write_output(chip: Chip, channel: int, value: bool) -> None:
    address = CONTROL + 2 * channel
    old = await _read_byte(chip, address)
    new = old & ~OUTPUT_OFF | OUTPUT_ENABLED | (OUTPUT_OFF if value else 0)
    await _write(chip, address, bytes([new]))


async def _read_power(chip: Chip) -> bool:
    supplied = await _read_byte(chip, SUPPLY) == SUPPLIED[0]
    chip.remember(POWERED, supplied)
    return supplied


async def _write_power(chip: Chip, value: bool) -> None:
    await _write(chip, SUPPLY, SUPPLIED if value else NOT_SUPPLIED)
    chip.remember(POWERED, value)


# The CO2 sensor


async def _ppm(chip: Chip) -> int:
    return int(await chip.value("volt", CHANNELS.index("A")) * PPM_PER_VOLT)


async def _sensor_supply(chip: Chip) -> float:
    return float(await chip.value("volt", CHANNELS.index("D")))


async def _sensor_works(chip: Chip) -> float:
    volts = await chip.value("volt", CHANNELS.index("B"))
    return float(SENSOR_WORKS_ABOVE < volts < SENSOR_WORKS_BELOW)


SETTABLE = (
    _limit("set_alarm/voltlow", 0, WIDE_STEPS, "set_alarm/volt2low"),
    _limit("set_alarm/volthigh", 1, WIDE_STEPS, "set_alarm/volt2high"),
    _limit("set_alarm/volt2low", 0, NARROW_STEPS, "set_alarm/voltlow"),
    _limit("set_alarm/volt2high", 1, NARROW_STEPS, "set_alarm/volthigh"),
    _alarm_bit("set_alarm/high", STABLE, HIGH_SEARCHED),
    _alarm_bit("set_alarm/low", STABLE, LOW_SEARCHED),
    yesno("set_alarm/unset", STABLE, "wo", write=_unset),
    _alarm_bit("alarm/high", VOLATILE, HIGH_FLAG, flag=True),
    _alarm_bit("alarm/low", VOLATILE, LOW_FLAG, flag=True),
    yesno("power", STABLE, "rw", read=_read_power, write=_write_power),
    yesno("PIO", STABLE, "rw", elements=CHANNELS, read=_read_output, write=_write_output),
)

CO2 = (
    unsigned("CO2/ppm", LINKED, read=_ppm),
    # owserver has their kinds exchanged, which only matters where 1 is not enough to tell.
    real("CO2/Vdd", LINKED, read=_sensor_supply, declared=yesno("CO2/Vdd", LINKED)),
    real("CO2/status", LINKED, read=_sensor_works),
)

PROPERTIES = (
    *MEMORY.properties(spoils=tuple(prop.name for prop in SETTABLE)),
    *_voltages("", FULL),
    *_voltages("8bit/", UPPER_BITS),
    *SETTABLE,
    *CO2,
)

FAMILIES = (
    Family.make(0x20, "DS2450", Feature.VOLTAGE | Feature.ALARM | Feature.OVERDRIVE, PROPERTIES),
)

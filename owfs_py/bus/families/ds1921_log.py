"""What a DS1921 keeps of its missions: log, histogram, and when thresholds were exceeded.

The chip's registers are in ds1921_registers.py, its other properties in ds1921.py. Source: data
sheet DS1921G (datalog memory, temperature histogram, alarm time stamps and durations).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, NamedTuple

from owfs_py.bus.families import ds1921_registers as registers
from owfs_py.bus.families.ds1921_registers import (
    READER,
    model_of,
    read_registers,
    read_writable,
    write_registers,
)
from owfs_py.bus.families.notation import (
    MIXED,
    STABLE,
    STATIC,
    TOGETHER,
    celsius,
    date,
    gap,
    under,
    unsigned,
)
from owfs_py.bus.properties import Property

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip
    from owfs_py.bus.properties import Index

ReadTimes = Callable[["Chip"], Coroutine[Any, Any, list[int]]]


async def _read_bins(chip: Chip, index: int, count: int) -> list[int]:
    size = registers.BIN_SIZE
    data = await READER.read(chip, registers.HISTOGRAM + index * size, count * size)
    return [int.from_bytes(data[n : n + size], "little") for n in range(0, len(data), size)]


async def _bins(chip: Chip, index: int | None = None) -> int | list[int]:
    if index is not None:
        return (await _read_bins(chip, index, 1))[0]
    return await _read_bins(chip, 0, registers.HISTOGRAM_BINS)


def _bin_temperature(chip: Chip, index: Index | None = None) -> float | list[float]:
    model = model_of(chip)
    lower_ends = [
        model.degrees(registers.STEPS_PER_BIN * n) for n in range(registers.HISTOGRAM_BINS)
    ]
    return lower_ends[index] if isinstance(index, int) else lower_ends


class _LogOrder(NamedTuple):
    """Where in the log samples lie: `oldest` is at the position of that number."""

    start: int
    """When the oldest was taken, in seconds since 1970."""
    interval: int
    oldest: int

    def position(self, index: int) -> int:
        return (self.oldest + index) % registers.LOG_SIZE

    def time(self, index: int) -> int:
        return self.start + index * self.interval


def _log_order(page: registers.Registers, start: int) -> _LogOrder:
    lost = page.samples - registers.LOG_SIZE
    if lost < 0 or not page.number(registers.CONTROL) & registers.ROLLOVER:
        return _LogOrder(start, page.interval, 0)
    oldest = page.samples % registers.LOG_SIZE
    return _LogOrder(start + lost * page.interval, page.interval, oldest)


async def _log_temperature(chip: Chip, index: int | None = None) -> float | list[float]:
    model = model_of(chip)
    order = _log_order(await read_registers(chip, registers.INTERVAL), start=0)
    if index is not None:
        return model.degrees((await READER.read(chip, registers.LOG + order.position(index), 1))[0])
    data = await READER.read(chip, registers.LOG, registers.LOG_SIZE)
    return [model.degrees(byte) for byte in data[order.oldest :] + data[: order.oldest]]


async def _log_date(chip: Chip, index: int | None = None) -> int | list[int]:
    page = await read_registers(chip, registers.INTERVAL)
    order = _log_order(page, page.mission_start())
    if index is not None:
        return order.time(index)
    return [order.time(n) for n in range(registers.LOG_SIZE)]


async def _log_elements(chip: Chip) -> int:
    samples = (await read_registers(chip, registers.MISSION_SAMPLES)).samples
    return min(samples, registers.LOG_SIZE)


class _Excess(NamedTuple):
    """A time during which a threshold was exceeded: the first sample, and how many."""

    first: int
    samples: int


async def _excesses(chip: Chip, address: int) -> list[_Excess]:
    size = registers.ALARM_ENTRY
    data = await READER.read(chip, address, registers.ALARM_LOG * size)
    return [
        _Excess(int.from_bytes(data[n : n + size - 1], "little"), data[n + size - 1])
        for n in range(0, len(data), size)
    ]


def _excess_times(
    address: int, *, ends: bool = False
) -> Callable[[Chip], Coroutine[Any, Any, list[int]]]:
    async def read(chip: Chip) -> list[int]:
        page = await read_registers(chip, registers.INTERVAL)
        start = page.mission_start()
        return [
            start + (excess.first + (excess.samples if ends else 0)) * page.interval
            for excess in await _excesses(chip, address)
        ]

    return read


def _threshold(address: int) -> dict[str, Any]:
    async def read(chip: Chip) -> float:
        model = model_of(chip)
        return model.degrees((await read_registers(chip, address)).number(address))

    async def write(chip: Chip, value: float) -> None:
        byte = model_of(chip).byte(value)
        await read_writable(chip, address)
        await write_registers(chip, address, bytes([byte]))

    return {"read": read, "write": write}


def _exceeded(address: int, threshold: int) -> tuple[Property, ...]:
    async def counts(chip: Chip) -> list[int]:
        return [excess.samples for excess in await _excesses(chip, address)]

    async def elements(chip: Chip) -> int:
        return [*await counts(chip), 0].index(0)

    array: dict[str, Any] = {"elements": registers.ALARM_LOG, "fetch": TOGETHER}
    return (
        date("date", **array, read=_excess_times(address)),
        unsigned("udate", **array, read=_excess_times(address)),
        date("end", **array, read=_excess_times(address, ends=True)),
        unsigned("count", **array, read=counts),
        unsigned("elements", read=elements),
        celsius("temperature", STABLE, "rw", **_threshold(threshold)),
    )


_BINS: dict[str, Any] = {"elements": registers.HISTOGRAM_BINS, "fetch": MIXED}

HISTOGRAM = under(
    "histogram",
    unsigned("counts", **_BINS, read=_bins),
    celsius(
        "temperature", STATIC, elements=registers.HISTOGRAM_BINS, fetch=MIXED, read=_bin_temperature
    ),
    gap("gap", STATIC, read=lambda chip: registers.STEPS_PER_BIN * model_of(chip).step),
    unsigned("elements", STATIC, read=lambda chip: registers.HISTOGRAM_BINS),
)

LOGGED = under(
    "log",
    celsius("temperature", elements=registers.LOG_SIZE, fetch=MIXED, read=_log_temperature),
    date("date", elements=registers.LOG_SIZE, fetch=MIXED, read=_log_date),
    unsigned("udate", elements=registers.LOG_SIZE, fetch=MIXED, read=_log_date),
    unsigned("elements", read=_log_elements),
)

EXCEEDED = (
    *under("overtemp", *_exceeded(registers.HIGH_ALARM_LOG, registers.HIGH_THRESHOLD)),
    *under("undertemp", *_exceeded(registers.LOW_ALARM_LOG, registers.LOW_THRESHOLD)),
)

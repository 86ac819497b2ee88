"""Adapters that have overdrive, on emulated wires in virtual time, behind a OneWire."""

from __future__ import annotations

import gc
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any, TypeVar

from owfs_py.bus.onewire import OneWire
from owfs_py.emulator.ds2482 import Model
from owfs_py.emulator.memories import ScratchpadChip
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.slave import Slave
from owfs_py.emulator.virtualtime import run
from owfs_py.emulator.wire import Counts
from tests.bus.masters.bench import Bench
from tests.bus.masters.i2cbench import I2cBench
from tests.bus.masters.usbbench import usb_bench

T = TypeVar("T")

ADAPTERS = ("ds2480b", "ds2482", "ds2490")

SETTING = "/bus.0/interface/settings/overdrive"
STATISTICS = "/bus.0/interface/statistics/overdrive"

MIXED = "28,29,2D,3A,1D,43,21,10,23"
PROPERTIES = {
    0x10: ("temperature", "temphigh"),
    0x1D: ("counters.ALL", "pages/page.0"),
    0x21: ("temperature", "memory"),
    0x23: ("memory",),
    0x28: ("temperature", "power"),
    0x29: ("PIO.BYTE", "sensed.BYTE", "set_alarm", "strobe"),
    0x2D: ("memory", "pages/page.1"),
    0x3A: ("piostate", "sensed.ALL"),
    0x43: ("pages/page.3",),
}
"""What is read of each family, all past the cache."""

Found = dict[tuple[int, str], tuple[bytes, Counts]]
"""Values and what they cost, by family and property."""


@contextmanager
def adapter_bench(adapter: str) -> Iterator[Any]:
    """An adapter on a wire where nobody is yet."""
    match adapter:
        case "ds2480b":
            yield Bench("ds2480b", {}, "ds2480b")
        case "ds2482":
            yield I2cBench(Model.DS2482_100)
        case "ds2490":
            with usb_bench() as bench:
                yield bench
                # PyUSB's devices, which tracebacks have kept, must go before its library.
                gc.collect()


def populate(bench: Any, specs: str) -> list[Any]:
    """Put chips on the wire; what is in memories is not all the same."""
    slaves: list[Any] = []
    for index, spec in enumerate(specs.split(",")):
        slave = make_slave(spec, index=index)
        if isinstance(slave, ScratchpadChip):
            # A DS2431's last bytes would protect its pages.
            slave.memory[:0x80] = Random(index).randbytes(0x80)
        bench.wire.attach(slave)
        slaves.append(slave)
    return slaves


def served(
    bench: Any, test: Callable[[OneWire], Awaitable[T]], *, overdrive: bool = True, **options: Any
) -> T:
    """Do `test` on a OneWire with the bench's adapter, with overdrive on or off."""

    async def main() -> T:
        async with OneWire(bench.master, clock=bench.clock, **options) as ow:
            await ow.dir("/")
            if overdrive:
                await ow.write(SETTING, b"1")
            return await test(ow)

    return run(main(), bench.clock)


async def text(ow: OneWire, path: str) -> bytes:
    return (await ow.read(path)).data.strip()


async def counted(ow: OneWire) -> tuple[int, int]:
    """Attempts at overdrive speed, and failures."""
    attempts, failures = [await text(ow, f"{STATISTICS}/{n}") for n in ("attempts", "failures")]
    return int(attempts), int(failures)


def uncached(slave: Slave, name: str) -> str:
    return f"/uncached/{slave.rom}/{name}"


async def read_all(ow: OneWire, bench: Any, slaves: list[Any]) -> Found:
    """All PROPERTIES of these chips."""
    found: Found = {}
    for slave in slaves:
        for name in PROPERTIES[slave.rom.family]:
            before = bench.wire.counts.snapshot()
            value = (await ow.read(uncached(slave, name))).data
            found[slave.rom.family, name] = value, bench.wire.counts - before
    return found

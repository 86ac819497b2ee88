"""A wire with thermometers, memories and a coupler, and jobs that the core must do on it.

Each job changes what there is to find, asks the core for it, and raises AssertionError for any
answer but the right one; what the core reports instead of an answer is raised as it is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from random import Random
from typing import Any, TypeVar

from owfs_py.bus.masters.base import Can
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.rom import RomId
from owfs_py.emulator.ds2409 import DS2409
from owfs_py.emulator.ds2502 import DS2502
from owfs_py.emulator.memories import DS2431
from owfs_py.emulator.thermometers import DS18B20
from owfs_py.emulator.virtualtime import run
from tests.bus.masters.adapters import AnyBench

T = TypeVar("T")
Job = Callable[[OneWire], Awaitable[None]]

INTERFACE = "/bus.0/interface"
SETTINGS = f"{INTERFACE}/settings"
STATISTICS = f"{INTERFACE}/statistics"

MEMORY = 0x80
"""Bytes of a DS2431."""
ROW = 8
"""Bytes that it copies at a time."""
PAGE = 32
"""Bytes of a page of a DS2502."""
CONVERSION = 0.75


def run_core(bench: AnyBench, test: Callable[[OneWire], Awaitable[T]], **options: Any) -> T:
    """Do `test` on the core over a bench's adapter, in its virtual time."""

    async def main() -> T:
        async with OneWire(bench.master, clock=bench.clock, **options) as ow:
            return await test(ow)

    return run(main(), bench.clock)


class Populated:
    """A bench with chips on its wire; on the branches of the coupler there are as many again."""

    def __init__(self, bench: AnyBench, seed: int = 0) -> None:
        self.bench = bench
        self.random = Random(seed)
        self.trunk = Segment(self, "", 0)
        self.coupler = DS2409(RomId.make(0x1F, bytes(6)))
        bench.wire.attach(self.coupler)
        self.main = Segment(self, f"/{self.coupler.rom}/main", 1)
        self.aux = Segment(self, f"/{self.coupler.rom}/aux", 2)
        for segment, line in zip(self.segments, self.lines, strict=True):
            for chip in segment.chips:
                line.attach(chip)
        # Whoever cannot clear these events would see the coupler in alarm.
        self.coupler.main.event = self.coupler.aux.event = False
        self.trunk.chips.append(self.coupler)

    @property
    def segments(self) -> tuple[Segment, ...]:
        return self.trunk, self.main, self.aux

    @property
    def reachable(self) -> tuple[Segment, ...]:
        """Those that the adapter, which is open, gets to."""
        return self.segments if Can.BRANCHES in self.bench.master.can else (self.trunk,)

    @property
    def lines(self) -> tuple[Any, ...]:
        return self.bench.wire, self.coupler.main, self.coupler.aux


class Segment:
    """The chips on one line, and the jobs there. `path` leads to it, `number` is in its ids."""

    def __init__(self, populated: Populated, path: str, number: int) -> None:
        self.path = path
        self._random = populated.random
        self.hot = DS18B20(RomId.make(0x28, bytes([1, number, 0xE3, 0xE1, 0, 0])))
        self.cold = DS18B20(RomId.make(0x28, bytes([2, number, 0xE3, 0xE1, 0, 0])))
        self.memory = DS2431(RomId.make(0x2D, bytes([3, number, 0, 0, 0, 0])))
        self.eprom = DS2502(RomId.make(0x09, bytes([4, number, 0, 0, 0, 0])))
        self.chips: list[Any] = [self.hot, self.cold, self.memory, self.eprom]
        self.hot.set_limits(-10, 50)
        self.cold.set_limits(-10, 50)
        self.hot.temperature = 60.0
        self.jobs: dict[str, Job] = {
            "listing": self.list_devices,
            "alarms": self.list_alarms,
            "presence": self.ask_presence,
            "temperature": self.read_temperature,
            "memory": self.read_memory,
            "memory with CRC": self.read_eprom,
            "writing": self.write_memory,
            "limit": self.write_limit,
        }

    def path_of(self, chip: Any, name: str) -> str:
        return f"/uncached{self.path}/{chip.rom}/{name}"

    async def measure(self, ow: OneWire) -> None:
        """Let all thermometers convert, so that those in alarm know it; nobody is unknown then."""
        await ow.dir(f"/uncached{self.path}")
        for chip in (self.hot, self.cold):
            await ow.read(self.path_of(chip, "temperature"))

    async def list_devices(self, ow: OneWire) -> None:
        assert await _named(ow, f"/uncached{self.path}") == {str(chip.rom) for chip in self.chips}

    async def list_alarms(self, ow: OneWire) -> None:
        assert await _named(ow, f"/uncached{self.path}/alarm") == {str(self.hot.rom)}

    async def ask_presence(self, ow: OneWire) -> None:
        assert (await ow.read(self.path_of(self.memory, "present"))).data == b"1"

    async def read_temperature(self, ow: OneWire) -> None:
        self.cold.temperature = self._random.randrange(-9 * 16, 49 * 16) / 16
        reading = await ow.read(self.path_of(self.cold, "temperature"))
        assert float(reading.data) == self.cold.temperature

    async def read_memory(self, ow: OneWire) -> None:
        self.memory.memory[:MEMORY] = self._random.randbytes(MEMORY)
        reading = await ow.read(self.path_of(self.memory, "memory"))
        assert reading.data == bytes(self.memory.memory[:MEMORY])

    async def read_eprom(self, ow: OneWire) -> None:
        page = self._random.randbytes(PAGE)
        self.eprom.memory[PAGE : 2 * PAGE] = page
        assert (await ow.read(self.path_of(self.eprom, "pages/page.1"))).data == page

    async def write_memory(self, ow: OneWire) -> None:
        """Two rows, the first in part. Of what fails each row is done, or not even begun."""
        offset, data = ROW - 3, self._random.randbytes(3 + ROW)
        before = bytes(self.memory.memory[:MEMORY])
        wanted = before[:offset] + data + before[offset + len(data) :]
        try:
            await ow.write(self.path_of(self.memory, "memory"), data, offset=offset)
        finally:
            now = bytes(self.memory.memory[:MEMORY])
            for row in range(0, MEMORY, ROW):
                assert now[row : row + ROW] in (before[row : row + ROW], wanted[row : row + ROW])
        assert now == wanted

    async def program(self, ow: OneWire) -> None:
        """Two bytes of the EPROM, whose bits can only be cleared, with 12 V."""
        offset, before = 40, bytes(self.eprom.memory)
        data = bytes(byte & self._random.randrange(256) for byte in before[offset : offset + 2])
        try:
            await ow.write(self.path_of(self.eprom, "memory"), data, offset=offset)
        finally:
            now = bytes(self.eprom.memory)
            assert now[:offset] + now[offset + 2 :] == before[:offset] + before[offset + 2 :]
            for at in (0, 1):
                assert now[offset + at] in (before[offset + at], data[at])
        assert now[offset : offset + 2] == data
        # Room for the next time.
        self.eprom.memory[offset : offset + 2] = b"\xff\xff"

    async def write_limit(self, ow: OneWire) -> None:
        """A lower limit that no temperature here reaches, and what the EEPROM holds of it."""
        path = self.path_of(self.cold, "templow")
        before, wanted = _low_limit(self.cold), self._random.randrange(-55, -10)
        try:
            await ow.write(path, b"%d" % wanted)
        finally:
            assert _low_limit(self.cold) in (before, wanted)
        assert _low_limit(self.cold) == wanted
        assert float((await ow.read(path)).data) == wanted


def _low_limit(chip: DS18B20) -> int:
    """In °C, as it survives a power failure."""
    return int.from_bytes(chip.eeprom[1:2], signed=True)


async def text(ow: OneWire, path: str) -> bytes:
    return (await ow.read(path)).data.strip()


async def _named(ow: OneWire, path: str) -> set[str]:
    """The names of the devices that a directory lists."""
    names = [entry.removeprefix(f"{path}/") for entry in (await ow.dir(path)).entries]
    return {name for name in names if name[2:3] == "."}

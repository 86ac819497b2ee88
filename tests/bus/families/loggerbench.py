"""A bench with a DS1921 whose clock runs, for tests of its properties."""

from __future__ import annotations

import calendar
from collections.abc import Awaitable, Callable

from owfs_py.bus.onewire import OneWire
from owfs_py.emulator.ds1921 import CONTROL, DS1921
from tests.bus.bench import Bench

MINUTE = 60
NOON = calendar.timegm((2026, 11, 22, 12, 0, 0))


class LoggerBench(Bench):
    """A bench with one logger, whose clock runs and shows noon."""

    def __init__(self, spec: str = "21", others: str = "") -> None:
        super().__init__(f"{spec},{others}")
        chip = self.slaves[0]
        assert isinstance(chip, DS1921)
        self.chip = chip
        chip.memory[CONTROL] = 0
        chip.seconds = NOON

    def test(self, what: Callable[[Logger], Awaitable[None]]) -> None:
        async def test(ow: OneWire) -> None:
            await ow.dir("/")
            await what(Logger(ow, self.chip))

        self.run(test)


class Logger:
    """The properties of the logger; always fresh ones, unless said otherwise."""

    def __init__(self, onewire: OneWire, chip: DS1921) -> None:
        self.onewire = onewire
        self.chip = chip

    async def read(self, name: str, *, fresh: bool = True) -> bytes:
        return (await self.onewire.read(f"{'/uncached' * fresh}/{self.chip.rom}/{name}")).data

    async def number(self, name: str, *, fresh: bool = True) -> float:
        return float(await self.read(name, fresh=fresh))

    async def numbers(self, name: str) -> list[float]:
        return [float(part) for part in (await self.read(f"{name}.ALL")).split(b",")]

    async def write(self, name: str, text: str) -> None:
        await self.onewire.write(f"/{self.chip.rom}/{name}", text.encode())

    async def writes_back(self, name: str, text: str) -> bool:
        await self.write(name, text)
        return (await self.read(name)).strip() == text.encode()

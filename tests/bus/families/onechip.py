"""A bench with one chip, a thermometer beside it, and the chip's properties by name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

from owfs_py.bus.onewire import FULL_SIZE, OneWire
from owfs_py.emulator.slave import Slave
from owfs_py.emulator.wire import Counts
from tests.bus.bench import Bench

S = TypeVar("S", bound=Slave)


class OneChip(Bench, Generic[S]):
    """`chip` is of this kind; the thermometer answers resets when the chip does not."""

    def __init__(self, kind: type[S], **options: Any) -> None:
        super().__init__(f"{kind.chip},28", **options)
        chip = self.slaves[0]
        assert isinstance(chip, kind)
        self.chip = chip

    def test(self, what: Callable[[Device], Awaitable[None]]) -> None:
        """Do `what` when the devices have been found."""

        async def test(ow: OneWire) -> None:
            await ow.dir("/")
            await what(Device(ow, self.chip))

        self.run(test)

    def spoil(self, fault: type) -> None:
        """Let the chip be of this class, too, whose methods come first."""
        kind = type(self.chip)
        self.chip.__class__ = type(kind.__name__, (fault, kind), {})


class Device:
    """The properties of a chip; always fresh ones, unless said otherwise."""

    def __init__(self, onewire: OneWire, chip: Slave) -> None:
        self.onewire = onewire
        self.chip = chip
        self.wire = chip.wire

    async def read(
        self, name: str, *, fresh: bool = True, size: int = FULL_SIZE, offset: int = 0
    ) -> bytes:
        path = f"{'/uncached' * fresh}/{self.chip.rom}/{name}"
        return (await self.onewire.read(path, size=size, offset=offset)).data

    async def text(self, name: str, *, fresh: bool = True) -> str:
        """A number without its padding, a date, a list of elements."""
        return (await self.read(name, fresh=fresh)).decode().strip()

    async def number(self, name: str, *, fresh: bool = True) -> float:
        return float(await self.read(name, fresh=fresh))

    async def write(self, name: str, data: bytes | bytearray | str, offset: int = 0) -> Counts:
        """What the wire had to do for it."""
        before = self.wire.counts.snapshot()
        raw = data.encode() if isinstance(data, str) else bytes(data)
        await self.onewire.write(f"/{self.chip.rom}/{name}", raw, offset=offset)
        return self.wire.counts - before

    async def cost(
        self, name: str, *, fresh: bool = True, size: int = FULL_SIZE, offset: int = 0
    ) -> Counts:
        """What the wire has to do for a reading."""
        before = self.wire.counts.snapshot()
        await self.read(name, fresh=fresh, size=size, offset=offset)
        return self.wire.counts - before

    async def listed(self, directory: str = "") -> list[str]:
        """What is in a directory of the chip, names of directories with a slash at their end."""
        path = f"/{self.chip.rom}/{directory}".rstrip("/")
        entries = (await self.onewire.dir(path, slash=True)).entries
        return [entry.removeprefix(f"{path}/") for entry in entries]

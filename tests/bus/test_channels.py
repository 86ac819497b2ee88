"""An adapter with several channels that is plugged in while the program runs: a DS2482-800."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from owfs_py.bus.channels import add_channels
from owfs_py.bus.errors import OneWireError
from owfs_py.bus.masters.ds2482 import DS2482
from owfs_py.bus.masters.ds2482chip import Chip
from owfs_py.bus.masters.ds2482find import find_chips
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.rom import RomId
from owfs_py.bus.wired import RECONNECT_LONGEST
from owfs_py.emulator import ds2482
from owfs_py.emulator.ds2482 import Model
from owfs_py.emulator.i2cdev import EmulatedSmbus, I2cBus
from owfs_py.emulator.thermometers import DS18B20
from owfs_py.emulator.virtualtime import VirtualClock, run
from owfs_py.emulator.wire import Wire
from tests.bus.masters.i2cbench import CHANNELS

ADDRESS = 0x1A
EIGHT = [f"DS2482-800({channel})" for channel in range(8)]


class Bench:
    """A OneWire with the channels of a chip at one place, which is powered or not."""

    def __init__(self, model: Model = Model.DS2482_800, *, powered: bool = False) -> None:
        self.clock = VirtualClock()
        self.i2c = I2cBus(self.clock)
        self.thermometers: list[DS18B20] = []
        self.power(model)
        if not powered:
            self.cut()
        self.onewire = OneWire(clock=self.clock)

    def power(self, model: Model = Model.DS2482_800) -> None:
        """A chip comes up, with a thermometer on each line, at as many degrees as its number."""
        wires = [Wire(self.clock) for _ in range(CHANNELS[model])]
        self.thermometers = [
            DS18B20(RomId.make(0x28, b"chip%02d" % n), temperature=float(n))
            for n in range(len(wires))
        ]
        for wire, chip in zip(wires, self.thermometers, strict=True):
            wire.attach(chip)
        self.i2c.attach(ADDRESS, ds2482.DS2482(wires, model))

    def cut(self) -> None:
        self.i2c.chips.clear()

    def add(self, spec: str = "/dev/i2c-1:2") -> None:
        """What the daemon does for --i2c."""
        for chip in find_chips(spec, self.clock, connect=lambda path: EmulatedSmbus(self.i2c)):
            self._add_channels_of(chip)

    def _add_channels_of(self, chip: Chip) -> None:
        add_channels(
            self.onewire,
            lambda: chip.model.channels,
            lambda channel: DS2482("", self.clock, chip=chip, channel=channel),
        )

    def kinds(self) -> list[str]:
        return [bus.kind for bus in self.onewire.buses.values()]

    async def temperatures(self, buses: Sequence[int] = range(8)) -> list[float]:
        paths = (
            f"/bus.{bus}/uncached/{chip.rom}/temperature"
            for bus, chip in zip(buses, self.thermometers, strict=True)
        )
        return await asyncio.gather(*map(self.onewire.read_value, paths))


@pytest.mark.parametrize("spec", ["/dev/i2c-1", "/dev/i2c-1:2", "/dev/i2c-1:all"])
def test_a_chip_that_is_powered_later_brings_all_its_channels(spec: str) -> None:
    bench = Bench()
    bench.add(spec)

    async def main() -> list[float]:
        async with bench.onewire as onewire:
            await asyncio.sleep(60)
            assert bench.kinds() == ["DS2482-100"]
            with pytest.raises(OneWireError, match=r"no DS2482|cannot"):
                await onewire.dir("/bus.0/uncached")
            bench.power()
            await asyncio.sleep(RECONNECT_LONGEST)
            assert bench.kinds() == EIGHT
            assert {bus.address for bus in onewire.buses.values()} == {"/dev/i2c-1:1A"}
            return await bench.temperatures()

    assert run(main(), bench.clock) == list(range(8))


def test_a_chip_that_comes_between_finding_and_starting_brings_all_its_channels() -> None:
    bench = Bench()
    bench.add()
    bench.power()

    async def main() -> list[float]:
        async with bench.onewire:
            assert bench.kinds() == EIGHT
            return await bench.temperatures()

    assert run(main(), bench.clock) == list(range(8))


def test_channels_that_come_later_have_the_next_numbers_that_are_free() -> None:
    bench = Bench()
    bench.add()
    other = Bench(Model.DS2482_100, powered=True)
    bench.onewire.add_master(
        DS2482("emulated", bench.clock, connect=lambda path: EmulatedSmbus(other.i2c))
    )

    async def main() -> list[float]:
        async with bench.onewire:
            bench.power()
            await asyncio.sleep(RECONNECT_LONGEST)
            assert bench.kinds() == [EIGHT[0], "DS2482-100", *EIGHT[1:]]
            return await bench.temperatures([0, *range(2, 9)])

    assert run(main(), bench.clock) == list(range(8))


def test_a_power_failure_loses_no_channel_and_adds_none() -> None:
    bench = Bench(powered=True)
    bench.add()

    async def main() -> None:
        async with bench.onewire:
            assert bench.kinds() == EIGHT
            for _ in range(3):
                assert await bench.temperatures() == list(range(8))
                bench.cut()
                for bus in range(8):
                    with pytest.raises(OneWireError):
                        await bench.onewire.dir(f"/bus.{bus}/uncached")
                await asyncio.sleep(60)
                bench.power()
                await asyncio.sleep(RECONNECT_LONGEST)
                assert bench.kinds() == EIGHT

    run(main(), bench.clock)


def test_a_smaller_chip_in_its_place_is_one_bus() -> None:
    bench = Bench()
    bench.add()

    async def main() -> list[str]:
        async with bench.onewire:
            bench.power(Model.DS2482_100)
            await asyncio.sleep(RECONNECT_LONGEST)
            assert await bench.temperatures([0]) == [0.0]
            return bench.kinds()

    assert run(main(), bench.clock) == ["DS2482-100"]


def test_settings_made_while_it_is_missing_hold_for_all_channels() -> None:
    bench = Bench()
    bench.add()
    setting = "interface/settings/i2c/ActivePullUp"

    async def main() -> list[object]:
        async with bench.onewire as onewire:
            await onewire.write(f"/bus.0/{setting}", b"0")
            bench.power()
            await asyncio.sleep(RECONNECT_LONGEST)
            return [await onewire.read_value(f"/bus.{bus}/{setting}") for bus in range(8)]

    assert run(main(), bench.clock) == [False] * 8
    (chip,) = bench.i2c.chips.values()
    assert isinstance(chip, ds2482.DS2482)
    assert chip.configuration == 0

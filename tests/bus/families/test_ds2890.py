"""Reading and setting a DS2890."""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import CommunicationError, DeviceGoneError, VerifyError
from owfs_py.emulator.ds2890 import DS2890
from owfs_py.emulator.slave import Selecting
from tests.bus.families.onechip import Device, OneChip


@pytest.fixture
def bench() -> OneChip[DS2890]:
    return OneChip(DS2890)


@pytest.mark.parametrize(
    ("written", "position"), [("0", 0), ("77", 77), ("255", 255), ("300", 255), ("-1", 255)]
)
def test_the_wiper(bench: OneChip[DS2890], written: str, position: int) -> None:
    async def test(device: Device) -> None:
        await device.write("wiper", written)
        assert bench.chip.position == position
        assert await device.number("wiper", fresh=False) == position

    bench.test(test)


@pytest.mark.parametrize(("written", "control"), [("1", 0x4C), ("0", 0x0C)])
def test_the_charge_pump(bench: OneChip[DS2890], written: str, control: int) -> None:
    async def test(device: Device) -> None:
        await device.write("chargepump", written)
        assert bench.chip.control == control
        assert await device.text("chargepump", fresh=False) == written

    bench.test(test)


def test_settings_are_kept(bench: OneChip[DS2890]) -> None:
    async def test(device: Device) -> None:
        for name in ("wiper", "chargepump"):
            await device.read(name, fresh=False)
            assert (await device.cost(name, fresh=False)).resets == 0

    bench.test(test)


class Stuck(DS2890):
    """It repeats what it hears, and does not do it."""

    def _released(self, byte: int) -> Selecting:
        yield from super()._released(byte)
        return False


class Forgetful(DS2890):
    """It repeats something else."""

    def _released(self, byte: int) -> Selecting:
        return super()._released(byte ^ 1)


@pytest.mark.parametrize("fault", [Stuck, Forgetful])
@pytest.mark.parametrize(("name", "value"), [("wiper", "9"), ("chargepump", "1")])
def test_what_is_not_taken_is_reported(
    bench: OneChip[DS2890], fault: type, name: str, value: str
) -> None:
    bench.spoil(fault)

    async def test(device: Device) -> None:
        with pytest.raises(VerifyError):
            await device.write(name, value)

    bench.test(test)
    assert (bench.chip.position, bench.chip.control) == (0, 0x0C)


def test_what_cannot_be_is_never_served(bench: OneChip[DS2890]) -> None:
    async def test(device: Device) -> None:
        bench.chip.control = 0x0D
        for name in ("wiper", "chargepump"):
            with pytest.raises(CommunicationError):
                await device.read(name)

    bench.test(test)


def test_a_chip_that_is_gone(bench: OneChip[DS2890]) -> None:
    async def test(device: Device) -> None:
        await device.read("wiper")
        bench.chip.absent = True
        for name in ("wiper", "chargepump"):
            with pytest.raises(DeviceGoneError):
                await device.read(name)
            bench.chip.absent = False
            await device.read(name)
            bench.chip.absent = True

    bench.test(test)

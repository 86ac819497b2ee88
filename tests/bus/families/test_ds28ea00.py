"""Reading and writing a DS28EA00: the thermometer, the switches."""

from __future__ import annotations

import asyncio

import pytest

from owfs_py.bus.errors import CommunicationError, CrcError, DeviceGoneError, VerifyError
from owfs_py.bus.onewire import OneWire
from owfs_py.emulator.ds28ea00 import DS28EA00
from owfs_py.emulator.slave import Behaviour
from tests.bus.bench import Bench, degrees
from tests.bus.families.onechip import Device, OneChip


@pytest.fixture
def bench() -> OneChip[DS28EA00]:
    return OneChip(DS28EA00)


# The thermometer


@pytest.mark.parametrize(("bits", "celsius"), [(9, 21.0), (10, 21.25), (11, 21.25), (12, 21.3125)])
def test_temperatures(bench: OneChip[DS28EA00], bits: int, celsius: float) -> None:
    bench.chip.temperature = 21.3125

    async def test(device: Device) -> None:
        assert await device.number(f"temperature{bits}") == celsius
        assert await device.number("latesttemp") == celsius

    bench.test(test)


def test_limits_and_resolution_are_stored(bench: OneChip[DS28EA00]) -> None:
    async def test(device: Device) -> None:
        await device.write("temphigh", "31")
        await device.write("templow", "-31")
        await device.write("tempres", "10")
        assert bench.chip.eeprom == bytes((31, 0xE1, 0x3F))
        assert await device.number("tempres") == 10

    bench.test(test)


def test_it_shares_conversions() -> None:
    bench = Bench("42,42,28")

    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        await asyncio.gather(*(degrees(ow, f"/{chip.rom}/temperature") for chip in bench.slaves))
        assert bench.wire.counts.conversions == 3
        await ow.write("/simultaneous/temperature", b"1")
        assert bench.wire.counts.conversions == 6
        for chip in bench.slaves:
            await degrees(ow, f"/{chip.rom}/temperature")
        assert bench.wire.counts.conversions == 6

    bench.run(test)


# The switches


@pytest.mark.parametrize(
    ("latches", "pulled_up", "pio", "latch", "sensed"),
    [(3, 3, 0, 0, 3), (2, 3, 1, 1, 2), (1, 3, 2, 2, 1), (0, 3, 3, 3, 0), (3, 1, 2, 0, 1)],
)
def test_what_is_low_what_conducts_and_what_is_high(
    bench: OneChip[DS28EA00], latches: int, pulled_up: int, pio: int, latch: int, sensed: int
) -> None:
    bench.chip.pins.drive(latches)
    bench.chip.pins.pulled_up = pulled_up

    async def test(device: Device) -> None:
        names = ("PIO.BYTE", "latch.BYTE", "sensed.BYTE")
        assert [await device.number(name) for name in names] == [pio, latch, sensed]

    bench.test(test)


def test_one_status_byte_serves_all_for_a_volatile_lifetime(bench: OneChip[DS28EA00]) -> None:
    async def test(device: Device) -> None:
        await device.read("PIO.A", fresh=False)
        for name in ("PIO.ALL", "latch.B", "sensed.BYTE", "piostate"):
            assert (await device.cost(name, fresh=False)).resets == 0

    bench.test(test)


@pytest.mark.parametrize("name", ["PIO", "latch"])
def test_a_write_is_seen_at_once(bench: OneChip[DS28EA00], name: str) -> None:
    async def test(device: Device) -> None:
        assert await device.number(f"{name}.BYTE", fresh=False) == 0
        await device.write(f"{name}.BYTE", "2")
        assert bench.chip.pins.latches == 0b01
        assert await device.number("PIO.BYTE", fresh=False) == 2
        await device.write(f"{name}.A", "1")
        assert bench.chip.pins.latches == 0b00
        assert await device.text("latch.ALL", fresh=False) == "1,1"

    bench.test(test)


@pytest.mark.parametrize("name", ["PIO", "latch"])
def test_the_other_switch_stays_as_it_was_set(bench: OneChip[DS28EA00], name: str) -> None:
    bench.chip.pins.pulled_up = 0b01  # somebody else holds B low

    async def test(device: Device) -> None:
        assert await device.text("PIO.B") == "1"
        await device.write(f"{name}.A", "1")
        assert bench.chip.pins.latches == 0b10

    bench.test(test)


# Faults


class Stuck(DS28EA00):
    @property
    def status(self) -> int:
        return 0x0F


class Garbled(DS28EA00):
    @property
    def status(self) -> int:
        return 0x0E


class Silent(DS28EA00):
    def function(self) -> Behaviour:
        return
        yield


@pytest.mark.parametrize("fault", [Stuck, Garbled, Silent])
def test_latches_that_are_not_as_written_are_reported(
    bench: OneChip[DS28EA00], fault: type
) -> None:
    bench.spoil(fault)

    async def test(device: Device) -> None:
        with pytest.raises((VerifyError, CommunicationError)):
            await device.write("PIO.BYTE", "1")

    bench.test(test)


def test_a_status_byte_whose_halves_differ_is_never_served(bench: OneChip[DS28EA00]) -> None:
    bench.spoil(Garbled)

    async def test(device: Device) -> None:
        with pytest.raises(CommunicationError):
            await device.read("sensed.BYTE")

    bench.test(test)


def test_in_a_chain_nothing_can_be_switched(bench: OneChip[DS28EA00]) -> None:
    bench.chip.chain = type(bench.chip.chain).ON

    async def test(device: Device) -> None:
        with pytest.raises(VerifyError):
            await device.write("PIO.A", "1")

    bench.test(test)


def test_a_temperature_whose_crc_fails_is_never_served(bench: OneChip[DS28EA00]) -> None:
    async def test(device: Device) -> None:
        bench.chip.spoiled_reads = 1000
        with pytest.raises(CrcError):
            await device.read("temperature")

    bench.test(test)


def test_a_chip_that_is_gone(bench: OneChip[DS28EA00]) -> None:
    async def test(device: Device) -> None:
        await device.read("PIO.ALL")
        bench.chip.absent = True
        with pytest.raises(DeviceGoneError):
            await device.read("PIO.ALL")

    bench.test(test)

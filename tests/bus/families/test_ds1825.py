"""Reading and writing the chips that share family code 3B: DS1825, MAX31826, MAX31850."""

from __future__ import annotations

import asyncio
import math

import pytest

from owfs_py.bus.errors import (
    CommunicationError,
    CrcError,
    DeviceGoneError,
    InvalidValueError,
    NotSupportedError,
    PowerOnValueError,
    VerifyError,
)
from owfs_py.bus.onewire import OneWire
from owfs_py.emulator.ds1825 import (
    DS1825,
    MAX31826,
    MAX31850,
    OPEN_CIRCUIT,
    SHORT_TO_GROUND,
    SHORT_TO_SUPPLY,
    FixedThermometer,
)
from owfs_py.emulator.slave import Behaviour
from owfs_py.emulator.thermometers import Thermometer
from tests.bus.bench import Bench, degrees
from tests.bus.families.onechip import Device, OneChip

KINDS: tuple[type[Thermometer], ...] = (DS1825, MAX31826, MAX31850)
COMMON = {"latesttemp", "power", "prog_addr", "scratchpad", "temperature", "temperature12",
          "tempres"}  # fmt: skip
OWN = {
    DS1825: {"fasttemp", "temperature9", "temperature10", "temperature11", "temphigh", "templow"},
    MAX31826: {"memory", "pages"},
    MAX31850: {"thermocouple", "fault", "open_circuit", "ground_short", "vdd_short"},
}


# Which one it is


@pytest.mark.parametrize("kind", KINDS)
def test_each_model_lists_what_it_has(kind: type[Thermometer]) -> None:
    bench = OneChip(kind)

    async def test(device: Device) -> None:
        entries = (await device.onewire.dir(f"/{bench.chip.rom}")).entries
        names = {entry.rpartition("/")[2] for entry in entries}
        all_own = set().union(*OWN.values())
        assert names & (COMMON | all_own) == COMMON | OWN[kind]
        assert await device.text("type") == "DS1825"

    bench.test(test)


@pytest.mark.parametrize(
    ("kind", "name"),
    [(DS1825, "thermocouple"), (DS1825, "memory"), (DS1825, "fault"), (MAX31826, "temphigh"),
     (MAX31826, "vdd_short"), (MAX31850, "templow"), (MAX31850, "pages/page.3")],
)  # fmt: skip
def test_what_another_model_has_is_refused(kind: type[Thermometer], name: str) -> None:
    bench = OneChip(kind)

    async def test(device: Device) -> None:
        with pytest.raises(NotSupportedError):
            await device.read(name)

    bench.test(test)


@pytest.mark.parametrize("kind", KINDS)
def test_which_one_it_is_is_asked_once(kind: type[Thermometer]) -> None:
    bench = OneChip(kind)

    async def test(device: Device) -> None:
        await device.read("temperature12")
        cost = await device.cost("temperature12")
        # One conversion of its own, one scratchpad.
        assert cost.resets == 2

    bench.test(test)


@pytest.mark.parametrize("kind", KINDS)
def test_address_pins(kind: type[FixedThermometer]) -> None:
    bench = OneChip(kind)
    bench.chip.location = 11
    bench.chip.brown_out()

    async def test(device: Device) -> None:
        assert await device.number("prog_addr") == 11

    bench.test(test)


# Temperatures


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("celsius", [125.0, 85.0, 25.0625, 0.5, 0.0, -0.5, -10.125, -55.0])
def test_temperatures(kind: type[Thermometer], celsius: float) -> None:
    bench = OneChip(kind)
    bench.chip.temperature = celsius

    async def test(device: Device) -> None:
        assert await device.number("temperature") == celsius
        assert await device.number("latesttemp") == celsius

    bench.test(test)


@pytest.mark.parametrize(
    ("kind", "seconds"), [(DS1825, 0.75), (MAX31826, 0.150), (MAX31850, 0.100)]
)
def test_a_conversion_takes_its_time(kind: type[Thermometer], seconds: float) -> None:
    bench = OneChip(kind)

    async def test(device: Device) -> None:
        began = bench.clock.now()
        await device.read("temperature")
        assert seconds <= bench.clock.now() - began <= seconds * 1.05

    bench.test(test)


@pytest.mark.parametrize("bits", [9, 10, 11, 12])
def test_ds1825_resolutions_keep_the_address_pins(bits: int) -> None:
    bench = OneChip(DS1825)
    bench.chip.location = 6
    bench.chip.temperature = 21.3125
    bench.chip.brown_out()
    step = 2.0 ** (8 - bits)

    async def test(device: Device) -> None:
        assert await device.number(f"temperature{bits}") == math.floor(21.3125 / step) * step
        assert bench.chip.scratchpad[4] == (bits - 9) << 5 | 0x16
        await device.write("tempres", str(bits))
        assert bench.chip.eeprom[2] == (bits - 9) << 5 | 0x16
        assert await device.number("tempres") == bits
        assert await device.number("prog_addr", fresh=False) == 6

    bench.test(test)


def test_ds1825_limits_are_stored_with_the_resolution_of_the_eeprom() -> None:
    bench = OneChip(DS1825)

    async def test(device: Device) -> None:
        await device.read("temperature9")
        await device.write("temphigh", "30.7")
        await device.write("templow", "-5.9")
        assert bench.chip.eeprom == bytes((30, 0xFB, 0x70))
        assert [await device.number(name) for name in ("temphigh", "templow")] == [30, -5]
        with pytest.raises(InvalidValueError):
            await device.write("temphigh", "128")

    bench.test(test)


@pytest.mark.parametrize("kind", [MAX31826, MAX31850])
def test_a_fixed_resolution(kind: type[Thermometer]) -> None:
    bench = OneChip(kind)

    async def test(device: Device) -> None:
        assert await device.number("tempres") == 12
        await device.write("tempres", "12")
        for value in ("9", "13"):
            with pytest.raises(InvalidValueError):
                await device.write("tempres", value)

    bench.test(test)


def test_all_share_conversions_and_obey_the_command_for_all() -> None:
    bench = Bench("DS1825,MAX31826,MAX31850,28")
    for chip in bench.thermometers:
        chip.temperature = 22.5

    async def test(ow: OneWire) -> None:
        paths = [f"/{chip.rom}/temperature" for chip in bench.slaves]
        await ow.dir("/")
        assert await asyncio.gather(*(degrees(ow, path) for path in paths)) == [22.5] * 4
        assert bench.wire.counts.conversions == 4, "one for each of the four chips"
        for chip in bench.thermometers:
            chip.temperature = 23.5
        await ow.write("/simultaneous/temperature", b"1")
        assert bench.wire.counts.conversions == 8
        assert [await degrees(ow, path) for path in paths] == [23.5] * 4
        assert bench.wire.counts.conversions == 8

    bench.run(test)


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_supply_they_are_fed(kind: type[Thermometer]) -> None:
    bench = OneChip(kind, parasitic=True)
    bench.chip.temperature = 23.25

    async def test(device: Device) -> None:
        assert await device.text("power") == "0"
        assert await device.number("temperature") == 23.25
        assert bench.chip.brown_outs == 0

    bench.test(test)


def test_a_ds1825_that_only_has_85_degrees_of_power_on_is_an_error() -> None:
    class Weak(DS1825):
        def _store_temperature(self, sixteenths: int) -> None:
            self._power_on()

    bench = OneChip(DS1825)
    bench.spoil(Weak)

    async def test(device: Device) -> None:
        with pytest.raises(PowerOnValueError):
            await device.read("temperature")
        assert await device.number("latesttemp") == 85

    bench.test(test)


def test_a_max31826_at_85_degrees_is_asked_again_before_it_is_believed() -> None:
    """Nothing in its scratchpad tells that from what it has after power-on."""
    bench = OneChip(MAX31826)
    bench.chip.temperature = 85.0

    async def test(device: Device) -> None:
        assert await device.number("temperature") == 85
        own = [past for past in bench.chip.history if past.sixteenths == 85 * 16]
        assert len(own) == 3

    bench.test(test)


# Thermocouples


@pytest.mark.parametrize("celsius", [1600.0, 1000.0, 100.75, 25.0, 0.0, -0.25, -1.0, -250.0])
def test_thermocouples_of_the_data_sheet(celsius: float) -> None:
    bench = OneChip(MAX31850)
    bench.chip.thermocouple, bench.chip.temperature = celsius, 24.5

    async def test(device: Device) -> None:
        assert await device.number("thermocouple") == celsius
        assert await device.number("temperature", fresh=False) == 24.5
        assert await device.text("fault") == "0"

    bench.test(test)


@pytest.mark.parametrize(
    ("fault", "name"),
    [(OPEN_CIRCUIT, "open_circuit"), (SHORT_TO_GROUND, "ground_short"),
     (SHORT_TO_SUPPLY, "vdd_short")],
)  # fmt: skip
def test_a_broken_thermocouple_has_no_temperature(fault: int, name: str) -> None:
    bench = OneChip(MAX31850)
    bench.chip.faults, bench.chip.temperature = fault, 24.5

    async def test(device: Device) -> None:
        with pytest.raises(CommunicationError):
            await device.read("thermocouple")
        assert await device.number("temperature") == 24.5
        flags = ("fault", "open_circuit", "ground_short", "vdd_short")
        assert {flag for flag in flags if await device.text(flag) == "1"} == {"fault", name}

    bench.test(test)


# The memory of a MAX31826


def test_memory_is_written_by_pages_and_read_back() -> None:
    bench = OneChip(MAX31826)
    bench.chip.memory[:] = bytes(range(128))
    wanted = bytearray(range(128))

    async def test(device: Device) -> None:
        for name, offset, at, data in (
            ("memory", 0, 0, b"12345678"),
            ("memory", 30, 30, b"0123456789"),
            ("pages/page.15", 3, 123, b"abc"),
        ):
            await device.write(name, data, offset)
            wanted[at : at + len(data)] = data
            assert bench.chip.memory == wanted
        assert await device.read("memory") == wanted
        assert await device.read("pages/page.15", offset=2, size=4) == wanted[122:126]

    bench.test(test)


def test_a_locked_memory_is_reported() -> None:
    bench = OneChip(MAX31826)
    bench.chip.locked = True

    async def test(device: Device) -> None:
        with pytest.raises(VerifyError):
            await device.write("pages/page.0", b"12345678")

    bench.test(test)


def test_what_did_not_get_into_the_scratchpad_is_not_copied() -> None:
    class Deaf(MAX31826):
        def _read_buffer(self) -> Behaviour:
            self._buffer[3] ^= 1
            return super()._read_buffer()

    bench = OneChip(MAX31826)
    bench.spoil(Deaf)
    bench.chip.functions = bench.chip.functions | {0xAA: Deaf._read_buffer}  # type: ignore[misc]

    async def test(device: Device) -> None:
        with pytest.raises(VerifyError):
            await device.write("pages/page.0", b"12345678")
        assert not any(bench.chip.memory)

    bench.test(test)


# Faults


@pytest.mark.parametrize("kind", KINDS)
def test_a_scratchpad_whose_crc_fails_is_never_served(kind: type[Thermometer]) -> None:
    bench = OneChip(kind)
    bench.chip.temperature = 20

    async def test(device: Device) -> None:
        bench.chip.spoiled_reads = 1
        assert await device.number("temperature") == 20
        bench.chip.spoiled_reads = math.inf
        for name in ("temperature", "latesttemp", "prog_addr", "scratchpad", "flagfield"):
            with pytest.raises(CrcError):
                await device.read(name)

    bench.test(test)


@pytest.mark.parametrize("kind", KINDS)
def test_a_chip_that_is_gone(kind: type[Thermometer]) -> None:
    bench = OneChip(kind)

    async def test(device: Device) -> None:
        await device.read("temperature")
        bench.chip.absent = True
        with pytest.raises(DeviceGoneError):
            await device.read("temperature")

    bench.test(test)


def test_a_memory_that_is_gone_is_not_read_as_ones() -> None:
    bench = OneChip(MAX31826)

    async def test(device: Device) -> None:
        await device.read("memory")
        bench.chip.absent = True
        with pytest.raises(DeviceGoneError):
            await device.read("memory")

    bench.test(test)

"""Reading the devices of Hobby Boards: models, values, firmware, and what is believed."""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import (
    CommunicationError,
    DeviceGoneError,
    InvalidValueError,
    VerifyError,
)
from owfs_py.emulator.hobbyboards import (
    Barometer,
    HobbyBoard,
    Hub,
    Hygrometer,
    MoistureMeter,
    SixThermometers,
    UviMeter,
)
from tests.bus.families.onechip import Device, OneChip

DIRECTORIES = {UviMeter: "UVI", MoistureMeter: "moisture", Hub: "hub", Barometer: "barometer",
               Hygrometer: "humidity", SixThermometers: "multitemp"}  # fmt: skip


async def directories(device: Device) -> list[str]:
    """The subdirectories that a device lists."""
    entries = (await device.onewire.dir(f"/uncached/{device.chip.rom}", slash=True)).entries
    return [entry.rstrip("/").rpartition("/")[2] for entry in entries if entry.endswith("/")]


# Who it is


@pytest.mark.parametrize("model", DIRECTORIES)
def test_only_the_directory_of_its_model_is_listed(model: type[HobbyBoard]) -> None:
    async def test(device: Device) -> None:
        assert await directories(device) == [DIRECTORIES[model]]
        assert await device.number("type_number") == model.TYPE
        assert await device.text("version") == "2.5"
        assert await device.number("version_number") == 2 << 8 | 5

    OneChip(model).test(test)


@pytest.mark.parametrize(
    ("number", "name"),
    [(1, "HB_UVI_METER"), (2, "HB_MOISTURE_METER"), (3, "HB_MOISTURE_METER_DATALOGGER"),
     (4, "HB_SNIFFER"), (5, "HB_HUB"), (6, "HobbyBoards_EF"), (9, "HB_MULTITEMP"),
     (10, "HobbyBoards_EF")],
)  # fmt: skip
def test_the_type_is_that_of_the_device(number: int, name: str) -> None:
    bench = OneChip(MoistureMeter)
    bench.chip.TYPE = number  # type: ignore[misc]  # of this device only

    async def test(device: Device) -> None:
        assert await device.text("type") == name

    bench.test(test)


def test_one_that_does_not_say_its_type_lists_nothing() -> None:
    bench = OneChip(Hub)

    async def test(device: Device) -> None:
        bench.chip.not_ready = 1000
        assert await directories(device) == []
        with pytest.raises(CommunicationError):
            await device.read("type")

    bench.test(test)


def test_both_families_have_a_name_for_what_is_unknown() -> None:
    bench = OneChip(UviMeter)
    bench.chip.TYPE = 99  # type: ignore[misc]  # of this device only

    async def test(device: Device) -> None:
        assert await device.text("type") == "HobbyBoards_EE"
        assert await directories(device) == []

    bench.test(test)


# Values


def test_uvi_meter() -> None:
    bench = OneChip(UviMeter)
    chip = bench.chip
    chip.put(chip.TEMPERATURE, -21)
    chip.put(chip.TEMPERATURE_OFFSET, -3)
    chip.put(chip.UVI, 112)
    chip.put(chip.UVI_OFFSET, -5)
    chip.put(chip.IN_CASE, 1)

    async def test(device: Device) -> None:
        names = ("temperature", "temperature_offset", "UVI/UVI", "UVI/UVI_offset")
        assert [await device.number(name) for name in names] == [-10.5, -1.5, 11.2, -0.5]
        assert await device.text("UVI/in_case") == "1"

    bench.test(test)


def test_an_index_that_was_not_measured_is_none() -> None:
    bench = OneChip(UviMeter)
    bench.chip.put(bench.chip.UVI, 0xFF)

    async def test(device: Device) -> None:
        with pytest.raises(InvalidValueError):
            await device.read("UVI/UVI")

    bench.test(test)


@pytest.mark.parametrize("version", [(1, 79), (1, 80), (2, 0)])
def test_moisture_meter_of_any_firmware(version: tuple[int, int]) -> None:
    bench = OneChip(MoistureMeter)
    chip = bench.chip
    chip.version = version
    chip.put(chip.SENSORS, 0, 100, 200, 255)
    chip.put(chip.LEAVES, 0xF5)
    chip.put(chip.LEAST, 500)
    chip.put(chip.MOST, 60000)
    chip.put(chip.RAW, 1, 256, 40000, 65535)

    async def test(device: Device) -> None:
        assert (
            await device.text("moisture/sensor.ALL") == "0,         100,         200,         255"
        )
        assert await device.text("moisture/is_leaf.ALL") == "1,0,1,0"
        assert await device.text("moisture/is_moisture.BYTE") == "10"
        assert await device.number("moisture/calibrate/min") == 500
        assert await device.number("moisture/calibrate/max") == 60000
        assert await device.number("moisture/calibrate/raw.2") == 40000
        await device.write("moisture/is_moisture.0", "1")
        assert chip.registers[chip.LEAVES] == b"\x04"
        await device.write("moisture/is_leaf.BYTE", "3")
        assert chip.registers[chip.LEAVES] == b"\x03"
        await device.write("moisture/calibrate/min", "65535")
        await device.write("moisture/calibrate/max", "258")
        assert chip.registers[chip.LEAST] + chip.registers[chip.MOST] == b"\xff\xff\x02\x01"

    bench.test(test)


def test_the_firmware_is_asked_for_once() -> None:
    bench = OneChip(MoistureMeter)

    async def test(device: Device) -> None:
        await device.write("moisture/calibrate/min", "1")
        assert (await device.write("moisture/calibrate/min", "2")).resets == 2  # write, read back
        assert (await device.cost("moisture/calibrate/min")).resets == 1

    bench.test(test)


def test_barometer() -> None:
    bench = OneChip(Barometer)
    chip = bench.chip
    chip.put(chip.TEMPERATURE, -105)
    chip.put(chip.PRESSURE, 101)
    chip.put(chip.PRESSURE_ALTITUDE, -12)
    chip.put(chip.ALTITUDE, 430)

    async def test(device: Device) -> None:
        names = ("temperature", "pressure", "pressure_altitude", "altitude")
        values = [await device.number(f"barometer/{name}") for name in names]
        assert values == [-10.5, 1010, -12, 430]

    bench.test(test)


def test_hygrometer() -> None:
    bench = OneChip(Hygrometer)
    chip = bench.chip
    chip.put(chip.TEMPERATURE, 215)
    chip.put(chip.CORRECTED, 4567)
    chip.put(chip.RAW, 4711)
    chip.put(chip.OFFSET, -150)

    async def test(device: Device) -> None:
        names = ("temperature", "humidity_corrected", "humidity_raw", "humidity_offset")
        values = [await device.number(f"humidity/{name}") for name in names]
        assert values == [21.5, 45.67, 47.11, -1.5]

    bench.test(test)


def test_six_thermometers_are_read_at_once() -> None:
    bench = OneChip(SixThermometers)
    bench.chip.put(bench.chip.TEMPERATURES, 0, 1, -1, 850, -400, 1250)

    async def test(device: Device) -> None:
        every = (await device.text("multitemp/temperature.ALL")).split(",")
        assert [float(each) for each in every] == [0, 0.1, -0.1, 85, -40, 125]
        cost = await device.cost("multitemp/temperature.3", fresh=False)
        assert cost.resets == 0

    bench.test(test)


# Faults


def test_what_did_not_get_into_the_device_is_reported() -> None:
    for kind, name in ((Hub, "hub/config"), (Hub, "hub/branch.BYTE"), (UviMeter, "UVI/in_case")):
        bench = OneChip[HobbyBoard](kind)
        bench.chip.deaf = True

        async def test(device: Device, name: str = name) -> None:
            with pytest.raises(VerifyError):
                await device.write(name, "1")

        bench.test(test)


def test_a_device_that_is_not_ready_is_asked_again() -> None:
    bench = OneChip(Barometer)
    bench.chip.put(Barometer.ALTITUDE, 123)

    async def test(device: Device) -> None:
        for times in range(5):
            bench.chip.not_ready = times
            assert await device.number("barometer/altitude") == 123
        bench.chip.not_ready = 100
        with pytest.raises(CommunicationError):
            await device.read("barometer/altitude")

    bench.test(test)


@pytest.mark.parametrize(("value", "resets"), [(-1, 4), (-2, 1), (255, 1)])
def test_ones_may_be_a_value(value: int, resets: int) -> None:
    bench = OneChip(Barometer)
    bench.chip.put(Barometer.ALTITUDE, value)

    async def test(device: Device) -> None:
        assert await device.number("barometer/altitude") == value
        assert (await device.cost("barometer/altitude")).resets == resets

    bench.test(test)


def test_a_device_that_is_gone_is_reported() -> None:
    bench = OneChip(UviMeter)

    async def test(device: Device) -> None:
        bench.chip.absent = True
        with pytest.raises(DeviceGoneError):
            await device.write("UVI/in_case", "1")
        for name in ("UVI/UVI", "UVI/in_case", "temperature"):
            bench.chip.absent = False
            await device.read(name)
            bench.chip.absent = True
            with pytest.raises(DeviceGoneError):
                await device.read(name)

    bench.test(test)


def test_values_are_kept_as_long_as_they_hold() -> None:
    bench = OneChip(UviMeter)

    async def test(device: Device) -> None:
        await device.read("temperature", fresh=False)
        await device.read("temperature_offset", fresh=False)
        bench.chip.put(UviMeter.TEMPERATURE, 40)
        bench.chip.put(UviMeter.TEMPERATURE_OFFSET, 4)
        assert await device.number("temperature", fresh=False) == 0
        bench.clock.wait(device.onewire.cache.timeouts.volatile)
        assert await device.number("temperature", fresh=False) == 20
        assert await device.number("temperature_offset", fresh=False) == 0

    bench.test(test)

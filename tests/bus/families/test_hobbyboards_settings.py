"""Setting the devices of Hobby Boards: what gets there, what is refused; the branches of a hub."""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import InvalidValueError, NotSupportedError
from owfs_py.emulator.hobbyboards import (
    Barometer,
    HobbyBoard,
    Hub,
    Hygrometer,
    MoistureMeter,
    SixThermometers,
    UviMeter,
)
from owfs_py.emulator.registry import make_slave
from tests.bus.families.onechip import Device, OneChip


@pytest.mark.parametrize(
    ("model", "name", "data", "register", "stored"),
    [
        (UviMeter, "temperature_offset", "1.2", UviMeter.TEMPERATURE_OFFSET, "02 00"),
        (UviMeter, "temperature_offset", "-1.25", UviMeter.TEMPERATURE_OFFSET, "fe ff"),
        (UviMeter, "UVI/UVI_offset", "-0.5", UviMeter.UVI_OFFSET, "fb"),
        (UviMeter, "UVI/UVI_offset", "12.7", UviMeter.UVI_OFFSET, "7f"),
        (UviMeter, "UVI/in_case", "1", UviMeter.IN_CASE, "ff"),
        (UviMeter, "UVI/in_case", "0", UviMeter.IN_CASE, "00"),
        (Hub, "hub/config", "2", Hub.CONFIG, "02"),
        (Barometer, "barometer/altitude", "-300", Barometer.ALTITUDE, "d4 fe"),
        (Barometer, "barometer/config", "255", Barometer.CONFIG, "ff"),
        (Barometer, "barometer/polling_frequency", "0", Barometer.POLLING, "00"),
        (Hygrometer, "humidity/config", "17", Hygrometer.CONFIG, "11"),
        (Hygrometer, "humidity/humidity_offset", "-2.5", Hygrometer.OFFSET, "06 ff"),
        (SixThermometers, "multitemp/polling_frequency", "9", SixThermometers.POLLING, "09"),
    ],
)
def test_what_is_set_gets_into_the_device(
    model: type[HobbyBoard], name: str, data: str, register: int, stored: str
) -> None:
    bench = OneChip(model)
    bench.chip.registers[register][:] = b"\x55" * len(bench.chip.registers[register])

    async def test(device: Device) -> None:
        await device.read(name, fresh=False)  # is in the cache
        await device.write(name, data)
        assert bench.chip.registers[register].hex(" ") == stored
        value = float(data) if data != "1.2" and data != "-1.25" else round(float(data) * 2) / 2
        assert await device.number(name, fresh=False) == value

    bench.test(test)


@pytest.mark.parametrize(
    ("model", "name", "data"),
    [
        (UviMeter, "temperature_offset", "20000"),
        (UviMeter, "temperature_offset", "nan"),
        (UviMeter, "UVI/UVI_offset", "12.8"),
        (UviMeter, "UVI/UVI_offset", "inf"),
        (MoistureMeter, "moisture/calibrate/min", "65536"),
        (MoistureMeter, "moisture/calibrate/max", "-1"),
        (Hub, "hub/config", "256"),
        (Barometer, "barometer/altitude", "32768"),
        (Barometer, "barometer/location", "longer than there is room for"),
        (Hygrometer, "humidity/humidity_offset", "400"),
    ],
)
def test_what_does_not_fit_is_refused(model: type[HobbyBoard], name: str, data: str) -> None:
    bench = OneChip(model)
    before = {number: bytes(register) for number, register in bench.chip.registers.items()}

    async def test(device: Device) -> None:
        with pytest.raises(InvalidValueError):
            await device.write(name, data)
        assert bench.chip.registers == before

    bench.test(test)


@pytest.mark.parametrize(
    ("model", "directory"),
    [(Barometer, "barometer"), (Hygrometer, "humidity"), (SixThermometers, "multitemp")],
)
def test_a_location_is_a_text(model: type[HobbyBoard], directory: str) -> None:
    bench = OneChip(model)
    name = f"{directory}/location"

    async def test(device: Device) -> None:
        for place in ("behind the green house", "cellar"):
            await device.write(name, place[:20])
            assert await device.text(name, fresh=False) == place[:20].strip()
        assert bench.chip.registers[0x16] == b"cellar".ljust(21, b"\0")

    bench.test(test)


def test_a_device_is_rebooted_or_reset_by_a_one() -> None:
    bench = OneChip(Hygrometer)

    async def test(device: Device) -> None:
        await device.write("humidity/config", "7")
        assert (await device.write("humidity/reboot", "0")).resets == 0
        await device.write("humidity/reset", "0")
        assert bench.chip.reboots == 0
        await device.write("humidity/reboot", "1")
        assert bench.chip.reboots == 1
        assert await device.number("humidity/config", fresh=False) == 7
        await device.write("humidity/reset", "1")
        assert await device.number("humidity/config", fresh=False) == 0

    bench.test(test)


def test_the_configuration_of_six_thermometers_cannot_be_written() -> None:
    async def test(device: Device) -> None:
        with pytest.raises(NotSupportedError):
            await device.write("multitemp/config", "1")

    OneChip(SixThermometers).test(test)


# The hub


@pytest.mark.parametrize("config", [0, Hub.ONE_AT_A_TIME, 0xFD, 0xFF])
def test_any_branches_of_a_hub_can_be_on(config: int) -> None:
    bench = OneChip(Hub)
    bench.chip.put(Hub.CONFIG, config)

    async def test(device: Device) -> None:
        await device.write("hub/branch.BYTE", "4")
        assert bench.chip.registers[Hub.CONFIG][0] == config
        await device.write("hub/branch.BYTE", "11")
        assert await device.text("hub/branch.ALL") == "1,1,0,1"
        assert bench.chip.registers[Hub.CONFIG][0] == config & ~Hub.ONE_AT_A_TIME
        assert await device.number("hub/config", fresh=False) == config & ~Hub.ONE_AT_A_TIME
        await device.write("hub/branch.0", "0")
        assert await device.number("hub/branch.BYTE") == 10
        await device.write("hub/branch.BYTE", "0")
        assert await device.number("hub/branch.BYTE") == 0

    bench.test(test)


def test_other_bits_of_a_hub_s_state_are_no_branches() -> None:
    bench = OneChip(Hub)
    bench.chip.put(Hub.BRANCHES, 0xA1)
    bench.chip.put(Hub.SHORTS, 0x52)

    async def test(device: Device) -> None:
        assert await device.number("hub/branch.BYTE") == 1
        assert await device.number("hub/short.BYTE") == 2
        await device.write("hub/branch.BYTE", "3")

    bench.test(test)


def test_who_is_behind_a_branch_is_there_as_soon_as_it_is_on() -> None:
    bench = OneChip(Hub)
    sensor = make_slave("DS18B20", index=77)
    bench.chip.attach(1, sensor)

    async def test(device: Device) -> None:
        async def is_listed() -> bool:
            return f"/{sensor.rom}" in (await device.onewire.dir("/")).entries

        assert not await is_listed()
        await device.write("hub/branch.1", "1")
        assert await is_listed()
        await device.write("hub/branch.1", "0")
        assert not await is_listed()

    bench.test(test)

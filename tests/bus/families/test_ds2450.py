"""Reading and writing a DS2450: voltages, alarms, outputs, memory."""

from __future__ import annotations

import asyncio

import pytest

from owfs_py.bus.errors import (
    CommunicationError,
    CrcError,
    DeviceGoneError,
    InvalidValueError,
    VerifyError,
)
from owfs_py.bus.onewire import OneWire
from owfs_py.emulator.ds2450 import CONTROL, DS2450
from tests.bus.bench import Bench
from tests.bus.families.onechip import Device, OneChip

VOLTS = [1.0, 2.0, 3.3, 4.999]


@pytest.fixture
def bench() -> OneChip[DS2450]:
    bench = OneChip(DS2450)
    bench.chip.volts = list(VOLTS)
    return bench


async def volts(device: Device, name: str, *, fresh: bool = True) -> list[float]:
    return [float(part) for part in (await device.text(f"{name}.ALL", fresh=fresh)).split(",")]


# Voltages


@pytest.mark.parametrize(
    ("name", "shown"),
    [("volt", [1.0, 2.0, 3.3, 4.999]), ("volt2", [1.0, 2.0, 2.56, 2.56]),
     ("8bit/volt", [1.0, 2.0, 3.3, 4.98]), ("8bit/volt2", [1.0, 2.0, 2.55, 2.55])],
)  # fmt: skip
def test_voltages_in_either_range(bench: OneChip[DS2450], name: str, shown: list[float]) -> None:
    async def test(device: Device) -> None:
        assert await volts(device, name) == pytest.approx(shown, abs=2e-4)
        latest = name.replace("volt", "latestvolt")
        bench.chip.volts = [0.1] * 4
        assert await volts(device, latest) == pytest.approx(shown, abs=2e-4)

    bench.test(test)


def test_one_conversion_measures_all_inputs(bench: OneChip[DS2450]) -> None:
    async def test(device: Device) -> None:
        await device.read("volt.A", fresh=False)
        for name in ("volt.ALL", "volt.D", "CO2/ppm", "CO2/Vdd", "CO2/status"):
            assert (await device.cost(name, fresh=False)).resets == 0
        assert bench.chip.conversions == 1

    bench.test(test)


def test_settings_are_made_once_for_both_precisions(bench: OneChip[DS2450]) -> None:
    async def test(device: Device) -> None:
        await device.read("volt.A")
        assert (await device.cost("volt.A")).resets == 2
        assert (await device.cost("8bit/volt.A")).resets == 2
        assert (await device.cost("volt2.A")).resets == 4
        assert bench.chip.memory[CONTROL : CONTROL + 8].hex(" ") == "00 8c 00 8c 00 8c 00 8c"

    bench.test(test)


@pytest.mark.parametrize("name", ["volt", "8bit/volt", "volt2"])
def test_a_chip_that_lost_power_is_set_up_anew(bench: OneChip[DS2450], name: str) -> None:
    async def test(device: Device) -> None:
        before = await volts(device, name)
        bench.chip.brown_out()
        assert await volts(device, name) == before

    bench.test(test)


def test_grounded_inputs_read_zero(bench: OneChip[DS2450]) -> None:
    bench.chip.volts = [0.0] * 4

    async def test(device: Device) -> None:
        for _ in range(2):
            assert await volts(device, "volt") == [0.0] * 4

    bench.test(test)


def test_it_is_fed_unless_it_says_that_it_has_a_supply() -> None:
    bench = OneChip(DS2450)
    bench.chip.parasitic = True
    bench.chip.volts = list(VOLTS)

    async def test(device: Device) -> None:
        assert await device.text("power") == "0"
        assert await volts(device, "volt") == pytest.approx(VOLTS, abs=1e-4)
        assert bench.chip.brown_outs == 0
        assert bench.wire.counts.pullup_time > 0.005

    bench.test(test)


def test_with_a_supply_the_bus_is_free_meanwhile(bench: OneChip[DS2450]) -> None:
    async def test(device: Device) -> None:
        await device.write("power", "1")
        assert bench.chip.memory[0x1C] == 0x40
        assert await volts(device, "volt") == pytest.approx(VOLTS, abs=1e-4)
        assert bench.wire.counts.pullup_time == 0
        await device.write("power", "0")
        await device.read("volt.A")
        assert bench.wire.counts.pullup_time > 0.005

    bench.test(test)


def test_co2_sensor(bench: OneChip[DS2450]) -> None:
    bench.chip.volts = [0.4567, 3.2, 0.0, 5.0]

    async def test(device: Device) -> None:
        assert await device.number("CO2/ppm") == 456
        assert await device.number("CO2/Vdd") == pytest.approx(5.0, abs=1e-4)
        assert await device.text("CO2/status") == "1"
        bench.chip.volts[1] = 2.9
        assert await device.text("CO2/status") == "0"

    bench.test(test)


# Voltages of everybody


@pytest.mark.parametrize("parasitic", [False, True])
def test_the_command_for_all_measures_for_those_that_are_set_up(parasitic: bool) -> None:
    bench = Bench("20,20,28")
    first, second = bench.slaves[:2]
    for chip in (first, second):
        chip.parasitic = parasitic
        chip.volts = list(VOLTS)

    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        paths = [f"/{chip.rom}/volt.A" for chip in (first, second)]
        for path in paths:
            await ow.read(path)
        first.volts[0] = second.volts[0] = 4.0
        await ow.write("/simultaneous/voltage", b"1")
        assert (first.conversions, second.conversions) == (2, 2)
        first.volts[0] = second.volts[0] = 1.5
        values = await asyncio.gather(*(ow.read_value(path) for path in paths))
        assert list(values) == pytest.approx([4.0, 4.0], abs=1e-3)
        assert (first.conversions, second.conversions) == (2, 2)
        assert first.brown_outs == second.brown_outs == 0
        # Another range was not measured, and what must be fresh is measured anew.
        assert await ow.read_value(f"/{first.rom}/volt2.A") == pytest.approx(1.5, abs=1e-3)
        assert await ow.read_value(f"/uncached{paths[1]}") == pytest.approx(1.5, abs=1e-3)
        await asyncio.sleep(16)
        second.volts[0] = 2.5
        assert await ow.read_value(paths[1]) == pytest.approx(2.5, abs=1e-3)

    bench.run(test)


def test_what_was_measured_before_it_was_set_up_does_not_count(bench: OneChip[DS2450]) -> None:
    async def test(device: Device) -> None:
        await device.onewire.write("/simultaneous/voltage", b"1")
        assert await volts(device, "volt", fresh=False) == pytest.approx(VOLTS, abs=1e-4)

    bench.test(test)


def test_nor_if_it_lost_power_since(bench: OneChip[DS2450]) -> None:
    async def test(device: Device) -> None:
        await device.read("volt.A")
        bench.chip.brown_out()
        await device.onewire.write("/simultaneous/voltage", b"1")
        assert await volts(device, "volt", fresh=False) == pytest.approx(VOLTS, abs=1e-4)

    bench.test(test)


# Alarms and outputs


@pytest.mark.parametrize(
    ("name", "text", "at", "byte", "shown"),
    [("volthigh.B", "3.3", 0x13, 165, 3.3), ("volt2high.C", "1.999", 0x15, 199, 1.99),
     ("voltlow.A", "1", 0x10, 50, 1.0), ("volt2low.D", "2.55", 0x16, 255, 2.55),
     ("voltlow.D", "0", 0x16, 0, 0.0), ("volthigh.A", "5.1", 0x11, 255, 5.1)],
)  # fmt: skip
def test_limits(
    bench: OneChip[DS2450], name: str, text: str, at: int, byte: int, shown: float
) -> None:
    async def test(device: Device) -> None:
        await device.write(f"set_alarm/{name}", text)
        assert bench.chip.memory[at] == byte
        assert await device.number(f"set_alarm/{name}", fresh=False) == shown
        assert not bench.chip.was_reset, "it counts as set up"

    bench.test(test)


@pytest.mark.parametrize(
    ("name", "text"), [("voltlow", "-0.1"), ("volthigh", "5.12"), ("volt2high", "2.56"),
                       ("volthigh", "nan"), ("volt2low", "inf")],
)  # fmt: skip
def test_what_no_limit_can_be_is_refused(bench: OneChip[DS2450], name: str, text: str) -> None:
    before = bytes(bench.chip.memory)

    async def test(device: Device) -> None:
        with pytest.raises(InvalidValueError):
            await device.write(f"set_alarm/{name}.A", text)

    bench.test(test)
    assert bench.chip.memory == before


def test_a_limit_is_the_same_register_in_either_range(bench: OneChip[DS2450]) -> None:
    async def test(device: Device) -> None:
        assert await device.number("set_alarm/volt2high.A", fresh=False) == 2.55
        await device.write("set_alarm/volthigh.A", "2")
        assert await device.number("set_alarm/volt2high.A", fresh=False) == 1.0

    bench.test(test)


def test_alarms(bench: OneChip[DS2450]) -> None:
    async def test(device: Device) -> None:
        await device.write("set_alarm/voltlow.ALL", "1.5,1.5,1.5,1.5")
        await device.write("set_alarm/volthigh.ALL", "4,4,4,4")
        await device.write("set_alarm/high.ALL", "0,0,0,0")
        await device.read("volt.A")
        assert await device.text("alarm/low.ALL") == "1,0,0,0"
        assert await device.text("alarm/high.ALL") == "0,0,0,1"
        assert bench.chip.alarming()
        await device.write("alarm/low.A", "0")
        assert await device.text("alarm/low.A", fresh=False) == "0"
        assert not bench.chip.alarming()
        await device.write("set_alarm/high.D", "1")
        assert await device.text("set_alarm/high.ALL") == "0,0,0,1"
        assert bench.chip.alarming()
        with pytest.raises(InvalidValueError):
            await device.write("alarm/low.B", "1")

    bench.test(test)


@pytest.mark.parametrize("name", ["set_alarm/unset", "set_alarm/low.C", "alarm/high.D"])
def test_setting_up_ends_the_alarm_of_power_on(bench: OneChip[DS2450], name: str) -> None:
    async def test(device: Device) -> None:
        assert bench.chip.alarming()
        await device.write(name, "0")
        assert not bench.chip.was_reset

    bench.test(test)


def test_outputs(bench: OneChip[DS2450]) -> None:
    async def test(device: Device) -> None:
        assert await device.text("PIO.ALL") == "1,1,1,1"
        await device.write("PIO.B", "0")
        assert await device.text("PIO.ALL") == "1,0,1,1"
        assert await volts(device, "volt") == pytest.approx([1, 0, 3.3, 4.999], abs=1e-4)
        await device.write("PIO.B", "1")
        assert bench.chip.memory[CONTROL + 2] == 0xC0
        assert await device.text("PIO.B", fresh=False) == "1"

    bench.test(test)


# Memory


def test_memory_is_written_in_one_go(bench: OneChip[DS2450]) -> None:
    async def test(device: Device) -> None:
        cost = await device.write("memory", bytes(range(10, 20)), 18)
        assert cost.resets == 1
        assert bench.chip.memory[18:28] == bytes(range(10, 20))
        assert await device.read("pages/page.2") == b"\x00\xff" + bytes(range(10, 16))
        assert (await device.cost("memory")).resets == 1

    bench.test(test)


def test_writing_the_memory_is_seen_in_what_is_made_of_it(bench: OneChip[DS2450]) -> None:
    async def test(device: Device) -> None:
        await device.read("PIO.ALL", fresh=False)
        await device.read("power", fresh=False)
        await device.read("volt.A")
        await device.write("memory", bytes.fromhex("88 0d 00 0d 00 0d 00 0d"), CONTROL)
        await device.write("memory", b"\x40", 0x1C)
        assert await device.text("PIO.A", fresh=False) == "0"
        assert await device.text("power", fresh=False) == "1"
        assert (await volts(device, "volt"))[1:] == pytest.approx(VOLTS[1:], abs=1e-4)

    bench.test(test)


def test_results_cannot_be_written(bench: OneChip[DS2450]) -> None:
    async def test(device: Device) -> None:
        with pytest.raises(VerifyError):
            await device.write("pages/page.0", b"x")

    bench.test(test)


# Faults


def test_what_fails_its_crc_is_never_served(bench: OneChip[DS2450]) -> None:
    async def test(device: Device) -> None:
        await device.read("volt.A")
        bench.chip.spoiled_crcs = 1
        assert await volts(device, "volt") == pytest.approx(VOLTS, abs=1e-4)
        bench.chip.spoiled_crcs = 1000
        for name in ("volt.A", "latestvolt.A", "PIO.A", "memory", "set_alarm/volthigh.A"):
            with pytest.raises(CommunicationError):
                await device.read(name)
        with pytest.raises(CrcError):
            await device.write("power", "1")

    bench.test(test)


def test_a_chip_that_is_gone(bench: OneChip[DS2450]) -> None:
    async def test(device: Device) -> None:
        await device.read("volt.A")
        bench.chip.absent = True
        for name in ("volt.A", "memory"):
            with pytest.raises(DeviceGoneError):
                await device.read(name)
            bench.chip.absent = False
            await device.read("PIO.A")
            bench.chip.absent = True

    bench.test(test)

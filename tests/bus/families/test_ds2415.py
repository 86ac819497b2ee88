"""Reading and setting the clocks DS2415 and DS2417."""

from __future__ import annotations

import asyncio
import calendar

import pytest

from owfs_py.bus.errors import CommunicationError, DeviceGoneError, InvalidValueError, VerifyError
from owfs_py.emulator.ds2415 import DS2415, DS2417
from owfs_py.emulator.slave import Behaviour, send_bytes
from tests.bus.families.onechip import Device, OneChip

NOON = calendar.timegm((2026, 11, 22, 12, 0, 0))
RUNNING = 0x0C


@pytest.fixture(params=[DS2415, DS2417])
def bench(request: pytest.FixtureRequest) -> OneChip[DS2415]:
    bench: OneChip[DS2415] = OneChip(request.param)
    bench.chip.set_control(RUNNING)
    bench.chip.seconds = NOON
    return bench


# Time


def test_the_time(bench: OneChip[DS2415]) -> None:
    async def test(device: Device) -> None:
        assert await device.number("udate") == NOON
        assert (await device.text("date")).endswith("2026")
        await asyncio.sleep(90)
        assert await device.number("udate") == NOON + 90

    bench.test(test)


def test_it_is_kept_for_a_second(bench: OneChip[DS2415]) -> None:
    async def test(device: Device) -> None:
        await device.read("udate", fresh=False)
        for name in ("udate", "date"):
            assert (await device.cost(name, fresh=False)).resets == 0
        await asyncio.sleep(1.1)
        assert await device.number("udate", fresh=False) == NOON + 1

    bench.test(test)


@pytest.mark.parametrize("seconds", [0, 1, NOON, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
def test_it_is_set_and_the_control_byte_stays(bench: OneChip[DS2415], seconds: int) -> None:
    bench.chip.set_control(0xB0)

    async def test(device: Device) -> None:
        await device.read("udate", fresh=False)
        await device.write("udate", str(seconds))
        assert (bench.chip.seconds, bench.chip.control) == (seconds, 0xB0)
        assert await device.number("udate", fresh=False) == seconds

    bench.test(test)


def test_a_date_is_local_time(bench: OneChip[DS2415]) -> None:
    async def test(device: Device) -> None:
        await device.write("date", "Sun Nov 22 12:00:00 2026")
        assert await device.text("date", fresh=False) == "Sun Nov 22 12:00:00 2026"
        with pytest.raises(InvalidValueError):
            await device.write("date", "yesterday")

    bench.test(test)


# The control byte


def test_one_reading_of_the_control_byte_serves_all(bench: OneChip[DS2415]) -> None:
    names = ("user",) if bench.chip.rom.family == 0x24 else ("enable", "interval", "itime")

    async def test(device: Device) -> None:
        await device.read("running", fresh=False)
        for name in ("ControlRegister", *names):
            assert (await device.cost(name, fresh=False)).resets == 0

    bench.test(test)


def test_starting_and_stopping_change_both_oscillator_bits(bench: OneChip[DS2415]) -> None:
    """owserver 3.2p4 writes one of the two to a DS2415."""
    written: list[int] = []

    class Listening(DS2415):
        def set_control(self, byte: int) -> None:
            written.append(byte)
            super().set_control(byte)

    bench.spoil(Listening)
    bench.chip.set_control(0xBC)

    async def test(device: Device) -> None:
        await device.write("running", "0")
        assert await device.text("running", fresh=False) == "0"
        await device.write("running", "1")
        assert await device.text("running", fresh=False) == "1"
        assert bench.chip.seconds == NOON
        assert written == [0xBC, 0xB0, 0xBC]

    bench.test(test)


@pytest.mark.parametrize(
    ("value", "control"), [("5", 0x5C), ("15", 0xFC), ("99", 0x3C), ("-1", 0xFC), ("0", 0x0C)]
)
def test_user_bits(value: str, control: int) -> None:
    bench = OneChip(DS2415)
    bench.chip.set_control(RUNNING)

    async def test(device: Device) -> None:
        await device.write("user", value)
        assert bench.chip.control == control
        assert await device.number("user", fresh=False) == control >> 4

    bench.test(test)


@pytest.mark.parametrize(
    ("value", "control", "shown"),
    [("1", 0x8C, 1), ("2", 0x9C, 4), ("30", 0xAC, 32), ("33", 0xBC, 64), ("65536", 0xEC, 65536),
     ("70000", 0xFC, 131072), ("200000", 0xFC, 131072), ("0", 0x2C, 32)],
)  # fmt: skip
def test_the_interval_in_seconds(value: str, control: int, shown: int) -> None:
    bench = OneChip(DS2417)
    bench.chip.set_control(0xAC)

    async def test(device: Device) -> None:
        await device.write("itime", value)
        assert bench.chip.control == control
        assert await device.number("itime", fresh=False) == shown
        assert await device.text("enable", fresh=False) == str(int(value != "0"))

    bench.test(test)


def test_the_interval_by_its_number() -> None:
    bench = OneChip(DS2417)

    async def test(device: Device) -> None:
        await device.write("interval", "4")
        await device.write("enable", "1")
        assert bench.chip.control == 0xC0
        assert await device.number("itime", fresh=False) == 2048
        with pytest.raises(InvalidValueError):
            await device.write("itime", "-4")
        assert bench.chip.control == 0xC0

    bench.test(test)


@pytest.mark.parametrize(("value", "control"), [("243", 0xF0), ("8", 0x0C), ("300", 0x2C)])
def test_the_control_byte_as_it_is(bench: OneChip[DS2415], value: str, control: int) -> None:
    async def test(device: Device) -> None:
        await device.write("ControlRegister", value)
        assert bench.chip.control == control
        assert await device.number("ControlRegister", fresh=False) == control

    bench.test(test)


# Faults


class Deaf(DS2415):
    """A clock that takes nothing."""

    def set_control(self, byte: int) -> None:
        pass


@pytest.mark.parametrize(("name", "value"), [("running", "0"), ("ControlRegister", "240")])
def test_a_control_byte_that_is_not_taken_is_reported(
    bench: OneChip[DS2415], name: str, value: str
) -> None:
    bench.spoil(Deaf)

    async def test(device: Device) -> None:
        with pytest.raises(VerifyError):
            await device.write(name, value)

    bench.test(test)


class Standing(DS2415):
    """A clock that cannot be set."""

    @property
    def seconds(self) -> int:
        return 1000

    @seconds.setter
    def seconds(self, value: int) -> None:
        pass


@pytest.mark.parametrize("seconds", [997, 1001, 5, 0xFFFFFFFF])
def test_a_time_that_is_not_taken_is_reported(bench: OneChip[DS2415], seconds: int) -> None:
    bench.spoil(Standing)

    async def test(device: Device) -> None:
        with pytest.raises(VerifyError):
            await device.write("udate", str(seconds))

    bench.test(test)


class Garbled(DS2415):
    """A control byte that no clock can have."""

    def function(self) -> Behaviour:
        yield from super().function() if self.absent else send_bytes(b"\x00\x04" + bytes(4))


def test_what_cannot_be_is_never_served(bench: OneChip[DS2415]) -> None:
    bench.spoil(Garbled)

    async def test(device: Device) -> None:
        for name in ("udate", "running"):
            with pytest.raises(CommunicationError):
                await device.read(name)

    bench.test(test)


def test_a_clock_that_is_gone(bench: OneChip[DS2415]) -> None:
    async def test(device: Device) -> None:
        await device.read("udate")
        bench.chip.absent = True
        with pytest.raises(DeviceGoneError):
            await device.read("udate")

    bench.test(test)


def test_a_control_byte_that_was_misread_is_not_written_back(bench: OneChip[DS2415]) -> None:
    """Each slot of the reading in turn has noise."""
    bench.chip.set_control(0xBC)

    async def test(device: Device) -> None:
        select, command = 8 * 9, 8
        for slot in range(8):
            first = bench.wire.counts.slots + select + command + slot
            bench.wire.faults.noisy_slots = {first}
            await device.write("running", "1")
            assert bench.chip.control == 0xBC

    bench.test(test)

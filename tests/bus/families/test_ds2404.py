"""Memory, clocks, alarms and protection of the DS2404."""

from __future__ import annotations

import time

import pytest

from owfs_py.bus.errors import (
    DeviceGoneError,
    InvalidValueError,
    NotSupportedError,
    OutOfRangeError,
    VerifyError,
)
from owfs_py.bus.families.ds2404 import CONTROL_BITS
from owfs_py.emulator.ds199x import DS1992, BatteryMemory
from owfs_py.emulator.ds2404 import CONTROL, DS2404, STATUS
from tests.bus.families.onechip import Device, OneChip

RUNNING = 0x10
NOON = 1795348800  # 22 November 2026, UTC
SELECTION = 72
"""Slots."""
CLOCKS = ("udate", "interval/udate", "trigger/udate", "trigger/interval_udate")


@pytest.fixture
def bench() -> OneChip[DS2404]:
    bench = OneChip(DS2404)
    bench.chip.memory[:512] = bytes(n % 251 for n in range(512))
    return bench


def test_the_memory_is_read_and_written_like_any_other(bench: OneChip[DS2404]) -> None:
    """On this chip's memory owserver 3.2p4 dies."""

    async def test(device: Device) -> None:
        content = bytes(n % 251 for n in range(512))
        assert await device.read("memory") == content
        assert await device.read("pages/page.15") == content[480:]
        assert await device.read("pages/page.ALL") == content
        await device.write("memory", b"across", 30)
        await device.write("pages/page.4", b"inside", 2)
        assert bench.chip.memory[30:36] == b"across"
        assert bench.chip.memory[130:136] == b"inside"
        assert bench.chip.memory[36:130] == content[36:130]

    bench.test(test)


@pytest.mark.parametrize("name", CLOCKS)
def test_a_moment_has_two_names(bench: OneChip[DS2404], name: str) -> None:
    date = name.replace("udate", "date")

    async def test(device: Device) -> None:
        await device.write(name, str(NOON))
        assert await device.number(name) == NOON
        assert await device.text(date) == time.asctime(time.localtime(NOON))
        await device.write(date, "Sun Nov 22 12:00:07 2026")
        local = time.mktime(time.strptime("22 Nov 2026 12:00:07", "%d %b %Y %H:%M:%S"))
        assert await device.number(name, fresh=False) == local, "the other name knows"

    bench.test(test)


def test_the_clock_runs(bench: OneChip[DS2404]) -> None:
    async def test(device: Device) -> None:
        await device.write("running", "1")
        await device.write("udate", str(NOON))
        bench.clock.advance(60)
        assert await device.number("udate") == NOON + 60
        assert await device.number("interval/udate") == 60

    bench.test(test)


def test_a_written_clock_begins_with_a_whole_second(bench: OneChip[DS2404]) -> None:
    async def test(device: Device) -> None:
        await device.write("trigger/udate", "1")
        bench.chip.memory[0x210] = 0x80
        await device.write("trigger/udate", "2")
        assert bench.chip.memory[0x210:0x215] == bytes((0, 2, 0, 0, 0))

    bench.test(test)


def test_a_reading_of_the_clock_is_kept_for_a_second(bench: OneChip[DS2404]) -> None:
    async def test(device: Device) -> None:
        await device.read("udate", fresh=False)
        assert (await device.cost("date", fresh=False)).resets == 0
        bench.clock.advance(1.1)
        assert (await device.cost("date", fresh=False)).resets == 1

    bench.test(test)


@pytest.mark.parametrize(("name", "offset"), [("cycle", 0x20C), ("trigger/cycle", 0x21A)])
def test_cycles(bench: OneChip[DS2404], name: str, offset: int) -> None:
    async def test(device: Device) -> None:
        await device.write(name, "16909060")
        assert bench.chip.memory[offset : offset + 4] == bytes((4, 3, 2, 1))
        assert await device.number(name) == 16909060

    bench.test(test)


@pytest.mark.parametrize("text", ["Mon Jan  1 00:00:00 1940", "Mon Jan  1 00:00:00 2150"])
def test_a_date_that_does_not_fit_is_refused(bench: OneChip[DS2404], text: str) -> None:
    async def test(device: Device) -> None:
        with pytest.raises(InvalidValueError):
            await device.write("date", text)

    bench.test(test)


# Alarms


def test_alarms_are_digits_and_clear_when_they_are_read(bench: OneChip[DS2404]) -> None:
    async def test(device: Device) -> None:
        bench.chip.memory[STATUS] |= 0b101
        assert (await device.onewire.dir("/alarm")).entries == [f"/alarm/{bench.chip.rom}"]
        assert await device.number("alarm") == 101
        assert await device.number("alarm") == 0
        assert (await device.onewire.dir("/alarm")).entries == []
        with pytest.raises(NotSupportedError):
            await device.write("alarm", "0")

    bench.test(test)


@pytest.mark.parametrize("write", [False, True], ids=["reading", "writing"])
def test_looking_at_the_settings_loses_no_alarm(bench: OneChip[DS2404], write: bool) -> None:
    async def test(device: Device) -> None:
        bench.chip.memory[STATUS] |= 0b010
        if write:
            await device.write("set_alarm", "1")
        else:
            await device.read("set_alarm")
        bench.chip.memory[STATUS] |= 0b100
        assert await device.number("alarm") == 110
        assert await device.number("alarm") == 0

    bench.test(test)


@pytest.mark.parametrize(("text", "bits"), [("0", 0), ("1", 1), ("110", 6), ("111", 7)])
def test_alarms_can_be_silenced(bench: OneChip[DS2404], text: str, bits: int) -> None:
    async def test(device: Device) -> None:
        await device.write("set_alarm", text)
        assert bench.chip.memory[STATUS] == bits << 3
        assert await device.text("set_alarm") == text

    bench.test(test)


@pytest.mark.parametrize("text", ["2", "1111", "12"])
def test_other_digits_are_no_setting(bench: OneChip[DS2404], text: str) -> None:
    async def test(device: Device) -> None:
        before = bench.wire.counts.resets
        with pytest.raises(OutOfRangeError):
            await device.write("set_alarm", text)
        assert bench.wire.counts.resets == before

    bench.test(test)


def test_a_bus_with_such_a_chip_expects_its_long_alarms() -> None:
    async def found(device: Device) -> None:
        setting = "/bus.0/interface/settings/ds2404_found"
        assert await device.onewire.read_value(setting) == isinstance(device.chip, DS2404)

    OneChip(DS2404).test(found)
    OneChip(DS1992).test(found)


# The control register


@pytest.mark.parametrize(("bit", "name"), list(enumerate(CONTROL_BITS)))
def test_bits_of_the_control_register(bench: OneChip[DS2404], bit: int, name: str) -> None:
    async def test(device: Device) -> None:
        await device.write(name, "0")
        assert bench.chip.memory[CONTROL] == 0
        await device.write(name, "1")
        assert bench.chip.memory[CONTROL] == 1 << bit
        assert await device.text(name) == "1"
        assert (await device.write(name, "1")).resets == 1, "nothing to do"

    bench.test(test)


def test_a_bit_is_changed_alone(bench: OneChip[DS2404]) -> None:
    async def test(device: Device) -> None:
        bench.chip.memory[CONTROL] = 0xA8
        await device.write("running", "1")
        await device.write("delay", "0")
        assert bench.chip.memory[CONTROL] == 0x38

    bench.test(test)


def test_noise_protects_nothing(bench: OneChip[DS2404]) -> None:
    """A one that was read where a zero is must not be written three times."""

    async def test(device: Device) -> None:
        in_the_byte = SELECTION + 24 + 1
        bench.wire.faults.noisy_slots = {bench.wire.counts.slots + in_the_byte}
        await device.write("readonly/clock", "1")
        assert bench.chip.memory[CONTROL] == 0x01

    bench.test(test)


def test_protection_is_for_ever(bench: OneChip[DS2404]) -> None:
    async def test(device: Device) -> None:
        await device.write("readonly/clock", "1")
        for name, text in (("readonly/clock", "0"), ("readonly/cycle", "1"), ("udate", "77")):
            with pytest.raises(VerifyError):
                await device.write(name, text)
        await device.write("cycle", "77")
        assert await device.number("udate") == 0

    bench.test(test)


def test_protection_changes_what_is_known_of_the_other_bits(bench: OneChip[DS2404]) -> None:
    async def test(device: Device) -> None:
        await device.write("start", "1")
        assert await device.text("start", fresh=False) == "1"
        await device.write("readonly/interval", "1")
        with pytest.raises(VerifyError):
            await device.write("auto", "1")
        assert await device.text("start", fresh=False) == "0", "the chip cleared it"

    bench.test(test)


class Stubborn(BatteryMemory):
    """A fault: it says that it copied, and did not."""

    def _store(self, address: int, data: bytes) -> None:
        pass


@pytest.mark.parametrize(
    ("name", "text"),
    [("udate", "5"), ("trigger/interval_udate", "5"), ("cycle", "5"), ("set_alarm", "1"),
     ("running", "1"), ("readonly/cycle", "1")],
)  # fmt: skip
def test_registers_that_do_not_change_are_reported(
    bench: OneChip[DS2404], name: str, text: str
) -> None:
    bench.spoil(Stubborn)

    async def test(device: Device) -> None:
        with pytest.raises(VerifyError):
            await device.write(name, text)

    bench.test(test)


def test_a_clock_that_runs_may_go_on_while_it_is_verified() -> None:
    bench = OneChip(DS2404, pace=True)

    async def test(device: Device) -> None:
        await device.write("running", "1")
        for _ in range(30):
            await device.write("udate", str(NOON))
            assert bench.chip.seconds - NOON in (0, 1)

    bench.test(test)


def test_a_clock_that_is_gone_has_no_time(bench: OneChip[DS2404]) -> None:
    async def test(device: Device) -> None:
        bench.chip.absent = True
        with pytest.raises(DeviceGoneError):
            await device.read("udate")

    bench.test(test)

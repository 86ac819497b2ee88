"""Memory, switches and alarms of the DS28E04."""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import DeviceGoneError, VerifyError
from owfs_py.emulator.ds28e04 import CONTROL, DS28E04, PROTECTION, SELECT, WRITE_PROTECTED
from owfs_py.emulator.slave import Behaviour, receive_byte
from tests.bus.families.onechip import Device, OneChip


@pytest.fixture
def bench() -> OneChip[DS28E04]:
    bench = OneChip(DS28E04)
    bench.chip.memory[:512] = bytes(n % 251 for n in range(512))
    return bench


# Memory


def test_the_memory_ends_with_the_registers(bench: OneChip[DS28E04]) -> None:
    async def test(device: Device) -> None:
        memory = await device.read("memory")
        assert memory == bench.chip.memory
        assert len(memory) == 550
        assert await device.read("pages/page.15") == memory[480:512]
        assert await device.read("pages/page.ALL") == memory[:512]

    bench.test(test)


@pytest.mark.parametrize(("offset", "size"), [(0, 32), (33, 5), (30, 40), (511, 2)])
def test_what_is_written_is_stored_and_nothing_else(
    bench: OneChip[DS28E04], offset: int, size: int
) -> None:
    expected = bytearray(bench.chip.memory)
    expected[offset : offset + size] = bytes(100 + n for n in range(size))

    async def test(device: Device) -> None:
        await device.write("memory", expected[offset : offset + size], offset)
        assert bench.chip.memory == expected
        assert bench.chip.disturbed_copies == 0

    bench.test(test)


@pytest.mark.parametrize("offset", [0x20, 0x224])
def test_what_the_chip_does_not_take_is_reported(bench: OneChip[DS28E04], offset: int) -> None:
    bench.chip.memory[PROTECTION + 1] = WRITE_PROTECTED

    async def test(device: Device) -> None:
        with pytest.raises(VerifyError):
            await device.write("memory", b"x", offset)

    bench.test(test)


# Switches


def test_switches_conduct_where_latches_are_low(bench: OneChip[DS28E04]) -> None:
    async def test(device: Device) -> None:
        await device.write("PIO.0", "1")
        assert await device.text("PIO.ALL") == "1,0"
        assert bench.chip.pins.latches == 0b10
        assert await device.text("sensed.ALL") == "0,1"
        await device.write("PIO.BYTE", "2")
        assert bench.chip.pins.latches == 0b01
        await device.write("PIO.ALL", "0,0")
        assert await device.text("PIO.BYTE") == "0"

    bench.test(test)


def test_switches_are_watched_not_remembered(bench: OneChip[DS28E04]) -> None:
    async def test(device: Device) -> None:
        assert await device.text("sensed.1", fresh=False) == "1"
        bench.chip.pins.pulled_up = 0
        assert await device.text("sensed.1", fresh=False) == "0"

    bench.test(test)


def test_writing_any_latch_resets_both(bench: OneChip[DS28E04]) -> None:
    async def test(device: Device) -> None:
        bench.chip.pins.pulled_up = 0
        assert await device.text("latch.BYTE") == "3"
        await device.write("latch.1", "1")
        assert await device.text("latch.BYTE") == "0"

    bench.test(test)


class Deaf(DS28E04):
    """A fault: it hears commands that would change something, and does nothing."""

    def _ignore(self) -> Behaviour:
        while True:
            yield from receive_byte()

    functions = DS28E04.functions | {0x5A: _ignore, 0xC3: _ignore, 0xCC: _ignore}


@pytest.mark.parametrize(
    ("name", "text"), [("PIO.0", "1"), ("latch.BYTE", "0"), ("por", "0"), ("set_alarm", "111")]
)
def test_what_is_not_confirmed_is_reported(bench: OneChip[DS28E04], name: str, text: str) -> None:
    bench.spoil(Deaf)

    async def test(device: Device) -> None:
        with pytest.raises(VerifyError):
            await device.write(name, text)

    bench.test(test)


# The control/status register


def test_flags(bench: OneChip[DS28E04]) -> None:
    async def test(device: Device) -> None:
        for powered, pol in ((True, False), (False, True)):
            bench.chip.powered, bench.chip.pol = powered, pol
            assert await device.text("power") == str(int(powered))
            assert await device.text("polarity") == str(int(pol))

    bench.test(test)


@pytest.mark.parametrize("text", ["0", "1"])
def test_the_power_on_flag_is_cleared_by_writing_anything(
    bench: OneChip[DS28E04], text: str
) -> None:
    """owserver 3.2p4 sets what it can of the registers instead, and fails."""

    async def test(device: Device) -> None:
        await device.write("set_alarm", "320")
        assert await device.text("por", fresh=False) == "1"
        await device.write("por", text)
        assert await device.text("por", fresh=False) == "0"
        assert await device.text("set_alarm") == "320"
        assert (await device.write("por", text)).resets == 1, "nothing to do"

    bench.test(test)


@pytest.mark.parametrize(
    ("number", "registers"),
    [("0", "000000"), ("1", "000100"), ("10", "000200"), ("2", "010000"), ("131", "020301"),
     ("333", "030303"), ("120", "020001"), ("30", "020200")],
)  # fmt: skip
def test_alarm_settings_are_digits(bench: OneChip[DS28E04], number: str, registers: str) -> None:
    async def test(device: Device) -> None:
        bench.chip.memory[SELECT : CONTROL + 1] = bytes((3, 3, 3))
        await device.write("set_alarm", number)
        select, polarity, control = bench.chip.memory[SELECT : CONTROL + 1]
        assert bytes((select, polarity, control & 3)).hex() == registers
        assert await device.text("set_alarm") == number

    bench.test(test)


def test_setting_an_alarm_leaves_the_power_on_flag(bench: OneChip[DS28E04]) -> None:
    async def test(device: Device) -> None:
        await device.write("set_alarm", "101")
        assert await device.text("por") == "1"

    bench.test(test)


def test_a_chip_in_alarm_is_listed(bench: OneChip[DS28E04]) -> None:
    async def test(device: Device) -> None:
        async def alarms() -> list[str]:
            return (await device.onewire.dir("/alarm")).entries

        assert await alarms() == [f"/alarm/{bench.chip.rom}"], "it was switched on"
        await device.write("por", "0")
        assert await alarms() == []
        await device.write("set_alarm", "2")
        bench.chip.pins.pulled_up = 0b10
        assert await alarms() == [f"/alarm/{bench.chip.rom}"]

    bench.test(test)


@pytest.mark.parametrize("name", ["PIO.ALL", "sensed.BYTE", "por", "set_alarm", "memory"])
def test_a_chip_that_is_gone_is_not_read_as_ones(bench: OneChip[DS28E04], name: str) -> None:
    async def test(device: Device) -> None:
        bench.chip.absent = True
        with pytest.raises(DeviceGoneError):
            await device.read(name)

    bench.test(test)

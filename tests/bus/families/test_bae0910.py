"""BAE0910 and BAE0911: what a chip is, its registers, EEPROM, firmware; CRCs, and what is kept."""

from __future__ import annotations

import asyncio

import pytest

from owfs_py.bus.errors import (
    BadBlockError,
    CommunicationError,
    CrcError,
    DeviceGoneError,
    InvalidValueError,
    OutOfRangeError,
)
from owfs_py.emulator.bae0910 import BAE0910, BAE0911, Bae
from tests.bus.families.onechip import Device, OneChip


class Stranger(BAE0910):
    """One of another type."""

    TYPE = 9


def strange() -> OneChip[BAE0910]:
    bench = OneChip(BAE0910)
    bench.spoil(Stranger)
    return bench


# Who it is


@pytest.mark.parametrize("model", [BAE0910, BAE0911])
def test_only_the_registers_of_its_model_are_listed(model: type[Bae]) -> None:
    async def test(device: Device) -> None:
        directories = [entry for entry in await device.listed() if entry.endswith("/")]
        assert directories == [f"{model.chip[-3:]}/", "eeprom/", "firmware/"]

    OneChip(model).test(test)


def test_one_of_another_type_has_a_memory() -> None:
    async def test(device: Device) -> None:
        directories = [entry for entry in await device.listed() if entry.endswith("/")]
        assert directories == ["eeprom/", "firmware/", "generic/"]
        assert await device.listed("eeprom") == []

    strange().test(test)


def test_one_that_does_not_say_what_it_is_is_asked_again() -> None:
    bench = OneChip(BAE0911)

    async def test(device: Device) -> None:
        bench.chip.spoiled_crcs = 1000
        assert "generic/" in await device.listed()
        bench.chip.spoiled_crcs = 0
        assert "911/" in await device.listed()
        bench.clock.wait(100_000)
        bench.chip.spoiled_crcs = 1000
        assert "911/" in await device.listed()  # it was heard once

    bench.test(test)


def test_versions_and_types() -> None:
    bench = OneChip(BAE0911)
    bench.chip.chip_type = 0xA1

    async def test(device: Device) -> None:
        assert await device.text("version") == "10.07"
        assert await device.text("localtype") == "A1.03"
        names = ("device_version", "bootstrap_version", "device_type", "chip_type")
        assert [await device.number(name) for name in names] == [7, 16, 3, 0xA1]
        assert (await device.cost("localtype", fresh=False)).resets == 0

    bench.test(test)


# Registers


@pytest.mark.parametrize(
    ("model", "name", "address", "size"),
    [
        (BAE0910, "910/adcc", 2, 1),
        (BAE0910, "910/period2", 12, 2),
        (BAE0910, "910/alct", 70, 4),
        (BAE0910, "910/count", 44, 4),
        (BAE0910, "910/userh", 103, 1),
        (BAE0910, "910/userj", 106, 2),
        (BAE0910, "910/userp", 124, 4),
        (BAE0910, "910/udate", 40, 4),
        (BAE0911, "911/automation_engine/pc0", 0x7E07, 2),
        (BAE0911, "911/automation_engine/global_mem.63", 0x7C3F, 1),
        (BAE0911, "911/automation_engine/global_memory.17", 0x7C11, 1),
        (BAE0911, "911/alarm/userbits_enable", 0x7F87, 4),
        (BAE0911, "911/counters/count.17", 0x7F64, 4),
        (BAE0911, "911/timers/countdown.31", 0x7FAA, 1),
        (BAE0911, "911/user_registers/dword.7", 0x7FF7, 4),
        (BAE0911, "911/pwm1/duty_ch1", 0x7A08, 2),
        (BAE0911, "911/pwm2/mode_ch0", 0x7A10, 1),
        (BAE0911, "911/pwm2/duty_ch0", 0x7A0A, 2),
        (BAE0911, "911/serial/baud_divisor", 0x7A13, 2),
        (BAE0911, "eeprom/pagecrc", 0x7E0B, 2),
    ],
)
def test_registers_are_numbers_with_their_high_byte_first(
    model: type[Bae], name: str, address: int, size: int
) -> None:
    bench = OneChip(model)
    value = int.from_bytes(b"\x89\xab\xcd\xef"[:size])
    bench.chip.put(address, value, size)

    async def test(device: Device) -> None:
        assert await device.number(name, fresh=False) == value
        await device.write(name, str(value ^ 1))
        assert bench.chip.get(address, size) == value ^ 1
        assert await device.number(name, fresh=False) == value ^ 1
        for wrong in (str(1 << 8 * size), "-1", "x"):
            if size < 4 or wrong == "x":
                with pytest.raises(InvalidValueError):
                    await device.write(name, wrong)
        assert bench.chip.get(address, size) == value ^ 1

    bench.test(test)


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("911/pio/pio.21", 0x7915),
        ("911/pio/pull_down.7", 0x79A7),
        ("911/alarm/clear_latchs", 0x7E09),
        ("911/counters/enable_encoder16", 0x799E),
        ("911/analog/comparator/out_enable", 0x79B0),
    ],
)
def test_switches_are_bytes(name: str, address: int) -> None:
    bench = OneChip(BAE0911)

    async def test(device: Device) -> None:
        for stored, shown in ((0, "0"), (1, "1"), (0x80, "0"), (0xFF, "1")):
            bench.chip.put(address, stored, 1)
            assert await device.text(name) == shown
        await device.write(name, "1")
        assert bench.chip.get(address, 1) == 1
        await device.write(name, "no")
        assert bench.chip.get(address, 1) == 0

    bench.test(test)


def test_a_date_is_the_clock_s_seconds() -> None:
    bench = OneChip(BAE0910)

    async def test(device: Device) -> None:
        await device.write("910/udate", "86400")
        before = await device.text("910/date")
        await device.write("910/date", "Fri Jan  2 12:34:56 2026")
        assert await device.text("910/date", fresh=False) == "Fri Jan  2 12:34:56 2026" != before
        assert await device.number("910/udate", fresh=False) == bench.chip.get(40, 4)

    bench.test(test)


def test_memory_by_number_has_an_end_and_is_not_kept() -> None:
    bench = OneChip(BAE0911)

    async def test(device: Device) -> None:
        name = "911/automation_engine/global_memory"
        assert await device.number(f"{name}.5", fresh=False) == 0
        await device.read("911/automation_engine/global_mem.5", fresh=False)
        await device.write(f"{name}.5", "9")
        assert await device.number(f"{name}.5", fresh=False) == 9
        assert await device.number("911/automation_engine/global_mem.5", fresh=False) == 9
        with pytest.raises(InvalidValueError):
            await device.read(f"{name}.64")
        with pytest.raises(InvalidValueError):
            await device.write(f"{name}.64", "1")

    bench.test(test)


def test_settings_are_kept_longer_than_measurements() -> None:
    bench = OneChip(BAE0910)

    async def test(device: Device) -> None:
        for name in ("910/adcc", "910/adc"):
            await device.read(name, fresh=False)
        bench.clock.wait(device.onewire.cache.timeouts.volatile)
        assert (await device.cost("910/adcc", fresh=False)).resets == 0
        assert (await device.cost("910/adc", fresh=False)).resets > 0

    bench.test(test)


def test_the_memory_of_an_unknown_one() -> None:
    bench = strange()

    async def test(device: Device) -> None:
        await device.write("generic/memory", b"over the first block's end", offset=20)
        assert bench.chip.memory[20:46] == b"over the first block's end"
        assert (await device.read("generic/memory"))[20:46] == b"over the first block's end"
        await device.write("generic/memory", b"end", offset=126)
        assert bench.chip.memory[125:129] == b"\0en\0"

    bench.test(test)


# Commands and firmware


def test_commands_are_given_once() -> None:
    bench = OneChip(BAE0910)

    async def test(device: Device) -> None:
        bench.chip.spoiled_crcs = 2
        await device.write("command", b"\x01abc")
        assert bench.chip.commands == [b"\x01abc"]
        await device.write("command", b"x" * 300)
        assert bench.chip.commands[1:] == [b"x" * 255]
        with pytest.raises(InvalidValueError):
            await device.write("command", b"")
        bench.chip.spoiled_crcs = 1000
        with pytest.raises(CrcError):
            await device.write("command", b"abc")
        assert len(bench.chip.commands) == 2

    bench.test(test)


def image(size: int) -> bytes:
    """Firmware that says how large it is."""
    first = 0x1000
    head = bytes(4) + first.to_bytes(2) + (first + size - 1).to_bytes(2)
    return head + bytes(n * 7 % 256 for n in range(size - len(head)))


def test_firmware_is_written_whole_or_in_parts() -> None:
    bench = OneChip(BAE0911)

    async def test(device: Device) -> None:
        whole = image(1536)
        await device.write("firmware/function", whole)
        assert bench.chip.firmware == whole
        for start in range(0, 1536, 512):
            await device.write("firmware/function", whole[start : start + 512], offset=start)
        assert bench.chip.firmware == whole

    bench.test(test)


@pytest.mark.parametrize(
    ("data", "offset", "error"),
    [
        (b"", 0, BadBlockError),
        (image(1024)[:100], 0, BadBlockError),
        (image(1024)[:512], 100, BadBlockError),
        (image(512) + bytes(512), 0, OutOfRangeError),
        (bytes(512), 0, OutOfRangeError),
    ],
)
def test_what_is_no_firmware_is_refused(data: bytes, offset: int, error: type[Exception]) -> None:
    bench = OneChip(BAE0911)

    async def test(device: Device) -> None:
        with pytest.raises(error):
            await device.write("firmware/function", data, offset=offset)
        assert bench.chip.commands == []

    bench.test(test)


def test_no_piece_of_firmware_is_written_twice() -> None:
    bench = OneChip(BAE0911)

    async def test(device: Device) -> None:
        slots = bench.wire.counts.slots
        # A confirmation that comes back otherwise: nobody knows whether the chip heard it.
        bench.wire.faults.noisy_slots = {slots + 72 + 8 * 37 + 3}
        with pytest.raises(CommunicationError):
            await device.write("firmware/function", image(512))
        assert len(bench.chip.commands) <= 1

    bench.test(test)


# CRCs, and a chip that goes away


def test_a_wrong_crc_is_asked_again_and_never_served() -> None:
    bench = OneChip(BAE0911)
    bench.chip.put(0x7F00, 1234, 2)

    async def test(device: Device) -> None:
        bench.chip.spoiled_crcs = 2
        assert await device.number("911/analog/adc.0") == 1234
        bench.chip.spoiled_crcs = 3
        with pytest.raises(CrcError):
            await device.read("911/analog/adc.0")
        bench.chip.spoiled_crcs = 2
        await device.write("911/pio/pio.3", "1")
        assert bench.chip.get(0x7903, 1) == 1

    bench.test(test)


@pytest.mark.parametrize("name", ["version", "911/analog/adc.3", "911/iic/cat9554/pio",
                                  "911/sdcard/sector_data", "eeprom/page.0"])  # fmt: skip
def test_a_chip_that_is_gone_is_reported(name: str) -> None:
    bench = OneChip(BAE0911)

    async def test(device: Device) -> None:
        bench.chip.absent = True
        with pytest.raises(DeviceGoneError):
            await device.read(name)

    bench.test(test)


def test_readings_at_the_same_time_do_not_disturb_each_other() -> None:
    bench = OneChip(BAE0911)
    bench.chip.busy_polls = 2
    bench.chip.expander[:] = bytes((0, 0x12, 0, 0x34))
    bench.chip.card[0] = bytearray(b"S" * 512)

    async def test(device: Device) -> None:
        names = ("911/iic/cat9554/pio", "911/iic/cat9554/direction", "911/sdcard/sector_data")
        pio, direction, sector = await asyncio.gather(*(device.read(name) for name in names))
        assert (int(pio), int(direction)) == (0x12 & ~0x34 | 0x34, 0x34)
        assert sector == b"S" * 512

    bench.test(test)

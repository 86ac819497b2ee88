"""What is connected to a BAE0911: expander, display, serial line, memory card."""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import (
    CommunicationError,
    InvalidValueError,
    OutOfRangeError,
)
from owfs_py.emulator.bae0910 import BAE0911
from tests.bus.families.onechip import Device, OneChip


def test_the_expander_shows_its_pins_and_takes_what_they_shall_be() -> None:
    bench = OneChip(BAE0911)
    bench.chip.expander_levels = 0xA5

    async def test(device: Device) -> None:
        assert await device.number("911/iic/cat9554/pio") == 0xA5
        await device.write("911/iic/cat9554/pio", "3")
        await device.write("911/iic/cat9554/direction", "240")
        assert bench.chip.expander[1] == 3
        assert bench.chip.expander[3] == 240
        assert await device.number("911/iic/cat9554/pio", fresh=False) == 0xA3
        assert await device.number("911/iic/cat9554/direction", fresh=False) == 240
        with pytest.raises(InvalidValueError):
            await device.write("911/iic/cat9554/pio", "256")

    bench.test(test)


@pytest.mark.parametrize(
    ("name", "text", "sent"),
    [
        ("lcd/text", "hello", "hello"),
        ("lcd/text", "hello\n", "hello"),
        ("lcd/text", "two\nlines", "two\nlines"),
        ("lcd/text", "x", "x"),
        ("lcd/text", "y" * 300, "y" * 255),
        ("serial/dataout", "hello\n", "hello\n"),
        ("serial/dataout", "z" * 65, "z" * 65),
    ],
)
def test_texts_are_sent_to_display_and_serial_line(name: str, text: str, sent: str) -> None:
    bench = OneChip(BAE0911)

    async def test(device: Device) -> None:
        await device.write(f"911/{name}", text)
        got = bench.chip.lcd if name.startswith("lcd") else bench.chip.serial
        assert got.decode() == sent

    bench.test(test)


@pytest.mark.parametrize(("name", "text"), [("lcd/text", ""), ("lcd/text", "\n"),
                                            ("serial/dataout", "")])  # fmt: skip
def test_nothing_cannot_be_sent(name: str, text: str) -> None:
    async def test(device: Device) -> None:
        with pytest.raises(InvalidValueError):
            await device.write(f"911/{name}", text)

    OneChip(BAE0911).test(test)


def test_a_chip_at_work_is_waited_for() -> None:
    bench = OneChip(BAE0911)

    async def test(device: Device) -> None:
        bench.chip.busy_polls = 9
        await device.write("911/serial/dataout", "A")
        assert bench.chip.serial == b"A"

    bench.test(test)


@pytest.mark.parametrize("fault", ["busy", "failed"])
def test_what_was_confirmed_is_not_sent_again(fault: str) -> None:
    bench = OneChip(BAE0911)

    async def test(device: Device) -> None:
        if fault == "busy":
            bench.chip.busy_polls = 1000
        else:
            bench.chip.result = 7
        with pytest.raises(CommunicationError):
            await device.write("911/serial/dataout", "A")
        assert bench.chip.serial == b"A"

    bench.test(test)


def test_a_result_with_a_wrong_crc_is_asked_for_again() -> None:
    bench = OneChip(BAE0911)
    bench.chip.expander_levels = 0x77

    async def test(device: Device) -> None:
        slots = bench.wire.counts.slots
        # The command is 72 + 48 slots, its CRC and confirmation 24; then comes the poll.
        bench.wire.faults.noisy_slots = {slots + 144 + 72 + 8 + 20}
        assert await device.number("911/iic/cat9554/pio") == 0x77

    bench.test(test)


# The card


def test_sectors_are_chosen_by_number() -> None:
    bench = OneChip(BAE0911)

    async def test(device: Device) -> None:
        assert await device.number("911/sdcard/sector_nr") == 0
        data = bytes(range(256)) * 2
        await device.write("911/sdcard/sector_nr", "70000")
        await device.write("911/sdcard/sector_data", data)
        assert bench.chip.card == {70000: bytearray(data)}
        assert await device.read("911/sdcard/sector_data", fresh=False) == data
        assert (await device.cost("911/sdcard/sector_data", fresh=False)).resets == 0
        await device.write("911/sdcard/sector_nr", "1")
        assert await device.read("911/sdcard/sector_data", fresh=False) == bytes(512)
        bench.clock.wait(100_000)
        assert await device.number("911/sdcard/sector_nr") == 1

    bench.test(test)


def test_a_sector_is_written_whole() -> None:
    bench = OneChip(BAE0911)

    async def test(device: Device) -> None:
        for data, offset in ((b"x", 0), (bytes(511), 0), (bytes(512), 1)):
            with pytest.raises(OutOfRangeError):
                await device.write("911/sdcard/sector_data", data, offset=offset)
        await device.write("911/sdcard/sector_nr", "8388608")  # behind the end of what fits
        with pytest.raises(OutOfRangeError):
            await device.write("911/sdcard/sector_data", bytes(512))
        assert bench.chip.card == {}

    bench.test(test)


def test_a_card_that_fails_is_reported() -> None:
    bench = OneChip(BAE0911)

    async def test(device: Device) -> None:
        bench.chip.result = 1
        with pytest.raises(CommunicationError):
            await device.read("911/sdcard/sector_data")
        with pytest.raises(CommunicationError):
            await device.write("911/sdcard/sector_data", bytes(512))

    bench.test(test)
